//! Aliases.

use serde_json::{Value, json};

use super::{FUNCTIONS, base64, created, function, invoke, new_function, refused, settled, start};
use crate::client::Aws;

/// A function with two versions, and an alias `live` at the first.
async fn two_versions() -> Aws {
    let aws = start().await;
    let mut body = new_function("greet");
    body["Publish"] = json!(true);
    let first = created(&aws, &body).await;
    assert_eq!(first["Version"], "1");
    let code = json!({ "ZipFile": base64(&function::package("two")), "Publish": true });
    let path = format!("{FUNCTIONS}/greet/code");
    aws.rest("lambda", "PUT", &path, &code).await.ok();
    settled(&aws, "greet:2").await;
    let alias = json!({ "Name": "live", "FunctionVersion": "1" });
    let made = aws.rest("lambda", "POST", &aliases(), &alias).await.ok();
    assert_eq!(made.status, 201);
    assert_eq!(
        made.json()["AliasArn"],
        "arn:aws:lambda:us-east-1:000000000000:function:greet:live"
    );
    aws
}

fn aliases() -> String {
    format!("{FUNCTIONS}/greet/aliases")
}

async fn marker(aws: &Aws, name: &str) -> (Value, String) {
    let answer = invoke(aws, name, &json!({})).await.ok();
    let version = answer.headers["x-amz-executed-version"]
        .to_str()
        .unwrap()
        .to_owned();
    (answer.json()["marker"].clone(), version)
}

#[tokio::test]
async fn an_alias_is_moved_from_version_to_version() {
    let aws = two_versions().await;
    assert_eq!(
        marker(&aws, "greet:live").await,
        (json!("one"), "1".to_owned())
    );
    let live = format!("{}/live", aliases());
    let before = aws
        .rest("lambda", "GET", &live, &Value::Null)
        .await
        .ok()
        .json();
    let change = json!({ "FunctionVersion": "2", "RevisionId": before["RevisionId"] });
    let after = aws.rest("lambda", "PUT", &live, &change).await.ok().json();
    assert_eq!(after["FunctionVersion"], "2");
    assert_eq!(
        marker(&aws, "greet:live").await,
        (json!("two"), "2".to_owned())
    );
    let stale = aws.rest("lambda", "PUT", &live, &change).await;
    refused(&stale, 412, "PreconditionFailedException");
    // The function sees the ARN that was asked for.
    let answer = invoke(&aws, "greet:live", &json!({})).await.ok().json();
    assert_eq!(
        answer["arn"],
        "arn:aws:lambda:us-east-1:000000000000:function:greet:live"
    );
    assert_eq!(answer["variables"]["AWS_LAMBDA_FUNCTION_VERSION"], "2");
}

#[tokio::test]
async fn an_alias_can_share_invocations_between_two_versions() {
    let aws = two_versions().await;
    let live = format!("{}/live", aliases());
    let all = json!({ "RoutingConfig": { "AdditionalVersionWeights": { "2": 1.0 } } });
    aws.rest("lambda", "PUT", &live, &all).await.ok();
    assert_eq!(marker(&aws, "greet:live").await.1, "2");
    let none = json!({ "RoutingConfig": { "AdditionalVersionWeights": {} } });
    aws.rest("lambda", "PUT", &live, &none).await.ok();
    assert_eq!(marker(&aws, "greet:live").await.1, "1");
    for weights in [
        json!({ "1": 0.5 }),
        json!({ "9": 0.5 }),
        json!({ "1": 0.1, "2": 0.1 }),
    ] {
        let change = json!({ "RoutingConfig": { "AdditionalVersionWeights": weights } });
        let answer = aws.rest("lambda", "PUT", &live, &change).await;
        refused(&answer, 400, "InvalidParameterValueException");
    }
}

#[tokio::test]
async fn a_version_with_an_alias_cannot_be_deleted() {
    let aws = two_versions().await;
    let delete = |qualifier: &str| {
        let path = format!("{FUNCTIONS}/greet?Qualifier={qualifier}");
        let aws = &aws;
        async move { aws.rest("lambda", "DELETE", &path, &Value::Null).await }
    };
    let message = refused(&delete("1").await, 409, "ResourceConflictException");
    assert!(message.contains("live"), "{message}");
    refused(
        &delete("%24LATEST").await,
        400,
        "InvalidParameterValueException",
    );
    refused(&delete("live").await, 400, "InvalidParameterValueException");
    let live = format!("{}/live", aliases());
    assert_eq!(
        aws.rest("lambda", "DELETE", &live, &Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(delete("1").await.status, 204);
    let answer = invoke(&aws, "greet:1", &json!({})).await;
    refused(&answer, 404, "ResourceNotFoundException");
}

#[tokio::test]
async fn what_aws_refuses_about_an_alias_is_refused() {
    let aws = two_versions().await;
    let cases = [
        (
            json!({ "Name": "live", "FunctionVersion": "1" }),
            409,
            "ResourceConflictException",
        ),
        (
            json!({ "Name": "7", "FunctionVersion": "1" }),
            400,
            "ValidationException",
        ),
        (json!({ "Name": "beta" }), 400, "ValidationException"),
        (
            json!({ "Name": "beta", "FunctionVersion": "one" }),
            400,
            "ValidationException",
        ),
        (
            json!({ "Name": "beta", "FunctionVersion": "3" }),
            404,
            "ResourceNotFoundException",
        ),
    ];
    for (body, status, code) in cases {
        let answer = aws.rest("lambda", "POST", &aliases(), &body).await;
        refused(&answer, status, code);
    }
    let path = format!("{}/beta", aliases());
    let answer = aws.rest("lambda", "GET", &path, &Value::Null).await;
    let message = refused(&answer, 404, "ResourceNotFoundException");
    assert_eq!(
        message,
        "Cannot find alias arn: arn:aws:lambda:us-east-1:000000000000:function:greet:beta"
    );
    let listed = aws
        .rest(
            "lambda",
            "GET",
            &format!("{}?FunctionVersion=2", aliases()),
            &Value::Null,
        )
        .await
        .ok()
        .json();
    assert_eq!(listed, json!({ "Aliases": [] }));
}

#[tokio::test]
async fn a_failing_probe_of_a_version_is_no_error_of_the_alias() {
    let aws = two_versions().await;
    let template = |resource: &str| {
        format!(
            "
Resources:
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: failing
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions: [ {{ Name: FunctionName, Value: greet }}, {{ Name: Resource, Value: '{resource}' }} ]
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
"
        )
    };
    let body = template("greet:live");
    let parameters = [("StackName", "s"), ("TemplateBody", body.as_str())];
    aws.query("cloudformation", "CreateStack", &parameters)
        .await
        .ok();
    let state = async || {
        let target = "GraniteServiceVersion20100801.DescribeAlarms";
        let answer = aws.json("monitoring", target, &json!({})).await.ok();
        answer.json()["MetricAlarms"][0]["StateValue"].clone()
    };
    for _ in 0..200 {
        if state().await != Value::Null {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let fail = json!({ "do": "fail" });
    for name in ["greet", "greet:2", "greet:1"] {
        invoke(&aws, name, &fail).await.ok();
        assert_eq!(state().await, "OK", "{name}");
    }
    invoke(&aws, "greet:live", &fail).await.ok();
    assert_eq!(state().await, "ALARM");
}
