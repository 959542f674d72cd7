//! Whose a statement, a URL or a layer is.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::engine::function_policy::{Condition, Place, Principal};
use crate::engine::ports::{
    FunctionConfiguration, Identity, Instance, InstanceStatus, ObservedFunction, ObservedStack,
    ResourceStatus, StackResource, StackStatus,
};

const ACCOUNT: &str = "111122223333";
const INSTANCE: &str = "arn:aws:connect:us-east-1:111122223333:instance/i";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:numbers";
const OURS: &str = "vanity-deploy-connect-i";

fn condition(operator: &str, key: &str, value: &str) -> Condition {
    Condition {
        operator: operator.to_owned(),
        key: key.to_owned(),
        values: vec![value.to_owned()],
    }
}

/// What AddPermission makes of a statement without conditions.
fn statement(id: &str, principal: Principal) -> Statement {
    Statement {
        place: Place::Live,
        id: Some(id.to_owned()),
        allows: true,
        principals: vec![principal],
        actions: vec!["lambda:InvokeFunction".to_owned()],
        conditions: Vec::new(),
        unread: Vec::new(),
    }
}

fn service(id: &str, name: &str, source_arn: &str) -> Statement {
    Statement {
        conditions: vec![condition("ArnLike", "AWS:SourceArn", source_arn)],
        ..statement(id, Principal::Service(name.to_owned()))
    }
}

fn ours() -> Statement {
    let mut ours = service(OURS, CONNECT, INSTANCE);
    ours.conditions
        .push(condition("StringEquals", "AWS:SourceAccount", ACCOUNT));
    ours
}

const TEMPLATE: &str = "
Parameters:
  FunctionArn: { Type: String }
  Source: { Type: 'AWS::SSM::Parameter::Value<String>' }
Resources:
  Api: { Type: AWS::ApiGatewayV2::Api }
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref FunctionArn
      Action: lambda:InvokeFunction
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/GET/
  Rule:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref FunctionArn
      Action: lambda:InvokeFunction
      Principal: events.amazonaws.com
      SourceArn: !GetAtt Daily.Arn
      SourceAccount: !If [Pinned, !Ref AWS::AccountId, !Ref AWS::NoValue]
  Bucket:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref FunctionArn
      Action: lambda:InvokeFunction
      Principal: s3.amazonaws.com
      SourceArn: !Ref Source
      SourceAccount: '{{resolve:ssm:account}}'
  Link:
    Type: AWS::Lambda::Url
    Properties: { AuthType: AWS_IAM, TargetFunctionArn: !Ref FunctionArn }
";

fn contents(template: &str) -> StackContents {
    let resource = |logical_id: &str, physical_id: &str, resource_type: &str| StackResource {
        logical_id: logical_id.to_owned(),
        physical_id: physical_id.to_owned(),
        resource_type: resource_type.to_owned(),
        status: ResourceStatus::CreateComplete,
        status_reason: None,
    };
    StackContents {
        stack: ObservedStack {
            arn: "arn:aws:cloudformation:us-east-1:111122223333:stack/numbers-api/u".to_owned(),
            status: StackStatus::CreateComplete,
            status_reason: None,
            parameters: BTreeMap::from([
                ("FunctionArn".to_owned(), format!("{FUNCTION}:live")),
                ("Source".to_owned(), "/where/the/arn/is".to_owned()),
            ]),
            outputs: BTreeMap::new(),
            tags: BTreeMap::new(),
            template: Some(template.to_owned()),
            termination_protection: false,
        },
        resources: vec![
            resource("Api", "a1b2", "AWS::ApiGatewayV2::Api"),
            resource("Permission", "by-stack", "AWS::Lambda::Permission"),
            resource("Rule", "by-rule", "AWS::Lambda::Permission"),
            resource("Bucket", "by-bucket", "AWS::Lambda::Permission"),
            resource("Link", &format!("{FUNCTION}:live"), "AWS::Lambda::Url"),
        ],
    }
}

