//! What is told to CloudWatch of an invocation (AWS docs, "Using CloudWatch metrics with Lambda",
//! and there "Viewing metrics for Lambda functions"). `Resource` is the function as it was named:
//! an invocation of a version, or of no version or alias, is none of an alias's.

use super::invoke::Invoked;
use super::names::FunctionName;
use crate::cloudwatch::record;
use crate::core::error::ServiceResult;
use crate::core::metric::{Known, Metric};
use crate::core::world::World;

/// AWS docs, "Using CloudWatch metrics with Lambda".
const METRICS: &[&str] = &["Duration", "Errors", "Invocations", "Throttles"];
const DIMENSIONS: &[&[&str]] = &[
    &[],
    &["FunctionName"],
    &["FunctionName", "Resource"],
    &["ExecutedVersion", "FunctionName", "Resource"],
];

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
pub(super) fn throttled(world: &World, name: &FunctionName, version: &str, refused: bool) {
    let values = [("Throttles", f64::from(u8::from(refused)))];
    put(world, name, version, &values);
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
    put(world, name, &invoked.executed_version, &values);
}

/// Under the dimensions that Lambda publishes: all functions, the function, the function as it
/// was named, with its alias or version, and of an alias the version that was run.
fn put(world: &World, name: &FunctionName, version: &str, values: &[(&str, f64)]) {
    let function = ("FunctionName", name.name.as_str());
    let resource = match &name.qualifier {
        Some(qualifier) => format!("{}:{qualifier}", name.name),
        None => name.name.clone(),
    };
    let resource = ("Resource", resource.as_str());
    let mut sets: Vec<&[(&str, &str)]> = vec![&[]];
    let (by_name, by_resource) = ([function], [function, resource]);
    let by_version = [function, resource, ("ExecutedVersion", version)];
    sets.extend([&by_name[..], &by_resource[..]]);
    let asked = name.qualifier_or_latest();
    if asked != version {
        sets.push(&by_version);
    }
    record(world, "AWS/Lambda", values, &sets);
}
