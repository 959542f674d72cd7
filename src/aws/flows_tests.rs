//! Flows against scripted answers and the embedded Connect.

use super::*;
use crate::aws::testing::{Notes, Script, local};
use crate::engine::ports::Tags;

const CONTENT: &str = r#"{"Version":"2019-10-30","StartAction":"e","Metadata":{},"Actions":[{"Identifier":"e","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}"#;

fn input(name: &str) -> FlowInput {
    FlowInput {
        name: name.to_owned(),
        flow_type: "CONTACT_FLOW".to_owned(),
        description: "d".to_owned(),
        content: CONTENT.to_owned(),
        tags: Tags::from([("k".to_owned(), "v".to_owned())]),
    }
}

fn flow(id: &str, more: &str) -> String {
    format!(
        r#"{{"Id":"{id}","Arn":"arn:aws:connect:us-east-1:111122223333:instance/i/contact-flow/{id}","Name":"n-{id}","Type":"CONTACT_FLOW","State":"ACTIVE","Status":"PUBLISHED"{more}}}"#
    )
}

fn found(flows: &[String], next: &str) -> String {
    format!(r#"{{"ContactFlows":[{}]{next}}}"#, flows.join(","))
}

const FULL: &str = r#","Tags":{"k":"v"},"FlowContentSha256":"abc""#;

fn tags() -> Tags {
    Tags::from([("k".to_owned(), "v".to_owned())])
}

#[tokio::test]
async fn tagged_flows_cost_a_request_a_page() {
    let script = Script::new()
        .on("NextToken", 200, &found(&[flow("b", FULL)], ""))
        .on(
            "search-contact-flows",
            200,
            &found(&[flow("a", FULL)], r#","NextToken":"2""#),
        );
    let flows = script.ports().flows.tagged("i", &tags()).await.unwrap();
    let ids: Vec<&str> = flows.iter().map(|flow| flow.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(flows[0].content_sha256.as_deref(), Some("abc"));
    assert_eq!(script.asked().len(), 2);
    assert!(script.asked()[0].contains(r#""MaxResults":100"#));
    assert!(
        script.asked()[0].contains(r#""AndConditions":[{"TagKey":"k","TagValue":"v"}]"#),
        "{:?}",
        script.asked()
    );
}

#[tokio::test]
async fn what_a_search_leaves_out_is_described() {
    let script = Script::new()
        .on(
            "search-contact-flows",
            200,
            &found(&[flow("a", r#","Tags":{"k":"v"}"#), flow("b", "")], ""),
        )
        .on(
            "contact-flows/i/a",
            200,
            &format!(r#"{{"ContactFlow":{}}}"#, flow("a", FULL)),
        )
        .error(
            "contact-flows/i/b ",
            404,
            "ContactFlowNotPublishedException",
            "no",
        )
        .on(
            "contact-flows/i/b%3A%24SAVED",
            200,
            &format!(
                r#"{{"ContactFlow":{}}}"#,
                flow("b:$SAVED", r#","Tags":{"k":"v"}"#)
            ),
        );
    let flows = script.ports().flows.tagged("i", &tags()).await.unwrap();
    assert_eq!(flows[0].content_sha256.as_deref(), Some("abc"));
    assert_eq!(
        (flows[1].id.as_str(), &flows[1].content_sha256),
        ("b", &None)
    );
    script.assert_used();
}

#[tokio::test]
async fn a_name_is_exact_and_found_though_the_search_lags() {
    let script = Script::new()
        .on("search-contact-flows", 200, &found(&[flow("a", FULL)], ""))
        .on(
            "contact-flows-summary",
            200,
            r#"{"ContactFlowSummaryList":[{"Id":"z","Name":"N-A"}]}"#,
        );
    assert_eq!(script.ports().flows.named("i", "N-A2").await.unwrap(), None);

    let script = Script::new()
        .on("search-contact-flows", 200, &found(&[], ""))
        .on(
            "contact-flows-summary",
            200,
            r#"{"ContactFlowSummaryList":[{"Id":"a","Name":"n-a"}]}"#,
        )
        .on(
            "contact-flows/i/a",
            200,
            &format!(r#"{{"ContactFlow":{}}}"#, flow("a", FULL)),
        );
    let flow = script
        .ports()
        .flows
        .named("i", "n-a")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(flow.id, "a");
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_adopted_and_anothers_flow_is_a_conflict() {
    let described = |content: &str| {
        let content = serde_json::Value::String(content.to_owned());
        let more = format!(r#"{FULL},"Content":{content}"#);
        format!(r#"{{"ContactFlow":{}}}"#, flow("a", &more))
    };
    let duplicate = |script: Script| {
        script
            .error("PUT", 500, "InternalServiceException", "lost")
            .error("PUT", 409, "DuplicateResourceException", "exists")
            .on("search-contact-flows", 200, &found(&[flow("a", FULL)], ""))
    };
    let script = duplicate(Script::new()).on("GET", 200, &described(CONTENT));
    let made = script
        .ports()
        .flows
        .create("i", &input("n-a"))
        .await
        .unwrap();
    assert_eq!(made.id, "a");
    script.assert_used();

    let script = duplicate(Script::new()).on("GET", 200, &described("{}"));
    let failure = script
        .ports()
        .flows
        .create("i", &input("n-a"))
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
}

#[tokio::test]
async fn only_a_flow_just_made_is_waited_for() {
    let not_found =
        |script: Script| script.error("tags/", 404, "ResourceNotFoundException", "not found");
    let arn = "arn:aws:connect:us-east-1:111122223333:instance/i/contact-flow/new";
    let script = not_found(not_found(Script::new()))
        .on("tags/", 200, "{}")
        .on(
            "PUT",
            200,
            &format!(
                r#"{{"ContactFlowId":"new","ContactFlowArn":"{arn}","FlowContentSha256":"abc"}}"#
            ),
        );
    let ports = script.ports();
    ports.flows.create("i", &input("n")).await.unwrap();
    ports.flows.tag(arn, &tags()).await.unwrap();
    assert_eq!(script.count("tags/"), 3);

    let script = not_found(Script::new());
    assert!(script.ports().flows.tag(arn, &tags()).await.is_err());
    assert_eq!(script.count("tags/"), 1);
}

#[tokio::test]
async fn content_that_refers_to_a_flow_just_made_is_tried_again() {
    let refused =
        r#"{"problems":[{"message":"Actions[0].Parameters.ContactFlowId: resource not found"}]}"#;
    let content = r#"{"to":"arn:x/contact-flow/new"}"#;
    let quoted = serde_json::Value::String(content.to_owned());
    let script = Script::new()
        .on(
            "PUT",
            200,
            r#"{"ContactFlowId":"new","ContactFlowArn":"arn:x/contact-flow/new","FlowContentSha256":"abc"}"#,
        )
        .error_body("a/content", 400, "InvalidContactFlowException", refused)
        .on("a/content", 200, "{}")
        .on(
            "GET",
            200,
            &format!(
                r#"{{"ContactFlow":{}}}"#,
                flow("a", &format!(r#"{FULL},"Content":{quoted}"#))
            ),
        );
    let ports = script.ports();
    ports.flows.create("i", &input("n")).await.unwrap();
    let digest = ports.flows.update_content("i", "a", content).await.unwrap();
    assert_eq!(digest.as_deref(), Some("abc"));

    // Without a new flow in it, it is wrong and stays wrong.
    let script = Script::new().error_body("a/content", 400, "InvalidContactFlowException", refused);
    assert!(
        script
            .ports()
            .flows
            .update_content("i", "a", content)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_digest_is_that_of_the_new_content() {
    let described = |content: &str, sha: &str| {
        let content = serde_json::Value::String(content.to_owned());
        let more = format!(r#","Tags":{{}},"FlowContentSha256":"{sha}","Content":{content}"#);
        format!(r#"{{"ContactFlow":{}}}"#, flow("a", &more))
    };
    let script = Script::new()
        .on("a/content", 200, "{}")
        .on("GET", 200, &described(r#"{"old":1}"#, "old"))
        .on("GET", 200, &described(r#"{ "new": 1 }"#, "new"));
    let digest = script
        .ports()
        .flows
        .update_content("i", "a", r#"{"new":1}"#)
        .await
        .unwrap();
    assert_eq!(digest.as_deref(), Some("new"));
    script.assert_used();
}

#[tokio::test]
async fn a_flow_that_a_number_points_to_is_not_deleted() {
    let used = r#"{"FlowAssociationSummaryList":[{"ResourceId":"arn:n","FlowId":"arn:aws:connect:us-east-1:111122223333:instance/i/contact-flow/a"}]}"#;
    let script = Script::new().times(100, "flow-associations-summary", 200, used);
    let failure = script.ports().flows.delete("i", "a").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(failure.message.contains("arn:n"), "{failure}");
    assert_eq!(script.count("DELETE"), 0);
}

#[tokio::test]
async fn a_flow_lives_in_the_embedded_connect() {
    let (running, ports) = local().await;
    let notes = Notes::default();
    let instance = ports
        .account
        .create_instance("flows-live", &notes)
        .await
        .unwrap();
    let id = instance.id.as_str();
    let flows = &ports.flows;

    let made = flows.create(id, &input("One")).await.unwrap();
    assert_eq!(
        flows.named(&instance.arn, "One").await.unwrap(),
        Some(made.clone())
    );
    assert_eq!(flows.named(id, "one").await.unwrap(), None);
    assert_eq!(flows.tagged(id, &tags()).await.unwrap(), vec![made.clone()]);
    assert!(is_same(
        &flows.content(id, &made.id).await.unwrap(),
        CONTENT
    ));

    let again = flows.create(id, &input("One")).await.unwrap();
    assert_eq!(again.id, made.id, "the same call is the same flow");
    let other = FlowInput {
        tags: Tags::new(),
        ..input("One")
    };
    let failure = flows.create(id, &other).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);

    let changed = CONTENT.replace("\"e\"", "\"end\"");
    let digest = flows.update_content(id, &made.id, &changed).await.unwrap();
    assert_ne!(digest, made.content_sha256);
    let failure = flows
        .update_content(id, &made.id, r#"{"Version":"2019-10-30"}"#)
        .await
        .unwrap_err();
    assert!(!failure.problems.is_empty(), "{failure}");

    flows
        .update_metadata(id, &made.id, "Two", "e")
        .await
        .unwrap();
    flows
        .tag(&made.arn, &Tags::from([("l".to_owned(), "w".to_owned())]))
        .await
        .unwrap();
    flows.untag(&made.arn, &["k"]).await.unwrap();
    assert_eq!(flows.tagged(id, &tags()).await.unwrap(), []);
    let two = flows.named(id, "Two").await.unwrap().unwrap();
    assert_eq!(
        (two.description.as_str(), two.tags["l"].as_str()),
        ("e", "w")
    );
    assert_eq!(two.content_sha256, digest);

    flows.delete(id, &made.id).await.unwrap();
    flows.delete(id, &made.id).await.unwrap();
    assert_eq!(flows.named(id, "Two").await.unwrap(), None);
    running.stop().await;
}

#[tokio::test]
async fn flows_are_counted_page_by_page() {
    let summaries = |ids: &str, next: &str| {
        let all: Vec<String> = ids
            .chars()
            .map(|id| format!(r#"{{"Id":"{id}","Name":"n-{id}"}}"#))
            .collect();
        format!(r#"{{"ContactFlowSummaryList":[{}]{next}}}"#, all.join(","))
    };
    let script = Script::new()
        .on("nextToken=2", 200, &summaries("cd", ""))
        .on(
            "contact-flows-summary",
            200,
            &summaries("ab", r#","NextToken":"2""#),
        );
    assert_eq!(script.ports().flows.count("i").await.unwrap(), 4);
    assert_eq!(script.asked().len(), 2);
}
