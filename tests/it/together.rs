//! All solutions of this repository at once, and each twice on one instance.

use std::path::Path;

use crate::environment::{Run, TestEnvironment};

const SOLUTIONS: [&str; 4] = [
    "customer-lookup",
    "event-registration",
    "outbound-caller-id",
    "vanity-numbers",
];

fn unchanged(run: &Run) {
    unchanged_of(run, &SOLUTIONS);
}

fn unchanged_of(run: &Run, solutions: &[&str]) {
    for solution in solutions {
        assert!(
            run.stderr
                .contains(&format!("{solution}: nothing to change.")),
            "{solution}\n{}",
            run.seen()
        );
    }
}

#[test]
fn all_solutions_stand_side_by_side_in_two_environments() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let environment = TestEnvironment::with_cargo();
    let dir = environment.local_dir();
    let run = |arguments: &str| {
        environment.run_in(
            repository,
            &format!("{arguments} --local --local-dir {}", dir.display()),
        )
    };

    run("up --all").expect(0);
    unchanged(&run("up --all").expect(0));
    // What the stacks let in (an API) is nobody's back door.
    run("status --all").expect(0);
    run("plan --all --detailed-exitcode").expect(0);

    let beside = run("up --all --env second").expect(0);
    assert!(
        beside
            .stderr
            .contains("Outbound Caller ID Whisper Flow (second)"),
        "{}",
        beside.seen()
    );
    unchanged(&run("up --all --env second").expect(0));
    // What came beside them moved nothing of the first.
    unchanged(&run("up --all").expect(0));

    // Each has what it keeps in a table and a bucket of its own.
    let tables = |name: &str| {
        let outputs = run(&format!("outputs --all --json --env {name}")).expect(0);
        let tables: Vec<String> = outputs
            .stdout
            .split('"')
            .filter(|text| text.contains("-Table-") && !text.starts_with("arn:"))
            .map(ToOwned::to_owned)
            .collect();
        assert!(tables.len() >= 3, "{}", outputs.seen());
        tables
    };
    let (first, second) = (tables("default"), tables("second"));
    assert!(first.iter().all(|table| !second.contains(table)));

    let whisper = "call --solution outbound-caller-id --flow whisper --to +14165550123 \
                   --queue-number +18005550100";
    for name in ["default", "second"] {
        let call = run(&format!("{whisper} --env {name}")).expect(0);
        assert!(
            call.stdout.contains("shows     +18005550100"),
            "{}",
            call.seen()
        );
    }

    let down = run("down --all --env second").expect(0);
    assert!(down.stderr.contains("kept: Table "), "{}", down.seen());
    assert!(down.stderr.contains("kept: Bucket "), "{}", down.seen());
    unchanged(&run("up --all").expect(0));
    run("down --all").expect(0);
    let status = run("status --all").expect(0);
    assert!(!status.stdout.contains('✓'), "{}", status.seen());
}

#[test]
fn who_exports_is_deployed_before_those_that_import_and_goes_after_them() {
    let environment = TestEnvironment::new();
    environment.write(
        "vanity-deploy.yaml",
        "\
version: 1
solutions:
  consumer:
    stacks: { use: { template: use.yaml } }
  provider:
    stacks:
      again: { template: again.yaml }
      q: { template: q.yaml }
",
    );
    let give = |name: &str, more: &str| {
        format!(
            "Resources:\n  Q: {{ Type: AWS::SQS::Queue }}\nOutputs:\n  Arn: {{ Value: !GetAtt Q.Arn, \
             Export: {{ Name: {name} }} }}\n{more}"
        )
    };
    environment.write("q.yaml", &give("first-arn", ""));
    // Within a solution too, where no ref tells it.
    environment.write(
        "again.yaml",
        &give("second-arn", "  Taken: { Value: !ImportValue first-arn }\n"),
    );
    environment.write(
        "use.yaml",
        "Resources:\n  Q: { Type: AWS::SQS::Queue }\nOutputs:\n  Taken: { Value: !ImportValue second-arn }\n",
    );
    environment.run("up --local --all").expect(0);
    unchanged_of(
        &environment.run("up --local --all").expect(0),
        &["consumer", "provider"],
    );
    environment.run("down --local --all").expect(0);
}
