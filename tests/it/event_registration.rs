//! The solution event-registration from the form's POST to the SMS, on the embedded AWS.

use std::path::Path;
use std::time::Duration;

use local_aws::server::Running;
use serde_json::{Value, json};

use crate::environment::{Run, TestEnvironment};
use crate::http::{Answer, aws, credential, send};

mod event_api;
mod recovery;

const SOLUTION: &str = "event-registration";

/// Rates that no test comes near, but those about rates.
const WIDE: &str = "--param RequestsPerSecond=1000 --param RequestBurst=1000";

/// A deployment in a folder of its own.
struct Day {
    environment: TestEnvironment,
}

impl Day {
    fn deployed(parameters: &str) -> Self {
        let day = Self {
            environment: TestEnvironment::with_cargo(),
        };
        day.run(&format!("up {SOLUTION} {WIDE} {parameters}"))
            .expect(0);
        day
    }

    fn run(&self, arguments: &str) -> Run {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        let dir = self.environment.local_dir();
        self.environment.run_in(
            repository,
            &format!("{arguments} --local --local-dir {}", dir.display()),
        )
    }

    /// As [`Self::run`], with arguments that have spaces in them.
    fn run_with(&self, arguments: &str, more: &[String]) -> Run {
        let dir = self.environment.local_dir().display().to_string();
        let mut all: Vec<&str> = arguments.split_whitespace().collect();
        all.extend(more.iter().map(String::as_str));
        all.extend(["--local", "--local-dir", &dir]);
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        self.environment.run_with(repository, &all)
    }

    /// The embedded AWS of the folder, served.
    async fn served(&self) -> Served {
        let running = local_aws::server::start(local_aws::Config {
            folder: Some(self.environment.state_folder()),
            ..local_aws::Config::default()
        })
        .await
        .unwrap();
        let endpoint = running.url();
        let mut served = Served {
            running,
            endpoint,
            api: String::new(),
            table: String::new(),
        };
        let id = served.output("api", "ApiId").await;
        served.api = format!("{}/_vanity-deploy/execute-api/{id}/v1", served.endpoint);
        served.table = served.output("storage", "TableName").await;
        served
    }
}

struct Served {
    running: Running,
    endpoint: String,
    api: String,
    table: String,
}

impl Served {
    async fn output(&self, stack: &str, key: &str) -> String {
        let answer = send(
            "POST",
            &format!("{}/", self.endpoint),
            &[
                ("Authorization", &credential("cloudformation")),
                ("Content-Type", "application/x-www-form-urlencoded"),
            ],
            &format!("Action=DescribeStacks&Version=2010-05-15&StackName={SOLUTION}-{stack}"),
        )
        .await
        .expect(200)
        .text();
        let member = answer
            .split("<member>")
            .find(|member| member.contains(&format!("<OutputKey>{key}</OutputKey>")))
            .unwrap_or_else(|| panic!("no output {key} in {answer}"));
        let value = member.split("<OutputValue>").nth(1).unwrap();
        value.split("</OutputValue>").next().unwrap().to_owned()
    }

    async fn post(&self, body: &str) -> Answer {
        let json = [("Content-Type", "application/json")];
        send("POST", &format!("{}/register", self.api), &json, body).await
    }

    async fn register(&self, registration: &Value) -> Answer {
        self.post(&registration.to_string()).await
    }

    async fn get(&self, path: &str) -> Answer {
        send("GET", &format!("{}{path}", self.api), &[], "").await
    }

    async fn item(&self, phone: &str) -> Value {
        let key = json!({ "phone": { "S": phone }, "event": { "S": "open-house" } });
        let body = json!({ "TableName": self.table, "Key": key, "ConsistentRead": true });
        let answer = aws(
            &self.endpoint,
            "dynamodb",
            "DynamoDB_20120810.GetItem",
            &body,
        )
        .await;
        answer.expect(200).json()["Item"].clone()
    }

    async fn faults(&self, rules: &Value) {
        let url = format!("{}/_vanity-deploy/faults", self.endpoint);
        let json = [("Content-Type", "application/json")];
        send("PUT", &url, &json, &rules.to_string())
            .await
            .expect(204);
    }

