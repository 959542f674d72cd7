//! What may be published, and what SMS becomes of it.

use serde::Deserialize;
use serde_json::Value;

use super::attributes::{self, Attribute, SmsOptions};
use super::{invalid, is_e164};
use crate::core::error::ServiceResult;
use crate::core::wire::query;

/// Bytes of a message (AWS API reference, `Publish`).
const BYTES: usize = 262_144;
/// Characters of all the parts that one SMS is sent in (AWS API reference, `Publish`).
const SMS_CHARACTERS: usize = 1_600;

/// `Publish` of the service model.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Publish {
    topic_arn: Option<String>,
    target_arn: Option<String>,
    phone_number: Option<String>,
    message: String,
    subject: Option<String>,
    message_structure: Option<String>,
    #[serde(default, deserialize_with = "query::entries")]
    message_attributes: Vec<Attribute>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

/// Something to publish.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Publication {
    /// To a phone.
    Sms(ToSend),
    /// To a topic, by its ARN.
    Topic {
        arn: String,
        subject: Option<String>,
        message: String,
    },
}

/// An SMS to send.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ToSend {
    pub phone_number: String,
    pub message: String,
    pub options: SmsOptions,
}

impl Publish {
    /// Checks everything there is to check; of a topic, not whether it is there.
    ///
    /// # Errors
    /// `InvalidParameter`, `ParameterValueInvalid`.
    pub(super) fn check(self) -> ServiceResult<Publication> {
        let given = [&self.topic_arn, &self.target_arn, &self.phone_number];
        match given.into_iter().flatten().count() {
            1 => {}
            0 => {
                return Err(invalid(
                    "TopicArn or TargetArn Reason: no value for required parameter",
                ));
            }
            _ => {
                return Err(invalid(
                    "TopicArn Reason: only one of TopicArn, TargetArn and PhoneNumber may be given",
                ));
            }
        }
        if self.message.is_empty() {
            return Err(invalid("Empty message"));
        }
        if let Some(number) = &self.phone_number
            && !is_e164(number)
        {
            return Err(invalid(format_args!(
                "PhoneNumber Reason: {number} is not valid to publish to"
            )));
        }
        if self.message.len() > BYTES {
            return Err(invalid("Message too long"));
        }
        check_subject(self.subject.as_deref())?;
        for (name, value) in [
            ("MessageGroupId", &self.message_group_id),
            ("MessageDeduplicationId", &self.message_deduplication_id),
        ] {
            if value.is_some() {
                return Err(invalid(format_args!(
                    "{name} Reason: The request includes {name} parameter that is not valid for this topic type"
                )));
            }
        }
        let options = attributes::read(&self.message_attributes)?;
        let text = text(&self.message, self.message_structure.as_deref())?;
        let Some(phone_number) = self.phone_number else {
            return Ok(Publication::Topic {
                arn: self.topic_arn.or(self.target_arn).unwrap_or_default(),
                subject: self.subject,
                message: self.message,
            });
        };
        if text.chars().count() > SMS_CHARACTERS {
            return Err(invalid("Message too long"));
        }
        Ok(Publication::Sms(ToSend {
            phone_number,
            message: text,
            options,
        }))
    }
}

/// The text for phones: the message, or its part for them.
fn text(message: &str, structure: Option<&str>) -> ServiceResult<String> {
    match structure {
        None | Some("string") => return Ok(message.to_owned()),
        Some("json") => {}
        Some(_) => return Err(invalid("MessageStructure")),
    }
    let Ok(Value::Object(parts)) = serde_json::from_str(message) else {
        return Err(invalid(
            "Message Structure - JSON message body failed to parse",
        ));
    };
    let Some(Value::String(default)) = parts.get("default") else {
        return Err(invalid(
            "Message Structure - No default entry in JSON message body",
        ));
    };
    let text = match parts.get("sms") {
        Some(Value::String(sms)) => sms,
        _ => default,
    };
    if text.is_empty() {
        return Err(invalid("Empty message"));
    }
    Ok(text.clone())
}

