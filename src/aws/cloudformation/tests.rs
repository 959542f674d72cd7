//! Stacks against scripted answers.

use crate::aws::testing::{Notes, Script};
use crate::engine::error::FailureKind;
use crate::engine::ports::{ChangeSet, StackInput};

const STACK: &str = "arn:aws:cloudformation:us-east-1:111122223333:stack/s/1";
const CHANGE_SET: &str = "arn:aws:cloudformation:us-east-1:111122223333:changeSet/n/9";

fn result(action: &str, body: &str) -> String {
    format!(
        "<{action}Response xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\">\
         <{action}Result>{body}</{action}Result></{action}Response>"
    )
}

fn error(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"http://cloudformation.amazonaws.com/doc/2010-05-15/\"><Error>\
         <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    )
}

fn stack(status: &str) -> String {
    result(
        "DescribeStacks",
        &format!(
            "<Stacks><member><StackId>{STACK}</StackId><StackName>s</StackName>\
             <CreationTime>2026-01-01T00:00:00Z</CreationTime><StackStatus>{status}</StackStatus>\
             <Outputs><member><OutputKey>Table</OutputKey><OutputValue>t</OutputValue></member></Outputs>\
             <Tags><member><Key>k</Key><Value>v</Value></member></Tags>\
             <EnableTerminationProtection>true</EnableTerminationProtection></member></Stacks>"
        ),
    )
}

fn event(
    id: &str,
    logical: &str,
    physical: &str,
    kind: &str,
    status: &str,
    reason: &str,
) -> String {
    format!(
        "<member><StackId>{STACK}</StackId><EventId>{id}</EventId><StackName>s</StackName>\
         <LogicalResourceId>{logical}</LogicalResourceId>\
         <PhysicalResourceId>{physical}</PhysicalResourceId><ResourceType>{kind}</ResourceType>\
         <Timestamp>2026-01-01T00:00:00Z</Timestamp><ResourceStatus>{status}</ResourceStatus>\
         <ResourceStatusReason>{reason}</ResourceStatusReason></member>"
    )
}

fn events(newest_first: &[String]) -> String {
    result(
        "DescribeStackEvents",
        &format!("<StackEvents>{}</StackEvents>", newest_first.concat()),
    )
}

fn input(create: bool) -> StackInput {
    StackInput {
        stack: if create { "s" } else { STACK }.to_owned(),
        create,
        template: "{}".to_owned(),
        parameters: [("P".to_owned(), "1".to_owned())].into(),
        tags: [("k".to_owned(), "v".to_owned())].into(),
        token: "t".to_owned(),
    }
}

fn change_set() -> ChangeSet {
    ChangeSet {
        arn: CHANGE_SET.to_owned(),
        stack_arn: STACK.to_owned(),
        changes: Vec::new(),
    }
}

fn made() -> String {
    result(
        "CreateChangeSet",
        &format!("<Id>{CHANGE_SET}</Id><StackId>{STACK}</StackId>"),
    )
}

fn described(status: &str, execution: &str, reason: &str, rest: &str) -> String {
    result(
        "DescribeChangeSet",
        &format!(
            "<ChangeSetId>{CHANGE_SET}</ChangeSetId><StackId>{STACK}</StackId>\
             <Status>{status}</Status><ExecutionStatus>{execution}</ExecutionStatus>\
             <StatusReason>{reason}</StatusReason>{rest}"
        ),
    )
}

#[tokio::test]
async fn a_stack_is_read_with_its_template_in_one_go() {
    let script = Script::new()
        .on("Action=DescribeStacks", 200, &stack("UPDATE_COMPLETE"))
        .on(
            "Action=GetTemplate&",
            200,
            &result("GetTemplate", "<TemplateBody>{}</TemplateBody>"),
        );
    let found = script.ports().stacks.describe("s").await.unwrap().unwrap();
    assert_eq!(found.arn, STACK);
    assert_eq!(found.outputs["Table"], "t");
    assert_eq!(found.tags["k"], "v");
    assert_eq!(found.template.as_deref(), Some("{}"));
    assert!(found.termination_protection);
    assert_eq!(script.count("TemplateStage=Original"), 1);
}

