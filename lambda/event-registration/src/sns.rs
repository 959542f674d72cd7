//! SMS by Amazon SNS: `Publish` to a phone number.

use std::time::Duration;

use aws_sdk_sns::Client;
use aws_sdk_sns::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_sns::operation::publish::PublishError;
use aws_sdk_sns::types::MessageAttributeValue;
use function_kit::client::{Patience, Settings};

use crate::dynamo::failure;
use crate::ports::{Answer, Failure, NotSent, Sms};

/// Two tries of three seconds end well before a claim runs out. A third is the pipe's.
const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(1),
    attempt: Duration::from_secs(3),
    attempts: 2,
};

/// SMS by Amazon SNS.
#[derive(Debug, Clone)]
pub struct SnsSms {
    client: Client,
    sender_id: Option<String>,
}

impl SnsSms {
    /// A client, its settings read through `variable`. Nothing is sent yet.
    #[must_use]
    pub fn new(sender_id: Option<String>, variable: impl Fn(&str) -> Option<String>) -> Self {
        let config = Settings::read("SNS", variable).sdk_config(PATIENCE);
        Self {
            client: Client::new(&config),
            sender_id,
        }
    }
}

impl Sms for SnsSms {
    fn send<'call>(
        &'call self,
        phone: &'call str,
        text: &'call str,
    ) -> Answer<'call, Result<String, NotSent>> {
        Box::pin(async move {
            let mut publish = self
                .client
                .publish()
                .phone_number(phone)
                .message(text)
                .message_attributes("AWS.SNS.SMS.SMSType", string("Transactional")?);
            if let Some(sender_id) = &self.sender_id {
                publish = publish.message_attributes("AWS.SNS.SMS.SenderID", string(sender_id)?);
            }
            match publish.send().await {
                Ok(output) => Ok(output.message_id().unwrap_or_default().to_owned()),
                Err(error) => Err(not_sent(&error)),
            }
        })
    }
}

fn string(value: &str) -> Result<MessageAttributeValue, NotSent> {
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(value)
        .build()
        .map_err(|error| NotSent::Failed(Failure::Unreachable(error.to_string())))
}

fn not_sent<R: std::fmt::Debug>(error: &SdkError<PublishError, R>) -> NotSent {
    match error.as_service_error() {
        Some(service)
            if is_refusal(
                service.code().unwrap_or_default(),
                service.message().unwrap_or_default(),
            ) =>
        {
            NotSent::Refused {
                code: service.code().unwrap_or_default().to_owned(),
                message: service.message().unwrap_or_default().to_owned(),
            }
        }
        _ => NotSent::Failed(failure(error)),
    }
}

/// Whether an answer means that this number never takes an SMS. What could as well be a mistake
/// in the text, the sender or a permission is none: that is tried again, ends in the dead-letter
/// queue and rings its alarm, and no registration is given up for it.
fn is_refusal(code: &str, message: &str) -> bool {
    match code {
        "OptedOut" | "OptedOutException" => true,
        "InvalidParameter"
        | "InvalidParameterException"
        | "InvalidParameterValue"
        | "InvalidParameterValueException"
        | "ParameterValueInvalid"
        | "ValidationException" => {
            let message = message.to_ascii_lowercase();
            message.contains("phonenumber")
                || message.contains("phone number")
                || message.contains("opted out")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_takes_no_sms_is_refused() {
        for (code, message) in [
            (
                "InvalidParameter",
                "Invalid parameter: PhoneNumber Reason: +1 is not valid to publish to",
            ),
            ("OptedOut", "This phone is opted out"),
            (
                "InvalidParameter",
                "Invalid parameter: the phone number has opted out",
            ),
        ] {
            assert!(is_refusal(code, message), "{code} {message}");
        }
    }

    #[test]
    fn what_may_be_mended_is_no_refusal() {
        for (code, message) in [
            ("InvalidParameter", "Invalid parameter: Message too long"),
            (
                "AuthorizationError",
                "not authorized to perform: SNS:Publish on resource: +14155550123",
            ),
            ("Throttled", "Rate exceeded for the phone number"),
            ("InternalError", ""),
            ("", ""),
        ] {
            assert!(!is_refusal(code, message), "{code} {message}");
        }
    }
}
