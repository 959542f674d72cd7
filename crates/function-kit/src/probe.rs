//! The deployer's probe: a call that asks a new version whether it can do its work.

/// The probe failed: this version must not go live. Says why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ProbeFailed(pub String);
