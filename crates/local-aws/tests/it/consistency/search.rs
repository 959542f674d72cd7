//! The index that is searched.

use std::time::Duration;

use local_aws::consistency::{Lag, Truth};
use serde_json::{Value, json};

use super::connect::{INSTANCE, create_flow, flow_text};
use super::{Slow, call, error, seed_of};

async fn found(slow: &Slow, id: &str) -> Option<Value> {
    let body = json!({ "InstanceId": INSTANCE, "MaxResults": 100 });
    let answer = call(&slow.aws, "POST", "/search-contact-flows", &body)
        .await
        .ok()
        .json();
    let flows = answer["ContactFlows"].as_array().unwrap().clone();
    flows.into_iter().find(|flow| flow["Id"] == id)
}

/// The seconds after which the index is as told.
async fn seconds_until(slow: &Slow, id: &str, is: impl Fn(Option<&Value>) -> bool) -> u64 {
    for second in 0..400 {
        if is(found(slow, id).await.as_ref()) {
            return second;
        }
        slow.pass(Duration::from_secs(1));
    }
    panic!("the index never follows");
}

fn about(lag: Lag, seed: u64) -> std::ops::RangeInclusive<u64> {
    let seconds = lag.length(seed, 0).as_secs();
    seconds..=seconds + 2
}

#[tokio::test]
async fn the_index_follows_each_change_after_a_while_of_its_own() {
    let seed = 5;
    let slow = Slow::start(seed).await;
    // What an instance is born with is found.
    let body = json!({ "InstanceId": INSTANCE, "MaxResults": 100 });
    let born = call(&slow.aws, "POST", "/search-contact-flows", &body)
        .await
        .ok()
        .json();
    assert!(!born["ContactFlows"].as_array().unwrap().is_empty());

    let id = create_flow(&slow, "one").await;
    let seconds = seconds_until(&slow, &id, |flow| flow.is_some()).await;
    assert!(
        about(Lag::SearchCreation, seed).contains(&seconds),
        "{seconds}"
    );
    slow.pass(Duration::from_secs(600));

    let path = format!("/contact-flows/{INSTANCE}/{id}");
    let before = found(&slow, &id).await.unwrap()["FlowContentSha256"].clone();
    let content = json!({ "Content": flow_text("new") });
    let write = format!("{path}/content");
    call(&slow.aws, "POST", &write, &content).await.ok();
    let changed = |flow: Option<&Value>| flow.unwrap()["FlowContentSha256"] != before;
    let seconds = seconds_until(&slow, &id, changed).await;
    assert!(
        about(Lag::SearchContent, seed).contains(&seconds),
        "{seconds}"
    );

    let arn =
        format!("arn:aws:connect:us-east-1:000000000000:instance/{INSTANCE}/contact-flow/{id}");
    let tags = format!("/tags/{}", arn.replace(':', "%3A").replace('/', "%2F"));
    call(&slow.aws, "POST", &tags, &json!({ "tags": { "a": "b" } }))
        .await
        .ok();
    let seconds = seconds_until(&slow, &id, |flow| flow.unwrap()["Tags"]["a"] == "b").await;
    assert!(about(Lag::SearchTags, seed).contains(&seconds), "{seconds}");

    call(&slow.aws, "DELETE", &path, &Value::Null).await.ok();
    let gone = call(&slow.aws, "GET", &path, &Value::Null).await;
    assert_eq!(error(&gone).0, "ResourceNotFoundException");
    let seconds = seconds_until(&slow, &id, |flow| flow.is_none()).await;
    assert!(
        about(Lag::SearchDeletion, seed).contains(&seconds),
        "{seconds}"
    );
}

#[tokio::test]
async fn what_is_gone_before_it_is_found_never_comes_back() {
    for seed in 0..12 {
        let slow = Slow::start(seed).await;
        let id = create_flow(&slow, "one").await;
        let path = format!("/contact-flows/{INSTANCE}/{id}");
        slow.until_ok(|| call(&slow.aws, "DELETE", &path, &Value::Null))
            .await;
        slow.pass(Duration::from_secs(600));
        assert_eq!(found(&slow, &id).await, None, "seed {seed}");
    }
}

#[tokio::test]
async fn an_exact_search_by_a_long_name_is_refused_or_not() {
    let name = "Vanity Number Service Inbound Flow";
    let exact = |value: &str| {
        json!({
            "InstanceId": INSTANCE,
            "SearchCriteria": {
                "StringCondition": {
                    "FieldName": "name",
                    "Value": value,
                    "ComparisonType": "EXACT",
                },
            },
        })
    };
    for (answer, status) in [(0, 200), (1, 400)] {
        let slow = Slow::start(seed_of(Truth::LongExactSearch, answer, 2)).await;
        let search = "/search-contact-flows";
        let long = call(&slow.aws, "POST", search, &exact(name)).await;
        assert_eq!(long.status, status);
        if status == 400 {
            assert_eq!(
                error(&long),
                (
                    "InvalidParameterException".to_owned(),
                    "Invalid search value length".to_owned()
                )
            );
        }
        let short = exact(name.get(..25).unwrap());
        call(&slow.aws, "POST", search, &short).await.ok();
    }
}
