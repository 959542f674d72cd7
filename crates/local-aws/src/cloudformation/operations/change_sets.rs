//! Change sets.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::describe::{parameter_list, tag_list, timestamp};
use super::input::{
    Parameter, RollbackConfiguration, Source, Tag, check_change_set, check_length, check_members,
    check_name, check_token, missing, page, refused,
};
use super::stacks::{self, environment, new_id, not_updatable, on_failure, optional_list, seen};
use super::{Answer, change};
use crate::cloudformation::change_set::{NO_CHANGES, consequence};
use crate::cloudformation::consistency::{self, Shown};
use crate::cloudformation::diff::Change;
use crate::cloudformation::executor::with_stack;
use crate::cloudformation::machine;
use crate::cloudformation::state::{ChangeSet, OnFailure, Phase, State};
use crate::cloudformation::status::{ChangeSetStatus, ExecutionStatus, StackStatus};
use crate::core::constraint;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::query::{list as query_list, optional_boolean};
use crate::core::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Create {
    stack_name: String,
    change_set_name: String,
    template_body: Option<String>,
    #[serde(default, deserialize_with = "optional_boolean")]
    use_previous_template: Option<bool>,
    #[serde(default, deserialize_with = "query_list")]
    parameters: Vec<Parameter>,
    #[serde(default, deserialize_with = "query_list")]
    capabilities: Vec<String>,
    rollback_configuration: Option<RollbackConfiguration>,
    #[serde(default, deserialize_with = "optional_list")]
    tags: Option<Vec<Tag>>,
    client_token: Option<String>,
    description: Option<String>,
    change_set_type: Option<String>,
    #[serde(default, deserialize_with = "optional_boolean")]
    include_nested_stacks: Option<bool>,
    #[serde(default, deserialize_with = "optional_boolean")]
    import_existing_resources: Option<bool>,
    on_stack_failure: Option<String>,
}

pub(super) fn create(world: &Arc<World>, input: Create) -> ServiceResult<Value> {
    check_name(&input.change_set_name, "ChangeSetName")?;
    check_members(
        input.template_body.as_deref(),
        input.tags.as_deref(),
        &input.capabilities,
    )?;
    if let Some(token) = &input.client_token {
        check_length(token, "ClientToken", 1, 128)?;
    }
    if input.import_existing_resources == Some(true) {
        return Err(ServiceError::not_implemented("ImportExistingResources"));
    }
    // Nested stacks are no resource type here: there is nothing to include.
    let _ = input.include_nested_stacks;
    if let Some(description) = &input.description {
        check_length(description, "Description", 1, 1024)?;
    }
    input
        .rollback_configuration
        .as_ref()
        .map_or(Ok(()), RollbackConfiguration::check)?;
    let creates = match input.change_set_type.as_deref() {
        None | Some("UPDATE") => false,
        Some("CREATE") => true,
        Some("IMPORT") => return Err(ServiceError::not_implemented("ChangeSetType IMPORT")),
        Some(other) => {
            return Err(refused(constraint::message(
                constraint::Shown::Value(&other),
                "changeSetType",
                "Member must satisfy enum value set: [IMPORT, UPDATE, CREATE]",
            )));
        }
    };
    let on_stack_failure = on_failure(input.on_stack_failure.as_deref(), "onStackFailure")?;
    if on_stack_failure == Some(OnFailure::Delete) && !creates {
        return Err(refused(
            "OnStackFailure DELETE is only valid for change sets of type CREATE",
        ));
    }
    let now = world.clock.now();
    world.write(|state| {
        let token = input.client_token.as_deref();
        let (stack, name) = (&input.stack_name, &input.change_set_name);
        if let Some(answer) = consistency::remembered(state, stack, name, token) {
            return Ok(answer);
        }
        let before = state.of::<State>().change_sets.len();
        let stacks = state.of_mut::<State>();
        let answer = make(world, stacks, input, creates, on_stack_failure)?;
        // Not when it is the answer to a request that is repeated.
        if stacks.change_sets.len() > before {
            let id = answer["Id"].as_str().unwrap_or_default();
            consistency::validate(state, id);
            consistency::made(state, id, now);
        }
        Ok(answer)
    })
}

