//! The function and DynamoDB's own rules: the handler with the AWS SDK against the embedded table.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Region, SharedCredentialsProvider, StalledStreamProtectionConfig,
};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use customer_lookup::dynamo::DynamoTable;
use customer_lookup::handler::{Context, handle};
use customer_lookup::lookup::Patience;
use customer_lookup::settings::Settings;
use serde_json::{Value, json};

const TABLE: &str = "customers";
const NUMBER: &str = "+12065550101";

/// The embedded AWS with the table, and who uses it.
struct Embedded {
    running: local_aws::Running,
    client: Client,
    table: DynamoTable,
}

impl Embedded {
    async fn start() -> Self {
        let running = local_aws::server::start(local_aws::Config::default())
            .await
            .unwrap();
        let credentials = Credentials::new("local", "local", None, None, "test");
        // What is tried here is what is written, not how soon.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(120))
            .operation_timeout(Duration::from_secs(120))
            .build();
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(running.url())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .timeout_config(timeouts)
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build();
        let client = Client::from_conf(config);
        let table = DynamoTable::new(client.clone(), TABLE.to_owned());
        Self {
            running,
            client,
            table,
        }
    }

    async fn with_table() -> Self {
        let this = Self::start().await;
        this.client
            .create_table()
            .table_name(TABLE)
            .billing_mode(BillingMode::PayPerRequest)
            .attribute_definitions(
                AttributeDefinition::builder()
                    .attribute_name("CalledNumber")
                    .attribute_type(ScalarAttributeType::S)
                    .build()
                    .unwrap(),
            )
            .key_schema(
                KeySchemaElement::builder()
                    .attribute_name("CalledNumber")
                    .key_type(KeyType::Hash)
                    .build()
                    .unwrap(),
            )
            .send()
            .await
            .unwrap();
        this
    }

    async fn put(&self, attributes: &[(&str, AttributeValue)]) {
        let mut put = self.client.put_item().table_name(TABLE);
        for (name, value) in attributes {
            put = put.item(*name, value.clone());
        }
        put.item("CalledNumber", s(NUMBER)).send().await.unwrap();
    }

    async fn row(&self) -> HashMap<String, AttributeValue> {
        let get = self.client.get_item().table_name(TABLE);
        let output = get.key("CalledNumber", s(NUMBER)).send().await.unwrap();
        output.item.unwrap()
    }

    /// Calls at a second since 1970.
    async fn call_at(&self, second: i64, number: &str) -> Value {
        self.call_in(&format!("contact-{}", fresh()), second, number)
            .await
    }

    /// Calls in a contact.
    async fn call_in(&self, contact: &str, second: i64, number: &str) -> Value {
        let context = Context {
            table: Some(&self.table),
            settings: &Settings::read(|_| None),
            patience: Patience {
                record: Duration::from_secs(120),
                read: Duration::from_secs(120),
            },
            now: jiff::Timestamp::from_second(second).unwrap(),
        };
        let event = json!({
            "Name": "ContactFlowEvent",
            "Details": { "ContactData": {
                "ContactId": contact, "CustomerEndpoint": { "Address": number }
            }, "Parameters": {} }
        });
        let (answer, line) = handle(&event, &context).await;
        let line = line.to_json();
        assert!(!line.contains("notRecorded"), "{line}");
        answer.unwrap()
    }
}

