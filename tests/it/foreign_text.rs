//! What others wrote never speaks for us: no line break, no escape sequence and no
//! command of a CI runner in a value, a name, a file or somebody's words gets out.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::environment::{Run, TestEnvironment};
use crate::http::send;
use crate::solutions::{CIRCLE, STORAGE, circle, flow, function};

/// A text with everything in it that a terminal, a reader or a runner takes for more
/// than text; in JSON, and so in YAML's double quotes.
const BAD: &str = r#""Hi\n::stop-commands::x\r\n  ::set-env name=A::b ##[group]c ##vso[task.setvariable variable=A]d \u001b[31m\u001b[8m\u001b]0;t\u0007 \u009b2J\u202e\u2066\u2028\u200b""#;

fn bad() -> String {
    serde_json::from_str(BAD).unwrap()
}

/// Sees that nothing of it got out.
fn assert_clean(run: &Run) {
    for (name, text) in [("stdout", &run.stdout), ("stderr", &run.stderr)] {
        // The house's own colours pass: `ESC [ digits m`, and none that hides.
        let mut plain = String::new();
        let mut parts = text.split('\u{1b}');
        plain.push_str(parts.next().unwrap());
        for part in parts {
            let (style, rest) = part.split_once('m').unwrap();
            let number = style.strip_prefix('[').unwrap();
            assert!(
                number
                    .split(';')
                    .all(|number| number.parse::<u8>().unwrap() != 8),
                "{name}: {}",
                run.seen()
            );
            plain.push_str(rest);
        }
        for line in plain.lines() {
            let commands = line.trim_start().starts_with("::")
                || line.contains("##[")
                || line.contains("##vso[");
            let hidden = line.chars().any(|letter| {
                letter.is_control()
                    || "\u{202e}\u{2066}\u{2028}\u{2029}\u{200b}\u{feff}".contains(letter)
            });
            assert!(!commands && !hidden, "{name}: {line:?}\n{}", run.seen());
        }
    }
}

/// Runs it for a pipe, for a terminal with colours, and for a program.
fn run_all(environment: &TestEnvironment, arguments: &str, code: i32) -> Run {
    for more in ["--color always", "--json"] {
        let run = environment.run(&format!("{arguments} {more}"));
        assert_clean(&run);
        assert_eq!(run.code, code, "{arguments} {more}: {}", run.seen());
    }
    let run = environment.run(arguments).expect(code);
    assert_clean(&run);
    run
}

/// A stack whose outputs and descriptions are not ours, and flows that say it.
fn told() -> TestEnvironment {
    let environment = circle();
    environment.write(
        "storage.yaml",
        &format!("Description: {BAD}\n{STORAGE}  Text: {{ Value: {BAD}, Description: {BAD} }}\n"),
    );
    environment
}

#[test]
fn an_output_of_a_stack() {
    let environment = told();
    let planned = run_all(&environment, "plan --local", 0);
    assert!(planned.stdout.contains("storage"), "{}", planned.seen());
    let up = run_all(&environment, "up --local", 0);
    assert!(up.stdout.contains("storage.Text"), "{}", up.seen());
    run_all(&environment, "status --local", 0);

    let outputs = run_all(&environment, "outputs --local", 0);
    assert!(
        outputs
            .stdout
            .contains(r"storage.Text       Hi\n::stop-commands::x\r\n  ::set-env"),
        "{}",
        outputs.seen()
    );
    // A program has the value as it is.
    let json = environment.run("outputs --local --json").expect(0);
    let record: Value = serde_json::from_str(json.stdout.lines().last().unwrap()).unwrap();
    // CloudFormation answers in XML, which has no place for some of the controls.
    let told_back = bad().replace(['\u{1b}', '\u{7}'], "\u{fffd}");
    assert_eq!(record["stacks"]["storage"]["Text"], told_back);
    run_all(&environment, "down --local", 0);
}

