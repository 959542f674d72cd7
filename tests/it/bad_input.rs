//! Wrong input: each has its message and its exit code.

use std::net::TcpListener;

use crate::environment::{TestEnvironment, snapshots};
use crate::solutions::{CIRCLE, circle, flow, function};

/// The whole of what a person sees, as a snapshot of that name.
fn snapshot(name: &str, environment: &TestEnvironment, arguments: &str) {
    let run = environment.run(arguments);
    snapshots().bind(|| insta::assert_snapshot!(name, run.seen()));
}

/// What a person sees from the error on: before it, independent work is told in
/// the order in which it happens to end.
fn snapshot_of_error(name: &str, environment: &TestEnvironment, arguments: &str) {
    let run = environment.run(arguments);
    let error = run
        .stderr
        .find("error:")
        .unwrap_or_else(|| panic!("{}", run.seen()));
    let seen = format!("exit code {}\n{}", run.code, &run.stderr[error..]);
    snapshots().bind(|| insta::assert_snapshot!(name, seen));
}

#[test]
fn no_manifest() {
    snapshot("no_manifest", &TestEnvironment::new(), "up --local");
}

#[test]
fn no_target() {
    snapshot("no_target", &circle(), "up");
}

#[test]
fn an_unknown_key() {
    let environment = circle();
    environment.write(
        "vanity-deploy.yaml",
        &CIRCLE.replace("template:", "templat:"),
    );
    snapshot("unknown_key", &environment, "up --local");
}

#[test]
fn what_nothing_can_depend_on() {
    let environment = circle();
    let depends_on = "storage.yaml, depends_on: [flow.frist, queue.x, storage, stack.storage]";
    environment.write(
        "vanity-deploy.yaml",
        &CIRCLE.replace("storage.yaml", depends_on),
    );
    snapshot("wrong_dependencies", &environment, "up --local");
}

#[test]
fn an_unresolved_ref_names_the_nearest() {
    let environment = circle();
    environment.write("first.json", &flow("One", "secnod"));
    snapshot("unresolved_ref", &environment, "up --local");
}

#[test]
fn a_ref_to_a_queue_that_the_instance_lacks() {
    let environment = circle();
    let content = flow("One", "second").replace("One", "${queue.BasicQeue}");
    environment.write("first.json", &content);
    snapshot("unknown_queue", &environment, "up --local");
}

#[test]
fn a_flow_that_is_no_json() {
    let environment = circle();
    let content =
        flow("One", "second").replacen("\"Identifier\": \"Say\",", "\"Identifier\": \"Say\"", 1);
    environment.write("first.json", &content);
    snapshot("flow_no_json", &environment, "up --local");
}

#[test]
fn a_flow_that_connect_refuses_is_shown_at_its_lines() {
    let environment = circle();
    let content = flow("One", "second")
        .replace("MessageParticipant", "PlayPrompt")
        .replace("\"NextAction\": \"Go on\"", "\"NextAction\": \"Nowhere\"");
    environment.write("first.json", &content);
    snapshot_of_error("flow_refused", &environment, "up --local");
}

#[test]
fn a_template_that_cloudformation_refuses() {
    let environment = circle();
    environment.write(
        "storage.yaml",
        "Resources:\n  Table:\n    Type: AWS::DynamoDB::Tabel\n",
    );
    snapshot_of_error("template_refused", &environment, "up --local");
}

#[test]
fn two_solutions_with_one_flow_name() {
    let environment = circle();
    let other = "  other:\n    flows:\n      first: { file: first.json, name: First Flow }\n";
    environment.write("vanity-deploy.yaml", &format!("{CIRCLE}{other}"));
    snapshot("two_solutions_one_name", &environment, "up --local circle");
}

#[test]
fn a_function_whose_probe_fails_is_not_switched_to() {
    let environment = TestEnvironment::new();
    function(
        &environment,
        "#!/bin/sh\necho out of order >&2\nexit 1\n",
        "",
    );
    let run = environment.run("up --local").expect(1);
    assert!(
        run.stderr.contains("failed its probe; nothing is live"),
        "{}",
        run.seen()
    );
    assert!(run.stderr.contains("out of order"), "{}", run.seen());
    let status = environment.run("status --local").expect(0);
    assert!(
        status.stdout.contains("has no alias live"),
        "{}",
        status.seen()
    );
}

