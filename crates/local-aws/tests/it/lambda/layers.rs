//! Layers as configuration: shown, kept by versions, and loud when invoked.

use serde_json::{Value, json};

use super::{FUNCTIONS, configuration, created, invoke, new_function, refused, settled, start};
use crate::client::{Answer, Aws};

const LAYER: &str = "arn:aws:lambda:us-east-1:444455556666:layer:spy:1";

async fn update(aws: &Aws, body: &Value) -> Answer {
    let path = format!("{FUNCTIONS}/greet/configuration");
    aws.rest("lambda", "PUT", &path, body).await
}

#[tokio::test]
async fn a_function_with_a_layer_is_shown_and_does_not_run() {
    let aws = start().await;
    created(&aws, &new_function("greet")).await;
    invoke(&aws, "greet", &json!({})).await.ok();
    update(&aws, &json!({ "Layers": [LAYER] })).await.ok();
    let shown = settled(&aws, "greet").await;
    assert_eq!(shown["Layers"], json!([{ "Arn": LAYER }]));
    let answer = invoke(&aws, "greet", &json!({})).await;
    let message = refused(&answer, 501, "NotImplementedByLocalAws");
    assert!(message.contains(LAYER), "{message}");

    // What is not given stays; an empty list takes them away.
    update(&aws, &json!({ "Timeout": 5 })).await.ok();
    assert_eq!(settled(&aws, "greet").await["Layers"], shown["Layers"]);
    let nothing =
        json!({ "Layers": [], "FileSystemConfigs": [], "DeadLetterConfig": { "TargetArn": "" } });
    update(&aws, &nothing).await.ok();
    settled(&aws, "greet").await;
    assert_eq!(configuration(&aws, "greet").await["Layers"], Value::Null);
    invoke(&aws, "greet", &json!({})).await.ok();
}

#[tokio::test]
async fn layers_that_cannot_be_are_refused() {
    let aws = start().await;
    created(&aws, &new_function("greet")).await;
    let own = LAYER.replace("444455556666", "000000000000");
    for (body, status, code) in [
        (json!({ "Layers": ["spy"] }), 400, "ValidationException"),
        (
            json!({ "Layers": [own] }),
            400,
            "InvalidParameterValueException",
        ),
        (
            json!({ "FileSystemConfigs": [{ "Arn": "a", "LocalMountPath": "/mnt/a" }] }),
            501,
            "NotImplementedByLocalAws",
        ),
        (
            json!({ "DeadLetterConfig": { "TargetArn": "arn:aws:sqs:us-east-1:000000000000:q" } }),
            501,
            "NotImplementedByLocalAws",
        ),
    ] {
        refused(&update(&aws, &body).await, status, code);
    }
    let mut body = new_function("other");
    body["Layers"] = json!(["spy"]);
    let made = aws.rest("lambda", "POST", FUNCTIONS, &body).await;
    refused(&made, 400, "ValidationException");
}
