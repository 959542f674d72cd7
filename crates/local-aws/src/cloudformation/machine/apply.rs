//! Creating and updating: resources in the order of their dependencies, then outputs.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::{Plan, Ports, Remembering, Step, outputs, resource_error, rollback};
use super::{set_resource_status, set_status};
use crate::cloudformation::diff::property_changes;
use crate::cloudformation::registry;
use crate::cloudformation::state::{
    Action, Export, OnFailure, Phase, Remnant, Resource, Stack, Task,
};
use crate::cloudformation::status::{ResourceStatus, StackStatus};
use crate::cloudformation::template::desired::{Desired, Wanted};
use crate::cloudformation::template::intrinsics::Lookup;
use crate::cloudformation::template::{Policy, TemplateError};
use crate::core::ports::Ids;
use crate::core::resource::{Created, ResourceType};

/// The resources that exist and the exports of others.
pub(in crate::cloudformation) struct StackLookup<'a> {
    pub(in crate::cloudformation) resources: &'a IndexMap<String, Resource>,
    pub(in crate::cloudformation) exports: &'a BTreeMap<String, Export>,
}

impl Lookup for StackLookup<'_> {
    fn physical_id(&self, logical_id: &str) -> Option<Value> {
        let resource = self.resources.get(logical_id)?;
        resource.physical_id.clone().map(Value::from)
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
        let resource = self.resources.get(logical_id)?;
        resource.attributes.get(attribute).cloned()
    }

    fn import(&self, name: &str) -> Option<Value> {
        let export = self.exports.get(name)?;
        Some(Value::from(export.value.clone()))
    }
}

pub(super) fn step(stack: &mut Stack, ports: &Ports<'_>, plan: &mut Plan) -> Step {
    let desired = match plan.desired(stack, ports) {
        Ok(desired) => desired,
        Err(error) => return fail(stack, error.to_string(), ports),
    };
    let next = desired.resources.iter().find(|(id, _)| {
        stack
            .operation
            .as_ref()
            .is_some_and(|operation| !operation.done.contains(*id))
    });
    match next {
        Some((id, wanted)) => resource(stack, &desired, id, wanted, ports),
        None => outputs::finish(stack, &desired, ports),
    }
}

/// What one resource needs: nothing, to be made, updated or replaced.
fn resource(
    stack: &mut Stack,
    desired: &Desired,
    id: &str,
    wanted: &Wanted,
    ports: &Ports<'_>,
) -> Step {
    let lookup = StackLookup {
        resources: &stack.resources,
        exports: &ports.exchange.exports,
    };
    let remembering = Remembering::new(&lookup);
    let resolved = desired
        .properties(wanted, &remembering)
        .and_then(|properties| Ok((properties, desired.metadata(wanted, &remembering)?)));
    let imports = remembering.imports();
    let (properties, metadata) = match resolved {
        Ok(resolved) => resolved,
        Err(TemplateError::Validation(reason)) => return fail(stack, reason, ports),
        Err(error) => return refuse(stack, id, wanted, error.to_string(), ports),
    };
    // From now on the exports that it uses cannot go.
    stack.imports.extend(imports);
    let Some(kind) = registry::find(&wanted.kind) else {
        let reason = format!("the embedded AWS does not implement {}", wanted.kind);
        return refuse(stack, id, wanted, reason, ports);
    };
    let missing = kind
        .properties()
        .iter()
        .find(|property| property.required && !properties.contains_key(property.name));
    if let Some(property) = missing {
        let reason = resource_error(
            id,
            &format!("#: required key [{}] not found", property.name),
        );
        return refuse(stack, id, wanted, reason, ports);
    }
    match stack.resources.get(id).filter(|resource| resource.exists()) {
        None => create(stack, id, wanted, properties, metadata, ports),
        Some(existing) => {
            let existing = existing.clone();
            change(
                stack, kind, id, wanted, &existing, properties, metadata, ports,
            )
        }
    }
}

fn fresh(wanted: &Wanted, metadata: Option<Value>, stack: &Stack, ids: &Ids) -> Resource {
    Resource {
        kind: wanted.kind.clone(),
        physical_id: None,
        attributes: BTreeMap::new(),
        properties: Map::new(),
        attempted: None,
        metadata,
        depends: wanted.depends.clone(),
        deletion_policy: wanted.deletion_policy,
        update_replace_policy: wanted.update_replace_policy,
        stack_tags: stack.version.tags.clone(),
        token: ids.token(
            12,
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz",
        ),
        status: ResourceStatus::CreateInProgress,
        status_reason: None,
        updated: stack.created,
    }
}

