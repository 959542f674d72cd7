//! The table in DynamoDB.
//!
//! Key `phoneNumber` (E.164). An item that a call has written carries `calledAt` (milliseconds
//! since 1970) and `recent` = `caller`: the sparse index `recent-callers` (`recent`, `calledAt`)
//! lists the last callers without a second write by the function. Numbers that were only looked up
//! on the web are not in it.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, Select};
use function_kit::client::{Patience, Settings};

use crate::table::{Answer, Caller, Stored, Table, TableError};

/// The index that lists the last callers.
pub const RECENT_CALLERS_INDEX: &str = "recent-callers";
/// What every item in it has under `recent`.
const RECENT: &str = "caller";

/// A caller is waiting: a second try within the patience of the lookup.
const PATIENCE: Patience = Patience {
    connect: Duration::from_millis(500),
    attempt: Duration::from_millis(900),
    attempts: 2,
};

/// The table in DynamoDB.
#[derive(Debug, Clone)]
pub struct DynamoTable {
    client: Client,
    name: String,
}

impl DynamoTable {
    /// A client for the table that `TABLE_NAME` names, read through `variable`; `None` without
    /// one. What else is missing shows when the table is asked: a caller is answered all the
    /// same. Nothing is sent yet.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let name = variable("TABLE_NAME").filter(|name| !name.is_empty())?;
        let config = Settings::read("DYNAMODB", variable).sdk_config(PATIENCE);
        Some(Self {
            client: Client::new(&config),
            name,
        })
    }
}

impl Table for DynamoTable {
    fn get<'call>(&'call self, phone_number: &'call str) -> Answer<'call, Option<Stored>> {
        Box::pin(async move {
            let output = self
                .client
                .get_item()
                .table_name(&self.name)
                .key("phoneNumber", AttributeValue::S(phone_number.to_owned()))
                .send()
                .await
                .map_err(problem)?;
            output.item.map(|item| stored(&item)).transpose()
        })
    }

    fn put<'call>(
        &'call self,
        phone_number: &'call str,
        item: &'call Stored,
        read: Option<&'call Stored>,
    ) -> Answer<'call, ()> {
        Box::pin(async move {
            let put = self
                .client
                .put_item()
                .table_name(&self.name)
                .set_item(Some(attributes(phone_number, item)));
            let put = match read {
                None => put.condition_expression("attribute_not_exists(phoneNumber)"),
                Some(read) => put
                    .condition_expression("wordListVersion = :read")
                    .expression_attribute_values(
                        ":read",
                        AttributeValue::S(read.word_list_version.clone()),
                    ),
            };
            match put.send().await {
                Ok(_) => Ok(()),
                Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(()),
                Err(error) => Err(problem(error)),
            }
        })
    }

    fn last_callers(&self, most: usize) -> Answer<'_, Vec<Caller>> {
        Box::pin(async move {
            let output = self
                .client
                .query()
                .table_name(&self.name)
                .index_name(RECENT_CALLERS_INDEX)
                .key_condition_expression("recent = :caller")
                .expression_attribute_values(":caller", AttributeValue::S(RECENT.to_owned()))
                .scan_index_forward(false)
                .limit(i32::try_from(most).unwrap_or(i32::MAX))
                .select(Select::AllProjectedAttributes)
                .send()
                .await
                .map_err(problem)?;
            let number = |item: &HashMap<String, AttributeValue>| {
                item.get("phoneNumber")?.as_s().ok().cloned()
            };
            Ok(output
                .items()
                .iter()
                .filter_map(number)
                .map(|phone_number| Caller { phone_number })
                .collect())
        })
    }
}

