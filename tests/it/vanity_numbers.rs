//! The solution vanity-numbers beyond a call that goes well: choices that are kept or said not to be, what
//! the web may see, parameters, and alarms.

use std::path::Path;

use local_aws::server::Running;
use serde_json::{Value, json};

use crate::environment::{Run, TestEnvironment};
use crate::http::{Answer, aws, credential, send};

const SOLUTION: &str = "vanity-numbers";
const NUMBER: &str = "+18007246837";

/// A deployment in a folder of its own.
struct Line {
    environment: TestEnvironment,
}

impl Line {
    fn new() -> Self {
        Self {
            environment: TestEnvironment::with_cargo(),
        }
    }

    fn run(&self, arguments: &str) -> Run {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        let dir = self.environment.local_dir();
        self.environment.run_in(
            repository,
            &format!("{arguments} --local --local-dir {}", dir.display()),
        )
    }

    fn output(&self, stack: &str, key: &str) -> String {
        self.told(&format!("/stacks/{stack}/{key}"))
    }

    /// One of the outputs, by its JSON pointer.
    fn told(&self, pointer: &str) -> String {
        let outputs = self.run(&format!("outputs {SOLUTION} --json")).expect(0);
        let record: Value = serde_json::from_str(outputs.stdout.lines().nth(1).unwrap()).unwrap();
        let value = record.pointer(pointer).unwrap_or(&Value::Null);
        value
            .as_str()
            .unwrap_or_else(|| panic!("{record}"))
            .to_owned()
    }

    /// The embedded AWS of the folder, served.
    async fn served(&self) -> Served {
        let (table, api) = tokio::task::block_in_place(|| {
            (
                self.output("storage", "TableName"),
                self.output("api", "ApiId"),
            )
        });
        let running = local_aws::server::start(local_aws::Config {
            folder: Some(self.environment.state_folder()),
            ..local_aws::Config::default()
        })
        .await
        .unwrap();
        let endpoint = running.url();
        let api = format!("{endpoint}/_vanity-deploy/execute-api/{api}");
        Served {
            running,
            endpoint,
            api,
            table,
        }
    }
}

struct Served {
    running: Running,
    endpoint: String,
    api: String,
    table: String,
}

impl Served {
    async fn invoke(&self, function: &str, event: &Value) -> Answer {
        let name = function.replace(':', "%3A");
        let url = format!("{}/2015-03-31/functions/{name}/invocations", self.endpoint);
        let authorization = credential("lambda");
        let headers = [("Authorization", authorization.as_str())];
        send("POST", &url, &headers, &event.to_string())
            .await
            .expect(200)
    }

    /// What the function answers in a contact.
    async fn asked(&self, contact: &str, parameters: Value) -> Value {
        let event = json!({ "Name": "ContactFlowEvent", "Details": {
            "ContactData": { "ContactId": contact, "CustomerEndpoint": { "Address": NUMBER } },
            "Parameters": parameters,
        } });
        self.invoke(&format!("{SOLUTION}:live"), &event)
            .await
            .json()
    }

    async fn dynamodb(&self, operation: &str, body: &Value) -> Value {
        let target = format!("DynamoDB_20120810.{operation}");
        let answer = aws(&self.endpoint, "dynamodb", &target, body).await;
        answer.expect(200).json()
    }

    async fn item(&self, number: &str) -> Value {
        let body = json!({
            "TableName": self.table,
            "Key": { "phoneNumber": { "S": number } },
            "ConsistentRead": true,
        });
        self.dynamodb("GetItem", &body).await["Item"].clone()
    }

    async fn faults(&self, rules: &Value) {
        let url = format!("{}/_vanity-deploy/faults", self.endpoint);
        let json = [("Content-Type", "application/json")];
        send("PUT", &url, &json, &rules.to_string())
            .await
            .expect(204);
    }

    async fn broken(&self, operation: &str) {
        let error = json!({
            "status": 400, "code": "ProvisionedThroughputExceededException", "message": "too much",
        });
        self.faults(&json!([{
            "service": "dynamodb", "operation": operation, "times": 0, "effect": { "error": error },
        }]))
        .await;
    }

    async fn get(&self, path: &str) -> Answer {
        send("GET", &format!("{}{path}", self.api), &[], "").await
    }

    /// The state of an alarm, by its logical id.
    async fn alarm(&self, id: &str) -> String {
        let operation = "GraniteServiceVersion20100801.DescribeAlarms";
        let answer = aws(&self.endpoint, "monitoring", operation, &json!({})).await;
        let answer = answer.expect(200).json();
        let begins = format!("{SOLUTION}-storage-{id}-");
        let is_meant = |alarm: &&Value| alarm["AlarmName"].as_str().unwrap().starts_with(&begins);
        let mut alarms = answer["MetricAlarms"].as_array().unwrap().iter();
        let alarm = alarms.find(is_meant);
        let state = &alarm.unwrap_or_else(|| panic!("no {id} in {answer}"))["StateValue"];
        state.as_str().unwrap().to_owned()
    }

