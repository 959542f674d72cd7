//! `--json`: every line of stdout is JSON, the first one says the format.

use crate::solutions::circle;

#[test]
fn every_line_is_json_and_the_first_names_the_format() {
    let environment = circle();
    for arguments in [
        "plan --local --json",
        "up --local --json",
        "status --local --json",
        "outputs --local --json",
        "call --local --json",
        "down --local --json",
    ] {
        let run = environment.run(arguments);
        let lines: Vec<serde_json::Value> = run
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
            .collect();
        assert_eq!(
            lines[0],
            serde_json::json!({"format": "vanity-deploy", "version": 1}),
            "{arguments}"
        );
        assert!(lines.len() > 1, "{arguments}");
        assert!(
            lines[1..].iter().all(|line| line["type"].is_string()),
            "{arguments}"
        );
    }
}

#[test]
fn an_error_is_a_record_too() {
    let environment = circle();
    let run = environment.run("up --json").expect(64);
    let error: serde_json::Value =
        serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(error["type"], "error");
    assert_eq!(error["kind"], "usage");
    assert_eq!(error["exit_code"], 64);
}
