//! CloudFormation.

use crate::client::{Answer, Aws};

const TABLE: &str = "
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
Outputs:
  Name: {Value: !Ref Table}
  Arn: {Value: !GetAtt Table.Arn}
";

async fn call(aws: &Aws, action: &str, parameters: &[(&str, &str)]) -> Answer {
    aws.query("cloudformation", action, parameters).await
}

/// The stack's status once nothing is in progress.
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
            ("TemplateBody", TABLE),
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
