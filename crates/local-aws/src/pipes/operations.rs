//! The operations, and what CloudFormation does through them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::input::{self, Input, invalid};
use super::shapes::{check_arn, check_name, check_tags};
use super::state::{Current, Desired, LogConfiguration, Pipe};
use super::{arn, worker};
use crate::core::constraint::Checks;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Call, Permission, Request, Route};
use crate::core::wire::response::Response;
use crate::core::world::World;

/// Every operation; none is missing.
pub(super) const OPERATIONS: &[&str] = &[
    "CreatePipe",
    "DeletePipe",
    "DescribePipe",
    "ListPipes",
    "ListTagsForResource",
    "StartPipe",
    "StopPipe",
    "TagResource",
    "UntagResource",
    "UpdatePipe",
];

/// The most tags of a pipe.
const TAGS: usize = 50;

pub(super) fn permissions(
    world: &World,
    route: &Route,
    request: &Request,
) -> ServiceResult<Vec<Permission>> {
    let resource = match route.operation {
        "ListPipes" => "*".to_owned(),
        "ListTagsForResource" | "TagResource" | "UntagResource" => {
            route.label("resourceArn").to_owned()
        }
        _ => arn(world, route.label("Name")),
    };
    let mut needed = vec![Permission {
        action: format!("pipes:{}", route.operation),
        resource,
    }];
    if matches!(route.operation, "CreatePipe" | "UpdatePipe") {
        let body: Value = request.json()?;
        if let Some(role) = body["RoleArn"].as_str() {
            needed.push(Permission {
                action: "iam:PassRole".to_owned(),
                resource: role.to_owned(),
            });
        }
    }
    Ok(needed)
}

pub(super) fn handle(
    world: &Arc<World>,
    call: &Call,
    route: &Route,
    request: &Request,
) -> ServiceResult<Response> {
    let name = route.label("Name");
    let now = call.now;
    let answer = match route.operation {
        "CreatePipe" => {
            let input: Input = input::read(route.operation, request.json()?)?;
            create(world, name, input, now).map(|pipe| brief(world, &pipe))
        }
        "UpdatePipe" => {
            let input: Input = input::read(route.operation, request.json()?)?;
            update(world, name, input, now).map(|pipe| brief(world, &pipe))
        }
        "DescribePipe" => describe(world, name),
        "DeletePipe" => delete(world, name, now).map(|pipe| brief(world, &pipe)),
        "StartPipe" => start(world, name, now).map(|pipe| brief(world, &pipe)),
        "StopPipe" => stop(world, name, now).map(|pipe| brief(world, &pipe)),
        "ListPipes" => list(world, request),
        "ListTagsForResource" => list_tags(world, route.label("resourceArn")),
        "TagResource" => tag(world, route.label("resourceArn"), request),
        "UntagResource" => untag(world, route.label("resourceArn"), request),
        other => Err(ServiceError::not_implemented(format!("pipes:{other}"))),
    }?;
    Response::json(&answer)
}

fn not_found(name: &str) -> ServiceError {
    ServiceError::new(
        404,
        "NotFoundException",
        format!("Pipe {name} does not exist."),
    )
}

fn conflict(message: String, name: &str) -> ServiceError {
    ServiceError::new(409, "ConflictException", message)
        .with("resourceId", name)
        .with("resourceType", "Pipe")
}

fn checked_name(name: &str) -> ServiceResult<()> {
    let mut checks = Checks::default();
    check_name(&mut checks, "name", name);
    checks.done()
}

fn find(world: &World, name: &str) -> ServiceResult<Pipe> {
    checked_name(name)?;
    world
        .read(|state| state.of::<crate::pipes::State>().pipes.get(name).cloned())
        .ok_or_else(|| not_found(name))
}

