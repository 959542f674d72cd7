//! What a role may do with Connect.

use std::collections::BTreeMap;

use local_aws::error::ServiceError;
use local_aws::iam::NewRole;
use local_aws::sts;
use serde_json::{Value, json};

use super::{ARN, INSTANCE, code, create_flow};
use crate::client::{Answer, Aws};

/// A session of a new role with one statement.
fn session(aws: &Aws, statement: &Value) -> String {
    let world = aws.running().gateway().world();
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": "sts:AssumeRole",
        }],
    });
    let policy = json!({ "Version": "2012-10-17", "Statement": [statement] });
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
            state.of_mut::<local_aws::iam::State>().put_role_policy(
                "reader",
                "all",
                policy.to_string(),
            )?;
            Ok::<_, ServiceError>(())
        })
        .unwrap();
    sts::issue(world, "reader", "test").access_key_id
}

async fn get(aws: &Aws, key: &str, path: &str) -> Answer {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/connect/aws4_request, SignedHeaders=host, Signature=0"
    );
    aws.signed(&authorization, "GET", path, "").await
}

#[tokio::test]
async fn a_role_reads_the_one_flow_it_is_allowed() {
    let aws = Aws::start().await;
    let allowed = create_flow(&aws, "allowed", json!({ "a": "1" })).await;
    let other = create_flow(&aws, "other", json!({ "a": "1" })).await;
    let key = session(
        &aws,
        &json!({
            "Effect": "Allow",
            "Action": "connect:DescribeContactFlow",
            "Resource": format!("{ARN}/contact-flow/{allowed}"),
        }),
    );
    let path = |id: &str| format!("/contact-flows/{INSTANCE}/{id}");
    get(&aws, &key, &path(&allowed)).await.ok();
    // The instance given as an ARN is the same resource.
    let encoded = ARN.replace(':', "%3A").replace('/', "%2F");
    get(&aws, &key, &format!("/contact-flows/{encoded}/{allowed}"))
        .await
        .ok();
    for denied in [path(&other), format!("/instance/{INSTANCE}")] {
        let answer = get(&aws, &key, &denied).await;
        assert_eq!(code(&answer).1, "AccessDeniedException", "{denied}");
    }
}

#[tokio::test]
async fn a_draft_is_the_same_resource_as_its_flow() {
    let aws = Aws::start().await;
    let id = create_flow(&aws, "flow", json!({ "a": "1" })).await;
    let key = session(
        &aws,
        &json!({
            "Effect": "Allow",
            "Action": "connect:DescribeContactFlow",
            "Resource": format!("{ARN}/contact-flow/{id}"),
        }),
    );
    let path = format!("/contact-flows/{INSTANCE}/{id}%3A%24SAVED");
    get(&aws, &key, &path).await.ok();
}
