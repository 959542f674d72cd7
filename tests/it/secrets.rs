//! A secret by its reference: CloudFormation puts it in place, the deployer never sees it.

use serde_json::json;

use crate::environment::TestEnvironment;
use crate::http::aws;

const MANIFEST: &str = "\
version: 1
solutions:
  app:
    parameters:
      Token: { type: secret, default: 'secretsmanager:app/token:key' }
    stacks:
      log:
        template: log.yaml
        parameters: { Token: \"${param.Token}\" }
";

/// Where a secret does not belong; here it shows that it has arrived.
const TEMPLATE: &str = "\
Parameters:
  Token: { Type: String, NoEcho: true }
Resources:
  Log:
    Type: AWS::Logs::LogGroup
    Properties: { LogGroupName: !Ref Token }
";

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_arrives_in_the_stack_and_nowhere_else() {
    let environment = TestEnvironment::new();
    environment.write("vanity-deploy.yaml", MANIFEST);
    environment.write("log.yaml", TEMPLATE);
    let running = local_aws::server::start(local_aws::Config {
        folder: Some(environment.state_folder()),
        what: "vanity-deploy local".to_owned(),
        shared: true,
        ..local_aws::Config::default()
    })
    .await
    .unwrap();
    let call = |service: &'static str, target: &'static str, body: serde_json::Value| {
        let url = running.url();
        async move { aws(&url, service, target, &body).await.expect(200).json() }
    };
    let secret = json!({ "Name": "app/token", "SecretString": r#"{"key":"hunter2"}"# });
    call("secretsmanager", "secretsmanager.CreateSecret", secret).await;

    let run = |arguments: &str| tokio::task::block_in_place(|| environment.run(arguments));
    for command in [
        "up --local",
        "up --local",
        "plan --local --json",
        "outputs --local --json",
        "status --local",
    ] {
        let run = run(command).expect(0);
        assert!(!run.seen().contains("hunter2"), "{}", run.seen());
    }
    let groups = call("logs", "Logs_20140328.DescribeLogGroups", json!({})).await;
    assert_eq!(groups["logGroups"][0]["logGroupName"], "hunter2");

    // A secret itself is refused, and not repeated.
    let refused = run("up --local --param Token=hunter3").expect(5);
    assert!(!refused.seen().contains("hunter3"), "{}", refused.seen());
    running.stop().await;
}
