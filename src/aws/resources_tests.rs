//! Functions, numbers and named things against scripted answers and the embedded Connect.

use super::*;
use crate::aws::testing::{Notes, Script, local};
use crate::engine::error::CredentialsFault;
use crate::engine::ports::FlowInput;

const INSTANCE: &str = "arn:aws:connect:us-east-1:111122223333:instance/i";

fn tags() -> Tags {
    Tags::from([("k".to_owned(), "v".to_owned())])
}

fn number(id: &str, status: &str) -> String {
    format!(
        r#"{{"ClaimedPhoneNumberSummary":{{"PhoneNumberId":"{id}","PhoneNumberArn":"arn:aws:connect:us-east-1:111122223333:phone-number/{id}","PhoneNumber":"+1800555010{id}","PhoneNumberCountryCode":"US","PhoneNumberType":"TOLL_FREE","Tags":{{"k":"v"}},"PhoneNumberStatus":{{"Status":"{status}","Message":"taken"}}}}}}"#
    )
}

fn offers() -> String {
    r#"{"AvailableNumbersList":[{"PhoneNumber":"+18005550101"},{"PhoneNumber":"+18005550102"}]}"#
        .to_owned()
}

fn listed(ids: &[&str]) -> String {
    let numbers: Vec<String> = ids
        .iter()
        .map(|id| {
            format!(
                r#"{{"PhoneNumberId":"{id}","PhoneNumberArn":"arn:aws:connect:us-east-1:111122223333:phone-number/{id}","PhoneNumber":"+1800555010{id}","PhoneNumberCountryCode":"US","PhoneNumberType":"TOLL_FREE"}}"#
            )
        })
        .collect();
    format!(
        r#"{{"ListPhoneNumbersSummaryList":[{}]}}"#,
        numbers.join(",")
    )
}

