//! What somebody else has, or did, on what we deployed: the one rule for all kinds, which
//! `status`, `plan`, `up` and `down` ask. Pure.
//!
//! - A flow: its published content no longer means what we published, nor what is wanted.
//! - An object: it is neither what was uploaded last nor what is wanted.
//! - A function: others may invoke it, or have something attached to it.
//! - A number: it rings a flow that is none of the deployment's.
//!
//! Looked at in no other kind: stacks tell their own drift only when asked to look for it
//! (CloudFormation's DetectStackDrift), and items carry no mark of who wrote.

mod flow;
mod function;
mod number;
mod object;
mod stacks;
mod template_text;

use std::fmt;

pub use flow::{Draft, may_be_modified, same_content};
pub use function::of_function;
pub use object::{content as object_content, is_foreign, is_replaced};
pub use stacks::{StackContents, may_grant, nested};

use super::desired::Desired;
use super::error::{Drifted, EngineError};
use super::function_policy::Statement;
use super::observe::Observed;
use super::plan::{Change, Irreversible, Plan, ResourceId, ResourceKind};
use super::ports::FunctionUrl;

/// The service that invokes functions in calls.
pub const CONNECT: &str = "connect.amazonaws.com";

/// Something that somebody else did to one of our resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A flow's published content was replaced by one that means something else.
    Modified,
    /// An object was replaced by another.
    Replaced,
    /// A statement that neither we nor a stack of the solution made, or not so.
    Statement(Statement),
    /// A URL that no stack of the solution made.
    Url(FunctionUrl),
    /// The alias sends part of the calls to this version.
    Routing(String),
    /// ARN of a layer: code beside ours.
    Layer(String),
    /// ARN of a file system's access point: data, and maybe code, beside ours.
    FileSystem(String),
    /// ARN of where the events go that failed.
    DeadLetterTarget(String),
    /// Id of the flow of others that a number rings.
    Rebound(String),
}

impl Finding {
    /// What would be lost if the resource, of this name on AWS, were made as it is wanted.
    pub fn loss(&self, physical: &str) -> Irreversible {
        match self {
            Self::Modified => Irreversible::Overwrite {
                flow: physical.to_owned(),
            },
            Self::Replaced => Irreversible::OverwriteObject {
                object: physical.to_owned(),
            },
            Self::Statement(_)
            | Self::Url(_)
            | Self::Routing(_)
            | Self::Layer(_)
            | Self::FileSystem(_)
            | Self::DeadLetterTarget(_)
            | Self::Rebound(_) => Irreversible::TakeBack {
                what: self.to_string(),
            },
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Modified => f.write_str("edited on the instance"),
            Self::Replaced => f.write_str("replaced in its bucket"),
            Self::Statement(statement) => statement.fmt(f),
            Self::Url(url) => {
                f.write_str("has a function URL ")?;
                match url.auth_type.as_str() {
                    "NONE" => f.write_str("without authentication")?,
                    other => write!(f, "with {other}")?,
                }
                match &url.alias {
                    Some(alias) => write!(f, " (alias {alias})"),
                    None => f.write_str(" (unqualified)"),
                }
            }
            Self::Routing(version) => write!(f, "sends part of the calls to version {version}"),
            Self::Layer(arn) => write!(f, "has the layer {arn}"),
            Self::FileSystem(arn) => write!(f, "has the file system {arn}"),
            Self::DeadLetterTarget(arn) => write!(f, "sends failed events to {arn}"),
            Self::Rebound(flow) => {
                write!(f, "rings a flow that is not this deployment's ({flow})")
            }
        }
    }
}

/// What somebody else did to a resource; of objects and functions as far as
/// [`observe_data`](super::observe::observe_data) has read what it takes to know.
pub fn of(desired: &Desired, observed: &Observed, resource: &ResourceId) -> Vec<Finding> {
    let name = &resource.name;
    match resource.kind {
        ResourceKind::Flow => flow::is_modified(desired, observed, name)
            .then_some(Finding::Modified)
            .into_iter()
            .collect(),
        ResourceKind::Object => {
            let there = observed
                .objects
                .get(name)
                .and_then(|seen| seen.object.as_ref());
            let wanted = desired.objects.get(name);
            there
                .zip(wanted)
                .filter(|(there, wanted)| is_replaced(there, &wanted.sha256))
                .map(|_| Finding::Replaced)
                .into_iter()
                .collect()
        }
        ResourceKind::Function => of_function(observed, name),
        ResourceKind::PhoneNumber => number::rebound(desired, observed, name)
            .map(Finding::Rebound)
            .into_iter()
            .collect(),
        ResourceKind::Instance
        | ResourceKind::Stack
        | ResourceKind::Seed
        | ResourceKind::Access => Vec::new(),
    }
}

/// Whether only the stacks' resources can tell if something is ours.
pub fn asks_stacks(observed: &Observed) -> bool {
    observed.functions.keys().any(|name| {
        of_function(observed, name)
            .iter()
            .any(|finding| matches!(finding, Finding::Statement(_) | Finding::Url(_)))
    })
}

/// Refuses what would undo what somebody else did, with all of it.
///
/// # Errors
/// [`EngineError::Drift`].
pub fn check<'a>(changes: impl Iterator<Item = &'a Change>) -> Result<(), EngineError> {
    let drifted: Vec<Drifted> = changes
        .filter_map(|change| {
            let losses = change.irreversible.iter().filter(|one| is_drift(one));
            let losses: Vec<Irreversible> = losses.cloned().collect();
            (!losses.is_empty()).then(|| Drifted {
                resource: change.resource.clone(),
                action: change.action,
                losses,
            })
        })
        .collect();
    if drifted.is_empty() {
        Ok(())
    } else {
        Err(EngineError::Drift(drifted))
    }
}

/// Whether a plan would undo what somebody else did.
pub fn is_in(plan: &Plan) -> bool {
    plan.pending()
        .flat_map(|change| &change.irreversible)
        .any(is_drift)
}

/// Whether it undoes what somebody else did, and so is done only when asked for.
pub fn is_drift(irreversible: &Irreversible) -> bool {
    match irreversible {
        Irreversible::Overwrite { .. }
        | Irreversible::OverwriteObject { .. }
        | Irreversible::TakeBack { .. } => true,
        Irreversible::DataLoss { .. } | Irreversible::ReleaseNumber { .. } => false,
    }
}

#[cfg(test)]
mod function_tests;
