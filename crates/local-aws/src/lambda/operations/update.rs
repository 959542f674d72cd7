//! `UpdateFunctionCode` and `UpdateFunctionConfiguration`.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::create::{check_role, inspect_code, keep_code};
use super::{settle, stamp, unqualified};
use crate::core::constraint::Checks;
use crate::core::error::ServiceResult;
use crate::core::service::{Request, Route};
use crate::core::wire::response::Response;
use crate::core::world::World;
use crate::lambda::configuration::{self, SETTINGS, Settings, check_architectures};
use crate::lambda::consistency;
use crate::lambda::errors;
use crate::lambda::functions;
use crate::lambda::layers;
use crate::lambda::validate;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CodeBody {
    #[serde(default)]
    publish: bool,
    #[serde(default)]
    dry_run: bool,
    revision_id: Option<String>,
    architectures: Option<Vec<String>>,
}

const CODE_BODY: &[&str] = &["Publish", "DryRun", "RevisionId", "Architectures"];

pub(super) async fn code(
    world: &Arc<World>,
    route: &Route,
    request: &Request,
) -> ServiceResult<Response> {
    let name = unqualified(world, route)?;
    let mut own = Map::new();
    let mut code = Map::new();
    for (member, value) in request.json::<Map<String, Value>>()? {
        let part = if CODE_BODY.contains(&member.as_str()) {
            &mut own
        } else {
            &mut code
        };
        part.insert(member, value);
    }
    let body: CodeBody = validate::body(route.operation, own, CODE_BODY)?;
    let mut checks = Checks::default();
    check_architectures(&mut checks, body.architectures.as_ref());
    checks.done()?;
    // Before the zip is looked at, as it may be large.
    world.read(|state| -> ServiceResult<()> {
        let function = state
            .of::<crate::lambda::State>()
            .function(&name, &world.region)?;
        errors::check_revision(body.revision_id.as_deref(), &function.latest.revision_id)?;
        functions::check_changeable(function, &name.arn(&world.region))
    })?;
    let region = &world.region;
    let architecture = body.architectures.and_then(|mut given| given.pop());
    if body.dry_run {
        let code = inspect_code(route.operation, code).await?;
        let value = world.read(|state| -> ServiceResult<Value> {
            let function = state.of::<crate::lambda::State>().function(&name, region)?;
            let mut version = function.latest.clone();
            version.configuration.code = code;
            if let Some(architecture) = architecture {
                version.configuration.architecture = architecture;
            }
            Ok(configuration::to_json(
                region, &name.name, &version, None, None,
            ))
        })?;
        return Response::json(&value);
    }
    let code = keep_code(world, route.operation, code).await?;
    let (changed, published) = (stamp(world), stamp(world));
    let sha256 = code.sha256.clone();
    let value = world.write(|state| -> ServiceResult<Value> {
        functions::update(
            state.of_mut::<crate::lambda::State>(),
            &name,
            region,
            body.revision_id.as_deref(),
            changed,
            |mut configuration| {
                configuration.code = code;
                if let Some(architecture) = architecture {
                    configuration.architecture = architecture;
                }
                configuration
            },
        )?;
        let number = if body.publish {
            let publish = functions::Publish::default();
            Some(functions::publish(
                state.of_mut::<crate::lambda::State>(),
                &name,
                region,
                &publish,
                published,
            )?)
        } else {
            None
        };
        let function = state.of::<crate::lambda::State>().function(&name, region)?;
        let version = function.version(number).unwrap_or(&function.latest);
        let qualifier = number.map(|number| number.to_string());
        Ok(configuration::to_json(
            region,
            &name.name,
            version,
            number,
            qualifier.as_deref(),
        ))
    })?;
    settle::later(world, name.name, sha256);
    Response::json(&value)
}

pub(super) fn configuration(
    world: &Arc<World>,
    route: &Route,
    request: &Request,
) -> ServiceResult<Response> {
    let name = unqualified(world, route)?;
    let mut body = request.json::<Map<String, Value>>()?;
    let revision = match body.remove("RevisionId") {
        None | Some(Value::Null) => None,
        Some(Value::String(revision)) => Some(revision),
        Some(_) => {
            return Err(crate::core::error::ServiceError::new(
                400,
                "SerializationException",
                "RevisionId is no text",
            ));
        }
    };
    let settings: Settings = validate::body(route.operation, body, SETTINGS)?;
    let mut checks = Checks::default();
    settings.check(&mut checks);
    checks.done()?;
    settings.check_values()?;
    layers::check_values(
        settings.layers.as_deref().unwrap_or_default(),
        &world.region,
    )?;
    if let Some(role) = &settings.role {
        check_role(world, role)?;
        world.read(|state| {
            let (variables, now) = (settings.has_variables(), world.clock.now());
            consistency::check_role(state, role, &name.name, variables, now)
        })?;
    }
    let changed = stamp(world);
    let region = &world.region;
    let (value, sha256) = world.write(|state| -> ServiceResult<(Value, String)> {
        functions::update(
            state.of_mut::<crate::lambda::State>(),
            &name,
            region,
            revision.as_deref(),
            changed,
            |configuration| settings.apply(configuration),
        )?;
        let latest = &state
            .of::<crate::lambda::State>()
            .function(&name, region)?
            .latest;
        let value = configuration::to_json(region, &name.name, latest, None, None);
        Ok((value, latest.configuration.code.sha256.clone()))
    })?;
    settle::later(world, name.name, sha256);
    Response::json(&value)
}
