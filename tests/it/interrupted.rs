//! Whatever answer is lost and whatever call fails: the next run goes on from
//! what is there, and ends where an untroubled run ends.

use local_aws::faults::Faults;

use crate::environment::{Run, TestEnvironment};
use crate::solutions::circle;

/// Runs the program against a served AWS, as against the real one.
async fn run(environment: &TestEnvironment, url: &str, command: &str) -> Run {
    let arguments =
        format!("{command} --endpoint-url {url} --region us-east-1 --instance-alias vanity-local");
    tokio::task::block_in_place(|| environment.run(&arguments))
}

/// A fault per call that changes something, once before it takes effect and once after.
const FAULTS: &[(&str, &str)] = &[
    ("connect", "CreateContactFlow"),
    ("connect", "UpdateContactFlowContent"),
    ("connect", "TagResource"),
    ("connect", "AssociatePhoneNumberContactFlow"),
    ("cloudformation", "CreateChangeSet"),
    ("cloudformation", "ExecuteChangeSet"),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_next_run_converges() {
    for (service, operation) in FAULTS {
        for when in ["before", "after"] {
            let environment = circle()
                .variable("AWS_ACCESS_KEY_ID", "local")
                .variable("AWS_SECRET_ACCESS_KEY", "local");
            let running = local_aws::server::start(local_aws::Config::default())
                .await
                .unwrap();
            // AccessDenied is final: no client tries again by itself, the run fails.
            let faults: Faults = serde_json::from_value(serde_json::json!([{
                "service": service,
                "operation": operation,
                "when": when,
                "effect": {"error": {"status": 403, "code": "AccessDeniedException", "message": "injected"}},
            }]))
            .unwrap();
            running.gateway().set_faults(faults);
            let url = running.url();
            let case = format!("{service}:{operation} {when}");

            let first = run(&environment, &url, "up --yes").await;
            assert_eq!(first.code, 1, "{case}: {}", first.seen());
            assert!(
                first.stderr.contains("injected"),
                "{case}: {}",
                first.seen()
            );

            let second = run(&environment, &url, "up --yes").await;
            assert_eq!(second.code, 0, "{case}: {}", second.seen());
            let third = run(&environment, &url, "plan --detailed-exitcode").await;
            assert_eq!(third.code, 0, "{case}: {}", third.seen());
            running.stop().await;
        }
    }
}
