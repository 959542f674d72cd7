//! The registrations in DynamoDB.
//!
//! Key `phone` (E.164) and `event`. The API writes what the visitor gave; this function adds
//! `claimedUntil`, `tries` and `emailWanted`, and in the end `confirmedAt` and `messageId`, or
//! `refusedAt` and `refusedReason`; for e-mails `emailedAt` and `emailMessageId`, or `emailRefusedAt`
//! and `emailRefusedReason`. What is written is one `UpdateItem`; what is not done is found by a `Scan`.
//!
//! A scan, for an index of what is not done would have to be written by everybody who registers, and
//! would not hold who registered before it. A hundred thousand registrations of half a kilobyte are
//! 50 MB, which an eventually consistent scan reads for 6,100 units of 8 KB: under a cent.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use function_kit::client::{Patience, Settings};

use crate::ports::{Answer, Claim, Due, Failure, Key, Mark, Page, Registrations};
use crate::record::Registration;

/// Three tries of one second, with the SDK's pauses between them, end within five seconds.
const PATIENCE: Patience = Patience {
    connect: Duration::from_millis(500),
    attempt: Duration::from_secs(1),
    attempts: 3,
};

/// Neither confirmed nor refused.
const SMS_DUE: &str = "(attribute_not_exists(confirmedAt) AND attribute_not_exists(refusedAt))";
/// To be told by e-mail as well, and not done.
const EMAIL_DUE: &str = "(attribute_exists(emailWanted) AND attribute_not_exists(emailedAt) \
                         AND attribute_not_exists(emailRefusedAt))";