#[tokio::test]
async fn a_stack_that_is_not_there_or_deleted_is_none_and_a_refusal_is_not() {
    let gone = error("ValidationError", "Stack with id s does not exist");
    let script = Script::new().times(2, "Action=", 400, &gone);
    assert_eq!(script.ports().stacks.describe("s").await.unwrap(), None);

    let script = Script::new()
        .on("DescribeStacks", 200, &stack("DELETE_COMPLETE"))
        .on("GetTemplate", 400, &gone);
    assert_eq!(script.ports().stacks.describe(STACK).await.unwrap(), None);

    let script = Script::new().times(2, "Action=", 403, &error("AccessDenied", "no"));
    let failure = script.ports().stacks.describe("s").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::AccessDenied);
}

#[tokio::test]
async fn a_stack_in_review_has_no_template_and_is_at_rest() {
    let script = Script::new()
        .on("DescribeStacks", 200, &stack("REVIEW_IN_PROGRESS"))
        .on("GetTemplate", 400, &error("ValidationError", "no template"));
    let found = script.ports().stacks.describe("s").await.unwrap().unwrap();
    assert_eq!(found.template, None);

    let script = Script::new()
        .times(2, "DescribeStackEvents", 200, &events(&[]))
        .on("DescribeStacks", 200, &stack("REVIEW_IN_PROGRESS"));
    let (ports, pauses) = script.ports_and_pauses();
    let settled = ports.stacks.settle(STACK, &Notes::default()).await.unwrap();
    assert_eq!(settled.unwrap().status.as_str(), "REVIEW_IN_PROGRESS");
    assert!(pauses.slept().is_empty());
}

#[tokio::test]
async fn a_change_set_is_waited_for_and_read_page_by_page() {
    let change = |id: &str| {
        format!(
            "<Changes><member><Type>Resource</Type><ResourceChange><Action>Add</Action>\
             <LogicalResourceId>{id}</LogicalResourceId><ResourceType>AWS::X::Y</ResourceType>\
             </ResourceChange></member></Changes>"
        )
    };
    let throttled = error("Throttling", "Rate exceeded");
    let script = Script::new()
        .on("Action=CreateChangeSet", 200, &made())
        .on(
            "DescribeChangeSet",
            200,
            &described("CREATE_IN_PROGRESS", "UNAVAILABLE", "", ""),
        )
        // More often than the SDK tries: a look that fails is no failure of the wait.
        .times(4, "DescribeChangeSet", 400, &throttled)
        .on(
            "NextToken=2",
            200,
            &described("CREATE_COMPLETE", "AVAILABLE", "", &change("B")),
        )
        .on(
            "DescribeChangeSet",
            200,
            &described(
                "CREATE_COMPLETE",
                "AVAILABLE",
                "",
                &format!("{}<NextToken>2</NextToken>", change("A")),
            ),
        );
    let set = script
        .ports()
        .stacks
        .change_set(&input(true), &Notes::default())
        .await
        .unwrap()
        .unwrap();
    let ids: Vec<&str> = set
        .changes
        .iter()
        .map(|change| change.logical_id.as_str())
        .collect();
    assert_eq!(ids, ["A", "B"]);
    assert_eq!(
        (set.arn.as_str(), set.stack_arn.as_str()),
        (CHANGE_SET, STACK)
    );
    let asked = &script.asked()[0];
    for part in [
        "ChangeSetType=CREATE",
        "ClientToken=t",
        "Capabilities.member.1=CAPABILITY_IAM",
        "Capabilities.member.2=CAPABILITY_NAMED_IAM",
        "Parameters.member.1.ParameterKey=P",
        "Tags.member.1.Key=k",
    ] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
    script.assert_used();
}

