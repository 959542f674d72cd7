//! The services behind the gateway, and calls between them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::faults::Moment;
use super::response::Response;
use crate::error::{ServiceError, ServiceResult};
use crate::service::{Call, Principal, Request, Service};
use crate::world::World;

/// Every service, by its name in the SigV4 credential scope.
pub fn all() -> BTreeMap<&'static str, Box<dyn Service>> {
    BTreeMap::from([
        (
            "apigateway",
            Box::new(crate::apigateway::ApiGateway) as Box<dyn Service>,
        ),
        (
            "cloudformation",
            Box::new(crate::cloudformation::CloudFormation),
        ),
        ("connect", Box::new(crate::connect::Connect)),
        ("dynamodb", Box::new(crate::dynamodb::DynamoDb)),
        ("iam", Box::new(crate::iam::Iam)),
        ("lambda", Box::new(crate::lambda::Lambda)),
        ("logs", Box::new(crate::logs::Logs)),
        ("monitoring", Box::new(crate::cloudwatch::CloudWatch)),
        ("pipes", Box::new(crate::pipes::Pipes)),
        ("s3", Box::new(crate::s3::S3)),
        (
            "secretsmanager",
            Box::new(crate::secretsmanager::SecretsManager),
        ),
        ("sns", Box::new(crate::sns::Sns)),
        ("sqs", Box::new(crate::sqs::Sqs)),
        ("ssm", Box::new(crate::ssm::Ssm)),
        ("sts", Box::new(crate::sts::Sts)),
    ])
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
    service_name: &str,
    request: &Request,
) -> ServiceResult<Response> {
    let services = all();
    let Some(service) = services.get(service_name) else {
        return Err(ServiceError::not_implemented(format!(
            "the service {service_name}"
        )));
    };
    let call = Call {
        request_id: world.ids.uuid(),
        principal,
        now: world.clock.now(),
    };
    let outcome = checked(world, service_name, service.as_ref(), &call, request).await;
    match outcome {
        Ok(response) => Ok(response),
        Err(error) if error.is_not_implemented() => Err(error),
        Err(error) => Ok(service.refusal(&error, &call.request_id)),
    }
}

async fn checked(
    world: &Arc<World>,
    service_name: &str,
    service: &dyn Service,
    call: &Call,
    request: &Request,
) -> ServiceResult<Response> {
    let route = service.route(request)?;
    let traffic = &world.traffic;
    let strike = |moment| traffic.strike(service_name, route.operation, moment, request);
    traffic.count(service_name, route.operation);
    if !strike(Moment::Before).await? {
        return Err(dropped());
    }
    service.authorize(world, &call.principal, &route, request)?;
    let outcome = service.handle(world, call, &route, request).await;
    if !strike(Moment::After).await? {
        return Err(dropped());
    }
    outcome
}

/// A caller inside has no connection to lose: to it, the service is not there.
fn dropped() -> ServiceError {
    ServiceError::new(
        503,
        "ServiceUnavailable",
        "the connection was dropped by a fault rule",
    )
}