/// Changes a pipe that nothing else is changing.
fn change(
    world: &World,
    name: &str,
    now: Timestamp,
    change: impl FnOnce(&mut Pipe) -> ServiceResult<()>,
) -> ServiceResult<Pipe> {
    checked_name(name)?;
    let changed = world.write(|state| {
        let pipe = state
            .of_mut::<crate::pipes::State>()
            .pipes
            .get_mut(name)
            .ok_or_else(|| not_found(name))?;
        if pipe.current.in_transit() {
            return Err(conflict(
                format!("Pipe {name} is in the state {}.", word(&pipe.current)),
                name,
            ));
        }
        let mut changed = pipe.clone();
        change(&mut changed)?;
        changed.revision += 1;
        changed.modified = now;
        *pipe = changed.clone();
        Ok(changed)
    })?;
    world.handle::<crate::pipes::Changes>().tell();
    Ok(changed)
}

/// Makes a pipe; its worker does the rest.
pub(super) fn create(
    world: &Arc<World>,
    name: &str,
    mut input: Input,
    now: Timestamp,
) -> ServiceResult<Pipe> {
    let tags = input.tags.take().unwrap_or_default();
    let mut checks = Checks::default();
    check_tags(&mut checks, &tags);
    checks.done()?;
    reserved(&tags)?;
    create_tagged(world, name, input, tags, now)
}

/// [`create`] with tags that CloudFormation may have given.
pub(super) fn create_tagged(
    world: &Arc<World>,
    name: &str,
    input: Input,
    tags: BTreeMap<String, String>,
    now: Timestamp,
) -> ServiceResult<Pipe> {
    let (settings, desired) = input.create(name, &world.region)?;
    let pipe = Pipe {
        name: name.to_owned(),
        id: world.ids.uuid(),
        revision: 0,
        settings,
        desired,
        current: Current::Creating,
        reason: None,
        tags,
        created: now,
        modified: now,
        checkpoint: None,
    };
    world.write(|state| {
        if state.of::<crate::pipes::State>().pipes.contains_key(name) {
            return Err(conflict(format!("Pipe {name} already exists."), name));
        }
        state
            .of_mut::<crate::pipes::State>()
            .pipes
            .insert(name.to_owned(), pipe.clone());
        Ok(())
    })?;
    worker::spawn(world, &pipe);
    Ok(pipe)
}

pub(super) fn update(
    world: &World,
    name: &str,
    input: Input,
    now: Timestamp,
) -> ServiceResult<Pipe> {
    input.check_update(name)?;
    change(world, name, now, |pipe| {
        let (settings, desired) = input.update(&world.region, &pipe.settings)?;
        pipe.settings = settings;
        pipe.desired = desired.unwrap_or(pipe.desired);
        pipe.current = Current::Updating;
        pipe.reason = None;
        Ok(())
    })
}

fn start(world: &World, name: &str, now: Timestamp) -> ServiceResult<Pipe> {
    change(world, name, now, |pipe| {
        if pipe.current == Current::Running {
            return Err(conflict(format!("Pipe {name} is running already."), name));
        }
        pipe.desired = Desired::Running;
        pipe.current = Current::Starting;
        pipe.reason = None;
        Ok(())
    })
}

fn stop(world: &World, name: &str, now: Timestamp) -> ServiceResult<Pipe> {
    change(world, name, now, |pipe| {
        if pipe.current == Current::Stopped {
            return Err(conflict(format!("Pipe {name} is stopped already."), name));
        }
        pipe.desired = Desired::Stopped;
        pipe.current = Current::Stopping;
        pipe.reason = None;
        Ok(())
    })
}

pub(super) fn delete(world: &World, name: &str, now: Timestamp) -> ServiceResult<Pipe> {
    change(world, name, now, |pipe| {
        pipe.desired = Desired::Deleted;
        pipe.current = Current::Deleting;
        pipe.reason = None;
        Ok(())
    })
}

/// A word of the API.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

fn seconds(time: Timestamp) -> f64 {
    time.as_millisecond() as f64 / 1000.0
}

/// What the operations answer that change a pipe.
fn brief(world: &World, pipe: &Pipe) -> Value {
    json!({
        "Arn": arn(world, &pipe.name),
        "Name": pipe.name,
        "DesiredState": pipe.desired,
        "CurrentState": pipe.current,
        "CreationTime": seconds(pipe.created),
        "LastModifiedTime": seconds(pipe.modified),
    })
}

