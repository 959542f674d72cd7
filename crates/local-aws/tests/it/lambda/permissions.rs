//! Resource policies, and services that invoke.

use bytes::Bytes;
use local_aws::cloudformation::registry;
use local_aws::lambda::{self, InvokeRequest};
use local_aws::resource::Context;
use local_aws::service::{Call, Principal};
use serde_json::{Value, json};

use super::{FUNCTIONS, configuration, created, new_function, refused, start};
use crate::client::{Answer, Aws};

const INSTANCE: &str = "arn:aws:connect:us-east-1:000000000000:instance/i-1";

fn statement(id: &str) -> Value {
    json!({
        "StatementId": id,
        "Action": "lambda:InvokeFunction",
        "Principal": "connect.amazonaws.com",
        "SourceArn": INSTANCE,
        "SourceAccount": "000000000000",
    })
}

async fn add(aws: &Aws, query: &str, body: &Value) -> Answer {
    let path = format!("{FUNCTIONS}/greet/policy{query}");
    aws.rest("lambda", "POST", &path, body).await
}

async fn policy(aws: &Aws, query: &str) -> Answer {
    let path = format!("{FUNCTIONS}/greet/policy{query}");
    aws.rest("lambda", "GET", &path, &Value::Null).await
}

async fn as_service(aws: &Aws, function: &str, source_arn: &str) -> Result<Value, String> {
    let caller = Principal::Service {
        service: "connect.amazonaws.com".to_owned(),
        source_arn: source_arn.to_owned(),
    };
    let request = InvokeRequest::new(
        function,
        Bytes::from_static(b"{\"by\":\"connect\"}"),
        caller,
    );
    let invoked = lambda::invoke(aws.running().gateway().world(), request)
        .await
        .map_err(|error| error.code.into_owned())?;
    Ok(serde_json::from_slice(&invoked.payload).unwrap())
}

pub async fn with_alias() -> Aws {
    let aws = start().await;
    let mut body = new_function("greet");
    body["Publish"] = json!(true);
    created(&aws, &body).await;
    super::settled(&aws, "greet:1").await;
    let alias = json!({ "Name": "live", "FunctionVersion": "1" });
    let path = format!("{FUNCTIONS}/greet/aliases");
    aws.rest("lambda", "POST", &path, &alias).await.ok();
    aws
}

#[tokio::test]
async fn a_service_invokes_only_what_the_policy_of_that_qualifier_lets_it() {
    let aws = with_alias().await;
    let denied = Err("AccessDeniedException".to_owned());
    assert_eq!(as_service(&aws, "greet:live", INSTANCE).await, denied);
    let added = add(&aws, "?Qualifier=live", &statement("connect"))
        .await
        .ok();
    assert_eq!(added.status, 201);
    let shown: Value = serde_json::from_str(added.json()["Statement"].as_str().unwrap()).unwrap();
    assert_eq!(
        shown,
        json!({
            "Sid": "connect",
            "Effect": "Allow",
            "Principal": { "Service": "connect.amazonaws.com" },
            "Action": "lambda:InvokeFunction",
            "Resource": "arn:aws:lambda:us-east-1:000000000000:function:greet:live",
            "Condition": {
                "StringEquals": { "AWS:SourceAccount": "000000000000" },
                "ArnLike": { "AWS:SourceArn": INSTANCE },
            },
        })
    );
    let answer = as_service(&aws, "greet:live", INSTANCE).await.unwrap();
    assert_eq!(answer["event"], json!({ "by": "connect" }));
    let other = "arn:aws:connect:us-east-1:000000000000:instance/i-2";
    assert_eq!(as_service(&aws, "greet:live", other).await, denied);
    assert_eq!(as_service(&aws, "greet", INSTANCE).await, denied);
    assert_eq!(as_service(&aws, "greet:1", INSTANCE).await, denied);
}

#[tokio::test]
async fn a_statement_is_added_once_and_removed() {
    let aws = with_alias().await;
    let before = configuration(&aws, "greet").await["RevisionId"].clone();
    add(&aws, "", &statement("connect")).await.ok();
    let twice = add(&aws, "", &statement("connect")).await;
    refused(&twice, 409, "ResourceConflictException");
    let mut stale = statement("other");
    stale["RevisionId"] = before;
    refused(
        &add(&aws, "", &stale).await,
        412,
        "PreconditionFailedException",
    );
    let shown = policy(&aws, "").await.ok().json();
    assert_eq!(
        shown["RevisionId"],
        configuration(&aws, "greet").await["RevisionId"]
    );
    let document: Value = serde_json::from_str(shown["Policy"].as_str().unwrap()).unwrap();
    assert_eq!(document["Statement"].as_array().unwrap().len(), 1);
    refused(
        &policy(&aws, "?Qualifier=live").await,
        404,
        "ResourceNotFoundException",
    );
    let path = format!("{FUNCTIONS}/greet/policy/connect");
    assert_eq!(
        aws.rest("lambda", "DELETE", &path, &Value::Null)
            .await
            .status,
        204
    );
    let gone = aws.rest("lambda", "DELETE", &path, &Value::Null).await;
    refused(&gone, 404, "ResourceNotFoundException");
    refused(&policy(&aws, "").await, 404, "ResourceNotFoundException");
}

