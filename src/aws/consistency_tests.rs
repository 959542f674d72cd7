//! What may be young, and what is final at once.

use super::*;
use crate::aws::failure::Service;
use crate::engine::error::FailureKind;

const CONTENT: &str = r#"{"Actions":[{"Type":"InvokeLambdaFunction","Parameters":{"LambdaFunctionARN":"arn:f:live"}},{"Type":"TransferToFlow","Parameters":{"ContactFlowId":"arn:x/contact-flow/new"}}]}"#;

fn failure(operation: &'static str, code: &str, problems: &[&str]) -> ServiceFailure {
    ServiceFailure {
        problems: problems.iter().map(|one| (*one).to_owned()).collect(),
        ..Service("Connect").state(operation, FailureKind::Other, code, "no")
    }
}

fn is_young(failure: &ServiceFailure, names: &[&str], content: &str, made: &[&str]) -> bool {
    let made = made.iter().map(|name| (*name).to_owned()).collect();
    may_be_young(failure, About { names, content }, &made)
}

#[test]
fn only_what_was_made_or_is_referred_to_is_young() {
    for code in ["ResourceNotFoundException", "InvalidRequestException"] {
        let tag = failure("TagResource", code, &[]);
        assert!(is_young(&tag, &["i", "new"], "", &["new"]), "{code}");
        assert!(!is_young(&tag, &["i", "old"], "", &["new"]), "{code}");
        let update = failure("UpdateContactFlowContent", code, &[]);
        assert!(is_young(&update, &["old"], CONTENT, &["new"]), "{code}");
        assert!(!is_young(&update, &["old"], "{}", &["new"]), "{code}");
    }
    for code in ["AccessDeniedException", "LimitExceededException", "timeout"] {
        let tag = failure("TagResource", code, &[]);
        assert!(!is_young(&tag, &["new"], "", &["new"]), "{code}");
    }
}

#[test]
fn an_invalid_parameter_is_young_only_where_no_request_is_invalid() {
    let code = "InvalidParameterException";
    let bind = failure("AssociatePhoneNumberContactFlow", code, &[]);
    assert!(is_young(&bind, &["new"], "", &["new"]));
    let tag = failure("TagResource", code, &[]);
    assert!(!is_young(&tag, &["new"], "", &["new"]));
}

#[test]
fn a_problem_is_young_only_when_it_is_about_what_was_made() {
    let code = "InvalidContactFlowException";
    let function = "Invalid value. Path: Actions[0].Parameters.LambdaFunctionARN. Lambda function \
                    not found";
    let flow = "Invalid value. Path: Actions[1].Parameters.ContactFlowId";
    let other = "Invalid Action type. Path: Actions[1].Type";
    let update = |problems: &[&str], made: &[&str]| {
        let failure = failure("UpdateContactFlowContent", code, problems);
        is_young(&failure, &["old"], CONTENT, made)
    };
    assert!(update(&[function], &["arn:f:live"]));
    assert!(update(&[flow], &["new"]));
    assert!(update(&[function, flow], &["arn:f:live", "new"]));
    assert!(update(&["arn:f:live is unknown"], &["arn:f:live"]));
    // The user's own line, beside whatever is young.
    assert!(!update(&[other], &["arn:f:live", "new"]));
    assert!(!update(&[function, other], &["arn:f:live", "new"]));
    assert!(!update(&[function], &["new"]));
    assert!(!update(&["no"], &["arn:f:live", "new"]));
    assert!(!update(&[], &["arn:f:live", "new"]));
}

#[test]
fn a_wait_is_told_after_five_seconds_and_then_now_and_then() {
    let notes = crate::aws::testing::Notes::default();
    let mut words = Words::default();
    for second in 0..70 {
        words.say(&notes, Duration::from_secs(second), || second.to_string());
    }
    assert_eq!(notes.lines(), ["5", "35", "65"]);
}

#[test]
fn what_was_seen_and_is_said_not_to_be_there_is_a_contradiction() {
    let seen = BTreeSet::from(["seen".to_owned()]);
    let is_one = |operation, code, name| {
        let failure = failure(operation, code, &[]);
        is_contradiction(&failure, About::names(&[name]), &seen)
    };
    let (not_found, invalid) = ("ResourceNotFoundException", "InvalidRequestException");
    assert!(is_one("TagResource", not_found, "seen"));
    assert!(is_one("DeleteContactFlow", invalid, "seen"));
    assert!(!is_one("DeleteContactFlow", invalid, "other"));
    assert!(is_one("UpdateContactFlowMetadata", invalid, "seen"));
    assert!(!is_one(
        "UpdateContactFlowMetadata",
        "InvalidParameterException",
        "seen"
    ));
    assert!(!is_one(
        "DeleteContactFlow",
        "AccessDeniedException",
        "seen"
    ));
}
