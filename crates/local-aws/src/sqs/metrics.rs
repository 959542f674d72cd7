//! What CloudWatch is told of queues; measured when it is looked at.

use super::counts;
use crate::core::error::ServiceResult;
use crate::core::metric::{Known, Metric};
use crate::core::world::World;

/// AWS docs, "Available CloudWatch metrics for Amazon SQS".
const METRICS: &[&str] = &[
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesVisible",
];

/// What is known of a metric of SQS.
pub(super) fn known(world: &World, metric: &Metric<'_>) -> ServiceResult<Option<Known>> {
    if metric.namespace != "AWS/SQS" || !metric.is_one_of(METRICS, &[&["QueueName"]]) {
        return Ok(None);
    }
    let Some(queue) = metric.dimension("QueueName") else {
        return Ok(None);
    };
    let Some(counts) = counts(world, queue)? else {
        return Ok(Some(Known::No(format!("there is no queue named {queue}"))));
    };
    let count = match metric.name {
        "ApproximateNumberOfMessagesDelayed" => counts.delayed,
        "ApproximateNumberOfMessagesNotVisible" => counts.in_flight,
        _ => counts.visible,
    };
    #[allow(
        clippy::cast_precision_loss,
        reason = "no queue here holds 2^53 messages"
    )]
    Ok(Some(Known::Measured(count as f64)))
}
