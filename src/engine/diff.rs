//! What is wanted against what is there: the plan. Pure.

mod access;
mod flows;
mod functions;
mod objects;
mod phone_numbers;
mod seeds;
mod stacks;

use super::desired::Desired;
use super::error::EngineError;
use super::graph::Graph;
use super::observe::Observed;
use super::plan::{Action, Change, FORMAT, Plan, ResourceId, ResourceKind};
use super::text::{Reference, Text};
use super::values::Values;
use super::wanted::{self, Part};

pub(super) use access::{statement, statement_id};
pub use flows::{desired_digest as flow_digest, digest_of as flow_digest_of};
pub(super) use functions::configuration;
pub(super) use objects::compare as compare_object;
pub use phone_numbers::{assign, choose};
pub(super) use stacks::never_was as stack_never_was;

/// What the person who deploys allows.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allowances {
    /// Numbers may be claimed when none is free.
    pub claim_numbers: bool,
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
    let mut changes: Vec<Change> = Vec::new();
    // In the order of work: what a stack that changes will give is not known, and
    // nothing that needs it may be planned on what it gave before.
    for resource in graph.order() {
        if resource.kind != ResourceKind::Stack {
            continue;
        }
        let Some((name, stack)) = desired.stacks.get_key_value(&resource.name) else {
            continue;
        };
        let change = stacks::diff(desired, observed, &values, name, stack)?;
        let change = with(change, wanted::stack(desired, &values, stack));
        if change.action != Action::Keep {
            values.forget_outputs(name);
        }
        changes.push(change);
    }
    changes.sort_by_key(|change| desired.stacks.get_index_of(&change.resource.name));
    for (name, object) in &desired.objects {
        let change = objects::diff(desired, observed, &values, name, object)?;
        changes.push(with(change, wanted::object(&values, object)));
    }
    for (name, seed) in &desired.seeds {
        let change = seeds::diff(observed, &values, name, seed)?;
        changes.push(with(change, wanted::seed(&values, seed)));
    }
    for (name, function) in &desired.functions {
        let change = functions::diff(desired, observed, &values, name, function)?;
        changes.push(with(change, wanted::function(&values, function)));
        if function.connect {
            let change = access::diff(observed, name, function);
            changes.push(with(change, wanted::access(observed, function)));
        }
    }
    for (name, flow) in &desired.flows {
        let change = flows::diff(desired, observed, &values, name, flow)?;
        changes.push(with(change, wanted::flow(&values, flow)));
    }
    changes.extend(flows::orphans(desired, observed));
    for (name, number) in &desired.phone_numbers {
        let change = phone_numbers::diff(desired, observed, &values, name, number, allowances);
        changes.push(with(change, wanted::phone_number(&values, number)));
    }
    changes.extend(phone_numbers::orphans(desired, observed));
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
fn with(change: Change, wanted: Vec<Part>) -> Change {
    Change {
        desired: wanted::digest_of(&wanted),
        wanted,
        ..change
    }
}

/// A ref to something of the instance can only be wrong now, not later.
fn check_lookups<'a>(
    values: &Values,
    resource: &ResourceId,
    texts: impl IntoIterator<Item = &'a Text>,
) -> Result<(), EngineError> {
    for (reference, _) in texts.into_iter().flat_map(Text::references) {
        if matches!(reference, Reference::Lookup(..)) && values.get(reference).is_none() {
            return Err(values.unresolved(resource, reference));
        }
    }
    Ok(())
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