#[tokio::test]
async fn an_empty_change_set_is_deleted_and_is_none() {
    for reason in [
        "The submitted information didn&apos;t contain changes. Submit different information.",
        "No updates are to be performed.",
    ] {
        let script = Script::new()
            .on("Action=CreateChangeSet", 200, &made())
            .on(
                "DescribeChangeSet",
                200,
                &described("FAILED", "UNAVAILABLE", reason, ""),
            )
            .on("DeleteChangeSet", 200, &result("DeleteChangeSet", ""))
            .on("DescribeStacks", 200, &stack("UPDATE_COMPLETE"));
        let set = script
            .ports()
            .stacks
            .change_set(&input(false), &Notes::default())
            .await
            .unwrap();
        assert_eq!(set, None);
        script.assert_used();
    }
}

#[tokio::test]
async fn a_failed_change_set_says_why_and_leaves_nothing_behind() {
    let script = Script::new()
        .on("Action=CreateChangeSet", 200, &made())
        .on(
            "DescribeChangeSet",
            200,
            &described("FAILED", "UNAVAILABLE", "Transform X failed", ""),
        )
        .on(
            "Action=DescribeEvents",
            200,
            &result("DescribeEvents", "<OperationEvents/>"),
        )
        .on("DeleteChangeSet", 200, &result("DeleteChangeSet", ""))
        .on("DescribeStacks", 200, &stack("REVIEW_IN_PROGRESS"))
        .on(
            "ListChangeSets",
            200,
            &result("ListChangeSets", "<Summaries/>"),
        )
        .on("Action=DeleteStack", 200, "<DeleteStackResponse/>");
    let failure = script
        .ports()
        .stacks
        .change_set(&input(true), &Notes::default())
        .await
        .unwrap_err();
    assert_eq!(failure.message, "Transform X failed");
    script.assert_used();
}

#[tokio::test]
async fn a_review_where_anothers_change_set_waits_is_left_alone() {
    let others = "<Summaries><member><ChangeSetId>arn:aws:cloudformation:us-east-1:111122223333:changeSet/m/8</ChangeSetId></member></Summaries>";
    let script = Script::new()
        .on("DeleteChangeSet", 200, &result("DeleteChangeSet", ""))
        .on("DescribeStacks", 200, &stack("REVIEW_IN_PROGRESS"))
        .on("ListChangeSets", 200, &result("ListChangeSets", others));
    script.ports().stacks.discard(&change_set()).await.unwrap();
    assert_eq!(script.count("Action=DeleteStack"), 0);
}

const TAKEN: &str =
    "ChangeSet x cannot be created due to a mismatch with existing attribute ClientToken";

#[tokio::test]
async fn a_change_set_whose_answer_was_lost_is_used() {
    let usable = described("CREATE_COMPLETE", "AVAILABLE", "", "");
    let script = Script::new()
        .on(
            "Action=CreateChangeSet",
            400,
            &error("AlreadyExistsException", TAKEN),
        )
        .times(2, "DescribeChangeSet", 200, &usable);
    let set = script
        .ports()
        .stacks
        .change_set(&input(false), &Notes::default())
        .await
        .unwrap();
    assert_eq!(set.unwrap().arn, CHANGE_SET);
    script.assert_used();
}

#[tokio::test]
async fn a_change_set_that_goes_or_was_used_is_followed_by_another() {
    let not_found = error("ChangeSetNotFound", "ChangeSet [x] does not exist");
    let usable = described("CREATE_COMPLETE", "AVAILABLE", "", "");
    for (status, answer) in [
        (200, described("DELETE_IN_PROGRESS", "UNAVAILABLE", "", "")),
        (200, described("DELETE_PENDING", "UNAVAILABLE", "", "")),
        (200, described("FAILED", "UNAVAILABLE", "", "")),
        (
            200,
            described("CREATE_COMPLETE", "EXECUTE_COMPLETE", "", ""),
        ),
        (404, not_found),
    ] {
        let script = Script::new()
            .on(
                "Action=CreateChangeSet",
                400,
                &error("AlreadyExistsException", TAKEN),
            )
            .on("DescribeChangeSet", status, &answer)
            .on("Action=CreateChangeSet", 200, &made())
            .on("DescribeChangeSet", 200, &usable);
        let set = script
            .ports()
            .stacks
            .change_set(&input(false), &Notes::default())
            .await
            .unwrap();
        assert!(set.is_some(), "{answer}");
        script.assert_used();
    }
}

