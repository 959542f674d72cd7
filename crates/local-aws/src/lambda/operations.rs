//! The operations: from requests to the pure parts and back.

mod aliases;
mod concurrency;
mod create;
mod functions;
mod invoke;
mod permissions;
mod policy;
mod settle;
mod tags;
mod update;
mod urls;
mod versions;

use std::sync::Arc;

use serde_json::Value;

use super::errors;
use super::functions::Stamp;
use super::names::FunctionName;
use crate::core::constraint::Checks;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Call, Request, Route};
use crate::core::wire::response::Response;
use crate::core::world::World;

pub use permissions::permissions;
pub use settle::resume;

/// The operations that are implemented.
pub const IMPLEMENTED: &[&str] = &[
    "AddPermission",
    "CreateAlias",
    "CreateFunction",
    "CreateFunctionUrlConfig",
    "DeleteAlias",
    "DeleteFunction",
    "DeleteFunctionConcurrency",
    "DeleteFunctionUrlConfig",
    "GetAlias",
    "GetFunction",
    "GetFunctionConcurrency",
    "GetFunctionConfiguration",
    "GetFunctionUrlConfig",
    "GetPolicy",
    "Invoke",
    "ListAliases",
    "ListFunctionUrlConfigs",
    "ListFunctions",
    "ListTags",
    "ListVersionsByFunction",
    "PublishVersion",
    "PutFunctionConcurrency",
    "RemovePermission",
    "TagResource",
    "UntagResource",
    "UpdateAlias",
    "UpdateFunctionCode",
    "UpdateFunctionConfiguration",
    "UpdateFunctionUrlConfig",
];

/// Does an operation.
///
/// # Errors
/// Those that the service model documents for it.
pub async fn handle(
    world: &Arc<World>,
    call: &Call,
    route: &Route,
    request: &Request,
) -> ServiceResult<Response> {
    match route.operation {
        "AddPermission" => policy::add(world, route, request),
        "CreateAlias" => aliases::create(world, route, request),
        "CreateFunction" => create::create(world, request).await,
        "CreateFunctionUrlConfig" => urls::create(world, route, request),
        "DeleteAlias" => aliases::delete(world, route),
        "DeleteFunction" => functions::delete(world, route, request),
        "DeleteFunctionConcurrency" => concurrency::delete(world, route),
        "DeleteFunctionUrlConfig" => urls::delete(world, route, request),
        "GetAlias" => aliases::get(world, route),
        "GetFunction" => functions::get(world, route, request),
        "GetFunctionConcurrency" => concurrency::get(world, route),
        "GetFunctionConfiguration" => functions::configuration(world, route, request),
        "GetFunctionUrlConfig" => urls::get(world, route, request),
        "GetPolicy" => policy::get(world, route, request),
        "Invoke" => invoke::invoke(world, call, route, request).await,
        "ListAliases" => aliases::list(world, route, request),
        "ListFunctionUrlConfigs" => urls::list(world, route, request),
        "ListFunctions" => functions::list(world, request),
        "ListTags" => tags::list(world, route),
        "ListVersionsByFunction" => versions::list(world, route, request),
        "PublishVersion" => versions::publish(world, route, request),
        "PutFunctionConcurrency" => concurrency::put(world, route, request),
        "RemovePermission" => policy::remove(world, route, request),
        "TagResource" => tags::tag(world, route, request),
        "UntagResource" => tags::untag(world, route, request),
        "UpdateAlias" => aliases::update(world, route, request),
        "UpdateFunctionCode" => update::code(world, route, request).await,
        "UpdateFunctionConfiguration" => update::configuration(world, route, request),
        "UpdateFunctionUrlConfig" => urls::update(world, route, request),
        other => Err(ServiceError::not_implemented(format!("lambda:{other}"))),
    }
}

/// The function that the path names, with the `Qualifier` of the query.
fn qualified(world: &World, route: &Route, request: &Request) -> ServiceResult<FunctionName> {
    FunctionName::read(
        route.label("FunctionName"),
        request.query_value("Qualifier"),
        &world.region,
    )
}

/// The function that the path names, for operations that know no qualifier.
fn unqualified(world: &World, route: &Route) -> ServiceResult<FunctionName> {
    let name = FunctionName::read(route.label("FunctionName"), None, &world.region)?;
    match name.qualifier.as_deref() {
        None | Some(super::names::LATEST) => Ok(FunctionName {
            qualifier: None,
            ..name
        }),
        Some(_) => Err(errors::invalid(format!(
            "The function name {} must not have a version or alias for {}.",
            route.label("FunctionName"),
            route.operation
        ))),
    }
}

fn stamp(world: &World) -> Stamp {
    Stamp {
        now: world.clock.now(),
        revision_id: world.ids.uuid(),
        generation: world.ids.uuid(),
    }
}

/// One page of a list: `Marker` and `MaxItems` of the query; markers are offsets.
fn page(
    request: &Request,
    all: Vec<Value>,
    member: &str,
    default: usize,
) -> ServiceResult<Response> {
    let most = match request.query_value("MaxItems") {
        None => default,
        Some(text) => {
            let number: i64 = text.parse().map_err(|_| {
                ServiceError::new(400, "SerializationException", "MaxItems is no number")
            })?;
            let mut checks = Checks::default();
            checks.range("maxItems", number, 1, 10_000);
            checks.done()?;
            // The service answers 50 at most, whatever is asked for (AWS docs).
            usize::try_from(number).unwrap_or(default).min(default)
        }
    };
    let from: usize = match request.query_value("Marker") {
        None | Some("") => 0,
        Some(marker) => marker
            .parse()
            .map_err(|_| errors::invalid("The provided marker is invalid."))?,
    };
    let more = all.len() > from.saturating_add(most);
    let items: Vec<Value> = all.into_iter().skip(from).take(most).collect();
    let mut shown = serde_json::json!({ member: items });
    if more {
        shown["NextMarker"] = Value::from((from + most).to_string());
    }
    Response::json(&shown)
}
