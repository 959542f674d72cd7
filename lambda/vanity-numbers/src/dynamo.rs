//! The table in DynamoDB.
//!
//! Key `phoneNumber` (E.164). An item that a call has written carries `calledAt` (milliseconds
//! since 1970) and `recent` = `caller`: the sparse index `recent-callers` (`recent`, `calledAt`)
//! lists the last callers without a second write by the function. Numbers that were only looked up
//! on the web are not in it.

use std::collections::HashMap;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Region};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{AttributeValue, Select};
use aws_smithy_http_client::{Builder, tls};

use crate::table::{Answer, Caller, Stored, Table, TableError};

/// The index that lists the last callers.
pub const RECENT_CALLERS_INDEX: &str = "recent-callers";
/// What every item in it has under `recent`.
const RECENT: &str = "caller";

/// What the function's environment says about its table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// `TABLE_NAME`.
    pub table_name: String,
    /// `AWS_REGION`.
    pub region: String,
    /// `AWS_ENDPOINT_URL_DYNAMODB` or `AWS_ENDPOINT_URL`.
    pub endpoint_url: Option<String>,
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key_id: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_access_key: String,
    /// `AWS_SESSION_TOKEN`.
    pub session_token: Option<String>,
}

impl Settings {
    /// Reads the settings through `variable`; `None` without a table. What else is missing shows
    /// when the table is asked: a caller is answered all the same.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        Some(Self {
            table_name: given("TABLE_NAME")?,
            region: given("AWS_REGION")
                .or_else(|| given("AWS_DEFAULT_REGION"))
                .unwrap_or_else(|| "us-east-1".to_owned()),
            endpoint_url: given("AWS_ENDPOINT_URL_DYNAMODB").or_else(|| given("AWS_ENDPOINT_URL")),
            access_key_id: given("AWS_ACCESS_KEY_ID").unwrap_or_default(),
            secret_access_key: given("AWS_SECRET_ACCESS_KEY").unwrap_or_default(),
            session_token: given("AWS_SESSION_TOKEN"),
        })
    }
}

/// The table in DynamoDB.
#[derive(Debug, Clone)]
pub struct DynamoTable {
    client: Client,
    name: String,
}

impl DynamoTable {
    /// A client for the table. Nothing is sent yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let credentials = Credentials::from_keys(
            settings.access_key_id,
            settings.secret_access_key,
            settings.session_token,
        );
        let plain = settings
            .endpoint_url
            .as_deref()
            .is_some_and(|url| url.starts_with("http://"));
        // Without TLS no certificates are read.
        let http_client = if plain {
            Builder::new().build_http()
        } else {
            Builder::new()
                .tls_provider(tls::Provider::Rustls(
                    tls::rustls_provider::CryptoMode::Ring,
                ))
                .build_https()
        };
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region))
            .credentials_provider(credentials)
            .http_client(http_client)
            // A second try within the patience of the lookup.
            .retry_config(RetryConfig::standard().with_max_attempts(2))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_millis(500))
                    .operation_attempt_timeout(Duration::from_millis(900))
                    .build(),
            );
        config.set_endpoint_url(settings.endpoint_url);
        Self {
            client: Client::from_conf(config.build()),
            name: settings.table_name,
        }
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
    fn settings_come_from_the_environment() {
        let environment = |pairs: &'static [(&str, &str)]| {
            Settings::read(|name| {
                pairs
                    .iter()
                    .find(|(key, _)| *key == name)
                    .map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(environment(&[("AWS_REGION", "eu-west-1")]), None);
        assert_eq!(environment(&[("TABLE_NAME", "")]), None);
        let settings = environment(&[
            ("TABLE_NAME", "numbers"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
            ("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:2"),
        ])
        .unwrap();
        assert_eq!(settings.endpoint_url.as_deref(), Some("http://127.0.0.1:2"));
        assert_eq!(
            (settings.table_name.as_str(), settings.region.as_str()),
            ("numbers", "eu-west-1")
        );
    }
}
