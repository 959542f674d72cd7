//! `CreateFunction`.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{settle, stamp};
use crate::core::constraint::Checks;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Request;
use crate::core::wire::response::Response;
use crate::core::world::World;
use crate::lambda::configuration::{self, Code, SETTINGS, Settings, check_architectures};
use crate::lambda::names::{FunctionName, is_word};
use crate::lambda::package;
use crate::lambda::validate;
use crate::lambda::{consistency, errors, functions, layers, tags};

const OPERATION: &str = "CreateFunction";

/// The members beside the [`Settings`].
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Body {
    function_name: Option<String>,
    code: Option<Map<String, Value>>,
    #[serde(default)]
    publish: bool,
    package_type: Option<String>,
    architectures: Option<Vec<String>>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

const BODY: &[&str] = &[
    "FunctionName",
    "Code",
    "Publish",
    "PackageType",
    "Architectures",
    "Tags",
];

/// The members of a code that are implemented, and of `UpdateFunctionCode`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Zip {
    zip_file: Option<String>,
}

pub(super) async fn create(world: &Arc<World>, request: &Request) -> ServiceResult<Response> {
    let mut own = Map::new();
    let mut settings = Map::new();
    for (member, value) in request.json::<Map<String, Value>>()? {
        let part = if BODY.contains(&member.as_str()) {
            &mut own
        } else {
            &mut settings
        };
        part.insert(member, value);
    }
    let settings: Settings = validate::body(OPERATION, settings, SETTINGS)?;
    let body: Body = validate::body(OPERATION, own, BODY)?;
    check(&body, &settings)?;
    let name = bare_name(world, body.function_name.as_deref().unwrap_or_default())?;
    require_zip_members(&settings)?;
    settings.check_values()?;
    layers::check_values(
        settings.layers.as_deref().unwrap_or_default(),
        &world.region,
    )?;
    tags::check(&body.tags, &BTreeMap::new())?;
    let role = settings.role.as_deref().unwrap_or_default();
    check_role(world, role)?;
    world.read(|state| {
        let (variables, now) = (settings.has_variables(), world.clock.now());
        consistency::check_role(state, role, &name.name, variables, now)
    })?;
    let code = keep_code(world, OPERATION, body.code.unwrap_or_default()).await?;
    let architecture = body
        .architectures
        .and_then(|mut given| given.pop())
        .unwrap_or_else(|| "x86_64".to_owned());
    let new = functions::New {
        name: name.name.clone(),
        settings,
        code: code.clone(),
        architecture,
        tags: body.tags,
    };
    let (made, published) = (stamp(world), stamp(world));
    let shown = world.write(|state| -> ServiceResult<Value> {
        functions::create(state.of_mut::<crate::lambda::State>(), new, made)?;
        let number = if body.publish {
            let publish = functions::Publish::default();
            Some(functions::publish(
                state.of_mut::<crate::lambda::State>(),
                &name,
                &world.region,
                &publish,
                published,
            )?)
        } else {
            None
        };
        let function = state
            .of::<crate::lambda::State>()
            .function(&name, &world.region)?;
        let version = function.version(number).unwrap_or(&function.latest);
        let qualifier = number.map(|number| number.to_string());
        let qualifier = qualifier.as_deref();
        Ok(configuration::to_json(
            &world.region,
            &name.name,
            version,
            number,
            qualifier,
        ))
    })?;
    settle::later(world, name.name, code.sha256);
    Response::json_with_status(201, &shown)
}

fn check(body: &Body, settings: &Settings) -> ServiceResult<()> {
    let mut checks = Checks::default();
    checks.required("functionName", body.function_name.as_ref());
    checks.required("role", settings.role.as_ref());
    checks.required("code", body.code.as_ref());
    if let Some(kind) = &body.package_type {
        checks.one_of("packageType", kind, &["Zip", "Image"]);
    }
    check_architectures(&mut checks, body.architectures.as_ref());
    settings.check(&mut checks);
    checks.done()?;
    if body.package_type.as_deref() == Some("Image") {
        return Err(ServiceError::not_implemented("PackageType Image"));
    }
    Ok(())
}

fn require_zip_members(settings: &Settings) -> ServiceResult<()> {
    if settings.runtime.is_none() {
        return Err(errors::invalid(
            "Runtime is mandatory for functions created with deployment packages.",
        ));
    }
    if settings.handler.is_none() {
        return Err(errors::invalid(
            "Handler is mandatory for functions created with deployment packages.",
        ));
    }
    Ok(())
}

fn bare_name(world: &World, text: &str) -> ServiceResult<FunctionName> {
    let name = FunctionName::read(text, None, &world.region)?;
    if name.qualifier.is_some() || !is_word(&name.name) || name.name.len() > 64 {
        let mut checks = Checks::default();
        checks.length("functionName", &name.name, 1, 64);
        checks.done()?;
        return Err(errors::invalid(format!(
            "The function name {text} must not have a version or alias."
        )));
    }
    Ok(name)
}

/// Whether Lambda may run functions with that role.
pub(super) fn check_role(world: &World, role: &str) -> ServiceResult<()> {
    world
        .read(|state| {
            crate::iam::assumable_by(
                state.of::<crate::iam::State>(),
                role,
                "lambda.amazonaws.com",
            )
        })
        .map(|_| ())
        .map_err(|error| {
            if error.code == "InvalidParameterValueException" {
                errors::invalid(error.message)
            } else {
                error
            }
        })
}

/// Keeps the zip of a request.
pub(super) async fn keep_code(
    world: &Arc<World>,
    operation: &str,
    members: Map<String, Value>,
) -> ServiceResult<Code> {
    let zip = decode(operation, members)?;
    let packages = world.handle::<crate::lambda::Packages>().clone();
    blocking(move || {
        let zip = base64::engine::general_purpose::STANDARD
            .decode(zip.as_bytes())
            .map_err(|error| {
                ServiceError::new(400, "SerializationException", format!("ZipFile: {error}"))
            })?;
        let code = package::inspect(&zip)?;
        packages
            .keep(&zip, &code.sha256)
            .map_err(ServiceError::internal)?;
        Ok(code)
    })
    .await
}

/// Hash and size of the zip of a request, which is not kept.
pub(super) async fn inspect_code(
    operation: &str,
    members: Map<String, Value>,
) -> ServiceResult<Code> {
    let zip = decode(operation, members)?;
    blocking(move || {
        let zip = base64::engine::general_purpose::STANDARD
            .decode(zip.as_bytes())
            .map_err(|error| {
                ServiceError::new(400, "SerializationException", format!("ZipFile: {error}"))
            })?;
        package::inspect(&zip)
    })
    .await
}

fn decode(operation: &str, members: Map<String, Value>) -> ServiceResult<String> {
    for member in ["S3Bucket", "S3Key", "S3ObjectVersion"] {
        if members.contains_key(member) {
            return Err(ServiceError::not_implemented(format!(
                "code from S3 ({member}) of lambda:{operation}: send a ZipFile"
            )));
        }
    }
    let code: Zip = validate::body(operation, members, &["ZipFile"])?;
    code.zip_file
        .ok_or_else(|| errors::invalid("Please provide a source for function code."))
}

/// Megabytes are not decoded, hashed and written where other requests wait.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> ServiceResult<T> + Send + 'static,
) -> ServiceResult<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(ServiceError::internal)?
}