fn create(
    stack: &mut Stack,
    id: &str,
    wanted: &Wanted,
    properties: Map<String, Value>,
    metadata: Option<Value>,
    ports: &Ports<'_>,
) -> Step {
    let resource = fresh(wanted, metadata, stack, ports.ids);
    let task = create_task(stack, id, &resource, properties, false);
    stack.resources.insert(id.to_owned(), resource);
    set_resource_status(stack, id, ResourceStatus::CreateInProgress, None, ports);
    Step::Call(Box::new(task))
}

fn create_task(
    stack: &Stack,
    id: &str,
    resource: &Resource,
    properties: Map<String, Value>,
    replaces: bool,
) -> Task {
    Task {
        logical_id: id.to_owned(),
        kind: resource.kind.clone(),
        token: resource.token.clone(),
        stack_tags: stack.version.tags.clone(),
        action: Action::Create {
            properties,
            replaces,
        },
        repeated: false,
    }
}

#[allow(
    clippy::too_many_arguments,
    reason = "what was, what shall be and where"
)]
fn change(
    stack: &mut Stack,
    kind: &dyn ResourceType,
    id: &str,
    wanted: &Wanted,
    existing: &Resource,
    properties: Map<String, Value>,
    metadata: Option<Value>,
    ports: &Ports<'_>,
) -> Step {
    let known = existing.attempted.as_ref().unwrap_or(&existing.properties);
    let changes = property_changes(kind, known, &properties);
    let taggable = kind
        .properties()
        .iter()
        .any(|property| property.name == "Tags");
    let retagged = taggable && existing.stack_tags != stack.version.tags;
    let tags = stack.version.tags.clone();
    if let Some(resource) = stack.resources.get_mut(id) {
        resource.metadata = metadata;
        resource.depends.clone_from(&wanted.depends);
        resource.deletion_policy = wanted.deletion_policy;
        resource.update_replace_policy = wanted.update_replace_policy;
        if !taggable {
            resource.stack_tags = tags;
        }
    }
    if changes.iter().any(|change| change.replaces(kind)) {
        if let Some(name) = kept_name(kind, known, &properties) {
            let reason = format!(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {name} and update the stack again."
            );
            return refuse(stack, id, wanted, reason, ports);
        }
        let token = fresh(wanted, None, stack, ports.ids).token;
        let replacement = Resource {
            token,
            ..existing.clone()
        };
        let task = create_task(stack, id, &replacement, properties, true);
        let reason = "Requested update requires the creation of a new physical resource; hence creating one.";
        set_resource_status(
            stack,
            id,
            ResourceStatus::UpdateInProgress,
            Some(reason.to_owned()),
            ports,
        );
        return Step::Call(Box::new(task));
    }
    if changes.is_empty() && !retagged {
        if let Some(operation) = &mut stack.operation {
            operation.done.insert(id.to_owned());
        }
        return Step::Again;
    }
    let task = Task {
        logical_id: id.to_owned(),
        kind: existing.kind.clone(),
        token: existing.token.clone(),
        stack_tags: stack.version.tags.clone(),
        action: Action::Update {
            physical_id: existing.physical_id.clone().unwrap_or_default(),
            before: known.clone(),
            after: properties,
        },
        repeated: false,
    };
    set_resource_status(stack, id, ResourceStatus::UpdateInProgress, None, ports);
    Step::Call(Box::new(task))
}

