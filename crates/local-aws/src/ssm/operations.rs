//! The operations on the wire.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::parameters::{Kind, Put, Read, arn, invalid, selector};
use crate::core::constraint;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Call, Request, Unread, absent};
use crate::core::wire::response::{Response, epoch_seconds};
use crate::core::world::World;

/// Every operation that is implemented.
pub(super) const OPERATIONS: &[&str] = &[
    "DeleteParameter",
    "GetParameter",
    "GetParameters",
    "PutParameter",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct PutParameter {
    name: String,
    value: String,
    #[serde(rename = "Type")]
    kind: Option<String>,
    description: Option<String>,
    #[serde(default)]
    overwrite: bool,
    #[serde(default)]
    tags: Vec<Tag>,
    tier: Option<String>,
    data_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct GetParameter {
    name: String,
    #[serde(default)]
    with_decryption: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct GetParameters {
    names: Vec<String>,
    #[serde(default)]
    with_decryption: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DeleteParameter {
    name: String,
}

fn input<T: DeserializeOwned>(request: &Request, operation: &str) -> ServiceResult<T> {
    request
        .json()
        .map_err(|error| match Unread::of(&error.message) {
            Unread::Unknown(member) => {
                ServiceError::not_implemented(format!("the parameter {member} of ssm:{operation}"))
            }
            Unread::Missing(member) => invalid(absent(member)),
            Unread::Other => error,
        })
}

fn check_name(name: &str) -> ServiceResult<()> {
    constraint::text("name", Some(name), 1..=2048)
}

pub(super) fn run(
    world: &World,
    call: &Call,
    operation: &str,
    request: &Request,
) -> ServiceResult<Response> {
    let answer = match operation {
        "PutParameter" => put(world, call, input(request, operation)?)?,
        "GetParameter" => {
            let input: GetParameter = input(request, operation)?;
            check_name(&input.name)?;
            let (name, version) = selector(&input.name);
            let read = world.read(|state| state.of::<crate::ssm::State>().get(name, version))?;
            json!({ "Parameter": shown(world, &input.name, &read, input.with_decryption) })
        }
        "GetParameters" => get_many(world, input(request, operation)?)?,
        "DeleteParameter" => {
            let input: DeleteParameter = input(request, operation)?;
            check_name(&input.name)?;
            world.write(|state| {
                state
                    .of_mut::<crate::ssm::State>()
                    .delete(selector(&input.name).0)
            })?;
            json!({})
        }
        other => return Err(ServiceError::not_implemented(format!("ssm:{other}"))),
    };
    Response::json(&answer)
}

fn put(world: &World, call: &Call, input: PutParameter) -> ServiceResult<Value> {
    check_name(&input.name)?;
    constraint::text("description", input.description.as_deref(), 0..=1024)?;
    constraint::text("dataType", input.data_type.as_deref(), 0..=128)?;
    constraint::length("tags", input.tags.len(), 0..=1000)?;
    for tag in &input.tags {
        constraint::text("tags.1.member.key", Some(&tag.key), 1..=128)?;
        constraint::text("tags.1.member.value", Some(&tag.value), 0..=256)?;
    }
    if let Some(tier) = input.tier.as_deref().filter(|tier| *tier != "Standard") {
        if !matches!(tier, "Advanced" | "Intelligent-Tiering") {
            return Err(constraint::violated(
                "tier",
                "Member must satisfy enum value set: [Standard, Advanced, Intelligent-Tiering]",
            ));
        }
        return Err(ServiceError::not_implemented(format!(
            "the tier {tier} of parameters"
        )));
    }
    if let Some(other) = input.data_type.as_deref().filter(|kind| *kind != "text") {
        return Err(ServiceError::not_implemented(format!(
            "the data type {other} of parameters"
        )));
    }
    let kind = input.kind.as_deref().map(Kind::read).transpose()?;
    let tags: BTreeMap<String, String> = input
        .tags
        .into_iter()
        .map(|tag| (tag.key, tag.value))
        .collect();
    let version = world.write(|state| {
        let put = Put {
            name: &input.name,
            value: &input.value,
            kind,
            description: input.description,
            overwrite: input.overwrite,
            tags,
        };
        state.of_mut::<crate::ssm::State>().put(put, call.now)
    })?;
    Ok(json!({ "Version": version, "Tier": "Standard" }))
}

fn get_many(world: &World, input: GetParameters) -> ServiceResult<Value> {
    constraint::length("names", input.names.len(), 1..=10)?;
    for name in &input.names {
        check_name(name)?;
    }
    let mut found = Vec::new();
    let mut unknown = Vec::new();
    for text in &input.names {
        let (name, version) = selector(text);
        match world.read(|state| state.of::<crate::ssm::State>().get(name, version)) {
            Ok(read) => found.push(shown(world, text, &read, input.with_decryption)),
            Err(error) if error.is_not_implemented() => return Err(error),
            Err(_) => unknown.push(text),
        }
    }
    Ok(json!({ "Parameters": found, "InvalidParameters": unknown }))
}

fn shown(world: &World, text: &str, read: &Read, decrypted: bool) -> Value {
    let (name, version) = selector(text);
    let value = if read.kind == Kind::SecureString && !decrypted {
        // What a client cannot read, as on AWS; not what KMS would make of it.
        STANDARD.encode(Sha256::digest(read.value.as_bytes()))
    } else {
        read.value.clone()
    };
    let mut shown = json!({
        "Name": name,
        "Type": read.kind.as_str(),
        "Value": value,
        "Version": read.version,
        "LastModifiedDate": epoch_seconds(read.modified),
        "ARN": arn(&world.region, name),
        "DataType": "text",
    });
    if let (Some(version), Value::Object(members)) = (version, &mut shown) {
        members.insert("Selector".to_owned(), format!(":{version}").into());
    }
    shown
}