fn describe(world: &World, name: &str) -> ServiceResult<Value> {
    let pipe = find(world, name)?;
    let settings = &pipe.settings;
    let mut shown = brief(world, &pipe);
    let mut source = json!({ "DynamoDBStreamParameters": settings.stream });
    if !settings.filters.is_empty() {
        let filters: Vec<Value> = settings
            .filters
            .iter()
            .map(|pattern| json!({ "Pattern": pattern }))
            .collect();
        source["FilterCriteria"] = json!({ "Filters": filters });
    }
    shown["Source"] = json!(settings.source);
    shown["SourceParameters"] = source;
    shown["Target"] = json!(settings.target);
    if let Some(kind) = settings.invocation_type {
        shown["TargetParameters"] =
            json!({ "LambdaFunctionParameters": { "InvocationType": kind } });
    }
    shown["RoleArn"] = json!(settings.role_arn);
    if !pipe.tags.is_empty() {
        shown["Tags"] = json!(pipe.tags);
    }
    if let Some(description) = &settings.description {
        shown["Description"] = json!(description);
    }
    if let Some(reason) = &pipe.reason {
        shown["StateReason"] = json!(reason);
    }
    if let Some(log) = &settings.log {
        shown["LogConfiguration"] = log_configuration(log);
    }
    Ok(shown)
}

fn log_configuration(log: &LogConfiguration) -> Value {
    let mut shown = json!({ "Level": log.level });
    if let Some(group) = &log.group_arn {
        shown["CloudwatchLogsLogDestination"] = json!({ "LogGroupArn": group });
    }
    if log.execution_data {
        shown["IncludeExecutionData"] = json!(["ALL"]);
    }
    shown
}

fn list(world: &World, request: &Request) -> ServiceResult<Value> {
    let value = |name: &str| request.query_value(name);
    let mut checks = Checks::default();
    if let Some(prefix) = value("NamePrefix") {
        check_name(&mut checks, "namePrefix", prefix);
    }
    if let Some(state) = value("DesiredState") {
        checks.one_of("desiredState", state, &["RUNNING", "STOPPED"]);
    }
    if let Some(state) = value("CurrentState") {
        checks.one_of("currentState", state, STATES);
    }
    if let Some(token) = value("NextToken") {
        checks.length("nextToken", token, 1, 2048);
    }
    let limit = match value("Limit") {
        None => 100,
        Some(text) => {
            let number: i64 = text.parse().map_err(|_| {
                ServiceError::new(400, "SerializationException", "Limit is no number")
            })?;
            checks.range("limit", number, 1, 100);
            usize::try_from(number).unwrap_or(100)
        }
    };
    for (query, member) in [
        ("SourcePrefix", "sourcePrefix"),
        ("TargetPrefix", "targetPrefix"),
    ] {
        if let Some(prefix) = value(query) {
            checks.length(member, prefix, 1, 1600);
        }
    }
    checks.done()?;
    let begins = |text: &str, name: &str| value(name).is_none_or(|prefix| text.starts_with(prefix));
    let after = value("NextToken").unwrap_or_default();
    let found: Vec<Pipe> = world.read(|state| {
        state
            .of::<crate::pipes::State>()
            .pipes
            .values()
            .filter(|pipe| pipe.name.as_str() > after)
            .filter(|pipe| begins(&pipe.name, "NamePrefix"))
            .filter(|pipe| begins(&pipe.settings.source, "SourcePrefix"))
            .filter(|pipe| begins(&pipe.settings.target, "TargetPrefix"))
            .filter(|pipe| value("DesiredState").is_none_or(|state| word(&pipe.desired) == state))
            .filter(|pipe| value("CurrentState").is_none_or(|state| word(&pipe.current) == state))
            .take(limit + 1)
            .cloned()
            .collect()
    });
    let shown: Vec<Value> = found
        .iter()
        .take(limit)
        .map(|pipe| {
            let mut shown = brief(world, pipe);
            shown["Source"] = json!(pipe.settings.source);
            shown["Target"] = json!(pipe.settings.target);
            if let Some(reason) = &pipe.reason {
                shown["StateReason"] = json!(reason);
            }
            shown
        })
        .collect();
    let mut answer = json!({ "Pipes": shown });
    if found.len() > limit
        && let Some(last) = found.get(limit - 1)
    {
        answer["NextToken"] = json!(last.name);
    }
    Ok(answer)
}

