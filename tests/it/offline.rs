//! Commands that need no target.

use crate::environment::TestEnvironment;

#[test]
fn numbers_says_what_a_caller_would_hear() {
    let environment = TestEnvironment::new();
    let run = environment.run("numbers +18007246837").expect(0);
    assert!(run.stdout.contains("+1-800-PAINTER"), "{}", run.seen());
    let json = environment.run("numbers +18007246837 --json").expect(0);
    let record: serde_json::Value =
        serde_json::from_str(json.stdout.lines().nth(1).unwrap()).unwrap();
    assert_eq!(record["phone_number"], "+18007246837");
    assert_eq!(record["vanity_numbers"][0], "+1-800-PAINTER");
    assert_eq!(record["vanity_numbers"].as_array().unwrap().len(), 3);
    environment.run("numbers nonsense").expect(5);
}

#[test]
fn help_goes_to_stdout_and_wrong_words_are_usage() {
    let environment = TestEnvironment::new();
    let help = environment.run("--help").expect(0);
    assert!(
        help.stdout.contains("Usage: vanity-deploy"),
        "{}",
        help.seen()
    );
    let wrong = environment.run("upp --local").expect(64);
    assert!(wrong.stderr.contains("up"), "{}", wrong.seen());
}