fn by_stack() -> Statement {
    service(
        "by-stack",
        "apigateway.amazonaws.com",
        "arn:aws:execute-api:us-east-1:111122223333:a1b2/*/GET/",
    )
}

fn observed(change: impl FnOnce(&mut ObservedFunction)) -> Observed {
    let mut function = ObservedFunction {
        arn: FUNCTION.to_owned(),
        configuration: FunctionConfiguration {
            role: "arn:aws:iam::111122223333:role/r".to_owned(),
            memory: 128,
            timeout: 3,
            environment: BTreeMap::new(),
            runtime: "provided.al2023".to_owned(),
            handler: "bootstrap".to_owned(),
            architecture: "arm64".to_owned(),
            description: String::new(),
            layers: Vec::new(),
            file_systems: Vec::new(),
            dead_letter_target: None,
        },
        code_sha256: String::new(),
        live_version: Some("1".to_owned()),
        tags: BTreeMap::new(),
        revision: None,
        statements: vec![ours(), by_stack()],
        urls: Vec::new(),
        other_versions: Vec::new(),
    };
    change(&mut function);
    Observed {
        identity: Identity {
            account: ACCOUNT.to_owned(),
            arn: "arn:aws:iam::111122223333:user/ada".to_owned(),
            region: "us-east-1".to_owned(),
        },
        instance: Instance {
            arn: INSTANCE.to_owned(),
            id: "i".to_owned(),
            alias: None,
            status: InstanceStatus::Active,
        },
        stacks: BTreeMap::new(),
        objects: BTreeMap::new(),
        seeds: BTreeMap::new(),
        functions: BTreeMap::from([("numbers".to_owned(), function)]),
        unchanged: BTreeSet::new(),
        stack_contents: vec![contents(TEMPLATE)],
        flows: BTreeMap::new(),
        taken: BTreeMap::new(),
        contents: BTreeMap::new(),
        associated: Vec::new(),
        phone_numbers: Vec::new(),
        reserved: BTreeSet::new(),
        lookups: BTreeMap::new(),
    }
}

fn found(change: impl FnOnce(&mut ObservedFunction)) -> Vec<String> {
    of_function(&observed(change), "numbers")
        .iter()
        .map(ToString::to_string)
        .collect()
}

fn with(statement: Statement) -> Vec<String> {
    found(|function| function.statements.push(statement))
}

#[test]
fn what_the_deployment_connect_and_the_stacks_made_is_ours() {
    assert_eq!(found(|_| {}), [""; 0]);
    let rule = "arn:aws:events:us-east-1:111122223333:rule/daily";
    for fine in [
        // AssociateLambdaFunction adds its own.
        service("connect-i", CONNECT, INSTANCE),
        // A gap of the template, and a property that may not be there.
        service("by-rule", "events.amazonaws.com", rule),
        // What only CloudFormation looks up.
        Statement {
            conditions: vec![
                condition("ArnLike", "AWS:SourceArn", "arn:aws:s3:::pages"),
                condition("StringEquals", "AWS:SourceAccount", ACCOUNT),
            ],
            ..statement(
                "by-bucket",
                Principal::Service("s3.amazonaws.com".to_owned()),
            )
        },
        // Nobody gets anything by a refusal.
        Statement {
            allows: false,
            ..statement("deny", Principal::Anyone)
        },
        // Narrower than asked for.
        Statement {
            conditions: [
                by_stack().conditions,
                vec![condition("StringEquals", "aws:SourceAccount", ACCOUNT)],
            ]
            .concat(),
            ..by_stack()
        },
    ] {
        assert_eq!(with(fine.clone()), [""; 0], "{fine}");
    }
}

