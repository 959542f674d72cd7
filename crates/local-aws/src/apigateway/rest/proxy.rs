//! A function that gets the request as it is and answers for itself: payload
//! format 1.0 (AWS docs, "Lambda proxy integrations in API Gateway").

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::exchange::Exchange;
use super::gateway_response::Refusal;
use super::integrate::{Outcome, timed_out};
use super::media;
use super::model::Integration;
use super::target::Target;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Principal;
use crate::core::wire::response::Response;
use crate::core::world::{ACCOUNT, World};
use crate::lambda::{self, InvokeRequest};

/// Invokes the function.
///
/// # Errors
/// What the embedded AWS does not implement.
pub(super) async fn answer(
    world: &Arc<World>,
    exchange: &mut Exchange<'_>,
    integration: &Integration,
) -> ServiceResult<Outcome> {
    let Target::Function(function) = Target::of(integration, &exchange.settings.variables)? else {
        return Ok(Err(Refusal::configuration(
            "the integration is no function",
        )));
    };
    let path = exchange.context["resourcePath"].as_str().unwrap_or("/");
    let source_arn = format!(
        "arn:aws:execute-api:{}:{ACCOUNT}:{}/{}/{}{path}",
        world.region, exchange.api, exchange.stage, exchange.request.method
    );
    let caller = Principal::Service {
        service: "apigateway.amazonaws.com".to_owned(),
        source_arn,
    };
    let request = InvokeRequest {
        time_limit: Some(integration.time_limit()),
        ..InvokeRequest::new(&function, event(exchange).to_string(), caller)
    };
    let begun = world.clock.now();
    let invoked = lambda::invoke(world, request).await;
    let took = world.clock.now().as_millisecond() - begun.as_millisecond();
    exchange.integration_latency = Some(took);
    let invoked = match invoked {
        Ok(invoked) => invoked,
        Err(error) if error.is_not_implemented() => return Err(error),
        Err(error) => return Ok(Err(not_invoked(&error))),
    };
    exchange.integration_status = Some(200);
    if invoked.function_error.is_some() {
        let problem = String::from_utf8_lossy(&invoked.payload).into_owned();
        return Ok(Err(bad_gateway(problem)));
    }
    let binary = &exchange.compiled.definition.binary_media_types;
    let first = exchange
        .accept()
        .and_then(|accept| accept.split(',').next());
    let decodes = media::is_binary(binary, first);
    Ok(response(&invoked.payload, decodes)
        .ok_or_else(|| bad_gateway("Malformed Lambda proxy response".to_owned())))
}

fn not_invoked(error: &ServiceError) -> Refusal {
    if error.code == lambda::TIME_LIMIT_EXCEEDED {
        return timed_out();
    }
    Refusal::configuration(error.to_string())
}

/// The function failed or answered something that is no response.
fn bad_gateway(problem: String) -> Refusal {
    Refusal {
        status: Some(502),
        problem: Some(format!(
            "Execution failed due to configuration error: {problem}"
        )),
        ..Refusal::new("DEFAULT_5XX", "Internal server error")
    }
}

fn event(exchange: &Exchange<'_>) -> Value {
    let request = exchange.request;
    let some = |map: &BTreeMap<String, String>| (!map.is_empty()).then(|| json!(map));
    let mut many: Map<String, Value> = Map::new();
    for (name, value) in &request.query {
        if let Some(Value::Array(values)) = many.get_mut(name) {
            values.push(value.as_str().into());
        } else {
            many.insert(name.clone(), json!([value]));
        }
    }
    let headers = &exchange.parameters.header;
    let multi: Map<String, Value> = headers
        .iter()
        .map(|(name, last)| {
            let all: Vec<String> = request
                .headers
                .get_all(name.as_str())
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
                .collect();
            let all = if all.is_empty() {
                vec![last.clone()]
            } else {
                all
            };
            (name.clone(), json!(all))
        })
        .collect();
    let binary = media::is_binary(
        &exchange.compiled.definition.binary_media_types,
        exchange.content_type(),
    );
    let body = match request.body.as_ref() {
        [] => Value::Null,
        body if binary => STANDARD.encode(body).into(),
        body => String::from_utf8_lossy(body).into(),
    };
    json!({
        "resource": exchange.context["resourcePath"],
        "path": exchange.path,
        "httpMethod": request.method.as_str(),
        "headers": headers,
        "multiValueHeaders": multi,
        "queryStringParameters": some(&exchange.parameters.querystring),
        "multiValueQueryStringParameters": (!many.is_empty()).then_some(many),
        "pathParameters": some(&exchange.parameters.path),
        "stageVariables": some(&exchange.settings.variables),
        "requestContext": exchange.context,
        "body": body,
        "isBase64Encoded": binary && !request.body.is_empty(),
    })
}

