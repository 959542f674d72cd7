//! What is wanted against what is there: the plan. Pure. What changes of a resource is its
//! kind's to say.

use super::desired::Desired;
use super::error::EngineError;
use super::graph::Graph;
use super::kinds;
use super::lookups;
use super::observe::Observed;
use super::plan::{Change, FORMAT, Plan, ResourceKind};
use super::values::Values;
use super::wanted::{self, Part};

/// What the person who deploys allows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allowances {
    /// Numbers may be claimed when none is free.
    pub claim_numbers: bool,
}

/// What is compared, and how.
#[derive(Clone, Copy)]
pub(super) struct Compared<'a> {
    pub(super) desired: &'a Desired,
    pub(super) observed: &'a Observed,
    pub(super) graph: &'a Graph,
    pub(super) allowances: Allowances,
}

/// The plan that makes what is there what is wanted.
///
/// # Errors
/// A name that is taken, a ref that names nothing, a state that cannot be worked with.
pub fn diff(
    desired: &Desired,
    observed: &Observed,
    graph: &Graph,
    target: &str,
    allowances: Allowances,
) -> Result<Plan, EngineError> {
    let mut values = Values::new(desired, observed);
    lookups::check(desired, &observed.lookups)?;
    let compared = Compared {
        desired,
        observed,
        graph,
        allowances,
    };
    let mut changes: Vec<Change> = Vec::new();
    // Stacks first: what one that changes will give is not known, and nothing that needs
    // it may be planned on what it gave before.
    for kind in ResourceKind::ALL {
        changes.extend(kinds::diff(kind, &compared, &mut values)?);
    }
    changes.sort_by_key(|change| kinds::reading_order(desired, &change.resource));
    Ok(Plan {
        format: FORMAT,
        solution: desired.solution.clone(),
        environment: desired.environment.clone(),
        target: target.to_owned(),
        account: observed.identity.account.clone(),
        region: observed.identity.region.clone(),
        instance: observed.instance.arn.clone(),
        tags: desired.tags(),
        changes,
    })
}

/// A change that shows what is wanted. Whether anything is done does not depend on it.
pub(super) fn with(change: Change, wanted: Vec<Part>) -> Change {
    Change {
        desired: wanted::digest_of(&wanted),
        wanted,
        ..change
    }
}

/// Digest of several parts, each with its length, so that no two lists of parts are alike.
pub(super) fn digest_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for part in parts {
        joined.push_str(&format!("{}:", part.len()));
        joined.push_str(part);
    }
    super::plan::digest(joined.as_bytes())
}
