//! `CreateAlias`, `GetAlias`, `UpdateAlias`, `DeleteAlias`, `ListAliases`.

use serde_json::Value;

use super::{page, unqualified};
use crate::core::constraint::Checks;
use crate::core::error::ServiceResult;
use crate::core::service::{Request, Route};
use crate::core::wire::response::Response;
use crate::core::world::World;
use crate::lambda::aliases::{self, Change};
use crate::lambda::consistency;
use crate::lambda::names::FunctionName;
use crate::lambda::state::{State, version_name};
use crate::lambda::validate;

pub(super) fn create(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let function = unqualified(world, route)?;
    let known = &["Name", "FunctionVersion", "Description", "RoutingConfig"];
    let change: Change = validate::body(route.operation, request.json()?, known)?;
    let mut checks = Checks::default();
    checks.required("name", change.name.as_ref());
    checks.required("functionVersion", change.function_version.as_ref());
    if let Some(name) = &change.name {
        aliases::check_name(&mut checks, name);
    }
    aliases::check(&mut checks, &change);
    checks.done()?;
    let name = change.name.clone().unwrap_or_default();
    let revision_id = world.ids.uuid();
    let value = world.write(|state| {
        aliases::create(
            state.of_mut::<crate::lambda::State>(),
            &function,
            &world.region,
            &change,
            revision_id,
        )?;
        consistency::alias_made(state, &function.name, &name, world.clock.now());
        shown(
            state.of::<crate::lambda::State>(),
            &function,
            &world.region,
            &name,
        )
    })?;
    Response::json_with_status(201, &value)
}

pub(super) fn get(world: &World, route: &Route) -> ServiceResult<Response> {
    let function = unqualified(world, route)?;
    let name = alias_name(route)?;
    let value = world.read(|state| {
        shown(
            state.of::<crate::lambda::State>(),
            &function,
            &world.region,
            &name,
        )
    })?;
    Response::json(&value)
}

pub(super) fn update(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let function = unqualified(world, route)?;
    let name = alias_name(route)?;
    let known = &[
        "FunctionVersion",
        "Description",
        "RoutingConfig",
        "RevisionId",
    ];
    let change: Change = validate::body(route.operation, request.json()?, known)?;
    let mut checks = Checks::default();
    aliases::check(&mut checks, &change);
    checks.done()?;
    let revision_id = world.ids.uuid();
    let region = &world.region;
    let value = world.write(|state| {
        aliases::update(
            state.of_mut::<crate::lambda::State>(),
            &function,
            region,
            &name,
            &change,
            revision_id,
        )?;
        shown(state.of::<crate::lambda::State>(), &function, region, &name)
    })?;
    Response::json(&value)
}

pub(super) fn delete(world: &World, route: &Route) -> ServiceResult<Response> {
    let function = unqualified(world, route)?;
    let name = alias_name(route)?;
    world.write(|state| {
        aliases::delete(
            state.of_mut::<crate::lambda::State>(),
            &function,
            &world.region,
            &name,
        )
    })?;
    Ok(Response::empty(204))
}

pub(super) fn list(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let function = unqualified(world, route)?;
    let version = request.query_value("FunctionVersion");
    let mut checks = Checks::default();
    aliases::check(
        &mut checks,
        &Change {
            function_version: version.map(str::to_owned),
            ..Change::default()
        },
    );
    checks.done()?;
    let region = &world.region;
    let all = world.read(|state| -> ServiceResult<Vec<Value>> {
        let aliases = &state
            .of::<crate::lambda::State>()
            .function(&function, region)?
            .aliases;
        Ok(aliases
            .iter()
            .filter(|(_, alias)| {
                version.is_none_or(|version| version_name(alias.version) == version)
            })
            .map(|(name, alias)| alias.to_json(region, &function.name, name))
            .collect())
    })?;
    page(request, all, "Aliases", 50)
}

fn alias_name(route: &Route) -> ServiceResult<String> {
    let name = route.label("Name");
    let mut checks = Checks::default();
    aliases::check_name(&mut checks, name);
    checks.done()?;
    Ok(name.to_owned())
}

fn shown(state: &State, function: &FunctionName, region: &str, name: &str) -> ServiceResult<Value> {
    state
        .function(function, region)?
        .aliases
        .get(name)
        .map(|alias| alias.to_json(region, &function.name, name))
        .ok_or_else(|| aliases::missing(region, &function.name, name))
}