/// The name that both sides give, which two resources cannot have at once.
fn kept_name(
    kind: &dyn ResourceType,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Option<String> {
    let property = kind.name_property()?;
    let (before, after) = (before.get(property)?, after.get(property)?);
    (before == after).then(|| after.as_str().unwrap_or_default().to_owned())
}

/// A resource that fails before its service is asked.
fn refuse(stack: &mut Stack, id: &str, wanted: &Wanted, reason: String, ports: &Ports<'_>) -> Step {
    let exists = stack
        .resources
        .get(id)
        .is_some_and(|resource| resource.exists());
    if !exists {
        let resource = fresh(wanted, None, stack, ports.ids);
        stack.resources.insert(id.to_owned(), resource);
    }
    let begun = if exists {
        ResourceStatus::UpdateInProgress
    } else {
        ResourceStatus::CreateInProgress
    };
    set_resource_status(stack, id, begun, None, ports);
    failed(stack, id, exists, reason, ports)
}

fn failed(stack: &mut Stack, id: &str, update: bool, reason: String, ports: &Ports<'_>) -> Step {
    let (status, word) = if update {
        (ResourceStatus::UpdateFailed, "update")
    } else {
        (ResourceStatus::CreateFailed, "create")
    };
    set_resource_status(stack, id, status, Some(reason), ports);
    fail(
        stack,
        format!("The following resource(s) failed to {word}: [{id}]. "),
        ports,
    )
}

/// The operation fails: back, or not.
pub(super) fn fail(stack: &mut Stack, reason: String, ports: &Ports<'_>) -> Step {
    let Some(operation) = &mut stack.operation else {
        return Step::Over;
    };
    let rolled_back = format!(
        "{}. Rollback requested by user.",
        reason.trim_end_matches([' ', '.'])
    );
    match (operation.phase, operation.on_failure) {
        (Phase::Create, OnFailure::Rollback) => {
            operation.phase = Phase::Rollback;
            operation.done.clear();
            set_status(
                stack,
                StackStatus::RollbackInProgress,
                Some(rolled_back),
                ports,
            );
            Step::Again
        }
        (Phase::Create, OnFailure::Delete) => {
            operation.phase = Phase::Delete;
            operation.done.clear();
            set_status(
                stack,
                StackStatus::DeleteInProgress,
                Some(format!(
                    "{}. Delete requested by user.",
                    reason.trim_end_matches([' ', '.'])
                )),
                ports,
            );
            Step::Again
        }
        (Phase::Create, OnFailure::DoNothing) => {
            set_status(stack, StackStatus::CreateFailed, Some(reason), ports);
            stack.operation = None;
            Step::Over
        }
        (_, OnFailure::DoNothing) => {
            set_status(stack, StackStatus::UpdateFailed, Some(reason), ports);
            stack.suspended = stack.operation.take();
            Step::Over
        }
        _ => {
            rollback::begin(stack, reason, ports);
            Step::Again
        }
    }
}

/// Takes in what a service said to a create or an update.
pub(super) fn applied(
    stack: &mut Stack,
    task: &Task,
    outcome: Result<Created, String>,
    ports: &Ports<'_>,
) {
    let id = task.logical_id.as_str();
    match (&task.action, outcome) {
        (
            Action::Create {
                properties,
                replaces,
            },
            Ok(created),
        ) => made(stack, task, properties, *replaces, created, ports),
        (Action::Update { after, .. }, Ok(created)) => {
            if let Some(resource) = stack.resources.get_mut(id) {
                resource.properties.clone_from(after);
                resource.attributes = created.attributes;
                resource.attempted = None;
                resource.stack_tags.clone_from(&task.stack_tags);
            }
            set_resource_status(stack, id, ResourceStatus::UpdateComplete, None, ports);
        }
        (action, Err(reason)) => {
            let update = match action {
                Action::Create { replaces, .. } => *replaces,
                _ => true,
            };
            if let Action::Update { after, .. } = action
                && let Some(resource) = stack.resources.get_mut(id)
            {
                resource.attempted = Some(after.clone());
            }
            if in_apply(stack) {
                failed(stack, id, update, reason, ports);
            } else {
                // The operation was turned around meanwhile.
                let status = if update {
                    ResourceStatus::UpdateFailed
                } else {
                    ResourceStatus::CreateFailed
                };
                set_resource_status(stack, id, status, Some(reason), ports);
            }
            return;
        }
        (Action::Delete { .. }, Ok(_)) => return,
    }
    if in_apply(stack)
        && let Some(operation) = &mut stack.operation
    {
        operation.done.insert(id.to_owned());
    }
}

fn in_apply(stack: &Stack) -> bool {
    stack
        .operation
        .as_ref()
        .is_some_and(|operation| matches!(operation.phase, Phase::Create | Phase::Update))
}

fn made(
    stack: &mut Stack,
    task: &Task,
    properties: &Map<String, Value>,
    replaces: bool,
    created: Created,
    ports: &Ports<'_>,
) {
    let id = task.logical_id.as_str();
    let Some(resource) = stack.resources.get_mut(id) else {
        return;
    };
    let old = resource.clone();
    resource.physical_id = Some(created.physical_id);
    resource.attributes = created.attributes;
    resource.properties.clone_from(properties);
    resource.attempted = None;
    resource.stack_tags.clone_from(&task.stack_tags);
    resource.token.clone_from(&task.token);
    let another = replaces && old.physical_id != resource.physical_id;
    let (started, ended) = if replaces {
        (
            ResourceStatus::UpdateInProgress,
            ResourceStatus::UpdateComplete,
        )
    } else {
        (
            ResourceStatus::CreateInProgress,
            ResourceStatus::CreateComplete,
        )
    };
    let retain = resource.update_replace_policy != Policy::Delete;
    // On the way back it is the new one that goes; the rollback sees to it.
    if another
        && let Some(operation) = &mut stack.operation
        && operation.phase == Phase::Update
    {
        operation.remnants.push(Remnant {
            logical_id: id.to_owned(),
            resource: old,
            retain,
            leaves: false,
        });
    }
    let reason = "Resource creation Initiated".to_owned();
    set_resource_status(stack, id, started, Some(reason), ports);
    set_resource_status(stack, id, ended, None, ports);
}