#[tokio::test]
async fn what_aws_refuses_about_a_statement_is_refused() {
    let aws = with_alias().await;
    let with = |member: &str, value: Value| {
        let mut body = statement("connect");
        body[member] = value;
        body
    };
    let cases = [
        (
            "",
            with("StatementId", json!("two words")),
            400,
            "ValidationException",
        ),
        (
            "",
            with("StatementId", Value::Null),
            400,
            "ValidationException",
        ),
        (
            "",
            with("Action", json!("connect:Start")),
            400,
            "ValidationException",
        ),
        (
            "",
            with("Principal", json!("connect")),
            400,
            "InvalidParameterValueException",
        ),
        (
            "",
            with("SourceArn", json!("instance/i-1")),
            400,
            "ValidationException",
        ),
        (
            "",
            with("SourceAccount", json!("1")),
            400,
            "ValidationException",
        ),
        (
            "",
            with("EventSourceToken", json!("x")),
            501,
            "NotImplementedByLocalAws",
        ),
        (
            "?Qualifier=%24LATEST",
            statement("a"),
            400,
            "InvalidParameterValueException",
        ),
        (
            "?Qualifier=beta",
            statement("a"),
            404,
            "ResourceNotFoundException",
        ),
        (
            "?Qualifier=9",
            statement("a"),
            404,
            "ResourceNotFoundException",
        ),
    ];
    for (query, body, status, code) in cases {
        refused(&add(&aws, query, &body).await, status, code);
    }
    let path = format!("{FUNCTIONS}/nobody/policy");
    let answer = aws.rest("lambda", "POST", &path, &statement("a")).await;
    refused(&answer, 404, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_caller_waits_no_longer_than_it_wants() {
    let aws = start().await;
    created(&aws, &new_function("greet")).await;
    let request = InvokeRequest {
        time_limit: Some(std::time::Duration::ZERO),
        ..InvokeRequest::new(
            "greet",
            Bytes::from_static(b"{\"do\":\"hang\"}"),
            Principal::Administrator,
        )
    };
    let error = lambda::invoke(aws.running().gateway().world(), request)
        .await
        .unwrap_err();
    assert_eq!(error.code, lambda::TIME_LIMIT_EXCEEDED);
}

#[tokio::test]
async fn a_stack_provisions_a_statement() {
    let aws = with_alias().await;
    let resource_type = registry::find("AWS::Lambda::Permission").unwrap();
    let call = Call {
        request_id: "1".to_owned(),
        principal: Principal::Administrator,
        now: jiff::Timestamp::UNIX_EPOCH,
    };
    let context = Context {
        world: aws.running().gateway().world(),
        call: &call,
        stack_name: "numbers",
        stack_id: "arn:aws:cloudformation:us-east-1:000000000000:stack/numbers/1",
        logical_id: "Invoke",
        stack_tags: &std::collections::BTreeMap::new(),
        token: "ABCDEFGHIJKL",
    };
    let properties = |function: &str| {
        let value = json!({
            "Action": "lambda:InvokeFunction",
            "FunctionName": function,
            "Principal": "connect.amazonaws.com",
            "SourceArn": INSTANCE,
        });
        value.as_object().unwrap().clone()
    };
    let missing = resource_type.create(&context, &properties("nobody")).await;
    assert_eq!(missing.unwrap_err().code, "ResourceNotFoundException");
    let live = properties("arn:aws:lambda:us-east-1:000000000000:function:greet:live");
    assert_eq!(resource_type.adopt(&context, &live).await.unwrap(), None);
    let made = resource_type.create(&context, &live).await.unwrap();
    assert_eq!(made.physical_id, "numbers-Invoke-ABCDEFGHIJKL");
    let adopted = resource_type.adopt(&context, &live).await.unwrap();
    assert_eq!(adopted, Some(made.clone()));
    as_service(&aws, "greet:live", INSTANCE).await.unwrap();
    for _ in 0..2 {
        let deleted = resource_type.delete(&context, &made.physical_id, &live);
        deleted.await.unwrap();
    }
    let denied = Err("AccessDeniedException".to_owned());
    assert_eq!(as_service(&aws, "greet:live", INSTANCE).await, denied);
}
