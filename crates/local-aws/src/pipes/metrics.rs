//! What is told to CloudWatch of an execution (EventBridge user guide, "Monitoring Amazon
//! EventBridge Pipes").

use super::calls::Invocation;
use super::delivery::Outcome;
use super::state::State;
use crate::cloudwatch::record;
use crate::core::error::ServiceResult;
use crate::core::metric::{Known, Metric};
use crate::core::world::World;

const NAMESPACE: &str = "AWS/EventBridge/Pipes";

/// Those of the documentation that are told here, by `PipeName`.
const METRICS: &[&str] = &[
    "EventCount",
    "EventSize",
    "ExecutionFailed",
    "ExecutionPartiallyFailed",
    "ExecutionThrottled",
    "Invocations",
    "TargetStageFailed",
];

/// What is known of a metric of pipes.
pub(super) fn known(world: &World, metric: &Metric<'_>) -> ServiceResult<Option<Known>> {
    if metric.namespace != NAMESPACE || !metric.is_one_of(METRICS, &[&["PipeName"]]) {
        return Ok(None);
    }
    let missing = metric
        .dimension("PipeName")
        .filter(|pipe| world.read(|state| state.of::<State>().pipes.get(*pipe).is_none()));
    Ok(Some(match missing {
        Some(pipe) => Known::No(format!("there is no pipe named {pipe}")),
        None => Known::Recorded,
    }))
}

/// An execution that is over, with so many events of so many bytes.
pub(super) fn executed(
    world: &World,
    pipe: &str,
    (events, bytes): (usize, usize),
    invocation: &Invocation,
) {
    #[allow(
        clippy::cast_precision_loss,
        reason = "a batch has some thousand events and some megabytes"
    )]
    let (events, bytes) = (events as f64, bytes as f64);
    let [failed, partially, throttled] = failures(invocation.outcome, invocation.status);
    let values = [
        ("EventCount", events),
        ("EventSize", bytes),
        ("ExecutionFailed", failed),
        ("ExecutionPartiallyFailed", partially),
        ("ExecutionThrottled", throttled),
        ("Invocations", 1.0),
        ("TargetStageFailed", failed),
    ];
    record(world, NAMESPACE, &values, &[&[("PipeName", pipe)]]);
}

/// Failed, partially failed, throttled; each is told as 0 where it is not so.
fn failures(outcome: Outcome, status: u16) -> [f64; 3] {
    match outcome {
        Outcome::Success => [0.0, 0.0, 0.0],
        Outcome::Partial(_) => [0.0, 1.0, 0.0],
        Outcome::Later if status == 429 => [0.0, 0.0, 1.0],
        Outcome::Failure | Outcome::Refused | Outcome::Later => [1.0, 0.0, 0.0],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_execution_counts_as() {
        for (outcome, status, expected) in [
            (Outcome::Success, 200, [0.0, 0.0, 0.0]),
            (Outcome::Partial(1), 200, [0.0, 1.0, 0.0]),
            (Outcome::Later, 429, [0.0, 0.0, 1.0]),
            (Outcome::Later, 500, [1.0, 0.0, 0.0]),
            (Outcome::Failure, 200, [1.0, 0.0, 0.0]),
            (Outcome::Refused, 403, [1.0, 0.0, 0.0]),
        ] {
            assert_eq!(failures(outcome, status), expected, "{outcome:?} {status}");
        }
    }
}
