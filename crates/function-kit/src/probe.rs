//! The deployer's probe: a call that asks a new version whether it can do its work.

use lambda_runtime::Diagnostic;

use crate::failure::{Failure, diagnostic};

/// The probe failed: this version must not go live. Says why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ProbeFailed(pub String);

impl Failure for ProbeFailed {
    fn error_type(&self) -> &'static str {
        "ProbeFailed"
    }
}

impl From<ProbeFailed> for Diagnostic {
    fn from(error: ProbeFailed) -> Self {
        diagnostic(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambda_is_told_a_name_and_not_the_path_of_a_type() {
        let told = Diagnostic::from(ProbeFailed("the table cannot be read".to_owned()));
        assert_eq!(
            serde_json::to_string(&told).unwrap(),
            r#"{"errorType":"ProbeFailed","errorMessage":"the table cannot be read"}"#
        );
    }
}
