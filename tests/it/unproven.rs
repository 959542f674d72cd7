//! What Amazon Connect may answer, and nobody has proved: each reading, on the way of the whole
//! program.

use std::sync::{Arc, Mutex};

use local_aws::Running;
use serde_json::{Value, json};

use crate::between::{Between, refusal};
use crate::environment::{Run, TestEnvironment};
use crate::http::Answer;
use crate::solutions::{circle, flow};

/// A deployed solution of flows that refer to each other, a number and a stack.
struct Deployed {
    environment: TestEnvironment,
    running: Running,
    between: Between,
}

impl Deployed {
    async fn new() -> Self {
        let this = Self::nothing().await;
        this.run("up --yes").expect(0);
        this
    }

    async fn nothing() -> Self {
        let environment = circle()
            .variable("AWS_ACCESS_KEY_ID", "local")
            .variable("AWS_SECRET_ACCESS_KEY", "local");
        let running = local_aws::server::start(local_aws::Config::default())
            .await
            .unwrap();
        let between = Between::start(&running.url()).await;
        Self {
            environment,
            running,
            between,
        }
    }

    fn run(&self, command: &str) -> Run {
        let arguments = format!(
            "{command} --endpoint-url {} --region us-east-1 --instance-alias vanity-local",
            self.between.url
        );
        tokio::task::block_in_place(|| self.environment.run(&arguments))
    }
}

fn is_saved(asks: &str) -> bool {
    asks.starts_with("GET /contact-flows/") && asks.contains("SAVED")
}

