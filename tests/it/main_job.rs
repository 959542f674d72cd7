//! The main job: the solution of this repository, deployed, called, undone.

use std::path::Path;

use crate::environment::{TestEnvironment, snapshots};

#[test]
fn the_line_answers_and_goes_again() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let environment = TestEnvironment::with_cargo();
    let dir = environment.local_dir();
    let run = |arguments: &str| {
        environment.run_in(
            repository,
            &format!("{arguments} --local --local-dir {}", dir.display()),
        )
    };

    let up = run("up").expect(0);
    assert!(up.stdout.contains("+18005550199"), "{}", up.seen());
    assert!(up.stderr.contains("version 1 is live"), "{}", up.seen());

    let call = run("call --from +18007246837 --press 1,2").expect(0);
    snapshots().bind(|| insta::assert_snapshot!("call", call.stdout));

    let again = run("call --from +18007246837 --press 1,2").expect(0);
    assert_eq!(
        again
            .stdout
            .lines()
            .filter(|line| line.contains("says"))
            .count(),
        call.stdout
            .lines()
            .filter(|line| line.contains("says"))
            .count(),
        "served from the table, the answer is the same:\n{}",
        again.stdout
    );

    let unchanged = run("up").expect(0);
    assert!(
        unchanged
            .stderr
            .contains("vanity-numbers: nothing to change."),
        "{}",
        unchanged.seen()
    );
    let plan = run("plan --detailed-exitcode").expect(0);
    assert!(
        plan.stdout.contains("Nothing to change."),
        "{}",
        plan.seen()
    );

    let status = run("status").expect(0);
    snapshots().bind(|| insta::assert_snapshot!("status", status.stdout));

    let outputs = run("outputs --json").expect(0);
    let record: serde_json::Value =
        serde_json::from_str(outputs.stdout.lines().nth(1).unwrap()).unwrap();
    assert_eq!(record["phone_numbers"]["main"], "+18005550199");
    assert!(
        record["functions"]["vanity-numbers"]
            .as_str()
            .unwrap()
            .ends_with(":function:vanity-numbers:live")
    );

    let down = run("down").expect(0);
    assert!(
        down.stderr
            .contains("kept: Table vanity-numbers-storage-Table-"),
        "{}",
        down.seen()
    );
    assert!(
        down.stderr.contains("kept: number +18005550199"),
        "{}",
        down.seen()
    );
    let status = run("status").expect(0);
    assert!(!status.stdout.contains('✓'), "{}", status.seen());
    run("down").expect(0);
}
