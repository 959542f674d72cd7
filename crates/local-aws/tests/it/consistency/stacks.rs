//! Change sets that take their time, early validation, and text beyond ASCII.

use std::time::Duration;

use local_aws::consistency::{Lag, Model, Truth};

use super::{Slow, seed_of};
use crate::client::Answer;

const QUEUE: &str =
    "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties: { QueueName: one }\n";

async fn ask(slow: &Slow, action: &str, parameters: &[(&str, &str)]) -> Answer {
    slow.aws.query("cloudformation", action, parameters).await
}

async fn create(slow: &Slow, token: &str) -> Answer {
    let parameters = [
        ("StackName", "s"),
        ("ChangeSetName", "c"),
        ("ChangeSetType", "CREATE"),
        ("TemplateBody", QUEUE),
        ("ClientToken", token),
    ];
    ask(slow, "CreateChangeSet", &parameters).await
}

async fn describe(slow: &Slow, id: &str) -> Answer {
    ask(slow, "DescribeChangeSet", &[("ChangeSetName", id)]).await
}

fn error(answer: &Answer) -> (String, String) {
    answer.error()
}

/// The statuses that are told while the time passes, each once.
async fn statuses(slow: &Slow, id: &str) -> Vec<String> {
    let mut told: Vec<String> = Vec::new();
    for _ in 0..400 {
        let answer = describe(slow, id).await;
        let status = answer.element("Status").unwrap_or_else(|| error(&answer).0);
        if told.last() != Some(&status) {
            told.push(status);
        }
        slow.pass(Duration::from_millis(200));
    }
    told
}

#[tokio::test]
async fn a_change_set_is_perhaps_unknown_then_made_and_then_there() {
    let (mut unknown, mut known) = (false, false);
    for seed in 0..12 {
        if Lag::ChangeSetCreation.length(seed, 0) < Duration::from_secs(2) {
            continue;
        }
        let slow = Slow::start(seed).await;
        let id = create(&slow, "t").await.ok().element("Id").unwrap();
        let named = [("ChangeSetName", id.as_str())];
        let execute = || ask(&slow, "ExecuteChangeSet", &named);
        assert_eq!(error(&execute().await).0, "InvalidChangeSetStatus");
        let mut told = statuses(&slow, &id).await;
        if told[0] == "ChangeSetNotFound" {
            unknown = true;
            told.remove(0);
        } else {
            known = true;
        }
        assert_eq!(told, ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]);
        execute().await.ok();
    }
    assert!(unknown && known);
}

#[tokio::test]
async fn a_deleted_change_set_keeps_its_name_for_a_while_and_perhaps_its_token_for_good() {
    for (answer, remembers) in [(0, false), (1, true)] {
        let slow = Slow::start(seed_of(Truth::ChangeSetTokens, answer, 2)).await;
        let id = create(&slow, "t").await.ok().element("Id").unwrap();
        slow.pass(Duration::from_secs(60));
        let named = [("ChangeSetName", id.as_str())];
        let delete = || ask(&slow, "DeleteChangeSet", &named);
        delete().await.ok();
        delete().await.ok();
        let other = create(&slow, "u").await;
        let words =
            "ChangeSet c cannot be created due to a mismatch with existing attribute ClientToken";
        assert_eq!(
            error(&other),
            ("AlreadyExistsException".to_owned(), words.to_owned())
        );
        // The same request again is answered with what is being deleted.
        let same = create(&slow, "t").await.ok().element("Id").unwrap();
        assert_eq!(same, id);
        assert_eq!(
            statuses(&slow, &id).await,
            ["DELETE_IN_PROGRESS", "ChangeSetNotFound"]
        );
        let again = create(&slow, "t").await.ok().element("Id").unwrap();
        assert_eq!(again == id, remembers);
        // Where the token is not remembered, the name is taken by a new one.
        assert_eq!(create(&slow, "u").await.status == 200, remembers);
    }
}

#[tokio::test]
async fn nothing_is_in_progress_when_all_is_known_at_once() {
    let slow = Slow::with(Model::Immediate).await;
    let id = create(&slow, "t").await.ok().element("Id").unwrap();
    assert_eq!(statuses(&slow, &id).await, ["CREATE_COMPLETE"]);
    ask(&slow, "DeleteChangeSet", &[("ChangeSetName", id.as_str())])
        .await
        .ok();
    assert_eq!(statuses(&slow, &id).await, ["ChangeSetNotFound"]);
}

#[tokio::test]
async fn the_reasons_of_early_validation_are_in_the_events_alone() {
    let slow = Slow::start(1).await;
    let body = serde_json::json!({ "QueueName": "one" });
    slow.aws
        .json("sqs", "AmazonSQS.CreateQueue", &body)
        .await
        .ok();
    let id = create(&slow, "t").await.ok().element("Id").unwrap();
    slow.pass(Duration::from_secs(60));
    let failed = describe(&slow, &id).await.ok();
    assert_eq!(failed.element("Status").unwrap(), "FAILED");
    assert_eq!(failed.element("ExecutionStatus").unwrap(), "UNAVAILABLE");
    assert_eq!(
        failed.element("StatusReason").unwrap(),
        "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information."
    );
    let events = ask(&slow, "DescribeEvents", &[("ChangeSetName", &id)])
        .await
        .ok();
    assert_eq!(events.elements("EventType"), ["VALIDATION_ERROR"]);
    assert_eq!(events.elements("LogicalResourceId"), ["Q"]);
    assert_eq!(events.elements("ValidationPath"), ["/Resources/Q"]);
    assert_eq!(
        events.elements("ValidationStatusReason"),
        ["Resource of type 'AWS::SQS::Queue' with identifier 'one' already exists."]
    );
    let whole = ask(&slow, "DescribeEvents", &[("StackName", "s")]).await;
    assert_eq!(error(&whole).0, "NotImplementedByLocalAws");
}

#[tokio::test]
async fn text_beyond_ascii_comes_back_as_question_marks() {
    let template = "Description: Fête\nParameters:\n  P: { Type: String, Default: Größe }\nResources:\n  Q: { Type: AWS::SQS::Queue }\nOutputs:\n  O: { Value: !Ref P }\n";
    for (model, description, value) in [
        (Model::Real { seed: 0 }, "F?te", "Gr??e"),
        (Model::Immediate, "Fête", "Größe"),
    ] {
        let slow = Slow::with(model).await;
        let parameters = [("StackName", "s"), ("TemplateBody", template)];
        ask(&slow, "CreateStack", &parameters).await.ok();
        let name = [("StackName", "s")];
        let stack = loop {
            let stack = ask(&slow, "DescribeStacks", &name).await.ok();
            if stack.element("StackStatus").unwrap() == "CREATE_COMPLETE" {
                break stack;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        assert_eq!(stack.element("Description").unwrap(), description);
        assert_eq!(stack.element("ParameterValue").unwrap(), value);
        assert_eq!(stack.element("OutputValue").unwrap(), value);
        let body = ask(&slow, "GetTemplate", &name)
            .await
            .ok()
            .element("TemplateBody")
            .unwrap();
        assert!(body.contains(description) && body.contains(value), "{body}");
    }
}
