//! `GetFunction`, `GetFunctionConfiguration`, `ListFunctions`, `DeleteFunction`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{page, qualified, settle};
use crate::core::constraint::Checks;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Request, Route};
use crate::core::wire::response::Response;
use crate::core::world::World;
use crate::lambda::configuration::to_json;
use crate::lambda::functions;
use crate::lambda::names::{FunctionName, LATEST};
use crate::lambda::state::{Resolved, State};

fn shown(region: &str, name: &FunctionName, resolved: &Resolved<'_>) -> Value {
    to_json(
        region,
        &name.name,
        resolved.version,
        resolved.number,
        name.qualifier.as_deref(),
    )
}

pub(super) fn get(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let name = qualified(world, route, request)?;
    let value = world.read(|state| -> ServiceResult<Value> {
        let resolved = state
            .of::<crate::lambda::State>()
            .resolve(&name, &world.region)?;
        let mut value = json!({
            "Configuration": shown(&world.region, &name, &resolved),
            // The package is on this machine; there is no S3 to fetch it from.
            "Code": { "RepositoryType": "LocalDirectory" },
        });
        if !resolved.function.tags.is_empty() {
            value["Tags"] = json!(resolved.function.tags);
        }
        if let Some(reserved) = resolved.function.reserved_concurrency {
            value["Concurrency"] = json!({ "ReservedConcurrentExecutions": reserved });
        }
        Ok(value)
    })?;
    Response::json(&value)
}

pub(super) fn configuration(
    world: &World,
    route: &Route,
    request: &Request,
) -> ServiceResult<Response> {
    let name = qualified(world, route, request)?;
    let value = world.read(|state| -> ServiceResult<Value> {
        let resolved = state
            .of::<crate::lambda::State>()
            .resolve(&name, &world.region)?;
        Ok(shown(&world.region, &name, &resolved))
    })?;
    Response::json(&value)
}

pub(super) fn list(world: &World, request: &Request) -> ServiceResult<Response> {
    if request.query_value("MasterRegion").is_some() {
        return Err(ServiceError::not_implemented(
            "the member MasterRegion of lambda:ListFunctions",
        ));
    }
    let all_versions = match request.query_value("FunctionVersion") {
        None => false,
        Some(value) => {
            let mut checks = Checks::default();
            checks.one_of("functionVersion", value, &["ALL"]);
            checks.done()?;
            true
        }
    };
    let all = world.read(|state| {
        all(
            state.of::<crate::lambda::State>(),
            &world.region,
            all_versions,
        )
    });
    page(request, all, "Functions", 50)
}

fn all(state: &State, region: &str, all_versions: bool) -> Vec<Value> {
    let mut listed = Vec::new();
    for (name, function) in state.functions.iter() {
        if all_versions {
            listed.extend(versions(region, name, function));
        } else {
            listed.push(to_json(region, name, &function.latest, None, None));
        }
    }
    listed
}

/// `$LATEST` and the published versions, with the qualifier in their ARNs.
pub(super) fn versions(
    region: &str,
    name: &str,
    function: &crate::lambda::state::Function,
) -> Vec<Value> {
    let latest = to_json(region, name, &function.latest, None, Some(LATEST));
    let published = function.versions.iter().map(|(number, version)| {
        to_json(
            region,
            name,
            version,
            Some(*number),
            Some(&number.to_string()),
        )
    });
    std::iter::once(latest).chain(published).collect()
}

pub(super) fn delete(
    world: &Arc<World>,
    route: &Route,
    request: &Request,
) -> ServiceResult<Response> {
    let name = qualified(world, route, request)?;
    world.write(|state| {
        functions::delete(state.of_mut::<crate::lambda::State>(), &name, &world.region)
    })?;
    settle::retire(world);
    Ok(Response::empty(204))
}
