//! The operations on the wire.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::secrets::{Secret, invalid_parameter};
use crate::core::constraint;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Call, Request, Unread, absent};
use crate::core::wire::response::{Response, epoch_seconds};
use crate::core::world::World;

/// Every operation that is implemented.
pub(super) const OPERATIONS: &[&str] = &[
    "CreateSecret",
    "DeleteSecret",
    "DescribeSecret",
    "GetSecretValue",
    "PutSecretValue",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateSecret {
    name: String,
    client_request_token: Option<String>,
    description: Option<String>,
    secret_string: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct SecretOnly {
    secret_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct GetSecretValue {
    secret_id: String,
    version_id: Option<String>,
    version_stage: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct PutSecretValue {
    secret_id: String,
    client_request_token: Option<String>,
    secret_string: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DeleteSecret {
    secret_id: String,
    recovery_window_in_days: Option<i64>,
    force_delete_without_recovery: Option<bool>,
}

fn input<T: DeserializeOwned>(request: &Request, operation: &str) -> ServiceResult<T> {
    request
        .json()
        .map_err(|error| match Unread::of(&error.message) {
            Unread::Unknown(member) => ServiceError::not_implemented(format!(
                "the parameter {member} of secretsmanager:{operation}"
            )),
            Unread::Missing(member) => {
                ServiceError::new(400, "ValidationException", absent(member))
            }
            Unread::Other => error,
        })
}

pub(super) fn run(
    world: &World,
    call: &Call,
    operation: &str,
    request: &Request,
) -> ServiceResult<Response> {
    let expired: Result<(), std::convert::Infallible> = world.write(|state| {
        state
            .of_mut::<crate::secretsmanager::State>()
            .expire(call.now);
        Ok(())
    });
    let Ok(()) = expired;
    let answer = match operation {
        "CreateSecret" => create(world, call.now, input(request, operation)?)?,
        "PutSecretValue" => put(world, call.now, input(request, operation)?)?,
        "GetSecretValue" => get(world, &input(request, operation)?)?,
        "DescribeSecret" => describe(world, &input(request, operation)?)?,
        "DeleteSecret" => delete(world, call.now, &input(request, operation)?)?,
        other => {
            return Err(ServiceError::not_implemented(format!(
                "secretsmanager:{other}"
            )));
        }
    };
    Response::json(&answer)
}

/// The id of a version: the client's token, 32 to 64 characters.
fn version_id(world: &World, token: Option<String>) -> ServiceResult<String> {
    let id = token.unwrap_or_else(|| world.ids.uuid());
    constraint::text("clientRequestToken", Some(&id), 32..=64)?;
    Ok(id)
}

fn check_value(value: &str) -> ServiceResult<()> {
    constraint::text("secretString", Some(value), 1..=65_536)
}

fn check_id(id: &str) -> ServiceResult<()> {
    constraint::text("secretId", Some(id), 1..=2048)
}

fn create(world: &World, now: Timestamp, input: CreateSecret) -> ServiceResult<Value> {
    constraint::text("name", Some(&input.name), 1..=512)?;
    constraint::text("description", input.description.as_deref(), 0..=2048)?;
    for tag in &input.tags {
        constraint::text("tags.1.member.key", Some(&tag.key), 1..=128)?;
        constraint::text("tags.1.member.value", Some(&tag.value), 0..=256)?;
    }
    if let Some(value) = &input.secret_string {
        check_value(value)?;
    }
    let version = version_id(world, input.client_request_token)?;
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let tail = world.ids.token(6, letters);
    let arn = world.arn(
        "secretsmanager",
        format_args!("secret:{}-{tail}", input.name),
    );
    let secret = Secret {
        arn: arn.clone(),
        description: input.description,
        tags: input
            .tags
            .into_iter()
            .map(|tag| (tag.key, tag.value))
            .collect(),
        created: now,
        changed: now,
        deletion: None,
        versions: BTreeMap::new(),
    };
    world.write(|state| {
        state
            .of_mut::<crate::secretsmanager::State>()
            .create(&input.name, secret)?;
        let mut answer = json!({ "ARN": arn, "Name": input.name });
        if let Some(value) = input.secret_string {
            state.of_mut::<crate::secretsmanager::State>().put(
                &input.name,
                &version,
                value,
                now,
            )?;
            answer["VersionId"] = version.into();
        }
        Ok(answer)
    })
}

fn put(world: &World, now: Timestamp, input: PutSecretValue) -> ServiceResult<Value> {
    check_id(&input.secret_id)?;
    let Some(value) = input.secret_string else {
        return Err(invalid_parameter(
            "You must provide either SecretString or SecretBinary.",
        ));
    };
    check_value(&value)?;
    let version = version_id(world, input.client_request_token)?;
    let (name, arn, stages) = world.write(|state| {
        state
            .of_mut::<crate::secretsmanager::State>()
            .put(&input.secret_id, &version, value, now)
    })?;
    Ok(json!({ "ARN": arn, "Name": name, "VersionId": version, "VersionStages": stages }))
}

fn get(world: &World, input: &GetSecretValue) -> ServiceResult<Value> {
    check_id(&input.secret_id)?;
    constraint::text("versionId", input.version_id.as_deref(), 32..=64)?;
    constraint::text("versionStage", input.version_stage.as_deref(), 1..=256)?;
    world.read(|state| {
        let (name, secret, id, version) = state.of::<crate::secretsmanager::State>().version(
            &input.secret_id,
            input.version_id.as_deref(),
            input.version_stage.as_deref(),
        )?;
        Ok(json!({
            "ARN": secret.arn,
            "Name": name,
            "VersionId": id,
            "SecretString": version.value,
            "VersionStages": version.stages,
            "CreatedDate": epoch_seconds(version.created),
        }))
    })
}

fn describe(world: &World, input: &SecretOnly) -> ServiceResult<Value> {
    check_id(&input.secret_id)?;
    world.read(|state| {
        let (name, secret) = state
            .of::<crate::secretsmanager::State>()
            .any(&input.secret_id)?;
        let versions: BTreeMap<&String, &Vec<String>> = secret
            .versions
            .iter()
            .map(|(id, version)| (id, &version.stages))
            .collect();
        let tags: Vec<Value> = secret
            .tags
            .iter()
            .map(|(key, value)| json!({ "Key": key, "Value": value }))
            .collect();
        let mut answer = json!({
            "ARN": secret.arn,
            "Name": name,
            "LastChangedDate": epoch_seconds(secret.changed),
            "CreatedDate": epoch_seconds(secret.created),
            "Tags": tags,
            "VersionIdsToStages": versions,
        });
        if let Some(description) = &secret.description {
            answer["Description"] = description.clone().into();
        }
        if let Some(deletion) = secret.deletion {
            answer["DeletedDate"] = epoch_seconds(deletion).into();
        }
        Ok(answer)
    })
}

fn delete(world: &World, now: Timestamp, input: &DeleteSecret) -> ServiceResult<Value> {
    check_id(&input.secret_id)?;
    let force = input.force_delete_without_recovery.unwrap_or(false);
    let days = match (force, input.recovery_window_in_days) {
        (true, Some(_)) => {
            return Err(invalid_parameter(
                "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
            ));
        }
        (true, None) => 0,
        (false, days) => days.unwrap_or(30),
    };
    if !force && !(7..=30).contains(&days) {
        return Err(invalid_parameter(
            "RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
        ));
    }
    let at = now + (days * 24).hours();
    let (name, arn) = world.write(|state| {
        let deleted = state
            .of_mut::<crate::secretsmanager::State>()
            .delete(&input.secret_id, at)?;
        state.of_mut::<crate::secretsmanager::State>().expire(now);
        Ok::<_, ServiceError>(deleted)
    })?;
    Ok(json!({ "ARN": arn, "Name": name, "DeletionDate": epoch_seconds(at) }))
}