#[tokio::test]
async fn a_change_set_that_somebody_deletes_while_it_is_made_is_made_anew() {
    let script = Script::new()
        .times(2, "Action=CreateChangeSet", 200, &made())
        .on(
            "DescribeChangeSet",
            200,
            &described("DELETE_IN_PROGRESS", "UNAVAILABLE", "", ""),
        )
        .on(
            "DescribeChangeSet",
            200,
            &described("CREATE_COMPLETE", "AVAILABLE", "", ""),
        );
    let set = script
        .ports()
        .stacks
        .change_set(&input(false), &Notes::default())
        .await;
    assert!(set.unwrap().is_some());
    script.assert_used();
}

#[tokio::test]
async fn the_same_plan_has_another_name_and_token_each_time() {
    let usable = described("CREATE_COMPLETE", "AVAILABLE", "", "");
    let script = Script::new()
        .times(2, "Action=CreateChangeSet", 200, &made())
        .times(2, "DescribeChangeSet", 200, &usable);
    let stacks = script.ports_by_chance().stacks;
    for _ in 0..2 {
        let set = stacks.change_set(&input(true), &Notes::default()).await;
        assert!(set.unwrap().is_some());
    }
    let asked = script.asked();
    let sent = |key: &str| -> Vec<String> {
        let requests = asked.iter().filter(|one| one.contains("CreateChangeSet"));
        requests
            .map(|one| {
                let (_, rest) = one.split_once(key).unwrap();
                rest.split('&').next().unwrap().to_owned()
            })
            .collect()
    };
    for key in ["ChangeSetName=", "ClientToken="] {
        let sent = sent(key);
        assert_eq!(sent.len(), 2);
        assert_ne!(sent[0], sent[1], "{key}");
    }
}

#[tokio::test]
async fn a_change_set_that_is_not_known_yet_is_waited_for() {
    let unknown = error("ChangeSetNotFound", "ChangeSet [x] does not exist");
    let script = Script::new()
        .on("Action=CreateChangeSet", 200, &made())
        .times(3, "DescribeChangeSet", 404, &unknown)
        .on(
            "DescribeChangeSet",
            200,
            &described("CREATE_COMPLETE", "AVAILABLE", "", ""),
        );
    let set = script
        .ports()
        .stacks
        .change_set(&input(true), &Notes::default())
        .await;
    assert!(set.unwrap().is_some());
    script.assert_used();

    let script = Script::new()
        .on("Action=CreateChangeSet", 200, &made())
        .times(40, "DescribeChangeSet", 404, &unknown);
    let (ports, pauses) = script.ports_and_pauses();
    let failure = ports
        .stacks
        .change_set(&input(true), &Notes::default())
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert!(failure.message.contains("does not exist"), "{failure}");
    let waited: std::time::Duration = pauses.slept().iter().sum();
    assert!(waited.as_secs() >= 30, "{waited:?}");
}

#[tokio::test]
async fn a_change_set_that_is_only_throttled_is_told_and_given_up() {
    let script = Script::new()
        .on("Action=CreateChangeSet", 200, &made())
        .times(
            usize::MAX,
            "DescribeChangeSet",
            400,
            &error("Throttling", "Rate exceeded"),
        );
    let (ports, pauses) = script.ports_and_pauses();
    let notes = Notes::default();
    let failure = ports
        .stacks
        .change_set(&input(false), &notes)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Throttled);
    assert_eq!(failure.message, "Rate exceeded");
    let waited: std::time::Duration = pauses.slept().iter().sum();
    assert!((300..310).contains(&waited.as_secs()), "{waited:?}");
    assert_eq!(
        notes.lines()[0],
        "waiting until the change set is ready, AWS throttles"
    );
}

