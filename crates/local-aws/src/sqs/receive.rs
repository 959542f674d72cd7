//! `ReceiveMessage`: waiting, and what of a message is told.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::message::{Attribute, Attributes, md5_of_attributes, md5_of_body};
use super::queues::Queue;
use super::store::{Receive, Received};
use super::{invalid, queue_arn};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::world::World;

/// `ReceiveMessage` of the service model.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct ReceiveMessage {
    pub queue_url: String,
    /// The older name of the next.
    attribute_names: Option<Vec<String>>,
    message_system_attribute_names: Option<Vec<String>>,
    message_attribute_names: Option<Vec<String>>,
    max_number_of_messages: Option<i64>,
    visibility_timeout: Option<i64>,
    wait_time_seconds: Option<i64>,
    receive_request_attempt_id: Option<String>,
}

/// What the system tells of a message.
const SYSTEM_ATTRIBUTES: &[&str] = &[
    "AWSTraceHeader",
    "All",
    "ApproximateFirstReceiveTimestamp",
    "ApproximateReceiveCount",
    "DeadLetterQueueSourceArn",
    "MessageDeduplicationId",
    "MessageGroupId",
    "SenderId",
    "SentTimestamp",
    "SequenceNumber",
];

fn bounded(name: &str, value: Option<i64>, most: i64, default: i64) -> ServiceResult<i64> {
    let least = i64::from(name == "MaxNumberOfMessages");
    match value {
        None => Ok(default),
        Some(value) if (least..=most).contains(&value) => Ok(value),
        Some(value) => Err(invalid(format!(
            "Value {value} for parameter {name} is invalid. Reason: Must be between {least} and {most}, if provided."
        ))),
    }
}

impl ReceiveMessage {
    /// Checks what does not depend on the queue.
    ///
    /// # Errors
    /// `InvalidParameterValue`.
    pub(super) fn check(&self) -> ServiceResult<()> {
        bounded("MaxNumberOfMessages", self.max_number_of_messages, 10, 1)?;
        bounded("VisibilityTimeout", self.visibility_timeout, 43_200, 0)?;
        bounded("WaitTimeSeconds", self.wait_time_seconds, 20, 0)?;
        if self.receive_request_attempt_id.is_some() {
            return Err(invalid(
                "The request includes the parameter ReceiveRequestAttemptId, which is not valid for this queue type.",
            ));
        }
        // `AttributeNames` was of the attributes of queues at first: those are passed over.
        for name in self.message_system_attribute_names.iter().flatten() {
            if !SYSTEM_ATTRIBUTES.contains(&name.as_str()) {
                return Err(invalid(format!("Unknown Attribute {name}.")));
            }
        }
        for name in self.attribute_names.iter().flatten() {
            let of_queue = super::attributes::Attributes::is_known(name)
                || super::operations::MEASURED.contains(&name.as_str());
            if !of_queue && !SYSTEM_ATTRIBUTES.contains(&name.as_str()) {
                return Err(invalid(format!("Unknown Attribute {name}.")));
            }
        }
        Ok(())
    }

    /// Receives, and waits for a message as long as asked.
    ///
    /// # Errors
    /// `OverLimit`; `QueueDoesNotExist` when the queue is deleted meanwhile.
    pub(super) async fn run(&self, world: &Arc<World>, name: &str) -> ServiceResult<Value> {
        let queue = world.read(|state| state.of::<crate::sqs::State>().queue(name).cloned())?;
        let wait = bounded(
            "WaitTimeSeconds",
            self.wait_time_seconds,
            20,
            queue.attributes.wait_time(),
        )?;
        let deadline = Instant::now() + Duration::from_secs(wait.unsigned_abs());
        let mut arrivals = world.handle::<crate::sqs::Messages>().arrivals();
        loop {
            arrivals.mark_unchanged();
            let queue = world.read(|state| state.of::<crate::sqs::State>().queue(name).cloned())?;
            let received = self.receive(world, name, &queue)?;
            if !received.is_empty() {
                let messages: Vec<Value> =
                    received.iter().map(|message| self.shown(message)).collect();
                return Ok(json!({ "Messages": messages }));
            }
            let now = world.clock.now().as_millisecond();
            let until = match world
                .handle::<crate::sqs::Messages>()
                .next_visible(&queue.id, now)?
            {
                Some(at) => {
                    let hidden = Duration::from_millis((at - now).unsigned_abs());
                    deadline.min(Instant::now() + hidden)
                }
                None => deadline,
            };
            tokio::select! {
                // The sender is part of the world, which is here.
                _ = arrivals.changed() => {}
                () = tokio::time::sleep_until(until) => {}
            }
            if Instant::now() >= deadline {
                return Ok(json!({}));
            }
        }
    }

    fn receive(&self, world: &World, name: &str, queue: &Queue) -> ServiceResult<Vec<Received>> {
        let dead_letters = queue.attributes.redrive.as_ref().and_then(|redrive| {
            let id = world.read(|state| {
                let target = state
                    .of::<crate::sqs::State>()
                    .dead_letter_queue(&redrive.target_arn)?;
                Some(target.id.clone())
            });
            Some((id?, redrive.max_receive_count))
        });
        let limit = bounded("MaxNumberOfMessages", self.max_number_of_messages, 10, 1)?;
        let hidden = bounded(
            "VisibilityTimeout",
            self.visibility_timeout,
            43_200,
            queue.attributes.visibility_timeout(),
        )?;
        world.handle::<crate::sqs::Messages>().receive(
            &Receive {
                queue: &queue.id,
                queue_arn: &queue_arn(world, name),
                retention: queue.attributes.retention(),
                dead_letters: dead_letters.as_ref().map(|(id, most)| (id.as_str(), *most)),
                limit: limit.unsigned_abs(),
                hidden: hidden * 1000,
                now: world.clock.now().as_millisecond(),
            },
            &world.ids,
        )
    }

