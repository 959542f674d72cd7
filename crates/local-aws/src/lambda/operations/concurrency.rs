//! `PutFunctionConcurrency`, `GetFunctionConcurrency`, `DeleteFunctionConcurrency`.

use serde::Deserialize;
use serde_json::json;

use super::unqualified;
use crate::core::constraint::Checks;
use crate::core::error::ServiceResult;
use crate::core::service::{Request, Route};
use crate::core::wire::response::Response;
use crate::core::world::World;
use crate::lambda::errors;
use crate::lambda::validate;

/// Of an account of AWS, of which at least 100 stay unreserved (AWS docs,
/// "Configuring reserved concurrency").
const RESERVABLE: u32 = 1000 - 100;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Body {
    reserved_concurrent_executions: Option<i64>,
}

pub(super) fn put(world: &World, route: &Route, request: &Request) -> ServiceResult<Response> {
    let name = unqualified(world, route)?;
    let known = &["ReservedConcurrentExecutions"];
    let body: Body = validate::body(route.operation, request.json()?, known)?;
    let mut checks = Checks::default();
    checks.required(
        "reservedConcurrentExecutions",
        body.reserved_concurrent_executions.as_ref(),
    );
    let wanted = body.reserved_concurrent_executions.unwrap_or_default();
    checks.range(
        "reservedConcurrentExecutions",
        wanted,
        0,
        i64::from(i32::MAX),
    );
    checks.done()?;
    let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
    world.write(|state| {
        let others: u32 = state
            .of::<crate::lambda::State>()
            .functions
            .iter()
            .filter(|(other, _)| **other != name.name)
            .filter_map(|(_, function)| function.reserved_concurrency)
            .sum();
        let function = state
            .of_mut::<crate::lambda::State>()
            .function_mut(&name, &world.region)?;
        if others.saturating_add(wanted) > RESERVABLE {
            return Err(errors::invalid(
                "Specified ReservedConcurrentExecutions for function decreases account's \
                 UnreservedConcurrentExecution below its minimum value of [100].",
            ));
        }
        function.reserved_concurrency = Some(wanted);
        Ok(())
    })?;
    Response::json(&json!({ "ReservedConcurrentExecutions": wanted }))
}

pub(super) fn get(world: &World, route: &Route) -> ServiceResult<Response> {
    let name = unqualified(world, route)?;
    let reserved = world.read(|state| {
        state
            .of::<crate::lambda::State>()
            .function(&name, &world.region)
            .map(|function| function.reserved_concurrency)
    })?;
    Response::json(&match reserved {
        Some(reserved) => json!({ "ReservedConcurrentExecutions": reserved }),
        None => json!({}),
    })
}

pub(super) fn delete(world: &World, route: &Route) -> ServiceResult<Response> {
    let name = unqualified(world, route)?;
    world.write(|state| {
        state
            .of_mut::<crate::lambda::State>()
            .function_mut(&name, &world.region)
            .map(|function| function.reserved_concurrency = None)
    })?;
    Ok(Response::empty(204))
}
