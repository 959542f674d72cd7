//! Phone numbers that somebody else wins.

use std::collections::BTreeSet;
use std::time::Duration;

use local_aws::consistency::{Model, Truth};
use serde_json::{Value, json};

use super::connect::INSTANCE;
use super::{Slow, call, error, seed_of};
use crate::client::Answer;

async fn search(slow: &Slow) -> Vec<String> {
    let body = json!({
        "InstanceId": INSTANCE,
        "PhoneNumberCountryCode": "US",
        "PhoneNumberType": "TOLL_FREE",
    });
    let found = call(&slow.aws, "POST", "/phone-number/search-available", &body)
        .await
        .ok()
        .json();
    let numbers = found["AvailableNumbersList"].as_array().unwrap();
    let numbers = numbers
        .iter()
        .map(|number| number["PhoneNumber"].as_str().unwrap());
    numbers.map(str::to_owned).collect()
}

async fn claim(slow: &Slow, number: &str) -> Answer {
    let body = json!({ "InstanceId": INSTANCE, "PhoneNumber": number });
    call(&slow.aws, "POST", "/phone-number/claim", &body).await
}

/// The last status of a claim, and its message.
async fn settled(slow: &Slow, claimed: &Answer) -> (String, Value) {
    let path = format!(
        "/phone-number/{}",
        claimed.json()["PhoneNumberId"].as_str().unwrap()
    );
    let mut seen = BTreeSet::new();
    for _ in 0..400 {
        slow.pass(Duration::from_secs(1));
        tokio::time::sleep(Duration::from_millis(3)).await;
        let answer = call(&slow.aws, "GET", &path, &Value::Null).await;
        if answer.status >= 300 {
            assert_eq!(error(&answer).0, "ResourceNotFoundException");
            continue;
        }
        let status = answer.json()["ClaimedPhoneNumberSummary"]["PhoneNumberStatus"].clone();
        let word = status["Status"].as_str().unwrap().to_owned();
        seen.insert(word.clone());
        if word != "IN_PROGRESS" {
            return (word, status["Message"].clone());
        }
    }
    panic!("never settled: {seen:?}");
}

#[tokio::test]
async fn a_claim_is_lost_at_once_or_later_and_another_number_is_had() {
    for (answer, at_once) in [(0, true), (1, false)] {
        let slow = Slow::start(seed_of(Truth::LostClaim, answer, 2)).await;
        let (mut lost, mut had) = (0, 0);
        for _ in 0..12 {
            let number = search(&slow).await.remove(0);
            let claimed = claim(&slow, &number).await;
            let words = format!("Phone number not available: {number}");
            if claimed.status >= 300 {
                assert!(at_once);
                assert_eq!(
                    (claimed.status, error(&claimed)),
                    (400, ("InvalidParameterException".to_owned(), words))
                );
                lost += 1;
            } else {
                match settled(&slow, &claimed).await {
                    (status, message) if status == "FAILED" => {
                        assert!(!at_once);
                        assert_eq!(message, json!(words));
                        lost += 1;
                    }
                    (status, _) => {
                        assert_eq!(status, "CLAIMED");
                        had += 1;
                        let path = claimed.json()["PhoneNumberId"].as_str().unwrap().to_owned();
                        let path = format!("/phone-number/{path}");
                        slow.until_ok(|| call(&slow.aws, "DELETE", &path, &Value::Null))
                            .await;
                    }
                }
            }
            // Nobody is offered it again.
            assert!(!search(&slow).await.contains(&number));
        }
        assert!(lost > 0 && had > 0, "{lost} lost, {had} had");
    }
}

#[tokio::test]
async fn no_claim_is_lost_when_all_is_known_at_once() {
    let slow = Slow::with(Model::Immediate).await;
    for _ in 0..3 {
        let number = search(&slow).await.remove(0);
        claim(&slow, &number).await.ok();
    }
}