/// Another number at each call.
fn fresh() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn n(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

/// 2026-03-09T14:05:00Z
const SECOND: i64 = 1_773_065_100;

#[tokio::test]
async fn a_call_is_recorded_and_the_row_comes_as_it_was() {
    let aws = Embedded::with_table().await;
    aws.put(&[
        ("FirstName", s("Robin")),
        (
            "Tags",
            AttributeValue::Ss(vec!["b".to_owned(), "a".to_owned()]),
        ),
        ("Tier", AttributeValue::L(vec![s("gold"), n(2)])),
        ("Score", AttributeValue::N("12.50".to_owned())),
        ("Nothing", AttributeValue::Null(true)),
    ])
    .await;
    let first = aws.call_at(SECOND, "(206) 555-0101").await;
    let expected = json!({
        "Found": "true",
        "NameKnown": "true",
        "CalledBefore": "false",
        "CalledNumber": NUMBER,
        "FirstName": "Robin",
        "Nothing": "",
        "Score": "12.5",
        "Tags": "a, b",
        "Tier": "gold, 2",
    });
    assert_eq!(first, expected);
    let row = aws.row().await;
    assert_eq!(row["LastCallDate"], s("2026-03-09T14:05:00Z"));
    assert_eq!(row["CallCount"], n(1));
    let second = aws.call_at(SECOND + 86_400, NUMBER).await;
    assert_eq!(second["LastCallDate"], "2026-03-09T14:05:00Z");
    assert_eq!(second["LastCallDateSpoken"], "Monday, March 9, 2026");
    assert_eq!(second["CallCount"], "1");
    aws.running.stop().await;
}

#[tokio::test]
async fn a_missing_row_is_not_made_and_a_missing_table_is_told() {
    let aws = Embedded::with_table().await;
    let answer = aws.call_at(SECOND, NUMBER).await;
    assert_eq!(answer["Reason"], "not_found");
    let scan = aws.client.scan().table_name(TABLE).send().await.unwrap();
    assert_eq!(scan.count(), 0);
    aws.running.stop().await;
    let aws = Embedded::start().await;
    let answer = aws.call_at(SECOND, NUMBER).await;
    assert_eq!(answer["Reason"], "table_missing");
    aws.running.stop().await;
}

#[tokio::test]
async fn whatever_date_there_is_the_call_is_recorded_once() {
    let aws = Embedded::with_table().await;
    let now = "2026-03-09T14:05:00Z";
    let later = "2026-03-09T14:05:01Z";
    for (there, then) in [
        (s(""), now),
        (s("yesterday"), now),
        (s("2026-03-09T15:05:00+01:00"), now),
        (n(SECOND), now),
        (AttributeValue::Null(true), now),
        (AttributeValue::Bool(true), now),
        (AttributeValue::L(vec![s("2026-03-08")]), now),
        (AttributeValue::Ss(vec!["2026-03-08".to_owned()]), now),
        (s(now), now),
        (s(later), later),
    ] {
        aws.put(&[("LastCallDate", there.clone())]).await;
        assert_eq!(aws.call_at(SECOND, NUMBER).await["Found"], "true");
        let row = aws.row().await;
        assert_eq!(row["LastCallDate"], s(then), "{there:?}");
        assert_eq!(row["CallCount"], n(1), "{there:?}");
    }
    aws.running.stop().await;
}

/// Each call is counted, the latest date stays whatever the order, what somebody else writes
/// meanwhile stays too, and every caller hears a date that was there before.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_calls_at_the_same_time_lose_no_update() {
    const CALLS: i64 = 1_000;
    let aws = Embedded::with_table().await;
    aws.put(&[("FirstName", s("Robin")), ("CallCount", n(7))])
        .await;
    let aws = std::sync::Arc::new(aws);
    let mut calls = tokio::task::JoinSet::new();
    for index in 0..CALLS {
        let aws = std::sync::Arc::clone(&aws);
        // In an order that goes up and down; 7 and 1,000 have no common divisor.
        let second = SECOND + index * 7 % CALLS;
        calls.spawn(async move {
            if index % 100 == 0 {
                let update = aws.client.update_item().table_name(TABLE);
                update
                    .key("CalledNumber", s(NUMBER))
                    .update_expression("ADD Edits :one")
                    .expression_attribute_values(":one", n(1))
                    .send()
                    .await
                    .unwrap();
            }
            aws.call_at(second, NUMBER).await
        });
    }
    let mut counts = Vec::new();
    while let Some(done) = calls.join_next().await {
        let answer = done.unwrap();
        assert_eq!(answer["FirstName"], "Robin");
        counts.push(
            answer["CallCount"]
                .as_str()
                .unwrap()
                .parse::<i64>()
                .unwrap(),
        );
    }
    // Each saw the row as another left it: none wrote over another.
    counts.sort_unstable();
    assert_eq!(counts, (7..7 + CALLS).collect::<Vec<_>>());
    let row = aws.row().await;
    assert_eq!(row["CallCount"], n(7 + CALLS));
    let latest = jiff::Timestamp::from_second(SECOND + CALLS - 1).unwrap();
    let latest = customer_lookup::date::written(latest);
    assert_eq!(row["LastCallDate"], s(&latest));
    assert_eq!(row["Edits"], n(10));
}

#[tokio::test]
async fn asked_again_in_one_contact_nothing_is_written() {
    let embedded = Embedded::with_table().await;
    for (row, count) in [
        (vec![], 1),
        (
            vec![
                ("LastCallDate", s("2026-01-01T00:00:00Z")),
                ("CallCount", n(4)),
            ],
            5,
        ),
        (vec![("LastCallDate", s("yesterday"))], 1),
    ] {
        embedded.put(&row).await;
        let first = embedded.call_in("one", 1_800_000_000, NUMBER).await;
        let written = embedded.row().await;
        assert_eq!(written["CallCount"], n(count));
        for second in 1..4 {
            let again = embedded
                .call_in("one", 1_800_000_000 + second, NUMBER)
                .await;
            assert_eq!(again, first);
        }
        assert_eq!(embedded.row().await, written);
    }
    embedded.running.stop().await;
}
