//! Lambda, with functions that really run.

mod aliases;
pub mod function;
mod functions;
mod layers;
pub mod permissions;
mod running;
mod urls;

use std::collections::BTreeMap;

use base64::Engine as _;
use local_aws::iam::NewRole;
use serde_json::{Value, json};

use crate::client::{Answer, Aws};

const ROLE: &str = "arn:aws:iam::000000000000:role/function";
const FUNCTIONS: &str = "/2015-03-31/functions";

/// Makes a role that the service may assume and that may do what is told.
pub fn role(aws: &Aws, name: &str, service: &str, actions: &[&str]) {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": service },
            "Action": "sts:AssumeRole",
        }],
    });
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }],
    });
    let world = aws.running().gateway().world();
    let made: Result<(), local_aws::error::ServiceError> = world.write(|state| {
        let new = NewRole {
            name: name.to_owned(),
            path: None,
            trust_policy: trust.to_string(),
            description: None,
            max_session_duration: None,
            permissions_boundary: None,
            tags: BTreeMap::new(),
        };
        state.of_mut::<local_aws::iam::State>().create_role(
            new,
            world.ids.unique_id("AROA", 21),
            world.clock.now(),
        )?;
        if !actions.is_empty() {
            state.of_mut::<local_aws::iam::State>().put_role_policy(
                name,
                "all",
                policy.to_string(),
            )?;
        }
        Ok(())
    });
    made.unwrap();
}

/// An embedded AWS with a role for functions.
pub async fn start() -> Aws {
    let aws = Aws::start().await;
    role(&aws, "function", "lambda.amazonaws.com", &["logs:*"]);
    aws
}

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// The body of a `CreateFunction` that succeeds.
pub fn new_function(name: &str) -> Value {
    json!({
        "FunctionName": name,
        "Runtime": "provided.al2023",
        "Handler": "bootstrap",
        "Role": ROLE,
        "Code": { "ZipFile": base64(&function::package("one")) },
    })
}

async fn create(aws: &Aws, body: &Value) -> Answer {
    aws.rest("lambda", "POST", FUNCTIONS, body).await
}

/// Creates a function and waits until it is active.
pub async fn created(aws: &Aws, body: &Value) -> Value {
    let shown = create(aws, body).await.ok().json();
    let name = body["FunctionName"].as_str().unwrap();
    settled(aws, name).await;
    shown
}

async fn configuration(aws: &Aws, name: &str) -> Value {
    let path = format!("{FUNCTIONS}/{name}/configuration");
    aws.rest("lambda", "GET", &path, &Value::Null)
        .await
        .ok()
        .json()
}

/// Waits until a function is neither created nor updated, as the SDKs' waiters do.
pub async fn settled(aws: &Aws, name: &str) -> Value {
    loop {
        let shown = configuration(aws, name).await;
        if shown["State"] != "Pending" && shown["LastUpdateStatus"] != "InProgress" {
            return shown;
        }
        tokio::task::yield_now().await;
    }
}

async fn invoke(aws: &Aws, name: &str, event: &Value) -> Answer {
    let path = format!("{FUNCTIONS}/{name}/invocations");
    let headers = [("x-amz-log-type", "Tail")];
    aws.request("lambda", "POST", &path, &headers, event.to_string())
        .await
}

/// The log of an invocation that asked for it.
fn log_tail(answer: &Answer) -> String {
    let header = answer.headers["x-amz-log-result"].to_str().unwrap();
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(header)
        .unwrap();
    String::from_utf8(bytes).unwrap()
}

fn code(answer: &Answer) -> &str {
    answer.headers["x-amzn-errortype"].to_str().unwrap()
}

#[track_caller]
fn refused(answer: &Answer, status: u16, expected: &str) -> String {
    assert_eq!(
        (answer.status, code(answer)),
        (status, expected),
        "{}",
        answer.body
    );
    let body = answer.json();
    let message = if body["message"].is_string() {
        &body["message"]
    } else {
        &body["Message"]
    };
    message.as_str().unwrap_or_default().to_owned()
}
