//! CloudWatch Logs.

use serde_json::{Value, json};

use crate::client::{Answer, Aws};

async fn logs(aws: &Aws, operation: &str, body: Value) -> Answer {
    aws.json("logs", &format!("Logs_20140328.{operation}"), &body)
        .await
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[tokio::test]
async fn what_is_put_is_got() {
    let aws = Aws::start().await;
    let group = json!({"logGroupName": "/aws/lambda/f"});
    logs(&aws, "CreateLogGroup", group.clone()).await.ok();
    let stream = json!({"logGroupName": "/aws/lambda/f", "logStreamName": "s"});
    logs(&aws, "CreateLogStream", stream.clone()).await.ok();
    let now = now();
    let put = json!({"logGroupName": "/aws/lambda/f", "logStreamName": "s", "logEvents": [
        {"timestamp": now - 2, "message": "START"},
        {"timestamp": now - 1, "message": "ERROR disk"},
    ]});
    logs(&aws, "PutLogEvents", put).await.ok();
    let got = logs(&aws, "GetLogEvents", stream).await.ok().json();
    assert_eq!(got["events"][0]["message"], "START");
    assert_eq!(got["events"][1]["timestamp"], now - 1);
    let filter = json!({"logGroupName": "/aws/lambda/f", "filterPattern": "ERROR"});
    let found = logs(&aws, "FilterLogEvents", filter).await.ok().json();
    assert_eq!(found["events"].as_array().unwrap().len(), 1);
    assert_eq!(found["events"][0]["logStreamName"], "s");
    logs(&aws, "DeleteLogGroup", group.clone()).await.ok();
    let gone = logs(&aws, "DeleteLogGroup", group).await;
    assert_eq!(gone.status, 400);
    assert_eq!(gone.json()["__type"], "ResourceNotFoundException");
}

#[tokio::test]
async fn what_logs_refuses() {
    let aws = Aws::start().await;
    let group = json!({"logGroupName": "g"});
    logs(&aws, "CreateLogGroup", group.clone()).await.ok();
    let old = json!({"logGroupName": "g", "logStreamName": "s", "logEvents": [
        {"timestamp": 2, "message": "b"}, {"timestamp": 1, "message": "a"},
    ]});
    for (operation, body, code) in [
        ("CreateLogGroup", group, "ResourceAlreadyExistsException"),
        (
            "CreateLogGroup",
            json!({"logGroupName": "a b"}),
            "InvalidParameterException",
        ),
        (
            "PutRetentionPolicy",
            json!({"logGroupName": "g", "retentionInDays": 2}),
            "InvalidParameterException",
        ),
        (
            "CreateLogStream",
            json!({"logGroupName": "g", "logStreamName": "a:b"}),
            "InvalidParameterException",
        ),
        ("PutLogEvents", old, "InvalidParameterException"),
        (
            "CreateLogGroup",
            json!({"logGroupName": "k", "kmsKeyId": "k"}),
            "NotImplementedByLocalAws",
        ),
        ("StartQuery", json!({}), "NotImplementedByLocalAws"),
    ] {
        let answer = logs(&aws, operation, body).await;
        assert_eq!(answer.json()["__type"], code, "{operation}");
    }
}