/// `PipeState` of the service model.
const STATES: &[&str] = &[
    "RUNNING",
    "STOPPED",
    "CREATING",
    "UPDATING",
    "DELETING",
    "STARTING",
    "STOPPING",
    "CREATE_FAILED",
    "UPDATE_FAILED",
    "START_FAILED",
    "STOP_FAILED",
    "DELETE_FAILED",
    "CREATE_ROLLBACK_FAILED",
    "DELETE_ROLLBACK_FAILED",
    "UPDATE_ROLLBACK_FAILED",
];

/// The name of the pipe of that ARN.
fn tagged<'a>(world: &World, resource: &'a str) -> ServiceResult<&'a str> {
    let mut checks = Checks::default();
    check_arn(&mut checks, resource);
    checks.done()?;
    resource
        .strip_prefix(&arn(world, ""))
        .filter(|name| {
            world.read(|state| state.of::<crate::pipes::State>().pipes.contains_key(*name))
        })
        .ok_or_else(|| {
            ServiceError::new(
                404,
                "NotFoundException",
                format!("The resource {resource} does not exist."),
            )
        })
}

fn list_tags(world: &World, resource: &str) -> ServiceResult<Value> {
    let name = tagged(world, resource)?;
    let tags = world.read(|state| {
        state
            .of::<crate::pipes::State>()
            .pipes
            .get(name)
            .map(|pipe| pipe.tags.clone())
    });
    Ok(json!({ "tags": tags.unwrap_or_default() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tag {
    tags: BTreeMap<String, String>,
}

fn tag(world: &World, resource: &str, request: &Request) -> ServiceResult<Value> {
    let body: Map<String, Value> = request.json()?;
    let input: Tag = input::read("TagResource", body)?;
    let mut checks = Checks::default();
    check_tags(&mut checks, &input.tags);
    checks.done()?;
    reserved(&input.tags)?;
    let name = tagged(world, resource)?;
    world.write(|state| {
        let pipe = state
            .of_mut::<crate::pipes::State>()
            .pipes
            .get_mut(name)
            .ok_or_else(|| not_found(name))?;
        let mut tags = pipe.tags.clone();
        tags.extend(input.tags);
        if tags.len() > TAGS {
            return Err(invalid(format!("A pipe has at most {TAGS} tags.")));
        }
        pipe.tags = tags;
        Ok(json!({}))
    })
}

fn reserved(tags: &BTreeMap<String, String>) -> ServiceResult<()> {
    if tags.len() > TAGS {
        return Err(invalid(format!("A pipe has at most {TAGS} tags.")));
    }
    match tags.keys().find(|key| key.starts_with("aws:")) {
        Some(key) => Err(invalid(format!(
            "Tag keys that begin with 'aws:' are reserved: {key}"
        ))),
        None => Ok(()),
    }
}

fn untag(world: &World, resource: &str, request: &Request) -> ServiceResult<Value> {
    let keys: Vec<&String> = request
        .query
        .iter()
        .filter(|(name, _)| name == "tagKeys")
        .map(|(_, key)| key)
        .collect();
    let mut checks = Checks::default();
    for key in &keys {
        checks.length("tagKeys.1.member", key, 1, 128);
    }
    checks.required("tagKeys", keys.first());
    checks.range("tagKeys", keys.len() as i64, 0, 50);
    checks.done()?;
    let name = tagged(world, resource)?;
    world.write(|state| {
        let pipe = state
            .of_mut::<crate::pipes::State>()
            .pipes
            .get_mut(name)
            .ok_or_else(|| not_found(name))?;
        pipe.tags.retain(|key, _| !keys.contains(&key));
        Ok(json!({}))
    })
}
