//! APIs and their parts as `GetApi` and its like answer them.

use serde_json::{Map, Value, json};

use super::apis::{Api, Cors, Integration, Route, RouteSettings, Stage};
use crate::core::world::World;

/// The URL of an API on AWS, without a slash at the end: what a stack is told, whose outputs
/// [`super::local_url`] turns into what is served when they are read.
pub(super) fn endpoint_on_aws(world: &World, id: &str) -> String {
    format!("https://{id}.execute-api.{}.amazonaws.com", world.region)
}

/// The URL of an API here, without a slash at the end. The port is that which is served now.
pub(super) fn endpoint(world: &World, id: &str) -> String {
    let prefix = super::execute::PREFIX;
    format!("{}{prefix}{id}", world.public_url())
}

/// An object without the members that are null.
fn object(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

fn date(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

pub(super) fn api(world: &World, api: &Api) -> Value {
    object(json!({
        "apiEndpoint": endpoint(world, &api.id),
        "apiId": api.id,
        "apiKeySelectionExpression": "$request.header.x-api-key",
        "corsConfiguration": api.settings.cors.as_ref().map(cors),
        "createdDate": date(api.created),
        "description": api.settings.description,
        "disableExecuteApiEndpoint": api.settings.disable_execute_api_endpoint,
        "ipAddressType": "ipv4",
        "name": api.settings.name,
        "protocolType": "HTTP",
        "routeSelectionExpression": "$request.method $request.path",
        "tags": api.tags,
    }))
}

fn cors(cors: &Cors) -> Value {
    let list = |items: &[String]| (!items.is_empty()).then(|| items.to_vec());
    object(json!({
        "allowCredentials": cors.allow_credentials,
        "allowHeaders": list(&cors.allow_headers),
        "allowMethods": list(&cors.allow_methods),
        "allowOrigins": list(&cors.allow_origins),
        "exposeHeaders": list(&cors.expose_headers),
        "maxAge": cors.max_age,
    }))
}

pub(super) fn integration(id: &str, integration: &Integration) -> Value {
    object(json!({
        "connectionType": "INTERNET",
        "description": integration.description,
        "integrationId": id,
        "integrationMethod": "POST",
        "integrationType": "AWS_PROXY",
        "integrationUri": integration.uri,
        "payloadFormatVersion": "2.0",
        "timeoutInMillis": integration.timeout_in_millis,
    }))
}

pub(super) fn route(id: &str, route: &Route) -> Value {
    object(json!({
        "apiKeyRequired": false,
        "authorizationType": "NONE",
        "routeId": id,
        "routeKey": route.key,
        "target": route.target,
    }))
}

pub(super) fn stage(name: &str, stage: &Stage) -> Value {
    let settings = &stage.settings;
    object(json!({
        "accessLogSettings": settings.access_log.as_ref().map(|log| json!({
            "destinationArn": log.destination_arn.trim_end_matches(":*"),
            "format": log.format,
        })),
        "autoDeploy": true,
        "createdDate": date(stage.created),
        "defaultRouteSettings": route_settings(&settings.default_route.unwrap_or_default()),
        "description": settings.description,
        "routeSettings": settings
            .routes
            .iter()
            .map(|(key, settings)| (key.clone(), route_settings(settings)))
            .collect::<Map<_, _>>(),
        "stageName": name,
        "stageVariables": settings.variables,
        "tags": stage.tags,
    }))
}

fn route_settings(settings: &RouteSettings) -> Value {
    object(json!({
        "detailedMetricsEnabled": false,
        // The model has an integer here.
        "throttlingBurstLimit": settings.burst_limit.map(|limit| limit.trunc() as i64),
        "throttlingRateLimit": settings.rate_limit,
    }))
}
