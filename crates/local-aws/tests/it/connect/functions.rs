//! Functions of an instance: associated, permitted, invoked as during a call.

use serde_json::{Value, json};

use super::{ARN, INSTANCE, call, code};
use crate::client::{Answer, Aws};
use crate::lambda::permissions::with_alias;

const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:greet:live";
const POLICY: &str = "/2015-03-31/functions/greet/policy";

async fn associate(aws: &Aws, function: &str) -> Answer {
    let path = format!("/instance/{INSTANCE}/lambda-function");
    call(aws, "PUT", &path, json!({ "FunctionArn": function })).await
}

async fn disassociate(aws: &Aws, function: &str) -> Answer {
    let function = function.replace(':', "%3A");
    let path = format!("/instance/{INSTANCE}/lambda-function?functionArn={function}");
    call(aws, "DELETE", &path, Value::Null).await
}

async fn invoke(aws: &Aws, payload: Value, time_limit: u64) -> Answer {
    let body = json!({
        "instance_arn": ARN,
        "function_arn": FUNCTION,
        "payload": payload,
        "time_limit_ms": time_limit,
    });
    aws.rest("connect", "POST", "/_vanity-deploy/connect/invoke", &body)
        .await
}

/// The statements of the alias's policy.
async fn statements(aws: &Aws) -> Value {
    let path = format!("{POLICY}?Qualifier=live");
    let answer = aws.rest("lambda", "GET", &path, &Value::Null).await;
    let policy = answer.ok().json()["Policy"].as_str().unwrap().to_owned();
    serde_json::from_str::<Value>(&policy).unwrap()["Statement"].clone()
}

async fn remove_statement(aws: &Aws) {
    let path = format!("{POLICY}/connect-{INSTANCE}?Qualifier=live");
    aws.rest("lambda", "DELETE", &path, &Value::Null).await.ok();
}

#[tokio::test]
async fn an_association_adds_a_statement_for_the_instance_alone() {
    let aws = with_alias().await;
    associate(&aws, FUNCTION).await.ok();
    let path = format!("/instance/{INSTANCE}/lambda-functions");
    let listed = call(&aws, "GET", &path, Value::Null).await.ok().json();
    assert_eq!(listed, json!({ "LambdaFunctions": [FUNCTION] }));
    let statements = statements(&aws).await;
    assert_eq!(statements.as_array().unwrap().len(), 1);
    let statement = &statements[0];
    assert_eq!(statement["Sid"], format!("connect-{INSTANCE}"));
    assert_eq!(
        statement["Principal"],
        json!({ "Service": "connect.amazonaws.com" })
    );
    assert_eq!(statement["Resource"], FUNCTION);
    assert_eq!(
        statement["Condition"]["ArnLike"],
        json!({ "AWS:SourceArn": ARN })
    );

    let again = associate(&aws, FUNCTION).await;
    assert_eq!(code(&again), (409, "ResourceConflictException"));
    disassociate(&aws, FUNCTION).await.ok();
    // The statement of before is no hindrance.
    associate(&aws, FUNCTION).await.ok();
}

#[tokio::test]
async fn a_function_or_alias_that_is_not_there_is_not_associated() {
    let aws = with_alias().await;
    for absent in ["greet:dead", "absent", "absent:live"] {
        let arn = format!("arn:aws:lambda:us-east-1:000000000000:function:{absent}");
        let answer = associate(&aws, &arn).await;
        assert_eq!(
            code(&answer),
            (404, "ResourceNotFoundException"),
            "{absent}"
        );
    }
    let answer = associate(&aws, "greet").await;
    assert_eq!(code(&answer), (400, "InvalidParameterException"));
}

#[tokio::test]
async fn a_call_needs_the_association_and_the_permission() {
    let aws = with_alias().await;
    let refused = invoke(&aws, json!({}), 8000).await;
    assert_eq!(code(&refused), (403, "FunctionNotAssociated"));
    let message = refused.json()["message"].to_string();
    assert!(message.contains("AssociateLambdaFunction"), "{message}");
    assert!(message.contains("AddPermission"), "{message}");

    associate(&aws, FUNCTION).await.ok();
    let answered = invoke(&aws, json!({ "Name": "ContactFlowEvent" }), 8000)
        .await
        .ok();
    let answered = answered.json();
    assert_eq!(answered["payload"]["event"]["Name"], "ContactFlowEvent");
    assert_eq!(answered["payload"]["arn"], FUNCTION);
    assert_eq!(answered["function_error"], Value::Null);
    assert!(answered["duration_ms"].is_u64());

    remove_statement(&aws).await;
    let refused = invoke(&aws, json!({}), 8000).await;
    assert_eq!(code(&refused), (403, "FunctionNotPermitted"));
    let message = refused.json()["message"].to_string();
    assert!(message.contains("Qualifier live"), "{message}");
    assert!(message.contains(ARN), "{message}");

    // A permission for another instance is none for this one.
    let other = json!({
        "StatementId": "other",
        "Action": "lambda:InvokeFunction",
        "Principal": "connect.amazonaws.com",
        "SourceArn": format!("{ARN}-other"),
    });
    let path = format!("{POLICY}?Qualifier=live");
    aws.rest("lambda", "POST", &path, &other).await.ok();
    let refused = invoke(&aws, json!({}), 8000).await;
    assert_eq!(code(&refused), (403, "FunctionNotPermitted"));
}

#[tokio::test]
async fn what_a_function_does_wrong_is_told() {
    let aws = with_alias().await;
    associate(&aws, FUNCTION).await.ok();
    let failed = invoke(&aws, json!({ "do": "fail" }), 8000).await.ok();
    let failed = failed.json();
    assert_eq!(failed["function_error"], "Unhandled");
    assert_eq!(failed["payload"]["errorMessage"], "as told");

    let late = invoke(&aws, json!({ "do": "hang" }), 1).await;
    assert_eq!(code(&late), (504, "InvocationTimeLimitExceeded"));
    let longer = invoke(&aws, json!({}), 8001).await;
    assert_eq!(code(&longer), (400, "InvalidParameterException"));
}

#[tokio::test]
async fn only_what_is_associated_can_be_taken_away() {
    let aws = with_alias().await;
    let answer = disassociate(&aws, FUNCTION).await;
    assert_eq!(code(&answer), (404, "ResourceNotFoundException"));
}