/// A subject is for mail and has no effect on an SMS; it must be one all the same.
fn check_subject(subject: Option<&str>) -> ServiceResult<()> {
    let Some(subject) = subject else {
        return Ok(());
    };
    let ok = (1..=100).contains(&subject.chars().count())
        && subject.chars().all(|letter| matches!(letter, ' '..='~'))
        && !subject.starts_with(' ');
    if ok { Ok(()) } else { Err(invalid("Subject")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn publish(input: Value) -> ServiceResult<Publication> {
        let mut whole = json!({"PhoneNumber": "+15555550123", "Message": "hello"});
        if let (Value::Object(whole), Value::Object(input)) = (&mut whole, input) {
            whole.extend(input);
            whole.retain(|_, value| !value.is_null());
        }
        Publish::deserialize(whole).unwrap().check()
    }

    fn refusal(input: Value) -> String {
        publish(input).unwrap_err().message
    }

    #[test]
    fn a_message_to_a_number_is_an_sms() {
        assert_eq!(
            publish(json!({"Subject": "no effect"})).unwrap(),
            Publication::Sms(ToSend {
                phone_number: "+15555550123".to_owned(),
                message: "hello".to_owned(),
                options: SmsOptions::default(),
            })
        );
    }

    #[test]
    fn a_topic_gets_the_whole_message_and_no_limit_of_phones() {
        let arn = "arn:aws:sns:us-east-1:000000000000:t";
        let long = "x".repeat(1601);
        for name in ["TopicArn", "TargetArn"] {
            let mut input = json!({"PhoneNumber": null, "Message": long, "Subject": "s"});
            input[name] = json!(arn);
            assert_eq!(
                publish(input).unwrap(),
                Publication::Topic {
                    arn: arn.to_owned(),
                    subject: Some("s".to_owned()),
                    message: long.clone(),
                }
            );
        }
    }

    #[test]
    fn refusals_in_the_words_of_sns() {
        insta::assert_snapshot!(refusal(json!({"PhoneNumber": null})), @"Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter");
        insta::assert_snapshot!(refusal(json!({"PhoneNumber": "5550123"})), @"Invalid parameter: PhoneNumber Reason: 5550123 is not valid to publish to");
        insta::assert_snapshot!(refusal(json!({"Message": ""})), @"Invalid parameter: Empty message");
        insta::assert_snapshot!(refusal(json!({"Message": "x".repeat(1601)})), @"Invalid parameter: Message too long");
        insta::assert_snapshot!(refusal(json!({"Subject": ""})), @"Invalid parameter: Subject");
        insta::assert_snapshot!(refusal(json!({"MessageStructure": "xml"})), @"Invalid parameter: MessageStructure");
        insta::assert_snapshot!(refusal(json!({"MessageStructure": "json"})), @"Invalid parameter: Message Structure - JSON message body failed to parse");
        insta::assert_snapshot!(refusal(json!({"MessageStructure": "json", "Message": "{\"sms\":\"x\"}"})), @"Invalid parameter: Message Structure - No default entry in JSON message body");
        insta::assert_snapshot!(refusal(json!({"TopicArn": "arn:aws:sns:us-east-1:000000000000:t"})), @"Invalid parameter: TopicArn Reason: only one of TopicArn, TargetArn and PhoneNumber may be given");
        insta::assert_snapshot!(refusal(json!({"MessageGroupId": "g"})), @"Invalid parameter: MessageGroupId Reason: The request includes MessageGroupId parameter that is not valid for this topic type");
    }

    #[test]
    fn phones_get_their_own_part_of_a_message() {
        let sent = |message: &str| {
            let input = json!({"MessageStructure": "json", "Message": message});
            match publish(input).unwrap() {
                Publication::Sms(sms) => sms.message,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(sent(r#"{"default":"d","sms":"s"}"#), "s");
        assert_eq!(sent(r#"{"default":"d","email":"e"}"#), "d");
    }

    proptest! {
        #[test]
        fn sixteen_hundred_characters_of_any_script_are_the_limit(letter in any::<char>(), more in 0_usize..3) {
            prop_assume!(letter != '\0');
            let at_limit = publish(json!({"Message": String::from(letter).repeat(1600)}));
            prop_assert!(at_limit.is_ok());
            let beyond = publish(json!({"Message": String::from(letter).repeat(1601 + more)}));
            prop_assert!(beyond.is_err());
        }
    }
}
