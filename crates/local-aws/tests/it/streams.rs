//! DynamoDB Streams.

use serde_json::{Value, json};

use crate::client::{Answer, Aws};
use local_aws::server::Config;

async fn dynamodb(aws: &Aws, operation: &str, body: &Value) -> Answer {
    aws.json("dynamodb", &format!("DynamoDB_20120810.{operation}"), body)
        .await
}

async fn streams(aws: &Aws, operation: &str, body: &Value) -> Answer {
    aws.json(
        "dynamodb",
        &format!("DynamoDBStreams_20120810.{operation}"),
        body,
    )
    .await
}

/// Creates the table `t` with a stream of that view and answers the stream's ARN.
async fn table(aws: &Aws, view: &str) -> String {
    let created = dynamodb(
        aws,
        "CreateTable",
        &json!({
            "TableName": "table",
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
            "StreamSpecification": { "StreamEnabled": true, "StreamViewType": view },
        }),
    )
    .await
    .ok()
    .json();
    let table = &created["TableDescription"];
    table["LatestStreamArn"].as_str().unwrap().to_owned()
}

async fn put(aws: &Aws, id: &str, count: u32) {
    let item = json!({ "id": { "S": id }, "count": { "N": count.to_string() } });
    dynamodb(
        aws,
        "PutItem",
        &json!({ "TableName": "table", "Item": item }),
    )
    .await
    .ok();
}

async fn shard(aws: &Aws, stream: &str) -> Value {
    let described = streams(aws, "DescribeStream", &json!({ "StreamArn": stream }))
        .await
        .ok()
        .json();
    described["StreamDescription"]["Shards"][0].clone()
}

