//! Operations that begin, end or steer work on a stack.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::Answer;
use super::input::{
    Parameter, RollbackConfiguration, Source, Tag, check_name, check_token, refused,
};
use crate::cloudformation::change_set::consequence;
use crate::cloudformation::executor::with_stack;
use crate::cloudformation::machine;
use crate::cloudformation::state::{OnFailure, Phase, Stack, State};
use crate::cloudformation::status::{ExecutionStatus, StackStatus};
use crate::cloudformation::template::TemplateError;
use crate::cloudformation::template::intrinsics::Environment;
use crate::core::constraint::{self, Shown};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::query::{list, optional_boolean};
use crate::core::world::{ACCOUNT, World};

/// The ARN of a new stack.
pub(super) fn new_id(world: &World, name: &str) -> String {
    world.arn(
        "cloudformation",
        format!("stack/{name}/{}", world.ids.uuid()),
    )
}

/// The pseudo parameters of a stack.
pub(super) fn environment(world: &World, name: &str, id: &str) -> Environment {
    Environment {
        region: world.region.clone(),
        account: ACCOUNT.to_owned(),
        stack_name: name.to_owned(),
        stack_id: id.to_owned(),
    }
}

/// The stack by name or ARN, for operations that change it.
pub(super) fn find<'a>(state: &'a State, name_or_id: &str) -> ServiceResult<&'a Stack> {
    state
        .stack(name_or_id)
        .filter(|stack| stack.status != StackStatus::DeleteComplete)
        .ok_or_else(|| refused(format!("Stack [{name_or_id}] does not exist")))
}

/// The error for a stack whose status does not allow an update.
pub(super) fn not_updatable(stack: &Stack) -> ServiceError {
    refused(format!(
        "Stack:{} is in {} state and can not be updated.",
        stack.id, stack.status
    ))
}

