//! Flows: by the digests in their tags; by their content when somebody may have edited them.

use super::wanted::parts;
use crate::engine::desired::{Desired, Flow, TAG_DESIRED};
use crate::engine::diff::{Compared, digest_parts, with};
use crate::engine::drift::{self, may_be_modified, same_content};
use crate::engine::error::EngineError;
use crate::engine::observe::Observed;
use crate::engine::plan::{Action, Change, ResourceId, ResourceKind};
use crate::engine::ports::{FlowState, ObservedFlow};
use crate::engine::values::{Values, compact};

/// The changes of all flows, and of those that left the manifest.
pub(in crate::engine) fn diff(
    compared: &Compared<'_>,
    values: &Values,
) -> Result<Vec<Change>, EngineError> {
    let Compared {
        desired, observed, ..
    } = compared;
    let mut changes = Vec::new();
    for (name, flow) in &desired.flows {
        let change = one(desired, observed, values, name, flow)?;
        changes.push(with(change, parts(values, flow)));
    }
    changes.extend(orphans(desired, observed));
    Ok(changes)
}

fn one(
    desired: &Desired,
    observed: &Observed,
    values: &Values,
    name: &str,
    flow: &Flow,
) -> Result<Change, EngineError> {
    let resource = ResourceId::new(ResourceKind::Flow, name);
    let content = flow
        .content
        .resolve_in_json(|reference| values.get(reference))
        .ok()
        .and_then(|json| compact(&json).ok());
    let digest = match &content {
        Some(content) => desired_digest(flow, content),
        None => desired_digest(flow, &flow.content.to_string()),
    };
    let mut change = Change {
        resource: resource.clone(),
        physical: flow.physical.clone(),
        action: Action::Create,
        details: Vec::new(),
        wanted: Vec::new(),
        stack_changes: Vec::new(),
        irreversible: Vec::new(),
        desired: String::new(),
        observed: String::new(),
    };
    let Some(there) = observed.flows.get(name) else {
        check_name(desired, observed, &resource, name)?;
        return Ok(change);
    };
    change.observed = digest_parts([
        there.arn.as_str(),
        &there.name,
        there.content_sha256.as_deref().unwrap_or_default(),
    ]);
    if there.flow_type != flow.flow_type {
        return Err(EngineError::State {
            resource,
            reason: format!(
                "its type cannot change from {} to {}; give the flow another name in the manifest",
                there.flow_type, flow.flow_type
            ),
        });
    }
    let same = content.as_deref().is_some_and(|wanted| {
        observed
            .contents
            .get(&there.id)
            .is_some_and(|live| same_content(live, wanted))
    });
    note_drift(desired, observed, &mut change, &there.name);
    if content.is_none() {
        change.details.push("content known after apply".to_owned());
    } else if there.tags.get(TAG_DESIRED) != Some(&digest) {
        change.details.extend(differences(there, flow, same));
    } else if may_be_modified(there) && same {
        change.details.push("tags".to_owned());
    }
    // Also what was renamed in the console, which the digest of our last write cannot tell.
    for detail in renames(there, flow) {
        if !change.details.contains(&detail) {
            change.details.push(detail);
        }
    }
    if there.state == FlowState::Archived {
        change.details.push("archived → active".to_owned());
    }
    change.action = if change.details.is_empty() {
        Action::Keep
    } else {
        Action::Update
    };
    Ok(change)
}

fn renames(there: &ObservedFlow, flow: &Flow) -> Vec<String> {
    let mut details = Vec::new();
    if there.name != flow.physical {
        details.push(format!("name: {} → {}", there.name, flow.physical));
    }
    if there.description != flow.description {
        details.push("description".to_owned());
    }
    details
}

fn differences(there: &ObservedFlow, flow: &Flow, same: bool) -> Vec<String> {
    let mut details = renames(there, flow);
    if same {
        details.push("tags".to_owned());
    } else {
        details.push("content".to_owned());
    }
    details
}

/// Notes on a change what somebody else wrote in the flow and would be lost by it.
pub(super) fn note_drift(desired: &Desired, observed: &Observed, change: &mut Change, name: &str) {
    for finding in drift::of(desired, observed, &change.resource) {
        change
            .details
            .push(format!("{finding} since it was deployed"));
        change.irreversible.push(finding.loss(name));
    }
}

/// Flows of ours that the manifest no longer has. What somebody else wrote in one goes
/// with it.
fn orphans(desired: &Desired, observed: &Observed) -> Vec<Change> {
    observed
        .flows
        .iter()
        .filter(|(name, _)| !desired.flows.contains_key(*name))
        .map(|(name, flow)| {
            let mut change = Change {
                resource: ResourceId::new(ResourceKind::Flow, name),
                physical: flow.name.clone(),
                action: Action::Delete,
                details: vec!["no longer in the manifest".to_owned()],
                wanted: Vec::new(),
                stack_changes: Vec::new(),
                irreversible: Vec::new(),
                desired: String::new(),
                observed: digest_parts([flow.arn.as_str()]),
            };
            note_drift(desired, observed, &mut change, &flow.name);
            change
        })
        .collect()
}

/// The digest kept on the flow: what it was meant to be, name and description too.
pub fn desired_digest(flow: &Flow, content: &str) -> String {
    digest_of(&flow.flow_type, &flow.physical, &flow.description, content)
}

/// The same by its parts. `content` is compact JSON.
pub fn digest_of(flow_type: &str, name: &str, description: &str, content: &str) -> String {
    digest_parts([flow_type, name, description, content])
}

fn check_name(
    desired: &Desired,
    observed: &Observed,
    resource: &ResourceId,
    name: &str,
) -> Result<(), EngineError> {
    let Some(other) = observed.taken.get(name) else {
        return Ok(());
    };
    let owner = desired.owner(&other.tags);
    Err(EngineError::Taken {
        resource: resource.clone(),
        reason: format!(
            "the instance has a flow \"{}\" ({}) and {owner}; it is not overwritten: \
             rename it, delete it, or give this flow another name",
            other.name, other.id
        ),
    })
}
