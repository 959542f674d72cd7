//! A stack's operation as a state machine without I/O: [`advance`] moves it on
//! until a service must be called, [`record`] takes in what the service said.
//!
//! Everything it needs to go on is in the stack itself, so an operation that was
//! cut off by the end of the process is advanced again from what was saved.

mod apply;
mod outputs;
mod rollback;
mod teardown;

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::failure;
use super::state::{
    Action, Event, Exchange, Operation, Phase, Remnant, Resource, Snapshot, Stack, Task,
};
use super::status::{ResourceStatus, StackStatus};
use super::template::desired::Desired;
use super::template::intrinsics::{Environment, Lookup};
use super::template::{self, TemplateError};
use crate::core::error::ServiceError;
use crate::core::ports::Ids;
use crate::core::resource::Created;
use crate::core::rows::Rows;

pub(super) use apply::StackLookup;

/// The type of a stack in its own events.
const STACK: &str = "AWS::CloudFormation::Stack";

/// What the machine is given from outside.
pub struct Ports<'a> {
    /// Now.
    pub now: Timestamp,
    /// Identifiers.
    pub ids: &'a Ids,
    /// The Region.
    pub region: &'a str,
    /// The account.
    pub account: &'a str,
    /// Exports and imports of the other stacks.
    pub exchange: &'a Exchange,
}

/// What to do next.
enum Step {
    /// Call a service.
    Call(Box<Task>),
    /// Look again: the operation is in another phase.
    Again,
    /// Nothing: the operation is over.
    Over,
}

/// Moves the operation on. `None`: it is over.
pub fn advance(stack: &mut Stack, ports: &Ports<'_>, plan: &mut Plan) -> Option<Task> {
    loop {
        let operation = stack.operation.as_mut()?;
        if let Some(task) = &mut operation.current {
            task.repeated = true;
            return Some(task.clone());
        }
        let step = match operation.phase {
            Phase::Create | Phase::Update => apply::step(stack, ports, plan),
            Phase::UpdateRollback => rollback::step(stack, ports),
            Phase::Rollback | Phase::Delete => teardown::step(stack, ports),
            Phase::Cleanup | Phase::RollbackCleanup => teardown::clean(stack, ports),
        };
        match step {
            Step::Again => {}
            Step::Over => return None,
            Step::Call(task) => {
                if let Some(operation) = &mut stack.operation {
                    operation.current = Some((*task).clone());
                }
                return Some(*task);
            }
        }
    }
}

/// Takes in the outcome of the task that [`advance`] gave.
pub fn record(
    stack: &mut Stack,
    task: &Task,
    outcome: Result<Created, ServiceError>,
    ports: &Ports<'_>,
) {
    let Some(operation) = &mut stack.operation else {
        return;
    };
    operation.current = None;
    let outcome = outcome
        .map_err(|error| failure::reason(&task.kind, &error, &ports.ids.uuid(), &ports.ids.uuid()));
    match (&task.action, operation.phase) {
        (Action::Delete { .. }, Phase::Cleanup | Phase::RollbackCleanup) => {
            teardown::cleaned(stack, task, outcome, ports);
        }
        (Action::Delete { .. }, _) => teardown::deleted(stack, task, outcome, ports),
        (Action::Update { .. }, Phase::UpdateRollback) => {
            rollback::restored(stack, task, outcome, ports);
        }
        _ => apply::applied(stack, task, outcome, ports),
    }
}

/// A stack that there was not before.
pub fn new_stack(id: String, name: String, status: StackStatus, now: Timestamp) -> Stack {
    Stack {
        id,
        name,
        status,
        status_reason: None,
        created: now,
        updated: None,
        deleted: None,
        version: super::state::Version::default(),
        change_set_id: None,
        outputs: indexmap::IndexMap::new(),
        imports: std::collections::BTreeSet::new(),
        resources: indexmap::IndexMap::new(),
        events: Rows::default(),
        termination_protection: false,
        disable_rollback: false,
        operation: None,
        suspended: None,
        tokens: std::collections::BTreeMap::new(),
    }
}

