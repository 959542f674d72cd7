//! Flows against scripted answers and the embedded Connect.

use super::*;
use crate::aws::testing::{Notes, Script, local};
use crate::engine::ports::{Age, Tags};

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

fn described(flow: &str) -> String {
    format!(r#"{{"ContactFlow":{flow}}}"#)
}

/// A flow with content.
fn with_content(id: &str, content: &str, digest: &str) -> String {
    let content = serde_json::Value::String(content.to_owned());
    let more = format!(r#","Tags":{{"k":"v"}},"FlowContentSha256":"{digest}","Content":{content}"#);
    described(&flow(id, &more))
}

/// A flow of this id is not there, however often it is looked at.
fn gone(mut script: Script, id: &str) -> Script {
    for _ in 0..30 {
        script = script.error(id, 404, "ResourceNotFoundException", "no");
    }
    script
}

fn list(flows: &[(&str, &str)]) -> String {
    let flows: Vec<String> = flows
        .iter()
        .map(|(id, name)| format!(r#"{{"Id":"{id}","Name":"{name}"}}"#))
        .collect();
    format!(r#"{{"ContactFlowSummaryList":[{}]}}"#, flows.join(","))
}

#[tokio::test]
async fn a_search_finds_and_a_look_at_each_tells() {
    let old = r#","Tags":{"k":"v"},"FlowContentSha256":"stale""#;
    let script = Script::new()
        .on("NextToken", 200, &found(&[flow("b", old)], ""))
        .on(
            "search-contact-flows",
            200,
            &found(&[flow("a", old)], r#","NextToken":"2""#),
        )
        .on("contact-flows/i/a", 200, &described(&flow("a", FULL)))
        .on("contact-flows/i/b", 200, &described(&flow("b", FULL)));
    let flows = script.ports().flows.tagged("i", &tags()).await.unwrap();
    let ids: Vec<&str> = flows.iter().map(|flow| flow.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(flows[0].content_sha256.as_deref(), Some("abc"));
    let searches = script.count("search-contact-flows");
    assert_eq!((searches, script.asked().len()), (2, 4));
    assert!(script.asked()[0].contains(r#""MaxResults":100"#));
    assert!(
        script.asked()[0].contains(r#""AndConditions":[{"TagKey":"k","TagValue":"v"}]"#),
        "{:?}",
        script.asked()
    );
}

#[tokio::test]
async fn a_deleted_flow_that_is_still_found_is_absent_and_an_old_tag_makes_none_ours() {
    let script = Script::new()
        .on(
            "search-contact-flows",
            200,
            &found(&[flow("gone", FULL), flow("others", FULL)], ""),
        )
        .on(
            "flows/i/others",
            200,
            &described(&flow("others", r#","Tags":{"k":"w"}"#)),
        );
    let script = gone(script, "flows/i/gone");
    let (ports, pauses) = script.ports_and_pauses();
    assert_eq!(ports.flows.tagged("i", &tags()).await.unwrap(), []);
    let waited: std::time::Duration = pauses.slept().iter().sum();
    assert!((10..15).contains(&waited.as_secs()), "{waited:?}");

    let script = Script::new().on("contact-flows-summary", 200, &list(&[("gone", "n-gone")]));
    let script = gone(script, "flows/i/gone");
    let named = script.ports().flows.named("i", "n-gone").await;
    assert_eq!(named.unwrap(), None);

    // Not to be allowed to look is not to see that it is gone.
    let script = Script::new()
        .on("search-contact-flows", 200, &found(&[flow("a", FULL)], ""))
        .error("flows/i/a", 403, "AccessDeniedException", "no");
    let failure = script.ports().flows.tagged("i", &tags()).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::AccessDenied);
}

#[tokio::test]
async fn a_flow_that_was_never_published_is_there() {
    let script = Script::new()
        .on("search-contact-flows", 200, &found(&[flow("b", "")], ""))
        .error(
            "contact-flows/i/b ",
            404,
            "ContactFlowNotPublishedException",
            "no",
        )
        .on(
            "contact-flows/i/b%3A%24SAVED",
            200,
            &described(&flow("b:$SAVED", r#","Tags":{"k":"v"}"#)),
        );
    let flows = script.ports().flows.tagged("i", &tags()).await.unwrap();
    assert_eq!(
        (flows[0].id.as_str(), &flows[0].content_sha256),
        ("b", &None)
    );
    script.assert_used();
}

#[tokio::test]
async fn names_of_any_length_are_looked_up_in_one_list() {
    let long = "Outbound Caller ID Whisper Flow";
    let renamed = flow("l", FULL).replace("n-l", long);
    let script = Script::new()
        .on(
            "contact-flows-summary",
            200,
            &list(&[("a", "n-a"), ("l", long), ("z", "N-A"), ("old", "n-old")]),
        )
        .on("flows/i/a", 200, &described(&flow("a", FULL)))
        .on("flows/i/l", 200, &described(&renamed))
        // It has another name by now.
        .on("flows/i/old", 200, &described(&flow("new", FULL)));
    let names = ["n-a", "n-old", long, "none"];
    let flows = script.ports().flows.all_named("i", &names).await.unwrap();
    let ids: Vec<(&str, &str)> = flows
        .iter()
        .map(|(name, flow)| (name.as_str(), flow.id.as_str()))
        .collect();
    assert_eq!(ids, [(long, "l"), ("n-a", "a")]);
    assert_eq!(script.count("contact-flows-summary"), 1);
    assert_eq!(script.count("search-contact-flows"), 0);

    let script = Script::new();
    assert!(
        script
            .ports()
            .flows
            .all_named("i", &[])
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_adopted_and_anothers_flow_is_a_conflict() {
    let duplicate = |script: Script| {
        script
            .error("PUT", 500, "InternalServiceException", "lost")
            .error("PUT", 409, "DuplicateResourceException", "exists")
            .on("contact-flows-summary", 200, &list(&[("a", "n-a")]))
    };
    let script = duplicate(Script::new()).times(2, "GET", 200, &with_content("a", CONTENT, "abc"));
    let made = script
        .ports()
        .flows
        .create("i", &input("n-a"), &Silent)
        .await
        .unwrap();
    assert_eq!(made.id, "a");
    script.assert_used();

    let script = duplicate(Script::new()).times(2, "GET", 200, &with_content("a", "{}", "abc"));
    let failure = script
        .ports()
        .flows
        .create("i", &input("n-a"), &Silent)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
}

#[tokio::test]
async fn a_name_that_nothing_has_any_more_is_waited_for() {
    let script = Script::new()
        .error("PUT", 409, "DuplicateResourceException", "exists")
        .on("contact-flows-summary", 200, &list(&[("gone", "n")]))
        .on("PUT", 200, MADE);
    let script = gone(script, "flows/i/gone");
    let made = script.ports().flows.create("i", &input("n"), &Silent).await;
    assert_eq!(made.unwrap().id, "new");
    assert_eq!(script.count("PUT"), 2);
}

#[tokio::test]
async fn a_flow_that_a_run_before_made_a_moment_ago_is_waited_for() {
    let refused = |script: Script, on: &str| {
        script
            .error(on, 404, "ResourceNotFoundException", "not found")
            .error(on, 400, "InvalidRequestException", "cannot be used")
    };
    // Found, and refused at first.
    let script = Script::new().on("search-contact-flows", 200, &found(&[flow("a", FULL)], ""));
    let script = refused(refused(script, "flows/i/a"), "tags/")
        .on("flows/i/a", 200, &described(&flow("a", FULL)))
        .on("tags/", 200, "{}");
    let ports = script.ports();
    let found = ports.flows.tagged("i", &tags()).await.unwrap().remove(0);
    ports.flows.tag(&found.arn, &tags(), &Silent).await.unwrap();
    script.assert_used();

    // Not listed, and its name is taken; then not listed again.
    let script = Script::new()
        .times(2, "contact-flows-summary", 200, &list(&[]))
        .on("contact-flows-summary", 200, &list(&[("a", "n-a")]))
        .on("contact-flows-summary", 200, &list(&[]))
        .error("PUT", 409, "DuplicateResourceException", "exists")
        .error("PUT", 409, "DuplicateResourceException", "exists")
        .times(
            3,
            "GET https://connect.us-east-1.amazonaws.com/contact-flows/",
            200,
            &with_content("a", "{}", "abc"),
        );
    let ports = script.ports();
    assert_eq!(ports.flows.named("i", "n-a").await.unwrap(), None);
    let made = ports.flows.create("i", &input("n-a"), &Silent).await;
    assert_eq!(made.unwrap_err().kind, FailureKind::Conflict);
    let named = ports.flows.named("i", "n-a").await.unwrap();
    assert_eq!(named.unwrap().id, "a");
    script.assert_used();
}

#[tokio::test]
async fn a_flow_that_was_seen_and_is_not_found_then_is_called_for_a_while() {
    let arn = "arn:aws:connect:us-east-1:111122223333:instance/i/contact-flow/a";
    let seen = || {
        Script::new()
            .on("search-contact-flows", 200, &found(&[flow("a", FULL)], ""))
            .on("GET", 200, &described(&flow("a", FULL)))
            .times(99, "flow-associations-summary", 200, "{}")
    };
    let not_found = |script: Script, on: &str, times: usize| {
        (0..times).fold(script, |script, _| {
            script.error(on, 404, "ResourceNotFoundException", "not found")
        })
    };
    let script = not_found(not_found(seen(), "tags/", 2), "DELETE", 2)
        .on("tags/", 200, "{}")
        .on("DELETE", 200, "{}");
    let ports = script.ports();
    ports.flows.tagged("i", &tags()).await.unwrap();
    ports.flows.tag(arn, &tags(), &Silent).await.unwrap();
    ports.flows.delete("i", "a", &Silent).await.unwrap();
    assert_eq!((script.count("tags/"), script.count("DELETE")), (3, 3));

    let script = not_found(seen(), "tags/", 50);
    let (ports, pauses) = script.ports_and_pauses();
    ports.flows.tagged("i", &tags()).await.unwrap();
    let tagged = ports.flows.tag(arn, &tags(), &Silent).await;
    assert_eq!(tagged.unwrap_err().kind, FailureKind::NotFound);
    let waited: std::time::Duration = pauses.slept().iter().sum();
    assert!((30..36).contains(&waited.as_secs()), "{waited:?}");

    // Another refusal of what was there before is final at once.
    let script = seen().error("tags/", 400, "InvalidParameterException", "no");
    let ports = script.ports();
    ports.flows.tagged("i", &tags()).await.unwrap();
    assert!(ports.flows.tag(arn, &tags(), &Silent).await.is_err());
    assert_eq!(script.count("tags/"), 1);
}

/// The answer to the creation of the flow `new`.
const MADE: &str = r#"{"ContactFlowId":"new","ContactFlowArn":"arn:aws:connect:us-east-1:111122223333:instance/i/contact-flow/new","FlowContentSha256":"abc"}"#;

#[tokio::test]
async fn only_a_flow_just_made_is_waited_for() {
    let arn = "arn:aws:connect:us-east-1:111122223333:instance/i/contact-flow/new";
    let script = Script::new()
        .error("tags/", 404, "ResourceNotFoundException", "not found")
        .error("tags/", 400, "InvalidRequestException", "cannot be used")
        .on("tags/", 200, "{}")
        .on("PUT", 200, MADE)
        .error("metadata", 400, "InvalidRequestException", "cannot be used")
        .on("metadata", 200, "{}");
    let ports = script.ports();
    let flows = &ports.flows;
    flows.create("i", &input("n"), &Silent).await.unwrap();
    flows.tag(arn, &tags(), &Silent).await.unwrap();
    let update = flows.update_metadata("i", "new", "n", "d", &Silent);
    update.await.unwrap();
    script.assert_used();

    for code in ["ResourceNotFoundException", "InvalidRequestException"] {
        let script = Script::new().error("tags/", 400, code, "no");
        let tagged = script.ports().flows.tag(arn, &tags(), &Silent).await;
        assert_eq!(tagged.unwrap_err().code, code);
        assert_eq!(script.count("tags/"), 1);
    }
}

#[tokio::test]
async fn who_waits_for_a_flow_is_told_and_the_wait_has_an_end() {
    let arn = "arn:aws:connect:us-east-1:111122223333:instance/i/contact-flow/new";
    let mut script = Script::new().on("PUT", 200, MADE);
    for _ in 0..100 {
        script = script.error("tags/", 404, "ResourceNotFoundException", "not found");
    }
    let (ports, pauses) = script.ports_and_pauses();
    ports.flows.create("i", &input("n"), &Silent).await.unwrap();
    let notes = Notes::default();
    let failure = ports.flows.tag(arn, &tags(), &notes).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
    let waited: std::time::Duration = pauses.slept().iter().sum();
    assert_eq!(waited.as_secs(), 180);
    let lines = notes.lines();
    assert_eq!(
        lines[0],
        "waiting until Amazon Connect knows everywhere what was made a moment ago \
         (TagResource: ResourceNotFoundException)"
    );
    assert_eq!(
        failure.message,
        "not found (waited 180 s until Amazon Connect knows everywhere what was made a moment ago)"
    );
    assert!((3..10).contains(&lines.len()), "{lines:?}");
}

/// As the validation of a flow says that something is not there.
fn not_found(member: &str) -> String {
    let message =
        format!("Invalid value. Path: Actions[0].Parameters.{member}. Resource not found");
    serde_json::json!({ "problems": [{ "message": message }] }).to_string()
}

#[tokio::test]
async fn content_that_names_what_was_just_made_is_tried_again() {
    let content = r#"{"Actions":[{"Parameters":{"ContactFlowId":"arn:x/contact-flow/new","LambdaFunctionARN":"arn:f:live"}}]}"#;
    let refused = |script: Script, member: &str| {
        let body = not_found(member);
        script.error_body("a/content", 400, "InvalidContactFlowException", &body)
    };
    let script = Script::new()
        .on("contact-flows/i ", 200, MADE)
        .on("lambda-function ", 200, "{}");
    let script = refused(refused(script, "ContactFlowId"), "LambdaFunctionARN")
        .error("a/content", 400, "InvalidRequestException", "no")
        .on("a/content", 200, "{}")
        .on("GET", 200, &with_content("a", "{}", "old"))
        .on("GET", 200, &with_content("a", content, "abc"));
    let (ports, _) = script.ports_and_pauses();
    ports.flows.create("i", &input("n"), &Silent).await.unwrap();
    let associated = ports
        .resources
        .associate_function("i", "arn:f:live", Age::Settled, &Silent);
    associated.await.unwrap();
    let update = ports.flows.update_content("i", "a", content, &Silent);
    assert_eq!(update.await.unwrap().as_deref(), Some("abc"));
    script.assert_used();

    // What was there before is wrong and stays wrong.
    for member in ["ContactFlowId", "LambdaFunctionARN"] {
        let script = Script::new().on("GET", 200, &with_content("a", "{}", "old"));
        let script = refused(script, member);
        let ports = script.ports();
        let update = ports.flows.update_content("i", "a", content, &Silent);
        let failure = update.await.unwrap_err();
        assert_eq!(failure.problems.len(), 1);
        script.assert_used();
    }
}

#[tokio::test]
async fn the_digest_is_never_that_of_the_content_before() {
    let (old, new) = (r#"{"old":1}"#, r#"{"new":1}"#);
    let script = Script::new()
        .on("a/content", 200, "{}")
        .times(3, "GET", 200, &with_content("a", old, "old"))
        .on("GET", 200, &with_content("a", r#"{ "new": 1 }"#, "new"));
    let ports = script.ports();
    let update = ports.flows.update_content("i", "a", new, &Silent);
    assert_eq!(update.await.unwrap().as_deref(), Some("new"));
    script.assert_used();

    // In another form than it was sent: the service's digest counts at once.
    let script = Script::new()
        .on("a/content", 200, "{}")
        .on("GET", 200, &with_content("a", old, "old"))
        .on(
            "GET",
            200,
            &with_content("a", r#"{"new":1,"more":2}"#, "more"),
        );
    let ports = script.ports();
    let update = ports.flows.update_content("i", "a", new, &Silent);
    assert_eq!(update.await.unwrap().as_deref(), Some("more"));
    script.assert_used();

    // Still the old one: no digest is better than a wrong one.
    let script = Script::new().on("a/content", 200, "{}").times(
        999,
        "GET",
        200,
        &with_content("a", old, "old"),
    );
    let (ports, pauses) = script.ports_and_pauses();
    let update = ports.flows.update_content("i", "a", new, &Silent);
    assert_eq!(update.await.unwrap(), None);
    let waited: std::time::Duration = pauses.slept().iter().sum();
    assert_eq!(waited.as_secs(), 30);
}

#[tokio::test]
async fn a_flow_that_a_number_points_to_is_not_deleted() {
    let used = r#"{"FlowAssociationSummaryList":[{"ResourceId":"arn:n","FlowId":"arn:aws:connect:us-east-1:111122223333:instance/i/contact-flow/a"}]}"#;
    let script = Script::new().times(100, "flow-associations-summary", 200, used);
    let failure = script
        .ports()
        .flows
        .delete("i", "a", &Silent)
        .await
        .unwrap_err();
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

    let made = flows.create(id, &input("One"), &Silent).await.unwrap();
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

    let again = flows.create(id, &input("One"), &Silent).await.unwrap();
    assert_eq!(again.id, made.id, "the same call is the same flow");
    let other = FlowInput {
        tags: Tags::new(),
        ..input("One")
    };
    let failure = flows.create(id, &other, &Silent).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);

    let changed = CONTENT.replace("\"e\"", "\"end\"");
    let digest = flows
        .update_content(id, &made.id, &changed, &Silent)
        .await
        .unwrap();
    assert_ne!(digest, made.content_sha256);
    let failure = flows
        .update_content(id, &made.id, r#"{"Version":"2019-10-30"}"#, &Silent)
        .await
        .unwrap_err();
    assert!(!failure.problems.is_empty(), "{failure}");

    flows
        .update_metadata(id, &made.id, "Two", "e", &Silent)
        .await
        .unwrap();
    flows
        .tag(
            &made.arn,
            &Tags::from([("l".to_owned(), "w".to_owned())]),
            &Silent,
        )
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

    flows.delete(id, &made.id, &Silent).await.unwrap();
    flows.delete(id, &made.id, &Silent).await.unwrap();
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
