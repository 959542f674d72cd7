//! What was made a moment ago is not known everywhere: the answers of AWS in the meantime, on
//! the way of the whole program.

use local_aws::faults::Faults;
use serde_json::{Value, json};

use crate::environment::{Run, TestEnvironment};
use crate::rights::SCRIPT;
use crate::solutions::function;

/// A function with its role, a probe and variables.
fn environment() -> TestEnvironment {
    let environment = TestEnvironment::new()
        .variable("AWS_ACCESS_KEY_ID", "local")
        .variable("AWS_SECRET_ACCESS_KEY", "local");
    function(
        &environment,
        SCRIPT,
        "        environment: { WORD: first }\n",
    );
    environment
}

fn fault(
    operation: (&str, &str),
    when: &str,
    times: u64,
    error: (u16, &str),
    message: &str,
) -> Value {
    json!({
        "service": operation.0,
        "operation": operation.1,
        "when": when,
        "times": times,
        "effect": {"error": {"status": error.0, "code": error.1, "message": message}},
    })
}

fn run(environment: &TestEnvironment, url: &str, command: &str) -> Run {
    let arguments =
        format!("{command} --endpoint-url {url} --region us-east-1 --instance-alias vanity-local");
    tokio::task::block_in_place(|| environment.run(&arguments))
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_young_is_waited_for_in_one_run() {
    let environment = environment();
    let running = local_aws::server::start(local_aws::Config::default())
        .await
        .unwrap();
    let not_assumed = "The role defined for the function cannot be assumed by Lambda.";
    let grant = "Lambda was unable to configure access to your environment variables because the \
        KMS key is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: \
        InvalidArnException KMS Message: ARN does not refer to a valid principal: \
        arn:aws:sts::000000000000:assumed-role/young-storage-Role-1/young-hello";
    let invalid = (400, "InvalidParameterValueException");
    let faults = json!([
        fault(
            ("cloudformation", "DescribeChangeSet"),
            "before",
            2,
            (404, "ChangeSetNotFound"),
            "ChangeSet [x] does not exist"
        ),
        fault(("lambda", "CreateFunction"), "before", 2, invalid, grant),
        fault(
            ("lambda", "Invoke"),
            "before",
            2,
            (403, "AccessDeniedException"),
            not_assumed
        ),
        // The answer was lost, and the second try finds what the first one made.
        fault(
            ("lambda", "CreateAlias"),
            "after",
            1,
            (409, "ResourceConflictException"),
            "Alias already exists"
        ),
        fault(
            ("lambda", "AddPermission"),
            "before",
            2,
            (404, "ResourceNotFoundException"),
            "Function not found"
        ),
    ]);
    let faults: Faults = serde_json::from_value(faults).unwrap();
    running.gateway().set_faults(faults);
    let url = running.url();
    let up = run(&environment, &url, "up --yes");
    assert_eq!(up.code, 0, "{}", up.seen());
    let counts = running.gateway().counts();
    let count = |call: &str| counts.get(call).copied().unwrap_or_default();
    assert_eq!(count("lambda:CreateFunction"), 3);
    assert_eq!(count("lambda:Invoke"), 3);
    assert_eq!(count("lambda:AddPermission"), 3);
    assert_eq!(count("lambda:CreateAlias"), 1);
    assert!(count("cloudformation:DescribeChangeSet") >= 3);
    let plan = run(&environment, &url, "plan --detailed-exitcode");
    assert_eq!(plan.code, 0, "{}", plan.seen());
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_there_before_and_is_not_found_is_told_at_once() {
    let environment = environment();
    let file = environment.path().join("vanity-deploy.yaml");
    let manifest = std::fs::read_to_string(file).unwrap();
    let without = manifest.replace("connect: true", "connect: false");
    environment.write("vanity-deploy.yaml", &without);
    let running = local_aws::server::start(local_aws::Config::default())
        .await
        .unwrap();
    let url = running.url();
    assert_eq!(run(&environment, &url, "up --yes").code, 0);
    environment.write("vanity-deploy.yaml", &manifest);
    let faults = json!([fault(
        ("lambda", "AddPermission"),
        "before",
        0,
        (404, "ResourceNotFoundException"),
        "Function not found",
    )]);
    let faults: Faults = serde_json::from_value(faults).unwrap();
    running.gateway().set_faults(faults);
    let up = run(&environment, &url, "up --yes");
    assert_eq!(up.code, 1, "{}", up.seen());
    assert!(up.stderr.contains("Function not found"), "{}", up.seen());
    let counts = running.gateway().counts();
    assert_eq!(counts.get("lambda:AddPermission"), Some(&1));
    // Not before it is permitted.
    assert_eq!(counts.get("connect:AssociateLambdaFunction"), None);
    running.stop().await;
}