async fn iterator(aws: &Aws, stream: &str, more: &Value) -> Answer {
    let mut body = json!({
        "StreamArn": stream,
        "ShardId": shard(aws, stream).await["ShardId"],
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    streams(aws, "GetShardIterator", &body).await
}

async fn read(aws: &Aws, iterator: &Value, limit: u32) -> Value {
    let body = json!({ "ShardIterator": iterator, "Limit": limit });
    streams(aws, "GetRecords", &body).await.ok().json()
}

/// The records from there on.
async fn records(aws: &Aws, stream: &str, from: &Value) -> Vec<Value> {
    let given = iterator(aws, stream, from).await.ok().json();
    let answer = read(aws, &given["ShardIterator"], 1000).await;
    answer["Records"].as_array().unwrap().clone()
}

fn names(records: &[Value]) -> Vec<String> {
    records
        .iter()
        .map(|record| {
            let id = record["dynamodb"]["Keys"]["id"]["S"].as_str().unwrap();
            format!("{} {id}", record["eventName"].as_str().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn changes_are_read_in_order_from_every_position() {
    let aws = Aws::start().await;
    let stream = table(&aws, "NEW_AND_OLD_IMAGES").await;
    put(&aws, "a", 1).await;
    put(&aws, "b", 1).await;
    put(&aws, "a", 2).await;
    // A put that changes nothing is no change.
    put(&aws, "a", 2).await;
    let latest = iterator(&aws, &stream, &json!({ "ShardIteratorType": "LATEST" }))
        .await
        .ok()
        .json();
    let key = json!({ "TableName": "table", "Key": { "id": { "S": "a" } } });
    dynamodb(&aws, "DeleteItem", &key).await.ok();
    let all = records(
        &aws,
        &stream,
        &json!({ "ShardIteratorType": "TRIM_HORIZON" }),
    )
    .await;
    assert_eq!(
        names(&all),
        ["INSERT a", "INSERT b", "MODIFY a", "REMOVE a"]
    );
    let change = &all[2]["dynamodb"];
    assert_eq!(change["OldImage"]["count"], json!({ "N": "1" }));
    assert_eq!(change["NewImage"]["count"], json!({ "N": "2" }));
    assert_eq!(change["StreamViewType"], "NEW_AND_OLD_IMAGES");
    assert_eq!(all[2]["awsRegion"], "us-east-1");
    let after = read(&aws, &latest["ShardIterator"], 10).await;
    assert_eq!(names(after["Records"].as_array().unwrap()), ["REMOVE a"]);
    for (kind, expected) in [
        ("AT_SEQUENCE_NUMBER", vec!["MODIFY a", "REMOVE a"]),
        ("AFTER_SEQUENCE_NUMBER", vec!["REMOVE a"]),
    ] {
        let from = json!({ "ShardIteratorType": kind, "SequenceNumber": change["SequenceNumber"] });
        assert_eq!(
            names(&records(&aws, &stream, &from).await),
            expected,
            "{kind}"
        );
    }
    // Page by page.
    let given = iterator(
        &aws,
        &stream,
        &json!({ "ShardIteratorType": "TRIM_HORIZON" }),
    )
    .await;
    let mut next = given.ok().json()["ShardIterator"].clone();
    let mut seen = Vec::new();
    for _ in 0..5 {
        let page = read(&aws, &next, 1).await;
        seen.extend(names(page["Records"].as_array().unwrap()));
        next = page["NextShardIterator"].clone();
    }
    assert_eq!(seen, names(&all));
}

#[tokio::test]
async fn the_view_decides_what_a_record_carries() {
    for (view, new, old) in [
        ("KEYS_ONLY", false, false),
        ("NEW_IMAGE", true, false),
        ("OLD_IMAGE", false, true),
    ] {
        let aws = Aws::start().await;
        let stream = table(&aws, view).await;
        put(&aws, "a", 1).await;
        put(&aws, "a", 2).await;
        let all = records(
            &aws,
            &stream,
            &json!({ "ShardIteratorType": "TRIM_HORIZON" }),
        )
        .await;
        let change = &all[1]["dynamodb"];
        assert_eq!(change.get("NewImage").is_some(), new, "{view}");
        assert_eq!(change.get("OldImage").is_some(), old, "{view}");
    }
}

#[tokio::test]
async fn a_table_of_an_earlier_name_leaves_nothing_in_the_stream() {
    let aws = Aws::start().await;
    let first = table(&aws, "KEYS_ONLY").await;
    put(&aws, "old", 1).await;
    let named = json!({ "TableName": "table" });
    dynamodb(&aws, "DeleteTable", &named).await.ok();
    let second = table(&aws, "NEW_IMAGE").await;
    assert_ne!(first, second);
    put(&aws, "new", 1).await;
    let from = json!({ "ShardIteratorType": "TRIM_HORIZON" });
    assert_eq!(names(&records(&aws, &second, &from).await), ["INSERT new"]);
    let gone = streams(&aws, "DescribeStream", &json!({ "StreamArn": first })).await;
    assert_eq!(gone.status, 400);
    assert_eq!(gone.json()["__type"], "ResourceNotFoundException");
}

#[tokio::test]
async fn a_stream_that_is_turned_off_can_be_read_to_its_end() {
    let aws = Aws::start().await;
    let stream = table(&aws, "KEYS_ONLY").await;
    put(&aws, "a", 1).await;
    let off = json!({ "TableName": "table", "StreamSpecification": { "StreamEnabled": false } });
    dynamodb(&aws, "UpdateTable", &off).await.ok();
    put(&aws, "b", 1).await;
    let described = streams(&aws, "DescribeStream", &json!({ "StreamArn": stream }))
        .await
        .ok()
        .json();
    let described = &described["StreamDescription"];
    assert_eq!(described["StreamStatus"], "DISABLED");
    let range = &described["Shards"][0]["SequenceNumberRange"];
    assert!(range["EndingSequenceNumber"].is_string(), "{range}");
    let from = json!({ "ShardIteratorType": "TRIM_HORIZON" });
    let given = iterator(&aws, &stream, &from).await.ok().json();
    let page = read(&aws, &given["ShardIterator"], 10).await;
    assert_eq!(names(page["Records"].as_array().unwrap()), ["INSERT a"]);
    assert_eq!(page.get("NextShardIterator"), None);
}

#[tokio::test]
async fn streams_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let config = || Config {
        folder: Some(crate::client::kept(folder.path())),
        ..Config::default()
    };
    let aws = Aws::with(config()).await;
    let stream = table(&aws, "NEW_IMAGE").await;
    put(&aws, "a", 1).await;
    aws.stop().await;
    let aws = Aws::with(config()).await;
    put(&aws, "b", 1).await;
    let all = records(
        &aws,
        &stream,
        &json!({ "ShardIteratorType": "TRIM_HORIZON" }),
    )
    .await;
    assert_eq!(names(&all), ["INSERT a", "INSERT b"]);
}

#[tokio::test]
async fn an_item_whose_time_is_over_is_deleted_by_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let config = || Config {
        folder: Some(crate::client::kept(folder.path())),
        ..Config::default()
    };
    let aws = Aws::with(config()).await;
    let stream = table(&aws, "KEYS_ONLY").await;
    let specification = json!({
        "TableName": "table",
        "TimeToLiveSpecification": { "AttributeName": "count", "Enabled": true },
    });
    dynamodb(&aws, "UpdateTimeToLive", &specification)
        .await
        .ok();
    put(&aws, "kept", 4_000_000_000).await;
    // Over by a day: DynamoDB leaves alone what is over by more than five years.
    let yesterday = jiff::Timestamp::now().as_second() - 86_400;
    put(&aws, "over", u32::try_from(yesterday).unwrap()).await;
    aws.stop().await;
    // It looks when it starts, then from time to time.
    let aws = Aws::with(config()).await;
    let all = loop {
        let all = records(
            &aws,
            &stream,
            &json!({ "ShardIteratorType": "TRIM_HORIZON" }),
        )
        .await;
        if all.len() > 2 {
            break all;
        }
        tokio::task::yield_now().await;
    };
    assert_eq!(names(&all), ["INSERT kept", "INSERT over", "REMOVE over"]);
    assert_eq!(
        all[2]["userIdentity"],
        json!({ "PrincipalId": "dynamodb.amazonaws.com", "Type": "Service" })
    );
}

#[tokio::test]
async fn wrong_requests_are_refused() {
    let aws = Aws::start().await;
    let stream = table(&aws, "KEYS_ONLY").await;
    let shard_id = shard(&aws, &stream).await["ShardId"].clone();
    let iterator = |more: Value| {
        let mut body =
            json!({ "StreamArn": stream, "ShardId": shard_id, "ShardIteratorType": "LATEST" });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    let invalid = "ValidationException";
    let absent = "ResourceNotFoundException";
    let other = stream
        .replace("/table/", "/other/")
        .replace(":table/table", ":table/other");
    let long = "1".repeat(41);
    for (operation, body, code) in [
        ("DescribeStream", json!({}), invalid),
        ("DescribeStream", json!({ "StreamArn": other }), absent),
        (
            "DescribeStream",
            json!({ "StreamArn": stream, "Limit": 0 }),
            invalid,
        ),
        (
            "DescribeStream",
            json!({ "StreamArn": stream, "Limit": 101 }),
            invalid,
        ),
        (
            "DescribeStream",
            json!({ "StreamArn": stream, "ShardFilter": { "Type": "CHILD_SHARDS" } }),
            "NotImplementedByLocalAws",
        ),
        (
            "GetShardIterator",
            iterator(json!({ "ShardId": "shardId-00000000000000000000-00000000" })),
            absent,
        ),
        (
            "GetShardIterator",
            iterator(json!({ "ShardIteratorType": "AT_TIMESTAMP" })),
            invalid,
        ),
        (
            "GetShardIterator",
            iterator(json!({ "ShardIteratorType": "AT_SEQUENCE_NUMBER" })),
            invalid,
        ),
        (
            "GetShardIterator",
            iterator(json!({ "SequenceNumber": "100000000000000000001" })),
            invalid,
        ),
        (
            "GetShardIterator",
            iterator(json!({ "SequenceNumber": long })),
            invalid,
        ),
        (
            "GetShardIterator",
            iterator(
                json!({ "ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "900000000000000000000" }),
            ),
            invalid,
        ),
        ("GetRecords", json!({ "ShardIterator": "x" }), invalid),
        (
            "GetRecords",
            json!({ "ShardIterator": "x", "Limit": 1001 }),
            invalid,
        ),
        ("ListStreams", json!({ "TableName": "t" }), invalid),
    ] {
        let answer = streams(&aws, operation, &body).await;
        assert!(answer.status >= 400, "{operation} {body}: {}", answer.body);
        assert_eq!(
            answer.json()["__type"],
            code,
            "{operation} {body}: {}",
            answer.body
        );
    }
    // Each API has its own target.
    let wrong = dynamodb(&aws, "DescribeStream", &json!({ "StreamArn": stream })).await;
    assert_eq!(wrong.json()["__type"], "UnknownOperationException");
}
