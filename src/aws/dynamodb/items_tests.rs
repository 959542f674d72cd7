//! Items against a service that answers by a script.

use std::collections::BTreeMap;

use super::*;
use crate::aws::testing::Script;

fn key() -> Vec<KeyAttribute> {
    vec![KeyAttribute {
        name: "Id".to_owned(),
        key_type: KeyType::N,
        is_sort: false,
    }]
}

fn item(id: &str) -> Item {
    BTreeMap::from([("Id".to_owned(), Attribute::N(id.to_owned()))])
}

const CONDITION: &str = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"x"}"#;

#[tokio::test]
async fn the_key_is_read_partition_key_first() {
    let script = Script::new().on(
        "POST",
        200,
        r#"{"Table": {
            "KeySchema": [{"AttributeName": "At", "KeyType": "RANGE"}, {"AttributeName": "Id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "Id", "AttributeType": "S"}, {"AttributeName": "At", "AttributeType": "N"}]
        }}"#,
    );
    let key = script.ports().tables.key("T").await.unwrap().unwrap();
    let reported: Vec<_> = key
        .iter()
        .map(|part| (part.name.as_str(), part.key_type, part.is_sort))
        .collect();
    assert_eq!(
        reported,
        [("Id", KeyType::S, false), ("At", KeyType::N, true)]
    );
}

#[tokio::test]
async fn no_table_is_none_and_no_permission_is_a_failure() {
    let script = Script::new()
        .error("POST", 400, "ResourceNotFoundException", "no table")
        .error("POST", 400, "AccessDeniedException", "no");
    let tables = script.ports().tables;
    assert_eq!(tables.key("T").await.unwrap(), None);
    let failure = tables.key("T").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::AccessDenied);
}

#[tokio::test]
async fn keys_that_were_not_answered_are_asked_again() {
    let script = Script::new()
        .on(
            "POST",
            200,
            r#"{"Responses": {"T": [{"Id": {"N": "1"}}]},
                "UnprocessedKeys": {"T": {"Keys": [{"Id": {"N": "2.0"}}]}}}"#,
        )
        .on("POST", 200, r#"{"Responses": {"T": [{"Id": {"N": "2"}}]}}"#);
    let present = script
        .ports()
        .tables
        .present("T", &key(), &[item("1"), item("2.0"), item("3")])
        .await
        .unwrap();
    assert_eq!(present, [true, true, false]);
    assert_eq!(script.count("\"ConsistentRead\":true"), 2);
    assert_eq!(script.count("{\"Id\":{\"N\":\"3\"}}"), 1);
    script.assert_used();
}

#[tokio::test]
async fn an_item_that_is_there_is_not_written_and_throttling_passes() {
    let script = Script::new()
        .error_body("POST", 400, "ConditionalCheckFailedException", CONDITION)
        // More than the SDK tries by itself.
        .times(
            8,
            "POST",
            400,
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#ThrottlingException","message":"slow"}"#,
        )
        .on("POST", 200, "{}");
    let tables = script.ports().tables;
    assert!(!tables.put_new("T", &key(), &item("1")).await.unwrap());
    assert!(tables.put_new("T", &key(), &item("2")).await.unwrap());
    assert_eq!(script.count("attribute_not_exists(#key)"), 10);
    script.assert_used();
}
