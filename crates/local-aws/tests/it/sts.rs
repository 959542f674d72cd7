//! STS.

use crate::client::Aws;

#[tokio::test]
async fn the_deployer_is_the_administrator_of_the_account() {
    let aws = Aws::start().await;
    let answer = aws.query("sts", "GetCallerIdentity", &[]).await.ok();
    assert_eq!(answer.element("Account").as_deref(), Some("000000000000"));
    assert_eq!(
        answer.element("Arn").as_deref(),
        Some("arn:aws:iam::000000000000:root")
    );
}

#[tokio::test]
async fn an_operation_that_is_not_there_is_refused_by_name() {
    let aws = Aws::start().await;
    let answer = aws.query("sts", "DecodeAuthorizationMessage", &[]).await;
    let (code, message) = answer.error();
    assert_eq!(answer.status, 501);
    assert_eq!(code, "NotImplementedByLocalAws");
    assert!(
        message.contains("sts:DecodeAuthorizationMessage"),
        "{message}"
    );
}