/// Whether this token came with this operation before; another operation with
/// it is an error.
pub(super) fn seen(stack: &Stack, token: Option<&str>, operation: &str) -> ServiceResult<bool> {
    let Some(token) = token else { return Ok(false) };
    match stack.tokens.get(token) {
        None => Ok(false),
        Some(known) if known == operation => Ok(true),
        Some(_) => Err(ServiceError::new(
            400,
            "TokenAlreadyExistsException",
            format!("Token [{token}] already exists"),
        )),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Create {
    stack_name: String,
    template_body: Option<String>,
    #[serde(default, deserialize_with = "list")]
    parameters: Vec<Parameter>,
    #[serde(default, deserialize_with = "optional_boolean")]
    disable_rollback: Option<bool>,
    rollback_configuration: Option<RollbackConfiguration>,
    #[serde(default, deserialize_with = "list")]
    capabilities: Vec<String>,
    on_failure: Option<String>,
    #[serde(default, deserialize_with = "list")]
    tags: Vec<Tag>,
    client_request_token: Option<String>,
    #[serde(default, deserialize_with = "optional_boolean")]
    enable_termination_protection: Option<bool>,
    #[serde(default, deserialize_with = "optional_boolean")]
    retain_except_on_create: Option<bool>,
}

pub(super) fn create(world: &Arc<World>, input: Create) -> ServiceResult<Answer> {
    check_name(&input.stack_name, "StackName")?;
    let token = input.client_request_token;
    check_token(token.as_deref(), "ClientRequestToken")?;
    input.rollback_configuration.unwrap_or_default().check()?;
    let on_failure = match (input.disable_rollback, input.on_failure.as_deref()) {
        (Some(_), Some(_)) => {
            return Err(refused(
                "You can specify either DisableRollback or OnFailure, but not both.",
            ));
        }
        (Some(true), None) => OnFailure::DoNothing,
        (_, given) => on_failure(given, "OnFailure")?.unwrap_or_default(),
    };
    let (version, template) = Source {
        template_body: input.template_body.as_deref(),
        use_previous_template: false,
        parameters: &input.parameters,
        tags: Some(&input.tags),
        capabilities: &input.capabilities,
        previous: None,
    }
    .version()?;
    let name = input.stack_name;
    let id = new_id(world, &name);
    let (id, begun) = world.write(|state| {
        let state = state.of_mut::<crate::cloudformation::State>();
        if let Some(existing) = state.stack(&name) {
            if seen(existing, token.as_deref(), "CreateStack")? {
                return Ok((existing.id.clone(), false));
            }
            return Err(ServiceError::new(
                400,
                "AlreadyExistsException",
                format!("Stack [{name}] already exists"),
            ));
        }
        let mut stack = machine::new_stack(
            id.clone(),
            name.clone(),
            StackStatus::CreateInProgress,
            world.clock.now(),
        );
        let environment = environment(world, &name, &id);
        let exchange = state.exchange(None);
        match consequence(&stack, &version, &template, environment, &exchange.exports) {
            // An import that is not there fails the stack, not the request.
            Ok(_) | Err(TemplateError::Validation(_)) => {}
            Err(error) => return Err(error.into()),
        }
        stack.termination_protection = input.enable_termination_protection.unwrap_or(false);
        stack.disable_rollback = on_failure == OnFailure::DoNothing;
        if let Some(token) = &token {
            stack.tokens.insert(token.clone(), "CreateStack".to_owned());
        }
        state.forget_old(world.clock.now());
        state.stacks.insert(id.clone(), stack);
        with_stack(world, state, &id, |stack, ports| {
            let mut operation = machine::operation(Phase::Create, token.clone());
            operation.on_failure = on_failure;
            operation.retain_except_on_create = input.retain_except_on_create.unwrap_or(false);
            machine::begin_apply(stack, version, operation, ports);
        });
        Ok((id.clone(), true))
    })?;
    Ok(Answer {
        result: Some(json!({ "StackId": id })),
        begun: begun.then_some(id),
    })
}

/// `OnFailure` and `OnStackFailure`.
pub(super) fn on_failure(given: Option<&str>, member: &str) -> ServiceResult<Option<OnFailure>> {
    Ok(Some(match given {
        None => return Ok(None),
        Some("ROLLBACK") => OnFailure::Rollback,
        Some("DO_NOTHING") => OnFailure::DoNothing,
        Some("DELETE") => OnFailure::Delete,
        Some(other) => {
            return Err(refused(constraint::message(
                Shown::Value(&other),
                member,
                "Member must satisfy enum value set: [ROLLBACK, DO_NOTHING, DELETE]",
            )));
        }
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Update {
    stack_name: String,
    template_body: Option<String>,
    #[serde(default, deserialize_with = "optional_boolean")]
    use_previous_template: Option<bool>,
    #[serde(default, deserialize_with = "list")]
    parameters: Vec<Parameter>,
    #[serde(default, deserialize_with = "list")]
    capabilities: Vec<String>,
    rollback_configuration: Option<RollbackConfiguration>,
    #[serde(default, deserialize_with = "optional_list")]
    tags: Option<Vec<Tag>>,
    #[serde(default, deserialize_with = "optional_boolean")]
    disable_rollback: Option<bool>,
    client_request_token: Option<String>,
    #[serde(default, deserialize_with = "optional_boolean")]
    retain_except_on_create: Option<bool>,
}

/// A list of which it matters whether it was given.
pub(super) fn optional_list<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::de::DeserializeOwned,
{
    list(deserializer).map(Some)
}

pub(super) fn update(world: &Arc<World>, input: Update) -> ServiceResult<Answer> {
    let token = input.client_request_token;
    check_token(token.as_deref(), "ClientRequestToken")?;
    input.rollback_configuration.unwrap_or_default().check()?;
    let (id, begun) = world.write(|state| {
        let state = state.of_mut::<crate::cloudformation::State>();
        let stack = find(state, &input.stack_name)?;
        if seen(stack, token.as_deref(), "UpdateStack")? {
            return Ok((stack.id.clone(), false));
        }
        let (version, template) = Source {
            template_body: input.template_body.as_deref(),
            use_previous_template: input.use_previous_template.unwrap_or(false),
            parameters: &input.parameters,
            tags: input.tags.as_deref(),
            capabilities: &input.capabilities,
            previous: Some(&stack.version),
        }
        .version()?;
        if !stack.status.can_be_updated() {
            return Err(not_updatable(stack));
        }
        let exchange = state.exchange(Some(&stack.id));
        let environment = environment(world, &stack.name, &stack.id);
        let consequence = consequence(stack, &version, &template, environment, &exchange.exports)?;
        if !consequence.any && stack.status != StackStatus::UpdateFailed {
            return Err(refused("No updates are to be performed."));
        }
        let id = stack.id.clone();
        for change_set in state.change_sets.values_mut() {
            if change_set.stack_id == id
                && change_set.execution_status == ExecutionStatus::Available
            {
                change_set.execution_status = ExecutionStatus::Obsolete;
            }
        }
        with_stack(world, state, &id, |stack, ports| {
            if let Some(token) = &token {
                stack.tokens.insert(token.clone(), "UpdateStack".to_owned());
            }
            let mut operation = machine::operation(Phase::Update, token.clone());
            if input.disable_rollback.unwrap_or(false) {
                operation.on_failure = OnFailure::DoNothing;
            }
            stack.disable_rollback = input.disable_rollback.unwrap_or(false);
            operation.retain_except_on_create = input.retain_except_on_create.unwrap_or(false);
            machine::begin_apply(stack, version, operation, ports);
        });
        Ok((id, true))
    })?;
    Ok(Answer {
        result: Some(json!({ "StackId": id })),
        begun: begun.then_some(id),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Delete {
    stack_name: String,
    #[serde(default, deserialize_with = "list")]
    retain_resources: Vec<String>,
    client_request_token: Option<String>,
    deletion_mode: Option<String>,
}

pub(super) fn delete(world: &Arc<World>, input: &Delete) -> ServiceResult<Answer> {
    let token = &input.client_request_token;
    check_token(token.as_deref(), "ClientRequestToken")?;
    if let Some(mode) = input
        .deletion_mode
        .as_deref()
        .filter(|mode| *mode != "STANDARD")
    {
        return Err(ServiceError::not_implemented(format!(
            "DeletionMode {mode}"
        )));
    }
    let begun = world.write(|state| {
        let state = state.of_mut::<crate::cloudformation::State>();
        // To delete what is not there is a success.
        let Some(stack) = state.stack(&input.stack_name) else {
            return Ok(None);
        };
        if matches!(
            stack.status,
            StackStatus::DeleteComplete | StackStatus::DeleteInProgress
        ) || seen(stack, token.as_deref(), "DeleteStack")?
        {
            return Ok(None);
        }
        check_deletion(stack, input)?;
        let id = stack.id.clone();
        let running = stack.operation.is_some();
        let begun = with_stack(world, state, &id, |stack, ports| {
            if let Some(reason) = exports_in_use(stack, ports.exchange) {
                // AWS cancels the deletion and leaves the status as it was.
                machine::set_status(stack, stack.status, Some(reason), ports);
                return false;
            }
            if let Some(token) = token {
                stack.tokens.insert(token.clone(), "DeleteStack".to_owned());
            }
            let mut operation = machine::operation(Phase::Delete, token.clone());
            operation.retain = input.retain_resources.iter().cloned().collect();
            machine::begin_delete(stack, operation, ports);
            // Whoever works on it already goes on with this.
            !running
        });
        Ok::<_, ServiceError>(begun.unwrap_or(false).then_some(id))
    })?;
    Ok(Answer {
        result: None,
        begun,
    })
}

fn check_deletion(stack: &Stack, input: &Delete) -> ServiceResult<()> {
    if stack.termination_protection {
        return Err(refused(format!(
            "Stack [{}] cannot be deleted while TerminationProtection is enabled",
            stack.name
        )));
    }
    if stack.operation.is_some() && stack.status != StackStatus::CreateInProgress {
        return Err(refused(format!(
            "Stack [{}] cannot be deleted while in status {}",
            stack.name, stack.status
        )));
    }
    if input.retain_resources.is_empty() {
        return Ok(());
    }
    if stack.status != StackStatus::DeleteFailed {
        return Err(refused(format!(
            "Invalid operation on stack [{}]. Specify which resources to retain only when stack is in DELETE_FAILED state.",
            stack.id
        )));
    }
    let unknown = input
        .retain_resources
        .iter()
        .find(|id| !stack.resources.contains_key(*id));
    match unknown {
        Some(id) => Err(refused(format!(
            "Resources to retain [{id}] do not exist in stack [{}]",
            stack.name
        ))),
        None => Ok(()),
    }
}

fn exports_in_use(
    stack: &Stack,
    exchange: &crate::cloudformation::state::Exchange,
) -> Option<String> {
    stack.outputs.values().find_map(|output| {
        let name = output.export.as_ref()?;
        let users = exchange.importers.get(name)?;
        Some(format!(
            "Delete canceled. Cannot delete export {name} as it is in use by {}.",
            users.join(", ")
        ))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct TerminationProtection {
    stack_name: String,
    #[serde(deserialize_with = "crate::core::wire::query::boolean")]
    enable_termination_protection: bool,
}

pub(super) fn update_termination_protection(
    world: &Arc<World>,
    input: &TerminationProtection,
) -> ServiceResult<Value> {
    world.write(|state| {
        let state = state.of_mut::<crate::cloudformation::State>();
        let id = find(state, &input.stack_name)?.id.clone();
        if let Some(stack) = state.stacks.get_mut(&id) {
            stack.termination_protection = input.enable_termination_protection;
        }
        Ok(json!({ "StackId": id }))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Continue {
    stack_name: String,
    #[serde(default, deserialize_with = "list")]
    resources_to_skip: Vec<String>,
    client_request_token: Option<String>,
}

pub(super) fn continue_update_rollback(
    world: &Arc<World>,
    input: &Continue,
) -> ServiceResult<Answer> {
    let token = &input.client_request_token;
    check_token(token.as_deref(), "ClientRequestToken")?;
    let id = world.write(|state| {
        let state = state.of_mut::<crate::cloudformation::State>();
        let stack = find(state, &input.stack_name)?;
        if seen(stack, token.as_deref(), "ContinueUpdateRollback")? {
            return Ok(None);
        }
        if stack.status != StackStatus::UpdateRollbackFailed {
            return Err(refused(format!(
                "Stack:{} is in {} state and can not continue update rollback.",
                stack.id, stack.status
            )));
        }
        let failed = stack.suspended.as_ref().map(|operation| &operation.failed);
        let other = input
            .resources_to_skip
            .iter()
            .find(|id| !failed.is_some_and(|failed| failed.contains(id)));
        if let Some(other) = other {
            return Err(refused(format!(
                "ResourcesToSkip can only contain resources that are in UPDATE_FAILED state: {other} is not"
            )));
        }
        let id = stack.id.clone();
        with_stack(world, state, &id, |stack, ports| {
            if let Some(token) = token {
                stack
                    .tokens
                    .insert(token.clone(), "ContinueUpdateRollback".to_owned());
            }
            machine::continue_rollback(stack, &input.resources_to_skip, token.clone(), ports);
        });
        Ok(Some(id))
    })?;
    Ok(Answer {
        result: Some(json!({})),
        begun: id,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Cancel {
    stack_name: String,
    client_request_token: Option<String>,
}

pub(super) fn cancel_update(world: &Arc<World>, input: &Cancel) -> ServiceResult<()> {
    let token = &input.client_request_token;
    check_token(token.as_deref(), "ClientRequestToken")?;
    world.write(|state| {
        let state = state.of_mut::<crate::cloudformation::State>();
        let stack = find(state, &input.stack_name)?;
        if seen(stack, token.as_deref(), "CancelUpdateStack")? {
            return Ok(());
        }
        if stack.status != StackStatus::UpdateInProgress {
            return Err(refused(
                "CancelUpdateStack cannot be called from current stack status",
            ));
        }
        let id = stack.id.clone();
        with_stack(world, state, &id, |stack, ports| {
            if let Some(token) = token {
                stack
                    .tokens
                    .insert(token.clone(), "CancelUpdateStack".to_owned());
            }
            machine::cancel_update(stack, ports);
        });
        Ok(())
    })
}