fn make(
    world: &World,
    state: &mut State,
    input: Create,
    creates: bool,
    on_stack_failure: Option<OnFailure>,
) -> ServiceResult<Value> {
    let name = input.change_set_name;
    let existing = state
        .stack(&input.stack_name)
        .filter(|stack| stack.status != StackStatus::DeleteComplete);
    let new = match existing {
        Some(stack) if creates && stack.status != StackStatus::ReviewInProgress => {
            return Err(refused(format!(
                "Stack [{}] already exists and cannot be created again with the changeSet [{name}].",
                stack.name
            )));
        }
        Some(_) => None,
        None if creates => {
            check_name(&input.stack_name, "StackName")?;
            let id = new_id(world, &input.stack_name);
            Some(machine::new_stack(
                id,
                input.stack_name.clone(),
                StackStatus::ReviewInProgress,
                world.clock.now(),
            ))
        }
        None => {
            return Err(refused(format!(
                "Stack [{}] does not exist",
                input.stack_name
            )));
        }
    };
    let Some(stack) = existing.or(new.as_ref()) else {
        return Err(ServiceError::internal("neither an old nor a new stack"));
    };
    let (version, template) = Source {
        template_body: input.template_body.as_deref(),
        use_previous_template: input.use_previous_template.unwrap_or(false),
        parameters: &input.parameters,
        tags: input.tags.as_deref(),
        capabilities: &input.capabilities,
        previous: Some(&stack.version),
    }
    .version()?;
    if let Some(old) = named(state, &stack.id, &name) {
        return repeated(old, &version, input.client_token.as_deref());
    }
    if !creates && !stack.status.can_be_updated() {
        return Err(not_updatable(stack));
    }
    let exchange = state.exchange(Some(&stack.id));
    let environment = environment(world, &stack.name, &stack.id);
    let (changes, reason) = if creates || stack.status != StackStatus::ReviewInProgress {
        match consequence(stack, &version, &template, environment, &exchange.exports) {
            Ok(consequence) if consequence.any => (consequence.changes, None),
            Ok(_) => (Vec::new(), Some(NO_CHANGES.to_owned())),
            // An import that is not there: known only with the other stacks.
            Err(crate::cloudformation::template::TemplateError::Validation(reason)) => {
                (Vec::new(), Some(reason))
            }
            Err(error) => return Err(error.into()),
        }
    } else {
        return Err(not_updatable(stack));
    };
    let (status, execution_status) = if reason.is_none() {
        (ChangeSetStatus::CreateComplete, ExecutionStatus::Available)
    } else {
        (ChangeSetStatus::Failed, ExecutionStatus::Unavailable)
    };
    let id = world.arn(
        "cloudformation",
        format!("changeSet/{name}/{}", world.ids.uuid()),
    );
    let change_set = ChangeSet {
        id: id.clone(),
        name,
        stack_id: stack.id.clone(),
        stack_name: stack.name.clone(),
        creates,
        description: input.description,
        created: world.clock.now(),
        status,
        status_reason: reason,
        execution_status,
        version,
        changes,
        on_stack_failure,
        client_token: input.client_token,
        conflicts: Vec::new(),
        deleting: None,
    };
    let stack_id = stack.id.clone();
    if let Some(stack) = new {
        state.forget_old(stack.created);
        state.stacks.insert(stack_id.clone(), stack);
        with_stack(world, state, &stack_id, |stack, ports| {
            let reason = Some("User Initiated".to_owned());
            machine::set_status(stack, StackStatus::ReviewInProgress, reason, ports);
        });
    }
    state.change_sets.insert(id.clone(), change_set);
    Ok(json!({ "Id": id, "StackId": stack_id }))
}

fn named<'a>(state: &'a State, stack_id: &str, name: &str) -> Option<&'a ChangeSet> {
    state
        .change_sets
        .values()
        .find(|change_set| change_set.stack_id == stack_id && change_set.name == name)
}

/// The same request again is answered with what there is, another one refused.
fn repeated(
    old: &ChangeSet,
    version: &crate::cloudformation::state::Version,
    token: Option<&str>,
) -> ServiceResult<Value> {
    let differs = [
        ("Template", old.version.template != version.template),
        ("Parameters", old.version.parameters != version.parameters),
        ("Tags", old.version.tags != version.tags),
        (
            "Capabilities",
            old.version.capabilities != version.capabilities,
        ),
    ]
    .into_iter()
    .find(|(_, differs)| *differs);
    match differs {
        None if token.is_some() && old.client_token.as_deref() == token => {
            Ok(json!({ "Id": old.id, "StackId": old.stack_id }))
        }
        // aws/aws-cdk-cli #1404, awslabs/landing-zone-accelerator-on-aws #392.
        None if token.is_some() && old.client_token.is_some() => Err(mismatch(old, "ClientToken")),
        None => Err(ServiceError::new(
            400,
            "AlreadyExistsException",
            format!("ChangeSet {} already exists", old.name),
        )),
        Some((attribute, _)) => Err(mismatch(old, attribute)),
    }
}

fn mismatch(old: &ChangeSet, attribute: &str) -> ServiceError {
    ServiceError::new(
        400,
        "AlreadyExistsException",
        format!(
            "ChangeSet {} cannot be created due to a mismatch with existing attribute {attribute}",
            old.name
        ),
    )
}

