//! `vanity-deploy local` in one terminal, `--local` commands in another.

use crate::environment::TestEnvironment;
use crate::solutions::function;

const FLOW: &str = r#"{
  "Version": "2019-10-30",
  "StartAction": "Ask",
  "Actions": [
    {
      "Identifier": "Ask",
      "Type": "InvokeLambdaFunction",
      "Parameters": { "LambdaFunctionARN": "${function.hello}", "InvocationTimeLimitSeconds": "8" },
      "Transitions": {
        "NextAction": "End",
        "Errors": [{ "NextAction": "Sorry", "ErrorType": "NoMatchingError" }]
      }
    },
    {
      "Identifier": "Sorry",
      "Type": "MessageParticipant",
      "Parameters": { "Text": "Out of order today" },
      "Transitions": {
        "NextAction": "End",
        "Errors": [{ "NextAction": "End", "ErrorType": "NoMatchingError" }]
      }
    },
    { "Identifier": "End", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} }
  ]
}
"#;

/// A flow whose function fails.
fn hello() -> TestEnvironment {
    let environment = TestEnvironment::new();
    let flows = "    flows:\n      inbound: { file: inbound.json, name: Hello Flow }\n";
    function(&environment, "#!/bin/sh\necho no >&2\nexit 1\n", flows);
    let manifest = std::fs::read_to_string(environment.path().join("vanity-deploy.yaml")).unwrap();
    environment.write(
        "vanity-deploy.yaml",
        &manifest.replace("        probe: probe.json\n", ""),
    );
    environment.write("inbound.json", FLOW);
    environment
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_use_the_embedded_aws_that_is_served() {
    let environment = hello();
    let running = local_aws::server::start(local_aws::Config {
        folder: Some(environment.state_folder()),
        what: "vanity-deploy local".to_owned(),
        shared: true,
        ..local_aws::Config::default()
    })
    .await
    .unwrap();
    let run = |arguments: &str| tokio::task::block_in_place(|| environment.run(arguments));
    let up = run("up --local").expect(0);
    assert!(up.stderr.contains(&running.url()), "{}", up.seen());
    assert!(
        !up.stderr.contains("answer while"),
        "they answer now: {}",
        up.seen()
    );
    // Through the embedded Connect, as over its own port.
    let call = run("call --local --flow inbound").expect(0);
    assert!(
        call.stdout.contains("Out of order today"),
        "{}",
        call.seen()
    );
    assert!(call.stdout.contains("failed:"), "{}", call.seen());
    let twice = run("call --local inbound --flow inbound").expect(64);
    assert!(
        twice.stderr.contains("cannot be used with"),
        "{}",
        twice.seen()
    );
    let elsewhere = run("status --local --region eu-west-2").expect(1);
    assert!(
        elsewhere
            .stderr
            .contains("is in us-east-1, not in eu-west-2"),
        "{}",
        elsewhere.seen()
    );
    running.stop().await;
    // What was done there stays when it is served no more.
    let status = run("status --local").expect(0);
    assert!(status.stdout.contains("published"), "{}", status.seen());
    assert!(!status.stderr.contains("http://"), "{}", status.seen());
}
