//! REST APIs and their parts as the control plane answers them.

use serde_json::{Map, Value, json};

use super::gateway_response::{TEMPLATE, TYPES};
use super::model::{
    Deployment, GatewayResponse, Integration, IntegrationResponse, Method, MethodResponse, Model,
    Resource, RestApi, Stage, Validator,
};

/// An object without the members that are null or empty lists and maps.
fn object(value: Value) -> Value {
    let told = |value: &Value| match value {
        Value::Null => false,
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    };
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| told(value))
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

pub(super) fn api(api: &RestApi) -> Value {
    object(json!({
        "apiKeySource": "HEADER",
        "binaryMediaTypes": api.definition.binary_media_types,
        "createdDate": api.created.as_second(),
        "description": api.description,
        "disableExecuteApiEndpoint": api.definition.disable_execute_api_endpoint,
        "endpointAccessMode": api.security.access_mode,
        "endpointConfiguration": {"types": [api.endpoint_type], "ipAddressType": "ipv4"},
        "id": api.id,
        "name": api.name,
        "rootResourceId": api.definition.root,
        "securityPolicy": api.security.policy.as_deref().unwrap_or("TLS_1_0"),
        "tags": api.tags,
    }))
}

/// A resource; its methods in full when they are wanted.
pub(super) fn resource(id: &str, resource: &Resource, methods: bool) -> Value {
    let methods: Map<String, Value> = resource
        .methods
        .iter()
        .map(|(verb, known)| {
            let value = if methods {
                method(id, verb, known)
            } else {
                json!({})
            };
            (verb.clone(), value)
        })
        .collect();
    object(json!({
        "id": id,
        "parentId": resource.parent,
        "path": resource.path,
        "pathPart": resource.parent.as_ref().map(|_| &resource.part),
        "resourceMethods": methods,
    }))
}

pub(super) fn method(resource: &str, verb: &str, method: &Method) -> Value {
    let responses: Map<String, Value> = method
        .responses
        .iter()
        .map(|(status, response)| (status.clone(), method_response(status, response)))
        .collect();
    object(json!({
        "apiKeyRequired": false,
        "authorizationType": "NONE",
        "httpMethod": verb,
        "methodIntegration": method.integration.as_ref().map(|known| integration(resource, known)),
        "methodResponses": responses,
        "operationName": method.operation_name,
        "requestModels": method.request_models,
        "requestParameters": method.request_parameters,
        "requestValidatorId": method.validator,
    }))
}

pub(super) fn method_response(status: &str, response: &MethodResponse) -> Value {
    object(json!({
        "responseModels": response.models,
        "responseParameters": response.parameters,
        "statusCode": status,
    }))
}

pub(super) fn integration(resource: &str, integration: &Integration) -> Value {
    let responses: Map<String, Value> = integration
        .responses
        .iter()
        .map(|response| (response.status.clone(), integration_response(response)))
        .collect();
    object(json!({
        "cacheNamespace": resource,
        "contentHandling": integration.content_handling.map(super::model::ContentHandling::as_str),
        "credentials": integration.credentials,
        "httpMethod": integration.http_method,
        "integrationResponses": responses,
        "passthroughBehavior": integration.passthrough.as_str(),
        "requestParameters": integration.request_parameters,
        "requestTemplates": integration.request_templates,
        "timeoutInMillis": integration.timeout_in_millis,
        "type": integration.kind.as_str(),
        "uri": integration.uri,
    }))
}

pub(super) fn integration_response(response: &IntegrationResponse) -> Value {
    object(json!({
        "contentHandling": response.content_handling.map(super::model::ContentHandling::as_str),
        "responseParameters": response.parameters,
        "responseTemplates": response.templates,
        "selectionPattern": response.selection_pattern,
        "statusCode": response.status,
    }))
}

pub(super) fn model(name: &str, model: &Model) -> Value {
    object(json!({
        "contentType": model.content_type,
        "description": model.description,
        "id": model.id,
        "name": name,
        "schema": serde_json::to_string_pretty(&model.schema).unwrap_or_default(),
    }))
}

pub(super) fn validator(id: &str, validator: &Validator) -> Value {
    object(json!({
        "id": id,
        "name": validator.name,
        "validateRequestBody": validator.body,
        "validateRequestParameters": validator.parameters,
    }))
}

pub(super) fn deployment(id: &str, deployment: &Deployment) -> Value {
    object(json!({
        "createdDate": deployment.created.as_second(),
        "description": deployment.description,
        "id": id,
    }))
}

/// `apiSummary`, which is told only when it is asked for.
pub(super) fn summary(deployment: &Deployment) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for (path, verb, _) in deployment.definition.methods() {
        let methods = paths.entry(path).or_insert_with(|| json!({}));
        methods[verb] = json!({"authorizationType": "NONE", "apiKeyRequired": false});
    }
    Value::Object(paths)
}

pub(super) fn stage(name: &str, stage: &Stage) -> Value {
    let settings = &stage.settings;
    let methods: Map<String, Value> = settings
        .methods
        .iter()
        .map(|(key, method)| {
            let throttling = &method.throttling;
            let value = json!({
                "cacheDataEncrypted": false,
                "cacheTtlInSeconds": 300,
                "cachingEnabled": false,
                "dataTraceEnabled": method.data_trace.unwrap_or_default(),
                "loggingLevel": method.logging_level.as_deref().unwrap_or("OFF"),
                "metricsEnabled": method.metrics.unwrap_or_default(),
                "requireAuthorizationForCacheControl": true,
                "throttlingBurstLimit": throttling.burst_limit.unwrap_or(5_000.0).trunc() as i64,
                "throttlingRateLimit": throttling.rate_limit.unwrap_or(10_000.0),
                "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
            });
            (key.clone(), value)
        })
        .collect();
    let mut value = object(json!({
        "accessLogSettings": settings.access_log.as_ref().map(|log| json!({
            "destinationArn": log.destination_arn.trim_end_matches(":*"),
            "format": log.format,
        })),
        "cacheClusterEnabled": false,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "createdDate": stage.created.as_second(),
        "deploymentId": settings.deployment,
        "description": settings.description,
        "lastUpdatedDate": stage.updated.as_second(),
        "stageName": name,
        "tags": stage.tags,
        "tracingEnabled": settings.tracing,
        "variables": settings.variables,
    }));
    value["methodSettings"] = Value::Object(methods);
    value
}

/// A gateway response of the API, or what holds without one.
pub(super) fn gateway_response(kind: &str, own: Option<&GatewayResponse>) -> Value {
    let of_type = TYPES
        .iter()
        .find(|(known, _)| *known == kind)
        .and_then(|(_, status)| *status);
    let status = own.and_then(|own| own.status).or(of_type);
    let templates = match own {
        Some(own) if !own.templates.is_empty() => json!(own.templates),
        _ => json!({"application/json": TEMPLATE}),
    };
    let mut value = object(json!({
        "defaultResponse": own.is_none(),
        "responseType": kind,
        "statusCode": status.map(|status| status.to_string()),
    }));
    value["responseParameters"] = json!(own.map(|own| own.parameters.clone()).unwrap_or_default());
    value["responseTemplates"] = templates;
    value
}
