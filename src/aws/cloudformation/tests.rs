//! Stacks against scripted answers.

mod change_sets;

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

fn change_set() -> ChangeSet {
    ChangeSet {
        arn: CHANGE_SET.to_owned(),
        stack_arn: STACK.to_owned(),
        changes: Vec::new(),
    }
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
