//! `DescribeEvents`: the events of an operation; here those of early validation alone.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::change_sets;
use super::describe::timestamp;
use super::input::{page, refused};
use crate::cloudformation::State;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::query::optional_boolean;
use crate::core::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Describe {
    change_set_name: Option<String>,
    stack_name: Option<String>,
    operation_id: Option<String>,
    filters: Option<Filters>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Filters {
    // All that there are are failures.
    #[serde(
        default,
        deserialize_with = "optional_boolean",
        rename = "FailedEvents"
    )]
    _failed_events: Option<bool>,
}

pub(super) fn describe(world: &Arc<World>, input: &Describe) -> ServiceResult<Value> {
    let _ = &input.filters;
    let Some(name) = &input.change_set_name else {
        if input.stack_name.is_none() && input.operation_id.is_none() {
            return Err(refused(
                "One of ChangeSetName, OperationId or StackName must be specified",
            ));
        }
        return Err(ServiceError::not_implemented(
            "DescribeEvents other than of a change set",
        ));
    };
    world.read(|state| {
        let stacks = state.of::<State>();
        let change_set = change_sets::find(stacks, name, input.stack_name.as_deref())?;
        let operation = change_set.id.rsplit('/').next().unwrap_or_default();
        let conflicts = change_set.conflicts.iter().enumerate().collect();
        let (items, next) = page(conflicts, input.next_token.as_deref(), 100)?;
        let events: Vec<Value> = items
            .into_iter()
            .map(|(index, conflict)| {
                json!({
                    "EventId": format!("{operation}-{index}"),
                    "StackId": change_set.stack_id,
                    "OperationId": operation,
                    "OperationType": "CREATE_CHANGESET",
                    "OperationStatus": "FAILED",
                    "EventType": "VALIDATION_ERROR",
                    "LogicalResourceId": conflict.logical_id,
                    "ResourceType": conflict.kind,
                    "Timestamp": timestamp(change_set.created),
                    "ClientRequestToken": change_set.client_token,
                    "ValidationFailureMode": "FAIL",
                    "ValidationName": "NAME_CONFLICT_VALIDATION",
                    "ValidationStatus": "FAILED",
                    "ValidationStatusReason": conflict.reason(),
                    "ValidationPath": format!("/Resources/{}", conflict.logical_id),
                })
            })
            .collect();
        Ok(json!({ "OperationEvents": events, "NextToken": next }))
    })
}