#[tokio::test(flavor = "multi_thread")]
async fn no_draft_is_not_found_or_what_was_saved_before_and_blocks_no_update() {
    let deployed = Deployed::new().await;
    for (text, older) in [("Three", false), ("Four", true)] {
        deployed
            .environment
            .write("second.json", &flow(text, "first"));
        deployed.between.changes(move |asks, answer| {
            if !is_saved(asks) {
                return answer;
            }
            if !older {
                return refusal(404, "ResourceNotFoundException", "not found");
            }
            let mut body = answer.json();
            let flow = &mut body["ContactFlow"];
            let content = flow["Content"].as_str().unwrap().replace("Three", "Two");
            flow["Content"] = json!(content);
            let modified = flow["LastModifiedTime"].as_f64().unwrap();
            flow["LastModifiedTime"] = json!(modified - 60.0);
            Answer {
                body: body.to_string().into_bytes(),
                ..answer
            }
        });
        let up = deployed.run("up --yes").expect(0);
        assert!(up.stderr.contains("second"), "{}", up.seen());
        assert!(deployed.between.count("SAVED") > 0);
        deployed.run("plan --detailed-exitcode").expect(0);
    }
    deployed.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn flows_that_are_found_after_they_were_deleted_are_made_again() {
    let deployed = Deployed::new().await;
    let index: Arc<Mutex<Option<Value>>> = Arc::default();
    let found = Arc::clone(&index);
    deployed.between.changes(move |asks, answer| {
        if asks.contains(" /search-contact-flows") {
            *found.lock().unwrap() = Some(answer.json());
        }
        answer
    });
    deployed.run("status").expect(0);
    deployed.run("down --yes").expect(0);
    let found = index.lock().unwrap().clone().unwrap();
    assert_eq!(found["ContactFlows"].as_array().unwrap().len(), 2);
    deployed.between.changes(move |asks, answer| {
        if !asks.contains(" /search-contact-flows") {
            return answer;
        }
        Answer {
            body: found.to_string().into_bytes(),
            ..answer
        }
    });
    let plan = deployed.run("plan --detailed-exitcode").expect(2);
    assert!(!plan.stdout.contains("edited"), "{}", plan.seen());
    deployed.run("up --yes").expect(0);
    deployed.run("status").expect(0);
    deployed.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_connect_made_is_not_known_for_a_while() {
    let deployed = Deployed::nothing().await;
    let turns = Arc::new(Mutex::new(std::collections::BTreeMap::<String, u32>::new()));
    deployed.between.changes(move |asks, answer| {
        // By turns, each of these: not there, invalid, known.
        let young = [
            ("POST", "/tags/"),
            ("PUT", "/phone-number/"),
            ("POST", "/contact-flows/"),
        ];
        let path = asks.split(' ').nth(1).unwrap();
        let is_young = young
            .iter()
            .any(|(method, prefix)| asks.starts_with(method) && path.starts_with(prefix));
        // The number was there before.
        if !is_young || path.starts_with("/tags/") && path.contains("phone-number") {
            return answer;
        }
        let mut turns = turns.lock().unwrap();
        let turn = turns.entry(path.to_owned()).or_default();
        *turn += 1;
        match *turn {
            1 => refusal(404, "ResourceNotFoundException", "not found"),
            2 if !path.starts_with("/phone-number/") => {
                refusal(400, "InvalidRequestException", "cannot be used")
            }
            _ => answer,
        }
    });
    deployed.run("up --yes").expect(0);
    assert!(deployed.between.count("POST /tags/") >= 7);
    deployed.run("status").expect(0);
    deployed.run("plan --detailed-exitcode").expect(0);
    deployed.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_may_ring_another_flow_is_not_taken() {
    let deployed = Deployed::nothing().await;
    let denied = |asks: &str| asks.contains("/flow-associations-summary/");
    deployed.between.changes(move |asks, answer| {
        if denied(asks) {
            return refusal(403, "AccessDeniedException", "not allowed");
        }
        answer
    });
    let plan = deployed.run("plan").expect(0);
    let words = "is not taken: whether it rings another flow cannot be told (Connect \
                 ListFlowAssociations: AccessDeniedException: not allowed)";
    assert!(plan.stdout.contains(words), "{}", plan.seen());
    deployed.run("up --yes").expect(0);
    assert_eq!(deployed.between.count("PUT /phone-number/"), 0);

    // Told by the list alone: the batch knows no voice numbers.
    deployed.between.changes(|asks, answer| {
        if !asks.contains("/flow-associations-batch/") {
            return answer;
        }
        Answer {
            body: b"{}".to_vec(),
            ..answer
        }
    });
    deployed.run("up --yes").expect(0);
    deployed.run("status").expect(0);
    deployed.run("plan --detailed-exitcode").expect(0);
    deployed.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_numbers_that_ring_other_flows_none_is_looked_at() {
    let deployed = Deployed::new().await;
    let arn = |id: &str| format!("arn:aws:connect:us-east-1:000000000000:phone-number/{id}");
    deployed.between.changes(move |asks, answer| {
        let is_list = asks.contains("/phone-number/list");
        if !is_list && !asks.contains("/flow-associations-batch/") {
            return answer;
        }
        let mut body = answer.json();
        if is_list {
            let all = body["ListPhoneNumbersSummaryList"].as_array_mut().unwrap();
            all.extend((0..200).map(|index| {
                json!({
                    "PhoneNumberId": format!("other-{index}"),
                    "PhoneNumberArn": arn(&format!("other-{index}")),
                    "PhoneNumber": format!("+1800555{index:04}"),
                    "PhoneNumberCountryCode": "US",
                    "PhoneNumberType": "TOLL_FREE",
                })
            }));
        } else {
            let (_, asked) = asks.split_once('{').unwrap();
            let asked: Value = serde_json::from_str(&format!("{{{asked}")).unwrap();
            let others = asked["ResourceIds"].as_array().unwrap().iter();
            let others = others.filter(|arn| arn.as_str().unwrap().contains("other-"));
            let all = body["FlowAssociationSummaryList"].as_array_mut().unwrap();
            all.extend(others.map(|arn| {
                json!({
                    "ResourceId": arn,
                    "FlowId": "arn:aws:connect:us-east-1:000000000000:instance/i/contact-flow/x",
                })
            }));
        }
        Answer {
            body: body.to_string().into_bytes(),
            ..answer
        }
    });
    deployed.run("plan --detailed-exitcode").expect(0);
    assert_eq!(deployed.between.count("/phone-number/list"), 1);
    assert_eq!(deployed.between.count("GET /phone-number/other-"), 0);
    // Ours, and the one that rings nothing.
    assert_eq!(deployed.between.count("GET /phone-number/"), 2);
    deployed.running.stop().await;
}