    async fn stop(self) {
        self.running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_is_stored_or_said_not_to_be() {
    let line = Line::new();
    tokio::task::block_in_place(|| line.run(&format!("up {SOLUTION}")).expect(0));
    let served = line.served().await;

    served.broken("UpdateItem").await;
    let heard = served.asked("one", json!({})).await;
    assert_eq!(heard["CalledBefore"], "false");
    let choice = json!({ "chosenNumber": "2", "told": heard["Told"] });
    let lost = served.asked("one", choice.clone()).await;
    assert_eq!(lost["Choice"], "not_kept");
    assert_eq!(lost["ChosenNumber"], Value::Null);
    assert_eq!(served.item(NUMBER).await, Value::Null);
    served.faults(&json!([])).await;

    let kept = served.asked("one", choice).await;
    assert_eq!(kept["Choice"], "kept");
    assert_eq!(kept["ChosenNumber"], heard["VanityNumber2"]);
    let item = served.item(NUMBER).await;
    assert_eq!(item["chosenNumber"]["S"], heard["VanityNumber2"]);
    assert_eq!(item["firstContactId"]["S"], "one");
    // A year and not for ever.
    let seconds =
        |name: &str, unit: u64| item[name]["N"].as_str().unwrap().parse::<u64>().unwrap() / unit;
    assert_eq!(
        seconds("expiresAt", 1) - seconds("calledAt", 1000),
        365 * 86_400
    );

    let next = served.asked("two", json!({})).await;
    assert_eq!(next["CalledBefore"], "true");
    assert_eq!(next["ChosenNumber"], heard["VanityNumber2"]);

    // A dozen callers after a new word list, all at once.
    let old = json!({
        "phoneNumber": { "S": NUMBER }, "wordListVersion": { "S": "0.old" },
        "vanityNumbers": { "L": [{ "S": "+1-800-SAINT-37" }] },
    });
    let put = json!({ "TableName": served.table, "Item": old });
    served.dynamodb("PutItem", &put).await;
    let told = &heard["Told"];
    let contacts: Vec<String> = (0..12).map(|at| format!("contact-{at}")).collect();
    let choices = contacts.iter().enumerate().map(|(at, contact)| {
        let place = (at % 3 + 1).to_string();
        served.asked(contact, json!({ "chosenNumber": place, "told": told }))
    });
    let answers = futures_util::future::join_all(choices).await;
    for (at, answer) in answers.iter().enumerate() {
        assert_eq!(answer["Choice"], "kept", "{answer}");
        let place = format!("VanityNumber{}", at % 3 + 1);
        assert_eq!(answer["ChosenNumber"], heard[place]);
    }
    let chosen = served.item(NUMBER).await["chosenNumber"]["S"].clone();
    assert!(told.as_str().unwrap().contains(chosen.as_str().unwrap()));
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_web_sees_words_and_stores_nothing() {
    let line = Line::new();
    tokio::task::block_in_place(|| {
        line.run(&format!("up {SOLUTION}")).expect(0);
        line.run(&format!("call --from {NUMBER} --press 1,4,1,2"))
            .expect(0);
    });
    let served = line.served().await;
    assert!(served.item(NUMBER).await["chosenNumber"]["S"].is_string());
    for path in ["/vanitynumbers", "/prod/vanitynumbers"] {
        let answer = served
            .get(&format!("{path}?phonenumber=%2B18007246837"))
            .await;
        let map = answer.expect(200).json();
        assert_eq!(map["VanityNumber1"], "+1-800-PAINTER");
        assert_eq!(map["ChosenNumber"], Value::Null, "{map}");
        let other = "+18003569377";
        served
            .get(&format!("{path}?phonenumber={other}"))
            .await
            .expect(200);
        assert_eq!(served.item(other).await, Value::Null);
    }
    let page = served.get("/").await.expect(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert!(page.text().contains("6837</li>"));
    served.stop().await;

    tokio::task::block_in_place(|| {
        line.run(&format!("up {SOLUTION} --param StoreWebLookups=true"))
            .expect(0)
    });
    let served = line.served().await;
    served
        .get("/vanitynumbers?phonenumber=0018003569377")
        .await
        .expect(200);
    let item = served.item("+18003569377").await;
    assert!(
        item["calledAt"].is_null() && item["expiresAt"]["N"].is_string(),
        "{item}"
    );
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_account_asks_for_is_a_parameter() {
    let line = Line::new();
    let group = json!({ "logGroupName": format!("/aws/lambda/{SOLUTION}") });
    line.environment
        .with_aws_at(async |url, _, _| {
            aws(url, "logs", "Logs_20140328.CreateLogGroup", &group)
                .await
                .expect(200);
        })
        .await;
    let wanted = "--param CreateLogGroup=false --param AccessLog=false --param DeletionProtection=true \
                  --param RolePath=/lines/ --param KeepDays=0 --param FlowLogging=Enabled \
                  --param PermissionsBoundary=arn:aws:iam::aws:policy/AdministratorAccess";
    tokio::task::block_in_place(|| {
        // The group is there already.
        let refused = line.run(&format!("up {SOLUTION}")).expect(1);
        assert!(
            refused.stderr.contains("FunctionLogGroup"),
            "{}",
            refused.seen()
        );
        line.run(&format!("up {SOLUTION} {wanted}")).expect(0);
        let unchanged = line.run(&format!("up {SOLUTION} {wanted}")).expect(0);
        assert!(
            unchanged.stderr.contains("nothing to change"),
            "{}",
            unchanged.seen()
        );
    });
    let role = tokio::task::block_in_place(|| line.output("storage", "FunctionRoleArn"));
    assert!(role.contains(":role/lines/"), "{role}");
    let flow = tokio::task::block_in_place(|| line.told("/flows/inbound/arn"));
    let served = line.served().await;
    let (_, ids) = flow.split_once(":instance/").unwrap();
    let path = ids.replace("/contact-flow/", "/");
    let url = format!("{}/contact-flows/{path}", served.endpoint);
    let authorization = credential("connect");
    let headers = [("Authorization", authorization.as_str())];
    let flow = send("GET", &url, &headers, "").await.expect(200).json();
    let content = flow["ContactFlow"]["Content"].as_str().unwrap();
    assert!(
        content.contains(r#""FlowLoggingBehavior":"Enabled""#),
        "{content}"
    );
    let table = served
        .dynamodb("DescribeTable", &json!({ "TableName": served.table }))
        .await;
    assert_eq!(table["Table"]["DeletionProtectionEnabled"], true);
    let kept = served.asked("one", json!({})).await;
    assert_eq!(kept["VanityNumber1"], "+1-800-PAINTER");
    let item = served.item(NUMBER).await;
    assert!(
        item["calledAt"]["N"].is_string() && item["expiresAt"].is_null(),
        "{item}"
    );
    let groups = aws(
        &served.endpoint,
        "logs",
        "Logs_20140328.DescribeLogGroups",
        &json!({}),
    )
    .await;
    assert!(!groups.text().contains("vendedlogs"), "{}", groups.text());
    let lines = aws(
        &served.endpoint,
        "logs",
        "Logs_20140328.FilterLogEvents",
        &json!({ "logGroupName": format!("/aws/lambda/{SOLUTION}"), "filterPattern": "connect" }),
    )
    .await;
    assert!(lines.text().contains("6837"), "{}", lines.text());
    served.stop().await;
    // The group is whose it was.
    tokio::task::block_in_place(|| line.run(&format!("down {SOLUTION}")).expect(0));
    line.environment
        .with_aws_at(async |url, _, _| {
            let groups = aws(url, "logs", "Logs_20140328.DescribeLogGroups", &json!({})).await;
            assert!(
                groups.text().contains("/aws/lambda/vanity-numbers"),
                "{}",
                groups.text()
            );
        })
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_fails_its_probe_rings_no_alarm() {
    let line = Line::new();
    tokio::task::block_in_place(|| line.run(&format!("up {SOLUTION}")).expect(0));
    let served = line.served().await;
    assert_eq!(served.alarm("FunctionErrorAlarm").await, "OK");
    let probe = json!({ "Name": "vanity-deploy.probe" });
    served.broken("GetItem").await;
    for (function, state) in [
        (format!("{SOLUTION}:1"), "OK"),
        (SOLUTION.to_owned(), "OK"),
        (format!("{SOLUTION}:live"), "ALARM"),
    ] {
        let answer = served.invoke(&function, &probe).await;
        assert_eq!(answer.header("x-amz-function-error"), Some("Unhandled"));
        let told = answer.json();
        assert_eq!(told["errorType"], "ProbeFailed");
        assert!(
            told["errorMessage"]
                .as_str()
                .unwrap()
                .starts_with("the table cannot be read")
        );
        assert_eq!(
            served.alarm("FunctionErrorAlarm").await,
            state,
            "{function}"
        );
    }
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_table_does_not_do_rings_and_a_failed_probe_does_not() {
    let line = Line::new();
    tokio::task::block_in_place(|| line.run(&format!("up {SOLUTION}")).expect(0));
    let served = line.served().await;
    served.broken("GetItem").await;
    let probe = json!({ "Name": "vanity-deploy.probe" });
    served.invoke(&format!("{SOLUTION}:1"), &probe).await;
    assert_eq!(served.alarm("ErrorLineAlarm").await, "OK");
    // The caller is answered, and somebody hears of it.
    let answer = served.asked("one", json!({})).await;
    assert_eq!(answer["VanityNumber1"], "+1-800-PAINTER");
    assert_eq!(served.alarm("FunctionErrorAlarm").await, "OK");
    assert_eq!(served.alarm("ErrorLineAlarm").await, "ALARM");
    served.stop().await;
}