#[test]
fn a_function_that_does_not_compile_fails_in_cargos_own_words() {
    let environment = TestEnvironment::with_cargo();
    function(&environment, "#!/bin/sh\n", "");
    let manifest = std::fs::read_to_string(environment.path().join("vanity-deploy.yaml")).unwrap();
    environment.write(
        "vanity-deploy.yaml",
        &manifest.replace("zip: hello.zip", "package: broken"),
    );
    environment.write(
        "Cargo.toml",
        "[package]\nname = \"broken\"\nversion = \"0.0.0\"\nedition = \"2024\"\n",
    );
    environment.write(
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"broken\"\nversion = \"0.0.0\"\n",
    );
    environment.write("src/main.rs", "fn main() { let x: u8 = \"no\"; }\n");
    let run = environment.run("up --local").expect(1);
    assert!(run.stderr.contains("mismatched types"), "{}", run.seen());
    assert!(run.stderr.contains("src/main.rs:1:25"), "{}", run.seen());
}

#[test]
fn a_package_that_cannot_be_the_function_is_told_at_its_place() {
    let environment = TestEnvironment::with_cargo();
    function(&environment, "#!/bin/sh\n", "");
    let manifest = std::fs::read_to_string(environment.path().join("vanity-deploy.yaml")).unwrap();
    environment.write(
        "Cargo.toml",
        "[package]\nname = \"greet\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[features]\nloud = []\n",
    );
    environment.write(
        "Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"greet\"\nversion = \"0.0.0\"\n",
    );
    environment.write("src/bin/get.rs", "fn main() {}\n");
    environment.write("src/bin/put.rs", "fn main() {}\n");
    let mut seen = String::new();
    for keys in [
        "package: \"*\"",
        "package: greet",
        "package: greet, bin: pet",
        "package: greet, bin: put, features: [quiet]",
        "zip: hello.zip, bin: put, features: [loud], locked: true",
    ] {
        environment.write(
            "vanity-deploy.yaml",
            &manifest.replace("zip: hello.zip", &keys.replace(", ", "\n        ")),
        );
        let run = environment.run("build --local").expect(5);
        let error = run.stderr.find("error:").unwrap_or_default();
        seen += &run.stderr[error..];
        seen += "\n";
    }
    snapshots().bind(|| insta::assert_snapshot!("packages", seen));
}

#[test]
fn no_credentials() {
    let environment = circle()
        .variable("AWS_EC2_METADATA_DISABLED", "true")
        .variable("HOME", "/nonexistent");
    snapshot(
        "no_credentials",
        &environment,
        "up --instance-arn arn:aws:connect:us-east-1:111122223333:instance/11111111-2222-3333-4444-555555555555",
    );
}

#[test]
fn an_instance_that_does_not_exist() {
    snapshot(
        "no_instance",
        &circle(),
        "up --local --instance-alias vanity-locl",
    );
}

#[test]
fn an_environment_that_does_not_exist() {
    let environment = circle();
    environment.write(
        "vanity-deploy.yaml",
        &format!("{CIRCLE}environments:\n  prod: {{ protect: true }}\n"),
    );
    snapshot("no_environment", &environment, "up --local --env prd");
    environment.run("down --local --env prod").expect(3);
}

#[test]
fn a_damaged_local_dir_is_said_and_left_alone() {
    let environment = circle();
    environment.run("up --local").expect(0);
    environment.write("local/state.sqlite", "no database");
    snapshot("damaged_local_dir", &environment, "up --local");
    let left = std::fs::read_to_string(environment.local_dir().join("state.sqlite")).unwrap();
    assert_eq!(left, "no database");
}

#[test]
fn a_local_dir_of_an_earlier_version_is_said_and_left_alone() {
    let environment = circle();
    environment.run("up --local").expect(0);
    environment.write("local/state.json", "{\"format\":1}");
    snapshot("local_dir_of_before", &environment, "up --local");
    let left = std::fs::read_to_string(environment.local_dir().join("state.json")).unwrap();
    assert_eq!(left, "{\"format\":1}");
}

#[tokio::test]
async fn a_local_dir_in_use() {
    let environment = circle();
    let running = local_aws::server::start(local_aws::Config {
        folder: Some(environment.state_folder()),
        what: "vanity-deploy local".to_owned(),
        ..local_aws::Config::default()
    })
    .await
    .unwrap();
    snapshot("local_dir_in_use", &environment, "up --local");
    running.stop().await;
}

#[test]
fn a_port_in_use() {
    let environment = TestEnvironment::new();
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let run = environment
        .run(&format!("local --port {port} --local-dir state"))
        .expect(1);
    assert!(
        run.stderr
            .contains(&format!("cannot listen on 127.0.0.1:{port}")),
        "{}",
        run.seen()
    );
}

#[test]
fn losing_data_is_refused_without_a_terminal() {
    let environment = circle();
    environment.run("up --local").expect(0);
    snapshot(
        "delete_data_unasked",
        &environment,
        "down --local --delete-data",
    );
    environment
        .run("down --local --delete-data --yes")
        .expect(0);
}

