//! What a function warns of when it answers its probe.

use crate::environment::TestEnvironment;
use crate::rights::SCRIPT;
use crate::solutions::function;

const ANSWER: &str =
    r#"{"ok":"true","warnings":["the account is in the sandbox","\u001b[31mred\n::error::x"]}"#;

fn warning() -> TestEnvironment {
    let environment = TestEnvironment::new();
    function(
        &environment,
        &SCRIPT.replace("-d '{}'", &format!("-d '{ANSWER}'")),
        "",
    );
    environment
}

#[test]
fn a_warning_is_shown_in_its_functions_name_and_speaks_for_nobody_else() {
    let up = warning().run("up --local").expect(0);
    let told: Vec<&str> = up
        .stderr
        .lines()
        .filter(|line| line.contains("warning:"))
        .map(str::trim)
        .collect();
    assert_eq!(
        told,
        [
            "warning: function hello: the account is in the sandbox",
            r"warning: function hello: \u{1b}[31mred\n::error::x",
        ],
        "{}",
        up.seen()
    );
    assert!(!up.stderr.contains('\u{1b}'), "{}", up.seen());
}

#[test]
fn programs_are_told_too_and_the_quiet_are_not() {
    let json = warning().run("up --local --json").expect(0);
    let event = r#""event":"warned""#;
    let told = json.stdout.lines().filter(|line| line.contains(event));
    assert_eq!(told.count(), 2, "{}", json.seen());
    let quiet = warning().run("up --local --quiet").expect(0);
    assert!(!quiet.stderr.contains("warning"), "{}", quiet.seen());
}