#[test]
fn names_of_things_and_what_a_flow_says() {
    let environment = circle();
    let name = r#""One \u001b[31m\u202e ##[group]x""#;
    let manifest = CIRCLE
        .replace("name: First Flow", &format!("name: {name}"))
        .replace(
            "    stacks:\n",
            &format!("    description: {BAD}\n    stacks:\n"),
        );
    environment.write("vanity-deploy.yaml", &manifest);
    environment.write("first.json", &flow("One", "second").replace("\"One\"", BAD));
    environment.write(
        "second.json",
        &flow("Two", "first").replace("\"NextAction\": \"Go on\"", "\"NextAction\": \"End\""),
    );
    run_all(&environment, "plan --local", 0);
    run_all(&environment, "up --local", 0);
    run_all(&environment, "status --local", 0);
    let call = run_all(&environment, "call --local", 0);
    insta::assert_snapshot!(call.stdout, @r"
    Call from a withheld number to +18005550199
      One \u{1b}[31m\u{202e} #\u{23}[group]x
      says      Hi
              | ::stop-commands::x
              |   ::set-env name=A::b #\u{23}[group]c #\u{23}vso[task.setvariable variable=A]d \u{1b}[31m\u{1b}[8m\u{1b}]0;t\u{7} \u{9b}2J\u{202e}\u{2066}\u{2028}\u{200b}
      Second Flow
      says      Two
      Ended: the flow hung up.
    ");
    run_all(&environment, "down --local", 0);
}

#[test]
fn files_at_which_an_error_stands() {
    let environment = circle();
    let raw = bad().replace(['\n', '\r'], " ");
    environment.write(
        "first.json",
        &format!("{{\n  // {raw}\n  \"a\": \"\u{1b}[31m\",\n::debug::x\n}}\n"),
    );
    let run = run_all(&environment, "up --local", 5);
    insta::assert_snapshot!(run.stderr, @r"
    error: not JSON: key must be a string
     --> first.json:2:3
      |
    2 |   // Hi ::stop-commands::x    ::set-env name=A::b #\u{23}[group]c #\u{23}vso[task.setvariable variable=A]d \u{1b}[31m\u{1b}[8m\u{1b}]0;t\u{7} \...
      |   ^
    ");
    environment.write(
        "vanity-deploy.yaml",
        &CIRCLE.replace("    stacks:\n", &format!("    {BAD}: 1\n    stacks:\n")),
    );
    let run = run_all(&environment, "up --local", 5);
    assert!(run.stderr.contains(r"Hi\n::stop"), "{}", run.seen());
}

#[test]
fn the_words_of_a_service_and_of_a_function() {
    let environment = TestEnvironment::new();
    function(
        &environment,
        "#!/bin/sh\nprintf '%b' 'out\\n::stop-commands::x\\n  ##[group]y\\033[31m\\n' >&2\nexit 1\n",
        "",
    );
    let run = run_all(&environment, "up --local", 1);
    assert!(
        run.stderr.contains("\n  | ::stop-commands::x\n"),
        "{}",
        run.seen()
    );
    let environment = circle();
    environment.write(
        "storage.yaml",
        &STORAGE.replace("AWS::DynamoDB::Table\n", &format!("{BAD}\n")),
    );
    let run = environment.run("up --local");
    assert_clean(&run);
    assert_ne!(run.code, 0);
    assert!(run.stderr.contains("::stop-commands"), "{}", run.seen());
}

#[test]
fn the_words_of_cargo_and_of_build_scripts() {
    let environment = TestEnvironment::with_cargo().variable("CARGO_TERM_COLOR", "always");
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
    environment.write("src/main.rs", "fn main() {}\n");
    environment.write(
        "build.rs",
        "fn main() { eprintln!(\"hi\\n::stop-commands::x\\n##[group]y\\u{202e}\"); std::process::exit(1) }\n",
    );
    let run = environment.run("up --local --color always").expect(1);
    assert_clean(&run);
    // As it happens, and in the error; no escape of cargo's colours is left.
    assert_eq!(
        run.stderr.matches("::stop-commands::x").count(),
        2,
        "{}",
        run.seen()
    );
    assert_eq!(run.stderr.matches("\\u{1b}").count(), 0, "{}", run.seen());
    assert!(run.stderr.contains("\n  | "), "{}", run.seen());
}

#[test]
fn an_argument() {
    let environment = circle();
    let bad = bad();
    for (arguments, code) in [
        (vec!["up", "--local", bad.as_str()], 5),
        (vec!["up", "--local", "--env", &bad], 5),
        (vec!["up", "--local", "--param", &format!("A={bad}")], 5),
        (vec!["up", "--local", "--instance-alias", &bad], 5),
        (vec!["up", "--local", "--manifest", &bad], 5),
        (vec!["call", "--local", &bad], 5),
        (vec!["numbers", &bad], 5),
        (vec!["up", "--local", "--param", &bad.replace('=', ":")], 64),
        (vec![bad.as_str()], 64),
    ] {
        for color in ["never", "always"] {
            let mut arguments = arguments.clone();
            arguments.extend(["--color", color]);
            let run = environment.run_with(environment.path(), &arguments);
            assert_clean(&run);
            assert_eq!(run.code, code, "{}", run.seen());
        }
    }
    let help = environment.run("up --help").expect(0);
    assert_clean(&help);
    // The variable's value is not ours either.
    let help = circle()
        .variable("VANITY_DEPLOY_LOCAL_DIR", &bad)
        .run("up --help")
        .expect(0);
    assert_clean(&help);
    assert!(!help.stdout.contains("stop-commands"), "{}", help.seen());
}

/// What somebody writes, line by line, from a thread of its own.
fn lines_of(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines() {
            let _ = sender.send(line.unwrap());
        }
    });
    receiver
}

/// The lines up to one that has this in it.
fn up_to(lines: &Receiver<String>, piece: &str) -> String {
    let mut text = String::new();
    while !text.contains(piece) {
        // Long enough for any machine: what does not come must not hang.
        let line = lines.recv_timeout(Duration::from_secs(60));
        text += &line.unwrap_or_else(|_| panic!("no {piece:?} in {text}"));
        text.push('\n');
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn an_sms_and_the_log() {
    let environment = TestEnvironment::new();
    let message: String = bad().bytes().map(|byte| format!("%{byte:02X}")).collect();
    for json in [false, true] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_vanity-deploy"))
            .args(["local", "--port", "0", "--local-dir", "state"])
            .args(["--color", "always"])
            .args(json.then_some("--json"))
            .current_dir(environment.path())
            .env_clear()
            .env("VANITY_DEPLOY_LOG", "local_aws=debug")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = lines_of(child.stdout.take().unwrap());
        let stderr = lines_of(child.stderr.take().unwrap());
        let mut told = up_to(&stdout, "http://127.0.0.1:");
        let after = told.split("http://127.0.0.1:").nth(1).unwrap();
        let port: String = after.chars().take_while(char::is_ascii_digit).collect();
        send(
            "POST",
            &format!("http://127.0.0.1:{port}/"),
            &[
                (
                    "Authorization",
                    "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/sns/aws4_request, \
                     SignedHeaders=host, Signature=0",
                ),
                ("Content-Type", "application/x-www-form-urlencoded"),
            ],
            &format!(
                "Action=Publish&Version=2010-03-31&PhoneNumber=%2B14155550123&Message={message}"
            ),
        )
        .await
        .expect(200);
        let seen = if json {
            told += &up_to(&stdout, "\"sms\"");
            up_to(&stderr, "Publish")
        } else {
            up_to(&stderr, "SMS to")
        };
        child.kill().unwrap();
        child.wait().unwrap();
        let run = Run {
            code: 0,
            stdout: told,
            stderr: seen,
        };
        assert_clean(&run);
        assert!(run.seen().contains("stop-commands"), "{}", run.seen());
    }
}

#[test]
fn an_env_file_holds_what_a_line_can_hold() {
    let environment = told();
    environment.run("up --local").expect(0);
    for reader in ["", "=any", "=literal", "=shell"] {
        let run = environment
            .run(&format!("outputs --local --env-file{reader}"))
            .expect(1);
        assert_clean(&run);
        assert_eq!(run.stdout, "", "half a file is none");
        assert!(
            run.stderr
                .contains("output Text of stack storage of circle"),
            "{}",
            run.seen()
        );
    }
    environment.write(
        "storage.yaml",
        &format!("{STORAGE}  Text: {{ Value: \"it's $HOME `id`\" }}\n"),
    );
    environment.run("up --local").expect(0);
    let refused = environment.run("outputs --local --env-file").expect(1);
    insta::assert_snapshot!(refused.stderr, @r"
    error: output Text of stack storage of circle does not fit in an env file: its value holds `'`, which not every reader takes as it is
    hint: --env-file=shell quotes it for a shell; --env-file=literal leaves it as it is, for $GITHUB_ENV and docker alone
    ");
    let line = |reader: &str| {
        let run = environment
            .run(&format!("outputs --local --env-file={reader}"))
            .expect(0);
        let line = run.stdout.lines().find(|line| line.contains("_TEXT="));
        line.unwrap().to_owned()
    };
    assert_eq!(line("literal"), "STACK_STORAGE_TEXT=it's $HOME `id`");
    assert_eq!(line("shell"), r"STACK_STORAGE_TEXT='it'\''s $HOME `id`'");
    // A shell reads the value.
    let file = environment.run("outputs --local --env-file=shell").stdout;
    let script = format!("{file}printf %s \"$STACK_STORAGE_TEXT\"");
    let read = Command::new("sh").arg("-c").arg(script).output().unwrap();
    assert_eq!(read.stdout, b"it's $HOME `id`");
}

#[test]
fn an_env_file_names_each_output_apart() {
    let environment = circle();
    let other = CIRCLE
        .split("  circle:\n")
        .nth(1)
        .unwrap()
        .replace("First", "Third")
        .replace("Second", "Fourth");
    environment.write("vanity-deploy.yaml", &format!("{CIRCLE}  other:\n{other}"));
    environment
        .run("up --local --all --claim-numbers")
        .expect(0);
    let file = environment
        .run("outputs --local --env-file circle")
        .expect(0);
    assert!(
        file.stdout
            .contains("\nSTACK_STORAGE_TABLE_NAME=circle-storage-"),
        "{}",
        file.seen()
    );
    let both = environment
        .run("outputs --local --env-file --all")
        .expect(1);
    assert_eq!(both.stdout, "");
    assert!(
        both.stderr.contains("of circle and ") && both.stderr.contains("of other would both be"),
        "{}",
        both.seen()
    );
}
