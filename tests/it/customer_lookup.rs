//! The solution customer-lookup: deployed, called by customers and by others, updated, undone.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use aws_sdk_dynamodb::types::AttributeValue;
use vanity_deploy::engine::ports::Ports;

use crate::environment::{Run, TestEnvironment, snapshots};

const KNOWN: &str = "+12065550101";
const UNKNOWN: &str = "+12065550150";

/// A deployment of the solution in a folder of its own.
struct Deployment {
    environment: TestEnvironment,
    repository: PathBuf,
}

impl Deployment {
    fn new() -> Self {
        Self {
            environment: TestEnvironment::with_cargo(),
            repository: Path::new(env!("CARGO_MANIFEST_DIR")).to_owned(),
        }
    }

    fn run(&self, arguments: &str) -> Run {
        let dir = self.environment.local_dir();
        let arguments = format!("{arguments} --local --local-dir {}", dir.display());
        self.environment.run_in(&self.repository, &arguments)
    }

    fn call(&self, from: &str) -> Run {
        self.run(&format!("call --solution customer-lookup --from {from}"))
            .expect(0)
    }

    fn table_name(&self) -> String {
        let outputs = self.run("outputs customer-lookup --json").expect(0);
        let record: serde_json::Value =
            serde_json::from_str(outputs.stdout.lines().nth(1).unwrap()).unwrap();
        let name = &record["stacks"]["storage"]["TableName"];
        name.as_str()
            .unwrap_or_else(|| panic!("{record}"))
            .to_owned()
    }

    /// The table, between two commands.
    fn with_table<T>(&self, work: impl AsyncFnOnce(&Table<'_>) -> T) -> T {
        self.with_table_of(&self.table_name(), work)
    }

    fn with_table_of<T>(&self, name: &str, work: impl AsyncFnOnce(&Table<'_>) -> T) -> T {
        let name = name.to_owned();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(self.environment.with_aws_at(async |url, ports, _| {
            let table = Table {
                client: client(url),
                name,
                ports,
            };
            work(&table).await
        }))
    }

    fn row(&self) -> HashMap<String, AttributeValue> {
        self.row_of(&self.table_name())
    }

    fn row_of(&self, table: &str) -> HashMap<String, AttributeValue> {
        self.with_table_of(table, async |table| table.row().await)
    }
}

struct Table<'a> {
    client: aws_sdk_dynamodb::Client,
    name: String,
    ports: &'a Ports,
}

impl Table<'_> {
    async fn row(&self) -> HashMap<String, AttributeValue> {
        let get = self.client.get_item().table_name(&self.name);
        let output = get.key("CalledNumber", s(KNOWN)).send().await.unwrap();
        output.item.unwrap()
    }
}

fn client(url: &str) -> aws_sdk_dynamodb::Client {
    let credentials = aws_credential_types::Credentials::new("local", "local", None, None, "test");
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_dynamodb::config::Region::new("us-east-1"))
        .endpoint_url(url)
        .credentials_provider(credentials)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

