//! Runs a stack's operation in the background: the machine decides, the resource
//! types act, and after each step the state is saved.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::consistency;
use super::machine::{self, Plan, Ports};
use super::secrets;
use super::state::{Action, Phase, Stack, State, Task};
use super::status::{ExecutionStatus, StackStatus};
use crate::cloudformation::registry;
use crate::core::error::ServiceError;
use crate::core::resource::{Context, Created};
use crate::core::service::{Call, Principal};
use crate::core::world::{ACCOUNT, World};

/// How long the answer to a request that begins work is held back for the work
/// to end. AWS takes about as long to answer at all, and clients that then look
/// once every thirty seconds (`aws cloudformation deploy`) find it done.
const PATIENCE: Duration = Duration::from_millis(250);

/// Starts to work on a stack whose operation was just begun. The work goes on in
/// the background, however long it takes.
pub async fn start_and_wait(world: &Arc<World>, stack_id: String) {
    let (done, wait) = oneshot::channel::<()>();
    let work = run(Arc::clone(world), stack_id);
    world.spawn(async move {
        work.await;
        // Nobody may be waiting any more.
        let _ = done.send(());
    });
    if consistency::takes_time(world) {
        return;
    }
    // Done or not: the stack's status tells.
    let _ = tokio::time::timeout(PATIENCE, wait).await;
}

/// Works on every stack that has an operation.
pub fn resume(world: &Arc<World>) {
    let unfinished: Vec<String> = world.read(|state| {
        state
            .of::<crate::cloudformation::State>()
            .stacks
            .values()
            .filter(|stack| stack.operation.is_some())
            .map(|stack| stack.id.clone())
            .collect()
    });
    for stack_id in unfinished {
        world.spawn(run(Arc::clone(world), stack_id));
    }
}

/// Changes a stack with the ports of the machine; `None` when there is no such stack.
pub fn with_stack<T>(
    world: &World,
    state: &mut State,
    stack_id: &str,
    change: impl FnOnce(&mut Stack, &Ports<'_>) -> T,
) -> Option<T> {
    let exchange = state.exchange(Some(stack_id));
    let ports = Ports {
        now: world.clock.now(),
        ids: &world.ids,
        region: &world.region,
        account: ACCOUNT,
        exchange: &exchange,
    };
    let stack = state.stacks.get_mut(stack_id)?;
    Some(change(stack, &ports))
}

async fn run(world: Arc<World>, stack_id: String) {
    let mut plan = Plan::default();
    loop {
        let advanced: Result<Option<Task>, Infallible> = world.write(|state| {
            let state = state.of_mut::<crate::cloudformation::State>();
            let task = with_stack(&world, state, &stack_id, |stack, ports| {
                machine::advance(stack, ports, &mut plan)
            })
            .flatten();
            settle_change_sets(state, &stack_id);
            Ok(task)
        });
        save(&world);
        let Ok(Some(task)) = advanced else { return };
        let outcome = perform(&world, &stack_id, &task).await;
        if consistency::takes_time(&world) {
            world.clock.sleep(consistency::duration(&task)).await;
        }
        let recorded: Result<(), Infallible> = world.write(|state| {
            with_stack(
                &world,
                state.of_mut::<crate::cloudformation::State>(),
                &stack_id,
                |stack, ports| {
                    machine::record(stack, &task, outcome, ports);
                },
            );
            Ok(())
        });
        let Ok(()) = recorded;
    }
}

fn save(world: &World) {
    if let Err(error) = world.flush() {
        tracing::error!(%error, "the state of a stack could not be saved");
    }
}

/// Executed change sets end as their stacks do; those of a deleted stack go.
fn settle_change_sets(state: &mut State, stack_id: &str) {
    let Some(stack) = state.stacks.get(stack_id) else {
        return;
    };
    if stack.status == StackStatus::DeleteComplete {
        state
            .change_sets
            .retain(|_, change_set| change_set.stack_id != stack_id);
        return;
    }
    let failed = stack.operation.as_ref().map_or_else(
        || {
            !matches!(
                stack.status,
                StackStatus::CreateComplete | StackStatus::UpdateComplete
            )
        },
        |operation| matches!(operation.phase, Phase::Rollback | Phase::UpdateRollback),
    );
    let over = stack.operation.is_none();
    for change_set in state.change_sets.values_mut() {
        if change_set.stack_id == stack_id
            && change_set.execution_status == ExecutionStatus::ExecuteInProgress
        {
            if failed {
                change_set.execution_status = ExecutionStatus::ExecuteFailed;
            } else if over {
                change_set.execution_status = ExecutionStatus::ExecuteComplete;
            }
        }
    }
}

async fn perform(world: &Arc<World>, stack_id: &str, task: &Task) -> Result<Created, ServiceError> {
    let kind = registry::find(&task.kind)
        .ok_or_else(|| ServiceError::not_implemented(format!("the resource type {}", task.kind)))?;
    let stack_name = world.read(|state| {
        let stack = state
            .of::<crate::cloudformation::State>()
            .stacks
            .get(stack_id);
        stack.map(|stack| stack.name.clone()).unwrap_or_default()
    });
    let call = Call {
        request_id: world.ids.uuid(),
        // The one who deploys; a role cannot call CloudFormation here.
        principal: Principal::Administrator,
        now: world.clock.now(),
    };
    let context = Context {
        world,
        call: &call,
        stack_name: &stack_name,
        stack_id,
        logical_id: &task.logical_id,
        stack_tags: &task.stack_tags,
        token: &task.token,
    };
    match &task.action {
        Action::Create { properties, .. } => {
            let properties = &secrets::put_in_place(world, &task.kind, properties)?;
            if task.repeated
                && let Some(created) = kind.adopt(&context, properties).await?
            {
                return Ok(created);
            }
            kind.create(&context, properties).await
        }
        Action::Update {
            physical_id,
            before,
            after,
        } => {
            let after = &secrets::put_in_place(world, &task.kind, after)?;
            kind.update(&context, physical_id, before, after).await
        }
        Action::Delete {
            physical_id,
            properties,
        } => kind
            .delete(&context, physical_id, properties)
            .await
            .map(|()| Created::default()),
    }
}
