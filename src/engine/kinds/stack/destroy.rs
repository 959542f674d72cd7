//! A stack goes, and what holds data stays unless that was named.

use std::collections::BTreeMap;

use super::preview::STATEFUL;
use crate::engine::desired::Desired;
use crate::engine::destroy::{Destroy, Scope, check_owner, failed, gone};
use crate::engine::drift;
use crate::engine::error::EngineError;
use crate::engine::events::{Event, Notes};
use crate::engine::observe::{Observed, on};
use crate::engine::plan::{Change, Irreversible, ResourceId, ResourceKind};
use crate::engine::ports::{Bucket, ObservedStack, Ports, StackResource, StackStatus};
use crate::engine::template;

const TABLE: &str = "AWS::DynamoDB::Table";
const BUCKET: &str = "AWS::S3::Bucket";

/// What becomes of what a stack holds.
pub(in crate::engine) struct Holdings {
    /// What the stack leaves behind.
    kept: Vec<StackResource>,
    /// Names of the buckets that go with it: they must be empty then.
    lost_buckets: Vec<String>,
}

/// The stacks that are there, which all go, and what becomes of what they hold.
///
/// # Errors
/// [`EngineError`]: one is not ours, is protected, or would take data with it unasked.
pub(in crate::engine) async fn plan_destroy(
    ports: &Ports,
    desired: &Desired,
    observed: &Observed,
    scope: Scope,
) -> Result<(Vec<Change>, BTreeMap<String, Holdings>), EngineError> {
    let mut changes = Vec::new();
    let mut holdings = BTreeMap::new();
    for (name, stack) in &observed.stacks {
        let resource = ResourceId::new(ResourceKind::Stack, name);
        if stack.status != StackStatus::ReviewInProgress {
            check_owner(desired, &resource, &stack.tags, &stack.arn)?;
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
        let emptied = retained.iter().filter(|_| scope.delete_data).chain(&lost);
        change
            .irreversible
            .extend(emptied.flat_map(|bucket| replaced_objects(desired, observed, bucket)));
        changes.push(change);
        let buckets = lost.into_iter().filter(|lost| lost.resource_type == BUCKET);
        let held = Holdings {
            kept: retained,
            lost_buckets: buckets.map(|bucket| bucket.physical_id).collect(),
        };
        holdings.insert(name.clone(), held);
    }
    Ok((changes, holdings))
}

/// What somebody else put in the place of objects, and would go with their bucket.
fn replaced_objects<'a>(
    desired: &'a Desired,
    observed: &'a Observed,
    bucket: &'a StackResource,
) -> impl Iterator<Item = Irreversible> + 'a {
    let inside = observed
        .objects
        .iter()
        .filter(|(_, place)| bucket.resource_type == BUCKET && place.bucket == bucket.physical_id);
    inside.flat_map(|(name, place)| {
        let resource = ResourceId::new(ResourceKind::Object, name);
        let physical = format!("s3://{}/{}", place.bucket, place.key);
        drift::of(desired, observed, &resource)
            .into_iter()
            .map(move |finding| finding.loss(&physical))
    })
}

/// What of a stack stays when it is deleted, and what of it would be lost. The
/// template that was deployed decides, not the one that is wanted now.
async fn resources(
    ports: &Ports,
    name: &str,
    stack: &ObservedStack,
) -> Result<(Vec<StackResource>, Vec<StackResource>), EngineError> {
    let resources = ports.stacks.resources(&stack.arn).await.map_err(on(
        ResourceKind::Stack,
        name,
        "reading the resources of the stack",
    ))?;
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
        .filter(|resource| !resource.physical_id.is_empty() && !resource.status.is_gone())
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

fn described(resource: &StackResource) -> String {
    let kind = resource
        .resource_type
        .rsplit("::")
        .next()
        .unwrap_or_default();
    format!("{kind} {}", resource.physical_id)
}

pub(in crate::engine) async fn destroy(
    work: &Destroy<'_>,
    change: &Change,
) -> Result<(), EngineError> {
    let name = &change.resource.name;
    let Some(stack) = work.undoing.observed.stacks.get(name) else {
        return Ok(());
    };
    let token: String = work.undoing.plan.digest().chars().take(32).collect();
    let notes = Notes {
        reporter: work.reporter,
        resource: &change.resource,
    };
    let holdings = work.undoing.holdings.get(name);
    for bucket in holdings.into_iter().flat_map(|held| &held.lost_buckets) {
        empty(work, change, bucket).await?;
    }
    work.ports
        .stacks
        .delete(&stack.arn, &token, &notes)
        .await
        .map_err(failed(change, "deleting the stack"))?;
    for resource in holdings.into_iter().flat_map(|held| &held.kept) {
        let physical = &resource.physical_id;
        match resource.resource_type.as_str() {
            TABLE if work.undoing.scope.delete_data => {
                let deleted = work.ports.tables.delete(physical).await;
                deleted.map_err(failed(change, "deleting the table"))?;
            }
            BUCKET if work.undoing.scope.delete_data => {
                empty(work, change, physical).await?;
                let deleted = work
                    .ports
                    .objects
                    .delete_bucket(bucket(work, physical))
                    .await;
                deleted.map_err(failed(change, "deleting the bucket"))?;
            }
            _ => work.reporter.event(&Event::Kept {
                resource: change.resource.clone(),
                what: described(resource),
            }),
        }
    }
    Ok(())
}

fn bucket<'a>(work: &'a Destroy<'_>, name: &'a str) -> Bucket<'a> {
    Bucket {
        name,
        owner: &work.undoing.observed.identity.account,
    }
}

async fn empty(work: &Destroy<'_>, change: &Change, name: &str) -> Result<(), EngineError> {
    let notes = Notes {
        reporter: work.reporter,
        resource: &change.resource,
    };
    let emptied = work.ports.objects.empty(bucket(work, name), &notes).await;
    emptied.map_err(failed(change, "emptying the bucket"))
}
