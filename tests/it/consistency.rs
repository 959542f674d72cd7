//! Commands on an embedded AWS that takes its time, in virtual time.

use std::time::{Duration, Instant};

use crate::environment::TestEnvironment;
use crate::solutions::STORAGE;

const STACK: &str = "\
version: 1
solutions:
  kept:
    stacks:
      storage: { template: storage.yaml }
";

#[test]
fn a_stack_takes_seconds_that_pass_at_once_and_are_told() {
    let environment = TestEnvironment::new();
    environment.write("vanity-deploy.yaml", STACK);
    environment.write("storage.yaml", STORAGE);
    let began = Instant::now();
    let flags = "--local --virtual-time --consistency";
    let up = environment
        .run(&format!("up {flags} real:6 --json"))
        .expect(0);
    let told = |run: &crate::environment::Run| {
        let records = run.stdout.lines();
        let records = records.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        records
            .filter_map(|record| record["seconds"].as_u64())
            .next_back()
            .unwrap()
    };
    // A table alone takes eight there.
    assert!((8..120).contains(&told(&up)), "{}", up.seen());
    let again = environment
        .run(&format!("up {flags} real:6 --json"))
        .expect(0);
    assert!(told(&again) < 8, "{}", again.seen());
    assert!(began.elapsed() < Duration::from_secs(100));
}

#[test]
fn aws_takes_the_time_that_it_takes() {
    let environment = TestEnvironment::new();
    environment.write("vanity-deploy.yaml", STACK);
    environment.write("storage.yaml", STORAGE);
    let real = "up --instance-alias main --region us-east-1 --consistency real";
    let run = environment.run(real).expect(64);
    assert!(run.stderr.contains("of the embedded AWS"), "{}", run.seen());
    let served = environment.run("local --virtual-time").expect(64);
    assert!(
        served.stderr.contains("--virtual-time"),
        "{}",
        served.seen()
    );
}