fn problem<E: ProvideErrorMetadata + std::error::Error + 'static>(
    error: SdkError<E, impl std::fmt::Debug>,
) -> TableError {
    match &error {
        SdkError::ServiceError(service) => TableError::Service {
            code: service.err().code().unwrap_or("UnknownError").to_owned(),
            message: service.err().message().unwrap_or_default().to_owned(),
        },
        SdkError::TimeoutError(_) => {
            TableError::Unreachable("it did not answer in time".to_owned())
        }
        SdkError::DispatchFailure(failure) => TableError::Unreachable(format!("{failure:?}")),
        _ => TableError::Unreachable(
            "the call could not be made or its answer not be read".to_owned(),
        ),
    }
}

fn attributes(phone_number: &str, item: &Stored) -> HashMap<String, AttributeValue> {
    let text = |value: &str| AttributeValue::S(value.to_owned());
    let mut attributes = HashMap::from([
        ("phoneNumber".to_owned(), text(phone_number)),
        ("wordListVersion".to_owned(), text(&item.word_list_version)),
        (
            "vanityNumbers".to_owned(),
            AttributeValue::L(
                item.vanity_numbers
                    .iter()
                    .map(|number| text(number))
                    .collect(),
            ),
        ),
    ]);
    if let Some(called_at) = item.called_at {
        attributes.insert(
            "calledAt".to_owned(),
            AttributeValue::N(called_at.to_string()),
        );
        attributes.insert("recent".to_owned(), text(RECENT));
    }
    if let Some(chosen) = &item.chosen_number {
        attributes.insert("chosenNumber".to_owned(), text(chosen));
    }
    attributes
}

fn stored(item: &HashMap<String, AttributeValue>) -> Result<Stored, TableError> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).cloned();
    let numbers = item
        .get("vanityNumbers")
        .and_then(|value| value.as_l().ok())
        .map(Vec::as_slice);
    Ok(Stored {
        vanity_numbers: numbers
            .ok_or(TableError::Malformed("vanityNumbers is no list"))?
            .iter()
            .map(|number| number.as_s().cloned())
            .collect::<Result<_, _>>()
            .map_err(|_| {
                TableError::Malformed("vanityNumbers holds something other than strings")
            })?,
        word_list_version: text("wordListVersion")
            .ok_or(TableError::Malformed("wordListVersion is no string"))?,
        called_at: item
            .get("calledAt")
            .and_then(|value| value.as_n().ok())
            .and_then(|milliseconds| milliseconds.parse().ok()),
        chosen_number: text("chosenNumber"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_reads_back_as_it_was_written() {
        let item = Stored {
            vanity_numbers: vec!["+1-800-PAINTER".to_owned(), "+1-800-RAG-OVER".to_owned()],
            word_list_version: "1.abc".to_owned(),
            called_at: Some(1_700_000_000_000),
            chosen_number: Some("+1-800-PAINTER".to_owned()),
        };
        assert_eq!(stored(&attributes("+18007246837", &item)), Ok(item));
    }

    #[test]
    fn only_callers_are_in_the_index() {
        let item = Stored::default();
        assert!(!attributes("+18007246837", &item).contains_key("recent"));
        let item = Stored {
            called_at: Some(1),
            ..item
        };
        assert!(attributes("+18007246837", &item).contains_key("recent"));
    }

    #[test]
    fn a_foreign_item_is_malformed_and_no_panic() {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        for item in [
            HashMap::from([("phoneNumber".to_owned(), text("+1"))]),
            HashMap::from([
                ("vanityNumbers".to_owned(), text("PAINTER")),
                ("wordListVersion".to_owned(), text("1")),
            ]),
            HashMap::from([(
                "vanityNumbers".to_owned(),
                AttributeValue::L(vec![AttributeValue::Bool(true)]),
            )]),
        ] {
            assert!(matches!(stored(&item), Err(TableError::Malformed(_))));
        }
    }

    #[test]
    fn without_its_name_there_is_no_table() {
        let named = |name: &'static str| {
            DynamoTable::read(|variable| (variable == "TABLE_NAME").then(|| name.to_owned()))
        };
        assert!(named("").is_none());
        assert_eq!(named("numbers").unwrap().name, "numbers");
    }
}
