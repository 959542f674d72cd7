//! The control plane: what the API answers to those who look.

use serde_json::{Value, json};

use super::apis::not_found;
use super::check_method;
use super::control_domains;
use super::describe;
use super::gateway_response::TYPES;
use super::model::{Deployment, Method, Resource, RestApi};
use crate::apigateway::apis::bad_request;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Call, Request, Route};
use crate::core::wire::response::Response;
use crate::core::world::World;

/// What of REST APIs is implemented.
pub const IMPLEMENTED: &[&str] = &[
    "CreateBasePathMapping",
    "CreateDomainName",
    "DeleteBasePathMapping",
    "DeleteDomainName",
    "GetAccount",
    "GetBasePathMapping",
    "GetBasePathMappings",
    "GetDeployment",
    "GetDeployments",
    "GetDomainName",
    "GetDomainNames",
    "GetGatewayResponse",
    "GetGatewayResponses",
    "GetIntegration",
    "GetIntegrationResponse",
    "GetMethod",
    "GetMethodResponse",
    "GetModel",
    "GetModels",
    "GetRequestValidator",
    "GetRequestValidators",
    "GetResource",
    "GetResources",
    "GetRestApi",
    "GetRestApis",
    "GetStage",
    "GetStages",
    "UpdateBasePathMapping",
    "UpdateDomainName",
];

/// Whether a route is one of these.
pub fn owns(request: &Request) -> bool {
    ["/restapis", "/account", "/domainnames"]
        .iter()
        .any(|start| request.path.starts_with(start))
}

/// Answers.
///
/// # Errors
/// `BadRequestException`, `NotFoundException`.
pub fn handle(
    world: &World,
    call: &Call,
    route: &Route,
    request: &Request,
) -> ServiceResult<Response> {
    if control_domains::owns(request) {
        return control_domains::handle(world, call, route, request);
    }
    check(route)?;
    let value = world.read(|state| {
        let rest = &state.of::<crate::apigateway::State>().rest;
        match route.operation {
            "GetAccount" => {
                let mut account = json!({
                    "apiKeyVersion": "4",
                    "features": [],
                    "throttleSettings": {"burstLimit": 5_000, "rateLimit": 10_000.0},
                });
                if let Some(role) = &rest.log_role {
                    account["cloudwatchRoleArn"] = json!(role);
                }
                Ok(account)
            }
            "GetRestApis" => page(rest.apis.values().map(describe::api).collect(), request),
            operation => of_api(
                rest.api(route.label("restapi_id"))?,
                operation,
                route,
                request,
            ),
        }
    })?;
    Response::json(&value)
}

/// What the service model says of labels, looked at before the state is.
fn check(route: &Route) -> ServiceResult<()> {
    // GetMethodResponse has no error for it: such a status is not found.
    let status = route.label("status_code");
    if route.operation == "GetIntegrationResponse" && !check_method::is_status(status) {
        return Err(bad_request("Invalid status code"));
    }
    let name = route.label("response_type");
    if route.operation == "GetGatewayResponse" && !TYPES.iter().any(|(kind, _)| *kind == name) {
        return Err(bad_request(format!("Invalid response type: {name}")));
    }
    Ok(())
}

