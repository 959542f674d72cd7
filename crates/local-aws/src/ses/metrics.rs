//! What CloudWatch is told of e-mails: of the whole account (AWS docs, "Viewing your Amazon SES
//! event data from CloudWatch").

use crate::cloudwatch::record;
use crate::core::error::ServiceResult;
use crate::core::metric::{Known, Metric};
use crate::core::world::World;

const NAMESPACE: &str = "AWS/SES";
const METRICS: &[&str] = &["Delivery", "Send"];

/// What is known of a metric of SES.
pub(super) fn known(_: &World, metric: &Metric<'_>) -> ServiceResult<Option<Known>> {
    let is_known = metric.namespace == NAMESPACE && metric.is_one_of(METRICS, &[&[]]);
    Ok(is_known.then_some(Known::Recorded))
}

/// An e-mail that was accepted, and whether anybody gets it.
pub(super) fn sent(world: &World, delivered: bool) {
    let delivered = f64::from(u8::from(delivered));
    let values = [("Delivery", delivered), ("Send", 1.0)];
    record(world, NAMESPACE, &values, &[&[]]);
}
