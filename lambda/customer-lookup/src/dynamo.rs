//! The table in DynamoDB.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::Builder;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use function_kit::client::{Patience, Settings};

use crate::table::{
    Answer, AttributeValue, CALL_COUNT, CONTACT_ID, Change, Changed, DATE_BEFORE, DateChange, KEY,
    LAST_CALL_DATE, Row, Table, TableError,
};

/// Tries in all, within the patience of the lookup. Many, because calls of one customer at the same
/// time meet in one item, which takes 1,000 writes a second (Amazon DynamoDB Developer Guide,
/// "Best practices for designing and using partition keys").
const ATTEMPTS: u32 = 6;

/// A try takes as long as there is patience at all: a write whose answer only is late must not be
/// sent again and counted twice. What is tried again is what the table has refused.
const PATIENCE: Patience = Patience {
    connect: Duration::from_millis(500),
    attempt: Duration::from_millis(3000),
    attempts: ATTEMPTS,
};

/// Before the second try, doubled for each after that.
const INITIAL_BACKOFF: Duration = Duration::from_millis(50);

/// The table in DynamoDB.
#[derive(Debug, Clone)]
pub struct DynamoTable {
    client: Client,
    name: String,
}

impl DynamoTable {
    /// A table over a client.
    #[must_use]
    pub fn new(client: Client, name: String) -> Self {
        Self { client, name }
    }

    /// A client for the table that `TABLE_NAME` names, read through `variable`; `None` without
    /// one. What else is missing shows when the table is asked: a caller is answered all the
    /// same. Nothing is sent yet.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let name = variable("TABLE_NAME").filter(|name| !name.is_empty())?;
        let config = Settings::read("DYNAMODB", variable).sdk_config(PATIENCE);
        let config = Builder::from(&config)
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(ATTEMPTS)
                    .with_initial_backoff(INITIAL_BACKOFF),
            )
            .build();
        Some(Self::new(Client::from_conf(config), name))
    }
}

impl Table for DynamoTable {
    fn get<'call>(&'call self, number: &'call str) -> Answer<'call, Option<Row>> {
        Box::pin(async move {
            let output = self
                .client
                .get_item()
                .table_name(&self.name)
                .key(KEY, text(number))
                .send()
                .await
                .map_err(problem)?;
            Ok(output.item.map(row))
        })
    }

    fn change<'call>(
        &'call self,
        number: &'call str,
        change: &'call Change,
    ) -> Answer<'call, Changed> {
        Box::pin(async move {
            let Expressions {
                update,
                condition,
                names,
                values,
            } = expressions(change);
            let sent = self
                .client
                .update_item()
                .table_name(&self.name)
                .key(KEY, text(number))
                .update_expression(update)
                .condition_expression(condition)
                .set_expression_attribute_names(Some(names))
                .set_expression_attribute_values(Some(values))
                .return_values(ReturnValue::AllOld)
                .return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                )
                .send()
                .await;
            match sent {
                Ok(output) => Ok(Changed::Done(row(output.attributes.unwrap_or_default()))),
                Err(SdkError::ServiceError(failed)) => match failed.into_err() {
                    // Without an item there is no row of the key.
                    UpdateItemError::ConditionalCheckFailedException(refused) => Ok(refused
                        .item
                        .map_or(Changed::Missing, |item| Changed::Refused(row(item)))),
                    error => Err(service_error(&error)),
                },
                Err(error) => Err(problem(error)),
            }
        })
    }
}

