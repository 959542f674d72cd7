//! What is told to CloudWatch of an answer (AWS docs, "Amazon API Gateway dimensions and metrics").

use super::exchange::Exchange;
use crate::cloudwatch::record;
use crate::core::wire::response::Response;
use crate::core::world::World;

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
