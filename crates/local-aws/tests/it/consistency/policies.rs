//! Policies that others write, aliases and roles of a moment ago that are named in them.

use std::time::Duration;

use local_aws::consistency::Lag;
use serde_json::{Value, json};

use super::{Slow, error, slow_seed};
use crate::lambda;

const FUNCTIONS: &str = "/2015-03-31/functions";

async fn function(slow: &Slow) {
    // Made beside IAM's API: of old.
    lambda::role(&slow.aws, "function", "lambda.amazonaws.com", &[]);
    lambda::created(&slow.aws, &lambda::new_function("greet")).await;
}

fn statement(id: &str) -> Value {
    json!({
        "StatementId": id,
        "Action": "lambda:InvokeFunction",
        "Principal": "connect.amazonaws.com",
    })
}

#[tokio::test]
async fn a_policy_has_one_writer_at_a_time() {
    let slow = Slow::start(1).await;
    function(&slow).await;
    let path = format!("{FUNCTIONS}/greet/policy");
    let (one, two) = (statement("one"), statement("two"));
    slow.aws.rest("lambda", "POST", &path, &one).await.ok();
    let answer = slow.aws.rest("lambda", "POST", &path, &two).await;
    let words = "The function could not be updated due to a concurrent update operation.";
    assert_eq!(
        (answer.status, error(&answer)),
        (
            409,
            ("ResourceConflictException".to_owned(), words.to_owned())
        )
    );
    slow.until_ok(|| slow.aws.rest("lambda", "POST", &path, &two))
        .await;
}

#[tokio::test]
async fn the_alias_of_a_moment_ago_is_not_there_for_policies() {
    let slow = Slow::start(slow_seed(Lag::Alias, Duration::from_millis(500))).await;
    function(&slow).await;
    let path = format!("{FUNCTIONS}/greet/versions");
    slow.aws
        .rest("lambda", "POST", &path, &json!({}))
        .await
        .ok();
    let alias = json!({ "Name": "live", "FunctionVersion": "1" });
    let path = format!("{FUNCTIONS}/greet/aliases");
    slow.aws.rest("lambda", "POST", &path, &alias).await.ok();
    let path = format!("{FUNCTIONS}/greet/policy?Qualifier=live");
    let one = statement("one");
    let answer = slow.aws.rest("lambda", "POST", &path, &one).await;
    let words = "Function not found: arn:aws:lambda:us-east-1:000000000000:function:greet:live";
    assert_eq!(
        error(&answer),
        ("ResourceNotFoundException".to_owned(), words.to_owned())
    );
    slow.until_ok(|| slow.aws.rest("lambda", "POST", &path, &one))
        .await;
}

#[tokio::test]
async fn a_pipe_whose_role_is_young_fails_and_one_made_later_runs() {
    let slow = Slow::start(slow_seed(Lag::Role, Duration::from_secs(60))).await;
    function(&slow).await;
    let table = json!({
        "TableName": "people",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
    });
    let target = "DynamoDB_20120810.CreateTable";
    let made = slow.aws.json("dynamodb", target, &table).await.ok().json();
    let stream = made["TableDescription"]["LatestStreamArn"]
        .as_str()
        .unwrap();
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "pipes.amazonaws.com" },
            "Action": "sts:AssumeRole",
        }],
    })
    .to_string();
    let role = [("RoleName", "pipe"), ("AssumeRolePolicyDocument", &trust)];
    slow.aws.query("iam", "CreateRole", &role).await.ok();
    let actions = json!({
        "Effect": "Allow",
        "Action": ["dynamodb:*", "lambda:InvokeFunction"],
        "Resource": "*",
    });
    slow.aws.allow("pipe", &actions).await;
    let pipe = json!({
        "Source": stream,
        "SourceParameters": {
            "DynamoDBStreamParameters": { "StartingPosition": "TRIM_HORIZON" },
        },
        "Target": "arn:aws:lambda:us-east-1:000000000000:function:greet",
        "RoleArn": "arn:aws:iam::000000000000:role/pipe",
    });
    let settled = async |name: &str| {
        let path = format!("/v1/pipes/{name}");
        slow.aws.rest("pipes", "POST", &path, &pipe).await.ok();
        loop {
            let shown = slow.aws.rest("pipes", "GET", &path, &Value::Null).await;
            let shown = shown.ok().json();
            if shown["CurrentState"] != "CREATING" {
                return shown;
            }
            tokio::task::yield_now().await;
        }
    };
    let failed = settled("early").await;
    assert_eq!(failed["CurrentState"], "CREATE_FAILED");
    let words = format!(
        "Input parameter is invalid from the request due to : Cannot access stream {stream}. Please ensure the customer role can perform actions on source stream"
    );
    assert_eq!(failed["StateReason"], words);
    slow.pass(Duration::from_secs(600));
    assert_eq!(settled("late").await["CurrentState"], "RUNNING");
}