const EARLY: &str = "The following hook(s)/validation failed: \
    [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot Early Validation errors, use \
    the DescribeEvents API for detailed failure information.";

fn failed_early() -> Script {
    Script::new()
        .on("Action=CreateChangeSet", 200, &made())
        .on(
            "DescribeChangeSet",
            200,
            &described("FAILED", "UNAVAILABLE", EARLY, ""),
        )
        .on("DeleteChangeSet", 200, &result("DeleteChangeSet", ""))
        .on("DescribeStacks", 200, &stack("UPDATE_COMPLETE"))
}

#[tokio::test]
async fn early_validation_tells_its_reasons_by_the_change_sets_arn() {
    let event = |id: &str, mode: &str, reason: &str| {
        format!(
            "<member><EventId>{id}</EventId><EventType>VALIDATION_ERROR</EventType>\
             <LogicalResourceId>{id}</LogicalResourceId><ResourceType>AWS::X::Y</ResourceType>\
             <ValidationFailureMode>{mode}</ValidationFailureMode>\
             <ValidationName>NAME_CONFLICT_VALIDATION</ValidationName>\
             <ValidationStatus>FAILED</ValidationStatus>\
             <ValidationStatusReason>{reason}</ValidationStatusReason>\
             <ValidationPath>/Resources/{id}</ValidationPath></member>"
        )
    };
    let page = |events: &[String], rest: &str| {
        result(
            "DescribeEvents",
            &format!(
                "<OperationEvents>{}</OperationEvents>{rest}",
                events.concat()
            ),
        )
    };
    let script = failed_early()
        .on(
            "NextToken=2",
            200,
            &page(&[event("B", "FAIL", "no Name")], ""),
        )
        .on(
            "Action=DescribeEvents",
            200,
            &page(
                &[event("A", "FAIL", "it exists"), event("C", "WARN", "hm")],
                "<NextToken>2</NextToken>",
            ),
        );
    let failure = script
        .ports()
        .stacks
        .change_set(&input(false), &Notes::default())
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Invalid);
    assert_eq!(failure.message, EARLY);
    assert_eq!(
        failure.problems,
        [
            "A: it exists (at /Resources/A)",
            "B: no Name (at /Resources/B)"
        ]
    );
    let asked = script.asked();
    let at = |part: &str| asked.iter().position(|one| one.contains(part)).unwrap();
    assert!(asked[at("DescribeEvents")].contains("ChangeSetName=arn%3Aaws"));
    assert!(asked[at("DescribeEvents")].contains("Filters.FailedEvents=true"));
    // While the change set is there.
    assert!(at("DescribeEvents") < at("DeleteChangeSet"));
    script.assert_used();
}

#[tokio::test]
async fn without_the_right_to_the_reasons_the_words_stay_and_the_right_is_named() {
    let denied = error(
        "AccessDenied",
        "User: ada is not authorized to perform: cloudformation:DescribeEvents",
    );
    let script = failed_early().on("Action=DescribeEvents", 403, &denied);
    let failure = script
        .ports()
        .stacks
        .change_set(&input(false), &Notes::default())
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Invalid);
    assert!(failure.message.starts_with(EARLY), "{failure}");
    assert!(
        failure
            .message
            .contains("who has the right cloudformation:DescribeEvents"),
        "{failure}"
    );
    script.assert_used();
}

#[tokio::test]
async fn a_stack_that_somebody_else_changes_is_waited_for_with_an_end() {
    let script = Script::new()
        .times(usize::MAX, "DescribeStackEvents", 200, &events(&[]))
        .times(
            usize::MAX,
            "DescribeStacks",
            200,
            &stack("UPDATE_IN_PROGRESS"),
        );
    let (ports, pauses) = script.ports_and_pauses();
    let notes = Notes::default();
    let failure = ports.stacks.settle(STACK, &notes).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert_eq!(failure.code, "UPDATE_IN_PROGRESS");
    assert!(failure.message.contains("after 15 minutes"), "{failure}");
    let waited: std::time::Duration = pauses.slept().iter().sum();
    assert_eq!(waited.as_secs(), 15 * 60);
    assert_eq!(
        notes.lines()[0],
        "waiting until the stack is no longer UPDATE_IN_PROGRESS"
    );
}

