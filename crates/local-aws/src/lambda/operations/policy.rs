//! `AddPermission`, `RemovePermission`, `GetPolicy`.

use serde_json::json;

use super::qualified;
use crate::core::constraint::Checks;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Request, Route};
use crate::core::wire::response::Response;
use crate::core::world::World;
use crate::lambda::consistency;
use crate::lambda::policy::{self, GRANT, Grant, Statement};
use crate::lambda::validate;

pub(super) fn add(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let name = qualified(world, route, request)?;
    let grant: Grant = validate::body(route.operation, request.json()?, GRANT)?;
    let statement = Statement::read(&grant)?;
    let shown = statement.to_json(&name.arn(&world.region));
    let revision_id = world.ids.uuid();
    let now = world.clock.now();
    world.write(|state| {
        consistency::check_permission(state, &name, &world.region, now)?;
        policy::add(
            state.of_mut::<crate::lambda::State>(),
            &name,
            &world.region,
            statement,
            grant.revision_id.as_deref(),
            revision_id,
        )?;
        consistency::policy_written(state, &name.name, now);
        Ok::<_, ServiceError>(())
    })?;
    Response::json_with_status(201, &json!({ "Statement": shown.to_string() }))
}

pub(super) fn remove(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let name = qualified(world, route, request)?;
    let mut checks = Checks::default();
    policy::check_statement_id(&mut checks, route.label("StatementId"));
    checks.done()?;
    let revision_id = world.ids.uuid();
    world.write(|state| {
        policy::remove(
            state.of_mut::<crate::lambda::State>(),
            &name,
            &world.region,
            route.label("StatementId"),
            request.query_value("RevisionId"),
            revision_id,
        )?;
        consistency::policy_written(state, &name.name, world.clock.now());
        Ok::<_, ServiceError>(())
    })?;
    Ok(Response::empty(204))
}

pub(super) fn get(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let name = qualified(world, route, request)?;
    let (document, revision_id) = world
        .read(|state| policy::get(state.of::<crate::lambda::State>(), &name, &world.region))?;
    Response::json(&json!({ "Policy": document.to_string(), "RevisionId": revision_id }))
}
