//! CloudFormation.

use serde_json::{Value, json};

use crate::client::{Answer, Aws};
use local_aws::server::Config;

/// A template of one table, with further properties, a line each.
fn table(properties: &[&str]) -> String {
    let mut template = "
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
"
    .to_owned();
    for property in properties {
        template.push_str(&format!("      {property}\n"));
    }
    template.push_str("Outputs:\n  Name: {Value: !Ref Table}\n  Arn: {Value: !GetAtt Table.Arn}\n");
    template
}

async fn call(aws: &Aws, action: &str, parameters: &[(&str, &str)]) -> Answer {
    aws.query("cloudformation", action, parameters).await
}

/// The stack once nothing is in progress.
async fn settled(aws: &Aws, stack: &str) -> Answer {
    loop {
        let answer = call(aws, "DescribeStacks", &[("StackName", stack)])
            .await
            .ok();
        let status = answer.element("StackStatus").unwrap();
        if !status.ends_with("_IN_PROGRESS") {
            return answer;
        }
        tokio::task::yield_now().await;
    }
}

async fn status(aws: &Aws, stack: &str) -> String {
    settled(aws, stack).await.element("StackStatus").unwrap()
}

/// Creates a stack and answers its id.
async fn create(aws: &Aws, stack: &str, template: &str) -> String {
    let parameters = [("StackName", stack), ("TemplateBody", template)];
    let created = call(aws, "CreateStack", &parameters).await.ok();
    created.element("StackId").unwrap()
}

async fn update(aws: &Aws, stack: &str, template: &str) -> Answer {
    let parameters = [("StackName", stack), ("TemplateBody", template)];
    call(aws, "UpdateStack", &parameters).await
}

async fn table_name(aws: &Aws, stack: &str) -> String {
    let stack = settled(aws, stack).await;
    stack.elements("OutputValue").remove(0)
}

async fn dynamodb(aws: &Aws, operation: &str, body: &Value) -> Answer {
    aws.json("dynamodb", &format!("DynamoDB_20120810.{operation}"), body)
        .await
}

async fn reasons(aws: &Aws, stack: &str) -> String {
    let events = call(aws, "DescribeStackEvents", &[("StackName", stack)])
        .await
        .ok();
    events.elements("ResourceStatusReason").join("\n")
}

#[tokio::test]
async fn a_change_set_creates_a_stack_with_its_outputs() {
    let aws = Aws::start().await;
    let created = call(
        &aws,
        "CreateChangeSet",
        &[
            ("StackName", "one"),
            ("ChangeSetName", "first"),
            ("ChangeSetType", "CREATE"),
            ("TemplateBody", &table(&[])),
        ],
    )
    .await
    .ok();
    let id = created.element("Id").unwrap();
    let described = call(&aws, "DescribeChangeSet", &[("ChangeSetName", &id)])
        .await
        .ok();
    assert_eq!(described.element("Action").as_deref(), Some("Add"));
    call(&aws, "ExecuteChangeSet", &[("ChangeSetName", &id)])
        .await
        .ok();
    let stack = settled(&aws, "one").await;
    assert_eq!(
        stack.element("StackStatus").as_deref(),
        Some("CREATE_COMPLETE")
    );
    let outputs = stack.elements("OutputValue");
    assert!(outputs[0].starts_with("one-Table-"), "{outputs:?}");
    assert!(outputs[1].ends_with(&outputs[0]), "{outputs:?}");
}

#[tokio::test]
async fn every_operation_that_is_listed_is_there() {
    let aws = Aws::start().await;
    for operation in local_aws::cloudformation::operations::NAMES {
        let answer = call(&aws, operation, &[]).await;
        assert!(
            matches!(answer.status, 200 | 400),
            "{operation}: {} {}",
            answer.status,
            answer.body
        );
    }
    let (code, message) = call(&aws, "DetectStackDrift", &[]).await.error();
    assert_eq!(code, "NotImplementedByLocalAws");
    assert!(message.contains("cloudformation:DetectStackDrift"));
}

#[tokio::test]
async fn parameters_that_are_not_implemented_are_refused_by_name() {
    let aws = Aws::start().await;
    let answer = call(
        &aws,
        "CreateStack",
        &[("StackName", "a"), ("TemplateURL", "https://example.com/t")],
    )
    .await;
    assert_eq!(answer.status, 501);
    let (_, message) = answer.error();
    assert_eq!(
        message,
        "the embedded AWS does not implement the parameter TemplateURL of cloudformation:CreateStack"
    );
}

