//! What can go wrong, in the engine's terms.

use super::plan::{Action, Irreversible, ResourceId, ResourceKind};

/// What a service answered when it refused, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{service} {operation}: {code}: {message}")]
pub struct ServiceFailure {
    /// E.g. `Lambda`.
    pub service: &'static str,
    /// E.g. `CreateFunction`.
    pub operation: &'static str,
    /// What kind of refusal it is, for what the engine does next.
    pub kind: FailureKind,
    /// The error's code, or what happened instead of an answer (`timeout`, `no connection`).
    pub code: String,
    /// The service's own words.
    pub message: String,
    /// Each problem of a flow's content (`problems[]`), empty for other errors.
    pub problems: Vec<String>,
    /// The request's id, to quote to AWS support.
    pub request_id: Option<String>,
}

/// What kind of refusal an error is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// There is no such thing.
    NotFound,
    /// It exists already, or is being changed by another.
    Conflict,
    /// Not allowed to.
    AccessDenied,
    /// No credentials, or none that AWS accepts.
    Credentials(CredentialsFault),
    /// The request's content is wrong (flow content, template, parameter).
    Invalid,
    /// Too many requests, and retries did not help.
    Throttled,
    /// A quota of the account or instance is reached.
    Quota,
    /// No answer: no connection, timeout.
    Unreachable,
    /// The certificate of who answers is not trusted.
    Untrusted,
    /// Something that it needs was made a moment ago and is not known yet: the same may be
    /// done again.
    NotYet,
    /// Anything else.
    Other,
}

/// What is wrong with the credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialsFault {
    /// There are none where they are looked for.
    Missing,
    /// Who should give them did not.
    Source,
    /// Who should give them refused, as it may: the role is not for who asks.
    Denied,
    /// They were good, and are no longer.
    Expired,
    /// AWS does not know them, or not in this Region.
    Unknown,
    /// The signature that was made with them is wrong.
    Signature,
    /// This machine's clock is wrong, by which signatures hold for minutes.
    Clock,
    /// The account has not enabled the Region or the service.
    NotEnabled,
}

/// An error of the engine.
#[derive(Debug, Clone, thiserror::Error)]
pub enum EngineError {
    /// A service refused.
    #[error("{resource}: {doing} failed")]
    Service {
        /// On which resource.
        resource: ResourceId,
        /// What was being done.
        doing: &'static str,
        /// What the service answered.
        #[source]
        failure: Box<ServiceFailure>,
    },
    /// A service refused something that belongs to no single resource.
    #[error("{doing} failed")]
    Request {
        /// What was being done.
        doing: &'static str,
        /// What the service answered.
        #[source]
        failure: Box<ServiceFailure>,
    },
    /// A resource is not in a state that can be worked with.
    #[error("{resource}: {reason}")]
    State {
        /// Which.
        resource: ResourceId,
        /// Why, and what to do.
        reason: String,
    },
    /// A name is taken by something that is not ours.
    #[error("{resource}: the name is taken: {reason}")]
    Taken {
        /// Which.
        resource: ResourceId,
        /// By what, and what to do.
        reason: String,
    },
    /// No order of work can serve the refs.
    #[error(transparent)]
    Circle(#[from] super::graph::Circle),
    /// A ref has no value.
    #[error("{resource}: {reference} has no value{hint}")]
    Unresolved {
        /// In which resource.
        resource: ResourceId,
        /// The ref.
        reference: String,
        /// Why it has none, or the nearest right name.
        hint: String,
    },
    /// Refs to things that the instance does not have.
    #[error("{}", listed(.0))]
    Lookups(Vec<super::lookups::Unknown>),
    /// An item cannot be in the table it is meant for. Nothing of its seed was written.
    #[error("{resource}: {problem}")]
    Item {
        /// The seed.
        resource: ResourceId,
        /// Which item, and why.
        problem: super::item::BadItem,
    },
    /// The published version failed its probe; the alias was not moved.
    #[error("{resource}: the new version {version} failed its probe; {consequence}")]
    Probe {
        /// The function.
        resource: ResourceId,
        /// The version that was probed.
        version: String,
        /// What is live now.
        consequence: String,
        /// What the function answered or logged.
        answer: String,
    },
    /// The plan is older than what is there.
    #[error("the plan is superseded: {reason}")]
    Superseded {
        /// What has moved.
        reason: String,
    },
    /// Irreversible without being asked for.
    #[error("refused: {reason}")]
    Refused {
        /// What, and the flag that asks for it.
        reason: String,
    },
    /// Somebody else changed what was deployed, and the plan would undo that.
    #[error("{}", changed(.0))]
    Drift(Vec<Drifted>),
}

/// A resource that somebody else changed since it was deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drifted {
    /// Which.
    pub resource: ResourceId,
    /// What the plan would do to it.
    pub action: Action,
    /// What of theirs would be lost by that.
    pub losses: Vec<Irreversible>,
}

fn changed(drifted: &[Drifted]) -> String {
    match drifted {
        [Drifted { resource, .. }] => {
            format!(
                "{resource}: changed {} since it was deployed",
                place(resource)
            )
        }
        several => format!(
            "{} resources were changed by somebody else since they were deployed",
            several.len()
        ),
    }
}

fn listed(unknown: &[super::lookups::Unknown]) -> String {
    let all: Vec<String> = unknown.iter().map(ToString::to_string).collect();
    all.join("; ")
}

fn place(resource: &ResourceId) -> &'static str {
    match resource.kind {
        ResourceKind::Object => "in its bucket",
        ResourceKind::Function | ResourceKind::Stack | ResourceKind::Seed => "on AWS",
        ResourceKind::Instance
        | ResourceKind::Access
        | ResourceKind::Flow
        | ResourceKind::PhoneNumber => "on the instance",
    }
}
