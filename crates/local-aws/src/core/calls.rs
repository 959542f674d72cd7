//! The one pipeline of a call, whether a client makes it or a service.

use std::sync::Arc;

use super::error::{ServiceError, ServiceResult};
use super::faults::Moment;
use super::service::{Call, Principal, Request, Route, Service};
use super::wire::response::Response;
use super::world::World;

/// Does one call: faults before it, whether the caller may, the service itself, the state on
/// disk, faults after it. `None`: a fault rule drops the connection.
///
/// # Errors
/// The service's, and those of fault rules.
pub async fn perform(
    world: &Arc<World>,
    scope: &str,
    service: &dyn Service,
    route: &Route,
    call: &Call,
    request: &Request,
) -> ServiceResult<Option<Response>> {
    let traffic = &world.traffic;
    let strike = |moment| traffic.strike(scope, route.operation, moment, request);
    if !strike(Moment::Before).await? {
        return Ok(None);
    }
    service.authorize(world, &call.principal, route, request)?;
    let outcome = service.handle(world, call, route, request).await;
    world.flush()?;
    if !strike(Moment::After).await? {
        return Ok(None);
    }
    outcome.map(Some)
}

/// A call that one service makes to another with somebody's rights, e.g. API Gateway with
/// the role of an integration: checked, counted, struck by faults and answered as if it had
/// come over the wire; only the rates of clients do not throttle it. An
/// error of the service is an answer with its status and body; `Err` is only for what the
/// embedded AWS does not implement.
///
/// # Errors
/// A service or an operation that is not implemented.
pub async fn call_as(
    world: &Arc<World>,
    principal: Principal,
    scope: &str,
    request: &Request,
) -> ServiceResult<Response> {
    let Some(service) = world.service(scope) else {
        return Err(ServiceError::not_implemented(format!(
            "the service {scope}"
        )));
    };
    let call = Call {
        request_id: world.ids.uuid(),
        principal,
        now: world.clock.now(),
    };
    let outcome = async {
        let route = service.route(request)?;
        world.traffic.count(scope, route.operation);
        let answer = perform(world, scope, service, &route, &call, request).await?;
        // A caller inside has no connection to lose: to it, the service is not there.
        answer.ok_or_else(|| {
            ServiceError::new(
                503,
                "ServiceUnavailable",
                "the connection was dropped by a fault rule",
            )
        })
    };
    match outcome.await {
        Ok(response) => Ok(response),
        Err(error) if error.is_not_implemented() => Err(error),
        Err(error) => Ok(service.refusal(&error, &call.request_id)),
    }
}
