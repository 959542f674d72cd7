//! Access logs, and execution logs as far as `LoggingLevel` asks for them;
//! both are written with the account's role for CloudWatch Logs.

use std::collections::BTreeMap;

use serde_json::Value;

use super::exchange::Exchange;
use super::gateway_response::{Refusal, variable};
use super::services;
use crate::apigateway::access_log;
use crate::core::wire::response::Response;
use crate::core::world::World;

/// Writes what the stage wants written. A log that cannot be written keeps no
/// request from being answered: a warning tells.
pub(super) fn write(
    world: &World,
    exchange: &Exchange<'_>,
    response: &Response,
    refusal: Option<&Refusal>,
) {
    if let Some(problem) = refusal.and_then(|refusal| refusal.problem.as_ref()) {
        tracing::warn!(
            api = exchange.api,
            stage = exchange.stage,
            path = exchange.path,
            "{problem}"
        );
    }
    let Some(role) = role(world) else {
        return;
    };
    if let Some(settings) = &exchange.settings.access_log {
        let group = access_log::group_name(&settings.destination_arn).unwrap_or_default();
        // The group of an access log must be there; API Gateway makes none.
        if world.read(|state| state.of::<crate::logs::State>().group(group).is_ok()) {
            let format = settings.format.trim_end_matches('\n');
            let values = values(world, exchange, response);
            append(world, &role, group, exchange, vec![fill(format, &values)]);
        }
    }
    let lines = execution(exchange, response, refusal);
    if !lines.is_empty() {
        let group = format!(
            "API-Gateway-Execution-Logs_{}/{}",
            exchange.api, exchange.stage
        );
        append(world, &role, &group, exchange, lines);
    }
}

fn role(world: &World) -> Option<String> {
    let arn = world.read(|state| state.of::<crate::apigateway::State>().rest.log_role.clone())?;
    match services::assumed_role(world, &arn) {
        Ok(Some(role)) => Some(role),
        Ok(None) => {
            tracing::warn!("API Gateway may not assume {arn}: nothing is logged");
            None
        }
        Err(error) => {
            tracing::warn!("{error}: nothing is logged");
            None
        }
    }
}

fn append(world: &World, role: &str, group: &str, exchange: &Exchange<'_>, lines: Vec<String>) {
    let now = world.clock.now();
    let events = lines.into_iter().map(|line| (now, line)).collect();
    let stream = exchange.now.strftime("%Y-%m-%d").to_string();
    let session = "BackplaneAssumeRoleSession";
    let written = crate::logs::append_for_role(world, role, session, group, &stream, events);
    if let Err(error) = written {
        tracing::warn!("{error}: {group} is not written");
    }
}

fn execution(
    exchange: &Exchange<'_>,
    response: &Response,
    refusal: Option<&Refusal>,
) -> Vec<String> {
    let path = exchange.context["resourcePath"].as_str().unwrap_or("*");
    let verb = exchange.request.method.as_str();
    let level = exchange.method.logging_level.as_deref().unwrap_or("OFF");
    let id = &exchange.request_id;
    let mut lines = Vec::new();
    if level == "INFO" {
        lines.push(format!("({id}) Starting execution for request: {id}"));
        lines.push(format!("({id}) HTTP Method: {verb}, Resource Path: {path}"));
    }
    if level != "OFF"
        && let Some(refusal) = refusal
    {
        let problem = refusal.problem.as_ref().unwrap_or(&refusal.message);
        lines.push(format!("({id}) {problem}"));
    }
    if level == "INFO" {
        lines.push(format!(
            "({id}) Method completed with status: {}",
            response.status
        ));
    }
    lines
}

fn values(
    world: &World,
    exchange: &Exchange<'_>,
    response: &Response,
) -> BTreeMap<&'static str, String> {
    let latency = world.clock.now().as_millisecond() - exchange.now.as_millisecond();
    let status = exchange.integration_status.map(|status| status.to_string());
    let took = exchange.integration_latency.map(|took| took.to_string());
    let more = [
        ("integration.latency", took.clone()),
        ("integration.status", status.clone()),
        ("integrationLatency", took),
        ("integrationStatus", status),
        ("responseLatency", Some(latency.to_string())),
        ("responseLength", Some(response.body.len().to_string())),
        ("status", Some(response.status.to_string())),
    ];
    let of_context = [
        "accountId",
        "apiId",
        "domainName",
        "domainPrefix",
        "error.message",
        "error.messageString",
        "error.responseType",
        "error.validationErrorString",
        "extendedRequestId",
        "httpMethod",
        "identity.sourceIp",
        "identity.userAgent",
        "path",
        "protocol",
        "requestId",
        "requestTime",
        "requestTimeEpoch",
        "resourceId",
        "resourcePath",
        "stage",
    ];
    of_context
        .into_iter()
        .map(|name| (name, variable(&exchange.context, name)))
        .chain(more)
        .filter_map(|(name, value)| Some((name, clean(name, value?))))
        .collect()
}

/// What comes from outside cannot end a line, nor a text in it.
fn clean(name: &str, value: String) -> String {
    match name {
        // A text with its quotes, or already escaped.
        "error.messageString" | "error.validationErrorString" => value,
        _ => {
            let quoted = Value::from(value).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
    }
}

fn fill(format: &str, values: &BTreeMap<&'static str, String>) -> String {
    let values = values
        .iter()
        .map(|(name, value)| (*name, value.clone()))
        .collect();
    access_log::line(format, &values)
}
