//! What goes when a deployment is undone, what stays, and what would be lost.

use std::collections::BTreeMap;

use super::{Scope, Undoing};
use crate::engine::desired::Desired;
use crate::engine::error::EngineError;
use crate::engine::graph::graph;
use crate::engine::kinds;
use crate::engine::observe::Observed;
use crate::engine::plan::{Action, Change, FORMAT, Plan, ResourceId, ResourceKind, digest};
use crate::engine::ports::Ports;

/// Plans to undo what is there of a solution.
///
/// # Errors
/// A resource that is not ours, a number of others that rings a flow of ours.
pub async fn plan(
    ports: &Ports,
    desired: Desired,
    observed: Observed,
    target: &str,
    scope: Scope,
) -> Result<Undoing, EngineError> {
    let graph = graph(&desired)?;
    let (mut changes, mut holdings) = (Vec::new(), BTreeMap::new());
    // What would be refused of what calls come in by is said first.
    for kind in ResourceKind::ALL.into_iter().rev() {
        let (goes, held) = kinds::plan_destroy(kind, ports, &desired, &observed, scope).await?;
        changes.extend(goes);
        holdings.extend(held);
    }
    changes.sort_by_key(|change: &Change| kinds::undoing_order(&change.resource));
    kinds::drafts(ports, &observed, &mut changes).await?;
    let plan = Plan {
        format: FORMAT,
        solution: desired.solution.clone(),
        environment: desired.environment.clone(),
        target: target.to_owned(),
        account: observed.identity.account.clone(),
        region: observed.identity.region.clone(),
        instance: observed.instance.arn.clone(),
        tags: desired.tags(),
        changes,
    };
    Ok(Undoing {
        desired,
        observed,
        graph,
        plan,
        holdings,
        scope,
    })
}

/// A change by which a resource goes. `observed`: what tells it from another.
pub(in crate::engine) fn gone(
    kind: ResourceKind,
    name: &str,
    physical: &str,
    observed: &str,
) -> Change {
    Change {
        resource: ResourceId::new(kind, name),
        physical: physical.to_owned(),
        action: Action::Delete,
        details: Vec::new(),
        wanted: Vec::new(),
        stack_changes: Vec::new(),
        irreversible: Vec::new(),
        desired: String::new(),
        observed: digest(observed.as_bytes()),
    }
}

/// What is not ours stays.
///
/// # Errors
/// [`EngineError::Taken`] with whose it is.
pub(in crate::engine) fn check_owner(
    desired: &Desired,
    resource: &ResourceId,
    tags: &BTreeMap<String, String>,
    arn: &str,
) -> Result<(), EngineError> {
    if desired.owns(tags) {
        return Ok(());
    }
    Err(EngineError::Taken {
        resource: resource.clone(),
        reason: format!("{arn} stays: {}", desired.owner(tags)),
    })
}
