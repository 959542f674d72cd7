//! Connect.

mod functions;
mod roles;

use serde_json::{Value, json};

use crate::client::{Answer, Aws};

const INSTANCE: &str = "00000000-0000-4000-8000-76616e697479";
const ARN: &str =
    "arn:aws:connect:us-east-1:000000000000:instance/00000000-0000-4000-8000-76616e697479";
const FLOW: &str = r#"{"Version":"2019-10-30","StartAction":"end","Actions":[{"Identifier":"end","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}"#;

async fn call(aws: &Aws, method: &str, path: &str, body: Value) -> Answer {
    aws.rest("connect", method, path, &body).await
}

async fn get(aws: &Aws, path: &str) -> Value {
    call(aws, "GET", path, Value::Null).await.ok().json()
}

fn code(answer: &Answer) -> (u16, &str) {
    let code = answer.headers.get("x-amzn-errortype").unwrap();
    (answer.status, code.to_str().unwrap())
}

async fn create_flow(aws: &Aws, name: &str, tags: Value) -> String {
    let body = json!({ "Name": name, "Type": "CONTACT_FLOW", "Content": FLOW, "Tags": tags });
    let path = format!("/contact-flows/{INSTANCE}");
    let answer = call(aws, "PUT", &path, body).await.ok().json();
    answer["ContactFlowId"].as_str().unwrap().to_owned()
}

