//! What is told to CloudWatch of an answer (AWS docs, "Amazon API Gateway dimensions and metrics").

use super::exchange::Exchange;
use crate::cloudwatch::record;
use crate::core::error::ServiceResult;
use crate::core::metric::{Known, Metric};
use crate::core::wire::response::Response;
use crate::core::world::World;

/// AWS docs, "Amazon API Gateway dimensions and metrics"; those of REST APIs.
const METRICS: &[&str] = &["4XXError", "5XXError", "Count"];
const DIMENSIONS: &[&[&str]] = &[&["ApiName"], &["ApiName", "Stage"]];

/// What is known of a metric of API Gateway.
pub(in crate::apigateway) fn known(
    world: &World,
    metric: &Metric<'_>,
) -> ServiceResult<Option<Known>> {
    if metric.namespace != "AWS/ApiGateway" || !metric.is_one_of(METRICS, DIMENSIONS) {
        return Ok(None);
    }
    let missing = metric.dimension("ApiName").filter(|name| {
        let is_there = |state: &crate::core::state::State| {
            let apis = &state.of::<crate::apigateway::State>().rest.apis;
            apis.values().any(|api| api.name == *name)
        };
        !world.read(is_there)
    });
    Ok(Some(match missing {
        Some(name) => Known::No(format!("there is no REST API named {name}")),
        None => Known::Recorded,
    }))
}

/// An answer of a stage, by the API and by the stage.
pub(super) fn answered(world: &World, exchange: &Exchange<'_>, response: &Response) {
    let name = world.read(|state| {
        let api = state
            .of::<crate::apigateway::State>()
            .rest
            .apis
            .get(exchange.api)?;
        Some(api.name.clone())
    });
    // Deleted meanwhile: nobody watches it any more.
    let Some(name) = name else {
        return;
    };
    let is = |hundreds: u16| f64::from(u8::from(response.status / 100 == hundreds));
    record(
        world,
        "AWS/ApiGateway",
        &[("4XXError", is(4)), ("5XXError", is(5)), ("Count", 1.0)],
        &[
            &[("ApiName", &name)],
            &[("ApiName", &name), ("Stage", exchange.stage)],
        ],
    );
}