    async fn outbox(&self) -> Vec<Value> {
        let url = format!("{}/_vanity-deploy/sns/outbox", self.endpoint);
        let sent = send("GET", &url, &[], "").await.expect(200).json();
        sent.as_array().unwrap().clone()
    }

    async fn texted(&self, phone: &str) -> Vec<String> {
        let sent = self.outbox().await;
        let to_them = sent.iter().filter(|sms| sms["phoneNumber"] == phone);
        to_them
            .map(|sms| sms["message"].as_str().unwrap().to_owned())
            .collect()
    }

    /// The SMS to somebody, once there is one.
    async fn sms(&self, phone: &str) -> String {
        eventually(&format!("an SMS to {phone}"), async || {
            self.texted(phone).await.into_iter().next()
        })
        .await
    }

    async fn marked(&self, phone: &str) -> Value {
        eventually(&format!("{phone} marked as confirmed"), async || {
            let item = self.item(phone).await;
            item.get("confirmedAt").is_some().then_some(item)
        })
        .await
    }

    async fn stop(self) {
        self.running.stop().await;
    }
}

/// Looks until there is something, for as long as the slowest machine may need.
async fn eventually<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    for _ in 0..1200 {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("there never was {what}");
}

fn registration(phone: &str) -> Value {
    json!({
        "name": "Ada Lovelace", "email": "ada@example.com", "rollNumber": "R-1815",
        "phone": phone, "year": 2,
    })
}

