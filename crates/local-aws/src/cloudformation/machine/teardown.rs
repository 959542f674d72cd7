//! Deleting: a stack, what a failed creation made, what an update left over.

use super::{Ports, Step, delete_task, list, remnant_event, set_resource_status, set_status};
use crate::cloudformation::state::{Operation, Phase, Resource, Stack, Task};
use crate::cloudformation::status::{ResourceStatus, StackStatus};
use crate::cloudformation::template::Policy;
use crate::core::resource::Created;

/// The next resource of a stack that is deleted or rolled back.
pub(super) fn step(stack: &mut Stack, ports: &Ports<'_>) -> Step {
    let Some(operation) = &stack.operation else {
        return Step::Over;
    };
    let open = |id: &String, resource: &Resource| resource.exists() && !operation.done.contains(id);
    // Nothing goes before those that depend on it are gone.
    let needed = |id: &String| {
        stack.resources.iter().any(|(other_id, other)| {
            other.exists()
                && other_id != id
                && !operation.retain.contains(other_id)
                && other.depends.contains(id)
        })
    };
    let next = stack
        .resources
        .iter()
        .rev()
        .find(|(id, resource)| open(id, resource) && !needed(id))
        .map(|(id, resource)| (id.clone(), resource.clone()));
    let Some((id, resource)) = next else {
        return finish(stack, ports);
    };
    if stays(operation, &id, &resource) {
        if let Some(operation) = &mut stack.operation {
            operation.done.insert(id.clone());
        }
        set_resource_status(stack, &id, ResourceStatus::DeleteSkipped, None, ports);
        return Step::Again;
    }
    let task = delete_task(stack, &id, &resource);
    set_resource_status(stack, &id, ResourceStatus::DeleteInProgress, None, ports);
    Step::Call(Box::new(task))
}

fn stays(operation: &Operation, id: &str, resource: &Resource) -> bool {
    if operation.retain.contains(id) {
        return true;
    }
    // A creation that is undone, by ROLLBACK or by OnFailure DELETE.
    let undone = operation.phase == Phase::Rollback || operation.on_failure_delete();
    match resource.deletion_policy {
        Policy::Delete => false,
        Policy::Retain => !(undone && operation.retain_except_on_create),
        Policy::RetainExceptOnCreate => !undone,
    }
}

impl Operation {
    fn on_failure_delete(&self) -> bool {
        self.phase == Phase::Delete
            && self.on_failure == crate::cloudformation::state::OnFailure::Delete
    }
}

/// Takes in what a service said to a deletion.
pub(super) fn deleted(
    stack: &mut Stack,
    task: &Task,
    outcome: Result<Created, String>,
    ports: &Ports<'_>,
) {
    let id = task.logical_id.as_str();
    if let Some(operation) = &mut stack.operation {
        operation.done.insert(id.to_owned());
        if outcome.is_err() {
            operation.failed.push(id.to_owned());
        }
    }
    match outcome {
        Ok(_) => set_resource_status(stack, id, ResourceStatus::DeleteComplete, None, ports),
        Err(reason) => {
            set_resource_status(stack, id, ResourceStatus::DeleteFailed, Some(reason), ports);
        }
    }
}

fn finish(stack: &mut Stack, ports: &Ports<'_>) -> Step {
    let Some(operation) = &stack.operation else {
        return Step::Over;
    };
    let rollback = operation.phase == Phase::Rollback;
    let (status, reason) = if operation.failed.is_empty() {
        let status = if rollback {
            StackStatus::RollbackComplete
        } else {
            StackStatus::DeleteComplete
        };
        (status, None)
    } else {
        let status = if rollback {
            StackStatus::RollbackFailed
        } else {
            StackStatus::DeleteFailed
        };
        let reason = format!(
            "The following resource(s) failed to delete: [{}]. ",
            list(&operation.failed)
        );
        (status, Some(reason))
    };
    if operation.failed.is_empty() {
        stack.imports.clear();
        if rollback {
            stack.outputs.clear();
        }
    }
    set_status(stack, status, reason, ports);
    stack.operation = None;
    Step::Over
}

/// The next thing that an update left over.
pub(super) fn clean(stack: &mut Stack, ports: &Ports<'_>) -> Step {
    let Some(operation) = &mut stack.operation else {
        return Step::Over;
    };
    if operation.remnants.is_empty() {
        let status = if operation.phase == Phase::Cleanup {
            StackStatus::UpdateComplete
        } else {
            StackStatus::UpdateRollbackComplete
        };
        set_status(stack, status, None, ports);
        stack.operation = None;
        return Step::Over;
    }
    let needed = |index: usize| {
        operation
            .remnants
            .iter()
            .enumerate()
            .any(|(other, remnant)| {
                other != index
                    && remnant
                        .resource
                        .depends
                        .contains(&operation.remnants[index].logical_id)
            })
    };
    let index = (0..operation.remnants.len())
        .rev()
        .find(|index| !needed(*index))
        .unwrap_or(operation.remnants.len() - 1);
    // The one being deleted is the last, where `cleaned` finds it.
    let remnant = operation.remnants.remove(index);
    if remnant.retain {
        remnant_event(stack, &remnant, ResourceStatus::DeleteSkipped, None, ports);
        if remnant.leaves {
            stack.resources.shift_remove(&remnant.logical_id);
        }
        return Step::Again;
    }
    operation.remnants.push(remnant.clone());
    let task = delete_task(stack, &remnant.logical_id, &remnant.resource);
    if remnant.leaves
        && let Some(resource) = stack.resources.get_mut(&remnant.logical_id)
    {
        resource.status = ResourceStatus::DeleteInProgress;
    }
    remnant_event(
        stack,
        &remnant,
        ResourceStatus::DeleteInProgress,
        None,
        ports,
    );
    Step::Call(Box::new(task))
}

/// Takes in what a service said to a deletion in a cleanup. A failure is told
/// and left: the update itself has succeeded.
pub(super) fn cleaned(
    stack: &mut Stack,
    _task: &Task,
    outcome: Result<Created, String>,
    ports: &Ports<'_>,
) {
    let Some(remnant) = stack
        .operation
        .as_mut()
        .and_then(|operation| operation.remnants.pop())
    else {
        return;
    };
    let (status, reason) = match outcome {
        Ok(_) => (ResourceStatus::DeleteComplete, None),
        Err(reason) => (ResourceStatus::DeleteFailed, Some(reason)),
    };
    if remnant.leaves {
        stack.resources.shift_remove(&remnant.logical_id);
    }
    remnant_event(stack, &remnant, status, reason, ports);
}
