//! What somebody gives themselves on a function: seen by `status` and `plan`, refused by
//! `up`, and taken back when asked for.

use std::collections::HashMap;

use aws_sdk_lambda::Client;
use aws_sdk_lambda::types::{AliasRoutingConfiguration, FunctionUrlAuthType};

use crate::environment::{TestEnvironment, snapshots};
use crate::solutions::function;

const LAYER: &str = "arn:aws:lambda:us-east-1:444455556666:layer:spy:1";

const MANIFEST: &str = "\
version: 1
solutions:
  hello:
    stacks:
      role: { template: role.yaml }
      api: { template: api.yaml, parameters: { FunctionArn: \"${function.hello}\" } }
    functions:
      hello: { zip: hello.zip, role: \"${stack.role.Arn}\", connect: true }
";

/// Lets API Gateway invoke the function, as templates do.
const API: &str = "\
Parameters:
  FunctionArn: { Type: String }
Resources:
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref FunctionArn
      Action: lambda:InvokeFunction
      Principal: apigateway.amazonaws.com
      SourceArn: !Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:a1b2c3/*/GET/
";

/// A function that the instance and, by a stack, an API may invoke.
fn deployed() -> TestEnvironment {
    let environment = TestEnvironment::new();
    function(&environment, "#!/bin/sh\n", "");
    environment.write("vanity-deploy.yaml", MANIFEST);
    environment.write("api.yaml", API);
    environment.run("up --local").expect(0);
    environment
}

/// Nothing is drift: not what the deployment made, nor Connect, nor the stacks.
fn is_clean(environment: &TestEnvironment) {
    environment.run("status --local").expect(0);
    let plan = environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
    assert!(!plan.stdout.contains("changed on AWS"), "{}", plan.seen());
}

/// Opens one back door, sees it told by each command, and has it taken back.
async fn is_told_and_taken_back(words: &str, open: impl AsyncFnOnce(&Client)) {
    let environment = deployed();
    is_clean(&environment);
    environment
        .with_clients(async |config| open(&Client::new(config)).await)
        .await;
    let told = |text: &str| assert!(text.contains(words), "no {words:?} in\n{text}");
    let status = environment.run("status --local").expect(7);
    told(&status.stdout);
    assert!(status.stdout.contains('≠'), "{}", status.seen());
    told(&environment.run("plan --local").expect(7).stdout);
    let plan = environment.run("plan --local --detailed-exitcode");
    told(&plan.expect(7).stdout);
    told(&environment.run("up --local --yes").expect(7).stderr);
    told(&environment.run("down --local --yes").expect(7).stderr);
    // Nothing was done yet.
    told(&environment.run("status --local").expect(7).stdout);
    environment
        .run("up --local --overwrite-drift --yes")
        .expect(0);
    is_clean(&environment);
    environment.run("up --local").expect(0);
}

/// A statement that lets somebody invoke the alias, or the function without one.
async fn add(client: &Client, qualifier: Option<&str>, id: &str, principal: &str) {
    client
        .add_permission()
        .function_name("hello")
        .set_qualifier(qualifier.map(str::to_owned))
        .statement_id(id)
        .action("lambda:InvokeFunction")
        .principal(principal)
        .send()
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_account_on_the_alias() {
    let words = "account 444455556666 may invoke it (statement evil)";
    is_told_and_taken_back(words, async |client| {
        add(client, Some("live"), "evil", "444455556666").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn anyone_on_the_function() {
    let words = "anyone may invoke it unqualified (statement evil)";
    is_told_and_taken_back(words, async |client| {
        add(client, None, "evil", "*").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_service() {
    let words = "s3.amazonaws.com may invoke it (statement evil)";
    is_told_and_taken_back(words, async |client| {
        add(client, Some("live"), "evil", "s3.amazonaws.com").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_statement_for_somebody_else() {
    let words = "account 444455556666 may invoke it (statement vanity-deploy-connect-";
    is_told_and_taken_back(words, async |client| {
        let policy = client
            .get_policy()
            .function_name("hello")
            .qualifier("live")
            .send()
            .await
            .unwrap();
        let policy: serde_json::Value = serde_json::from_str(policy.policy().unwrap()).unwrap();
        let own = policy["Statement"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|statement| statement["Sid"].as_str())
            .find(|id| id.starts_with("vanity-deploy-connect-"))
            .unwrap();
        replace(client, own).await;
    })
    .await;
}

/// Puts a statement for another account in another's stead.
async fn replace(client: &Client, id: &str) {
    client
        .remove_permission()
        .function_name("hello")
        .qualifier("live")
        .statement_id(id)
        .send()
        .await
        .unwrap();
    add(client, Some("live"), id, "444455556666").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_without_authentication() {
    let words = "has a function URL without authentication (alias live)";
    is_told_and_taken_back(words, async |client| {
        client
            .create_function_url_config()
            .function_name("hello")
            .qualifier("live")
            .auth_type(FunctionUrlAuthType::None)
            .send()
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_layer_in_a_version_that_is_live() {
    is_told_and_taken_back(&format!("has the layer {LAYER}"), async |client| {
        let name = "hello";
        client
            .update_function_configuration()
            .function_name(name)
            .layers(LAYER)
            .send()
            .await
            .unwrap();
        settled(client).await;
        let version = client.publish_version().function_name(name).send().await;
        let version = version.unwrap().version.unwrap();
        client
            .update_alias()
            .function_name(name)
            .name("live")
            .function_version(version)
            .send()
            .await
            .unwrap();
    })
    .await;
}

/// Waits until no update of the function is under way.
async fn settled(client: &Client) {
    loop {
        let found = client
            .get_function_configuration()
            .function_name("hello")
            .send()
            .await
            .unwrap();
        if found.last_update_status().map(|status| status.as_str()) == Some("Successful") {
            return;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_part_of_the_calls_for_another_version() {
    let words = "sends part of the calls to version 2";
    is_told_and_taken_back(words, async |client| {
        client
            .update_function_configuration()
            .function_name("hello")
            .timeout(9)
            .send()
            .await
            .unwrap();
        settled(client).await;
        client
            .publish_version()
            .function_name("hello")
            .send()
            .await
            .unwrap();
        let weights = HashMap::from([("2".to_owned(), 0.1)]);
        let routing =
            AliasRoutingConfiguration::builder().set_additional_version_weights(Some(weights));
        client
            .update_alias()
            .function_name("hello")
            .name("live")
            .routing_config(routing.build())
            .send()
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_back_door_is_named_and_a_stacks_name_is_no_cover() {
    let environment = deployed();
    environment
        .with_clients(async |config| {
            let client = Client::new(config);
            let stacks = aws_sdk_cloudformation::Client::new(config);
            let resources = stacks
                .list_stack_resources()
                .stack_name("hello-api")
                .send()
                .await
                .unwrap();
            let of_stack = resources.stack_resource_summaries()[0]
                .physical_resource_id()
                .unwrap()
                .to_owned();
            // The id of the stack's statement, where the stack has none.
            add(&client, None, &of_stack, "*").await;
            add(&client, Some("live"), "evil", "444455556666").await;
            client
                .create_function_url_config()
                .function_name("hello")
                .auth_type(FunctionUrlAuthType::AwsIam)
                .send()
                .await
                .unwrap();
        })
        .await;
    let mut settings = snapshots();
    settings.add_filter(
        r"hello-api-Permission-[0-9A-Za-z]+",
        "hello-api-Permission-[SUFFIX]",
    );
    settings.bind(|| {
        let status = environment.run("status --local").expect(7);
        insta::assert_snapshot!("backdoors_in_status", status.stdout);
        let refused = environment.run("up --local --yes").expect(7);
        insta::assert_snapshot!("backdoors_refused", refused.stderr);
    });
    environment
        .run("up --local --overwrite-drift --yes")
        .expect(0);
    is_clean(&environment);
}
