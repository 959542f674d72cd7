//! The registrations in DynamoDB.
//!
//! Key `phone` (E.164) and `event`. The API writes what the visitor gave; this function adds
//! `claimedUntil`, `tries`, and in the end `confirmedAt` and `messageId`, or `refusedAt` and
//! `refusedReason`. Everything is one `UpdateItem`: the only permission it needs.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use function_kit::client::{Patience, Settings};

use crate::ports::{Answer, Claim, Failure, Registrations};
use crate::record::Registration;

/// Three tries of one second, with the SDK's pauses between them, end within five seconds.
const PATIENCE: Patience = Patience {
    connect: Duration::from_millis(500),
    attempt: Duration::from_secs(1),
    attempts: 3,
};

/// The table in DynamoDB.
#[derive(Debug, Clone)]
pub struct DynamoRegistrations {
    client: Client,
    name: String,
}

impl DynamoRegistrations {
    /// A client for the table of that name, its settings read through `variable`. Nothing is
    /// sent yet.
    #[must_use]
    pub fn new(name: &str, variable: impl Fn(&str) -> Option<String>) -> Self {
        let config = Settings::read("DYNAMODB", variable).sdk_config(PATIENCE);
        Self {
            client: Client::new(&config),
            name: name.to_owned(),
        }
    }

    fn update(&self, registration: &Registration) -> UpdateItemFluentBuilder {
        self.client
            .update_item()
            .table_name(&self.name)
            .key("phone", text(&registration.phone))
            .key("event", text(&registration.event))
    }
}

impl Registrations for DynamoRegistrations {
    fn claim<'call>(
        &'call self,
        registration: &'call Registration,
        now: u64,
        until: u64,
    ) -> Answer<'call, Result<Claim, Failure>> {
        Box::pin(async move {
            let sent = self
                .update(registration)
                .update_expression("SET claimedUntil = :until ADD tries :one")
                .condition_expression(
                    "attribute_exists(phone) AND attribute_not_exists(confirmedAt) \
                     AND attribute_not_exists(refusedAt) \
                     AND (attribute_not_exists(claimedUntil) OR claimedUntil < :now)",
                )
                .expression_attribute_values(":until", number(until))
                .expression_attribute_values(":now", number(now))
                .expression_attribute_values(":one", number(1))
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .send()
                .await;
            match sent {
                Ok(_) => Ok(Claim::Ours),
                Err(error) => match not_met(&error) {
                    Some(item) => Ok(whose(item)),
                    None => Err(failure(&error)),
                },
            }
        })
    }

    fn confirmed<'call>(
        &'call self,
        registration: &'call Registration,
        now: u64,
        message_id: &'call str,
    ) -> Answer<'call, Result<(), Failure>> {
        Box::pin(async move {
            let sent = self
                .update(registration)
                .update_expression("SET confirmedAt = :now, messageId = :id REMOVE claimedUntil")
                .condition_expression("attribute_exists(phone)")
                .expression_attribute_values(":now", number(now))
                .expression_attribute_values(":id", text(message_id))
                .send()
                .await;
            written_or_gone(sent)
        })
    }

    fn refused<'call>(
        &'call self,
        registration: &'call Registration,
        now: u64,
        reason: &'call str,
    ) -> Answer<'call, Result<(), Failure>> {
        Box::pin(async move {
            let sent = self
                .update(registration)
                .update_expression("SET refusedAt = :now, refusedReason = :why REMOVE claimedUntil")
                .condition_expression("attribute_exists(phone)")
                .expression_attribute_values(":now", number(now))
                .expression_attribute_values(":why", text(reason))
                .send()
                .await;
            written_or_gone(sent)
        })
    }

    fn release<'call>(
        &'call self,
        registration: &'call Registration,
        until: u64,
    ) -> Answer<'call, Result<(), Failure>> {
        Box::pin(async move {
            let sent = self
                .update(registration)
                .update_expression("REMOVE claimedUntil")
                .condition_expression("claimedUntil = :until")
                .expression_attribute_values(":until", number(until))
                .send()
                .await;
            written_or_gone(sent)
        })
    }

    fn probe(&self) -> Answer<'_, Result<(), Failure>> {
        Box::pin(async move {
            // No number starts so: the condition is never met, and nothing is written.
            let nobody = Registration {
                phone: "probe".to_owned(),
                event: "probe".to_owned(),
                name: String::new(),
            };
            self.release(&nobody, 0).await
        })
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// Whose turn it is, by the item that kept the claim from being made.
fn whose(item: Option<&HashMap<String, AttributeValue>>) -> Claim {
    match item {
        None => Claim::Gone,
        Some(item) if item.contains_key("confirmedAt") => Claim::Confirmed,
        Some(item) if item.contains_key("refusedAt") => Claim::Refused,
        Some(_) => Claim::Busy,
    }
}

/// The item, if there is one, that did not meet the condition.
fn not_met<R>(
    error: &SdkError<UpdateItemError, R>,
) -> Option<Option<&HashMap<String, AttributeValue>>> {
    match error.as_service_error()? {
        UpdateItemError::ConditionalCheckFailedException(failed) => {
            // An item that is not there is told as none, or as one without attributes.
            Some(failed.item().filter(|item| !item.is_empty()))
        }
        _ => None,
    }
}

fn written_or_gone<T, R: std::fmt::Debug>(
    sent: Result<T, SdkError<UpdateItemError, R>>,
) -> Result<(), Failure> {
    match sent {
        Ok(_) => Ok(()),
        Err(error) if not_met(&error).is_some() => Ok(()),
        Err(error) => Err(failure(&error)),
    }
}

/// What an SDK's error says, for log lines.
pub(crate) fn failure<E: ProvideErrorMetadata, R: std::fmt::Debug>(
    error: &SdkError<E, R>,
) -> Failure {
    match error {
        SdkError::ServiceError(service) => Failure::Service {
            code: service.err().code().unwrap_or("UnknownError").to_owned(),
            message: service.err().message().unwrap_or_default().to_owned(),
        },
        SdkError::TimeoutError(_) => Failure::Unreachable("it took too long".to_owned()),
        SdkError::DispatchFailure(dispatch) => Failure::Unreachable(format!("{dispatch:?}")),
        _ => {
            Failure::Unreachable("the call could not be made or its answer not be read".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_tells_whose_turn_it_is() {
        let item = |name: &str| HashMap::from([(name.to_owned(), number(1))]);
        assert_eq!(whose(None), Claim::Gone);
        assert_eq!(whose(Some(&item("confirmedAt"))), Claim::Confirmed);
        assert_eq!(whose(Some(&item("refusedAt"))), Claim::Refused);
        assert_eq!(whose(Some(&item("claimedUntil"))), Claim::Busy);
    }
}
