//! Things of Connect that were made a moment ago.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use local_aws::Config;
use local_aws::consistency::{Lag, Model, Truth};
use local_aws::ports::VirtualClock;
use serde_json::{Value, json};

use super::{Slow, call, error, seed_of, slow_seed};
use crate::client::{Aws, kept};
use crate::lambda;

pub const INSTANCE: &str = "00000000-0000-4000-8000-76616e697479";
pub const FLOW: &str = r#"{"Version":"2019-10-30","StartAction":"end","Actions":[{"Identifier":"end","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}"#;

pub async fn create_flow(slow: &Slow, name: &str) -> String {
    let body = json!({ "Name": name, "Type": "CONTACT_FLOW", "Content": FLOW });
    let path = format!("/contact-flows/{INSTANCE}");
    let answer = call(&slow.aws, "PUT", &path, &body).await.ok().json();
    answer["ContactFlowId"].as_str().unwrap().to_owned()
}

pub fn flow_text(words: &str) -> String {
    json!({
        "Version": "2019-10-30",
        "StartAction": "say",
        "Actions": [
            {
                "Identifier": "say",
                "Type": "MessageParticipant",
                "Parameters": { "Text": words },
                "Transitions": { "NextAction": "end", "Errors": [] },
            },
            {
                "Identifier": "end",
                "Type": "DisconnectParticipant",
                "Parameters": {},
                "Transitions": {},
            },
        ],
    })
    .to_string()
}

async fn get(slow: &Slow, path: &str) -> crate::client::Answer {
    call(&slow.aws, "GET", path, &Value::Null).await
}

#[tokio::test]
async fn a_flow_is_not_there_or_invalid_or_there_by_turns_and_then_there() {
    let slow = Slow::start(slow_seed(Lag::Connect, Duration::from_secs(40))).await;
    let id = create_flow(&slow, "one").await;
    let path = format!("/contact-flows/{INSTANCE}/{id}");
    let list = format!("/contact-flows-summary/{INSTANCE}?maxResults=1000");
    let (mut told, mut listed) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..40 {
        let answer = get(&slow, &path).await;
        told.insert((
            answer.status,
            (answer.status != 200).then(|| error(&answer).0),
        ));
        listed.insert(get(&slow, &list).await.ok().body.contains(&id));
        slow.pass(Duration::from_secs(1));
    }
    let expected = [
        (200, None),
        (400, Some("InvalidRequestException".to_owned())),
        (404, Some("ResourceNotFoundException".to_owned())),
    ];
    assert_eq!(told, expected.into());
    assert_eq!(listed, [false, true].into());
    // Its name is taken all the time.
    let again = json!({ "Name": "one", "Type": "CONTACT_FLOW", "Content": FLOW });
    let taken = call(
        &slow.aws,
        "PUT",
        &format!("/contact-flows/{INSTANCE}"),
        &again,
    )
    .await;
    assert_eq!(error(&taken).0, "DuplicateResourceException");
    slow.pass(Duration::from_secs(600));
    for _ in 0..20 {
        get(&slow, &path).await.ok();
        slow.pass(Duration::from_secs(1));
    }
}

