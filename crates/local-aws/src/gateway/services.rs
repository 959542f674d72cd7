//! The services behind the gateway, and calls between them.

use std::sync::Arc;

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::faults::Moment;
use crate::core::service::{Call, Principal, Request, Service};
use crate::core::wire::response::Response;
use crate::core::world::World;

/// Every service with its name in the SigV4 credential scope.
const ALL: &[(&str, &dyn Service)] = &[
    ("apigateway", &crate::apigateway::ApiGateway),
    ("cloudformation", &crate::cloudformation::CloudFormation),
    ("connect", &crate::connect::Connect),
    ("dynamodb", &crate::dynamodb::DynamoDb),
    ("iam", &crate::iam::Iam),
    ("lambda", &crate::lambda::Lambda),
    ("logs", &crate::logs::Logs),
    ("monitoring", &crate::cloudwatch::CloudWatch),
    ("pipes", &crate::pipes::Pipes),
    ("s3", &crate::s3::S3),
    ("secretsmanager", &crate::secretsmanager::SecretsManager),
    ("sns", &crate::sns::Sns),
    ("sqs", &crate::sqs::Sqs),
    ("ssm", &crate::ssm::Ssm),
    ("sts", &crate::sts::Sts),
];

/// The service of that name in the SigV4 credential scope.
pub fn find(name: &str) -> Option<&'static dyn Service> {
    ALL.iter()
        .find(|(known, _)| *known == name)
        .map(|(_, service)| *service)
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
    let Some(service) = find(service_name) else {
        return Err(ServiceError::not_implemented(format!(
            "the service {service_name}"
        )));
    };
    let call = Call {
        request_id: world.ids.uuid(),
        principal,
        now: world.clock.now(),
    };
    let outcome = checked(world, service_name, service, &call, request).await;
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
