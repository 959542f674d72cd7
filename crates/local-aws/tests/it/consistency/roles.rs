//! Roles that were made a moment ago.

use std::collections::BTreeSet;
use std::time::Duration;

use local_aws::consistency::{Lag, Model};
use serde_json::{Value, json};

use super::{Slow, error, slow_seed};
use crate::lambda;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","pipes.amazonaws.com"]},"Action":"sts:AssumeRole"}]}"#;
const FUNCTIONS: &str = "/2015-03-31/functions";
const NOT_ASSUMED: &str = "The role defined for the function cannot be assumed by Lambda.";

async fn make_role(slow: &Slow, name: &str) {
    let create = [("RoleName", name), ("AssumeRolePolicyDocument", TRUST)];
    slow.aws.query("iam", "CreateRole", &create).await.ok();
}

fn function(variables: Value) -> Value {
    let mut body = lambda::new_function("greet");
    body["Environment"] = json!({ "Variables": variables });
    body
}

#[tokio::test]
async fn a_function_is_refused_until_its_role_is_known_and_kms_has_words_of_its_own() {
    let slow = Slow::start(slow_seed(Lag::Role, Duration::from_secs(15))).await;
    make_role(&slow, "function").await;
    let body = function(json!({ "MODE": "1" }));
    let (refused, _) = slow
        .until_ok(|| slow.aws.rest("lambda", "POST", FUNCTIONS, &body))
        .await;
    let messages: BTreeSet<String> = refused
        .iter()
        .map(|answer| {
            let (code, message) = error(answer);
            assert_eq!(
                (answer.status, code.as_str()),
                (400, "InvalidParameterValueException")
            );
            message
        })
        .collect();
    let kms = "Lambda was unable to configure access to your environment variables because the KMS key is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: InvalidArnException KMS Message: ARN does not refer to a valid principal: arn:aws:sts::000000000000:assumed-role/function/greet";
    assert_eq!(messages, [kms, NOT_ASSUMED].map(str::to_owned).into());
}

#[tokio::test]
async fn without_variables_kms_is_not_asked() {
    let slow = Slow::start(slow_seed(Lag::Role, Duration::from_secs(15))).await;
    make_role(&slow, "function").await;
    let body = lambda::new_function("greet");
    let (refused, _) = slow
        .until_ok(|| slow.aws.rest("lambda", "POST", FUNCTIONS, &body))
        .await;
    assert!(refused.len() > 10);
    assert!(refused.iter().all(|answer| error(answer).1 == NOT_ASSUMED));
    // Another role comes to it, of a moment ago too.
    make_role(&slow, "other").await;
    let path = format!("{FUNCTIONS}/greet/configuration");
    let change = json!({ "Role": "arn:aws:iam::000000000000:role/other" });
    let answer = slow.aws.rest("lambda", "PUT", &path, &change).await;
    assert_eq!(error(&answer).1, NOT_ASSUMED);
    slow.pass(Duration::from_secs(600));
    slow.aws.rest("lambda", "PUT", &path, &change).await.ok();
}

#[tokio::test]
async fn the_first_invocations_may_be_refused_too() {
    let later = |seed: &u64| {
        let at_work = Lag::RoleAtWork.length(*seed, 0);
        at_work > Lag::Role.length(*seed, 0) + Duration::from_secs(20)
    };
    let slow = Slow::start((0..).find(later).unwrap()).await;
    make_role(&slow, "function").await;
    let body = function(json!({ "MODE": "1" }));
    slow.until_ok(|| slow.aws.rest("lambda", "POST", FUNCTIONS, &body))
        .await;
    lambda::settled(&slow.aws, "greet").await;
    let path = format!("{FUNCTIONS}/greet/invocations");
    let event = json!({});
    let (refused, _) = slow
        .until_ok(|| slow.aws.rest("lambda", "POST", &path, &event))
        .await;
    let told: BTreeSet<(u16, String)> = refused
        .iter()
        .map(|answer| (answer.status, error(answer).0))
        .collect();
    let expected = [
        (403, "AccessDeniedException".to_owned()),
        (502, "KMSAccessDeniedException".to_owned()),
    ];
    assert_eq!(told, expected.into());
}

#[tokio::test]
async fn a_role_of_a_stack_is_young_too_and_none_is_when_all_is_known_at_once() {
    for (model, status) in [
        (
            Model::Real {
                seed: slow_seed(Lag::Role, Duration::from_secs(60)),
            },
            400,
        ),
        (Model::Immediate, 201),
    ] {
        let slow = Slow::with(model).await;
        let template = format!(
            "Resources:\n  R:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: function\n      AssumeRolePolicyDocument: {TRUST}\n"
        );
        let create = [
            ("StackName", "s"),
            ("TemplateBody", template.as_str()),
            ("Capabilities.member.1", "CAPABILITY_NAMED_IAM"),
        ];
        slow.aws
            .query("cloudformation", "CreateStack", &create)
            .await
            .ok();
        loop {
            let name = [("StackName", "s")];
            let stack = slow
                .aws
                .query("cloudformation", "DescribeStacks", &name)
                .await
                .ok();
            if stack.element("StackStatus").unwrap() == "CREATE_COMPLETE" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let body = lambda::new_function("greet");
        let answer = slow.aws.rest("lambda", "POST", FUNCTIONS, &body).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
}
