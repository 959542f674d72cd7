//! The integration's answer as the method's response.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::exchange::Exchange;
use super::gateway_response::Refusal;
use super::integrate::{Refused, render};
use super::mapping::{Side, Source};
use super::media;
use super::model::{ContentHandling, Integration, Method};
use crate::core::wire::response::Response;

/// Maps an answer by the integration response that its status selects.
pub(super) fn map(
    exchange: &Exchange<'_>,
    method: &Method,
    integration: &Integration,
    from: &Response,
) -> Result<Response, Refused> {
    let status = from.status.to_string();
    let selected = exchange.compiled.select(&integration.responses, &status);
    let Some(selected) = selected else {
        return Err(Refusal::configuration(
            "No match for output mapping and no default output mapping configured",
        )
        .into());
    };
    if !method.responses.contains_key(&selected.status) {
        return Err(Refusal::configuration(format!(
            "Output mapping refers to an invalid method response: {}",
            selected.status
        ))
        .into());
    }
    let text = String::from_utf8_lossy(&from.body);
    let template = media::for_answer(&selected.templates, exchange.accept());
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let mut set = |name: &str, value: String| {
        let name = name.to_ascii_lowercase();
        headers.retain(|(known, _)| *known != name);
        headers.push((name, value));
    };
    let mut overridden = Vec::new();
    let mut status = selected.status.parse().unwrap_or(500);
    let body = match template {
        Some((kind, template)) => {
            let rendered = render(exchange, template, &text, Side::Response)?;
            set("content-type", kind.to_owned());
            status = rendered.overrides.status.unwrap_or(status);
            overridden = rendered.overrides.headers;
            rendered.text.into_bytes()
        }
        None => passed(exchange, selected.content_handling, from)?,
    };
    let sources = exchange.sources(&text, &from.headers);
    for (to, expression) in &selected.parameters {
        let name = to.strip_prefix("method.response.header.").unwrap_or(to);
        let source = Source::parse(Side::Response, expression);
        if let Some(value) = source.and_then(|source| sources.value(&source)) {
            set(name, value);
        }
    }
    for (name, value) in overridden {
        set(&name, value);
    }
    Ok(Response {
        status,
        headers,
        body: body.into(),
    })
}

/// A body that no template is for (AWS docs, "API Gateway response content type
/// conversions").
fn passed(
    exchange: &Exchange<'_>,
    handling: Option<ContentHandling>,
    from: &Response,
) -> Result<Vec<u8>, Refusal> {
    let types = &exchange.compiled.definition.binary_media_types;
    let content_type = from
        .headers
        .iter()
        .find(|(name, _)| name == "content-type")
        .map(|(_, value)| value.as_str());
    let first = exchange
        .accept()
        .and_then(|accept| accept.split(',').next());
    let is_binary = media::is_binary(types, content_type);
    let wants_binary = match handling {
        None => media::is_binary(types, first),
        Some(handling) => handling == ContentHandling::ConvertToBinary,
    };
    match (is_binary, wants_binary) {
        (true, true) => Ok(from.body.to_vec()),
        (true, false) => Ok(STANDARD.encode(&from.body).into_bytes()),
        (false, true) => STANDARD
            .decode(&from.body)
            .map_err(|_| Refusal::configuration("Unable to base64 decode the body")),
        // What is no text is broken by it, as on AWS.
        (false, false) => Ok(String::from_utf8_lossy(&from.body)
            .into_owned()
            .into_bytes()),
    }
}