/// The code of the error for a change set that is not there.
const NOT_FOUND: &str = "ChangeSetNotFound";

fn not_found(name_or_id: &str) -> ServiceError {
    ServiceError::new(
        404,
        NOT_FOUND,
        format!("ChangeSet [{name_or_id}] does not exist"),
    )
}

/// The change set by ARN, or by name and stack.
pub(super) fn find<'a>(
    state: &'a State,
    name_or_id: &str,
    stack: Option<&str>,
) -> ServiceResult<&'a ChangeSet> {
    check_change_set(name_or_id)?;
    let not_found = || not_found(name_or_id);
    if name_or_id.starts_with("arn:") {
        return state.change_sets.get(name_or_id).ok_or_else(not_found);
    }
    let stack = stack.ok_or_else(|| {
        refused("StackName must be specified if ChangeSetName is not specified as an ARN.")
    })?;
    let stack = stacks::find(state, stack)?;
    named(state, &stack.id, name_or_id).ok_or_else(not_found)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Execute {
    change_set_name: String,
    stack_name: Option<String>,
    client_request_token: Option<String>,
    #[serde(default, deserialize_with = "optional_boolean")]
    disable_rollback: Option<bool>,
    #[serde(default, deserialize_with = "optional_boolean")]
    retain_except_on_create: Option<bool>,
}

pub(super) fn execute(world: &Arc<World>, input: &Execute) -> ServiceResult<Answer> {
    let token = &input.client_request_token;
    check_token(token.as_deref(), "ClientRequestToken")?;
    let now = world.clock.now();
    let begun = world.write(|state| {
        let known = state.of::<State>();
        let stack_name = input.stack_name.as_deref();
        let change_set = find(known, &input.change_set_name, stack_name)?;
        consistency::check_done(state, change_set, now)?;
        let state = state.of_mut::<State>();
        let change_set = find(state, &input.change_set_name, input.stack_name.as_deref())?.clone();
        let stack = stacks::find(state, &change_set.stack_id)?;
        if seen(stack, token.as_deref(), "ExecuteChangeSet")? {
            return Ok(None);
        }
        check_execution(&change_set, input)?;
        let ready = if change_set.creates {
            stack.status == StackStatus::ReviewInProgress
        } else {
            stack.status.can_be_updated()
        };
        if !ready {
            return Err(not_updatable(stack));
        }
        // The others were made for a stack that is no more as it was.
        state
            .change_sets
            .retain(|_, other| other.stack_id != change_set.stack_id || other.id == change_set.id);
        if let Some(executing) = state.change_sets.get_mut(&change_set.id) {
            executing.execution_status = ExecutionStatus::ExecuteInProgress;
        }
        let id = change_set.stack_id.clone();
        with_stack(world, state, &id, |stack, ports| {
            if let Some(token) = token {
                stack
                    .tokens
                    .insert(token.clone(), "ExecuteChangeSet".to_owned());
            }
            let phase = if change_set.creates {
                Phase::Create
            } else {
                Phase::Update
            };
            let mut operation = machine::operation(phase, token.clone());
            operation.on_failure = match change_set.on_stack_failure {
                Some(on_failure) => on_failure,
                None if input.disable_rollback == Some(true) => OnFailure::DoNothing,
                None => OnFailure::Rollback,
            };
            operation.retain_except_on_create = input.retain_except_on_create.unwrap_or(false);
            operation.change_set = Some(change_set.id.clone());
            stack.disable_rollback = operation.on_failure == OnFailure::DoNothing;
            stack.change_set_id = Some(change_set.id.clone());
            machine::begin_apply(stack, change_set.version, operation, ports);
        });
        Ok(Some(id))
    })?;
    Ok(Answer {
        result: Some(json!({})),
        begun,
    })
}

