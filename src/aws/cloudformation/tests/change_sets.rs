//! Change sets: made, waited for, refused with reasons, forgotten.

use super::*;

const TAKEN: &str =
    "ChangeSet x cannot be created due to a mismatch with existing attribute ClientToken";

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

fn made() -> String {
    result(
        "CreateChangeSet",
        &format!("<Id>{CHANGE_SET}</Id><StackId>{STACK}</StackId>"),
    )
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
