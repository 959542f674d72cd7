//! The attributes of a queue (AWS API reference, `CreateQueue` and `SetQueueAttributes`).

use iam_policy::Kind;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::error::{ServiceError, ServiceResult};

/// Everything of a queue that can be set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attributes {
    delay_seconds: u32,
    maximum_message_size: u32,
    message_retention_period: u32,
    receive_message_wait_time_seconds: u32,
    visibility_timeout: u32,
    sqs_managed_sse_enabled: bool,
    /// The queue's policy, as given.
    pub policy: Option<String>,
    /// Where messages go that nobody could handle.
    pub redrive: Option<Redrive>,
}

/// `RedrivePolicy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redrive {
    /// ARN of the dead-letter queue.
    pub target_arn: String,
    /// How often a message is received before it goes there.
    pub max_receive_count: u32,
    /// As given.
    document: String,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            delay_seconds: 0,
            maximum_message_size: 1_048_576,
            message_retention_period: 345_600,
            receive_message_wait_time_seconds: 0,
            visibility_timeout: 30,
            sqs_managed_sse_enabled: true,
            policy: None,
            redrive: None,
        }
    }
}

/// Attributes that AWS has and this has not.
const NOT_IMPLEMENTED: &[&str] = &[
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "RedriveAllowPolicy",
];

/// `InvalidAttributeName` (400).
pub(super) fn unknown(name: &str) -> ServiceError {
    ServiceError::new(
        400,
        "InvalidAttributeName",
        format!("Unknown Attribute {name}."),
    )
}

fn invalid(name: &str) -> ServiceError {
    ServiceError::new(
        400,
        "InvalidAttributeValue",
        format!("Invalid value for the parameter {name}."),
    )
}

impl Attributes {
    /// With these set.
    ///
    /// # Errors
    /// `InvalidAttributeName`, `InvalidAttributeValue`; what is not implemented, by name.
    pub fn with(mut self, given: &BTreeMap<String, String>) -> ServiceResult<Self> {
        for (name, value) in given {
            let number = |least: u32, most: u32| {
                value
                    .parse::<u32>()
                    .ok()
                    .filter(|number| (least..=most).contains(number))
                    .ok_or_else(|| invalid(name))
            };
            match name.as_str() {
                "DelaySeconds" => self.delay_seconds = number(0, 900)?,
                "MaximumMessageSize" => self.maximum_message_size = number(1024, 1_048_576)?,
                "MessageRetentionPeriod" => {
                    self.message_retention_period = number(60, 1_209_600)?;
                }
                "ReceiveMessageWaitTimeSeconds" => {
                    self.receive_message_wait_time_seconds = number(0, 20)?;
                }
                "VisibilityTimeout" => self.visibility_timeout = number(0, 43_200)?,
                "SqsManagedSseEnabled" => {
                    self.sqs_managed_sse_enabled = value.parse().map_err(|_| invalid(name))?;
                }
                "Policy" => self.policy = policy_document(value)?,
                "RedrivePolicy" => self.redrive = redrive_policy(value)?,
                other if NOT_IMPLEMENTED.contains(&other) => {
                    return Err(ServiceError::not_implemented(format!(
                        "the queue attribute {other}"
                    )));
                }
                other => return Err(unknown(other)),
            }
        }
        Ok(self)
    }

    /// The attributes by name, as `GetQueueAttributes` tells them.
    pub fn shown(&self) -> BTreeMap<&'static str, String> {
        let mut shown = BTreeMap::from([
            ("DelaySeconds", self.delay_seconds.to_string()),
            ("MaximumMessageSize", self.maximum_message_size.to_string()),
            (
                "MessageRetentionPeriod",
                self.message_retention_period.to_string(),
            ),
            (
                "ReceiveMessageWaitTimeSeconds",
                self.receive_message_wait_time_seconds.to_string(),
            ),
            ("VisibilityTimeout", self.visibility_timeout.to_string()),
            (
                "SqsManagedSseEnabled",
                self.sqs_managed_sse_enabled.to_string(),
            ),
        ]);
        if let Some(policy) = &self.policy {
            shown.insert("Policy", policy.clone());
        }
        if let Some(redrive) = &self.redrive {
            shown.insert("RedrivePolicy", redrive.document.clone());
        }
        shown
    }

    /// The first attribute given that this queue has otherwise.
    pub fn differs<'a>(&self, given: &'a BTreeMap<String, String>) -> Option<&'a str> {
        let wanted = self.clone().with(given).ok()?.shown();
        let shown = self.shown();
        given
            .keys()
            .map(String::as_str)
            .find(|name| shown.get(name) != wanted.get(name))
    }

    /// Whether a name is one that AWS has for a queue, set or not.
    pub fn is_known(name: &str) -> bool {
        NOT_IMPLEMENTED.contains(&name)
            || matches!(name, "Policy" | "RedrivePolicy")
            || Self::default().shown().contains_key(name)
    }

    /// How long a message is kept, milliseconds.
    pub fn retention(&self) -> i64 {
        i64::from(self.message_retention_period) * 1000
    }

    /// How long a message is hidden after it was received, seconds.
    pub fn visibility_timeout(&self) -> i64 {
        self.visibility_timeout.into()
    }

    /// How long a receiver waits for a message, seconds.
    pub fn wait_time(&self) -> i64 {
        self.receive_message_wait_time_seconds.into()
    }

    /// How long a message is held back, seconds.
    pub fn delay(&self) -> i64 {
        self.delay_seconds.into()
    }

    /// The largest message, bytes.
    pub fn maximum_message_size(&self) -> usize {
        self.maximum_message_size as usize
    }
}