#[tokio::test]
async fn tags_and_bindings_of_a_new_flow_are_refused_as_it_is_and_numbers_are_never_invalid() {
    let slow = Slow::start(slow_seed(Lag::Connect, Duration::from_secs(40))).await;
    let id = create_flow(&slow, "one").await;
    let arn =
        format!("arn:aws:connect:us-east-1:000000000000:instance/{INSTANCE}/contact-flow/{id}");
    let tags = format!("/tags/{}", arn.replace(':', "%3A").replace('/', "%2F"));
    let numbers = call(&slow.aws, "POST", "/phone-number/list", &json!({}))
        .await
        .ok()
        .json();
    let number = numbers["ListPhoneNumbersSummaryList"][0]["PhoneNumberId"]
        .as_str()
        .unwrap();
    let bind = format!("/phone-number/{number}/contact-flow");
    let bound = json!({ "InstanceId": INSTANCE, "ContactFlowId": id });
    let mut codes = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..40 {
        let answer = call(&slow.aws, "POST", &tags, &json!({ "tags": { "a": "b" } })).await;
        if answer.status >= 300 {
            codes.0.insert(error(&answer).0);
        }
        let answer = call(&slow.aws, "PUT", &bind, &bound).await;
        if answer.status >= 300 {
            codes.1.insert(error(&answer).0);
        }
        slow.pass(Duration::from_secs(1));
    }
    let expected = ["InvalidRequestException", "ResourceNotFoundException"];
    assert_eq!(codes.0, expected.map(str::to_owned).into());
    assert_eq!(codes.1, ["ResourceNotFoundException".to_owned()].into());
    slow.pass(Duration::from_secs(600));
    call(&slow.aws, "PUT", &bind, &bound).await.ok();
}

#[tokio::test]
async fn an_association_waits_for_the_policy_and_a_flow_for_the_association() {
    let seed = (0..).find(|seed| Lag::Association.length(*seed, 0) > Duration::from_secs(10));
    let slow = Slow::start(seed.unwrap()).await;
    lambda::role(&slow.aws, "function", "lambda.amazonaws.com", &[]);
    lambda::created(&slow.aws, &lambda::new_function("greet")).await;
    let policy = json!({
        "StatementId": "one",
        "Action": "lambda:InvokeFunction",
        "Principal": "connect.amazonaws.com",
    });
    let path = "/2015-03-31/functions/greet/policy";
    slow.aws.rest("lambda", "POST", path, &policy).await.ok();
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:greet";
    let path = format!("/instance/{INSTANCE}/lambda-function");
    let body = json!({ "FunctionArn": arn });
    let answer = call(&slow.aws, "PUT", &path, &body).await;
    let (code, message) = error(&answer);
    assert_eq!(code, "InvalidRequestException");
    assert_eq!(
        message,
        "Unable to update the resource policy of the function"
    );
    slow.until_ok(|| call(&slow.aws, "PUT", &path, &body)).await;

    let content = json!({
        "Version": "2019-10-30",
        "StartAction": "ask",
        "Actions": [
            {
                "Identifier": "ask",
                "Type": "InvokeLambdaFunction",
                "Parameters": { "LambdaFunctionARN": arn, "InvocationTimeLimitSeconds": "8" },
                "Transitions": {
                    "NextAction": "end",
                    "Errors": [{ "NextAction": "end", "ErrorType": "NoMatchingError" }],
                },
            },
            {
                "Identifier": "end",
                "Type": "DisconnectParticipant",
                "Parameters": {},
                "Transitions": {},
            },
        ],
    });
    let flow = json!({ "Name": "asks", "Type": "CONTACT_FLOW", "Content": content.to_string() });
    let path = format!("/contact-flows/{INSTANCE}");
    let (refused, _) = slow.until_ok(|| call(&slow.aws, "PUT", &path, &flow)).await;
    assert!(refused.len() > 5);
    assert_eq!(
        refused[0].json(),
        json!({ "problems": [{ "message": "Invalid value. Path: Actions[0].Parameters.LambdaFunctionARN. Lambda function not found" }] })
    );
}

