//! A plan that was looked at is what is applied, whatever the checkout has become since.

use crate::environment::{Run, TestEnvironment, snapshots};
use crate::solutions::{flow, zip_of};

const MANIFEST: &str = "\
version: 1
solutions:
  desk:
    parameters:
      Password: { type: string, default: hunter2 }
    stacks:
      storage:
        template: storage.yaml
        parameters: { Trusted: \"${account}\" }
      login:
        template: login.yaml
        parameters: { Password: \"${param.Password}-hunter2\" }
    objects:
      page: { bucket: \"${stack.storage.Bucket}\", key: page.html, file: page.html }
    seed:
      rows: { table: \"${stack.storage.Table}\", file: rows.yaml }
    functions:
      answer:
        zip: answer.zip
        role: ${stack.storage.RoleArn}
        memory: 128
        timeout: 3
        description: Answers
        environment: { TABLE: \"${stack.storage.Table}\" }
        connect: true
        probe: probe.json
    flows:
      inbound: { file: inbound.json, name: Desk Inbound, description: The first flow }
      other: { file: other.json, name: Desk Other }
    phone_numbers:
      main: { flow: \"${flow.inbound}\", country: US, type: TOLL_FREE }
";

/// A role that another account may take when a parameter says so.
const STORAGE: &str = "\
Parameters:
  Trusted: { Type: String }
Resources:
  Bucket:
    Type: AWS::S3::Bucket
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]
      KeySchema: [{ AttributeName: id, KeyType: HASH }]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: { Service: lambda.amazonaws.com, AWS: !Ref Trusted }
            Action: sts:AssumeRole
Outputs:
  Bucket: { Value: !Ref Bucket }
  Table: { Value: !Ref Table }
  RoleArn: { Value: !GetAtt Role.Arn }
";

/// Where something hidden goes.
const LOGIN: &str = "\
Parameters:
  Password: { Type: String, NoEcho: true }
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      Description: !Ref Password
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: { Service: lambda.amazonaws.com }
            Action: sts:AssumeRole
";

/// Of a function that nobody asks here.
const BOOTSTRAP: &str = "#!/bin/sh\nexit 1\n";

fn desk() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.write("vanity-deploy.yaml", MANIFEST);
    environment.write("storage.yaml", STORAGE);
    environment.write("login.yaml", LOGIN);
    environment.write("page.html", "<p>hello</p>\n");
    environment.write("rows.yaml", "- { id: one }\n- { id: two }\n");
    environment.write("probe.json", "{}\n");
    environment.write("inbound.json", &flow("Hello", "other"));
    environment.write("other.json", &flow("Good bye", "inbound"));
    zip_of(&environment, "answer.zip", BOOTSTRAP);
    environment
}

/// Whether anything is there.
fn is_empty(environment: &TestEnvironment) -> bool {
    let plan = environment.run("plan --local --json").expect(0);
    plan.stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|record| record["type"] == "plan")
        .flat_map(|record| record["changes"].as_array().cloned().unwrap_or_default())
        .filter(|change| change["resource"]["kind"] != "phone-number")
        .all(|change| change["action"] == "create")
}

fn snapshot(name: &str, run: &Run) {
    let mut settings = snapshots();
    // How a zip is packed is its crate's business, and a bucket's name is made up.
    settings.add_filter(r"bucket-[0-9a-z]{12}\b", "bucket-[SUFFIX]");
    settings.add_filter(
        r"answer\.zip, \d+ bytes, sha256 [0-9a-f]{64}",
        "answer.zip, [CODE]",
    );
    settings.add_filter(r"\d kB", "[SIZE]");
    settings.bind(|| insta::assert_snapshot!(name, run.seen()));
}

#[test]
fn a_plan_shows_what_a_reviewer_must_see() {
    let environment = desk();
    let plan = environment.run("plan --local").expect(0);
    assert!(!plan.seen().contains("hunter2"), "{}", plan.seen());
    snapshot("plan_of_everything", &plan);
    let json = environment
        .run("plan --local --json --out p.json")
        .expect(0);
    assert!(!json.stdout.contains("hunter2"), "{}", json.seen());
    let file = std::fs::read_to_string(environment.path().join("p.json")).unwrap();
    assert!(!file.contains("hunter2"), "{file}");
    let plans: serde_json::Value = serde_json::from_str(&file).unwrap();
    let page = plans[0]["changes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|change| change["resource"]["kind"] == "object")
        .unwrap();
    assert_eq!(
        page["wanted"][0],
        serde_json::json!({
            "name": "file",
            "written": "page.html",
            "sha256": vanity_deploy::engine::plan::digest(b"<p>hello</p>\n"),
            "bytes": 13,
        })
    );
    assert_eq!(page["wanted"][1]["written"], "${stack.storage.Bucket}");
}

#[test]
fn of_a_first_deployment_nothing_can_change_after_the_review() {
    let environment = desk();
    environment.run("plan --local --out p.json").expect(0);
    let refused = |what: &str, told: &str| {
        let run = environment.run("up --local --plan p.json");
        assert_eq!(run.code, 3, "{what}: {}", run.seen());
        assert!(run.stderr.contains("superseded"), "{what}: {}", run.seen());
        assert!(run.stderr.contains(told), "{what}: {}", run.seen());
        assert!(!run.seen().contains("hunter"), "{what}: {}", run.seen());
        assert!(is_empty(&environment), "{what}");
    };
    let manifest = |what: &str, from: &str, to: &str, told: &str| {
        assert!(MANIFEST.contains(from), "{what}");
        environment.write("vanity-deploy.yaml", &MANIFEST.replacen(from, to, 1));
        refused(what, told);
        environment.write("vanity-deploy.yaml", MANIFEST);
    };
    manifest(
        "stack parameter",
        "Trusted: \"${account}\"",
        "Trusted: \"999900001111\"",
        "stack storage: parameter Trusted: ${account} = 000000000000 → 999900001111",
    );
    manifest(
        "hidden stack parameter",
        "default: hunter2",
        "default: hunter3",
        "stack login: parameter Password: (hidden) (sha256 ",
    );
    manifest(
        "variable",
        "TABLE: \"${stack.storage.Table}\"",
        "TABLE: \"${stack.storage.Table}\", LD_PRELOAD: /tmp/x.so",
        "function answer: variable LD_PRELOAD: none → /tmp/x.so",
    );
    manifest(
        "role",
        "role: ${stack.storage.RoleArn}",
        "role: arn:aws:iam::000000000000:role/Administrator",
        "function answer: role: ${stack.storage.RoleArn} → arn:aws:iam::000000000000:role/Admin",
    );
    manifest(
        "memory",
        "memory: 128",
        "memory: 256",
        "function answer: memory: 128 MB → 256 MB",
    );
    manifest(
        "timeout",
        "timeout: 3",
        "timeout: 4",
        "function answer: timeout: 3 s → 4 s",
    );
    manifest(
        "description",
        "description: Answers",
        "description: Asks",
        "function answer: description: Answers → Asks",
    );
    manifest(
        "no probe",
        "        probe: probe.json\n",
        "",
        "function answer: probe: probe.json",
    );
    manifest(
        "connect",
        "connect: true",
        "connect: false",
        "access answer: is no longer planned",
    );
    manifest(
        "object's key",
        "key: page.html",
        "key: other.html",
        "object page: key: page.html → other.html",
    );
    manifest(
        "flow's description",
        "description: The first flow",
        "description: The second flow",
        "flow inbound: description: The first flow → The second flow",
    );
    manifest(
        "number's flow",
        "main: { flow: \"${flow.inbound}\"",
        "main: { flow: \"${flow.other}\"",
        "number main: flow: ${flow.inbound} → ${flow.other}",
    );
    manifest(
        "certain number",
        "type: TOLL_FREE }",
        "type: TOLL_FREE, number: \"+18005550199\" }",
        "number main: number: any that is free → +18005550199",
    );
    for (file, content, told) in [
        (
            "probe.json",
            "{ }\n".to_owned(),
            "function answer: probe: probe.json (sha256 ",
        ),
        (
            "storage.yaml",
            STORAGE.replace("lambda.amazonaws.com", "ec2.amazonaws.com"),
            "stack storage: template: storage.yaml (sha256 ",
        ),
        (
            "inbound.json",
            flow("Hullo", "other"),
            "flow inbound: file: inbound.json (sha256 ",
        ),
        (
            "page.html",
            "<p>hullo</p>\n".to_owned(),
            "object page: file: page.html (sha256 ",
        ),
        (
            "rows.yaml",
            "- { id: one }\n- { id: six }\n".to_owned(),
            "seed rows: items: 2 (sha256 ",
        ),
    ] {
        let path = environment.path().join(file);
        let before = std::fs::read_to_string(&path).unwrap();
        environment.write(file, &content);
        refused(file, told);
        environment.write(file, &before);
    }
    let code = std::fs::read(environment.path().join("answer.zip")).unwrap();
    zip_of(&environment, "answer.zip", &format!("{BOOTSTRAP}# more\n"));
    refused("code", "function answer: zip: answer.zip (sha256 ");
    std::fs::write(environment.path().join("answer.zip"), code).unwrap();
}

#[test]
fn a_plan_that_nothing_moved_is_applied() {
    let environment = desk();
    let without_probe = MANIFEST.replace("        probe: probe.json\n", "");
    environment.write("vanity-deploy.yaml", &without_probe);
    environment.run("plan --local --out p.json").expect(0);
    environment.run("up --local --plan p.json").expect(0);
    let again = environment.run("up --local").expect(0);
    assert!(
        again.stderr.contains("desk: nothing to change."),
        "{}",
        again.seen()
    );
    environment
        .run("plan --local --detailed-exitcode --out p.json")
        .expect(0);
    // A plan of nothing is a plan too.
    environment.run("up --local --plan p.json").expect(0);
    let changed = without_probe.replace("memory: 128", "memory: 256");
    environment.write("vanity-deploy.yaml", &changed);
    environment.run("up --local --plan p.json").expect(3);
    let plan = environment.run("plan --local --out p.json").expect(0);
    snapshot("plan_of_an_update", &plan);
    environment.run("up --local --plan p.json").expect(0);
}

#[test]
fn a_plan_that_is_refused_says_what_differs() {
    let environment = desk();
    environment.run("plan --local --out p.json").expect(0);
    let changed = MANIFEST
        .replace("memory: 128", "memory: 256")
        .replace("\"${account}\"", "\"999900001111\"");
    environment.write("vanity-deploy.yaml", &changed);
    let run = environment.run("up --local --plan p.json").expect(3);
    let error = run.stderr.split("error:").nth(1).unwrap().to_owned();
    snapshots().bind(|| insta::assert_snapshot!("superseded", error));
}