fn policy_document(text: &str) -> ServiceResult<Option<String>> {
    if text.is_empty() {
        return Ok(None);
    }
    match iam_policy::parse(text, Kind::Resource) {
        Ok(_) => Ok(Some(text.to_owned())),
        Err(iam_policy::PolicyError::NotImplemented(what)) => {
            Err(ServiceError::not_implemented(format!("{what} in a policy")))
        }
        Err(_) => Err(invalid("Policy")),
    }
}

fn redrive_policy(text: &str) -> ServiceResult<Option<Redrive>> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = |reason: &str| {
        ServiceError::new(
            400,
            "InvalidAttributeValue",
            format!("Value {text} for parameter RedrivePolicy is invalid. Reason: {reason}"),
        )
    };
    let Ok(Value::Object(members)) = serde_json::from_str(text) else {
        return Err(wrong("Redrive policy is not a valid JSON map."));
    };
    if let Some(name) = members
        .keys()
        .find(|name| !["deadLetterTargetArn", "maxReceiveCount"].contains(&name.as_str()))
    {
        return Err(wrong(&format!("Unknown parameter {name}.")));
    }
    let Some(target_arn) = members.get("deadLetterTargetArn").and_then(Value::as_str) else {
        return Err(wrong(
            "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.",
        ));
    };
    // A number or the text of one.
    let count = match members.get("maxReceiveCount") {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        Some(_) => None,
        None => {
            return Err(wrong(
                "Redrive policy does not contain mandatory attribute: maxReceiveCount.",
            ));
        }
    };
    let max_receive_count = count
        .and_then(|count| u32::try_from(count).ok())
        .filter(|count| (1..=1000).contains(count))
        .ok_or_else(|| {
            wrong("Invalid value for maxReceiveCount, valid values are from 1 to 1000 both inclusive.")
        })?;
    Ok(Some(Redrive {
        target_arn: target_arn.to_owned(),
        max_receive_count,
        document: text.to_owned(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn set(name: &str, value: &str) -> ServiceResult<Attributes> {
        Attributes::default().with(&BTreeMap::from([(name.to_owned(), value.to_owned())]))
    }

    #[test]
    fn values_are_within_their_bounds() {
        for (name, least, most) in [
            ("DelaySeconds", 0_i64, 900_i64),
            ("MaximumMessageSize", 1024, 1_048_576),
            ("MessageRetentionPeriod", 60, 1_209_600),
            ("ReceiveMessageWaitTimeSeconds", 0, 20),
            ("VisibilityTimeout", 0, 43_200),
        ] {
            for good in [least, most] {
                let shown = set(name, &good.to_string()).unwrap().shown();
                assert_eq!(shown.get(name), Some(&good.to_string()));
            }
            for wrong in [least - 1, most + 1] {
                let error = set(name, &wrong.to_string()).unwrap_err();
                assert_eq!(error.code, "InvalidAttributeValue", "{name}={wrong}");
            }
        }
    }

    #[test]
    fn what_is_wrong_or_missing_here_is_told() {
        for (name, value, code) in [
            ("Colour", "red", "InvalidAttributeName"),
            ("QueueArn", "arn", "InvalidAttributeName"),
            ("ApproximateNumberOfMessages", "1", "InvalidAttributeName"),
            ("FifoQueue", "true", "NotImplementedByLocalAws"),
            (
                "KmsMasterKeyId",
                "alias/aws/sqs",
                "NotImplementedByLocalAws",
            ),
            ("VisibilityTimeout", "soon", "InvalidAttributeValue"),
            ("SqsManagedSseEnabled", "yes", "InvalidAttributeValue"),
            ("Policy", "{", "InvalidAttributeValue"),
            ("RedrivePolicy", "{", "InvalidAttributeValue"),
            (
                "RedrivePolicy",
                "{\"maxReceiveCount\":1}",
                "InvalidAttributeValue",
            ),
            (
                "RedrivePolicy",
                "{\"deadLetterTargetArn\":\"a\",\"maxReceiveCount\":0}",
                "InvalidAttributeValue",
            ),
            (
                "RedrivePolicy",
                "{\"deadLetterTargetArn\":\"a\",\"maxReceiveCount\":1,\"x\":1}",
                "InvalidAttributeValue",
            ),
        ] {
            let error = set(name, value).unwrap_err();
            assert_eq!(error.code, code, "{name}={value}: {error}");
        }
    }

    #[test]
    fn a_redrive_policy_is_kept_as_given() {
        let text = r#"{"maxReceiveCount":"3", "deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:d"}"#;
        let attributes = set("RedrivePolicy", text).unwrap();
        assert_eq!(attributes.shown()["RedrivePolicy"], text);
        let redrive = attributes.redrive.clone().unwrap();
        assert_eq!(redrive.max_receive_count, 3);
        let off = BTreeMap::from([("RedrivePolicy".to_owned(), String::new())]);
        assert_eq!(attributes.with(&off).unwrap().redrive, None);
    }

    proptest! {
        #[test]
        fn a_queue_does_not_differ_from_itself(seconds in 0_u32..=43_200, delay in 0_u32..=900) {
            let given = BTreeMap::from([
                ("VisibilityTimeout".to_owned(), seconds.to_string()),
                ("DelaySeconds".to_owned(), delay.to_string()),
            ]);
            let attributes = Attributes::default().with(&given).unwrap();
            prop_assert_eq!(attributes.differs(&given), None);
            let other = BTreeMap::from([("DelaySeconds".to_owned(), ((delay + 1) % 900).to_string())]);
            prop_assert_eq!(attributes.differs(&other), Some("DelaySeconds"));
        }
    }
}
