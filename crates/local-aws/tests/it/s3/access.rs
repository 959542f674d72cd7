//! What roles and bucket policies allow.

use std::collections::BTreeMap;

use local_aws::call_as;
use local_aws::error::ServiceError;
use local_aws::iam::NewRole;
use local_aws::service::{Principal, Request};
use local_aws::sts;
use serde_json::{Value, json};

use super::{S3, code, refused};
use crate::client::Answer;

const READER: &str = "arn:aws:iam::000000000000:role/reader";

/// The access key of a session of the role `reader` with these statements.
fn session(s3: &S3, statements: &Value) -> String {
    let world = s3.aws.running().gateway().world();
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": "sts:AssumeRole",
        }],
    });
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    world
        .write(|state| {
            let new = NewRole {
                name: "reader".to_owned(),
                path: None,
                trust_policy: trust.to_string(),
                description: None,
                max_session_duration: None,
                permissions_boundary: None,
                tags: BTreeMap::new(),
            };
            let id = world.ids.unique_id("AROA", 21);
            state
                .of_mut::<local_aws::iam::State>()
                .create_role(new, id, world.clock.now())?;
            if statements.as_array().is_none_or(|list| !list.is_empty()) {
                state.of_mut::<local_aws::iam::State>().put_role_policy(
                    "reader",
                    "all",
                    policy.to_string(),
                )?;
            }
            Ok::<_, ServiceError>(())
        })
        .unwrap();
    sts::issue(world, "reader", "test").access_key_id
}

async fn send(s3: &S3, key: &str, method: &str, path: &str, body: &'static str) -> Answer {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    );
    s3.aws.signed(&authorization, method, path, body).await
}

fn allow(action: &str, resource: &str) -> Value {
    json!({ "Effect": "Allow", "Action": action, "Resource": resource })
}

#[tokio::test]
async fn a_role_reads_the_one_object_it_is_allowed() {
    let s3 = S3::with_bucket("things").await;
    for key in ["k", "l"] {
        s3.send("PUT", &format!("/things/{key}"), &[], "x")
            .await
            .ok();
    }
    let key = session(&s3, &allow("s3:GetObject", "arn:aws:s3:::things/k"));
    send(&s3, &key, "GET", "/things/k", "").await.ok();
    send(&s3, &key, "HEAD", "/things/k", "").await.ok();
    let denied = refused(403, "AccessDenied");
    for (method, path) in [
        ("GET", "/things/l"),
        ("GET", "/things/k?versionId=null"),
        ("PUT", "/things/k"),
        ("DELETE", "/things/k"),
        ("GET", "/things?list-type=2"),
        ("GET", "/"),
    ] {
        let answer = send(&s3, &key, method, path, "").await;
        assert_eq!(code(&answer), denied, "{method} {path}");
    }
    let answer = send(&s3, &key, "GET", "/things/l", "").await;
    assert_eq!(
        answer.element("Message").unwrap(),
        "User: arn:aws:sts::000000000000:assumed-role/reader/test is not authorized to perform: \
         s3:GetObject on resource: \"arn:aws:s3:::things/l\" because no identity-based policy \
         allows the s3:GetObject action"
    );
    let head = send(&s3, &key, "HEAD", "/things/l", "").await;
    assert_eq!((head.status, head.body.as_str()), (403, ""));
}

#[tokio::test]
async fn who_may_not_list_is_not_told_what_is_missing() {
    let s3 = S3::with_bucket("things").await;
    let key = session(&s3, &allow("s3:GetObject", "arn:aws:s3:::things/*"));
    let answer = send(&s3, &key, "GET", "/things/missing", "").await;
    assert_eq!(code(&answer), refused(403, "AccessDenied"));
    let world = s3.aws.running().gateway().world();
    let list = json!({
        "Version": "2012-10-17",
        "Statement": allow("s3:ListBucket", "arn:aws:s3:::things"),
    });
    world
        .write(|state| {
            state.of_mut::<local_aws::iam::State>().put_role_policy(
                "reader",
                "list",
                list.to_string(),
            )
        })
        .unwrap();
    let answer = send(&s3, &key, "GET", "/things/missing", "").await;
    assert_eq!(code(&answer), refused(404, "NoSuchKey"));
    let answer = send(&s3, &key, "GET", "/nothing/missing", "").await;
    assert_eq!(code(&answer), refused(404, "NoSuchBucket"));
}

