//! What CloudWatch is told of SMS and topics (AWS docs, "Monitoring Amazon SNS topics using
//! CloudWatch").

use super::account::dollars;
use crate::cloudwatch::record;
use crate::core::error::ServiceResult;
use crate::core::metric::{Known, Metric};
use crate::core::world::World;

const NAMESPACE: &str = "AWS/SNS";
/// By the topic that was published to. Nothing is delivered from a topic here, so that what
/// tells of deliveries has no data, as a topic without subscriptions has none.
const OF_TOPICS: &[&str] = &["NumberOfMessagesPublished", "PublishSize"];
/// By the dimension `PhoneNumber`, which has one value: SMS that went to a number and not to a
/// topic.
const OF_PHONES: &[&str] = &[
    "NumberOfMessagesPublished",
    "NumberOfNotificationsDelivered",
    "NumberOfNotificationsFailed",
    "PublishSize",
];
const DIRECT: &str = "PhoneNumberDirect";
/// Without dimensions.
const SPENT: &str = "SMSMonthToDateSpentUSD";

/// What is known of a metric of SNS.
pub(super) fn known(world: &World, metric: &Metric<'_>) -> ServiceResult<Option<Known>> {
    if metric.namespace != NAMESPACE {
        return Ok(None);
    }
    if metric.is_one_of(&[SPENT], &[&[]]) {
        let now = world.clock.now();
        let spent = world.read(|state| state.of::<super::State>().account.spent(now));
        return Ok(Some(Known::Measured(dollars(spent))));
    }
    if metric.is_one_of(OF_PHONES, &[&["PhoneNumber"]]) {
        return Ok(Some(match metric.dimension("PhoneNumber") {
            Some(DIRECT) => Known::Recorded,
            _ => Known::No(format!("the dimension PhoneNumber has the value {DIRECT}")),
        }));
    }
    if metric.is_one_of(OF_TOPICS, &[&["TopicName"]])
        && let Some(topic) = metric.dimension("TopicName")
    {
        let is_there = world.read(|state| state.of::<super::State>().topic(topic).is_ok());
        return Ok(Some(if is_there {
            Known::Recorded
        } else {
            Known::No(format!("there is no topic named {topic}"))
        }));
    }
    Ok(None)
}

/// An SMS that was published, and whether it was delivered.
pub(super) fn sms(world: &World, message: &str, delivered: bool) {
    let outcome = if delivered {
        "NumberOfNotificationsDelivered"
    } else {
        "NumberOfNotificationsFailed"
    };
    let values = [
        ("NumberOfMessagesPublished", 1.0),
        ("PublishSize", size(message)),
        (outcome, 1.0),
    ];
    record(world, NAMESPACE, &values, &[&[("PhoneNumber", DIRECT)]]);
}

/// A message to a topic.
pub(super) fn published(world: &World, topic: &str, message: &str) {
    let values = [
        ("NumberOfMessagesPublished", 1.0),
        ("PublishSize", size(message)),
    ];
    record(world, NAMESPACE, &values, &[&[("TopicName", topic)]]);
}

/// In bytes.
fn size(message: &str) -> f64 {
    #[allow(
        clippy::cast_precision_loss,
        reason = "a message has at most 262,144 bytes"
    )]
    let size = message.len() as f64;
    size
}
