use serde_json::json;

use super::*;

const SOURCE: &str =
    "arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2026-01-31T12:00:00.123";
const TARGET: &str = "arn:aws:lambda:us-east-1:000000000000:function:f:live";
const ROLE: &str = "arn:aws:iam::000000000000:role/pipe";

fn body(changes: Value) -> Map<String, Value> {
    let mut body = json!({
        "Source": SOURCE,
        "Target": TARGET,
        "RoleArn": ROLE,
        "SourceParameters": { "DynamoDBStreamParameters": { "StartingPosition": "LATEST" } },
    });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    body.as_object().unwrap().clone()
}

fn create(changes: Value) -> ServiceResult<(Settings, Desired)> {
    read::<Input>("CreatePipe", body(changes))?.create("p", "us-east-1")
}

fn stream(parameters: Value) -> Value {
    let mut stream = json!({ "StartingPosition": "LATEST" });
    for (name, value) in parameters.as_object().unwrap() {
        stream[name] = value.clone();
    }
    json!({ "SourceParameters": { "DynamoDBStreamParameters": stream } })
}

#[test]
fn defaults_are_those_of_the_source() {
    let (settings, desired) = create(json!({})).unwrap();
    assert_eq!(desired, Desired::Running);
    insta::assert_snapshot!(serde_json::to_string(&settings.stream).unwrap(), @r#"{"BatchSize":1,"MaximumBatchingWindowInSeconds":0,"MaximumRecordAgeInSeconds":-1,"MaximumRetryAttempts":-1,"ParallelizationFactor":1,"StartingPosition":"LATEST"}"#);
}

#[test]
fn what_the_model_forbids_is_refused() {
    for changes in [
        json!({ "Source": null }),
        json!({ "Target": null }),
        json!({ "RoleArn": null }),
        json!({ "RoleArn": "arn:aws:iam::1:role/x" }),
        json!({ "DesiredState": "DELETED" }),
        json!({ "Description": "x".repeat(513) }),
        json!({ "SourceParameters": null }),
        json!({ "SourceParameters": { "DynamoDBStreamParameters": {} } }),
        stream(json!({ "StartingPosition": "AT_TIMESTAMP" })),
        stream(json!({ "BatchSize": 0 })),
        stream(json!({ "BatchSize": 10_001 })),
        stream(json!({ "MaximumBatchingWindowInSeconds": 301 })),
        stream(json!({ "MaximumRecordAgeInSeconds": -2 })),
        stream(json!({ "MaximumRetryAttempts": 10_001 })),
        stream(json!({ "ParallelizationFactor": 11 })),
        stream(json!({ "OnPartialBatchItemFailure": "BISECT" })),
        stream(json!({ "DeadLetterConfig": { "Arn": "queue" } })),
        json!({ "TargetParameters": { "LambdaFunctionParameters": { "InvocationType": "SYNC" } } }),
        json!({ "LogConfiguration": { "Level": "INFO" } }),
        json!({ "LogConfiguration": { "CloudwatchLogsLogDestination": { "LogGroupArn": "x" }, "Level": "INFO" } }),
        json!({ "Tags": { "": "x" } }),
        json!({ "Source": "arn:aws:dynamodb:us-east-1:000000000000:table/t" }),
    ] {
        let error = create(changes.clone()).unwrap_err();
        assert_eq!(error.code, "ValidationException", "{changes}: {error}");
    }
    let filters =
        json!({ "FilterCriteria": { "Filters": [{ "Pattern": "{\"a\":[{\"like\":1}]}" }] } });
    let mut wrong = stream(json!({}));
    wrong["SourceParameters"]["FilterCriteria"] = filters["FilterCriteria"].clone();
    insta::assert_snapshot!(create(wrong).unwrap_err().message, @"Event pattern is not valid. Reason: Unrecognized match type like");
}

#[test]
fn what_is_not_there_is_named() {
    for (changes, named) in [
        (json!({ "Enrichment": TARGET }), "Enrichment"),
        (json!({ "KmsKeyIdentifier": "k" }), "KmsKeyIdentifier"),
        (
            json!({ "TargetParameters": { "InputTemplate": "{}" } }),
            "InputTemplate",
        ),
        (
            json!({ "TargetParameters": { "SqsQueueParameters": {} } }),
            "SqsQueueParameters",
        ),
        (
            json!({ "SourceParameters": { "KinesisStreamParameters": {} } }),
            "KinesisStreamParameters",
        ),
        (
            json!({ "Source": "arn:aws:sqs:us-east-1:000000000000:q" }),
            "the source arn:aws:sqs",
        ),
        (
            json!({ "Target": "arn:aws:sqs:us-east-1:000000000000:q" }),
            "the target arn:aws:sqs",
        ),
        (
            stream(
                json!({ "DeadLetterConfig": { "Arn": "arn:aws:sns:us-east-1:000000000000:t" } }),
            ),
            "dead-letter target",
        ),
    ] {
        let error = create(changes).unwrap_err();
        assert!(
            error.is_not_implemented() && error.message.contains(named),
            "{error}"
        );
    }
}

#[test]
fn an_update_keeps_what_is_not_given() {
    let mut before = stream(json!({ "BatchSize": 10, "MaximumRetryAttempts": 3 }));
    before["Description"] = json!("before");
    let (now, _) = create(before).unwrap();
    let update = |body: Value| {
        let body = body.as_object().unwrap().clone();
        let input = read::<Input>("UpdatePipe", body)?;
        input.check_update("p")?;
        input.update("us-east-1", &now)
    };
    let (same, desired) = update(json!({ "RoleArn": ROLE })).unwrap();
    assert_eq!((same, desired), (now.clone(), None));
    let parameters = json!({ "DynamoDBStreamParameters": { "BatchSize": 5 } });
    let (changed, _) = update(json!({ "RoleArn": ROLE, "SourceParameters": parameters })).unwrap();
    // A parameters object is replaced whole.
    assert_eq!(changed.stream.batch_size, 5);
    assert_eq!(changed.stream.maximum_retry_attempts, -1);
    assert_eq!(changed.stream.starting_position, StartingPosition::Latest);
    assert_eq!(changed.description.as_deref(), Some("before"));
    assert_eq!(update(json!({})).unwrap_err().code, "ValidationException");
    let position = json!({ "DynamoDBStreamParameters": { "StartingPosition": "LATEST" } });
    let error = update(json!({ "RoleArn": ROLE, "SourceParameters": position })).unwrap_err();
    assert!(error.is_not_implemented(), "{error}");
}