/// Asks until the answer is as wanted: the embedded AWS finishes on its own.
async fn until(aws: &Aws, path: &str, done: impl Fn(&Value) -> bool) -> Value {
    loop {
        let answer = get(aws, path).await;
        if done(&answer) {
            return answer;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn it_is_born_with_an_instance_that_can_be_called() {
    let aws = Aws::start().await;
    let listed = get(&aws, "/instance").await;
    let instance = &listed["InstanceSummaryList"][0];
    assert_eq!(instance["Arn"], ARN);
    assert_eq!(instance["InstanceAlias"], "vanity-local");
    assert_eq!(instance["InstanceStatus"], "ACTIVE");
    assert!(instance["CreatedTime"].is_f64());
    let described = get(&aws, &format!("/instance/{INSTANCE}")).await;
    assert_eq!(described["Instance"]["Arn"], ARN);
    let encoded = ARN.replace(':', "%3A").replace('/', "%2F");
    let same = get(&aws, &format!("/instance/{encoded}")).await;
    assert_eq!(same, described);

    let numbers = call(&aws, "POST", "/phone-number/list", json!({}))
        .await
        .ok();
    let numbers = numbers.json();
    let numbers = numbers["ListPhoneNumbersSummaryList"].as_array().unwrap();
    let kinds: Vec<&Value> = numbers.iter().map(|n| &n["PhoneNumberType"]).collect();
    assert_eq!(kinds, ["DID", "TOLL_FREE"]);
    assert!(numbers.iter().all(|number| number["TargetArn"] == ARN));

    for (path, member, name) in [
        ("queues-summary", "QueueSummaryList", "BasicQueue"),
        (
            "hours-of-operations-summary",
            "HoursOfOperationSummaryList",
            "Basic Hours",
        ),
        ("prompts-summary", "PromptSummaryList", "Beep.wav"),
        (
            "contact-flows-summary",
            "ContactFlowSummaryList",
            "Default agent hold",
        ),
    ] {
        let listed = get(&aws, &format!("/{path}/{INSTANCE}")).await;
        assert_eq!(listed[member][0]["Name"], name);
    }
}

#[tokio::test]
async fn a_flow_from_its_making_to_its_end() {
    let aws = Aws::start().await;
    let id = create_flow(&aws, "greeting", json!({ "a": "1" })).await;
    let path = format!("/contact-flows/{INSTANCE}/{id}");
    let flow = get(&aws, &path).await;
    assert_eq!(flow["ContactFlow"]["Content"], FLOW);
    assert_eq!(flow["ContactFlow"]["Status"], "PUBLISHED");
    assert_eq!(flow["ContactFlow"]["Tags"], json!({ "a": "1" }));

    // A draft beside what is live, at its ARN as clients encode it.
    let draft = format!("/contact-flows/{INSTANCE}/{id}%3A%24SAVED");
    let half = json!({ "Content": "{}" });
    call(&aws, "POST", &format!("{draft}/content"), half.clone())
        .await
        .ok();
    assert_eq!(get(&aws, &draft).await["ContactFlow"]["Content"], "{}");
    let live = get(&aws, &path).await;
    for member in ["Content", "Status", "FlowContentSha256"] {
        assert_eq!(live["ContactFlow"][member], flow["ContactFlow"][member]);
    }

    // The same content is refused where it would go live.
    let refused = call(&aws, "POST", &format!("{path}/content"), half).await;
    assert_eq!(code(&refused), (400, "InvalidContactFlowException"));
    let body = refused.json();
    assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
    assert!(body["problems"][0]["message"].is_string());

    let metadata = json!({ "Name": "welcome", "ContactFlowState": "ARCHIVED" });
    call(&aws, "POST", &format!("{path}/metadata"), metadata)
        .await
        .ok();
    let renamed = get(&aws, &path).await;
    assert_eq!(renamed["ContactFlow"]["Name"], "welcome");
    assert_eq!(renamed["ContactFlow"]["State"], "ARCHIVED");

    call(&aws, "DELETE", &path, Value::Null).await.ok();
    let gone = call(&aws, "GET", &path, Value::Null).await;
    assert_eq!(code(&gone), (404, "ResourceNotFoundException"));
    assert!(gone.json()["Message"].is_string());
}

#[tokio::test]
async fn a_draft_alone_is_not_published_rather_than_absent() {
    let aws = Aws::start().await;
    let body =
        json!({ "Name": "draft", "Type": "CONTACT_FLOW", "Content": "not yet", "Status": "SAVED" });
    let path = format!("/contact-flows/{INSTANCE}");
    let made = call(&aws, "PUT", &path, body.clone()).await.ok().json();
    let id = made["ContactFlowId"].as_str().unwrap();
    let answer = call(&aws, "GET", &format!("{path}/{id}"), Value::Null).await;
    assert_eq!(code(&answer), (404, "ContactFlowNotPublishedException"));
    let again = call(&aws, "PUT", &path, body).await;
    assert_eq!(code(&again), (409, "DuplicateResourceException"));
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said() {
    let aws = Aws::start().await;
    let path = format!("/contact-flows/{INSTANCE}");
    let good = json!({ "Name": "a", "Type": "CONTACT_FLOW", "Content": FLOW });
    let with = |member: &str, value: Value| {
        let mut body = good.clone();
        body[member] = value;
        body
    };
    for (body, expected) in [
        (
            with("Name", Value::Null),
            (400, "InvalidParameterException"),
        ),
        (
            with("Type", json!("INBOUND")),
            (400, "InvalidParameterException"),
        ),
        (with("Content", json!(7)), (400, "SerializationException")),
        (with("Tags", json!({})), (400, "InvalidParameterException")),
        (
            with("Tags", json!({ "aws:a": "" })),
            (400, "InvalidParameterException"),
        ),
        (
            with("Colour", json!("red")),
            (501, "NotImplementedByLocalAws"),
        ),
    ] {
        let answer = call(&aws, "PUT", &path, body.clone()).await;
        assert_eq!(code(&answer), expected, "{body}");
    }
    let absent = call(&aws, "PUT", "/contact-flows/absent", good).await;
    assert_eq!(code(&absent), (404, "ResourceNotFoundException"));
    let other = call(&aws, "POST", &format!("/rules/{INSTANCE}"), json!({})).await;
    assert_eq!(code(&other), (501, "NotImplementedByLocalAws"));
    assert!(
        other.json()["Message"]
            .as_str()
            .unwrap()
            .contains("connect:CreateRule")
    );
}

#[tokio::test]
async fn flows_are_found_by_their_tags_in_pages() {
    let aws = Aws::start().await;
    for n in 0..5 {
        create_flow(&aws, &format!("flow {n}"), json!({ "solution": "s" })).await;
    }
    create_flow(&aws, "other", json!({ "solution": "t" })).await;
    let mut names = Vec::new();
    let mut token = Value::Null;
    loop {
        let body = json!({
            "InstanceId": INSTANCE,
            "MaxResults": 2,
            "NextToken": token,
            "SearchFilter": { "TagFilter": { "TagCondition": { "TagKey": "solution", "TagValue": "s" } } },
        });
        let found = call(&aws, "POST", "/search-contact-flows", body)
            .await
            .ok()
            .json();
        assert_eq!(found["ApproximateTotalCount"], 5);
        for flow in found["ContactFlows"].as_array().unwrap() {
            assert_eq!(flow["Tags"], json!({ "solution": "s" }));
            assert_eq!(flow["FlowContentSha256"].as_str().unwrap().len(), 64);
            names.push(flow["Name"].as_str().unwrap().to_owned());
        }
        token = found["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(names, ["flow 0", "flow 1", "flow 2", "flow 3", "flow 4"]);
}

#[tokio::test]
async fn a_number_is_claimed_once_per_token_bound_and_released() {
    let aws = Aws::start().await;
    let search = json!({
        "TargetArn": ARN, "PhoneNumberCountryCode": "US", "PhoneNumberType": "TOLL_FREE",
        "PhoneNumberPrefix": "+1833",
    });
    let found = call(&aws, "POST", "/phone-number/search-available", search)
        .await
        .ok()
        .json();
    let number = found["AvailableNumbersList"][0]["PhoneNumber"].clone();
    let claim = json!({ "TargetArn": ARN, "PhoneNumber": number, "ClientToken": "once" });
    let claimed = call(&aws, "POST", "/phone-number/claim", claim.clone())
        .await
        .ok()
        .json();
    let again = call(&aws, "POST", "/phone-number/claim", claim.clone())
        .await
        .ok();
    assert_eq!(again.json(), claimed);
    let mut other = claim;
    other["PhoneNumber"] = json!("+18335550150");
    let misused = call(&aws, "POST", "/phone-number/claim", other).await;
    assert_eq!(code(&misused), (409, "IdempotencyException"));

    let id = claimed["PhoneNumberId"].as_str().unwrap();
    let path = format!("/phone-number/{id}");
    let described = until(&aws, &path, |answer| {
        answer["ClaimedPhoneNumberSummary"]["PhoneNumberStatus"]["Status"] != "IN_PROGRESS"
    })
    .await;
    let summary = &described["ClaimedPhoneNumberSummary"];
    assert_eq!(summary["PhoneNumberStatus"]["Status"], "CLAIMED");
    assert_eq!(summary["PhoneNumber"], number);

    let flow = create_flow(&aws, "answering", json!({ "a": "1" })).await;
    let bind = json!({ "InstanceId": INSTANCE, "ContactFlowId": flow });
    call(&aws, "PUT", &format!("{path}/contact-flow"), bind)
        .await
        .ok();
    let batch = json!({
        "ResourceIds": [claimed["PhoneNumberArn"]], "ResourceType": "VOICE_PHONE_NUMBER",
    });
    let path_of_batch = format!("/flow-associations-batch/{INSTANCE}");
    let bound = call(&aws, "POST", &path_of_batch, batch).await.ok().json();
    let bound = &bound["FlowAssociationSummaryList"][0];
    assert_eq!(bound["FlowId"], format!("{ARN}/contact-flow/{flow}"));
    assert_eq!(bound["ResourceId"], claimed["PhoneNumberArn"]);

    let unbind = format!("{path}/contact-flow?instanceId={INSTANCE}");
    call(&aws, "DELETE", &unbind, Value::Null).await.ok();
    let listed = get(&aws, &format!("/flow-associations-summary/{INSTANCE}")).await;
    assert_eq!(listed["FlowAssociationSummaryList"], json!([]));
    call(&aws, "DELETE", &path, Value::Null).await.ok();
    let gone = call(&aws, "GET", &path, Value::Null).await;
    assert_eq!(code(&gone), (404, "ResourceNotFoundException"));
}

#[tokio::test]
async fn an_instance_is_made_in_its_time_and_a_third_refused() {
    let aws = Aws::start().await;
    let body = json!({
        "InstanceAlias": "second", "IdentityManagementType": "CONNECT_MANAGED",
        "InboundCallsEnabled": true, "OutboundCallsEnabled": false,
    });
    let made = call(&aws, "PUT", "/instance", body.clone())
        .await
        .ok()
        .json();
    let path = format!("/instance/{}", made["Id"].as_str().unwrap());
    let described = until(&aws, &path, |answer| {
        answer["Instance"]["InstanceStatus"] != "CREATION_IN_PROGRESS"
    })
    .await;
    assert_eq!(described["Instance"]["InstanceStatus"], "ACTIVE");
    let flows = format!("/contact-flows-summary/{}", made["Id"].as_str().unwrap());
    let flows = get(&aws, &flows).await;
    assert_eq!(flows["ContactFlowSummaryList"].as_array().unwrap().len(), 8);
    let mut third = body;
    third["InstanceAlias"] = json!("third");
    let refused = call(&aws, "PUT", "/instance", third.clone()).await;
    assert_eq!(code(&refused), (402, "ServiceQuotaExceededException"));
    call(&aws, "DELETE", &path, Value::Null).await.ok();
    call(&aws, "PUT", "/instance", third).await.ok();
}

#[tokio::test]
async fn a_claim_goes_on_after_a_restart_and_ids_stay() {
    let folder = tempfile::tempdir().unwrap();
    let config = || local_aws::Config {
        folder: Some(crate::client::kept(folder.path())),
        ..local_aws::Config::default()
    };
    let aws = Aws::with(config()).await;
    let flows = get(&aws, &format!("/contact-flows-summary/{INSTANCE}")).await;
    let claim = json!({ "InstanceId": INSTANCE, "PhoneNumber": "+12125550123" });
    let claimed = call(&aws, "POST", "/phone-number/claim", claim)
        .await
        .ok()
        .json();
    aws.stop().await;

    let aws = Aws::with(config()).await;
    let path = format!(
        "/phone-number/{}",
        claimed["PhoneNumberId"].as_str().unwrap()
    );
    until(&aws, &path, |answer| {
        answer["ClaimedPhoneNumberSummary"]["PhoneNumberStatus"]["Status"] == "CLAIMED"
    })
    .await;
    let again = get(&aws, &format!("/contact-flows-summary/{INSTANCE}")).await;
    assert_eq!(again, flows);
}

#[tokio::test]
async fn a_quota_that_was_granted_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let config = || local_aws::Config {
        folder: Some(crate::client::kept(folder.path())),
        ..local_aws::Config::default()
    };
    let aws = Aws::with(config()).await;
    let flows = get(&aws, &format!("/contact-flows-summary/{INSTANCE}")).await;
    let there = flows["ContactFlowSummaryList"].as_array().unwrap().len();
    let grant = |aws: &Aws, name: &str, value: usize| {
        let grant = format!("{name}={value}").parse().unwrap();
        aws.running().gateway().grant(grant).unwrap();
    };
    let path = format!("/contact-flows/{INSTANCE}");
    let flow = |name: &str| json!({ "Name": name, "Type": "CONTACT_FLOW", "Content": FLOW });
    grant(&aws, "flows-per-instance", there + 1);
    create_flow(&aws, "the last", json!({ "a": "1" })).await;
    let refused = call(&aws, "PUT", &path, flow("one more")).await;
    assert_eq!(code(&refused), (429, "LimitExceededException"));
    grant(&aws, "flows-per-instance", there + 2);
    grant(&aws, "flow-modules-per-instance", 1);
    aws.stop().await;

    let aws = Aws::with(config()).await;
    create_flow(&aws, "one more", json!({ "a": "1" })).await;
    let refused = call(&aws, "PUT", &path, flow("another")).await;
    assert_eq!(code(&refused), (429, "LimitExceededException"));
    let path = format!("/contact-flow-modules/{INSTANCE}");
    let module = r#"{"Version":"2019-10-30","StartAction":"end","Actions":[{"Identifier":"end","Type":"EndFlowModuleExecution","Parameters":{},"Transitions":{}}],"Settings":{"InputParameters":[],"OutputParameters":[],"Transitions":[]}}"#;
    let module = |name: &str| json!({ "Name": name, "Content": module });
    call(&aws, "PUT", &path, module("a")).await.ok();
    let refused = call(&aws, "PUT", &path, module("b")).await;
    assert_eq!(code(&refused), (429, "LimitExceededException"));
    let refused: Value = refused.json();
    assert_eq!(
        refused["Message"],
        "The instance has 1 flow modules already, the quota (flow-modules-per-instance)."
    );
}

#[tokio::test]
async fn tags_come_and_go_by_the_arn() {
    let aws = Aws::start().await;
    let id = create_flow(&aws, "tagged", json!({ "a": "1" })).await;
    let arn = format!("{ARN}/contact-flow/{id}")
        .replace(':', "%3A")
        .replace('/', "%2F");
    let path = format!("/tags/{arn}");
    call(
        &aws,
        "POST",
        &path,
        json!({ "tags": { "b": "2", "c": "3" } }),
    )
    .await
    .ok();
    call(
        &aws,
        "DELETE",
        &format!("{path}?tagKeys=a&tagKeys=c"),
        Value::Null,
    )
    .await
    .ok();
    assert_eq!(get(&aws, &path).await, json!({ "tags": { "b": "2" } }));
}
