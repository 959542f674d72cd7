//! What there is: stacks, resources, events.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{missing, page, refused};
use crate::cloudformation::consistency;
use crate::cloudformation::state::{Resource, Stack, Version};
use crate::cloudformation::status::StackStatus;
use crate::cloudformation::template;
use crate::core::constraint::{self, Shown};
use crate::core::error::ServiceResult;
use crate::core::wire::query::list;
use crate::core::world::World;

/// As the query protocol writes it: ISO 8601 with milliseconds.
pub(super) fn timestamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// `Parameters` as they may be shown.
pub(super) fn parameter_list(version: &Version) -> Value {
    // The template was accepted once; if it cannot be read nothing is shown.
    let template = template::read(&version.template).unwrap_or_default();
    version
        .parameters
        .iter()
        .map(|(key, value)| {
            let shown = template
                .parameters
                .get(key)
                .map_or(template::parameters::NO_ECHO, |declaration| {
                    declaration.shown(value)
                });
            json!({ "ParameterKey": key, "ParameterValue": shown })
        })
        .collect()
}

/// `Tags`.
pub(super) fn tag_list(tags: &BTreeMap<String, String>) -> Value {
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Stacks {
    stack_name: Option<String>,
    next_token: Option<String>,
}

pub(super) fn stacks(world: &Arc<World>, input: &Stacks) -> ServiceResult<Value> {
    world
        .read(|state| {
            let apis = state.of::<crate::apigateway::State>();
            let local = |value: &str| crate::apigateway::local_url(world, apis, value);
            let state = state.of::<crate::cloudformation::State>();
            let all: Vec<&Stack> = match &input.stack_name {
                Some(name) => vec![
                    state
                        .stack(name)
                        .ok_or_else(|| refused(format!("Stack with id {name} does not exist")))?,
                ],
                None => state
                    .stacks
                    .values()
                    .rev()
                    .filter(|stack| stack.status != StackStatus::DeleteComplete)
                    .collect(),
            };
            let (items, next) = page(all, input.next_token.as_deref(), 100)?;
            let stacks: Vec<Value> = items.into_iter().map(|item| stack(item, local)).collect();
            Ok(json!({ "Stacks": stacks, "NextToken": next }))
        })
        .map(|answer| consistency::as_told(world, answer))
}

fn description(stack: &Stack) -> Option<String> {
    template::read(&stack.version.template)
        .ok()
        .and_then(|template| template.description)
}

/// A stack; `local` gives the URL at which an API of AWS's URL answers here.
fn stack(stack: &Stack, local: impl Fn(&str) -> Option<String>) -> Value {
    let outputs: Vec<Value> = stack
        .outputs
        .iter()
        .map(|(key, output)| {
            json!({
                "OutputKey": key,
                "OutputValue": local(&output.value).unwrap_or_else(|| output.value.clone()),
                "Description": output.description,
                "ExportName": output.export,
            })
        })
        .collect();
    let parameters = (!stack.version.parameters.is_empty()).then(|| parameter_list(&stack.version));
    json!({
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": stack.change_set_id,
        "Description": description(stack),
        "Parameters": parameters,
        "CreationTime": timestamp(stack.created),
        "DeletionTime": stack.deleted.map(timestamp),
        "LastUpdatedTime": stack.updated.map(timestamp),
        "RollbackConfiguration": {},
        "StackStatus": stack.status.as_str(),
        "StackStatusReason": stack.status_reason,
        "DisableRollback": stack.disable_rollback,
        "NotificationARNs": [],
        "Capabilities": stack.version.capabilities,
        "Outputs": (!outputs.is_empty()).then_some(outputs),
        "Tags": tag_list(&stack.version.tags),
        "EnableTerminationProtection": stack.termination_protection,
        "DriftInformation": { "StackDriftStatus": "NOT_CHECKED" },
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Events {
    stack_name: Option<String>,
    next_token: Option<String>,
}

pub(super) fn events(world: &Arc<World>, input: &Events) -> ServiceResult<Value> {
    let name = input
        .stack_name
        .as_deref()
        .ok_or_else(|| missing("StackName"))?;
    world.read(|state| {
        let stack = state
            .of::<crate::cloudformation::State>()
            .stack(name)
            .ok_or_else(|| refused(format!("Stack [{name}] does not exist")))?;
        let all: Vec<_> = stack.events.values().rev().collect();
        let (items, next) = page(all, input.next_token.as_deref(), 100)?;
        let events: Vec<Value> = items
            .into_iter()
            .map(|event| {
                json!({
                    "StackId": stack.id,
                    "EventId": event.id,
                    "StackName": stack.name,
                    "LogicalResourceId": event.logical_id,
                    "PhysicalResourceId": event.physical_id,
                    "ResourceType": event.kind,
                    "Timestamp": timestamp(event.timestamp),
                    "ResourceStatus": event.status,
                    "ResourceStatusReason": event.reason,
                    "ClientRequestToken": event.token,
                })
            })
            .collect();
        Ok(json!({ "StackEvents": events, "NextToken": next }))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Resources {
    stack_name: Option<String>,
    logical_resource_id: Option<String>,
    physical_resource_id: Option<String>,
}

pub(super) fn resources(world: &Arc<World>, input: &Resources) -> ServiceResult<Value> {
    world.read(|state| {
        let state = state.of::<crate::cloudformation::State>();
        let stack = match (&input.stack_name, &input.physical_resource_id) {
            (Some(_), Some(_)) => {
                return Err(refused(
                    "Both StackName and PhysicalResourceId cannot be specified",
                ));
            }
            (None, None) => {
                return Err(refused(
                    "Either StackName or PhysicalResourceId must be specified",
                ));
            }
            (Some(name), None) => state
                .stack(name)
                .ok_or_else(|| refused(format!("Stack with id {name} does not exist")))?,
            (None, Some(physical_id)) => state
                .stacks
                .values()
                .find(|stack| {
                    stack.resources.values().any(|resource| {
                        resource.exists() && resource.physical_id.as_ref() == Some(physical_id)
                    })
                })
                .ok_or_else(|| refused(format!("Stack for {physical_id} does not exist")))?,
        };
        let wanted = |id: &String| {
            input
                .logical_resource_id
                .as_ref()
                .is_none_or(|wanted| wanted == id)
        };
        let resources: Vec<Value> = stack
            .resources
            .iter()
            .filter(|(id, _)| wanted(id))
            .map(|(id, resource)| {
                json!({
                    "StackName": stack.name,
                    "StackId": stack.id,
                    "LogicalResourceId": id,
                    "PhysicalResourceId": resource.physical_id,
                    "ResourceType": resource.kind,
                    "Timestamp": timestamp(resource.updated),
                    "ResourceStatus": resource.status.as_str(),
                    "ResourceStatusReason": resource.status_reason,
                    "DriftInformation": { "StackResourceDriftStatus": "NOT_CHECKED" },
                })
            })
            .collect();
        Ok(json!({ "StackResources": resources }))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct OneResource {
    stack_name: String,
    logical_resource_id: String,
}

pub(super) fn resource(world: &Arc<World>, input: &OneResource) -> ServiceResult<Value> {
    world.read(|state| {
        let name = &input.stack_name;
        let id = &input.logical_resource_id;
        let stack = state
            .of::<crate::cloudformation::State>()
            .stack(name)
            .ok_or_else(|| refused(format!("Stack '{name}' does not exist")))?;
        let resource = stack
            .resources
            .get(id)
            .ok_or_else(|| refused(format!("Resource {id} does not exist for stack {name}")))?;
        Ok(json!({ "StackResourceDetail": {
            "StackName": stack.name,
            "StackId": stack.id,
            "LogicalResourceId": id,
            "PhysicalResourceId": resource.physical_id,
            "ResourceType": resource.kind,
            "LastUpdatedTimestamp": timestamp(resource.updated),
            "ResourceStatus": resource.status.as_str(),
            "ResourceStatusReason": resource.status_reason,
            "Metadata": metadata(resource),
            "DriftInformation": { "StackResourceDriftStatus": "NOT_CHECKED" },
        }}))
    })
}

fn metadata(resource: &Resource) -> String {
    resource
        .metadata
        .as_ref()
        .map_or_else(|| "{}".to_owned(), Value::to_string)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct ListResources {
    stack_name: String,
    next_token: Option<String>,
}

pub(super) fn list_resources(world: &Arc<World>, input: &ListResources) -> ServiceResult<Value> {
    world.read(|state| {
        let name = &input.stack_name;
        let stack = state
            .of::<crate::cloudformation::State>()
            .stack(name)
            .ok_or_else(|| refused(format!("Stack with id {name} does not exist")))?;
        let all: Vec<(&String, &Resource)> = stack.resources.iter().collect();
        let (items, next) = page(all, input.next_token.as_deref(), 100)?;
        let summaries: Vec<Value> = items
            .into_iter()
            .map(|(id, resource)| {
                json!({
                    "LogicalResourceId": id,
                    "PhysicalResourceId": resource.physical_id,
                    "ResourceType": resource.kind,
                    "LastUpdatedTimestamp": timestamp(resource.updated),
                    "ResourceStatus": resource.status.as_str(),
                    "ResourceStatusReason": resource.status_reason,
                    "DriftInformation": { "StackResourceDriftStatus": "NOT_CHECKED" },
                })
            })
            .collect();
        Ok(json!({ "StackResourceSummaries": summaries, "NextToken": next }))
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct ListStacks {
    next_token: Option<String>,
    #[serde(default, deserialize_with = "list")]
    stack_status_filter: Vec<String>,
}

/// Statuses that no stack has here, and that a filter may name.
const IMPORTS: [&str; 5] = [
    "IMPORT_IN_PROGRESS",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_IN_PROGRESS",
    "IMPORT_ROLLBACK_FAILED",
    "IMPORT_ROLLBACK_COMPLETE",
];

fn check_filter(statuses: &[String]) -> ServiceResult<()> {
    let known = |status: &&String| {
        IMPORTS.contains(&status.as_str())
            || serde_json::from_value::<StackStatus>(json!(status)).is_ok()
    };
    match statuses.iter().find(|status| !known(status)) {
        None => Ok(()),
        Some(status) => Err(refused(constraint::message(
            Shown::Value(&format_args!("[{status}]")),
            "stackStatusFilter",
            "Member must satisfy constraint: [Member must satisfy enum value set]",
        ))),
    }
}

pub(super) fn list_stacks(world: &Arc<World>, input: &ListStacks) -> ServiceResult<Value> {
    check_filter(&input.stack_status_filter)?;
    world.read(|state| {
        let all: Vec<&Stack> = state
            .of::<crate::cloudformation::State>()
            .stacks
            .values()
            .rev()
            .filter(|stack| {
                input.stack_status_filter.is_empty()
                    || input
                        .stack_status_filter
                        .iter()
                        .any(|status| status == stack.status.as_str())
            })
            .collect();
        let (items, next) = page(all, input.next_token.as_deref(), 100)?;
        let summaries: Vec<Value> = items
            .into_iter()
            .map(|stack| {
                json!({
                    "StackId": stack.id,
                    "StackName": stack.name,
                    "TemplateDescription": description(stack),
                    "CreationTime": timestamp(stack.created),
                    "LastUpdatedTime": stack.updated.map(timestamp),
                    "DeletionTime": stack.deleted.map(timestamp),
                    "StackStatus": stack.status.as_str(),
                    "StackStatusReason": stack.status_reason,
                    "DriftInformation": { "StackDriftStatus": "NOT_CHECKED" },
                })
            })
            .collect();
        Ok(json!({ "StackSummaries": summaries, "NextToken": next }))
    })
}
