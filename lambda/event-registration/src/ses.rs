//! E-mail by Amazon SES: `SendEmail` of its API v2.

use std::time::Duration;

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_sesv2::operation::send_email::SendEmailError;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
use function_kit::client::{Patience, Settings};

use crate::dynamo::failure;
use crate::ports::{Answer, Email, Failure, NotSent};

/// Two tries of three seconds, as for an SMS.
const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(1),
    attempt: Duration::from_secs(3),
    attempts: 2,
};

/// E-mail by Amazon SES.
#[derive(Debug, Clone)]
pub struct SesEmail {
    client: Client,
    sender: String,
}

impl SesEmail {
    /// A client that sends as `sender`, its settings read through `variable`. Nothing is sent yet.
    #[must_use]
    pub fn new(sender: String, variable: impl Fn(&str) -> Option<String>) -> Self {
        let config = Settings::read("SESV2", variable).sdk_config(PATIENCE);
        Self {
            client: Client::new(&config),
            sender,
        }
    }
}

impl Email for SesEmail {
    fn send<'call>(
        &'call self,
        address: &'call str,
        subject: &'call str,
        text: &'call str,
    ) -> Answer<'call, Result<String, NotSent>> {
        Box::pin(async move {
            let message = Message::builder()
                .subject(content(subject)?)
                .body(Body::builder().text(content(text)?).build())
                .build();
            let sent = self
                .client
                .send_email()
                .from_email_address(&self.sender)
                .destination(Destination::builder().to_addresses(address).build())
                .content(EmailContent::builder().simple(message).build())
                .send()
                .await;
            match sent {
                Ok(output) => Ok(output.message_id().unwrap_or_default().to_owned()),
                Err(error) => Err(not_sent(&error)),
            }
        })
    }
}

fn content(text: &str) -> Result<Content, NotSent> {
    Content::builder()
        .data(text)
        .charset("UTF-8")
        .build()
        .map_err(|error| NotSent::Failed(Failure::Unreachable(error.to_string())))
}

/// `BadRequestException` says that the input is invalid (AWS API reference, `SendEmail`). Of the
/// input only the address is the visitor's; the sender was checked when the settings were read, and
/// an identity that is not verified is a `MessageRejected`, which is tried again.
fn not_sent<R: std::fmt::Debug>(error: &SdkError<SendEmailError, R>) -> NotSent {
    match error.as_service_error() {
        Some(service @ SendEmailError::BadRequestException(_)) => NotSent::Refused {
            code: service.code().unwrap_or_default().to_owned(),
            message: service.message().unwrap_or_default().to_owned(),
        },
        _ => NotSent::Failed(failure(error)),
    }
}
