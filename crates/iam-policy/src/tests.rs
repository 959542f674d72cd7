use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/numbers";

fn identity(statements: Value) -> Result<Policy, PolicyError> {
    parse(
        &json!({"Version": "2012-10-17", "Statement": statements}).to_string(),
        Kind::Identity,
    )
}

fn trust(statement: Value) -> Result<Policy, PolicyError> {
    parse(
        &json!({"Version": "2012-10-17", "Statement": [statement]}).to_string(),
        Kind::Trust,
    )
}

fn ask(policies: &[Policy], action: &str, resource: &str) -> Decision {
    decide(
        policies,
        &Question {
            asker: None,
            action,
            resource,
            context: &Context::new(),
        },
    )
}

#[test]
fn what_is_not_allowed_is_denied() {
    let policy =
        identity(json!({"Effect": "Allow", "Action": "dynamodb:Get*", "Resource": TABLE})).unwrap();
    let policies = [policy];
    assert_eq!(ask(&policies, "dynamodb:GetItem", TABLE), Decision::Allow);
    assert_eq!(
        ask(&policies, "dynamodb:PutItem", TABLE),
        Decision::ImplicitDeny
    );
    assert_eq!(
        ask(&policies, "dynamodb:GetItem", &format!("{TABLE}s")),
        Decision::ImplicitDeny
    );
    assert_eq!(ask(&[], "dynamodb:GetItem", TABLE), Decision::ImplicitDeny);
}

