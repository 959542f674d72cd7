//! API Gateway.

use serde_json::{Value, json};

use crate::client::Aws;

#[tokio::test]
async fn there_is_nothing_at_first() {
    let aws = Aws::start().await;
    let apis = aws
        .rest("apigateway", "GET", "/v2/apis", &Value::Null)
        .await;
    assert_eq!(apis.ok().json(), json!({"items": []}));
    let missing = aws
        .rest("apigateway", "GET", "/v2/apis/nothing", &Value::Null)
        .await;
    assert_eq!(missing.status, 404);
    assert_eq!(missing.headers["x-amzn-errortype"], "NotFoundException");
    let unknown = aws
        .rest("apigateway", "POST", "/v2/apis", &json!({"name": "a"}))
        .await;
    assert_eq!(unknown.status, 501);
    let nowhere = aws
        .rest(
            "apigateway",
            "GET",
            "/_vanity-deploy/execute-api/nothing/",
            &Value::Null,
        )
        .await;
    assert_eq!(
        (nowhere.status, nowhere.json()),
        (404, json!({"message": "Not Found"}))
    );
}