#[tokio::test]
async fn a_list_may_be_allowed_for_a_prefix() {
    let s3 = S3::with_bucket("things").await;
    let mut statement = allow("s3:ListBucket", "arn:aws:s3:::things");
    statement["Condition"] = json!({"StringLike": {"s3:prefix": "home/*"}});
    let key = session(&s3, &statement);
    send(&s3, &key, "GET", "/things?list-type=2&prefix=home/a", "")
        .await
        .ok();
    for path in ["/things?list-type=2", "/things?list-type=2&prefix=etc/"] {
        let answer = send(&s3, &key, "GET", path, "").await;
        assert_eq!(code(&answer), refused(403, "AccessDenied"), "{path}");
    }
}

async fn put_policy(s3: &S3, statements: Value) -> Answer {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    s3.configure("/things?policy", &policy.to_string()).await
}

#[tokio::test]
async fn a_bucket_policy_allows_a_role_and_denies_everybody() {
    let s3 = S3::with_bucket("things").await;
    s3.send("PUT", "/things/k", &[], "x").await.ok();
    let key = session(&s3, &json!([]));
    let objects = "arn:aws:s3:::things/*";
    let denied = refused(403, "AccessDenied");
    assert_eq!(code(&send(&s3, &key, "GET", "/things/k", "").await), denied);

    // The account alone allows its roles nothing; the role itself does.
    let account = json!({"AWS": "000000000000"});
    let of = |principal: Value, effect: &str, action: &str| json!({"Effect": effect, "Principal": principal, "Action": action, "Resource": objects});
    put_policy(&s3, of(account, "Allow", "s3:GetObject"))
        .await
        .ok();
    assert_eq!(code(&send(&s3, &key, "GET", "/things/k", "").await), denied);
    let role = json!({"AWS": READER});
    put_policy(&s3, of(role, "Allow", "s3:GetObject"))
        .await
        .ok();
    send(&s3, &key, "GET", "/things/k", "").await.ok();
    assert_eq!(
        code(&send(&s3, &key, "PUT", "/things/k", "y").await),
        denied
    );

    // An explicit deny binds the administrator too, who can still take it away.
    put_policy(&s3, of(json!("*"), "Deny", "s3:*")).await.ok();
    let answer = s3.get("/things/k").await;
    assert_eq!(code(&answer), denied);
    let message = answer.element("Message").unwrap();
    assert!(
        message.ends_with("with an explicit deny in a resource-based policy"),
        "{message}"
    );
    s3.get("/things?policy").await.ok();
    s3.send("DELETE", "/things?policy", &[], "").await.ok();
    s3.get("/things/k").await.ok();
    assert_eq!(
        code(&s3.get("/things?policy").await),
        refused(404, "NoSuchBucketPolicy")
    );
}

#[tokio::test]
async fn loopback_counts_as_secure_transport() {
    let s3 = S3::with_bucket("things").await;
    let deny = |secure: &str| {
        json!({
            "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::things", "arn:aws:s3:::things/*"],
            "Condition": {"Bool": {"aws:SecureTransport": secure}},
        })
    };
    put_policy(&s3, deny("false")).await.ok();
    s3.send("PUT", "/things/k", &[], "x").await.ok();
    put_policy(&s3, deny("true")).await.ok();
    assert_eq!(
        code(&s3.get("/things/k").await),
        refused(403, "AccessDenied")
    );
}

