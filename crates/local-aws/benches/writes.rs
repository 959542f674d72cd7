//! How long a write takes when much is kept already: a mean over 100 writes, in a folder on
//! disk, saved before it is answered.
//!
//!     cargo bench -p local-aws --bench writes
#![allow(clippy::print_stdout, reason = "it prints its figures")]

use std::error::Error;
use std::time::Instant;

use http::{HeaderMap, HeaderValue, Method};
use local_aws::call_as;
use local_aws::service::{Principal, Request};
use local_aws::{Config, Key, Running, StateFolder, server};
use serde_json::json;

const INSTANCE: &str = "00000000-0000-4000-8000-76616e697479";
const FLOW: &str = r#"{"Version":"2019-10-30","StartAction":"end","Actions":[{"Identifier":"end","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}"#;
const MEASURED: usize = 100;
const MOST_FLOWS: usize = 80;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let above = tempfile::tempdir()?;
    let aws = server::start(Config {
        folder: Some(StateFolder {
            path: above.path().join("state"),
            key: Key::random()?,
        }),
        ..Config::default()
    })
    .await?;
    send(&aws, "s3", request(Method::PUT, "/many", "")).await?;
    let mut objects = 0;
    for kept in [0, 1_000, 10_000] {
        while objects < kept {
            put_object(&aws, objects).await?;
            objects += 1;
        }
        let start = Instant::now();
        for _ in 0..MEASURED {
            put_object(&aws, objects).await?;
            objects += 1;
        }
        tell(&format!("put an object beside {kept}"), start);
        let start = Instant::now();
        for number in 0..MEASURED {
            put_parameter(&aws, number).await?;
        }
        tell(&format!("put a parameter beside {kept} objects"), start);
    }
    // An instance has a hundred flows at most, those it is born with among them.
    for flow in 0..MOST_FLOWS {
        if flow == 0 || flow + 1 == MOST_FLOWS {
            let start = Instant::now();
            for number in 0..MEASURED {
                put_parameter(&aws, number).await?;
            }
            tell(&format!("put a parameter beside {flow} flows"), start);
        }
        create_flow(&aws, flow).await?;
    }
    aws.stop().await;
    Ok(())
}

fn tell(what: &str, start: Instant) {
    let mean = start.elapsed().as_secs_f64() * 1e3 / f64::from(MEASURED as u32);
    println!("{what}: {mean:.2} ms");
}

async fn put_object(aws: &Running, number: usize) -> Outcome<()> {
    send(
        aws,
        "s3",
        request(Method::PUT, &format!("/many/{number}"), "x"),
    )
    .await
}

async fn put_parameter(aws: &Running, number: usize) -> Outcome<()> {
    let body =
        json!({"Name": format!("p{number}"), "Type": "String", "Value": "x", "Overwrite": true});
    let mut request = request(Method::POST, "/", &body.to_string());
    let target = HeaderValue::from_static("AmazonSSM.PutParameter");
    request.headers.insert("x-amz-target", target);
    send(aws, "ssm", request).await
}

async fn create_flow(aws: &Running, number: usize) -> Outcome<()> {
    let body = json!({"Name": format!("f{number}"), "Type": "CONTACT_FLOW", "Content": FLOW});
    let path = format!("/contact-flows/{INSTANCE}");
    send(
        aws,
        "connect",
        request(Method::PUT, &path, &body.to_string()),
    )
    .await
}

fn request(method: Method, path: &str, body: &str) -> Request {
    Request {
        method,
        path: path.to_owned(),
        query: Vec::new(),
        headers: HeaderMap::new(),
        body: body.to_owned().into(),
    }
}

/// As the gateway does it: answered when it is saved.
async fn send(aws: &Running, service: &str, request: Request) -> Outcome<()> {
    let world = aws.gateway().world();
    let answer = call_as(world, Principal::Administrator, service, &request).await?;
    world.flush()?;
    if answer.status >= 300 {
        return Err(String::from_utf8_lossy(&answer.body).into_owned().into());
    }
    Ok(())
}
