//! Parameter Store and Secrets Manager, and stacks that refer to what is in them.

use serde_json::{Value, json};

use crate::client::{Answer, Aws};

async fn ssm(aws: &Aws, operation: &str, body: Value) -> Answer {
    aws.json("ssm", &format!("AmazonSSM.{operation}"), &body)
        .await
}

async fn secrets(aws: &Aws, operation: &str, body: Value) -> Answer {
    let target = format!("secretsmanager.{operation}");
    aws.json("secretsmanager", &target, &body).await
}

/// A stack with a log group of that name.
async fn stack(aws: &Aws, name: &str, group: &str) -> Answer {
    let template = json!({"Resources": {"Group": {
        "Type": "AWS::Logs::LogGroup",
        "Properties": {"LogGroupName": group},
    }}})
    .to_string();
    let given = [("StackName", name), ("TemplateBody", template.as_str())];
    aws.query("cloudformation", "CreateStack", &given)
        .await
        .ok();
    for _ in 0..200 {
        let described = aws
            .query("cloudformation", "DescribeStacks", &[("StackName", name)])
            .await
            .ok();
        let status = described.element("StackStatus").unwrap_or_default();
        if !status.ends_with("_IN_PROGRESS") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    aws.query(
        "cloudformation",
        "DescribeStackEvents",
        &[("StackName", name)],
    )
    .await
    .ok()
}

#[tokio::test]
async fn a_stack_is_given_what_its_dynamic_references_name() {
    let aws = Aws::start().await;
    let parameter = json!({"Name": "/team/name", "Value": "red", "Type": "String"});
    ssm(&aws, "PutParameter", parameter).await.ok();
    let secret = json!({"Name": "app", "SecretString": r#"{"suffix":"s3cr3t"}"#});
    secrets(&aws, "CreateSecret", secret).await.ok();
    let name = "{{resolve:ssm:/team/name}}-{{resolve:secretsmanager:app:SecretString:suffix}}";
    let events = stack(&aws, "good", name).await;
    assert!(events.body.contains("CREATE_COMPLETE"), "{}", events.body);
    // Kept nowhere: neither in the events nor in the template.
    let template = aws
        .query("cloudformation", "GetTemplate", &[("StackName", "good")])
        .await
        .ok();
    assert!(template.body.contains("resolve:secretsmanager"));
    let groups = aws
        .json("logs", "Logs_20140328.DescribeLogGroups", &json!({}))
        .await
        .ok()
        .json();
    assert_eq!(groups["logGroups"][0]["logGroupName"], "red-s3cr3t");
}

#[tokio::test]
async fn a_reference_to_nothing_fails_the_resource_in_words() {
    let aws = Aws::start().await;
    let secure = json!({"Name": "pin", "Value": "1", "Type": "SecureString"});
    ssm(&aws, "PutParameter", secure).await.ok();
    secrets(
        &aws,
        "CreateSecret",
        json!({"Name": "plain", "SecretString": "text"}),
    )
    .await
    .ok();
    for (index, (reference, words)) in [
        ("ssm:/none", "Parameters: [ssm:/none] cannot be found."),
        (
            "ssm:pin",
            "Non-secure ssm prefix was used for secure parameter: pin",
        ),
        (
            "ssm-secure:pin",
            "SSM Secure reference is not supported in: [AWS::Logs::LogGroup/Properties]",
        ),
        (
            "secretsmanager:none",
            "Secrets Manager can't find the specified secret.",
        ),
        (
            "secretsmanager:plain:SecretString:key",
            "Could not parse SecretString JSON",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let group = format!("{{{{resolve:{reference}}}}}");
        let events = stack(&aws, &format!("bad{index}"), &group).await;
        let reasons = events.elements("ResourceStatusReason").join("\n");
        let reasons = reasons.replace("&apos;", "'");
        assert!(reasons.contains(words), "{reference}: {reasons}");
    }
}

#[tokio::test]
async fn a_secret_is_read_by_name_and_version_until_it_is_deleted() {
    let aws = Aws::start().await;
    let created = secrets(
        &aws,
        "CreateSecret",
        json!({"Name": "a", "SecretString": "one"}),
    )
    .await
    .ok()
    .json();
    let put = json!({"SecretId": created["ARN"], "SecretString": "two"});
    secrets(&aws, "PutSecretValue", put).await.ok();
    let read = |body: Value| secrets(&aws, "GetSecretValue", body);
    let current = read(json!({"SecretId": "a"})).await.ok().json();
    assert_eq!(current["SecretString"], "two");
    let before = json!({"SecretId": "a", "VersionStage": "AWSPREVIOUS"});
    assert_eq!(read(before).await.ok().json()["SecretString"], "one");
    let force = json!({"SecretId": "a", "ForceDeleteWithoutRecovery": true});
    secrets(&aws, "DeleteSecret", force).await.ok();
    let gone = read(json!({"SecretId": "a"})).await;
    assert_eq!(gone.json()["__type"], "ResourceNotFoundException");
}

#[tokio::test]
async fn a_secure_parameter_is_read_in_clear_only_when_asked() {
    let aws = Aws::start().await;
    let put = json!({"Name": "pin", "Value": "1234", "Type": "SecureString"});
    assert_eq!(
        ssm(&aws, "PutParameter", put).await.ok().json()["Version"],
        1
    );
    let read = |clear: bool| {
        ssm(
            &aws,
            "GetParameter",
            json!({"Name": "pin", "WithDecryption": clear}),
        )
    };
    assert_ne!(read(false).await.ok().json()["Parameter"]["Value"], "1234");
    assert_eq!(read(true).await.ok().json()["Parameter"]["Value"], "1234");
    let many = ssm(&aws, "GetParameters", json!({"Names": ["pin", "none"]}))
        .await
        .ok()
        .json();
    assert_eq!(many["InvalidParameters"], json!(["none"]));
    let unknown = ssm(&aws, "DescribeParameters", json!({})).await;
    assert_eq!(unknown.status, 501);
}