    fn shown(&self, message: &Received) -> Value {
        let mut shown = json!({
            "MessageId": message.id,
            "ReceiptHandle": message.receipt,
            "MD5OfBody": md5_of_body(&message.body),
            "Body": message.body,
        });
        let attributes = self.system_attributes(message);
        if !attributes.is_empty() {
            shown["Attributes"] = Value::Object(attributes);
        }
        let wanted: Vec<(&String, &Attribute)> = message
            .attributes
            .iter()
            .filter(|(name, _)| self.wants(name))
            .collect();
        if let Some(digest) = md5_of_attributes(wanted.iter().copied()) {
            let told: Attributes = wanted
                .into_iter()
                .map(|(name, attribute)| (name.clone(), attribute.clone()))
                .collect();
            shown["MessageAttributes"] = json!(told);
            shown["MD5OfMessageAttributes"] = json!(digest);
        }
        shown
    }

    /// Whether a message attribute is asked for: by its name, by `prefix.*`, or all.
    fn wants(&self, name: &str) -> bool {
        self.message_attribute_names
            .iter()
            .flatten()
            .any(|wanted| match wanted.as_str() {
                "All" | ".*" => true,
                other => match other.strip_suffix(".*") {
                    Some(prefix) => name.starts_with(prefix),
                    None => name == other,
                },
            })
    }

    fn system_attributes(&self, message: &Received) -> Map<String, Value> {
        let names: Vec<&str> = [&self.attribute_names, &self.message_system_attribute_names]
            .into_iter()
            .flatten()
            .flatten()
            .map(String::as_str)
            .collect();
        let trace = message
            .system_attributes
            .get("AWSTraceHeader")
            .and_then(|attribute| attribute.string_value.clone());
        [
            ("SenderId", Some(message.sender.clone())),
            ("SentTimestamp", Some(message.sent.to_string())),
            ("ApproximateReceiveCount", Some(message.count.to_string())),
            (
                "ApproximateFirstReceiveTimestamp",
                Some(message.first_received.to_string()),
            ),
            ("AWSTraceHeader", trace),
            ("DeadLetterQueueSourceArn", message.origin.clone()),
        ]
        .into_iter()
        .filter(|(name, _)| names.contains(name) || names.contains(&"All"))
        .filter_map(|(name, value)| Some((name.to_owned(), json!(value?))))
        .collect()
    }
}

/// Hides a message that is in flight for another time.
///
/// # Errors
/// `MessageNotInflight`, `ReceiptHandleIsInvalid`, `InvalidParameterValue`.
pub(super) fn change_visibility(
    world: &World,
    queue: &Queue,
    receipt: &str,
    seconds: i64,
) -> ServiceResult<()> {
    use super::store::Lost;
    if !(0..=43_200).contains(&seconds) {
        return Err(invalid(format!(
            "Value {seconds} for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer between 0 and 43200."
        )));
    }
    let now = world.clock.now().as_millisecond();
    match world
        .handle::<crate::sqs::Messages>()
        .hide(&queue.id, receipt, seconds * 1000, now)?
    {
        Ok(()) => Ok(()),
        Err(Lost::NotInFlight) => Err(ServiceError::new(400, "MessageNotInflight", "")),
        Err(Lost::Gone) => Err(invalid(format!(
            "Value {receipt} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change."
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(input: Value) -> ReceiveMessage {
        let mut whole = json!({"QueueUrl": "http://h/000000000000/q"});
        if let (Value::Object(whole), Value::Object(input)) = (&mut whole, input) {
            whole.extend(input);
        }
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn bounds_are_told_in_the_words_of_sqs() {
        let error = request(json!({"MaxNumberOfMessages": 11}))
            .check()
            .unwrap_err();
        insta::assert_snapshot!(error.message, @"Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.");
        for wrong in [
            json!({"MaxNumberOfMessages": 0}),
            json!({"WaitTimeSeconds": 21}),
            json!({"WaitTimeSeconds": -1}),
            json!({"VisibilityTimeout": 43_201}),
            json!({"ReceiveRequestAttemptId": "a"}),
            json!({"MessageSystemAttributeNames": ["Colour"]}),
            json!({"AttributeNames": ["Colour"]}),
        ] {
            assert!(request(wrong.clone()).check().is_err(), "{wrong}");
        }
        let fine = json!({"AttributeNames": ["All", "QueueArn"], "MaxNumberOfMessages": 10});
        assert_eq!(request(fine).check(), Ok(()));
    }

    #[test]
    fn attributes_are_told_when_they_are_asked_for() {
        let all = request(json!({"MessageAttributeNames": ["All"]}));
        let some = request(json!({"MessageAttributeNames": ["a", "b.*"]}));
        let none = request(json!({}));
        for (name, by_some) in [("a", true), ("ab", false), ("b.c", true), ("c", false)] {
            assert!(all.wants(name));
            assert_eq!(some.wants(name), by_some, "{name}");
            assert!(!none.wants(name));
        }
    }
}