fn with(member: &str, value: impl Into<Value>) -> Value {
    let mut registration = registration("+14155550199");
    registration[member] = value.into();
    registration
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_registers_is_told_once() {
    let day = Day::deployed("");
    let again = day.run(&format!("up {SOLUTION} {WIDE}")).expect(0);
    assert!(
        again.stderr.contains("nothing to change"),
        "{}",
        again.seen()
    );

    let served = day.served().await;
    let page = served.get("/").await.expect(200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/solutions/event-registration/page.html"
    );
    assert_eq!(page.body, std::fs::read(file).unwrap());
    let event = served.get("/event").await.expect(200).json();
    assert_eq!(
        event,
        json!({
            "eventId": "open-house", "eventName": "Open House",
            "defaultCountry": "", "allowedCountries": "",
        })
    );

    let ada = "+14155550101";
    let answer = served.register(&registration(ada)).await.expect(201).json();
    assert_eq!(answer["status"], "registered");
    assert_eq!(
        served.sms(ada).await,
        "Thank you, Ada Lovelace! You are registered for Open House."
    );
    let item = served.marked(ada).await;
    assert_eq!(item["email"]["S"], "ada@example.com");
    assert_eq!(item["year"]["N"], "2");
    assert_eq!(item["registrationId"]["S"], answer["registrationId"]);
    assert!(item.get("claimedUntil").is_none(), "{item}");
    assert_eq!(served.outbox().await[0]["smsType"], "Transactional");

    let twice = served.register(&registration(ada)).await.expect(409).json();
    assert_eq!(twice["status"], "duplicate");
    let change = json!({
        "TableName": served.table,
        "Key": { "phone": { "S": ada }, "event": { "S": "open-house" } },
        "UpdateExpression": "SET email = :email",
        "ExpressionAttributeValues": { ":email": { "S": "countess@example.com" } },
    });
    aws(
        &served.endpoint,
        "dynamodb",
        "DynamoDB_20120810.UpdateItem",
        &change,
    )
    .await
    .expect(200);
    // When a later registration has been confirmed, the change has gone by.
    let babbage = "+14155550102";
    served.register(&registration(babbage)).await.expect(201);
    served.marked(babbage).await;
    assert_eq!(served.texted(ada).await.len(), 1);
    assert_eq!(served.outbox().await.len(), 2);
    served.stop().await;

    let down = day.run(&format!("down {SOLUTION} --yes")).expect(0);
    assert!(down.stderr.contains("kept: Table "), "{}", down.seen());
    assert!(down.stderr.contains("kept: "), "{}", down.seen());
    assert!(
        down.stderr.to_lowercase().contains("bucket"),
        "{}",
        down.seen()
    );
}

/// A parameter that stands in the function and in the API's stage: where the function refuses it,
/// nobody is promised what nobody keeps.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_the_probe_refuses_moves_neither_function_nor_api() {
    let day = Day::deployed("");
    let refused = day.run(&format!(
        "up {SOLUTION} --param EventId=winter --param SmsText=Hi"
    ));
    assert_eq!(refused.code, 1, "{}", refused.seen());

    let served = day.served().await;
    let event = served.get("/event").await.expect(200).json();
    assert_eq!(event["eventId"], "open-house");
    let ada = "+14155550177";
    served.register(&registration(ada)).await.expect(201);
    assert_eq!(
        served.sms(ada).await,
        "Thank you, Ada Lovelace! You are registered for Open House."
    );
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_refused_and_said() {
    let day = Day::deployed("");
    let served = day.served().await;
    let mut short = registration("+14155550199");
    short.as_object_mut().unwrap().remove("email");
    let wrong = [
        (
            short,
            r#"object has missing required properties (["email"])"#,
        ),
        (with("name", ""), "too short"),
        (with("name", "n".repeat(101)), "too long"),
        (with("name", " Ada"), "regex"),
        (with("name", "Ada\nLovelace"), "regex"),
        (with("name", "Ada\u{0}"), "regex"),
        (with("email", "ada"), "regex"),
        (with("email", "a da@example.com"), "regex"),
        (with("rollNumber", "R 1815;"), "regex"),
        (with("phone", "4155550199"), "regex"),
        (with("phone", "+0155550199"), "regex"),
        (with("phone", "+11111111111"), "regex"),
        (with("phone", "+4407911123456"), "regex"),
        (with("phone", "+14155550199\n"), "regex"),
        (with("year", 0), "lower than"),
        (with("year", 5), "greater than"),
        (with("year", "2"), "type (string)"),
        (with("year", 1.5), "type (number)"),
        (with("admin", true), r#"["admin"]"#),
        (json!([]), "type (array)"),
    ];
    for (body, problem) in wrong {
        let answer = served.register(&body).await.expect(400);
        assert_eq!(answer.header("access-control-allow-origin"), None);
        let answer = answer.json();
        assert_eq!(answer["status"], "invalid", "{body}");
        let details = answer["details"].as_str().unwrap();
        assert!(details.contains(problem), "{body}: {details}");
    }
    for body in ["", "{", "null x", "\"x"] {
        let answer = served.post(body).await.expect(400).json();
        assert_eq!(answer["status"], "invalid", "{body}");
    }
    let url = format!("{}/register", served.api);
    let good = registration("+14155550199").to_string();
    for kind in [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
    ] {
        send("POST", &url, &[("Content-Type", kind)], &good)
            .await
            .expect(415);
    }
    send("GET", &url, &[], "").await.expect(404);
    served.get("/elsewhere").await.expect(404);
    let preflight = send("OPTIONS", &url, &[("Origin", "https://example.com")], "")
        .await
        .expect(204);
    assert_eq!(
        preflight.header("access-control-allow-headers"),
        Some("Content-Type")
    );
    assert_eq!(served.item("+14155550199").await, Value::Null);
    assert!(served.outbox().await.is_empty());
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_visitors_write_is_kept_as_they_wrote_it() {
    let day = Day::deployed("");
    let served = day.served().await;
    let names = [
        "Siobhán O'Brien",
        r#"Ann "Bee" \ Cee\"#,
        r#"","event":{"S":"other"},"x":{"S":""#,
        "$input.json('$') #set($x = 1) ${x}",
        "李雷 🎉 <b>",
        r"\u0022 \n \' '",
    ];
    for (at, name) in names.into_iter().enumerate() {
        let phone = format!("+1415555020{at}");
        let mut body = registration(&phone);
        body["name"] = name.into();
        body["email"] = "o'brien@example.com".into();
        served.register(&body).await.expect(201);
        let item = served.item(&phone).await;
        assert_eq!(item["name"]["S"], name);
        assert_eq!(item["email"]["S"], "o'brien@example.com");
        assert_eq!(item["event"]["S"], "open-house");
        assert!(item.get("x").is_none());
    }
    assert_eq!(
        served.sms("+14155550202").await,
        "Thank you, event S other x S! You are registered for Open House."
    );
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_number_costs_nobody_else_the_sms() {
    let day = Day::deployed("--param Retries=4");
    let served = day.served().await;
    let broken = "+14155550303";
    served
        .faults(&json!([{
            "service": "sns", "operation": "Publish", "match": format!("PhoneNumber={broken}"),
            "times": 0, "effect": { "error": { "status": 500, "code": "InternalError", "message": "broken" } },
        }]))
        .await;
    let others: Vec<String> = (0..12)
        .map(|at| format!("+141555503{:02}", at * 7))
        .collect();
    for (at, phone) in others.iter().enumerate() {
        if at == 5 {
            served.register(&registration(broken)).await.expect(201);
        }
        served.register(&registration(phone)).await.expect(201);
    }
    for phone in &others {
        served.marked(phone).await;
    }
    // Given up in the end: its place in the stream is in the queue, and nobody was told twice.
    let queue = json!({ "QueueName": served.output("storage", "DeadLetterQueueName").await });
    let queue = aws(&served.endpoint, "sqs", "AmazonSQS.GetQueueUrl", &queue).await;
    let url = queue.expect(200).json()["QueueUrl"].clone();
    let receive = json!({ "QueueUrl": url, "MaxNumberOfMessages": 10 });
    let letter = eventually("a dead letter", async || {
        let answer = aws(
            &served.endpoint,
            "sqs",
            "AmazonSQS.ReceiveMessage",
            &receive,
        )
        .await;
        answer.expect(200).json()["Messages"]
            .as_array()?
            .first()
            .cloned()
    })
    .await;
    let letter: Value = serde_json::from_str(letter["Body"].as_str().unwrap()).unwrap();
    let told = letter.to_string();
    assert!(
        told.contains("StreamArn") || told.contains("streamArn"),
        "{told}"
    );
    assert!(served.texted(broken).await.is_empty());
    for phone in &others {
        assert_eq!(served.texted(phone).await.len(), 1, "{phone}");
    }
    let item = served.item(broken).await;
    assert!(item.get("confirmedAt").is_none(), "{item}");
    assert!(
        item["tries"]["N"].as_str().unwrap().parse::<u32>().unwrap() >= 2,
        "{item}"
    );
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_that_passes_is_mended_by_another_try() {
    let day = Day::deployed("");
    let served = day.served().await;
    let unlucky = "+14155550401";
    // Both tries of the first invocation.
    served
        .faults(&json!([{
            "service": "sns", "operation": "Publish", "match": format!("PhoneNumber={unlucky}"),
            "times": 2, "effect": { "error": { "status": 500, "code": "InternalError", "message": "broken" } },
        }]))
        .await;
    served
        .register(&registration("+14155550400"))
        .await
        .expect(201);
    served.register(&registration(unlucky)).await.expect(201);
    served
        .register(&registration("+14155550402"))
        .await
        .expect(201);
    let item = served.marked(unlucky).await;
    assert_eq!(item["tries"]["N"], "2");
    served.marked("+14155550402").await;
    assert_eq!(served.outbox().await.len(), 3);
    served.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_table_cannot_take_is_no_success() {
    let day = Day::deployed("");
    let served = day.served().await;
    let fault = |status: u16, code: &str| {
        json!([{
            "service": "dynamodb", "operation": "PutItem", "times": 0,
            "effect": { "error": { "status": status, "code": code, "message": "no" } },
        }])
    };
    for (status, code, wanted, word) in [
        (400, "ProvisionedThroughputExceededException", 503, "busy"),
        (400, "ThrottlingException", 503, "busy"),
        (400, "AccessDeniedException", 500, "error"),
        (500, "InternalServerError", 500, "error"),
    ] {
        served.faults(&fault(status, code)).await;
        let answer = served
            .register(&registration("+14155550501"))
            .await
            .expect(wanted)
            .json();
        assert_eq!(answer["status"], word, "{code}");
    }
    served.faults(&json!([])).await;
    served
        .register(&registration("+14155550501"))
        .await
        .expect(201);
    served.stop().await;
}
