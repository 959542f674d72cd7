//! What is young, and what only looks so.

use std::sync::Arc;

use super::*;
use crate::aws::testing::Notes;
use crate::aws::wait::testing::NoPause;

const INVALID: &str = "InvalidParameterValueException";
const NOT_ASSUMED: &str = "The role defined for the function cannot be assumed by Lambda.";
const GRANT: &str = "Lambda was unable to configure access to your environment variables because \
    the KMS key is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: \
    InvalidArnException KMS Message: ";

fn failure(operation: &'static str, code: &str, message: &str) -> ServiceFailure {
    ServiceFailure {
        service: "Lambda",
        operation,
        kind: FailureKind::Invalid,
        code: code.to_owned(),
        message: message.to_owned(),
        problems: Vec::new(),
        request_id: None,
    }
}

#[test]
fn a_young_role_is_told_by_its_code_and_words_where_the_code_has_other_meanings() {
    let principal = format!("{GRANT}ARN does not refer to a valid principal: arn:aws:sts::1:x");
    let alias = format!("{GRANT}Key Aliases are not supported for this operation.");
    for (operation, code, message, is_young) in [
        ("CreateFunction", INVALID, NOT_ASSUMED, true),
        ("UpdateFunctionConfiguration", INVALID, NOT_ASSUMED, true),
        ("CreateFunction", INVALID, principal.as_str(), true),
        ("CreateFunction", INVALID, alias.as_str(), false),
        (
            "CreateFunction",
            INVALID,
            "Unzipped size is too large",
            false,
        ),
        ("UpdateFunctionCode", INVALID, NOT_ASSUMED, false),
        ("Invoke", "AccessDeniedException", NOT_ASSUMED, true),
        (
            "Invoke",
            "AccessDeniedException",
            "User: ada is not authorized to perform: lambda:InvokeFunction",
            false,
        ),
        ("Invoke", "KMSAccessDeniedException", "any", true),
        ("Invoke", "KMSDisabledException", "any", false),
        ("AddPermission", "ResourceNotFoundException", "any", true),
        ("CreateAlias", "ResourceNotFoundException", "any", true),
        ("UpdateAlias", "ResourceNotFoundException", "any", false),
        ("UpdateAlias", "ResourceConflictException", "any", true),
        ("DeleteFunction", "ResourceConflictException", "any", true),
        ("CreateFunction", "ResourceConflictException", "any", false),
        ("Invoke", "ResourceConflictException", "any", true),
        ("GetPolicy", "ResourceNotFoundException", "any", false),
    ] {
        let failure = failure(operation, code, message);
        assert_eq!(thing(&failure).is_some(), is_young, "{failure}");
    }
}

#[test]
fn a_stack_is_made_once_more_for_a_pipe_whose_role_is_young_and_for_nothing_else() {
    let rolled_back = |code: &str, message: &str| ServiceFailure {
        service: "CloudFormation",
        ..failure("ExecuteChangeSet", code, message)
    };
    let pipe = "Pipe CREATE_FAILED: Resource handler returned message: \"Resource of type \
                'AWS::Pipes::Pipe' with identifier 'p' did not stabilize. Status Reason is Input \
                parameter is invalid from the request due to : Cannot access stream arn:aws:s.\"";
    assert!(thing(&rolled_back("ROLLBACK_COMPLETE", pipe)).is_some());
    assert!(thing(&rolled_back("UPDATE_ROLLBACK_COMPLETE", pipe)).is_none());
    let other = "Role CREATE_FAILED: Policy arn:aws:iam::aws:policy/X does not exist";
    assert!(thing(&rolled_back("ROLLBACK_COMPLETE", other)).is_none());
}

#[test]
fn every_row_has_its_source_and_waits_no_shorter_for_what_this_run_made() {
    for row in TABLES.iter().flat_map(|rows| rows.iter()) {
        assert!(
            !row.source.is_empty() && !row.operations.is_empty(),
            "{row:?}"
        );
        assert!(row.thing.young >= row.thing.settled, "{row:?}");
    }
}

#[tokio::test]
async fn each_thing_has_its_own_time() {
    let waiting = Waiting::new(Arc::new(NoPause::default()));
    let notes = Notes::default();
    let mut patience = Patience::new(&waiting, Age::Settled, &notes);
    let busy = failure(
        "UpdateFunctionConfiguration",
        "ResourceConflictException",
        "busy",
    );
    while patience.after(busy.clone()).await.is_ok() {}
    let young = failure("UpdateFunctionConfiguration", INVALID, NOT_ASSUMED);
    assert_eq!(patience.after(young).await, Ok(()));
}

async fn waited(age: Age, failure: ServiceFailure) -> (ServiceFailure, u64, Vec<String>) {
    let pause = Arc::new(NoPause::default());
    let waiting = Waiting::new(pause.clone());
    let notes = Notes::default();
    let mut patience = Patience::new(&waiting, age, &notes);
    let last = loop {
        if let Err(last) = patience.after(failure.clone()).await {
            break last;
        }
    };
    let waited: Duration = pause.slept().iter().sum();
    (last, waited.as_secs(), notes.lines())
}

#[tokio::test]
async fn patience_ends_with_the_last_words_and_what_to_look_at() {
    let young = failure("CreateFunction", INVALID, NOT_ASSUMED);
    let (last, seconds, lines) = waited(Age::Young, young.clone()).await;
    assert_eq!(seconds, 600);
    assert_eq!(
        last.message,
        "The role defined for the function cannot be assumed by Lambda. (waited 600 s until the \
         role can be assumed by Lambda; the role's trust policy must let lambda.amazonaws.com \
         assume it (sts:AssumeRole))"
    );
    assert_eq!(lines[0], "waiting until the role can be assumed by Lambda");
    assert!(lines.len() > 10, "{lines:?}");
    assert_eq!(waited(Age::Settled, young).await.1, 60);
}

#[tokio::test]
async fn what_is_not_young_is_told_at_once_and_unchanged() {
    let refused = failure("CreateFunction", INVALID, "Unzipped size is too large");
    let (last, seconds, lines) = waited(Age::Young, refused.clone()).await;
    assert_eq!((last, seconds, lines), (refused, 0, Vec::new()));
    // An alias that was there before and is not now is gone.
    let gone = failure("AddPermission", "ResourceNotFoundException", "no");
    assert_eq!(waited(Age::Settled, gone.clone()).await.0, gone);
}

#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_no_right_of_whoever_deploys() {
    let mut refused = failure("Invoke", "AccessDeniedException", NOT_ASSUMED);
    refused.kind = FailureKind::AccessDenied;
    let (last, seconds, _) = waited(Age::Young, refused).await;
    assert_eq!((last.kind, seconds), (FailureKind::Other, 120));
}
