//! A stage as the internet sees it.

use std::sync::Arc;

use super::compiled::Compiled;
use super::exchange::Exchange;
use super::gateway_response::Refusal;
use super::model::{RestApi, StageSettings};
use super::{integrate, logging, matching, metrics, validation};
use crate::apigateway::answer;
use crate::core::error::ServiceResult;
use crate::core::service::Request;
use crate::core::wire::response::Response;
use crate::core::world::World;

/// The largest request (AWS docs, "API Gateway quotas").
const LARGEST: usize = 10 * 1024 * 1024;

/// What is needed of the state to answer.
struct Served {
    settings: StageSettings,
    compiled: Arc<Compiled>,
}

/// Answers a request to `/STAGE/…` of an API, which came by a custom domain name or not; `None`
/// when there is no such API.
///
/// # Errors
/// What the embedded AWS does not implement; what an API refuses is an answer.
pub async fn handle(
    world: &Arc<World>,
    request: &Request,
    id: &str,
    path: &str,
    by_domain: bool,
) -> ServiceResult<Option<Response>> {
    let rest = path.strip_prefix('/').unwrap_or(path);
    let (stage, below) = match rest.find('/') {
        Some(at) => (&rest[..at], &rest[at..]),
        None => (rest, "/"),
    };
    let served = world.read(|state| {
        let api = state.of::<crate::apigateway::State>().rest.apis.get(id)?;
        Some(served(world, api, stage, by_domain))
    });
    let Some(served) = served else {
        return Ok(None);
    };
    let now = world.clock.now();
    let request_id = world.ids.uuid();
    let extended_id = world.ids.token(
        15,
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
    ) + "=";
    let response = match served? {
        None => {
            answer::message(403, "Forbidden").with_header("x-amzn-errortype", "ForbiddenException")
        }
        Some(served) => {
            let mut exchange = Exchange::new(
                request,
                &world.region,
                (id, stage, below),
                &served.settings,
                served.compiled,
                request_id.clone(),
                &extended_id,
                now,
            );
            let outcome = run(world, &mut exchange).await.inspect_err(|error| {
                tracing::error!(api = id, stage, path = below, "{error}");
            })?;
            let (response, refusal) = match outcome {
                Ok(response) => (response, None),
                Err(refusal) => {
                    exchange.refused(&refusal);
                    let body = String::from_utf8_lossy(&request.body);
                    let responses = &exchange.compiled.definition.gateway_responses;
                    let sources = exchange.sources(&body, &[]);
                    let response = refusal.response(responses, &sources, exchange.accept());
                    (response, Some(refusal))
                }
            };
            logging::write(world, &exchange, &response, refusal.as_ref());
            metrics::answered(world, &exchange, &response);
            response
        }
    };
    Ok(Some(
        response
            .with_header("x-amzn-requestid", request_id)
            .with_header("x-amz-apigw-id", extended_id),
    ))
}

/// The stage, ready to answer; `None` when it may not be called.
fn served(
    world: &World,
    api: &RestApi,
    stage: &str,
    by_domain: bool,
) -> ServiceResult<Option<Served>> {
    let Some(stage) = api.stages.get(stage) else {
        return Ok(None);
    };
    let deployment = &stage.settings.deployment;
    let compiled =
        world
            .handle::<crate::apigateway::rest::Cache>()
            .get(&api.id, deployment, || {
                api.deployments
                    .get(deployment)
                    .map(|deployment| deployment.definition.clone())
            })?;
    Ok(compiled
        .filter(|compiled| by_domain || !compiled.definition.disable_execute_api_endpoint)
        .map(|compiled| Served {
            settings: stage.settings.clone(),
            compiled,
        }))
}

async fn run(
    world: &Arc<World>,
    exchange: &mut Exchange<'_>,
) -> ServiceResult<Result<Response, Refusal>> {
    if exchange.request.body.len() > LARGEST {
        return Ok(Err(Refusal::new("REQUEST_TOO_LARGE", "Request Too Long")));
    }
    let compiled = Arc::clone(&exchange.compiled);
    let found = matching::find(&compiled.definition, exchange.path);
    let verb = exchange.request.method.as_str();
    let method = found
        .as_ref()
        .and_then(|found| Some((found, found.method(verb)?)));
    let Some((found, (declared_verb, method))) = method else {
        return Ok(Err(Refusal::new(
            "MISSING_AUTHENTICATION_TOKEN",
            "Missing Authentication Token",
        )));
    };
    exchange.arrived_at(found, declared_verb);
    let path = &found.resource.path;
    let throttling = exchange.method.throttling;
    let bucket = format!("{}/{}/{declared_verb}{path}", exchange.api, exchange.stage);
    if !world
        .handle::<crate::apigateway::Throttles>()
        .admit(&bucket, throttling, exchange.now)
    {
        return Ok(Err(Refusal::new("THROTTLED", "Too Many Requests")));
    }
    if let Err(refusal) = validation::check(exchange, method) {
        return Ok(Err(refusal));
    }
    let Some(integration) = &method.integration else {
        return Ok(Err(Refusal::configuration(
            "No integration defined for method",
        )));
    };
    integrate::answer(world, exchange, method, integration).await
}
