//! What somebody else has, or did, on what we deployed: the one rule that `status`,
//! `plan` and `up` ask. Pure.
//!
//! Of a function: who else may invoke it (its policy, and that of the live alias), its
//! URLs, code and targets that are not ours (layers, file systems, where failed events
//! go), and calls that the alias sends elsewhere. Not looked at: the policies of single
//! versions and of aliases that are not ours (each is a call of its own), event sources
//! and destinations (both act with the function's role, which is a stack's), and its
//! network.

mod stacks;
mod template_text;

use std::fmt;

pub use stacks::{StackContents, may_grant, nested};

use super::function_policy::Statement;
use super::observe::Observed;
use super::plan::{Irreversible, Plan};
use super::ports::FunctionUrl;

/// The service that invokes functions in calls.
pub const CONNECT: &str = "connect.amazonaws.com";

/// Something that somebody else did to a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
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
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
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
        }
    }
}

/// What somebody else did to a function, by its name in the manifest.
pub fn of_function(observed: &Observed, name: &str) -> Vec<Finding> {
    let Some(there) = observed.functions.get(name) else {
        return Vec::new();
    };
    let account = &observed.identity.account;
    let ours = |statement: &Statement| {
        // We and Connect itself (AssociateLambdaFunction adds a statement of its own).
        let is_instance = statement.place == super::function_policy::Place::Live
            && statement.lets_only(CONNECT, &observed.instance.arn);
        let gives_nothing = !statement.allows && statement.unread.is_empty();
        gives_nothing
            || is_instance
            || observed
                .stack_contents
                .iter()
                .any(|contents| contents.made_statement(statement, &there.arn, account))
    };
    let statements = there.statements.iter().filter(|one| !ours(one));
    let urls = there.urls.iter().filter(|url| {
        !observed
            .stack_contents
            .iter()
            .any(|contents| contents.made_url(url, &there.arn, account))
    });
    let configuration = &there.configuration;
    let strings = |list: &[String], finding: fn(String) -> Finding| -> Vec<Finding> {
        list.iter().cloned().map(finding).collect()
    };
    statements
        .cloned()
        .map(Finding::Statement)
        .chain(urls.cloned().map(Finding::Url))
        .chain(strings(&there.other_versions, Finding::Routing))
        .chain(strings(&configuration.layers, Finding::Layer))
        .chain(strings(&configuration.file_systems, Finding::FileSystem))
        .chain(
            configuration
                .dead_letter_target
                .clone()
                .map(Finding::DeadLetterTarget),
        )
        .collect()
}

/// Whether only the stacks' resources can tell if something is ours.
pub fn asks_stacks(observed: &Observed) -> bool {
    observed.functions.keys().any(|name| {
        of_function(observed, name)
            .iter()
            .any(|finding| matches!(finding, Finding::Statement(_) | Finding::Url(_)))
    })
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
mod tests;
