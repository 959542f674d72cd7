//! The adapters together against the embedded AWS: a stack, a function with its
//! role, what lets Connect call it, and all of it undone.

use std::collections::BTreeMap;
use std::io::Write as _;

use crate::aws::testing::{Notes, local};
use crate::engine::error::FailureKind;
use crate::engine::ports::{
    Age, ChangeAction, FunctionConfiguration, PolicyStatement, Ports, Silent, StackInput, Tags,
};

const TEMPLATE: &str = r"
Parameters:
  Name: { Type: String }
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      TableName: !Ref Name
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - { Effect: Allow, Principal: { Service: lambda.amazonaws.com }, Action: sts:AssumeRole }
Outputs:
  RoleArn: { Value: !GetAtt Role.Arn }
";

fn tags() -> Tags {
    Tags::from([("k".to_owned(), "v".to_owned())])
}

fn input(stack: &str, create: bool, template: &str, token: &str) -> StackInput {
    StackInput {
        stack: stack.to_owned(),
        create,
        template: template.to_owned(),
        parameters: BTreeMap::from([("Name".to_owned(), "kept".to_owned())]),
        tags: tags(),
        token: token.to_owned(),
    }
}

/// A function that says a word into its log and ends.
fn zip(word: &str) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
    writer.start_file("bootstrap", options).unwrap();
    write!(writer, "#!/bin/sh\necho {word}\nexit 1\n").unwrap();
    writer.finish().unwrap().into_inner()
}

fn sha256(zip: &[u8]) -> String {
    use base64::Engine as _;
    use sha2::Digest as _;
    base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(zip))
}

async fn stack(ports: &Ports, template: &str, token: &str) -> crate::engine::ports::ObservedStack {
    let there = ports.stacks.describe("s").await.unwrap();
    let name = there.as_ref().map_or("s", |stack| &stack.arn);
    let input = input(name, there.is_none(), template, token);
    let set = ports.stacks.change_set(&input).await.unwrap().unwrap();
    let notes = Notes::default();
    let done = ports.stacks.execute(&set, token, &notes).await.unwrap();
    assert!(!notes.lines().is_empty());
    done
}

#[tokio::test]
async fn a_stack_is_made_changed_and_deleted() {
    let (running, ports) = local().await;
    let stacks = &ports.stacks;
    let made = stack(&ports, TEMPLATE, "one").await;
    assert_eq!(made.status.as_str(), "CREATE_COMPLETE");
    assert_eq!(made.template.as_deref(), Some(TEMPLATE));
    assert_eq!(made.parameters["Name"], "kept");
    assert_eq!(made.tags["k"], "v");
    assert_eq!(stacks.describe("s").await.unwrap(), Some(made.clone()));

    let same = input(&made.arn, false, TEMPLATE, "two");
    assert_eq!(stacks.change_set(&same).await.unwrap(), None);

    // The same plan again after it was undone once.
    let other = format!("{TEMPLATE}  Word: {{ Value: hello }}\n");
    for _ in 0..2 {
        let changed = stack(&ports, &other, "three").await;
        assert_eq!(changed.outputs["Word"], "hello");
        let back = stack(&ports, TEMPLATE, "four").await;
        assert_eq!(back.outputs.get("Word"), None);
    }

    stacks
        .delete(&made.arn, "five", &Notes::default())
        .await
        .unwrap();
    assert_eq!(stacks.describe("s").await.unwrap(), None);
    let kept = stacks.resources(&made.arn).await.unwrap();
    let table = kept
        .iter()
        .find(|resource| resource.logical_id == "Table")
        .unwrap();
    assert_eq!(
        (table.status.as_str(), table.physical_id.as_str()),
        ("DELETE_SKIPPED", "kept")
    );

    // The kept table is in the way of the next stack: the root cause says so.
    let again = input("s", true, TEMPLATE, "six");
    let set = stacks.change_set(&again).await.unwrap().unwrap();
    let failure = stacks
        .execute(&set, "six", &Notes::default())
        .await
        .unwrap_err();
    assert!(
        failure.message.starts_with("Table CREATE_FAILED"),
        "{failure}"
    );
    let failed = stacks
        .settle(&set.stack_arn, &Notes::default())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(failed.status.as_str(), "ROLLBACK_COMPLETE");
    stacks
        .delete(&set.stack_arn, "seven", &Notes::default())
        .await
        .unwrap();

    ports.tables.delete("kept").await.unwrap();
    ports.tables.delete("kept").await.unwrap();
    running.stop().await;
}

