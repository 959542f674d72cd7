//! What is found on the desk: countries, types, numbers, composed names, lengths, and files that
//! are no flows, each at its place before anything is deployed; and a number whose key is renamed.

use crate::environment::{TestEnvironment, snapshots};
use crate::solutions::{CIRCLE, circle};

/// What `plan --local` says of a manifest, with its exit code.
fn told(environment: &TestEnvironment, manifest: &str, arguments: &str) -> String {
    environment.write("vanity-deploy.yaml", manifest);
    let run = environment.run(&format!("plan --local {arguments}"));
    assert_eq!(run.code, 5, "{manifest}\n{}", run.seen());
    let at = run.stderr.find("error").unwrap_or(0);
    run.stderr[at..].to_owned()
}

#[test]
fn countries_types_and_numbers_are_judged_offline() {
    let environment = circle();
    let number = |text: &str| CIRCLE.replace("country: US, type: TOLL_FREE", text);
    let manifests = [
        "country: UK, type: DID",
        "country: us, type: did",
        "country: US, type: TOLLFREE",
        "country: US, type: TOLL_FREE, number: \"+1 (800) 555-0199\"",
        "number: 18005550199",
        "number: \"+18005550199\" }\n      other: { flow: \"${flow.second}\", number: \"+18005550199\"",
        "type: DID",
    ];
    let told: Vec<String> = manifests
        .iter()
        .map(|text| format!("# {text}\n{}", told(&environment, &number(text), "")))
        .collect();
    snapshots().bind(|| insta::assert_snapshot!("desk_numbers", told.join("\n")));
}

#[test]
fn a_certain_number_needs_no_country() {
    let environment = circle();
    environment.write(
        "vanity-deploy.yaml",
        &CIRCLE.replace("country: US, type: TOLL_FREE", "number: \"+18005550199\""),
    );
    let up = environment.run("up --local").expect(0);
    assert!(up.stderr.contains("+18005550199"), "{}", up.seen());
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
}

#[test]
fn composed_names_are_judged_for_every_environment() {
    let environment = circle();
    let collision = "\
version: 1
solutions:
  a-b: { stacks: { c: { template: storage.yaml } } }
  a: { stacks: { b-c: { template: storage.yaml } } }
";
    let between = "\
version: 1
solutions:
  a: { stacks: { b: { template: storage.yaml }, b-prod: { template: storage.yaml } } }
environments: { prod: {} }
";
    let long = "\
version: 1
solutions:
  customer-service-number-one:
    functions:
      answers-the-telephone-at-night: { zip: f.zip, role: r }
environments: { production: {} }
";
    let of = |manifest: &str, arguments: &str| told(&environment, manifest, arguments);
    let told = [
        of(collision, "--all"),
        of(between, "--all"),
        of(long, ""),
        // No environment is declared: the one that is given counts.
        of(
            &long.replace("environments: { production: {} }\n", ""),
            "--env staging",
        ),
    ];
    snapshots().bind(|| insta::assert_snapshot!("desk_composed_names", told.join("\n")));
}

#[test]
fn lengths_are_judged_offline() {
    let environment = circle();
    let function = |text: &str| {
        format!(
            "version: 1\nsolutions:\n  one:\n    functions:\n      f: {{ zip: f.zip, role: r, {text} }}\n"
        )
    };
    let long = "x".repeat(300);
    let told: Vec<String> = [
        format!("description: {long}"),
        "memory: 64".to_owned(),
        "timeout: 0".to_owned(),
        format!("environment: {{ AB: {} }}", "y".repeat(4_095)),
        "environment: { A: x, AB: x, _AB: x, A-B: x }".to_owned(),
    ]
    .iter()
    .map(|text| told(&environment, &function(text), ""))
    .map(|text| {
        text.replace(&long, "[300 x]")
            .replace(&"y".repeat(4_095), "[4095 y]")
    })
    .collect();
    // What is wrong, without the values.
    let told: Vec<&str> = told
        .iter()
        .flat_map(|text| text.lines())
        .filter(|line| line.starts_with("error") && !line.contains("f.zip"))
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// What a template declares under a condition is known when the stack is there, not before.
#[test]
fn a_ref_to_an_output_whose_condition_is_false_is_told_at_its_place() {
    let environment = circle();
    let template = "Conditions: { Never: !Equals [a, b] }\nParameters: { Given: { Type: String, Default: x } }\n\
        Resources: { Topic: { Type: AWS::SNS::Topic } }\n\
        Outputs: { Name: { Condition: Never, Value: x } }\n";
    environment.write("template.yaml", template);
    environment.write(
        "vanity-deploy.yaml",
        "version: 1\nsolutions:\n  one:\n    stacks:\n      a: { template: template.yaml }\n      \
         b: { template: template.yaml, parameters: { Given: \"${stack.a.Name}\" } }\n",
    );
    let run = environment.run("up --local --yes");
    assert_eq!(run.code, 5, "{}", run.seen());
    let at = run.stderr.find("error").unwrap_or(0);
    insta::assert_snapshot!(&run.stderr[at..]);
}

#[test]
fn files_that_are_no_flows_are_told_at_plan() {
    let environment = circle();
    let flow = std::fs::read_to_string(environment.path().join("first.json")).unwrap();
    let text = serde_json::Value::String(flow);
    let mut all = Vec::new();
    for file in [
        format!("{{ \"ContactFlow\": {{ \"Name\": \"First\", \"Content\": {text} }} }}"),
        format!(
            "{{ \"Name\": \"First\", \"ContactFlowType\": \"CONTACT_FLOW\", \"Content\": {text} }}"
        ),
        text.to_string(),
        "[]".to_owned(),
        format!(
            "{{ \"Actions\": [], \"pad\": \"{}\" }}",
            "x".repeat(256_000)
        ),
    ] {
        environment.write("first.json", &file);
        let told = told(&environment, CIRCLE, "");
        all.push(
            told.lines()
                .filter(|line| line.starts_with("error") || line.contains("hint"))
                .collect::<Vec<_>>()
                .join("\n"),
        );
    }
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn a_template_that_cannot_be_sent_is_told_at_plan() {
    let environment = circle();
    let template = format!("{}# {}\n", crate::solutions::STORAGE, "x".repeat(51_200));
    environment.write("storage.yaml", &template);
    let told = told(&environment, CIRCLE, "");
    assert!(told.contains("51200 at most"), "{told}");
}

#[test]
fn a_renamed_number_never_stops_ringing() {
    let environment = circle();
    environment.run("up --local").expect(0);
    environment.write("vanity-deploy.yaml", &CIRCLE.replace("main:", "hotline:"));
    let plan = environment.run("plan --local").expect(0);
    snapshots().bind(|| insta::assert_snapshot!("desk_renamed_number", plan.stdout));
    let up = environment.run("up --local --json").expect(0);
    assert!(!up.stdout.contains("unbind"), "{}", up.seen());
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
    let status = environment.run("status --local").expect(0);
    assert!(status.stdout.contains("+18005550199"), "{}", status.seen());
}