/// Items that a page looks at: few enough to be read within an attempt.
const PAGE: i32 = 500;

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
        email: bool,
    ) -> Answer<'call, Result<Claim, Failure>> {
        Box::pin(async move {
            // An e-mail is wanted by the first claim or never: a sender that is named later writes to
            // nobody who was confirmed without.
            let wants = if email {
                "SET claimedUntil = :until, emailWanted = :wanted ADD tries :one"
            } else {
                "SET claimedUntil = :until ADD tries :one"
            };
            let update = self
                .update(registration)
                .update_expression(wants)
                .condition_expression(format!(
                    "attribute_exists(phone) AND ({SMS_DUE} OR {EMAIL_DUE}) \
                     AND (attribute_not_exists(claimedUntil) OR claimedUntil < :now)"
                ))
                .expression_attribute_values(":until", number(until))
                .expression_attribute_values(":now", number(now))
                .expression_attribute_values(":one", number(1))
                .set_return_values(Some(ReturnValue::AllNew))
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                );
            let update = if email {
                update.expression_attribute_values(":wanted", AttributeValue::Bool(true))
            } else {
                update
            };
            match update.send().await {
                Ok(claimed) => Ok(Claim::Ours(due(claimed.attributes()))),
                Err(error) => match not_met(&error) {
                    Some(item) => Ok(whose(item)),
                    None => Err(failure(&error)),
                },
            }
        })
    }

    fn mark<'call>(
        &'call self,
        registration: &'call Registration,
        now: u64,
        mark: Mark<'call>,
        last: bool,
    ) -> Answer<'call, Result<(), Failure>> {
        Box::pin(async move {
            let (at, what, value) = match mark {
                Mark::Confirmed(id) => ("confirmedAt", "messageId", id),
                Mark::Refused(reason) => ("refusedAt", "refusedReason", reason),
                Mark::Emailed(id) => ("emailedAt", "emailMessageId", id),
                Mark::EmailRefused(reason) => ("emailRefusedAt", "emailRefusedReason", reason),
            };
            let last = if last { " REMOVE claimedUntil" } else { "" };
            let sent = self
                .update(registration)
                .update_expression(format!("SET {at} = :now, {what} = :what{last}"))
                .condition_expression("attribute_exists(phone)")
                .expression_attribute_values(":now", number(now))
                .expression_attribute_values(":what", text(value))
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

    fn open<'call>(
        &'call self,
        before: u64,
        from: Option<&'call Key>,
    ) -> Answer<'call, Result<Page, Failure>> {
        Box::pin(async move {
            let from = from.map(|key| {
                HashMap::from([
                    ("phone".to_owned(), text(&key.phone)),
                    ("event".to_owned(), text(&key.event)),
                ])
            });
            let scanned = self
                .client
                .scan()
                .table_name(&self.name)
                .limit(PAGE)
                .set_exclusive_start_key(from)
                .filter_expression(format!(
                    "({SMS_DUE} OR {EMAIL_DUE}) \
                     AND (attribute_not_exists(registeredAt) OR registeredAt < :before)"
                ))
                .expression_attribute_values(":before", number(before))
                .send()
                .await
                .map_err(|error| failure(&error))?;
            let mut page = Page {
                next: scanned.last_evaluated_key().and_then(key),
                ..Page::default()
            };
            for item in scanned.items() {
                match Registration::read(|name| string(item, name)) {
                    Ok(registration) => page.registrations.push(registration),
                    Err(_) => page.malformed += 1,
                }
            }
            Ok(page)
        })
    }

    fn probe(&self) -> Answer<'_, Result<(), Failure>> {
        Box::pin(async move {
            // No number starts so: the condition is never met, and nothing is written.
            let nobody = Registration {
                phone: "probe".to_owned(),
                event: "probe".to_owned(),
                name: String::new(),
                email: None,
                event_name: None,
                sms_text: None,
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

fn string<'item>(item: &'item HashMap<String, AttributeValue>, name: &str) -> Option<&'item str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

fn key(item: &HashMap<String, AttributeValue>) -> Option<Key> {
    Some(Key {
        phone: string(item, "phone")?.to_owned(),
        event: string(item, "event")?.to_owned(),
    })
}

/// What is to be done of an item that was claimed.
fn due(item: Option<&HashMap<String, AttributeValue>>) -> Due {
    let has = |name| item.is_some_and(|item| item.contains_key(name));
    Due {
        sms: !has("confirmedAt") && !has("refusedAt"),
        email: has("emailWanted") && !has("emailedAt") && !has("emailRefusedAt"),
    }
}

/// Whose turn it is, by the item that kept the claim from being made.
fn whose(item: Option<&HashMap<String, AttributeValue>>) -> Claim {
    match item {
        None => Claim::Gone,
        Some(_) if due(item).sms || due(item).email => Claim::Busy,
        Some(item) if item.contains_key("confirmedAt") => Claim::Confirmed,
        Some(_) => Claim::Refused,
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
        let item = |names: &[&str]| {
            let names = names.iter();
            HashMap::from_iter(names.map(|name| ((*name).to_owned(), number(1))))
        };
        assert_eq!(whose(None), Claim::Gone);
        for (names, wanted) in [
            (vec!["confirmedAt"], Claim::Confirmed),
            (vec!["refusedAt"], Claim::Refused),
            (vec!["claimedUntil"], Claim::Busy),
            (vec!["confirmedAt", "emailWanted"], Claim::Busy),
            (
                vec!["confirmedAt", "emailWanted", "emailedAt"],
                Claim::Confirmed,
            ),
            (
                vec!["refusedAt", "emailWanted", "emailRefusedAt"],
                Claim::Refused,
            ),
        ] {
            assert_eq!(whose(Some(&item(&names))), wanted, "{names:?}");
        }
    }

    #[test]
    fn an_item_tells_what_is_due() {
        let item = HashMap::from([("confirmedAt".to_owned(), number(1))]);
        let none = Due {
            sms: false,
            email: false,
        };
        assert_eq!(due(Some(&item)), none);
        let item = HashMap::from([("emailWanted".to_owned(), number(1))]);
        let both = Due {
            sms: true,
            email: true,
        };
        assert_eq!(due(Some(&item)), both);
    }
}
