//! Policies: strict parsing and pure evaluation (AWS docs, "Policy evaluation
//! logic" and "IAM JSON policy elements reference").
//!
//! Used for the identity policies of roles, for trust policies and for the
//! resource policies of other services. [`parse`] reads a document or refuses
//! it in IAM's words, [`decide`] answers a [`Question`]. Nothing here asks a clock,
//! a file or a service: what a condition compares comes in with the [`Context`].
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod condition;
mod evaluate;
mod keys;
mod parse;
mod pattern;
mod principal;

use std::collections::BTreeMap;

pub use condition::{Condition, Operator, Quantifier};
pub use evaluate::{Asker, Decision, Question, decide};
pub use keys::PRINCIPAL_KEYS;
pub use parse::parse;
pub use principal::{PrincipalPattern, check_service_principal};

/// The circumstances of a question by condition key in lower case (keys are
/// case-insensitive), e.g. `aws:sourcearn`.
pub type Context = BTreeMap<String, Vec<String>>;

/// A [`Context`] with single values; keys in any case.
pub fn context<K: AsRef<str>, V: Into<String>>(pairs: impl IntoIterator<Item = (K, V)>) -> Context {
    pairs
        .into_iter()
        .map(|(key, value)| (key.as_ref().to_ascii_lowercase(), vec![value.into()]))
        .collect()
}

/// What a policy is attached to; decides which elements it must and may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Inline or managed policy of a role: resources, no principal.
    Identity,
    /// Trust policy of a role: principal, no resource, only `sts` actions.
    Trust,
    /// Policy of a resource: principal and resource.
    Resource,
}

/// The language's version: variables exist only in the newer one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Version {
    /// `2008-10-17`, also when the document names none.
    #[default]
    V2008,
    /// `2012-10-17`.
    V2012,
}

/// A policy that has been read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policy {
    /// The language's version.
    pub version: Version,
    /// The statements in their order.
    pub statements: Vec<Statement>,
}

/// Allow or deny.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// `Allow`.
    Allow,
    /// `Deny`.
    Deny,
}

/// An element and its negation: `Action` or `NotAction`.
#[derive(Debug, Clone, PartialEq)]
pub enum Matching<T> {
    /// Matches when one of them does.
    Any(Vec<T>),
    /// Matches when none of them does.
    None(Vec<T>),
}

impl<T> Matching<T> {
    /// Whether it holds, given what matches.
    pub fn holds(&self, matches: impl FnMut(&T) -> bool) -> bool {
        match self {
            Self::Any(items) => items.iter().any(matches),
            Self::None(items) => !items.iter().any(matches),
        }
    }

    /// The patterns.
    pub fn items(&self) -> &[T] {
        match self {
            Self::Any(items) | Self::None(items) => items,
        }
    }
}

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// `Sid`.
    pub sid: Option<String>,
    /// `Effect`.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`; `None` in identity policies.
    pub principal: Option<Matching<PrincipalPattern>>,
    /// `Action` or `NotAction`.
    pub action: Matching<String>,
    /// `Resource` or `NotResource`; `None` in trust policies.
    pub resource: Option<Matching<String>>,
    /// `Condition`; all must hold.
    pub conditions: Vec<Condition>,
}

/// Why a policy is refused. The messages are IAM's where they are known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// It is not JSON.
    #[error("This policy contains invalid Json")]
    Json,
    /// White space before the first brace.
    #[error("JSON strings must not have leading spaces")]
    LeadingSpaces,
    /// JSON, but not of a policy's shape.
    #[error("Syntax errors in policy: {0}")]
    Syntax(String),
    /// A version that does not exist.
    #[error("The policy must contain a valid version string, not {0}")]
    Version(String),
    /// An element that the statement must have.
    #[error("Missing required field {0}")]
    Missing(&'static str),
    /// An element that this kind of policy must not have.
    #[error("Has prohibited field {0}")]
    Prohibited(&'static str),
    /// A principal in an identity policy.
    #[error("Policy document should not specify a principal.")]
    PrincipalProhibited,
    /// A principal that nobody can be.
    #[error("Invalid principal in policy: \"{kind}\":\"{value}\"")]
    Principal {
        /// `AWS`, `SERVICE`, …
        kind: String,
        /// What the policy says.
        value: String,
    },
    /// No action.
    #[error("Policy statement must contain actions.")]
    NoAction,
    /// An empty resource.
    #[error("Policy statement must contain resources.")]
    NoResource,
    /// An action without a service prefix, or a malformed one.
    #[error(
        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc. (in \"{0}\")"
    )]
    Action(String),
    /// An action other than `sts:…` in a trust policy.
    #[error("AssumeRole policy may only specify STS AssumeRole actions.")]
    TrustAction,
    /// A resource that is no ARN.
    #[error("Resource {0} must be in ARN format or \"*\".")]
    Arn(String),
    /// An ARN of no partition.
    #[error("Partition \"{partition}\" is not valid for resource \"{arn}\".")]
    Partition {
        /// The partition.
        partition: String,
        /// The ARN.
        arn: String,
    },
    /// A `Sid` with other characters than letters and digits.
    #[error(
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
    )]
    Sid,
    /// Two statements with one `Sid`.
    #[error("Statement IDs (SID) in a single policy must be unique.")]
    SidTwice,
    /// An operator that does not exist.
    #[error("Invalid Condition type : {0}.")]
    ConditionOperator(String),
    /// It exists on AWS, not here.
    #[error("{0} in a policy")]
    NotImplemented(String),
}

#[cfg(test)]
mod tests;