#[tokio::test]
async fn a_plan_that_is_discarded_leaves_no_stack() {
    let (running, ports) = local().await;
    let planned = input("s", true, TEMPLATE, "one");
    let set = ports.stacks.change_set(&planned).await.unwrap().unwrap();
    assert!(
        set.changes
            .iter()
            .all(|change| change.action == ChangeAction::Add)
    );
    let review = ports.stacks.describe("s").await.unwrap().unwrap();
    assert_eq!(
        (review.status.as_str(), review.template),
        ("REVIEW_IN_PROGRESS", None)
    );
    ports.stacks.discard(&set).await.unwrap();
    assert_eq!(ports.stacks.describe("s").await.unwrap(), None);
    running.stop().await;
}

#[tokio::test]
async fn a_function_is_made_published_called_and_permitted() {
    let (running, ports) = local().await;
    let notes = Notes::default();
    let role = stack(&ports, TEMPLATE, "one").await.outputs["RoleArn"].clone();
    let instance = ports
        .account
        .create_instance("calls-it", &notes)
        .await
        .unwrap();
    let functions = &ports.functions;
    let mut wanted = FunctionConfiguration {
        role,
        memory: 128,
        timeout: 3,
        environment: BTreeMap::from([("TABLE".to_owned(), "1".to_owned())]),
        runtime: "provided.al2023".to_owned(),
        handler: "bootstrap".to_owned(),
        architecture: if cfg!(target_arch = "aarch64") {
            "arm64"
        } else {
            "x86_64"
        }
        .to_owned(),
        description: String::new(),
        layers: Vec::new(),
        file_systems: Vec::new(),
        dead_letter_target: None,
    };
    let (one, two) = (zip("first"), zip("second"));
    assert_eq!(functions.describe("f").await.unwrap(), None);
    functions
        .create("f", &wanted, &one, &tags(), &notes)
        .await
        .unwrap();
    functions
        .create("f", &wanted, &one, &tags(), &notes)
        .await
        .unwrap();
    let taken = functions.create("f", &wanted, &two, &tags(), &notes).await;
    assert_eq!(taken.unwrap_err().kind, FailureKind::Conflict);

    let version = functions.publish("f", &sha256(&one)).await.unwrap();
    assert_eq!(
        functions.publish("f", &sha256(&one)).await.unwrap(),
        version
    );
    let alias = functions.set_alias("f", "live", &version).await.unwrap();
    assert!(alias.ends_with(":function:f:live"), "{alias}");

    let mut statement = PolicyStatement {
        principal: "connect.amazonaws.com".to_owned(),
        source_arn: Some("arn:aws:connect:us-east-1:111122223333:instance/other".to_owned()),
        source_account: Some(ports.account.identity().await.unwrap().account),
    };
    functions
        .permit("f", "live", "connect", &statement)
        .await
        .unwrap();
    statement.source_arn = Some(instance.arn.clone());
    functions
        .permit("f", "live", "connect", &statement)
        .await
        .unwrap();
    functions
        .permit("f", "live", "connect", &statement)
        .await
        .unwrap();
    ports
        .resources
        .associate_function(&instance.id, &alias, Age::Settled, &Silent)
        .await
        .unwrap();
    ports
        .resources
        .associate_function(&instance.id, &alias, Age::Settled, &Silent)
        .await
        .unwrap();
    let associated = ports
        .resources
        .associated_functions(&instance.id)
        .await
        .unwrap();
    assert_eq!(associated, vec![alias.clone()]);

    let answer = functions.invoke("f", &version, b"{}").await.unwrap();
    assert!(answer.error.is_some());
    let log_tail = answer.log_tail.unwrap();
    assert!(log_tail.contains("first"), "{log_tail:?}");

    // What is live stays until the alias moves.
    wanted.memory = 256;
    functions
        .update_configuration("f", &wanted, &notes)
        .await
        .unwrap();
    functions
        .update_code("f", &wanted.architecture, &two, &notes)
        .await
        .unwrap();
    let live = functions.describe("f").await.unwrap().unwrap();
    assert_eq!(live.configuration.memory, 128);
    assert_eq!(live.code_sha256, sha256(&one));
    assert_eq!(live.live_version.as_deref(), Some(version.as_str()));
    assert_eq!(live.tags, tags());
    assert!(live.statements.iter().any(|one| one.is(&statement)));
    let stale = functions.publish("f", &sha256(&one)).await.unwrap_err();
    assert_eq!(stale.kind, FailureKind::Conflict);

    let next = functions.publish("f", &sha256(&two)).await.unwrap();
    assert_ne!(next, version);
    functions.set_alias("f", "live", &next).await.unwrap();
    let live = functions.describe("f").await.unwrap().unwrap();
    assert_eq!(live.configuration, wanted);
    assert_eq!(live.live_version, Some(next));

    ports
        .resources
        .disassociate_function(&instance.id, &alias)
        .await
        .unwrap();
    functions.delete("f").await.unwrap();
    functions.delete("f").await.unwrap();
    assert_eq!(functions.describe("f").await.unwrap(), None);
    running.stop().await;
}