#[test]
fn others_who_may_invoke_are_told() {
    let anyone = |conditions: Vec<Condition>| Statement {
        conditions,
        ..statement("evil", Principal::Anyone)
    };
    let account = |text: &str| statement("evil", Principal::Aws(text.to_owned()));
    for (statement, words) in [
        (
            account("444455556666"),
            "account 444455556666 may invoke it (statement evil)",
        ),
        (
            account("arn:aws:iam::444455556666:root"),
            "account 444455556666 may invoke it (statement evil)",
        ),
        (
            account("arn:aws:iam::444455556666:role/spy"),
            "arn:aws:iam::444455556666:role/spy may invoke it (statement evil)",
        ),
        // Our own account needs no statement to invoke what its roles may.
        (
            account(ACCOUNT),
            "account 111122223333 may invoke it (statement evil)",
        ),
        (anyone(Vec::new()), "anyone may invoke it (statement evil)"),
        (
            anyone(vec![condition("StringEquals", "aws:PrincipalOrgID", "o-1")]),
            "anyone may invoke it, StringEquals aws:PrincipalOrgID o-1 (statement evil)",
        ),
        (
            Statement {
                place: Place::Function,
                ..anyone(Vec::new())
            },
            "anyone may invoke it unqualified (statement evil)",
        ),
        (
            Statement {
                actions: vec!["lambda:InvokeFunctionUrl".to_owned()],
                ..anyone(vec![condition(
                    "StringEquals",
                    "lambda:FunctionUrlAuthType",
                    "NONE",
                )])
            },
            "anyone may call its URL, StringEquals lambda:FunctionUrlAuthType NONE (statement evil)",
        ),
        (
            Statement {
                actions: vec!["lambda:*".to_owned()],
                ..account("444455556666")
            },
            "account 444455556666 may do anything with it (statement evil)",
        ),
        (
            service("evil", "s3.amazonaws.com", "arn:aws:s3:::theirs"),
            "s3.amazonaws.com may invoke it, ArnLike AWS:SourceArn arn:aws:s3:::theirs (statement evil)",
        ),
        (
            Statement {
                id: None,
                unread: vec!["NotPrincipal {}".to_owned()],
                principals: Vec::new(),
                ..anyone(Vec::new())
            },
            "somebody may invoke it, NotPrincipal {} (a statement without an id)",
        ),
    ] {
        assert_eq!(with(statement), [words]);
    }
}

#[test]
fn our_own_statement_that_says_something_else_is_not_ours() {
    let other = "arn:aws:connect:us-east-1:111122223333:instance/j";
    for changed in [
        statement(OURS, Principal::Anyone),
        service(OURS, CONNECT, other),
        service(OURS, CONNECT, "arn:aws:connect:*:*:instance/*"),
        statement(OURS, Principal::Service(CONNECT.to_owned())),
        Statement {
            conditions: vec![condition("ArnLikeIfExists", "AWS:SourceArn", INSTANCE)],
            ..ours()
        },
        Statement {
            conditions: vec![Condition {
                values: vec![INSTANCE.to_owned(), other.to_owned()],
                ..condition("ArnLike", "AWS:SourceArn", INSTANCE)
            }],
            ..ours()
        },
        Statement {
            actions: vec!["lambda:*".to_owned()],
            ..ours()
        },
        Statement {
            principals: vec![
                Principal::Service(CONNECT.to_owned()),
                Principal::Aws("444455556666".to_owned()),
            ],
            ..ours()
        },
        Statement {
            place: Place::Function,
            ..ours()
        },
    ] {
        let found = found(|function| function.statements = vec![changed.clone()]);
        assert_eq!(found, [changed.to_string()]);
    }
}

