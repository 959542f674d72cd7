//! `CreateFunctionUrlConfig`, `GetFunctionUrlConfig`, `UpdateFunctionUrlConfig`,
//! `DeleteFunctionUrlConfig`, `ListFunctionUrlConfigs`. Only the URLs' configuration is
//! here: a request to one is not served.

use serde_json::{Map, Value};

use super::page;
use crate::core::constraint::Checks;
use crate::core::error::ServiceResult;
use crate::core::service::{Request, Route};
use crate::core::wire::response::Response;
use crate::core::world::World;
use crate::lambda::names::FunctionName;
use crate::lambda::state::State;
use crate::lambda::urls::{self, CHANGE, Change};
use crate::lambda::validate;

/// URLs in a page (botocore, `ListFunctionUrlConfigs`).
const PAGE: i64 = 50;

pub(super) fn create(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let name = named(world, route, request)?;
    let change: Change = validate::body(route.operation, request.json()?, CHANGE)?;
    let mut checks = Checks::default();
    checks.required("authType", change.auth_type.as_ref());
    change.check(&mut checks);
    checks.done()?;
    let id = world.ids.token(32, "abcdefghijklmnopqrstuvwxyz234567");
    let now = world.clock.now();
    let mut value = world.write(|state| {
        urls::create(
            state.of_mut::<crate::lambda::State>(),
            &name,
            &world.region,
            id,
            change,
            now,
        )?;
        shown(world, state.of::<crate::lambda::State>(), &name)
    })?;
    without_modification(&mut value);
    Response::json_with_status(201, &value)
}

pub(super) fn get(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let name = named(world, route, request)?;
    Response::json(&world.read(|state| shown(world, state.of::<crate::lambda::State>(), &name))?)
}

pub(super) fn update(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let name = named(world, route, request)?;
    let change: Change = validate::body(
        route.operation,
        request.json::<Map<String, Value>>()?,
        CHANGE,
    )?;
    let mut checks = Checks::default();
    change.check(&mut checks);
    checks.done()?;
    let now = world.clock.now();
    let value = world.write(|state| {
        urls::update(state.of_mut::<crate::lambda::State>(), &name, change, now)?;
        shown(world, state.of::<crate::lambda::State>(), &name)
    })?;
    Response::json(&value)
}

pub(super) fn delete(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let name = named(world, route, request)?;
    world.write(|state| urls::delete(state.of_mut::<crate::lambda::State>(), &name))?;
    Ok(Response::empty(204))
}

pub(super) fn list(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let name = urls::read_name(route.label("FunctionName"), None, &world.region)?;
    if let Some(Ok(most)) = request.query_value("MaxItems").map(str::parse) {
        let mut checks = Checks::default();
        checks.range("maxItems", most, 1, PAGE);
        checks.done()?;
    }
    let public_url = world.public_url();
    let all = world.read(|state| -> ServiceResult<Vec<Value>> {
        let urls = urls::list(state.of::<crate::lambda::State>(), &name)?;
        Ok(urls
            .iter()
            .map(|(key, url)| url.to_json(&world.region, public_url, &name.name, key))
            .collect())
    })?;
    page(request, all, "FunctionUrlConfigs", 50)
}

fn named(world: &World, route: &Route, request: &Request) -> ServiceResult<FunctionName> {
    urls::read_name(
        route.label("FunctionName"),
        request.query_value("Qualifier"),
        &world.region,
    )
}

fn shown(world: &World, state: &State, name: &FunctionName) -> ServiceResult<Value> {
    let url = urls::get(state, name)?;
    Ok(url.to_json(
        &world.region,
        world.public_url(),
        &name.name,
        name.qualifier_or_latest(),
    ))
}

/// `CreateFunctionUrlConfigResponse` has no `LastModifiedTime` (botocore).
fn without_modification(value: &mut Value) {
    if let Value::Object(members) = value {
        members.remove("LastModifiedTime");
    }
}