#[test]
fn not_action_and_not_resource() {
    let policies = [identity(json!([
        {"Effect": "Allow", "NotAction": ["iam:*", "sts:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "dynamodb:*", "NotResource": TABLE},
    ]))
    .unwrap()];
    assert_eq!(ask(&policies, "dynamodb:GetItem", TABLE), Decision::Allow);
    assert_eq!(
        ask(
            &policies,
            "dynamodb:GetItem",
            "arn:aws:dynamodb:us-east-1:000000000000:table/x"
        ),
        Decision::ExplicitDeny
    );
    assert_eq!(ask(&policies, "iam:GetRole", "*"), Decision::ImplicitDeny);
}

#[test]
fn conditions_decide_whether_a_statement_applies() {
    let policy = parse(
        &json!({"Statement": {
            "Sid": "from-the-instance",
            "Effect": "Allow",
            "Principal": {"Service": "connect.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": "arn:aws:lambda:us-east-1:000000000000:function:f",
            "Condition": {
                "ArnLike": {"AWS:SourceArn": "arn:aws:connect:us-east-1:000000000000:instance/i"},
                "StringEquals": {"AWS:SourceAccount": "000000000000"},
            },
        }})
        .to_string(),
        Kind::Resource,
    )
    .unwrap();
    let decision = |service, instance: &str, account: &str| {
        let context = context([
            (
                "aws:SourceArn",
                format!("arn:aws:connect:us-east-1:000000000000:instance/{instance}"),
            ),
            ("aws:SourceAccount", account.to_owned()),
        ]);
        decide(
            [&policy],
            &Question {
                asker: Some(Asker::Service(service)),
                action: "lambda:InvokeFunction",
                resource: "arn:aws:lambda:us-east-1:000000000000:function:f",
                context: &context,
            },
        )
    };
    let service = "connect.amazonaws.com";
    assert_eq!(decision(service, "i", "000000000000"), Decision::Allow);
    assert_eq!(
        decision(service, "j", "000000000000"),
        Decision::ImplicitDeny
    );
    assert_eq!(
        decision(service, "i", "111111111111"),
        Decision::ImplicitDeny
    );
    assert_eq!(
        decision("apigateway.amazonaws.com", "i", "000000000000"),
        Decision::ImplicitDeny
    );
}

#[test]
fn trust_policies_name_who_may_assume() {
    let policy = trust(json!({
        "Effect": "Allow",
        "Principal": {"Service": ["lambda.amazonaws.com", "connect.amazonaws.com"],
                      "AWS": "arn:aws:iam::000000000000:role/r"},
        "Action": "sts:AssumeRole",
    }))
    .unwrap();
    let ask = |asker| {
        decide(
            [&policy],
            &Question {
                asker: Some(asker),
                action: "sts:AssumeRole",
                resource: "*",
                context: &Context::new(),
            },
        )
    };
    assert_eq!(ask(Asker::Service("lambda.amazonaws.com")), Decision::Allow);
    assert_eq!(
        ask(Asker::Service("sns.amazonaws.com")),
        Decision::ImplicitDeny
    );
    let arns = ["arn:aws:iam::000000000000:role/r".to_owned()];
    let account = "000000000000";
    assert_eq!(
        ask(Asker::Identity {
            account,
            arns: &arns
        }),
        Decision::Allow
    );
    assert_eq!(
        ask(Asker::Identity { account, arns: &[] }),
        Decision::ImplicitDeny
    );
}

#[test]
fn documents_that_iam_refuses() {
    let text = |text: &str| parse(text, Kind::Identity).unwrap_err().to_string();
    insta::assert_snapshot!(text("{"), @"This policy contains invalid Json");
    insta::assert_snapshot!(text(" {}"), @"JSON strings must not have leading spaces");
    insta::assert_snapshot!(text("[]"), @"Syntax errors in policy: the policy is no object");
    insta::assert_snapshot!(text("{}"), @"Missing required field Statement");
    insta::assert_snapshot!(text(r#"{"Statement":[]}"#), @"Syntax errors in policy: Statement is empty");
    insta::assert_snapshot!(text(r#"{"Version":"2012-10-18","Statement":[]}"#), @r#"The policy must contain a valid version string, not "2012-10-18""#);
    insta::assert_snapshot!(text(r#"{"Statements":[]}"#), @"Syntax errors in policy: unknown element Statements");
}

#[test]
fn statements_that_iam_refuses() {
    let base = json!({"Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": TABLE});
    let with = |name: &str, value: Value| {
        let mut statement = base.clone();
        match value {
            Value::Null => drop(statement.as_object_mut().unwrap().remove(name)),
            value => statement[name] = value,
        }
        identity(statement).unwrap_err().to_string()
    };
    insta::assert_snapshot!(with("Effect", json!("allow")), @r#"Syntax errors in policy: Effect "allow""#);
    insta::assert_snapshot!(with("Effect", Value::Null), @"Missing required field Effect");
    insta::assert_snapshot!(with("Action", Value::Null), @"Missing required field Action");
    insta::assert_snapshot!(with("Action", json!("GetItem")), @r#"Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc. (in "GetItem")"#);
    insta::assert_snapshot!(with("Action", json!("dynamodb:")), @r#"Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc. (in "dynamodb:")"#);
    insta::assert_snapshot!(with("Action", json!([])), @"Policy statement must contain actions.");
    insta::assert_snapshot!(with("Resource", Value::Null), @"Policy statement must contain resources.");
    insta::assert_snapshot!(with("Resource", json!("numbers")), @r#"Resource numbers must be in ARN format or "*"."#);
    insta::assert_snapshot!(with("Resource", json!("arn:amazon:s3:::b")), @r#"Partition "amazon" is not valid for resource "arn:amazon:s3:::b"."#);
    insta::assert_snapshot!(with("Principal", json!("*")), @"Policy document should not specify a principal.");
    insta::assert_snapshot!(with("Sid", json!("a b")), @"Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*");
    insta::assert_snapshot!(with("Conditions", json!({})), @"Syntax errors in policy: unknown element Conditions");
    insta::assert_snapshot!(with("Condition", json!({"StringEqual": {"aws:SourceArn": "a"}})), @"Invalid Condition type : StringEqual.");
    insta::assert_snapshot!(with("Condition", json!({"StringEquals": {"dynamodb:LeadingKeys": "a"}})), @"the condition key dynamodb:LeadingKeys in a policy");
    let twice = identity(json!([
        {"Sid": "a", "Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Sid": "a", "Effect": "Allow", "Action": "*", "Resource": "*"},
    ]));
    assert_eq!(twice.unwrap_err(), PolicyError::SidTwice);
}

#[test]
fn trust_policies_that_iam_refuses() {
    let refused = |statement| trust(statement).unwrap_err().to_string();
    insta::assert_snapshot!(refused(json!({"Effect": "Allow", "Action": "sts:AssumeRole"})), @"Missing required field Principal");
    insta::assert_snapshot!(refused(json!({"Effect": "Allow", "Principal": {"Service": "lambda"}, "Action": "sts:AssumeRole"})), @r#"Invalid principal in policy: "SERVICE":"lambda""#);
    insta::assert_snapshot!(refused(json!({"Effect": "Allow", "Principal": {"Service": "lamda.amazonaws.com"}, "Action": "sts:AssumeRole"})), @"the service principal lamda.amazonaws.com in a policy");
    insta::assert_snapshot!(refused(json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::000000000000:role/*"}, "Action": "sts:AssumeRole"})), @r#"Invalid principal in policy: "AWS":"arn:aws:iam::000000000000:role/*""#);
    insta::assert_snapshot!(refused(json!({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "lambda:InvokeFunction"})), @"AssumeRole policy may only specify STS AssumeRole actions.");
    insta::assert_snapshot!(refused(json!({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole", "Resource": "*"})), @"Has prohibited field Resource");
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    let actions = prop::sample::select(vec!["*", "dynamodb:*", "dynamodb:GetItem", "logs:Put*"]);
    let resources = prop::sample::select(vec!["*", TABLE, "arn:aws:logs:*:*:*"]);
    let effects = prop::sample::select(vec!["Allow", "Deny"]);
    prop::collection::vec(
        (effects, actions, resources).prop_map(
            |(effect, action, resource)| json!({"Effect": effect, "Action": action, "Resource": resource}),
        ),
        1..6,
    )
}

proptest! {
    #[test]
    fn an_explicit_deny_always_wins(before in statements(), after in statements()) {
        let deny = json!({"Effect": "Deny", "Action": "dynamodb:GetItem", "Resource": TABLE});
        let all: Vec<Value> = before.into_iter().chain([deny]).chain(after).collect();
        let policy = identity(Value::Array(all)).unwrap();
        prop_assert_eq!(ask(&[policy], "dynamodb:GetItem", TABLE), Decision::ExplicitDeny);
    }

    #[test]
    fn the_order_of_statements_means_nothing(statements in statements()) {
        let forward = identity(Value::Array(statements.clone())).unwrap();
        let backward = identity(Value::Array(statements.into_iter().rev().collect())).unwrap();
        for action in ["dynamodb:GetItem", "dynamodb:PutItem", "logs:PutLogEvents"] {
            prop_assert_eq!(
                ask(std::slice::from_ref(&forward), action, TABLE),
                ask(std::slice::from_ref(&backward), action, TABLE)
            );
        }
    }

    #[test]
    fn reading_never_fails_badly(text in "\\PC{0,80}") {
        let _ = parse(&text, Kind::Identity);
        let _ = parse(&text, Kind::Trust);
    }
}
