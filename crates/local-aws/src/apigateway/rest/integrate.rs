//! The integration of a method: the request is mapped, somebody answers, and
//! the answer is mapped back.

use std::sync::Arc;

use serde_json::Value;

use super::exchange::Exchange;
use super::gateway_response::Refusal;
use super::mapping::{Side, Source};
use super::model::{Integration, IntegrationKind, Method, Passthrough};
use super::target::Target;
use super::template::{self, Inputs, Location, Overrides, Rendered, TemplateError};
use super::{answer, media, proxy, services};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::response::Response;
use crate::core::world::World;

/// An answer, or why there is none.
pub(super) type Outcome = Result<Response, Refusal>;

/// A request as the integration gets it.
#[derive(Debug, Clone, Default)]
pub(super) struct Mapped {
    /// The body.
    pub body: Vec<u8>,
    /// `integration.request.…`
    pub parameters: Vec<(Location, String, String)>,
}

impl Mapped {
    /// Those of one place, in order.
    pub(super) fn of(&self, location: Location) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .filter(move |(known, _, _)| *known == location)
            .map(|(_, name, value)| (name.as_str(), value.as_str()))
    }
}

/// Lets the integration of a method answer.
///
/// # Errors
/// What the embedded AWS does not implement.
pub(super) async fn answer(
    world: &Arc<World>,
    exchange: &mut Exchange<'_>,
    method: &Method,
    integration: &Integration,
) -> ServiceResult<Outcome> {
    if integration.kind == IntegrationKind::AwsProxy {
        return proxy::answer(world, exchange, integration).await;
    }
    let mapped = match request(exchange, integration) {
        Ok(mapped) => mapped,
        Err(refused) => return refused.into_outcome(),
    };
    if integration.kind == IntegrationKind::Mock {
        let Some(status) = mock_status(&mapped.body) else {
            return Ok(Err(Refusal::configuration(
                "Unable to parse statusCode. It should be an integer that is defined in the request template.",
            )));
        };
        return match answer::map(exchange, method, integration, &Response::empty(status)) {
            Ok(response) => Ok(Ok(response)),
            Err(refused) => refused.into_outcome(),
        };
    }
    let target = Target::of(integration, &exchange.settings.variables)?;
    let begun = world.clock.now();
    let called = services::call(world, integration, &target, &mapped);
    let outcome = match tokio::time::timeout(integration.time_limit(), called).await {
        Ok(outcome) => outcome?,
        Err(_) => Err(timed_out()),
    };
    let took = world.clock.now().as_millisecond() - begun.as_millisecond();
    exchange.integration_latency = Some(took);
    let response = match outcome {
        Ok(response) => response,
        Err(refusal) => return Ok(Err(refusal)),
    };
    exchange.integration_status = Some(response.status);
    match answer::map(exchange, method, integration, &response) {
        Ok(response) => Ok(Ok(response)),
        Err(refused) => refused.into_outcome(),
    }
}

pub(super) fn timed_out() -> Refusal {
    Refusal {
        problem: Some("Execution failed due to a timeout error".to_owned()),
        ..Refusal::new("INTEGRATION_TIMEOUT", "Endpoint request timed out")
    }
}

/// Why a mapping failed.
pub(super) enum Refused {
    /// The API's answer to it.
    Refusal(Refusal),
    /// Not implemented here.
    Unknown(ServiceError),
}

impl Refused {
    fn into_outcome(self) -> ServiceResult<Outcome> {
        match self {
            Self::Refusal(refusal) => Ok(Err(refusal)),
            Self::Unknown(error) => Err(error),
        }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

/// Renders a template of the deployment.
pub(super) fn render(
    exchange: &Exchange<'_>,
    template: &str,
    body: &str,
    side: Side,
) -> Result<Rendered, Refused> {
    let compiled = exchange
        .compiled
        .template(template)
        .ok_or_else(|| Refused::Unknown(ServiceError::internal("a template was not compiled")))?;
    let inputs = Inputs {
        body,
        parameters: &exchange.parameters,
        context: &exchange.context,
        stage_variables: &exchange.settings.variables,
    };
    let rendered = template::render(compiled, &inputs).map_err(|error| match error {
        TemplateError::NotImplemented(what) => Refused::Unknown(ServiceError::not_implemented(
            format!("{what} in mapping templates"),
        )),
        TemplateError::Body(_) if side == Side::Request => {
            Refused::Refusal(Refusal::new("BAD_REQUEST_BODY", error.to_string()))
        }
        error => Refused::Refusal(Refusal::configuration(format!(
            "Unable to transform the {}: {error}",
            if side == Side::Request {
                "request"
            } else {
                "response"
            }
        ))),
    })?;
    let foreign = match side {
        Side::Request => {
            rendered.overrides.status.is_some() || !rendered.overrides.headers.is_empty()
        }
        _ => !rendered.overrides.request.is_empty(),
    };
    if foreign {
        return Err(Refused::Unknown(ServiceError::not_implemented(
            "responseOverride in a request template, or requestOverride in a response template",
        )));
    }
    Ok(rendered)
}

fn request(exchange: &Exchange<'_>, integration: &Integration) -> Result<Mapped, Refused> {
    let text = String::from_utf8_lossy(&exchange.request.body);
    let templates = &integration.request_templates;
    let (body, overrides) = match media::for_body(templates, exchange.content_type()) {
        Some(template) => {
            let rendered = render(exchange, template, &text, Side::Request)?;
            (rendered.text.into_bytes(), rendered.overrides)
        }
        None => {
            let passes = match integration.passthrough {
                Passthrough::WhenNoMatch => true,
                Passthrough::WhenNoTemplates => templates.is_empty(),
                Passthrough::Never => false,
            };
            if !passes {
                let refusal = Refusal::new("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type");
                return Err(refusal.into());
            }
            (exchange.request.body.to_vec(), Overrides::default())
        }
    };
    let sources = exchange.sources(&text, &[]);
    let mut parameters: Vec<(Location, String, String)> = integration
        .request_parameters
        .iter()
        .filter_map(|(to, from)| {
            let (location, name) = to.strip_prefix("integration.request.")?.split_once('.')?;
            let value = sources.value(&Source::parse(Side::Request, from)?)?;
            Some((Location::parse(location)?, name.to_owned(), value))
        })
        .collect();
    for (location, name, value) in overrides.request {
        parameters.retain(|(known, other, _)| (*known, other) != (location, &name));
        parameters.push((location, name, value));
    }
    Ok(Mapped { body, parameters })
}

fn mock_status(body: &[u8]) -> Option<u16> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let status = value.get("statusCode")?;
    let status = match status {
        Value::String(text) => text.parse().ok()?,
        other => u16::try_from(other.as_u64()?).ok()?,
    };
    (100..600).contains(&status).then_some(status)
}
