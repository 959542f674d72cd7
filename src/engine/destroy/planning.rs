//! What goes when a deployment is undone, what stays, and what would be lost.

use std::collections::BTreeMap;

use super::{Scope, Undoing};
use crate::engine::desired::{Desired, TAG_NAME};
use crate::engine::drift;
use crate::engine::error::EngineError;
use crate::engine::graph::graph;
use crate::engine::observe::Observed;
use crate::engine::plan::{
    Action, Change, FORMAT, Irreversible, Plan, ResourceId, ResourceKind, digest,
};
use crate::engine::ports::{ObservedStack, PhoneNumber, Ports, StackResource};
use crate::engine::prepare::STATEFUL;
use crate::engine::template;
use crate::engine::values::LIVE;

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
    let mut kept = BTreeMap::new();
    let mut lost_buckets = BTreeMap::new();
    let mut changes = numbers(&desired, &observed, scope)?;
    changes.extend(observed.flows.iter().map(|(name, flow)| {
        let mut change = gone(ResourceKind::Flow, name, &flow.name, &flow.arn);
        for finding in drift::of(&desired, &observed, &change.resource) {
            change
                .details
                .push(format!("{finding} since it was deployed"));
        }
        change
    }));
    for (name, function) in &observed.functions {
        let resource = ResourceId::new(ResourceKind::Function, name);
        check_owner(&desired, &resource, &function.tags, &function.arn)?;
        if observed
            .associated
            .contains(&format!("{}:{LIVE}", function.arn))
        {
            let physical = desired
                .functions
                .get(name)
                .map_or(name, |function| &function.physical);
            changes.push(gone(ResourceKind::Access, name, physical, &function.arn));
        }
        let physical = desired
            .functions
            .get(name)
            .map_or(name, |function| &function.physical);
        changes.push(gone(ResourceKind::Function, name, physical, &function.arn));
    }
    for (name, stack) in &observed.stacks {
        let resource = ResourceId::new(ResourceKind::Stack, name);
        if stack.status != "REVIEW_IN_PROGRESS" {
            check_owner(&desired, &resource, &stack.tags, &stack.arn)?;
        }
        if stack.termination_protection {
            return Err(EngineError::State {
                resource,
                reason: format!(
                    "termination protection is on; turn it off first: aws cloudformation \
                     update-termination-protection --no-enable-termination-protection --stack-name {}",
                    stack.arn
                ),
            });
        }
        let (retained, lost) = resources(ports, name, stack).await?;
        let physical = desired
            .stacks
            .get(name)
            .map_or(name, |stack| &stack.physical);
        let mut change = gone(ResourceKind::Stack, name, physical, &stack.arn);
        if let Some(resource) = lost.first().filter(|_| !scope.delete_data) {
            return Err(EngineError::Refused {
                reason: format!(
                    "{} would go with the stack {name}, and its data with it: its template does \
                     not retain it; --delete-data asks for it",
                    described(resource)
                ),
            });
        }
        for resource in &lost {
            let what = described(resource);
            change.details.push(format!("deletes {what}"));
            change.irreversible.push(data_loss(resource));
        }
        for resource in &retained {
            let what = described(resource);
            // Only tables and buckets can be deleted here; whatever else is retained stays.
            if scope.delete_data && [TABLE, BUCKET].contains(&resource.resource_type.as_str()) {
                change.details.push(format!("deletes {what}"));
                change.irreversible.push(data_loss(resource));
            } else {
                change.details.push(format!("keeps {what}"));
            }
        }
        changes.push(change);
        kept.insert(name.clone(), retained);
        let buckets = lost.into_iter().filter(|lost| lost.resource_type == BUCKET);
        lost_buckets.insert(
            name.clone(),
            buckets.map(|bucket| bucket.physical_id).collect(),
        );
    }
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
        kept,
        lost_buckets,
        scope,
    })
}