#[tokio::test]
async fn a_creation_that_fails_without_a_resource_tells_the_stacks_own_reason() {
    const KIND: &str = "AWS::CloudFormation::Stack";
    let reason = "Template error: output Name has no value";
    let begun = event(
        "1",
        "s",
        STACK,
        KIND,
        "CREATE_IN_PROGRESS",
        "User Initiated",
    );
    let all = events(&[
        event("3", "s", STACK, KIND, "ROLLBACK_COMPLETE", ""),
        event("2", "s", STACK, KIND, "ROLLBACK_IN_PROGRESS", reason),
        begun.clone(),
    ]);
    let script = Script::new()
        .on("DescribeStackEvents", 200, &events(&[]))
        .on(
            "Action=ExecuteChangeSet",
            200,
            &result("ExecuteChangeSet", ""),
        )
        .on("DescribeStacks", 200, &stack("CREATE_IN_PROGRESS"))
        .on("DescribeStackEvents", 200, &events(&[begun]))
        .on("DescribeStacks", 200, &stack("ROLLBACK_COMPLETE"))
        .times(2, "DescribeStackEvents", 200, &all);
    let failure = script
        .ports()
        .stacks
        .execute(&change_set(), "t", &Notes::default())
        .await
        .unwrap_err();
    assert_eq!(failure.code, "ROLLBACK_COMPLETE");
    assert_eq!(failure.message, format!("s ROLLBACK_IN_PROGRESS: {reason}"));
    script.assert_used();
}

#[tokio::test]
async fn a_failed_stack_tells_its_root_cause_from_inside_a_nested_stack() {
    const NESTED: &str = "arn:aws:cloudformation:us-east-1:111122223333:stack/nested/2";
    const KIND: &str = "AWS::CloudFormation::Stack";
    let before = event("0", "s", STACK, KIND, "UPDATE_COMPLETE", "");
    let begun = event(
        "1",
        "s",
        STACK,
        KIND,
        "UPDATE_IN_PROGRESS",
        "User Initiated",
    );
    let nested = event(
        "2",
        "Nested",
        NESTED,
        KIND,
        "CREATE_FAILED",
        "Embedded stack failed",
    );
    let all = events(&[
        event("3", "s", STACK, KIND, "UPDATE_ROLLBACK_COMPLETE", ""),
        nested,
        begun.clone(),
        before.clone(),
    ]);
    let inner = events(&[
        event(
            "b",
            "Role",
            "",
            "AWS::IAM::Role",
            "CREATE_FAILED",
            "Resource creation cancelled",
        ),
        event(
            "a",
            "Table",
            "",
            "AWS::DynamoDB::Table",
            "CREATE_FAILED",
            "t already exists (RequestToken: 1, HandlerErrorCode: AlreadyExists)",
        ),
    ]);
    let script = Script::new()
        .on("DescribeStackEvents", 200, &events(&[before]))
        .on(
            "Action=ExecuteChangeSet",
            200,
            &result("ExecuteChangeSet", ""),
        )
        .on("DescribeStacks", 200, &stack("UPDATE_IN_PROGRESS"))
        .on("DescribeStackEvents", 200, &events(&[begun]))
        .on("DescribeStacks", 200, &stack("UPDATE_ROLLBACK_COMPLETE"))
        .on("stack%2Fnested", 200, &inner)
        .times(2, "DescribeStackEvents", 200, &all);
    let notes = Notes::default();
    let failure = script
        .ports()
        .stacks
        .execute(&change_set(), "t", &notes)
        .await
        .unwrap_err();
    assert_eq!(failure.code, "UPDATE_ROLLBACK_COMPLETE");
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert!(
        failure
            .message
            .starts_with("Nested/Table CREATE_FAILED: t already exists"),
        "{failure}"
    );
    assert_eq!(script.count("ClientRequestToken=t-9"), 1);
    // What happened before the execution is not told.
    assert!(
        !notes.lines().contains(&"s UPDATE_COMPLETE".to_owned()),
        "{:?}",
        notes.lines()
    );
    script.assert_used();
}

