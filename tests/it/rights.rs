//! The rights that are documented: every call is among them, and none is there that no call needs.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use vanity_deploy::engine::plan::ResourceKind;
use vanity_deploy::engine::rights::{Rights, operations, resource_types};

use crate::environment::{Run, TestEnvironment};
use crate::solutions::{flow, zip_of};

/// A solution with every kind of resource.
const MANIFEST: &str = "\
version: 1
solutions:
  all:
    stacks:
      storage: { template: storage.yaml }
    objects:
      list: { bucket: \"${stack.storage.BucketName}\", key: list.json, file: list.json }
    seed:
      items:
        table: ${stack.storage.TableName}
        items: [{ id: one }]
    functions:
      hello:
        zip: hello.zip
        role: ${stack.storage.RoleArn}
        connect: true
        probe: probe.json
        environment: { WORD: first }
    flows:
      first: { file: first.json, name: First Flow, description: one }
      second: { file: second.json, name: Second Flow }
    phone_numbers:
      main: { flow: \"${flow.first}\", country: US, type: TOLL_FREE }
      another: { flow: \"${flow.second}\", country: US, type: TOLL_FREE }
";

const STORAGE: &str = "\
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: { Service: lambda.amazonaws.com }
            Action: sts:AssumeRole
Outputs:
  BucketName: { Value: !Ref Bucket }
  TableName: { Value: !Ref Table }
  RoleArn: { Value: !GetAtt Role.Arn }
";

pub const SCRIPT: &str = "#!/bin/sh
API=\"http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation\"
while true; do
  HEADERS=$(mktemp)
  curl -sS -D \"$HEADERS\" \"$API/next\" > /dev/null
  ID=$(grep -i lambda-runtime-aws-request-id \"$HEADERS\" | tr -d '\\r' | cut -d' ' -f2)
  curl -sS -X POST \"$API/$ID/response\" -d '{}' > /dev/null
done
";

/// Through its whole life, and what was called.
async fn calls_of_a_whole_life() -> BTreeSet<(String, String)> {
    let environment = TestEnvironment::new()
        .variable("AWS_ACCESS_KEY_ID", "local")
        .variable("AWS_SECRET_ACCESS_KEY", "local");
    environment.write("vanity-deploy.yaml", MANIFEST);
    environment.write("storage.yaml", STORAGE);
    environment.write("list.json", "{}\n");
    environment.write("probe.json", "{}");
    environment.write("first.json", &with_lookups(&flow("One", "second")));
    environment.write("second.json", &flow("Two", "first"));
    zip_of(&environment, "hello.zip", SCRIPT);
    let running = local_aws::server::start(local_aws::Config::default())
        .await
        .unwrap();
    let target = format!(
        "--endpoint-url {} --region us-east-1 --instance-alias vanity-local",
        running.url()
    );
    let run = |command: &str| -> Run {
        tokio::task::block_in_place(|| environment.run(&format!("{command} {target}"))).expect(0)
    };
    run("up --yes --claim-numbers");
    run("up --yes");
    run("status");
    run("outputs");
    // A change of everything that can be changed.
    let manifest = MANIFEST.replace("description: one", "description: other");
    environment.write(
        "vanity-deploy.yaml",
        &manifest.replace("WORD: first", "WORD: other"),
    );
    environment.write(
        "storage.yaml",
        &STORAGE.replace(
            "Properties:\n      Billing",
            "Properties:\n      Tags: [{ Key: a, Value: b }]\n      Billing",
        ),
    );
    environment.write("list.json", "{ \"a\": 1 }\n");
    environment.write("first.json", &with_lookups(&flow("Three", "second")));
    zip_of(&environment, "hello.zip", &format!("{SCRIPT}# other\n"));
    run("plan");
    run("up --yes");
    run("down --yes --delete-data --release-numbers");
    // By its ARN, the instance is described instead of looked up.
    let arn =
        "arn:aws:connect:us-east-1:000000000000:instance/00000000-0000-4000-8000-76616e697479";
    let url = running.url();
    tokio::task::block_in_place(|| {
        environment.run(&format!("plan --endpoint-url {url} --instance-arn {arn}"))
    })
    .expect(0);
    let counts = running.gateway().counts();
    running.stop().await;
    counts
        .into_keys()
        .map(|call| {
            let (service, operation) = call.split_once(':').unwrap();
            (service.to_owned(), operation.to_owned())
        })
        .collect()
}

/// With refs to things of the instance, which are looked up.
fn with_lookups(flow: &str) -> String {
    flow.replace(
        "\"Text\": \"",
        "\"Text\": \"${queue.BasicQueue} ${hours.Basic Hours} ",
    )
}

/// Operations that no run of a deployment that goes well calls, each with its reason.
const RARE: &[(&str, &str, &str)] = &[
    (
        "lambda",
        "DeleteFunctionUrlConfig",
        "takes back what somebody else gave themselves",
    ),
    (
        "lambda",
        "RemovePermission",
        "takes back what somebody else gave themselves",
    ),
    (
        "cloudformation",
        "DescribeEvents",
        "the reasons of a change set that failed",
    ),
    (
        "cloudformation",
        "ListChangeSets",
        "a stack that somebody left in review",
    ),
    (
        "connect",
        "UntagResource",
        "the mark of a stub, after a failure",
    ),
    ("connect", "ListPrompts", "only when a flow names a prompt"),
    (
        "connect",
        "ListContactFlowModules",
        "only when a flow names a module",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_call_is_among_the_rights_and_every_right_has_its_call() {
    let called = calls_of_a_whole_life().await;
    let listed: BTreeSet<(String, String)> = ResourceKind::ALL
        .into_iter()
        .flat_map(operations::of_kind)
        .map(|(service, operation)| ((*service).to_owned(), (*operation).to_owned()))
        .collect();
    let missing: Vec<_> = called.difference(&listed).collect();
    assert!(missing.is_empty(), "called without a right: {missing:?}");
    let rare: BTreeSet<(String, String)> = RARE
        .iter()
        .map(|(service, operation, _)| ((*service).to_owned(), (*operation).to_owned()))
        .collect();
    let spare: Vec<_> = listed
        .difference(&called)
        .filter(|operation| !rare.contains(operation))
        .collect();
    assert!(spare.is_empty(), "nothing calls it: {spare:?}");
}

#[test]
fn every_type_in_the_templates_has_its_actions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut types = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let template = vanity_deploy::engine::template::read(&text).unwrap();
        types.extend(template.resources.into_iter().map(|one| one.resource_type));
    }
    assert!(types.len() > 15, "{types:?}");
    for name in types {
        assert!(resource_types::actions(&name).is_some(), "{name}");
    }
}

/// The policy of whoever deploys the solutions of this repository.
fn policy() -> Value {
    let mut calls = Rights::default();
    for kind in ResourceKind::ALL {
        calls.kind(kind);
    }
    let mut stacks = Rights::default();
    for name in resource_types::names() {
        stacks.resource_type(name);
    }
    assert!(stacks.unknown_types.is_empty());
    let is_role = |action: &String| action == "iam:PassRole";
    stacks
        .actions
        .retain(|action| !is_role(action) && !calls.actions.contains(action));
    calls.actions.retain(|action| !is_role(action));
    json!({
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Calls",
                "Effect": "Allow",
                "Action": calls.actions,
                "Resource": "*",
            },
            {
                "Sid": "ThroughCloudFormation",
                "Effect": "Allow",
                "Action": stacks.actions,
                "Resource": "*",
            },
            {
                "Sid": "Roles",
                "Effect": "Allow",
                "Action": "iam:PassRole",
                "Resource": "*",
                "Condition": { "StringEquals": { "iam:PassedToService": [
                    "apigateway.amazonaws.com",
                    "lambda.amazonaws.com",
                    "pipes.amazonaws.com",
                    "scheduler.amazonaws.com",
                ] } },
            },
        ],
    })
}

/// Writes the document anew when `UPDATE_POLICIES` is set.
#[test]
fn the_documented_policy_is_made_of_these_rights() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policies/deployer.json");
    let text = format!("{}\n", serde_json::to_string_pretty(&policy()).unwrap());
    if std::env::var_os("UPDATE_POLICIES").is_some() {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
    // The quota of a managed policy, white space not counted (IAM user guide, "IAM and AWS STS
    // quotas").
    let size = text
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .count();
    assert!(size <= 6_144, "{size}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_call_tells_its_right_and_all_others() {
    let environment = crate::solutions::circle()
        .variable("AWS_ACCESS_KEY_ID", "local")
        .variable("AWS_SECRET_ACCESS_KEY", "local");
    let running = local_aws::server::start(local_aws::Config::default())
        .await
        .unwrap();
    let denied = json!([{
        "service": "connect",
        "operation": "CreateContactFlow",
        "when": "before",
        "effect": {"error": {"status": 403, "code": "AccessDeniedException", "message": "not authorized to perform: connect:CreateContactFlow"}},
    }]);
    running
        .gateway()
        .set_faults(serde_json::from_value(denied).unwrap());
    let arguments = format!(
        "up --yes --endpoint-url {} --region us-east-1 --instance-alias vanity-local",
        running.url()
    );
    let run = tokio::task::block_in_place(|| environment.run(&arguments));
    running.stop().await;
    assert_eq!(run.code, 1, "{}", run.seen());
    let at = run.stderr.find("error:").unwrap();
    let told = run.stderr[at..]
        .lines()
        .filter(|line| !line.contains("request id"))
        .collect::<Vec<_>>()
        .join("\n")
        // Whichever comes first.
        .replace("flow second", "flow first");
    insta::assert_snapshot!("rights_denied", told);
}
