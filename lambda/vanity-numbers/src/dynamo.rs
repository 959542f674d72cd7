//! The table in DynamoDB.
//!
//! Key `phoneNumber` (E.164). An item that a call has written carries `calledAt` (milliseconds
//! since 1970) and `recent` = `caller`: the sparse index `recent-callers` (`recent`, `calledAt`)
//! lists the last callers without a second write by the function. Numbers that were only looked up
//! on the web are not in it. `expiresAt` (seconds since 1970) is the table's time to live.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, Select};
use function_kit::client::{Patience, Settings};

use crate::item::{self, RECENT};
use crate::table::{Answer, Caller, Stored, Table, TableError, Written};

/// The index that lists the last callers.
pub const RECENT_CALLERS_INDEX: &str = "recent-callers";

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
                // What this contact, or another a moment ago, has written must be seen.
                .consistent_read(true)
                .send()
                .await
                .map_err(problem)?;
            output.item.map(|item| item::stored(&item)).transpose()
        })
    }

    fn update<'call>(
        &'call self,
        phone_number: &'call str,
        wanted: &'call Stored,
        read: Option<&'call Stored>,
    ) -> Answer<'call, Written> {
        Box::pin(async move {
            let update = item::update(wanted, read);
            let sent = self
                .client
                .update_item()
                .table_name(&self.name)
                .key("phoneNumber", AttributeValue::S(phone_number.to_owned()))
                .update_expression(update.expression)
                .condition_expression(update.condition)
                .set_expression_attribute_values(Some(update.values))
                .send()
                .await;
            match sent {
                Ok(_) => Ok(Written::Done),
                Err(error) if error.code() == Some("ConditionalCheckFailedException") => {
                    Ok(Written::Moved)
                }
                Err(error) => Err(problem(error)),
            }
        })
    }

    fn last_callers(&self, most: usize, since: u64) -> Answer<'_, Vec<Caller>> {
        Box::pin(async move {
            let output = self
                .client
                .query()
                .table_name(&self.name)
                .index_name(RECENT_CALLERS_INDEX)
                .key_condition_expression("recent = :caller AND calledAt >= :since")
                .expression_attribute_values(":caller", AttributeValue::S(RECENT.to_owned()))
                .expression_attribute_values(":since", AttributeValue::N(since.to_string()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_its_name_there_is_no_table() {
        let named = |name: &'static str| {
            DynamoTable::read(|variable| (variable == "TABLE_NAME").then(|| name.to_owned()))
        };
        assert!(named("").is_none());
        assert_eq!(named("numbers").unwrap().name, "numbers");
    }
}
