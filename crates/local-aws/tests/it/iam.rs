//! IAM.

use crate::client::Aws;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;

async fn with_role() -> Aws {
    let aws = Aws::start().await;
    let parameters = [
        ("RoleName", "r"),
        ("AssumeRolePolicyDocument", TRUST),
        ("Tags.member.1.Key", "a"),
        ("Tags.member.1.Value", "1"),
    ];
    let answer = aws.query("iam", "CreateRole", &parameters).await.ok();
    assert_eq!(
        answer.element("Arn").as_deref(),
        Some("arn:aws:iam::000000000000:role/r")
    );
    aws
}

#[tokio::test]
async fn a_role_lives() {
    let aws = with_role().await;
    let role = ("RoleName", "r");
    let got = aws.query("iam", "GetRole", &[role]).await.ok();
    let document = got.element("AssumeRolePolicyDocument").unwrap();
    assert!(
        document.starts_with("%7B%22Version%22%3A%222012-10-17%22"),
        "{document}"
    );
    assert_eq!(got.element("MaxSessionDuration").as_deref(), Some("3600"));
    let put = [role, ("PolicyName", "p"), ("PolicyDocument", ALLOW)];
    aws.query("iam", "PutRolePolicy", &put).await.ok();
    let listed = aws.query("iam", "ListRolePolicies", &[role]).await.ok();
    assert_eq!(listed.elements("member"), ["p"]);
    let (code, _) = aws.query("iam", "DeleteRole", &[role]).await.error();
    assert_eq!(code, "DeleteConflict");
    aws.query("iam", "DeleteRolePolicy", &[role, ("PolicyName", "p")])
        .await
        .ok();
    aws.query("iam", "DeleteRole", &[role]).await.ok();
    let gone = aws.query("iam", "GetRole", &[role]).await;
    assert_eq!(gone.status, 404);
    assert_eq!(gone.error().0, "NoSuchEntity");
}

#[tokio::test]
async fn what_iam_refuses() {
    let aws = with_role().await;
    let bad_trust = TRUST.replace("lambda.amazonaws.com", "lambda");
    let attach = ("PolicyArn", "arn:aws:iam::aws:policy/Nothing");
    type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], u16, &'a str);
    let cases: [Case<'_>; 6] = [
        (
            "CreateRole",
            &[("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST)],
            409,
            "EntityAlreadyExists",
        ),
        (
            "CreateRole",
            &[("RoleName", "s"), ("AssumeRolePolicyDocument", &bad_trust)],
            400,
            "MalformedPolicyDocument",
        ),
        (
            "CreateRole",
            &[("RoleName", "a b"), ("AssumeRolePolicyDocument", TRUST)],
            400,
            "ValidationError",
        ),
        (
            "PutRolePolicy",
            &[
                ("RoleName", "r"),
                ("PolicyName", "p"),
                ("PolicyDocument", "{"),
            ],
            400,
            "MalformedPolicyDocument",
        ),
        (
            "AttachRolePolicy",
            &[("RoleName", "r"), attach],
            404,
            "NoSuchEntity",
        ),
        (
            "CreateUser",
            &[("UserName", "u")],
            501,
            "NotImplementedByLocalAws",
        ),
    ];
    for (action, parameters, status, code) in cases {
        let answer = aws.query("iam", action, parameters).await;
        assert_eq!((answer.status, answer.error().0.as_str()), (status, code));
    }
}