#[test]
fn a_statement_with_the_id_of_a_stacks_must_say_what_its_template_says() {
    let api = "arn:aws:execute-api:us-east-1:111122223333:a1b2/*/GET/";
    for changed in [
        statement("by-stack", Principal::Anyone),
        statement("by-stack", Principal::Aws("444455556666".to_owned())),
        service("by-stack", "s3.amazonaws.com", api),
        service(
            "by-stack",
            "apigateway.amazonaws.com",
            "arn:aws:execute-api:*",
        ),
        statement(
            "by-stack",
            Principal::Service("apigateway.amazonaws.com".to_owned()),
        ),
        Statement {
            actions: vec!["*".to_owned()],
            ..by_stack()
        },
        // Of another policy than the stack's.
        Statement {
            place: Place::Function,
            ..by_stack()
        },
        // A gap stands for no wildcard.
        service("by-rule", "events.amazonaws.com", "arn:aws:events:*"),
        service("not-by-stack", "apigateway.amazonaws.com", api),
    ] {
        assert_eq!(with(changed.clone()), [changed.to_string()]);
    }
}

#[test]
fn what_a_transform_adds_is_known_by_its_name() {
    let added = service("by-sam", "events.amazonaws.com", "arn:aws:events:::r");
    let mut observed = observed(|function| function.statements.push(added));
    let mut one = contents(TEMPLATE);
    one.resources[1].logical_id = "AddedByTransform".to_owned();
    one.resources[1].physical_id = "by-sam".to_owned();
    observed.stack_contents.push(one.clone());
    assert_eq!(of_function(&observed, "numbers").len(), 1);
    one.stack.template = Some(format!("Transform: AWS::Serverless-2016-10-31\n{TEMPLATE}"));
    observed.stack_contents.push(one);
    assert_eq!(of_function(&observed, "numbers"), []);
}

#[test]
fn a_url_is_told_unless_a_stack_made_it_so() {
    let url = |alias: Option<&str>, auth_type: &str| FunctionUrl {
        alias: alias.map(str::to_owned),
        auth_type: auth_type.to_owned(),
    };
    for (url, words) in [
        (url(Some("live"), "AWS_IAM"), None),
        (
            url(Some("live"), "NONE"),
            Some("has a function URL without authentication (alias live)"),
        ),
        (
            url(None, "NONE"),
            Some("has a function URL without authentication (unqualified)"),
        ),
        (
            url(Some("other"), "AWS_IAM"),
            Some("has a function URL with AWS_IAM (alias other)"),
        ),
    ] {
        let found = found(|function| function.urls.push(url));
        assert_eq!(found.first().map(String::as_str), words);
    }
}

#[test]
fn what_is_attached_to_the_function_is_told() {
    let found = found(|function| {
        function.configuration.layers = vec!["arn:l".to_owned()];
        function.configuration.file_systems = vec!["arn:f".to_owned()];
        function.configuration.dead_letter_target = Some("arn:q".to_owned());
        function.other_versions = vec!["7".to_owned()];
    });
    assert_eq!(
        found,
        [
            "sends part of the calls to version 7",
            "has the layer arn:l",
            "has the file system arn:f",
            "sends failed events to arn:q",
        ]
    );
}

#[test]
fn stacks_are_asked_only_while_something_is_not_known_to_be_ours() {
    let mut observed = observed(|function| function.statements = vec![ours()]);
    observed.stack_contents.clear();
    assert!(!asks_stacks(&observed));
    for function in observed.functions.values_mut() {
        function.statements.push(by_stack());
    }
    assert!(asks_stacks(&observed));
    for function in observed.functions.values_mut() {
        function.statements = vec![ours()];
        function.configuration.layers = vec!["arn:l".to_owned()];
    }
    assert!(!asks_stacks(&observed), "no stack has layers of ours");
}

#[test]
fn only_stacks_that_may_grant_something_are_asked() {
    let table = "Resources: { T: { Type: AWS::DynamoDB::Table } }";
    let include =
        "Resources: { T: { Type: AWS::DynamoDB::Table, Properties: { Fn::Transform: {} } } }";
    assert!(may_grant(Some(TEMPLATE)));
    assert!(!may_grant(Some(table)));
    assert!(may_grant(Some(include)));
    assert!(may_grant(Some(
        "Resources: { T: { Type: AWS::CloudFormation::Stack } }"
    )));
    assert!(!may_grant(None), "a stack that never was");
}