/// What a claim of a number carries, with the run's token `t`.
fn token_of(number: &str) -> String {
    format!(r#""ClientToken":"{}""#, client_token("t", number))
}

#[tokio::test]
async fn an_association_that_is_there_is_done_and_a_conflict_that_is_not_is_told() {
    let conflict = |script: Script| script.error("PUT", 409, "ResourceConflictException", "no");
    let script = conflict(Script::new()).on("GET", 200, r#"{"LambdaFunctions":["arn:f"]}"#);
    script
        .ports()
        .resources
        .associate_function(INSTANCE, "arn:f", Age::Settled, &Silent)
        .await
        .unwrap();

    let script = conflict(Script::new())
        .on("GET", 200, r#"{"LambdaFunctions":[]}"#)
        .on("PUT", 200, "{}");
    script
        .ports()
        .resources
        .associate_function("i", "arn:f", Age::Settled, &Silent)
        .await
        .unwrap();
    script.assert_used();

    let script = Script::new().error("PUT", 402, "ServiceQuotaExceededException", "35 functions");
    let failure = script
        .ports()
        .resources
        .associate_function("i", "arn:f", Age::Settled, &Silent)
        .await
        .unwrap_err();
    assert_eq!(
        (failure.kind, script.asked().len()),
        (FailureKind::Quota, 1)
    );
}

#[tokio::test]
async fn associated_functions_of_all_pages_are_told() {
    let script = Script::new()
        .on("nextToken=2", 200, r#"{"LambdaFunctions":["b"]}"#)
        .on(
            "lambda-functions",
            200,
            r#"{"LambdaFunctions":["a"],"NextToken":"2"}"#,
        );
    let functions = script
        .ports()
        .resources
        .associated_functions("i")
        .await
        .unwrap();
    assert_eq!(functions, ["a", "b"]);
}

#[tokio::test]
async fn numbers_are_told_with_their_flows_and_tags() {
    let bound = r#"{"FlowAssociationSummaryList":[{"ResourceId":"arn:aws:connect:us-east-1:111122223333:phone-number/1","FlowId":"arn:aws:connect:us-east-1:111122223333:instance/i/contact-flow/f"}]}"#;
    let script = Script::new()
        .on("phone-number/list", 200, &listed(&["1", "2", "3"]))
        .on("flow-associations-batch/i", 200, bound)
        .on("flow-associations-summary", 200, "{}")
        .on("phone-number/1", 200, &number("1", "CLAIMED"))
        .on("phone-number/2", 200, &number("2", "FAILED"))
        .error(
            "phone-number/3",
            404,
            "ResourceNotFoundException",
            "released",
        );
    let numbers = script
        .ports()
        .resources
        .phone_numbers(INSTANCE)
        .await
        .unwrap();
    assert_eq!(numbers.len(), 1);
    assert_eq!(numbers[0].flow_id.as_deref(), Some("f"));
    assert_eq!(numbers[0].tags, tags());
    assert_eq!(script.count("VOICE_PHONE_NUMBER"), 1);
}

/// Number 1 rings the flow `f`, as both operations tell it.
const BOUND: &str = r#"{"FlowAssociationSummaryList":[{"ResourceId":"arn:aws:connect:us-east-1:111122223333:phone-number/1","FlowId":"arn:aws:connect:us-east-1:111122223333:instance/i/contact-flow/f"}]}"#;

#[tokio::test]
async fn a_number_of_which_the_batch_tells_nothing_is_looked_for_in_the_list() {
    let script = Script::new()
        .on("phone-number/list", 200, &listed(&["1", "2"]))
        .on("flow-associations-batch/i", 200, "{}")
        .on("flow-associations-summary/i", 200, BOUND);
    let numbers = script.ports().resources.listed_numbers(INSTANCE).await;
    let rung: Vec<(Option<String>, Option<String>)> = numbers
        .unwrap()
        .into_iter()
        .map(|number| (number.flow_id, number.doubt))
        .collect();
    assert_eq!(rung, [(Some("f".to_owned()), None), (None, None)]);
    // Tags cost a look at each: not here.
    assert_eq!(script.asked().len(), 3);

    // All told by the batch: nothing to check.
    let script = Script::new()
        .on("phone-number/list", 200, &listed(&["1"]))
        .on("flow-associations-batch/i", 200, BOUND);
    let numbers = script.ports().resources.listed_numbers(INSTANCE).await;
    assert_eq!(numbers.unwrap()[0].flow_id.as_deref(), Some("f"));
}

#[tokio::test]
async fn a_list_that_cannot_be_read_leaves_a_doubt_and_no_network_is_no_doubt() {
    let script = |code: &str, status| {
        Script::new()
            .on("phone-number/list", 200, &listed(&["1", "2"]))
            .on("flow-associations-batch/i", 200, BOUND)
            .error("flow-associations-summary/i", status, code, "not allowed")
    };
    let refused = script("AccessDeniedException", 403);
    let numbers = refused.ports().resources.listed_numbers(INSTANCE).await;
    let numbers = numbers.unwrap();
    assert_eq!(
        (numbers[0].flow_id.as_deref(), &numbers[0].doubt),
        (Some("f"), &None)
    );
    assert_eq!(
        numbers[1].doubt.as_deref(),
        Some("Connect ListFlowAssociations: AccessDeniedException: not allowed")
    );

    let expired = script("ExpiredTokenException", 403);
    let numbers = expired.ports().resources.listed_numbers(INSTANCE).await;
    let expired = FailureKind::Credentials(CredentialsFault::Expired);
    assert_eq!(numbers.unwrap_err().kind, expired);
}

/// Claims a number over a script; the notes.
async fn claim(script: &Script) -> (PortResult<PhoneNumber>, Vec<String>) {
    let notes = Notes::default();
    let claimed = script
        .ports()
        .resources
        .claim_phone_number(INSTANCE, "US", "TOLL_FREE", &tags(), "t", &notes)
        .await;
    (claimed, notes.lines())
}

#[tokio::test]
async fn a_claim_is_waited_for() {
    let script = Script::new()
        .on("search-available", 200, &offers())
        .on(&token_of("+18005550101"), 200, r#"{"PhoneNumberId":"1"}"#)
        .error("GET", 404, "ResourceNotFoundException", "not yet")
        .on("phone-number/1", 200, &number("1", "IN_PROGRESS"))
        .on("phone-number/1", 200, &number("1", "CLAIMED"));
    let (claimed, notes) = claim(&script).await;
    assert_eq!(claimed.unwrap().id, "1");
    assert_eq!(notes, ["claiming +18005550101"]);
    script.assert_used();
}

#[tokio::test]
async fn another_number_is_tried_when_somebody_else_took_it() {
    let taken = "Phone number not available: +18005550101";
    let second = |script: Script| {
        script
            .on("search-available", 200, &offers())
            .on(&token_of("+18005550102"), 200, r#"{"PhoneNumberId":"2"}"#)
            .on("phone-number/2", 200, &number("2", "CLAIMED"))
    };
    let first = token_of("+18005550101");
    let refused = |code| Script::new().error(&first, 400, code, taken);
    let lost = number("1", "FAILED").replace("\"taken\"", &format!("\"{taken}\""));
    for script in [
        refused("InvalidParameterException"),
        refused("ResourceNotFoundException"),
        Script::new()
            .on(&first, 200, r#"{"PhoneNumberId":"1"}"#)
            .on("phone-number/1", 200, &lost),
    ] {
        let script = second(script);
        let (claimed, notes) = claim(&script).await;
        assert_eq!(claimed.unwrap().number, "+18005550102");
        assert_eq!(
            notes,
            [
                "claiming +18005550101".to_owned(),
                format!("+18005550101 cannot be had: {taken}"),
                "claiming +18005550102".to_owned()
            ]
        );
        script.assert_used();
    }
}

#[tokio::test]
async fn a_claim_that_failed_claims_no_other_number() {
    let script = Script::new()
        .on("search-available", 200, &offers())
        .on(&token_of("+18005550101"), 200, r#"{"PhoneNumberId":"1"}"#)
        .on("phone-number/1", 200, &number("1", "FAILED"));
    let failure = claim(&script).await.0.unwrap_err();
    assert_eq!(failure.code, "FAILED");
    assert_eq!(
        failure.message,
        "taken; mostly the instance has reached its limit of claimed numbers (Service Quotas, \
         \"Phone numbers per instance\"); what is claimed and released within 180 days counts, \
         up to 200 % of that limit, so no other number is tried"
    );
    assert_eq!(script.count("phone-number/claim"), 1);

    // Nor does one that is never seen: it may be ours.
    let mut script = Script::new().on("search-available", 200, &offers()).on(
        &token_of("+18005550101"),
        200,
        r#"{"PhoneNumberId":"1"}"#,
    );
    for _ in 0..100 {
        script = script.error("GET", 404, "ResourceNotFoundException", "not yet");
    }
    let failure = claim(&script).await.0.unwrap_err();
    assert_eq!(failure.operation, "DescribePhoneNumber");
    assert_eq!(script.count("phone-number/claim"), 1);
}

#[tokio::test]
async fn a_policy_that_was_just_written_is_waited_for_and_another_refusal_is_final() {
    let refused = |script: Script| {
        let message = "Unable to update the resource policy of the function";
        script.error("lambda-function ", 400, "InvalidRequestException", message)
    };
    let script = refused(refused(Script::new())).on("lambda-function ", 200, "{}");
    let ports = script.ports();
    let associate = |age| {
        ports
            .resources
            .associate_function("i", "arn:f", age, &Silent)
    };
    associate(Age::Young).await.unwrap();
    script.assert_used();

    let script = refused(Script::new());
    let ports = script.ports();
    let associated = ports
        .resources
        .associate_function("i", "arn:f", Age::Settled, &Silent)
        .await;
    assert_eq!(associated.unwrap_err().code, "InvalidRequestException");
    assert_eq!(script.asked().len(), 1);
}

#[tokio::test]
async fn a_number_just_claimed_is_bound_when_it_is_known_and_an_unknown_one_is_not() {
    let bind = "phone-number/1/contact-flow";
    let script = Script::new()
        .on("search-available", 200, &offers())
        .on(&token_of("+18005550101"), 200, r#"{"PhoneNumberId":"1"}"#)
        .error(bind, 404, "ResourceNotFoundException", "not yet")
        .error(bind, 400, "InvalidParameterException", "not yet")
        .on(bind, 200, "{}")
        .on("phone-number/1", 200, &number("1", "CLAIMED"));
    let ports = script.ports();
    let resources = &ports.resources;
    let tags = tags();
    let claimed = resources.claim_phone_number(INSTANCE, "US", "TOLL_FREE", &tags, "t", &Silent);
    claimed.await.unwrap();
    let bound = resources.bind_phone_number("i", "1", "f", &Silent);
    bound.await.unwrap();
    script.assert_used();

    let script = Script::new().error(bind, 404, "ResourceNotFoundException", "no");
    let ports = script.ports();
    let bound = ports.resources.bind_phone_number("i", "1", "f", &Silent);
    assert_eq!(bound.await.unwrap_err().kind, FailureKind::NotFound);
    assert_eq!(script.count(bind), 1);
}

#[tokio::test]
async fn a_claim_that_an_earlier_run_made_is_found_and_a_quota_ends_the_search() {
    let script = Script::new()
        .on("search-available", 200, &offers())
        .error("phone-number/claim", 409, "IdempotencyException", "token")
        .on("phone-number/list", 200, &listed(&["7"]))
        .on("flow-associations-batch", 200, "{}")
        .on("flow-associations-summary", 200, "{}")
        .on("phone-number/7", 200, &number("7", "CLAIMED"));
    let ports = script.ports();
    let notes = Notes::default();
    let wanted = tags();
    let claim = |token| {
        ports
            .resources
            .claim_phone_number(INSTANCE, "US", "TOLL_FREE", &wanted, token, &notes)
    };
    assert_eq!(claim("t").await.unwrap().id, "7");

    let script = Script::new().on("search-available", 200, &offers()).error(
        "phone-number/claim",
        429,
        "LimitExceededException",
        "5 numbers",
    );
    let failure = script
        .ports()
        .resources
        .claim_phone_number(INSTANCE, "US", "TOLL_FREE", &tags(), "t", &notes)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Quota);
    assert_eq!(script.count("phone-number/claim"), 1);
}

#[tokio::test]
async fn what_is_gone_needs_no_undoing() {
    let script = Script::new()
        .error("DELETE", 404, "ResourceNotFoundException", "no")
        .error("DELETE", 404, "ResourceNotFoundException", "no")
        .error("DELETE", 404, "ResourceNotFoundException", "no");
    let resources = script.ports().resources;
    resources.disassociate_function("i", "arn:f").await.unwrap();
    resources.unbind_phone_number("i", "1").await.unwrap();
    resources.release_phone_number("1", "t").await.unwrap();
}

#[tokio::test]
async fn the_embedded_connect_has_names_and_numbers() {
    let (running, ports) = local().await;
    let notes = Notes::default();
    let instance = ports
        .account
        .create_instance("numbers-live", &notes)
        .await
        .unwrap();
    let resources = &ports.resources;
    for kind in [LookupKind::Queue, LookupKind::Hours, LookupKind::Prompt] {
        let names = resources.lookup(&instance.id, kind).await.unwrap();
        assert!(!names.is_empty(), "{kind:?}");
    }
    assert!(
        resources
            .lookup(&instance.arn, LookupKind::Module)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        resources.associated_functions(&instance.id).await.unwrap(),
        Vec::<String>::new()
    );

    let claimed = resources
        .claim_phone_number(&instance.arn, "US", "TOLL_FREE", &tags(), "t", &notes)
        .await
        .unwrap();
    assert_eq!(claimed.tags, tags());
    let flow = ports
        .flows
        .create(
            &instance.id,
            &FlowInput {
                name: "n".to_owned(),
                flow_type: "CONTACT_FLOW".to_owned(),
                description: String::new(),
                content: r#"{"Version":"2019-10-30","StartAction":"e","Metadata":{},"Actions":[{"Identifier":"e","Type":"DisconnectParticipant","Parameters":{},"Transitions":{}}]}"#.to_owned(),
                tags: tags(),
            }, &Silent)
        .await
        .unwrap();
    resources
        .bind_phone_number(&instance.id, &claimed.id, &flow.id, &Silent)
        .await
        .unwrap();
    let bound = PhoneNumber {
        flow_id: Some(flow.id.clone()),
        ..claimed.clone()
    };
    assert_eq!(
        resources.phone_numbers(&instance.arn).await.unwrap(),
        [bound]
    );
    resources
        .unbind_phone_number(&instance.id, &claimed.id)
        .await
        .unwrap();
    assert_eq!(
        resources.phone_numbers(&instance.arn).await.unwrap(),
        vec![claimed.clone()]
    );
    ports
        .flows
        .delete(&instance.id, &flow.id, &Silent)
        .await
        .unwrap();
    resources
        .release_phone_number(&claimed.id, "r")
        .await
        .unwrap();
    assert_eq!(resources.phone_numbers(&instance.arn).await.unwrap(), []);
    running.stop().await;
}

#[tokio::test]
async fn the_embedded_sts_and_connect_tell_who_and_where() {
    let (running, ports) = local().await;
    let account = &ports.account;
    let identity = account.identity().await.unwrap();
    assert_eq!(
        (identity.account.len(), identity.region.as_str()),
        (12, "us-east-1")
    );
    let made = account
        .create_instance("who-where", &Notes::default())
        .await
        .unwrap();
    assert_eq!(
        account.instance(&made.arn).await.unwrap(),
        Some(made.clone())
    );
    assert_eq!(
        account.instance(&made.id).await.unwrap(),
        Some(made.clone())
    );
    assert!(account.instances().await.unwrap().contains(&made));
    let elsewhere = made.arn.replace("us-east-1", "eu-west-2");
    let failure = account.instance(&elsewhere).await.unwrap_err();
    assert!(failure.message.contains("eu-west-2"), "{failure}");
    assert_eq!(
        account
            .instance("00000000-0000-0000-0000-000000000000")
            .await
            .unwrap(),
        None
    );
    ports.tables.delete("no-such-table").await.unwrap();
    running.stop().await;
}

#[tokio::test]
async fn an_instance_just_made_is_waited_for_by_whoever_reads_it() {
    let instance = |status: &str| {
        format!(r#"{{"Instance":{{"Id":"i","Arn":"{INSTANCE}","InstanceStatus":"{status}"}}}}"#)
    };
    let invalid = "InvalidRequestException";
    let not_found = "ResourceNotFoundException";
    let script = Script::new()
        .on("PUT", 200, r#"{"Id":"i"}"#)
        .error("instance/i ", 404, not_found, "not yet")
        .on("instance/i ", 200, &instance("CREATION_IN_PROGRESS"))
        .error("instance/i ", 400, invalid, "not yet")
        .on("instance/i ", 200, &instance("ACTIVE"))
        .error("queues-summary/i", 404, not_found, "not yet")
        .error("queues-summary/i", 400, invalid, "not yet")
        .on(
            "queues-summary/i",
            200,
            r#"{"QueueSummaryList":[{"Name":"q","Arn":"arn:q"}]}"#,
        );
    let ports = script.ports();
    let made = ports.account.create_instance("a", &Silent).await.unwrap();
    let queues = ports.resources.lookup(&made.id, LookupKind::Queue).await;
    assert_eq!(queues.unwrap()["q"], "arn:q");
    script.assert_used();

    // Another was there before.
    let script = Script::new().error("queues-summary/i", 404, not_found, "no");
    let queues = script
        .ports()
        .resources
        .lookup("i", LookupKind::Queue)
        .await;
    assert_eq!(queues.unwrap_err().kind, FailureKind::NotFound);
    assert_eq!(script.asked().len(), 1);
}
