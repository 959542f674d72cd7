//! Seeds: items that a table begins with.

use crate::environment::{TestEnvironment, snapshots};
use crate::solutions::STORAGE;

const MANIFEST: &str = "\
version: 1
solutions:
  shop:
    stacks:
      storage: { template: storage.yaml }
    seed:
      customers:
        table: ${stack.storage.TableName}
        file: customers.yaml
      more:
        table: ${stack.storage.TableName}
        items: [{ id: in place, Tags: !SS [a] }]
";

const CUSTOMERS: &str = "\
- { id: '+18005550100', Name: Ada, Calls: 1, Vip: true }
- { id: '+18005550101', Name: Bob }
";

fn shop() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.write("vanity-deploy.yaml", MANIFEST);
    environment.write("storage.yaml", STORAGE);
    environment.write("customers.yaml", CUSTOMERS);
    environment
}

fn error(run: &crate::environment::Run) -> String {
    let at = run.stderr.find("error:").unwrap_or(0);
    format!("exit code {}\n{}", run.code, &run.stderr[at..])
}

#[tokio::test(flavor = "multi_thread")]
async fn new_items_are_written_and_old_ones_left_alone() {
    let environment = shop();
    let run = environment.run("plan --local").expect(0);
    snapshots().bind(|| insta::assert_snapshot!("seed_plan_of_all", run.stdout));
    environment.run("up --local").expect(0);
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
    // What the table has, wins: a changed item is not written again.
    environment.write(
        "customers.yaml",
        &format!("{}- {{ id: new }}\n", CUSTOMERS.replace("Ada", "Eve")),
    );
    let run = environment
        .run("plan --local --detailed-exitcode")
        .expect(2);
    snapshots().bind(|| insta::assert_snapshot!("seed_plan_of_one", run.stdout));
    let run = environment.run("up --local --json").expect(0);
    assert!(
        run.stdout
            .contains("\"outcome\":\"1 written, 2 were there\""),
        "{}",
        run.seen()
    );
    let name = items(&environment, "+18005550100").await;
    assert_eq!(name["Name"].as_s().unwrap(), "Ada");
    assert_eq!(name["Calls"].as_n().unwrap(), "1");
    let status = environment.run("status --local").expect(0);
    assert!(status.stdout.contains("3 of 3 there"), "{}", status.seen());
    environment.run("down --local").expect(0);
}

#[test]
fn items_that_are_none_or_not_of_the_table_are_shown_at_their_places() {
    let environment = shop();
    let mut seen = Vec::new();
    for wrong in [
        "- { id: a, Tags: !SS [] }\n",
        "- { id: a, id: b }\n",
        "- { id: a\n",
        "id: a\n",
    ] {
        environment.write("customers.yaml", wrong);
        seen.push(error(&environment.run("up --local").expect(5)));
    }
    // The table is known once its stack is there; nothing is written then.
    environment.write(
        "customers.yaml",
        "- { id: right }\n- { id: +18005550100 }\n",
    );
    seen.push(error(&environment.run("up --local").expect(5)));
    environment.write("customers.yaml", "- { id: right }\n- { Id: x }\n");
    seen.push(error(&environment.run("plan --local").expect(5)));
    environment.write("customers.yaml", "- { id: a }\n- { id: a }\n");
    seen.push(error(&environment.run("plan --local").expect(5)));
    environment.write("customers.yaml", "- { id: right }\n");
    let plan = environment.run("plan --local").expect(0);
    assert!(plan.stdout.contains("1 new"), "{}", plan.seen());
    snapshots().bind(|| insta::assert_snapshot!("seed_wrong_items", seen.join("\n")));
}

/// An item of the only table.
async fn items(
    environment: &TestEnvironment,
    id: &str,
) -> std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue> {
    use aws_sdk_dynamodb::types::AttributeValue;

    environment
        .with_clients(async |config| {
            let client = aws_sdk_dynamodb::Client::new(config);
            let tables = client.list_tables().send().await.unwrap();
            let answer = client
                .get_item()
                .table_name(&tables.table_names()[0])
                .key("id", AttributeValue::S(id.to_owned()))
                .send()
                .await
                .unwrap();
            answer.item.unwrap()
        })
        .await
}

#[test]
fn a_table_may_get_another_key_together_with_its_items() {
    let environment = shop();
    environment.run("up --local").expect(0);
    environment.write("storage.yaml", &STORAGE.replace("id", "key"));
    environment.write(
        "vanity-deploy.yaml",
        &MANIFEST.replace("{ id: in", "{ key: in"),
    );
    environment.write("customers.yaml", "- { key: a }\n");
    let status = environment.run("status --local").expect(0);
    assert!(
        status.stdout.contains("item 1: it lacks `id`"),
        "{}",
        status.seen()
    );
    let up = environment
        .run("up --local --yes --replace Table --json")
        .expect(0);
    assert!(up.stdout.contains("\"1 written\""), "{}", up.seen());
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
}