/// A function's answer as a response; `None` when it is none.
fn response(payload: &[u8], decodes: bool) -> Option<Response> {
    let value: Value = serde_json::from_slice(payload).ok()?;
    let members = value.as_object()?;
    let known = [
        "statusCode",
        "headers",
        "multiValueHeaders",
        "body",
        "isBase64Encoded",
    ];
    if members.keys().any(|name| !known.contains(&name.as_str())) {
        return None;
    }
    let status = match value.get("statusCode")? {
        Value::String(text) => text.parse().ok()?,
        other => u16::try_from(other.as_u64()?).ok()?,
    };
    if !(100..600).contains(&status) {
        return None;
    }
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, value) in object(value.get("headers"))? {
        headers.push((name.to_ascii_lowercase(), scalar(value)?));
    }
    for (name, values) in object(value.get("multiValueHeaders"))? {
        let name = name.to_ascii_lowercase();
        headers.retain(|(known, _)| *known != name);
        for value in values.as_array()? {
            headers.push((name.clone(), scalar(value)?));
        }
    }
    if !headers.iter().any(|(name, _)| name == "content-type") {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    let encoded = match value.get("isBase64Encoded") {
        None | Some(Value::Null) => false,
        Some(flag) => flag.as_bool()?,
    };
    let body = match value.get("body") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::String(text)) if encoded && decodes => STANDARD.decode(text).ok()?,
        Some(Value::String(text)) => text.clone().into_bytes(),
        Some(_) => return None,
    };
    Some(Response {
        status,
        headers,
        body: body.into(),
    })
}

fn object(value: Option<&Value>) -> Option<Map<String, Value>> {
    match value {
        None | Some(Value::Null) => Some(Map::new()),
        Some(value) => value.as_object().cloned(),
    }
}

fn scalar(value: impl std::borrow::Borrow<Value>) -> Option<String> {
    crate::core::property::scalar(value.borrow())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_functions_answer() {
        let answered = |value: Value, decodes| {
            let response = response(value.to_string().as_bytes(), decodes)?;
            Some((
                response.status,
                response.headers,
                String::from_utf8(response.body.to_vec()).unwrap(),
            ))
        };
        let (status, headers, body) = answered(
            json!({"statusCode": "201", "headers": {"X-A": 1}, "multiValueHeaders": {"Set-Cookie": ["a", "b"]}, "body": "hi"}),
            false,
        )
        .unwrap();
        assert_eq!((status, body.as_str()), (201, "hi"));
        let headers: Vec<String> = headers.iter().map(|(n, v)| format!("{n}: {v}")).collect();
        assert_eq!(
            headers,
            [
                "x-a: 1",
                "set-cookie: a",
                "set-cookie: b",
                "content-type: application/json"
            ]
        );
        let encoded = json!({"statusCode": 200, "body": "aGk=", "isBase64Encoded": true});
        assert_eq!(answered(encoded.clone(), false).unwrap().2, "aGk=");
        assert_eq!(answered(encoded, true).unwrap().2, "hi");
        for wrong in [
            json!({"body": "x"}),
            json!({"statusCode": 200, "body": {}}),
            json!({"statusCode": 200, "other": 1}),
            json!({"statusCode": 99}),
            json!("x"),
        ] {
            assert!(answered(wrong.clone(), false).is_none(), "{wrong}");
        }
    }
}