fn of_api(
    api: &RestApi,
    operation: &str,
    route: &Route,
    request: &Request,
) -> ServiceResult<Value> {
    let definition = &api.definition;
    let name = [
        "deployment_id",
        "model_name",
        "requestvalidator_id",
        "response_type",
        "stage_name",
    ]
    .into_iter()
    .find_map(|label| route.labels.get(label))
    .map_or("", String::as_str);
    let resource = || {
        let id = route.label("resource_id");
        definition
            .resources
            .get_key_value(id)
            .ok_or_else(|| not_found("Resource"))
    };
    let method = || -> ServiceResult<(&String, &String, &Method)> {
        let (id, resource): (&String, &Resource) = resource()?;
        let (verb, method) = resource
            .methods
            .get_key_value(route.label("http_method"))
            .ok_or_else(|| not_found("Method"))?;
        Ok((id, verb, method))
    };
    let status = route.label("status_code");
    match operation {
        "GetRestApi" => Ok(describe::api(api)),
        "GetResources" => {
            let embeds = embeds(request, "methods")?;
            let resources = definition.resources.iter();
            page(
                resources
                    .map(|(id, resource)| describe::resource(id, resource, embeds))
                    .collect(),
                request,
            )
        }
        "GetResource" => {
            let embeds = embeds(request, "methods")?;
            let (id, resource) = resource()?;
            Ok(describe::resource(id, resource, embeds))
        }
        "GetMethod" => {
            let (id, verb, method) = method()?;
            Ok(describe::method(id, verb, method))
        }
        "GetMethodResponse" => method()?
            .2
            .responses
            .get_key_value(status)
            .map(|(status, response)| describe::method_response(status, response))
            .ok_or_else(|| not_found("Response status code")),
        "GetIntegration" => {
            let (id, _, method) = method()?;
            let integration = method.integration.as_ref();
            integration
                .map(|integration| describe::integration(id, integration))
                .ok_or_else(|| not_found("Integration"))
        }
        "GetIntegrationResponse" => {
            let integration = method()?.2.integration.as_ref();
            integration
                .and_then(|integration| {
                    integration
                        .responses
                        .iter()
                        .find(|response| response.status == status)
                })
                .map(describe::integration_response)
                .ok_or_else(|| not_found("Response status code"))
        }
        "GetModels" => {
            let models = definition.models.iter();
            page(
                models
                    .map(|(name, model)| describe::model(name, model))
                    .collect(),
                request,
            )
        }
        "GetModel" => {
            refuse_query(request, "flatten")?;
            definition
                .models
                .get(name)
                .map(|model| describe::model(name, model))
                .ok_or_else(|| not_found("Model"))
        }
        "GetRequestValidators" => {
            let validators = definition.validators.iter();
            page(
                validators
                    .map(|(id, known)| describe::validator(id, known))
                    .collect(),
                request,
            )
        }
        "GetRequestValidator" => definition
            .validators
            .get(name)
            .map(|validator| describe::validator(name, validator))
            .ok_or_else(|| not_found("Request Validator")),
        "GetStages" => {
            let wanted = request.query_value("deploymentId");
            let stages: Vec<Value> = api
                .stages
                .iter()
                .filter(|(_, stage)| wanted.is_none_or(|id| id == stage.settings.deployment))
                .map(|(name, stage)| describe::stage(name, stage))
                .collect();
            Ok(json!({ "item": stages }))
        }
        "GetStage" => api
            .stages
            .get(name)
            .map(|stage| describe::stage(name, stage))
            .ok_or_else(|| not_found("Stage")),
        "GetDeployments" => {
            let deployments = api.deployments.iter();
            page(
                deployments
                    .map(|(id, known)| describe::deployment(id, known))
                    .collect(),
                request,
            )
        }
        "GetDeployment" => {
            let embeds = embeds(request, "apisummary")?;
            let deployment: &Deployment = api
                .deployments
                .get(name)
                .ok_or_else(|| not_found("Deployment"))?;
            let mut value = describe::deployment(name, deployment);
            if embeds {
                value["apiSummary"] = describe::summary(deployment);
            }
            Ok(value)
        }
        "GetGatewayResponses" => {
            let own = &definition.gateway_responses;
            page(
                TYPES
                    .iter()
                    .map(|(kind, _)| describe::gateway_response(kind, own.get(*kind)))
                    .collect(),
                request,
            )
        }
        _ => Ok(describe::gateway_response(
            name,
            definition.gateway_responses.get(name),
        )),
    }
}

fn refuse_query(request: &Request, name: &str) -> ServiceResult<()> {
    match request.query_value(name) {
        Some(_) => Err(ServiceError::not_implemented(format!(
            "the parameter {name}"
        ))),
        None => Ok(()),
    }
}

/// Whether `embed` asks for the one thing that can be embedded.
fn embeds(request: &Request, known: &str) -> ServiceResult<bool> {
    let mut wanted = request
        .query
        .iter()
        .filter(|(name, _)| name == "embed")
        .peekable();
    let embeds = wanted.peek().is_some();
    match wanted.find(|(_, value)| value != known) {
        Some((_, other)) => Err(ServiceError::not_implemented(format!("embedding {other}"))),
        None => Ok(embeds),
    }
}

/// A page of items; the token is the offset of the next.
pub(super) fn page(items: Vec<Value>, request: &Request) -> ServiceResult<Value> {
    let number = |name: &str, default: usize| match request.query_value(name) {
        None => Ok(default),
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| bad_request(format!("Invalid {name} parameter specified"))),
    };
    let from = number("position", 0)?;
    let most = number("limit", 25)?.clamp(1, 500);
    let total = items.len();
    let listed: Vec<Value> = items.into_iter().skip(from).take(most).collect();
    let mut answer = json!({ "item": listed });
    if total > from.saturating_add(most) {
        answer["position"] = json!((from + most).to_string());
    }
    Ok(answer)
}
