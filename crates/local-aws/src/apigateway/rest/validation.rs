//! The method request held against its validator.

use super::exchange::Exchange;
use super::gateway_response::Refusal;
use super::media;
use super::model::Method;
use super::schema;
use super::template::Location;

/// Refuses a request that the method's validator refuses.
pub(super) fn check(exchange: &Exchange<'_>, method: &Method) -> Result<(), Refusal> {
    let definition = &exchange.compiled.definition;
    let validator = method
        .validator
        .as_ref()
        .and_then(|id| definition.validators.get(id));
    let Some(validator) = validator else {
        return Ok(());
    };
    if validator.parameters {
        parameters(exchange, method)?;
    }
    if validator.body {
        body(exchange, method)?;
    }
    Ok(())
}

fn parameters(exchange: &Exchange<'_>, method: &Method) -> Result<(), Refusal> {
    let missing: Vec<&str> = method
        .request_parameters
        .iter()
        .filter(|(_, required)| **required)
        .filter_map(|(name, _)| name.strip_prefix("method.request.")?.split_once('.'))
        .filter(|(location, name)| {
            let value = Location::parse(location)
                .and_then(|location| exchange.parameters.get(location, name));
            value.is_none_or(|value| value.trim().is_empty())
        })
        .map(|(_, name)| name)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!(
        "Missing required request parameters: [{}]",
        missing.join(", ")
    );
    Err(Refusal {
        validation: Some(message.clone()),
        ..Refusal::new("BAD_REQUEST_PARAMETERS", message)
    })
}

/// A body whose type no model is for is not checked.
fn body(exchange: &Exchange<'_>, method: &Method) -> Result<(), Refusal> {
    let models = &method.request_models;
    let model = media::for_body(models, exchange.content_type()).or_else(|| models.get("$default"));
    let Some(schema) = model.and_then(|model| exchange.compiled.schema(model)) else {
        return Ok(());
    };
    let text = String::from_utf8_lossy(&exchange.request.body);
    match schema::problems(schema, &text) {
        None => Ok(()),
        Some(problems) => Err(Refusal {
            validation: Some(problems),
            ..Refusal::new("BAD_REQUEST_BODY", "Invalid request body")
        }),
    }
}