#[tokio::test]
async fn policies_that_aws_refuses() {
    let s3 = S3::with_bucket("things").await;
    let statement = |principal: Value, action: &str, resource: &str| json!({"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource});
    let account = json!({"AWS": "000000000000"});
    let objects = "arn:aws:s3:::things/*";
    for (statement, message) in [
        (
            statement(account.clone(), "s3:GetObject", "arn:aws:s3:::other/*"),
            "Policy has invalid resource",
        ),
        (
            statement(account.clone(), "s3:GetObject", "things"),
            "Policy has invalid resource",
        ),
        (
            statement(account, "sqs:SendMessage", objects),
            "Policy has invalid action",
        ),
        (
            statement(
                json!({"AWS": "arn:aws:iam::000000000000:role/absent"}),
                "s3:GetObject",
                objects,
            ),
            "Invalid principal in policy",
        ),
        (
            json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": objects}),
            "Missing required field Principal",
        ),
    ] {
        let answer = put_policy(&s3, statement).await;
        assert_eq!(code(&answer), refused(400, "MalformedPolicy"));
        assert_eq!(answer.element("Message").as_deref(), Some(message));
    }
    let answer = s3.configure("/things?policy", "no").await;
    assert_eq!(code(&answer), refused(400, "MalformedPolicy"));
    let public = statement(json!("*"), "s3:GetObject", objects);
    assert_eq!(
        code(&put_policy(&s3, public.clone()).await),
        refused(403, "AccessDenied")
    );
    let mut narrowed = public.clone();
    narrowed["Condition"] = json!({"StringEquals": {"aws:PrincipalAccount": "000000000000"}});
    put_policy(&s3, narrowed).await.ok();
    s3.send("DELETE", "/things?publicAccessBlock", &[], "")
        .await
        .ok();
    put_policy(&s3, public).await.ok();
}

#[tokio::test]
async fn services_call_with_the_rights_of_a_role_or_by_the_buckets_policy() {
    let s3 = S3::with_bucket("things").await;
    s3.send("PUT", "/things/k", &[], "abc").await.ok();
    session(&s3, &allow("s3:GetObject", "arn:aws:s3:::things/k"));
    let world = s3.aws.running().gateway().world();
    let request = |path: &str| Request {
        method: http::Method::GET,
        path: path.to_owned(),
        query: Vec::new(),
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::new(),
    };
    let role = Principal::AssumedRole {
        role_name: "reader".to_owned(),
        session_name: "integration".to_owned(),
    };
    let got = call_as(world, role.clone(), "s3", &request("/things/k"))
        .await
        .unwrap();
    assert_eq!((got.status, &got.body[..]), (200, &b"abc"[..]));
    let denied = call_as(world, role, "s3", &request("/things/l"))
        .await
        .unwrap();
    assert_eq!(denied.status, 403);

    let service = || Principal::Service {
        service: "sns.amazonaws.com".to_owned(),
        source_arn: "arn:aws:sns:us-east-1:000000000000:topic".to_owned(),
    };
    let object = request("/things/k");
    let get = || call_as(world, service(), "s3", &object);
    assert_eq!(get().await.unwrap().status, 403);
    let statement = json!({
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "s3:GetObject", "Resource": "arn:aws:s3:::things/k",
        "Condition": {"StringEquals": {"aws:SourceAccount": "000000000000"}},
    });
    put_policy(&s3, statement).await.ok();
    assert_eq!(get().await.unwrap().status, 200);
}

#[tokio::test]
async fn another_owner_is_not_expected() {
    let s3 = S3::with_bucket("things").await;
    let with = |owner: &'static str| {
        let s3 = &s3;
        async move {
            let headers = [("x-amz-expected-bucket-owner", owner)];
            code(&s3.send("GET", "/things?location", &headers, "").await)
        }
    };
    assert_eq!(with("000000000000").await.0, 200);
    assert_eq!(with("111122223333").await, refused(403, "AccessDenied"));
    assert_eq!(
        with("me").await,
        refused(400, "InvalidBucketOwnerAWSAccountID")
    );
}