/// An operation in its first phase.
pub fn operation(phase: Phase, token: Option<String>) -> Operation {
    Operation {
        phase,
        token,
        on_failure: super::state::OnFailure::default(),
        retain_except_on_create: false,
        done: std::collections::BTreeSet::new(),
        failed: Vec::new(),
        current: None,
        remnants: Vec::new(),
        before: None,
        retain: std::collections::BTreeSet::new(),
        change_set: None,
    }
}

/// Begins to create a stack, or to update it, to `version`.
pub fn begin_apply(
    stack: &mut Stack,
    version: super::state::Version,
    mut operation: Operation,
    ports: &Ports<'_>,
) {
    let status = match operation.phase {
        Phase::Create => StackStatus::CreateInProgress,
        _ => StackStatus::UpdateInProgress,
    };
    if operation.phase == Phase::Update {
        stack.updated = Some(ports.now);
        // After an update that was told not to roll back, "before" is still
        // what was before that one.
        let suspended = stack.suspended.take().and_then(|failed| failed.before);
        operation.before = Some(suspended.unwrap_or_else(|| {
            Box::new(Snapshot {
                version: stack.version.clone(),
                outputs: stack.outputs.clone(),
                imports: stack.imports.clone(),
                resources: stack.resources.clone(),
            })
        }));
    }
    stack.version = version;
    stack.operation = Some(operation);
    set_status(stack, status, Some("User Initiated".to_owned()), ports);
}

/// Begins to delete a stack; whatever is under way ends first.
pub fn begin_delete(stack: &mut Stack, mut operation: Operation, ports: &Ports<'_>) {
    // A call under way is recorded when it returns; what it made is deleted then.
    operation.current = stack
        .operation
        .take()
        .and_then(|running| running.current)
        .filter(|task| !matches!(task.action, Action::Delete { .. }));
    stack.suspended = None;
    stack.operation = Some(operation);
    set_status(
        stack,
        StackStatus::DeleteInProgress,
        Some("User Initiated".to_owned()),
        ports,
    );
}

/// Turns an update that is under way into its rollback.
pub fn cancel_update(stack: &mut Stack, ports: &Ports<'_>) {
    rollback::begin(stack, "User Initiated".to_owned(), ports);
}

/// Goes on with a rollback that failed, without the resources named.
pub fn continue_rollback(
    stack: &mut Stack,
    skip: &[String],
    token: Option<String>,
    ports: &Ports<'_>,
) {
    let Some(mut operation) = stack.suspended.take() else {
        return;
    };
    operation.token = token;
    for id in std::mem::take(&mut operation.failed) {
        if !skip.contains(&id) {
            operation.done.remove(&id);
        }
    }
    stack.operation = Some(operation);
    let reason = Some("User Initiated".to_owned());
    set_status(stack, StackStatus::UpdateRollbackInProgress, reason, ports);
}

/// What the stack's template and parameters mean, read once for a whole operation.
#[derive(Default)]
pub struct Plan(Option<(super::state::Version, Arc<Desired>)>);

impl Plan {
    fn desired(&mut self, stack: &Stack, ports: &Ports<'_>) -> Result<Arc<Desired>, TemplateError> {
        if let Some((version, desired)) = &self.0
            && *version == stack.version
        {
            return Ok(Arc::clone(desired));
        }
        let template = template::read(&stack.version.template)?;
        let desired = Arc::new(Desired::new(
            &template,
            &stack.version.parameters,
            environment(stack, ports),
        )?);
        self.0 = Some((stack.version.clone(), Arc::clone(&desired)));
        Ok(desired)
    }
}

fn environment(stack: &Stack, ports: &Ports<'_>) -> Environment {
    Environment {
        region: ports.region.to_owned(),
        account: ports.account.to_owned(),
        stack_name: stack.name.clone(),
        stack_id: stack.id.clone(),
    }
}

