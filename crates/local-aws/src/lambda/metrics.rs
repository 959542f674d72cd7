//! What is told to CloudWatch of an invocation (AWS docs, "Using CloudWatch metrics with Lambda").

use super::invoke::Invoked;
use super::names::FunctionName;
use crate::cloudwatch::record;
use crate::core::error::ServiceResult;
use crate::core::metric::{Known, Metric};
use crate::core::world::World;

/// AWS docs, "Using CloudWatch metrics with Lambda".
const METRICS: &[&str] = &["Duration", "Errors", "Invocations", "Throttles"];
const DIMENSIONS: &[&[&str]] = &[&[], &["FunctionName"], &["FunctionName", "Resource"]];

/// What is known of a metric of Lambda.
pub(super) fn known(world: &World, metric: &Metric<'_>) -> ServiceResult<Option<Known>> {
    if metric.namespace != "AWS/Lambda" || !metric.is_one_of(METRICS, DIMENSIONS) {
        return Ok(None);
    }
    let missing = metric.dimension("FunctionName").filter(|function| {
        let is_there = |state: &crate::core::state::State| {
            let functions = &state.of::<super::State>().functions;
            functions.contains_key(*function)
        };
        !world.read(is_there)
    });
    Ok(Some(match missing {
        Some(function) => Known::No(format!("there is no function named {function}")),
        None => Known::Recorded,
    }))
}

/// An invocation that was let in or not.
pub(super) fn throttled(world: &World, name: &FunctionName, refused: bool) {
    put(world, name, &[("Throttles", f64::from(u8::from(refused)))]);
}

/// An invocation that is over. Errors are of the function's code and of its runtime, a timeout
/// for one.
pub(super) fn invoked(world: &World, name: &FunctionName, invoked: &Invoked) {
    let failed = invoked.function_error.is_some();
    let values = [
        ("Duration", invoked.duration.as_secs_f64() * 1000.0),
        ("Errors", f64::from(u8::from(failed))),
        ("Invocations", 1.0),
    ];
    put(world, name, &values);
}

/// Under the dimensions that Lambda publishes: all functions, the function, and the function
/// as it was named, with its alias or version.
fn put(world: &World, name: &FunctionName, values: &[(&str, f64)]) {
    let function = ("FunctionName", name.name.as_str());
    let resource = match &name.qualifier {
        Some(qualifier) => format!("{}:{qualifier}", name.name),
        None => name.name.clone(),
    };
    let sets: [&[(&str, &str)]; 3] = [&[], &[function], &[function, ("Resource", &resource)]];
    record(world, "AWS/Lambda", values, &sets);
}
