//! Parameters: from the environment and the command line into stacks, checked first.

use crate::environment::{TestEnvironment, snapshots};
use crate::solutions::{STORAGE, flow};

const MANIFEST: &str = "\
version: 1
solutions:
  event:
    parameters:
      EventName: { type: string, pattern: '[A-Z].*' }
      Burst: { type: number, default: 20, min: 1, max: 100 }
      Token: { type: secret, default: 'secretsmanager:token:key' }
    stacks:
      storage:
        template: storage.yaml
        parameters: { Name: \"${param.EventName}\", Burst: \"${param.Burst}\" }
environments:
  prod: { parameters: { EventName: Open House } }
";

fn event() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.write("vanity-deploy.yaml", MANIFEST);
    let template = format!(
        "Parameters:\n  Name: {{ Type: String }}\n  Burst: {{ Type: Number }}\n{STORAGE}  \
         Name: {{ Value: !Sub '${{Name}}/${{Burst}}' }}\n"
    );
    environment.write("storage.yaml", &template);
    environment
}

#[test]
fn values_come_from_the_environment_and_the_command_line() {
    let environment = event();
    environment
        .run("up --local --env prod --param Burst=30")
        .expect(0);
    // What is not deployed again needs no values.
    let outputs = environment.run("outputs --local --env prod").expect(0);
    assert!(
        outputs.stdout.contains("Open House/30"),
        "{}",
        outputs.seen()
    );
    let status = environment.run("status --local").expect(0);
    assert!(status.stdout.contains("not deployed"), "{}", status.seen());
    environment.run("down --local --env prod").expect(0);
}

/// What was given on the command line is not remembered: that it goes is said before it does.
#[test]
fn a_value_that_is_not_given_again_goes_back_to_its_default_and_is_told() {
    let environment = event();
    let given = "--env prod --param Burst=30";
    environment.run(&format!("up --local {given}")).expect(0);
    let same = environment.run(&format!("plan --local {given}")).expect(0);
    assert!(!same.stderr.contains("Burst"), "{}", same.seen());
    let plan = environment.run("plan --local --env prod").expect(0);
    snapshots().bind(|| insta::assert_snapshot!("back_to_the_default", plan.seen()));
    let json = environment.run("plan --local --env prod --json").expect(0);
    let line = r#"{"type":"default","parameter":"Burst","deployed":"30","default":"20"}"#;
    assert!(json.stdout.contains(line), "{}", json.seen());
}

#[test]
fn wrong_parameters_are_shown_at_their_places() {
    let environment = event();
    let runs = [
        "up --local",
        "up --local --env prod --param Brust=1",
        "up --local --env prod --param Burst=900",
        "up --local --env prod --param Token=hunter2",
    ];
    let mut seen: Vec<String> = runs
        .iter()
        .map(|run| environment.run(run).expect(5).seen())
        .collect();
    environment.write(
        "vanity-deploy.yaml",
        &MANIFEST
            .replace("secretsmanager:token:key", "hunter2")
            .replace("EventName: Open", "EventNme: Open"),
    );
    seen.push(environment.run("up --local").expect(5).seen());
    environment.write(
        "vanity-deploy.yaml",
        &MANIFEST.replace("EventName: Open", "EventNme: Open"),
    );
    seen.push(environment.run("up --local").expect(5).seen());
    let seen = seen.join("\n");
    assert!(!seen.contains("hunter2"), "{seen}");
    snapshots().bind(|| insta::assert_snapshot!("wrong_parameters", seen));
}

const HIDDEN: &str = "\
version: 1
solutions:
  app:
    parameters:
      Token: { type: secret, default: 'secretsmanager:app/token' }
    stacks:
      storage: { template: hidden.yaml, parameters: { Token: \"${param.Token}\" } }
      reader: { template: reader.yaml, parameters: { Table: \"${stack.storage.TableName}\" } }
      last: { template: reader.yaml, parameters: { Table: \"${stack.reader.Table}\" } }
    seed:
      one: { table: \"${stack.storage.TableName}\", items: [{ id: one }] }
    flows:
      first: { file: first.json, name: First Flow }
";

#[test]
fn what_a_stack_with_a_hidden_parameter_gives_is_known_while_it_does_not_change() {
    let environment = TestEnvironment::new();
    environment.write("vanity-deploy.yaml", HIDDEN);
    let hidden = format!("Parameters:\n  Token: {{ Type: String, NoEcho: true }}\n{STORAGE}");
    environment.write("hidden.yaml", &hidden);
    environment.write(
        "reader.yaml",
        "Parameters:\n  Table: { Type: String }\nResources:\n  Log:\n    Type: \
         AWS::Logs::LogGroup\nOutputs:\n  Table: { Value: !Ref Table }\n",
    );
    environment.write(
        "first.json",
        &flow("One", "first").replace("One", "${stack.reader.Table}"),
    );
    environment.run("up --local").expect(0);
    let plan = environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
    assert!(
        plan.stdout.contains("Nothing to change") && !plan.stdout.contains("known after apply"),
        "{}",
        plan.seen()
    );
    // What does change is not guessed.
    environment.write(
        "hidden.yaml",
        &hidden.replace("TableName:", "Name: { Value: n }\n  TableName:"),
    );
    let plan = environment
        .run("plan --local --detailed-exitcode")
        .expect(2);
    assert!(plan.stdout.contains("known after apply"), "{}", plan.seen());
    environment.run("up --local").expect(0);
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
}