/// Sets the stack's status and says so in an event.
pub fn set_status(
    stack: &mut Stack,
    status: StackStatus,
    reason: Option<String>,
    ports: &Ports<'_>,
) {
    stack.status = status;
    stack.status_reason.clone_from(&reason);
    if status == StackStatus::DeleteComplete {
        stack.deleted = Some(ports.now);
    }
    push_event(
        stack,
        ports,
        stack.name.clone(),
        stack.id.clone(),
        STACK.to_owned(),
        status.as_str(),
        reason,
    );
}

fn push_event(
    stack: &mut Stack,
    ports: &Ports<'_>,
    logical_id: String,
    physical_id: String,
    kind: String,
    status: &str,
    reason: Option<String>,
) {
    let token = stack
        .operation
        .as_ref()
        .and_then(|operation| operation.token.clone());
    let uuid = ports.ids.uuid();
    let id = if kind == STACK {
        uuid
    } else {
        format!("{logical_id}-{uuid}")
    };
    stack.events.push(Event {
        id,
        timestamp: ports.now,
        logical_id,
        physical_id,
        kind,
        status: status.to_owned(),
        reason,
        token,
    });
}

/// Sets a resource's status and says so in an event.
fn set_resource_status(
    stack: &mut Stack,
    logical_id: &str,
    status: ResourceStatus,
    reason: Option<String>,
    ports: &Ports<'_>,
) {
    let Some(resource) = stack.resources.get_mut(logical_id) else {
        return;
    };
    resource.status = status;
    resource.status_reason.clone_from(&reason);
    resource.updated = ports.now;
    let physical_id = resource.physical_id.clone().unwrap_or_default();
    let kind = resource.kind.clone();
    push_event(
        stack,
        ports,
        logical_id.to_owned(),
        physical_id,
        kind,
        status.as_str(),
        reason,
    );
}

/// An event about a physical resource that is no longer the stack's.
fn remnant_event(
    stack: &mut Stack,
    remnant: &Remnant,
    status: ResourceStatus,
    reason: Option<String>,
    ports: &Ports<'_>,
) {
    push_event(
        stack,
        ports,
        remnant.logical_id.clone(),
        remnant.resource.physical_id.clone().unwrap_or_default(),
        remnant.resource.kind.clone(),
        status.as_str(),
        reason,
    );
}

/// The task that deletes a physical resource.
fn delete_task(stack: &Stack, logical_id: &str, resource: &Resource) -> Task {
    Task {
        logical_id: logical_id.to_owned(),
        kind: resource.kind.clone(),
        token: resource.token.clone(),
        stack_tags: stack.version.tags.clone(),
        action: Action::Delete {
            physical_id: resource.physical_id.clone().unwrap_or_default(),
            properties: resource.properties.clone(),
        },
        repeated: false,
    }
}

fn resource_error(logical_id: &str, problem: &str) -> String {
    crate::core::property::invalid(logical_id, problem).message
}

fn list(ids: &[String]) -> String {
    ids.join(", ")
}

/// A lookup that remembers which exports were asked for.
pub(super) struct Remembering<'a> {
    inner: &'a dyn Lookup,
    imports: std::cell::RefCell<std::collections::BTreeSet<String>>,
}

impl<'a> Remembering<'a> {
    pub(super) fn new(inner: &'a dyn Lookup) -> Self {
        Self {
            inner,
            imports: std::cell::RefCell::default(),
        }
    }

    pub(super) fn imports(self) -> std::collections::BTreeSet<String> {
        self.imports.into_inner()
    }
}

impl Lookup for Remembering<'_> {
    fn physical_id(&self, logical_id: &str) -> Option<Value> {
        self.inner.physical_id(logical_id)
    }

    fn attribute(&self, logical_id: &str, attribute: &str) -> Option<Value> {
        self.inner.attribute(logical_id, attribute)
    }

    fn import(&self, name: &str) -> Option<Value> {
        self.imports.borrow_mut().insert(name.to_owned());
        self.inner.import(name)
    }
}

#[cfg(test)]
mod tests;