#[tokio::test]
async fn a_table_is_made_with_all_its_properties_and_updated_in_place() {
    let aws = Aws::start().await;
    let everything = [
        "PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: 'true'}",
        "SSESpecification: {SSEEnabled: true}",
        "TimeToLiveSpecification: {AttributeName: expires, Enabled: true}",
        "StreamSpecification: {StreamViewType: NEW_IMAGE}",
        "Tags: [{Key: team, Value: voice}]",
    ];
    create(&aws, "one", &table(&everything)).await;
    let name = table_name(&aws, "one").await;
    let named = json!({ "TableName": name });
    let describe = dynamodb(&aws, "DescribeTable", &named).await.json();
    assert_eq!(
        describe["Table"]["StreamSpecification"]["StreamViewType"],
        "NEW_IMAGE"
    );
    assert_eq!(describe["Table"]["SSEDescription"]["Status"], "ENABLED");
    let tags = dynamodb(
        &aws,
        "ListTagsOfResource",
        &json!({ "ResourceArn": describe["Table"]["TableArn"] }),
    )
    .await
    .json();
    let keys: Vec<&str> = tags["Tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tag| tag["Key"].as_str().unwrap())
        .collect();
    assert_eq!(
        keys,
        [
            "aws:cloudformation:logical-id",
            "aws:cloudformation:stack-id",
            "aws:cloudformation:stack-name",
            "team"
        ]
    );
    let recovery = |answer: Answer| {
        answer.json()["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
            ["PointInTimeRecoveryStatus"]
            .clone()
    };
    let backups = dynamodb(&aws, "DescribeContinuousBackups", &named).await;
    assert_eq!(recovery(backups), "ENABLED");

    let template = table(&[
        "SSESpecification: {SSEEnabled: true}",
        "TimeToLiveSpecification: {AttributeName: ends, Enabled: true}",
    ]);
    update(&aws, "one", &template).await.ok();
    assert_eq!(status(&aws, "one").await, "UPDATE_COMPLETE");
    assert_eq!(table_name(&aws, "one").await, name);
    let backups = dynamodb(&aws, "DescribeContinuousBackups", &named).await;
    assert_eq!(recovery(backups), "DISABLED");
    let ttl = dynamodb(&aws, "DescribeTimeToLive", &named).await.json();
    assert_eq!(ttl["TimeToLiveDescription"]["AttributeName"], "ends");
    let describe = dynamodb(&aws, "DescribeTable", &named).await.json();
    assert_ne!(
        describe["Table"]["StreamSpecification"]["StreamEnabled"],
        true
    );
    let (_, message) = update(&aws, "one", &template).await.error();
    assert_eq!(message, "No updates are to be performed.");
}

#[tokio::test]
async fn a_key_attribute_that_is_not_defined_fails_in_the_words_of_dynamodb() {
    let aws = Aws::start().await;
    let template = table(&[]).replace("AttributeName: pk, KeyType", "AttributeName: id, KeyType");
    create(&aws, "one", &template).await;
    assert_eq!(status(&aws, "one").await, "ROLLBACK_COMPLETE");
    let reasons = reasons(&aws, "one").await;
    assert!(
        reasons.contains("Resource handler returned message: \"One or more parameter values were invalid: Some index key attributes are not defined in AttributeDefinitions. Keys: [id], AttributeDefinitions: [pk] (Service: DynamoDb, Status Code: 400, Request ID: "),
        "{reasons}"
    );
    assert!(reasons.contains("HandlerErrorCode: InvalidRequest)"));
    let (code, message) = update(&aws, "one", &table(&[])).await.error();
    assert_eq!(code, "ValidationError");
    assert!(
        message.ends_with("is in ROLLBACK_COMPLETE state and can not be updated."),
        "{message}"
    );
}

#[tokio::test]
async fn an_update_that_fails_halfway_leaves_the_table_as_it_was() {
    let aws = Aws::start().await;
    create(&aws, "one", &table(&["TableClass: STANDARD"])).await;
    let named = json!({ "TableName": table_name(&aws, "one").await });
    let before = dynamodb(&aws, "DescribeTable", &named).await.json();
    // The class and the protection are changed before the index is refused.
    let template = table(&[
        "TableClass: STANDARD_INFREQUENT_ACCESS",
        "DeletionProtectionEnabled: true",
        "GlobalSecondaryIndexes: [{IndexName: by-x, KeySchema: [{AttributeName: x, KeyType: HASH}], Projection: {ProjectionType: ALL}}]",
    ]);
    update(&aws, "one", &template).await.ok();
    assert_eq!(status(&aws, "one").await, "UPDATE_ROLLBACK_COMPLETE");
    let after = dynamodb(&aws, "DescribeTable", &named).await.json();
    assert_eq!(
        after["Table"]["DeletionProtectionEnabled"],
        before["Table"]["DeletionProtectionEnabled"]
    );
    let class = |answer: &Value| {
        answer["Table"]["TableClassSummary"]["TableClass"]
            .as_str()
            .unwrap_or("STANDARD")
            .to_owned()
    };
    assert_eq!(class(&after), class(&before));
}

#[tokio::test]
async fn a_new_key_replaces_the_table() {
    let aws = Aws::start().await;
    create(&aws, "one", &table(&[])).await;
    let old = table_name(&aws, "one").await;
    let template = table(&[]).replace("AttributeName: pk", "AttributeName: id");
    update(&aws, "one", &template).await.ok();
    assert_eq!(status(&aws, "one").await, "UPDATE_COMPLETE");
    let new = table_name(&aws, "one").await;
    assert_ne!(old, new);
    let tables = dynamodb(&aws, "ListTables", &json!({})).await.json();
    assert_eq!(tables["TableNames"], json!([new]));
}

#[tokio::test]
async fn a_protected_table_keeps_its_stack_from_being_deleted() {
    let aws = Aws::start().await;
    let id = create(&aws, "one", &table(&["DeletionProtectionEnabled: true"])).await;
    settled(&aws, "one").await;
    call(&aws, "DeleteStack", &[("StackName", "one")])
        .await
        .ok();
    assert_eq!(status(&aws, "one").await, "DELETE_FAILED");
    assert!(
        reasons(&aws, "one")
            .await
            .contains("currently protected against deletion")
    );
    call(
        &aws,
        "DeleteStack",
        &[("StackName", "one"), ("RetainResources.member.1", "Table")],
    )
    .await
    .ok();
    assert_eq!(status(&aws, &id).await, "DELETE_COMPLETE");
    let (_, message) = call(&aws, "DescribeStacks", &[("StackName", "one")])
        .await
        .error();
    assert_eq!(message, "Stack with id one does not exist");
    let tables = dynamodb(&aws, "ListTables", &json!({})).await.json();
    assert_eq!(tables["TableNames"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn termination_protection_is_refused_in_the_words_of_aws() {
    let aws = Aws::start().await;
    let template = table(&[]);
    let parameters = [
        ("StackName", "one"),
        ("TemplateBody", template.as_str()),
        ("EnableTerminationProtection", "true"),
    ];
    call(&aws, "CreateStack", &parameters).await.ok();
    let (code, message) = call(&aws, "DeleteStack", &[("StackName", "one")])
        .await
        .error();
    assert_eq!(code, "ValidationError");
    assert_eq!(
        message,
        "Stack [one] cannot be deleted while TerminationProtection is enabled"
    );
}

#[tokio::test]
async fn an_export_in_use_keeps_its_stack() {
    let aws = Aws::start().await;
    let exporting = table(&[]) + "  E: {Value: !Ref Table, Export: {Name: shared}}\n";
    create(&aws, "one", &exporting).await;
    settled(&aws, "one").await;
    let importing = table(&["Tags: [{Key: from, Value: !ImportValue shared}]"]);
    create(&aws, "two", &importing).await;
    assert_eq!(status(&aws, "two").await, "CREATE_COMPLETE");
    let imports = call(&aws, "ListImports", &[("ExportName", "shared")])
        .await
        .ok();
    assert_eq!(imports.elements("member"), ["two"]);
    call(&aws, "DeleteStack", &[("StackName", "one")])
        .await
        .ok();
    let stack = settled(&aws, "one").await;
    assert_eq!(
        stack.element("StackStatus").as_deref(),
        Some("CREATE_COMPLETE")
    );
    assert_eq!(
        stack.element("StackStatusReason").as_deref(),
        Some("Delete canceled. Cannot delete export shared as it is in use by two.")
    );
    call(&aws, "DeleteStack", &[("StackName", "two")])
        .await
        .ok();
    let gone = |stack| {
        let aws = &aws;
        async move {
            loop {
                let answer = call(aws, "DescribeStacks", &[("StackName", stack)]).await;
                if answer.status == 400 {
                    return;
                }
                assert_ne!(
                    answer.element("StackStatus").as_deref(),
                    Some("DELETE_FAILED")
                );
            }
        }
    };
    gone("two").await;
    call(&aws, "DeleteStack", &[("StackName", "one")])
        .await
        .ok();
    gone("one").await;
}

#[tokio::test]
async fn a_change_set_without_changes_fails_and_cannot_be_executed() {
    let aws = Aws::start().await;
    create(&aws, "one", &table(&[])).await;
    settled(&aws, "one").await;
    let made = call(
        &aws,
        "CreateChangeSet",
        &[
            ("StackName", "one"),
            ("ChangeSetName", "none"),
            ("UsePreviousTemplate", "true"),
        ],
    )
    .await
    .ok();
    let id = made.element("Id").unwrap();
    let set = call(&aws, "DescribeChangeSet", &[("ChangeSetName", &id)])
        .await
        .ok();
    assert_eq!(set.element("Status").as_deref(), Some("FAILED"));
    assert_eq!(
        set.element("StatusReason").as_deref(),
        Some(
            "The submitted information didn't contain changes. Submit different information to create a change set."
        )
    );
    let (code, message) = call(&aws, "ExecuteChangeSet", &[("ChangeSetName", &id)])
        .await
        .error();
    assert_eq!(code, "InvalidChangeSetStatus");
    assert_eq!(
        message,
        format!("ChangeSet [{id}] cannot be executed in its current status of [FAILED]")
    );
    call(&aws, "DeleteChangeSet", &[("ChangeSetName", &id)])
        .await
        .ok();
    let answer = call(&aws, "DescribeChangeSet", &[("ChangeSetName", &id)]).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.error().0, "ChangeSetNotFound");
}

#[tokio::test]
async fn executing_a_change_set_deletes_the_others() {
    let aws = Aws::start().await;
    create(&aws, "one", &table(&[])).await;
    settled(&aws, "one").await;
    for (name, class) in [("a", "STANDARD_INFREQUENT_ACCESS"), ("b", "STANDARD")] {
        let template = table(&[&format!("TableClass: {class}")]);
        call(
            &aws,
            "CreateChangeSet",
            &[
                ("StackName", "one"),
                ("ChangeSetName", name),
                ("TemplateBody", &template),
            ],
        )
        .await
        .ok();
    }
    let named = [("StackName", "one"), ("ChangeSetName", "a")];
    call(&aws, "ExecuteChangeSet", &named).await.ok();
    assert_eq!(status(&aws, "one").await, "UPDATE_COMPLETE");
    let list = call(&aws, "ListChangeSets", &[("StackName", "one")])
        .await
        .ok();
    assert_eq!(list.elements("ChangeSetName"), ["a"]);
    assert_eq!(list.elements("ExecutionStatus"), ["EXECUTE_COMPLETE"]);
}

#[tokio::test]
async fn stacks_outlive_the_process_and_interrupted_ones_are_finished() {
    let folder = tempfile::tempdir().unwrap();
    let config = || Config {
        folder: Some(crate::client::kept(folder.path())),
        ..Config::default()
    };
    let aws = Aws::with(config()).await;
    create(&aws, "one", &table(&[])).await;
    let name = table_name(&aws, "one").await;
    aws.stop().await;

    // As if the process had ended when the table was made, but not yet recorded.
    let database = rusqlite::Connection::open(folder.path().join("state.sqlite")).unwrap();
    let slice = "SELECT json FROM slices WHERE name = 'cloudformation'";
    let saved: String = database.query_row(slice, [], |row| row.get(0)).unwrap();
    let mut saved: Value = serde_json::from_str(&saved).unwrap();
    let stacks = saved["stacks"].as_object_mut().unwrap();
    let stack = stacks.values_mut().next().unwrap();
    stack["status"] = json!("CREATE_IN_PROGRESS");
    stack["outputs"] = json!({});
    let table = &mut stack["resources"]["Table"];
    let properties = table["properties"].take();
    let token = table["token"].clone();
    table["properties"] = json!({});
    table["physical_id"] = Value::Null;
    table["status"] = json!("CREATE_IN_PROGRESS");
    stack["operation"] = json!({
        "phase": "Create", "token": null, "on_failure": "Rollback",
        "retain_except_on_create": false, "done": [], "failed": [], "remnants": [],
        "before": null, "retain": [], "change_set": null,
        "current": {
            "logical_id": "Table", "kind": "AWS::DynamoDB::Table", "token": token,
            "stack_tags": {}, "action": {"Create": {"properties": properties, "replaces": false}},
        },
    });
    let update = "UPDATE slices SET json = ?1 WHERE name = 'cloudformation'";
    database.execute(update, [saved.to_string()]).unwrap();
    database.close().unwrap();

    let aws = Aws::with(config()).await;
    assert_eq!(status(&aws, "one").await, "CREATE_COMPLETE");
    assert_eq!(table_name(&aws, "one").await, name);
}

#[tokio::test]
async fn a_stack_in_review_can_be_deleted() {
    let aws = Aws::start().await;
    let template = table(&[]);
    let parameters = [
        ("StackName", "one"),
        ("ChangeSetName", "first"),
        ("ChangeSetType", "CREATE"),
        ("TemplateBody", template.as_str()),
    ];
    let id = call(&aws, "CreateChangeSet", &parameters)
        .await
        .ok()
        .element("StackId")
        .unwrap();
    let stack = call(&aws, "DescribeStacks", &[("StackName", "one")])
        .await
        .ok();
    assert_eq!(
        stack.element("StackStatus").as_deref(),
        Some("REVIEW_IN_PROGRESS")
    );
    call(&aws, "DeleteStack", &[("StackName", "one")])
        .await
        .ok();
    assert_eq!(status(&aws, &id).await, "DELETE_COMPLETE");
}

#[tokio::test]
async fn templates_are_refused_with_the_codes_of_aws() {
    let aws = Aws::start().await;
    let refused = async |body: &str| {
        let parameters = [("StackName", "one"), ("TemplateBody", body)];
        let answer = call(&aws, "CreateStack", &parameters).await;
        let (code, message) = answer.error();
        assert_eq!(answer.status, 400, "{message}");
        let again = call(
            &aws,
            "CreateChangeSet",
            &[
                ("StackName", "one"),
                ("ChangeSetName", "a"),
                ("ChangeSetType", "CREATE"),
                ("TemplateBody", body),
            ],
        )
        .await;
        assert_eq!(again.error(), (code.clone(), message.clone()));
        // Nothing of a refused request stays.
        let stacks = call(&aws, "ListStacks", &[]).await.ok();
        assert!(stacks.elements("StackName").is_empty());
        format!("{code}: {message}")
    };
    let role = "Resources: {R: {Type: 'AWS::IAM::Role', Properties: {RoleName: x, AssumeRolePolicyDocument: {}}}}";
    insta::assert_snapshot!(refused(role).await, @"InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM]");
    let parameter = format!("Parameters: {{P: {{Type: String}}}}\n{}", table(&[]));
    insta::assert_snapshot!(refused(&parameter).await, @"ValidationError: Parameters: [P] must have values");
    let unmapped = table(&["TableName: !FindInMap [Names, a, b]"]);
    insta::assert_snapshot!(refused(&unmapped).await, @"ValidationError: Template error: Mapping named 'Names' is not present in the 'Mappings' section of template.");
    let misspelt = table(&["TableNam: x"]);
    insta::assert_snapshot!(refused(&misspelt).await, @"ValidationError: Encountered unsupported property TableNam in resource Table of type AWS::DynamoDB::Table");
    let circle = table(&["TableName: !Ref Table"]);
    insta::assert_snapshot!(refused(&circle).await, @"ValidationError: Circular dependency between resources: [Table]");
    insta::assert_snapshot!(refused("{\"Resources\": ").await, @"ValidationError: Template format error: JSON not well-formed. (line 1, column 14)");
}
