//! Function URLs: their configuration, and that a request to one is not served.

use serde_json::{Value, json};

use super::permissions::with_alias;
use super::{FUNCTIONS, refused};
use crate::client::{Answer, Aws};

async fn url(aws: &Aws, method: &str, query: &str, body: &Value) -> Answer {
    let path = format!("/2021-10-31/functions/greet/url{query}");
    aws.rest("lambda", method, &path, body).await
}

async fn list(aws: &Aws, query: &str) -> Answer {
    let path = format!("/2021-10-31/functions/greet/urls{query}");
    aws.rest("lambda", "GET", &path, &Value::Null).await
}

#[tokio::test]
async fn a_url_is_made_read_changed_listed_and_deleted() {
    let aws = with_alias().await;
    let open = json!({ "AuthType": "NONE", "Cors": { "AllowOrigins": ["*"], "MaxAge": 60 } });
    let made = url(&aws, "POST", "?Qualifier=live", &open).await.ok();
    assert_eq!(made.status, 201);
    let made = made.json();
    assert_eq!(
        made["FunctionArn"],
        "arn:aws:lambda:us-east-1:000000000000:function:greet:live"
    );
    assert_eq!(made["AuthType"], "NONE");
    assert_eq!(made["InvokeMode"], "BUFFERED");
    assert_eq!(made["Cors"], open["Cors"]);
    assert_eq!(made["LastModifiedTime"], Value::Null);
    let twice = url(&aws, "POST", "?Qualifier=live", &open).await;
    refused(&twice, 409, "ResourceConflictException");

    let iam = json!({ "AuthType": "AWS_IAM", "InvokeMode": "RESPONSE_STREAM" });
    url(&aws, "POST", "", &iam).await.ok();
    let changed = json!({ "AuthType": "AWS_IAM" });
    let changed = url(&aws, "PUT", "?Qualifier=live", &changed).await.ok();
    assert_eq!(changed.status, 200);
    let shown = url(&aws, "GET", "?Qualifier=live", &Value::Null)
        .await
        .ok()
        .json();
    assert_eq!(changed.json(), shown);
    assert_eq!(shown["AuthType"], "AWS_IAM");
    assert_eq!(shown["Cors"], open["Cors"], "what was not given stays");

    let first = list(&aws, "?MaxItems=1").await.ok().json();
    let next = format!("?Marker={}", first["NextMarker"].as_str().unwrap());
    let second = list(&aws, &next).await.ok().json();
    assert_eq!(second["NextMarker"], Value::Null);
    assert_eq!(second["FunctionUrlConfigs"], json!([shown]));

    let gone = url(&aws, "DELETE", "?Qualifier=live", &Value::Null).await;
    assert_eq!(gone.status, 204);
    for (method, body) in [
        ("GET", Value::Null),
        ("PUT", json!({})),
        ("DELETE", Value::Null),
    ] {
        let missing = url(&aws, method, "?Qualifier=live", &body).await;
        refused(&missing, 404, "ResourceNotFoundException");
    }
}

#[tokio::test]
async fn a_url_goes_with_its_alias() {
    let aws = with_alias().await;
    let open = json!({ "AuthType": "NONE" });
    url(&aws, "POST", "?Qualifier=live", &open).await.ok();
    let alias = format!("{FUNCTIONS}/greet/aliases/live");
    aws.rest("lambda", "DELETE", &alias, &Value::Null).await;
    let shown = list(&aws, "").await.ok().json();
    assert_eq!(shown["FunctionUrlConfigs"], json!([]));
}

#[tokio::test]
async fn what_aws_refuses_of_a_url_is_refused() {
    let aws = with_alias().await;
    let open = json!({ "AuthType": "NONE" });
    for (query, body, status, code) in [
        ("?Qualifier=1", open.clone(), 400, "ValidationException"),
        (
            "?Qualifier=%24LATEST",
            open.clone(),
            400,
            "ValidationException",
        ),
        ("", json!({}), 400, "ValidationException"),
        ("", json!({ "AuthType": "ALL" }), 400, "ValidationException"),
        (
            "?Qualifier=absent",
            open.clone(),
            404,
            "ResourceNotFoundException",
        ),
        (
            "",
            json!({ "AuthType": "NONE", "Domain": "x" }),
            501,
            "NotImplementedByLocalAws",
        ),
        (
            "",
            json!({ "AuthType": "NONE", "Cors": { "Max": 1 } }),
            501,
            "NotImplementedByLocalAws",
        ),
    ] {
        let answer = url(&aws, "POST", query, &body).await;
        refused(&answer, status, code);
    }
    let too_many = list(&aws, "?MaxItems=51").await;
    refused(&too_many, 400, "ValidationException");
    let absent = "/2021-10-31/functions/absent/urls";
    let absent = aws.rest("lambda", "GET", absent, &Value::Null).await;
    refused(&absent, 404, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_request_to_a_url_says_that_it_is_not_served() {
    let aws = with_alias().await;
    let made = url(&aws, "POST", "", &json!({ "AuthType": "NONE" }))
        .await
        .ok()
        .json();
    let made = made["FunctionUrl"].as_str().unwrap();
    let path = &made[made.find("/_vanity-deploy/").unwrap()..];
    let answer = aws.rest("lambda", "GET", path, &Value::Null).await;
    assert_eq!(answer.status, 501);
    assert!(answer.body.contains("URL of a function"), "{}", answer.body);
}

#[tokio::test]
async fn permissions_for_the_url_have_their_conditions() {
    let aws = with_alias().await;
    let path = format!("{FUNCTIONS}/greet/policy");
    let add = async |body: &Value| aws.rest("lambda", "POST", &path, body).await;
    let by_url = json!({
        "StatementId": "url", "Action": "lambda:InvokeFunctionUrl", "Principal": "*",
        "FunctionUrlAuthType": "NONE",
    });
    let invoke = json!({
        "StatementId": "invoke", "Action": "lambda:InvokeFunction", "Principal": "*",
        "InvokedViaFunctionUrl": true,
    });
    for (body, condition) in [
        (
            &by_url,
            json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "NONE" } }),
        ),
        (
            &invoke,
            json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "true" } }),
        ),
    ] {
        let added = add(body).await.ok().json();
        let statement: Value = serde_json::from_str(added["Statement"].as_str().unwrap()).unwrap();
        assert_eq!(statement["Condition"], condition);
    }
    let mut wrong = by_url.clone();
    wrong["StatementId"] = json!("wrong");
    wrong["Action"] = json!("lambda:InvokeFunction");
    refused(&add(&wrong).await, 400, "InvalidParameterValueException");
}