#[test]
fn replacing_a_table_is_refused_unless_named() {
    let environment = circle();
    environment.run("up --local").expect(0);
    let changed = crate::solutions::STORAGE.replace("id", "key");
    environment.write("storage.yaml", &changed);
    snapshot("replace_refused", &environment, "up --local --yes");
    environment
        .run("up --local --yes --replace Table")
        .expect(0);
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
}

#[test]
fn a_table_that_its_template_does_not_retain_is_not_lost_unasked() {
    let environment = circle();
    let bare = crate::solutions::STORAGE.replace("    DeletionPolicy: Retain\n", "");
    environment.write("storage.yaml", &bare);
    environment.run("up --local").expect(0);
    // What is wanted now does not help what was deployed.
    environment.write("storage.yaml", crate::solutions::STORAGE);
    let refused = environment.run("down --local").expect(3);
    assert!(
        refused.stderr.contains("does not retain it"),
        "{}",
        refused.seen()
    );
    environment
        .run("down --local --delete-data --yes")
        .expect(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_instance_has_is_not_touched() {
    let environment = circle()
        .variable("AWS_ACCESS_KEY_ID", "local")
        .variable("AWS_SECRET_ACCESS_KEY", "local");
    let running = local_aws::server::start(local_aws::Config::default())
        .await
        .unwrap();
    let url = running.url();
    let run = |command: &str| {
        let arguments = format!("{command} --endpoint-url {url} --region us-east-1 --yes");
        tokio::task::block_in_place(|| environment.run(&arguments))
    };
    run("up --instance-alias vanity-local").expect(0);
    run("up --instance-alias second --create-instance").expect(3);
    let refused = run("down --instance-alias second").expect(3);
    assert!(
        refused.stderr.contains("it belongs to the solution circle"),
        "{}",
        refused.seen()
    );
    run("down --instance-alias vanity-local").expect(0);
    running.stop().await;
}

#[test]
fn typographic_quotes_are_shown_at_their_place() {
    let environment = circle();
    environment.write("first.json", "{\"Version\": \u{201c}2019-10-30\u{201d}}");
    let run = environment.run("up --local").expect(5);
    assert!(run.stderr.contains("first.json:1:13"), "{}", run.seen());
}

/// Each place that is told, as `FILE:LINE:COLUMN`.
fn places(run: &crate::environment::Run) -> Vec<String> {
    run.stderr
        .lines()
        .filter_map(|line| Some(line.split_once("--> ")?.1.to_owned()))
        .collect()
}

#[test]
fn everything_wrong_with_a_manifest_is_told_in_one_run() {
    let environment = circle();
    environment.write(
        "vanity-deploy.yaml",
        "\
# version: 2 was a plan of ours
version: 1
solutions:
  circle:
    description: first.json and nosuch.json and ${flow.nosuch} are named below
    stacks:
      storage: { template: storage.yaml, parameters: { Nosuch: x } }
      9lives: { template: nosuch.yaml }
      broken: { templat: storage.yaml }
    flows:
      first: { file: first.json, name: First Flow, type: CONTACT_FLOW }
      second: { file: nosuch.json, name: Second Flow, type: CONTACT }
    functions:
      f:
        zip: f.zip
        role: ${stack.storage.Nosuch}
        memory: much
        environment: { AA: '${flow.nosuch} and ${flow.nosuch}', BB: '${stack.broken.Any}' }
    phone_numbers:
      main: { flow: '${flow.third}', country: US, type: DID, colour: red }
environments:
  prod: { parameters: { Nosuch: 1 } }
",
    );
    environment.write("first.json", &flow("One", "thrid"));
    snapshot("everything_wrong", &environment, "up --local");
    let run = environment.run("plan --local --json").expect(5);
    let error: serde_json::Value =
        serde_json::from_str(run.stdout.lines().last().unwrap()).unwrap();
    let told = error["places"].as_array().unwrap();
    assert!(told.iter().all(|place| place["line"].is_u64()), "{error}");
    assert_eq!(error["message"], told[0]["message"]);
    assert_eq!(told.len(), places(&environment.run("up --local")).len());
}

#[test]
fn what_is_wrong_with_every_solution_asked_for_is_told() {
    let environment = circle();
    let other = "  other:\n    flows:\n      third: { file: nosuch.json, name: Third Flow }\n";
    let manifest = CIRCLE.replace("file: second.json", "file: absent.json");
    environment.write("vanity-deploy.yaml", &format!("{manifest}{other}"));
    let both = environment.run("plan --local circle other").expect(5);
    assert_eq!(
        places(&both),
        ["vanity-deploy.yaml:8:23", "vanity-deploy.yaml:13:22"],
        "{}",
        both.seen()
    );
    let one = environment.run("plan --local other").expect(5);
    assert_eq!(places(&one).len(), 1, "{}", one.seen());
}

#[test]
fn every_ref_to_what_the_instance_lacks_is_told_at_its_place() {
    let environment = circle();
    let content = flow("${queue.BasicQeue}", "second").replace("\"End\",", "\"End\",\n");
    let content = content.replace(
        "\"Parameters\": {}",
        "\"Parameters\": { \"P\": \"${prompt.Beap}\" }",
    );
    environment.write("first.json", &content);
    environment.write(
        "storage.yaml",
        &format!(
            "Parameters:\n  Queue: {{ Type: String }}\n{}",
            crate::solutions::STORAGE
        ),
    );
    let manifest = CIRCLE.replace(
        "template: storage.yaml",
        "template: storage.yaml, parameters: { Queue: '${queue.BasicQeue}' }",
    );
    environment.write("vanity-deploy.yaml", &manifest);
    snapshot("unknown_on_the_instance", &environment, "up --local");
}

#[test]
fn refs_to_what_the_instance_lacks_are_told_of_all_selected_solutions() {
    let environment = circle();
    environment.write("first.json", &flow("${queue.BasicQeue}", "second"));
    environment.write("third.json", &flow("${prompt.Beap}", "third"));
    environment.write(
        "vanity-deploy.yaml",
        &format!(
            "{CIRCLE}  other:\n    flows:\n      third: {{ file: third.json, name: Third Flow }}\n"
        ),
    );
    for command in ["up --local --all", "plan --local --all"] {
        let run = environment.run(command).expect(5);
        for words in ["no queue `BasicQeue`", "no prompt `Beap`", "third.json:8:"] {
            assert!(run.stderr.contains(words), "{}", run.seen());
        }
    }
    let one = environment.run("plan --local other").expect(5);
    assert!(!one.stderr.contains("BasicQeue"), "{}", one.seen());
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_text_and_other_encodings_are_named() {
    let environment = circle();
    for file in ["vanity-deploy.yaml", "storage.yaml", "first.json"] {
        let text = std::fs::read_to_string(environment.path().join(file)).unwrap();
        environment.write(file, &format!("\u{feff}{text}"));
    }
    environment.run("plan --local").expect(0);
    let utf16 = [0xff, 0xfe, b'v', 0, b'e', 0];
    for (content, word) in [
        (&utf16[..], "UTF-16"),
        (&b"version: 1\n# \xe9\n"[..], "no UTF-8"),
    ] {
        std::fs::write(environment.path().join("vanity-deploy.yaml"), content).unwrap();
        let run = environment.run("plan --local").expect(5);
        assert!(run.stderr.contains(word), "{}", run.seen());
        assert!(
            run.stderr.contains("hint: save the file as UTF-8"),
            "{}",
            run.seen()
        );
    }
}

#[test]
fn a_document_without_end_of_depth_is_refused_where_it_is_too_deep() {
    for level in ["[", "- "] {
        let deep = level.repeat(100_000);
        let environment = circle();
        environment.write("storage.yaml", &deep);
        let run = environment.run("plan --local").expect(5);
        assert!(places(&run)[0].starts_with("storage.yaml:1:"), "{level}");
        environment.write("vanity-deploy.yaml", &deep);
        let run = environment.run("plan --local").expect(5);
        assert!(
            places(&run)[0].starts_with("vanity-deploy.yaml:1:"),
            "{level}"
        );
    }
}

#[test]
fn values_of_stacks_are_what_is_written() {
    let environment = TestEnvironment::new();
    let values = [
        "1.10",
        "0x1F",
        "+18005550100",
        "1e3",
        "NO",
        ".5",
        "-0",
        "True",
    ];
    let (mut given, mut declared, mut outputs) = (String::new(), String::new(), String::new());
    for (index, value) in values.iter().enumerate() {
        given.push_str(&format!("P{index}: {value}, "));
        declared.push_str(&format!("  P{index}: {{ Type: String }}\n"));
        outputs.push_str(&format!(
            "  O{index}: {{ Value: !Sub '[${{P{index}}}]' }}\n"
        ));
    }
    environment.write(
        "vanity-deploy.yaml",
        &format!(
            "version: 1\nsolutions:\n  numbers:\n    stacks:\n      a: {{ template: a.yaml, parameters: {{ {given} }} }}\n"
        ),
    );
    environment.write(
        "a.yaml",
        &format!(
            "Parameters:\n{declared}Resources:\n  T:\n    Type: AWS::SNS::Topic\nOutputs:\n{outputs}"
        ),
    );
    environment.run("up --local").expect(0);
    let told = environment.run("outputs --local").expect(0);
    for value in values {
        assert!(
            told.stdout.contains(&format!("[{value}]")),
            "{value}: {}",
            told.seen()
        );
    }
}