fn gone(kind: ResourceKind, name: &str, physical: &str, observed: &str) -> Change {
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

fn check_owner(
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

pub(super) fn ours<'a>(
    desired: &Desired,
    observed: &'a Observed,
) -> Vec<(String, &'a PhoneNumber)> {
    observed
        .phone_numbers
        .iter()
        .filter(|number| desired.owns(&number.tags))
        .map(|number| {
            let name = number.tags.get(TAG_NAME).cloned();
            (name.unwrap_or_else(|| number.number.clone()), number)
        })
        .collect()
}

fn numbers(
    desired: &Desired,
    observed: &Observed,
    scope: Scope,
) -> Result<Vec<Change>, EngineError> {
    let ours = ours(desired, observed);
    for (name, flow) in &observed.flows {
        let other = observed.phone_numbers.iter().find(|number| {
            number.flow_id.as_ref() == Some(&flow.id)
                && !ours.iter().any(|(_, ours)| ours.id == number.id)
        });
        if let Some(other) = other {
            return Err(EngineError::Refused {
                reason: format!(
                    "{} still rings the flow {name}, and was not bound by vanity-deploy; \
                     give it another flow first",
                    other.number
                ),
            });
        }
    }
    Ok(ours
        .into_iter()
        .map(|(name, number)| {
            let mut change = gone(ResourceKind::PhoneNumber, &name, &number.number, &number.id);
            if scope.release_numbers {
                change.details.push("unbound and given back".to_owned());
                change.irreversible.push(Irreversible::ReleaseNumber {
                    number: number.number.clone(),
                });
            } else {
                change
                    .details
                    .push("unbound; the number stays claimed".to_owned());
            }
            change
        })
        .collect())
}

pub(super) const TABLE: &str = "AWS::DynamoDB::Table";
pub(super) const BUCKET: &str = "AWS::S3::Bucket";

/// What of a stack stays when it is deleted, and what of it would be lost. The
/// template that was deployed decides, not the one that is wanted now.
async fn resources(
    ports: &Ports,
    name: &str,
    stack: &ObservedStack,
) -> Result<(Vec<StackResource>, Vec<StackResource>), EngineError> {
    let resources = ports
        .stacks
        .resources(&stack.arn)
        .await
        .map_err(|failure| EngineError::Service {
            resource: ResourceId::new(ResourceKind::Stack, name),
            doing: "reading the resources of the stack",
            failure: Box::new(failure),
        })?;
    let declared = match stack.template.as_deref().map(template::read) {
        Some(Ok(template)) => template.resources,
        // Without a template there is nothing that it made.
        None => Vec::new(),
        Some(Err(error)) => {
            return Err(EngineError::State {
                resource: ResourceId::new(ResourceKind::Stack, name),
                reason: format!(
                    "its template cannot be read, so what it keeps is not known: {error}"
                ),
            });
        }
    };
    let is_retained = |resource: &StackResource| {
        declared
            .iter()
            .any(|declared| declared.logical_id == resource.logical_id && declared.is_retained())
    };
    let (retained, gone): (Vec<_>, Vec<_>) = resources
        .into_iter()
        .filter(|resource| {
            !resource.physical_id.is_empty() && !resource.status.starts_with("DELETE")
        })
        .partition(is_retained);
    let lost = gone
        .into_iter()
        .filter(|resource| STATEFUL.contains(&resource.resource_type.as_str()))
        .collect();
    Ok((retained, lost))
}

fn data_loss(resource: &StackResource) -> Irreversible {
    Irreversible::DataLoss {
        logical_id: resource.logical_id.clone(),
        resource_type: resource.resource_type.clone(),
        physical_id: Some(resource.physical_id.clone()),
    }
}

pub(super) fn described(resource: &StackResource) -> String {
    let kind = resource
        .resource_type
        .rsplit("::")
        .next()
        .unwrap_or_default();
    format!("{kind} {}", resource.physical_id)
}