#[tokio::test]
async fn what_was_saved_is_the_same_or_not_there_or_older() {
    for (answer, expected) in [
        (0, Ok("new")),
        (1, Err("ResourceNotFoundException")),
        (2, Ok("old")),
    ] {
        let slow = Slow::start(seed_of(Truth::Saved, answer, 3)).await;
        let id = create_flow(&slow, "one").await;
        slow.pass(Duration::from_secs(600));
        let path = format!("/contact-flows/{INSTANCE}/{id}");
        for words in ["old", "new"] {
            let body = json!({ "Content": flow_text(words) });
            call(&slow.aws, "POST", &format!("{path}/content"), &body)
                .await
                .ok();
        }
        let saved = get(&slow, &format!("{path}:$SAVED")).await;
        let text = |answer: &crate::client::Answer| {
            answer.json()["ContactFlow"]["Content"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        match expected {
            Ok(words) => assert_eq!(text(&saved.ok()), flow_text(words)),
            Err(code) => assert_eq!(error(&saved).0, code),
        }
        // What is live is never in doubt, nor is a draft that is there.
        assert_eq!(text(&get(&slow, &path).await.ok()), flow_text("new"));
        let draft = format!("{path}:$SAVED");
        let body = json!({ "Content": flow_text("draft") });
        let write = format!("{draft}/content");
        call(&slow.aws, "POST", &write, &body).await.ok();
        assert_eq!(text(&get(&slow, &draft).await.ok()), flow_text("draft"));
    }
}

#[tokio::test]
async fn flow_associations_of_voice_are_known_or_not() {
    for (answer, expected) in [(0, 1), (1, 0)] {
        let slow = Slow::start(seed_of(Truth::VoiceAssociations, answer, 2)).await;
        let id = create_flow(&slow, "one").await;
        slow.pass(Duration::from_secs(600));
        let numbers = call(&slow.aws, "POST", "/phone-number/list", &json!({}))
            .await
            .ok()
            .json();
        let number = &numbers["ListPhoneNumbersSummaryList"][0];
        let bind = format!(
            "/phone-number/{}/contact-flow",
            number["PhoneNumberId"].as_str().unwrap()
        );
        let bound = json!({ "InstanceId": INSTANCE, "ContactFlowId": id });
        call(&slow.aws, "PUT", &bind, &bound).await.ok();
        let batch = json!({
            "ResourceIds": [number["PhoneNumberArn"]],
            "ResourceType": "VOICE_PHONE_NUMBER",
        });
        let path = format!("/flow-associations-batch/{INSTANCE}");
        let found = call(&slow.aws, "POST", &path, &batch).await.ok().json();
        let found = found["FlowAssociationSummaryList"]
            .as_array()
            .unwrap()
            .len();
        assert_eq!(found, expected);
        let path = format!("/flow-associations-summary/{INSTANCE}");
        let listed = get(&slow, &path).await.ok().json();
        assert_eq!(
            listed["FlowAssociationSummaryList"]
                .as_array()
                .unwrap()
                .len(),
            1
        );
    }
}

#[tokio::test]
async fn what_is_young_is_so_for_the_next_who_opens_the_folder_and_time_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let open = async || {
        let consistency = Model::Real {
            seed: slow_seed(Lag::Connect, Duration::from_secs(60)),
        };
        // Its clock is behind the one before.
        let clock = Arc::new(VirtualClock::new("2026-01-31T12:00:00Z".parse().unwrap()));
        let aws = Aws::with(Config {
            folder: Some(kept(folder.path())),
            clock: clock.clone(),
            consistency,
            ..Config::default()
        })
        .await;
        Slow { aws, clock }
    };
    let slow = open().await;
    slow.pass(Duration::from_secs(3600));
    let id = create_flow(&slow, "one").await;
    slow.aws.stop().await;

    let path = format!("/contact-flows/{INSTANCE}/{id}");
    let slow = open().await;
    assert!(slow.clock.elapsed() >= Duration::from_secs(3600));
    let mut codes = BTreeSet::new();
    for _ in 0..20 {
        codes.insert(get(&slow, &path).await.status);
        slow.pass(Duration::from_secs(1));
    }
    assert!(codes.contains(&404), "{codes:?}");
    slow.pass(Duration::from_secs(100));
    slow.aws.stop().await;

    let slow = open().await;
    for _ in 0..20 {
        get(&slow, &path).await.ok();
        slow.pass(Duration::from_secs(1));
    }
}