fn check_execution(change_set: &ChangeSet, input: &Execute) -> ServiceResult<()> {
    let invalid = |words: String| Err(ServiceError::new(400, "InvalidChangeSetStatus", words));
    if change_set.status != ChangeSetStatus::CreateComplete {
        return invalid(format!(
            "ChangeSet [{}] cannot be executed in its current status of [{}]",
            change_set.id, change_set.status
        ));
    }
    if change_set.execution_status != ExecutionStatus::Available {
        return invalid(format!(
            "ChangeSet [{}] cannot be executed in its current execution status of [{}]",
            change_set.id, change_set.execution_status
        ));
    }
    if input.disable_rollback.is_some() && change_set.on_stack_failure.is_some() {
        return Err(refused(
            "DisableRollback cannot be specified for a change set that was created with OnStackFailure",
        ));
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Named {
    change_set_name: String,
    stack_name: Option<String>,
}

pub(super) fn delete(world: &Arc<World>, input: &Named) -> ServiceResult<Value> {
    let now = world.clock.now();
    world.write(|state| {
        let known = state.of::<State>();
        let change_set = match find(known, &input.change_set_name, input.stack_name.as_deref()) {
            Ok(change_set) => change_set,
            // Done as long as the stack is there: the model has no error for this.
            Err(error) if error.code == NOT_FOUND => return Ok(json!({})),
            Err(error) => return Err(error),
        };
        if change_set.execution_status == ExecutionStatus::ExecuteInProgress {
            return Err(ServiceError::new(
                400,
                "InvalidChangeSetStatus",
                format!(
                    "ChangeSet [{}] cannot be deleted in its current execution status of [{}]",
                    change_set.id, change_set.execution_status
                ),
            ));
        }
        if change_set.deleting.is_some() {
            return Ok(json!({}));
        }
        consistency::check_done(state, change_set, now)?;
        let id = change_set.id.clone();
        if !consistency::delete(state, &id, now) {
            state.of_mut::<State>().change_sets.shift_remove(&id);
        }
        Ok(json!({}))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct List {
    stack_name: String,
    next_token: Option<String>,
}

pub(super) fn list(world: &Arc<World>, input: &List) -> ServiceResult<Value> {
    let now = world.clock.now();
    world.read(|whole| {
        let state = whole.of::<State>();
        let stack = stacks::find(state, &input.stack_name)?;
        let all: Vec<&ChangeSet> = state
            .change_sets
            .values()
            .filter(|change_set| change_set.stack_id == stack.id)
            .collect();
        let (items, next) = page(all, input.next_token.as_deref(), 100)?;
        let summaries: Vec<Value> = items
            .into_iter()
            .map(|change_set| {
                let shown = Shown::of(whole, change_set, now);
                json!({
                    "StackId": change_set.stack_id,
                    "StackName": change_set.stack_name,
                    "ChangeSetId": change_set.id,
                    "ChangeSetName": change_set.name,
                    "ExecutionStatus": shown.execution_status.as_str(),
                    "Status": shown.status.as_str(),
                    "StatusReason": shown.reason,
                    "CreationTime": timestamp(change_set.created),
                    "Description": change_set.description,
                    "IncludeNestedStacks": false,
                    "ImportExistingResources": false,
                })
            })
            .collect();
        Ok(json!({ "Summaries": summaries, "NextToken": next }))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Describe {
    change_set_name: Option<String>,
    stack_name: Option<String>,
    next_token: Option<String>,
    #[serde(default, deserialize_with = "optional_boolean")]
    include_property_values: Option<bool>,
}

pub(super) fn describe(world: &Arc<World>, input: &Describe) -> ServiceResult<Value> {
    let name = input
        .change_set_name
        .as_deref()
        .ok_or_else(|| missing("ChangeSetName"))?;
    let values = input.include_property_values.unwrap_or(false);
    let now = world.clock.now();
    world.read(|state| {
        let change_set = find(state.of::<State>(), name, input.stack_name.as_deref())?;
        if consistency::is_unknown(state, change_set, now) {
            return Err(not_found(name));
        }
        let shown = Shown::of(state, change_set, now);
        let all: Vec<&Change> = shown.changes.iter().collect();
        let (items, next) = page(all, input.next_token.as_deref(), 100)?;
        let changes: Vec<Value> = items
            .into_iter()
            .map(
                |item| json!({ "Type": "Resource", "ResourceChange": change::shown(item, values) }),
            )
            .collect();
        let on_stack_failure = change_set.on_stack_failure.map(|failure| match failure {
            OnFailure::Rollback => "ROLLBACK",
            OnFailure::DoNothing => "DO_NOTHING",
            OnFailure::Delete => "DELETE",
        });
        Ok(json!({
            "ChangeSetName": change_set.name,
            "ChangeSetId": change_set.id,
            "StackId": change_set.stack_id,
            "StackName": change_set.stack_name,
            "Description": change_set.description,
            "Parameters": parameter_list(&change_set.version),
            "CreationTime": timestamp(change_set.created),
            "ExecutionStatus": shown.execution_status.as_str(),
            "Status": shown.status.as_str(),
            "StatusReason": shown.reason,
            "NotificationARNs": [],
            "RollbackConfiguration": {},
            "Capabilities": change_set.version.capabilities,
            "Tags": tag_list(&change_set.version.tags),
            "Changes": changes,
            "NextToken": next,
            "IncludeNestedStacks": false,
            "OnStackFailure": on_stack_failure,
            "ImportExistingResources": false,
        }))
    })
}