#[test]
fn customers_are_greeted_and_others_are_welcome() {
    let deployment = Deployment::new();
    let up = deployment.run("up customer-lookup").expect(0);
    assert!(up.stderr.contains("version 1 is live"), "{}", up.seen());
    assert!(up.stdout.contains("+12065550100"), "{}", up.seen());

    let known = deployment.call(KNOWN);
    snapshots().bind(|| insta::assert_snapshot!("known_caller", known.stdout));
    let row = deployment.row();
    let date = row["LastCallDate"].as_s().unwrap().clone();
    assert!(
        date.as_str() > "2026-03-09T14:05:00Z" && date.ends_with('Z'),
        "{date}"
    );
    assert_eq!(row["CallCount"], AttributeValue::N("4".to_owned()));
    assert_eq!(row["Tier"], s("gold"));

    // The next call hears of this one, however the number is written.
    let again = deployment.call("12065550101");
    let heard = format!("sets      LastCallDate = {date}");
    assert!(again.stdout.contains(&heard), "{}", again.seen());

    let unknown = deployment.call(UNKNOWN);
    snapshots().bind(|| insta::assert_snapshot!("unknown_caller", unknown.stdout));
    let withheld = deployment.run("call --solution customer-lookup").expect(0);
    snapshots().bind(|| insta::assert_snapshot!("withheld_number", withheld.stdout));

    // Nobody is put into a queue that is closed or empty.
    for (switch, heard) in [
        ("--closed", "We are closed at the moment."),
        (
            "--unstaffed",
            "Nobody is here to take your call at the moment.",
        ),
    ] {
        let call = deployment.run(&format!(
            "call --solution customer-lookup --from {UNKNOWN} {switch}"
        ));
        let call = call.expect(0);
        assert!(call.stdout.contains(heard), "{}", call.seen());
        assert!(!call.stdout.contains("takes the call"), "{}", call.seen());
    }

    // What calls wrote is no drift, and is not written over.
    let unchanged = deployment.run("up customer-lookup").expect(0);
    let nothing = "customer-lookup: nothing to change.";
    assert!(unchanged.stderr.contains(nothing), "{}", unchanged.seen());

    let abroad = deployment.call("02079460018");
    assert!(abroad.stdout.contains("CustomerFound = false"));
    let update = deployment
        .run("up customer-lookup --param DefaultCountry=GB")
        .expect(0);
    assert!(
        update.stderr.contains("version 2 is live"),
        "{}",
        update.seen()
    );
    let at_home = deployment.call("02079460018");
    let heard = "Welcome back. Your last call was on Monday, December 1, 2025.";
    assert!(at_home.stdout.contains(heard), "{}", at_home.seen());
    // No such country: the probe fails, and version 2 goes on.
    let refused = deployment.run("up customer-lookup --param DefaultCountry=QQ");
    assert_eq!(refused.code, 1, "{}", refused.seen());
    assert!(refused.stderr.contains("DEFAULT_COUNTRY"));
    let at_home = deployment.call("02079460018");
    assert!(at_home.stdout.contains("CustomerFound = true"));
    let nowhere = deployment.run("up customer-lookup --param TimeZone=Mars/Olympus");
    assert_eq!(nowhere.code, 1, "{}", nowhere.seen());
    assert!(nowhere.stderr.contains("TIME_ZONE"), "{}", nowhere.seen());
    let no_name = deployment.run("up customer-lookup --param TimeZone=+02:00");
    assert_eq!(no_name.code, 5, "{}", no_name.seen());

    let count = deployment.row()["CallCount"].clone();
    let down = deployment.run("down customer-lookup").expect(0);
    let kept = "kept: Table customer-lookup-storage-Table-";
    assert!(down.stderr.contains(kept), "{}", down.seen());
    let table = down.stderr.split("kept: Table ").nth(1).unwrap();
    let table = table.split_whitespace().next().unwrap();
    assert_eq!(deployment.row_of(table)["CallCount"], count);
}

/// The function's process, several at once, through the Lambda API.
#[test]
fn invocations_at_the_same_time_lose_no_update() {
    const CALLS: usize = 200;
    const AT_ONCE: usize = 10;
    let deployment = Deployment::new();
    deployment.run("up customer-lookup --quiet").expect(0);
    let event = serde_json::json!({
        "Name": "ContactFlowEvent",
        "Details": { "ContactData": { "CustomerEndpoint": { "Address": KNOWN } }, "Parameters": {} }
    })
    .to_string();
    let row = deployment.with_table(async |table| {
        let caller = async || {
            for _ in 0..CALLS / AT_ONCE {
                let functions = &table.ports.functions;
                let answer = functions
                    .invoke("customer-lookup", "live", event.as_bytes())
                    .await
                    .unwrap();
                let text = String::from_utf8(answer.payload).unwrap();
                assert_eq!(answer.error, None, "{text}");
                assert!(text.contains(r#""FirstName":"Robin""#), "{text}");
            }
        };
        futures::future::join_all((0..AT_ONCE).map(|_| caller())).await;
        table.row().await
    });
    // Not more than there were either: none is recorded again because an answer was late.
    let count: usize = row["CallCount"].as_n().unwrap().parse().unwrap();
    assert_eq!(count, 3 + CALLS, "three are in the seed");
}
