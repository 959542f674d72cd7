//! SMS by Amazon SNS: `Publish` to a phone number.

use std::time::Duration;

use aws_sdk_sns::Client;
use aws_sdk_sns::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_sns::operation::publish::PublishError;
use aws_sdk_sns::types::MessageAttributeValue;
use function_kit::client::{Patience, Settings};

use crate::dynamo::failure;
use crate::ports::{Answer, Failure, NotSent, Sms, SmsAccount};
use crate::settings::SmsSettings;

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
    settings: SmsSettings,
}

impl SnsSms {
    /// A client, its settings read through `variable`. Nothing is sent yet.
    #[must_use]
    pub fn new(settings: SmsSettings, variable: impl Fn(&str) -> Option<String>) -> Self {
        let config = Settings::read("SNS", variable).sdk_config(PATIENCE);
        Self {
            client: Client::new(&config),
            settings,
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
            let SmsSettings {
                sender_id,
                origination_number,
                entity_id,
                template_id,
            } = &self.settings;
            // AWS docs, "Publishing SMS messages to a mobile phone".
            for (name, value) in [
                ("AWS.SNS.SMS.SenderID", sender_id),
                ("AWS.MM.SMS.OriginationNumber", origination_number),
                ("AWS.MM.SMS.EntityId", entity_id),
                ("AWS.MM.SMS.TemplateId", template_id),
            ] {
                if let Some(value) = value {
                    publish = publish.message_attributes(name, string(value)?);
                }
            }
            match publish.send().await {
                Ok(output) => Ok(output.message_id().unwrap_or_default().to_owned()),
                Err(error) => Err(not_sent(&error, phone)),
            }
        })
    }

    fn has_opted_out<'call>(
        &'call self,
        phone: &'call str,
    ) -> Answer<'call, Result<bool, Failure>> {
        Box::pin(async move {
            let asked = self.client.check_if_phone_number_is_opted_out();
            match asked.phone_number(phone).send().await {
                Ok(answer) => Ok(answer.is_opted_out()),
                Err(error) => Err(failure(&error)),
            }
        })
    }

    fn account(&self) -> Answer<'_, Result<SmsAccount, Failure>> {
        Box::pin(async move {
            let sandbox = self.client.get_sms_sandbox_account_status().send();
            let attributes = self.client.get_sms_attributes();
            let attributes = attributes.attributes("MonthlySpendLimit").send();
            let (sandbox, attributes) = futures_util::join!(sandbox, attributes);
            let sandbox = sandbox.map_err(|error| failure(&error))?;
            let attributes = attributes.map_err(|error| failure(&error))?;
            let limit = attributes
                .attributes()
                .and_then(|attributes| attributes.get("MonthlySpendLimit"));
            Ok(SmsAccount {
                is_in_sandbox: sandbox.is_in_sandbox(),
                monthly_spend_limit: limit.cloned(),
            })
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

fn not_sent<R: std::fmt::Debug>(error: &SdkError<PublishError, R>, phone: &str) -> NotSent {
    match error.as_service_error() {
        Some(service)
            if is_refusal(
                service.code().unwrap_or_default(),
                service.message().unwrap_or_default(),
                phone,
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

/// Whether an answer means that this number never takes an SMS. `InvalidParameter` is said of every
/// parameter; which one is in its words alone. So it counts only where they name the parameter
/// `PhoneNumber` and quote this number. What could as well be a mistake in the text, the sender, the
/// number that it comes from or a permission is none: that is tried again, ends in the dead-letter
/// queue and rings its alarm, and no registration is given up for it.
fn is_refusal(code: &str, message: &str, phone: &str) -> bool {
    match code {
        "OptedOut" | "OptedOutException" => true,
        "InvalidParameter" | "InvalidParameterException" => {
            message.starts_with("Invalid parameter: PhoneNumber Reason:") && message.contains(phone)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHONE: &str = "+14155550123";

    #[test]
    fn a_number_that_takes_no_sms_is_refused() {
        for (code, message) in [
            (
                "InvalidParameter",
                "Invalid parameter: PhoneNumber Reason: +14155550123 is not valid to publish to",
            ),
            ("OptedOut", "This phone is opted out"),
        ] {
            assert!(is_refusal(code, message, PHONE), "{code} {message}");
        }
    }

    #[test]
    fn what_may_be_mended_is_no_refusal() {
        for (code, message) in [
            ("InvalidParameter", "Invalid parameter: Message too long"),
            (
                "InvalidParameter",
                "Invalid parameter: AWS.MM.SMS.OriginationNumber Reason: +12065550100 is not a valid phone number",
            ),
            (
                "InvalidParameterValue",
                "The sender is no phone number of this account and cannot text +14155550123",
            ),
            (
                "InvalidParameter",
                "Invalid parameter: PhoneNumber Reason: +12065550100 is not valid to publish from",
            ),
            (
                "AuthorizationError",
                "not authorized to perform: SNS:Publish on resource: +14155550123",
            ),
            ("Throttled", "Rate exceeded for the phone number"),
            ("InternalError", ""),
            ("", ""),
        ] {
            assert!(!is_refusal(code, message, PHONE), "{code} {message}");
        }
    }
}