struct Expressions {
    update: String,
    condition: String,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

/// `ADD` counts atomically, also from nothing; what `SET` reads is the item as it was before. Names
/// and values are given as they are used: DynamoDB refuses others.
fn expressions(change: &Change) -> Expressions {
    let mut names = HashMap::from([
        ("#key".to_owned(), KEY.to_owned()),
        ("#count".to_owned(), CALL_COUNT.to_owned()),
    ]);
    let mut values = HashMap::from([(":one".to_owned(), AttributeValue::N("1".to_owned()))]);
    let mut set = Vec::new();
    let mut conditions = vec!["attribute_exists(#key)"];
    if change.contact.is_some() || change.date != DateChange::Leave {
        names.insert("#date".to_owned(), LAST_CALL_DATE.to_owned());
    }
    if let DateChange::Advance { to } | DateChange::Replace { to, .. } = &change.date {
        values.insert(":now".to_owned(), text(to));
        set.push("#date = :now");
    }
    match &change.date {
        DateChange::Advance { .. } => {
            conditions.push("(attribute_not_exists(#date) OR #date <= :now)");
        }
        DateChange::Replace { seen, .. } => {
            values.insert(":seen".to_owned(), seen.clone());
            conditions.push("#date = :seen");
        }
        DateChange::Leave => {}
    }
    if let Some(contact) = &change.contact {
        names.insert("#contact".to_owned(), CONTACT_ID.to_owned());
        names.insert("#before".to_owned(), DATE_BEFORE.to_owned());
        values.insert(":contact".to_owned(), text(contact));
        values.insert(":none".to_owned(), text(""));
        set.push("#contact = :contact");
        set.push("#before = if_not_exists(#date, :none)");
        conditions.push("(attribute_not_exists(#contact) OR #contact <> :contact)");
    }
    let count = "ADD #count :one";
    let update = if set.is_empty() {
        count.to_owned()
    } else {
        format!("SET {} {count}", set.join(", "))
    };
    Expressions {
        update,
        condition: conditions.join(" AND "),
        names,
        values,
    }
}

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

fn row(item: HashMap<String, AttributeValue>) -> Row {
    item.into_iter().collect()
}

fn problem<E: ProvideErrorMetadata>(error: SdkError<E, impl std::fmt::Debug>) -> TableError {
    match &error {
        SdkError::ServiceError(service) => service_error(service.err()),
        SdkError::TimeoutError(_) => {
            TableError::Unreachable("it did not answer in time".to_owned())
        }
        SdkError::DispatchFailure(failure) => TableError::Unreachable(format!("{failure:?}")),
        _ => TableError::Unreachable(
            "the call could not be made or its answer not be read".to_owned(),
        ),
    }
}

fn service_error(error: &impl ProvideErrorMetadata) -> TableError {
    TableError::Service {
        code: error.code().unwrap_or("UnknownError").to_owned(),
        message: error.message().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_and_value_is_used_and_the_key_is_not_written() {
        let to = "2026-03-09T14:05:00Z".to_owned();
        let seen = text("yesterday");
        for date in [
            DateChange::Leave,
            DateChange::Advance { to: to.clone() },
            DateChange::Replace { to, seen },
        ] {
            for contact in [None, Some("5ca32fbd".to_owned())] {
                let date = date.clone();
                let expressions = expressions(&Change { contact, date });
                assert!(expressions.condition.starts_with("attribute_exists(#key)"));
                assert!(!expressions.update.contains("#key"));
                // DynamoDB refuses those that are not.
                let both = format!("{} {}", expressions.update, expressions.condition);
                let words: Vec<&str> = both.split([' ', ',', '(', ')']).collect();
                let given = expressions.names.keys().chain(expressions.values.keys());
                let given: Vec<&str> = given.map(String::as_str).collect();
                for name in &given {
                    assert!(words.contains(name), "{name} in {both}");
                }
                for word in words.iter().filter(|word| word.starts_with(['#', ':'])) {
                    assert!(given.contains(word), "{word} of {both}");
                }
            }
        }
    }

    #[test]
    fn without_its_name_there_is_no_table() {
        let named = |name: &'static str| {
            DynamoTable::read(|variable| (variable == "TABLE_NAME").then(|| name.to_owned()))
        };
        assert!(named("").is_none());
        assert_eq!(named("customers").unwrap().name, "customers");
    }
}