#[tokio::test]
async fn an_execution_whose_answer_was_lost_goes_on_and_a_superseded_one_is_refused() {
    let status = error(
        "InvalidChangeSetStatus",
        "cannot be executed in its current status",
    );
    let running = described("CREATE_COMPLETE", "EXECUTE_IN_PROGRESS", "", "");
    let script = Script::new()
        .times(2, "DescribeStackEvents", 200, &events(&[]))
        .on("Action=ExecuteChangeSet", 400, &status)
        .on("DescribeChangeSet", 200, &running)
        .on("DescribeStacks", 200, &stack("UPDATE_COMPLETE"))
        .on(
            "GetTemplate",
            200,
            &result("GetTemplate", "<TemplateBody>{}</TemplateBody>"),
        );
    let done = script
        .ports()
        .stacks
        .execute(&change_set(), "t", &Notes::default())
        .await;
    assert_eq!(done.unwrap().status.as_str(), "UPDATE_COMPLETE");
    script.assert_used();

    let script = Script::new()
        .on("DescribeStackEvents", 200, &events(&[]))
        .on("Action=ExecuteChangeSet", 400, &status)
        .on(
            "DescribeChangeSet",
            200,
            &described("CREATE_COMPLETE", "OBSOLETE", "", ""),
        );
    let failure = script
        .ports()
        .stacks
        .execute(&change_set(), "t", &Notes::default())
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
}

#[tokio::test]
async fn a_deletion_that_failed_before_is_asked_for_again() {
    let script = Script::new()
        .on("DescribeStackEvents", 200, &events(&[]))
        .on(
            "ClientRequestToken=t",
            400,
            &error("TokenAlreadyExistsException", "token"),
        )
        .on("DescribeStacks", 200, &stack("DELETE_FAILED"))
        .on("Action=DeleteStack", 200, "<DeleteStackResponse/>")
        .on("DescribeStacks", 200, &stack("DELETE_IN_PROGRESS"))
        .on("DescribeStacks", 200, &stack("DELETE_COMPLETE"))
        .times(2, "DescribeStackEvents", 200, &events(&[]));
    script
        .ports()
        .stacks
        .delete(STACK, "t", &Notes::default())
        .await
        .unwrap();
    assert_eq!(script.count("Action=DeleteStack"), 2);
    script.assert_used();
}

#[tokio::test]
async fn resources_of_all_pages_are_told() {
    let page = |id: &str, rest: &str| {
        result(
            "ListStackResources",
            &format!(
                "<StackResourceSummaries><member><LogicalResourceId>{id}</LogicalResourceId>\
                 <PhysicalResourceId>p</PhysicalResourceId><ResourceType>AWS::X::Y</ResourceType>\
                 <LastUpdatedTimestamp>2026-01-01T00:00:00Z</LastUpdatedTimestamp>\
                 <ResourceStatus>DELETE_SKIPPED</ResourceStatus></member></StackResourceSummaries>{rest}"
            ),
        )
    };
    let script = Script::new().on("NextToken=2", 200, &page("B", "")).on(
        "ListStackResources",
        200,
        &page("A", "<NextToken>2</NextToken>"),
    );
    let resources = script.ports().stacks.resources(STACK).await.unwrap();
    let ids: Vec<&str> = resources
        .iter()
        .map(|resource| resource.logical_id.as_str())
        .collect();
    assert_eq!(ids, ["A", "B"]);
    assert_eq!(resources[0].status.as_str(), "DELETE_SKIPPED");
}
