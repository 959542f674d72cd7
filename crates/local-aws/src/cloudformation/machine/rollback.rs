//! The way back of an update.

use super::{Ports, Step, list, set_resource_status, set_status};
use crate::cloudformation::diff::property_changes;
use crate::cloudformation::registry;
use crate::cloudformation::state::{Action, Phase, Remnant, Resource, Stack, Task};
use crate::cloudformation::status::{ResourceStatus, StackStatus};
use crate::cloudformation::template::Policy;
use crate::core::resource::Created;

/// Turns an update around.
pub(super) fn begin(stack: &mut Stack, reason: String, ports: &Ports<'_>) {
    let Some(operation) = &mut stack.operation else {
        return;
    };
    operation.phase = Phase::UpdateRollback;
    operation.done.clear();
    // What was replaced is what the stack goes back to.
    operation.remnants.clear();
    if let Some(before) = &operation.before {
        stack.version = before.version.clone();
    }
    set_status(
        stack,
        StackStatus::UpdateRollbackInProgress,
        Some(reason),
        ports,
    );
}

pub(super) fn step(stack: &mut Stack, ports: &Ports<'_>) -> Step {
    let Some(operation) = &stack.operation else {
        return Step::Over;
    };
    let Some(before) = &operation.before else {
        return Step::Over;
    };
    // What a resource depends on is restored first, as in any update.
    let open = |id: &String| {
        before.resources.get(id).is_some_and(Resource::exists) && !operation.done.contains(id)
    };
    let next = before
        .resources
        .iter()
        .find(|(id, resource)| {
            open(id)
                && !resource
                    .depends
                    .iter()
                    .any(|needed| needed != *id && open(needed))
        })
        .map(|(id, resource)| (id.clone(), resource.clone()));
    match next {
        Some((id, old)) => restore(stack, &id, old, ports),
        None if operation.failed.is_empty() => finish(stack, ports),
        None => {
            let reason = format!(
                "The following resource(s) failed to update: [{}]. ",
                list(&operation.failed)
            );
            set_status(
                stack,
                StackStatus::UpdateRollbackFailed,
                Some(reason),
                ports,
            );
            stack.suspended = stack.operation.take();
            Step::Over
        }
    }
}

fn restore(stack: &mut Stack, id: &str, old: Resource, ports: &Ports<'_>) -> Step {
    let tags = stack.version.tags.clone();
    let Some(operation) = &mut stack.operation else {
        return Step::Over;
    };
    let now = stack.resources.get(id).cloned();
    let Some(now) = now.filter(Resource::exists) else {
        operation.done.insert(id.to_owned());
        stack.resources.insert(id.to_owned(), old);
        return Step::Again;
    };
    if now.physical_id != old.physical_id {
        operation.done.insert(id.to_owned());
        operation.remnants.push(Remnant {
            logical_id: id.to_owned(),
            resource: now,
            retain: false,
            leaves: false,
        });
        stack.resources.insert(id.to_owned(), old);
        set_resource_status(stack, id, ResourceStatus::UpdateComplete, None, ports);
        return Step::Again;
    }
    let known = now.attempted.as_ref().unwrap_or(&now.properties);
    let differs = now.attempted.is_some()
        || now.stack_tags != old.stack_tags
        || registry::find(&now.kind)
            .is_some_and(|kind| !property_changes(kind, known, &old.properties).is_empty());
    if !differs {
        operation.done.insert(id.to_owned());
        let touched = now.status == ResourceStatus::UpdateFailed;
        stack.resources.insert(id.to_owned(), old);
        if touched {
            set_resource_status(stack, id, ResourceStatus::UpdateComplete, None, ports);
        }
        return Step::Again;
    }
    let task = Task {
        logical_id: id.to_owned(),
        kind: now.kind.clone(),
        token: now.token.clone(),
        stack_tags: tags,
        action: Action::Update {
            physical_id: now.physical_id.clone().unwrap_or_default(),
            before: known.clone(),
            after: old.properties,
        },
        repeated: false,
    };
    set_resource_status(stack, id, ResourceStatus::UpdateInProgress, None, ports);
    Step::Call(Box::new(task))
}

/// Takes in what a service said to an update back.
pub(super) fn restored(
    stack: &mut Stack,
    task: &Task,
    outcome: Result<Created, String>,
    ports: &Ports<'_>,
) {
    let id = task.logical_id.as_str();
    let Some(operation) = &mut stack.operation else {
        return;
    };
    if !begun_here(task, operation.before.as_deref()) {
        // The update that was under way when it was cancelled.
        match outcome {
            Ok(created) => {
                if let (Some(resource), Action::Update { after, .. }) =
                    (stack.resources.get_mut(id), &task.action)
                {
                    resource.properties.clone_from(after);
                    resource.attributes = created.attributes;
                }
                set_resource_status(stack, id, ResourceStatus::UpdateComplete, None, ports);
            }
            Err(reason) => {
                if let (Some(resource), Action::Update { after, .. }) =
                    (stack.resources.get_mut(id), &task.action)
                {
                    resource.attempted = Some(after.clone());
                }
                set_resource_status(stack, id, ResourceStatus::UpdateFailed, Some(reason), ports);
            }
        }
        return;
    }
    operation.done.insert(id.to_owned());
    match outcome {
        Ok(created) => {
            let old = operation
                .before
                .as_ref()
                .and_then(|before| before.resources.get(id).cloned());
            if let Some(old) = old {
                stack.resources.insert(
                    id.to_owned(),
                    Resource {
                        attributes: created.attributes,
                        ..old
                    },
                );
            }
            set_resource_status(stack, id, ResourceStatus::UpdateComplete, None, ports);
        }
        Err(reason) => {
            operation.failed.push(id.to_owned());
            set_resource_status(stack, id, ResourceStatus::UpdateFailed, Some(reason), ports);
        }
    }
}

/// Whether a task leads back: it ends where the stack was before.
fn begun_here(task: &Task, before: Option<&crate::cloudformation::state::Snapshot>) -> bool {
    let old = before.and_then(|before| before.resources.get(&task.logical_id));
    match (&task.action, old) {
        (Action::Update { after, .. }, Some(old)) => {
            *after == old.properties && task.stack_tags == before_tags(before)
        }
        _ => true,
    }
}

fn before_tags(
    before: Option<&crate::cloudformation::state::Snapshot>,
) -> std::collections::BTreeMap<String, String> {
    before
        .map(|before| before.version.tags.clone())
        .unwrap_or_default()
}

/// Everything is as it was; what the update made goes.
fn finish(stack: &mut Stack, ports: &Ports<'_>) -> Step {
    let Some(operation) = &mut stack.operation else {
        return Step::Over;
    };
    let Some(before) = operation.before.clone() else {
        return Step::Over;
    };
    let retain_except_on_create = operation.retain_except_on_create;
    let was = |id: &String| before.resources.get(id).is_some_and(Resource::exists);
    let made: Vec<Remnant> = stack
        .resources
        .iter()
        .filter(|(id, resource)| resource.exists() && !was(id))
        .map(|(id, resource)| Remnant {
            logical_id: id.clone(),
            resource: resource.clone(),
            retain: resource.deletion_policy == Policy::Retain && !retain_except_on_create,
            leaves: true,
        })
        .collect();
    stack
        .resources
        .retain(|id, resource| was(id) || resource.exists());
    operation.remnants.extend(made);
    operation.phase = Phase::RollbackCleanup;
    stack.outputs = before.outputs;
    stack.imports = before.imports;
    set_status(
        stack,
        StackStatus::UpdateRollbackCompleteCleanupInProgress,
        None,
        ports,
    );
    Step::Again
}
