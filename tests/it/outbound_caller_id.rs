//! The solution outbound-caller-id: deployed, customers of many countries called, its list edited,
//! broken, taken away, undone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aws_sdk_s3::primitives::ByteStream;
use connect_flow::simulate::{
    Answer, Contact, Effect, End, Event, FlowContent, FunctionAnswer, Machine, Queue,
};
use serde_json::Value;
use vanity_deploy::engine::ports::Ports;

use crate::environment::{Run, TestEnvironment};

const CUSTOMERS: &str = include_str!("../../lambda/outbound-caller-id/tests/data/customers.json");
/// Numbers reserved for fiction: what is delivered has none.
const SAMPLE: &str = include_str!("../../lambda/outbound-caller-id/tests/data/sample-list.json");
const UNKNOWN_RANGES: &str =
    include_str!("../../lambda/outbound-caller-id/tests/data/unknown-ranges.json");
const QUEUE_NUMBER: &str = "+18005550100";
const LIST: &str = "solutions/outbound-caller-id/country-routing.json";

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs in the repository, with an embedded AWS of the test's own.
fn in_repository(environment: &TestEnvironment, arguments: &str) -> Run {
    let dir = environment.local_dir();
    environment.run_in(
        repository(),
        &format!("{arguments} --local --local-dir {}", dir.display()),
    )
}

/// The zip of the function, as it is built in the repository.
fn built(environment: &TestEnvironment) -> PathBuf {
    let run = in_repository(environment, "build outbound-caller-id --json").expect(0);
    let told: Value = run
        .stdout
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find(|told| told["zip"].is_string())
        .unwrap_or_else(|| panic!("{}", run.seen()));
    told["zip"].as_str().unwrap().into()
}

/// The solution in a folder of its own, with a zip that is there already.
fn copy(zip: &Path) -> TestEnvironment {
    let environment = TestEnvironment::new();
    for file in [
        "templates/outbound-caller-id.yaml",
        "flows/outbound-caller-id/whisper.json",
        "solutions/outbound-caller-id/country-routing.json",
        "solutions/outbound-caller-id/country-routing.schema.json",
        "lambda/outbound-caller-id/probe.json",
    ] {
        environment.write(
            file,
            &std::fs::read_to_string(repository().join(file)).unwrap(),
        );
    }
    environment.write(LIST, SAMPLE);
    let manifest = std::fs::read_to_string(repository().join("vanity-deploy.yaml")).unwrap();
    let mut manifest: serde_yaml::Value = serde_yaml::from_str(&manifest).unwrap();
    let mut solution = manifest["solutions"]["outbound-caller-id"].clone();
    let function = &mut solution["functions"]["outbound-caller-id"];
    function.as_mapping_mut().unwrap().remove("package");
    function["zip"] = "function.zip".into();
    manifest["default"] = "outbound-caller-id".into();
    manifest["solutions"] = serde_yaml::Value::Mapping(
        [("outbound-caller-id".into(), solution)]
            .into_iter()
            .collect(),
    );
    environment.write(
        "vanity-deploy.yaml",
        &serde_yaml::to_string(&manifest).unwrap(),
    );

    std::fs::copy(zip, environment.path().join("function.zip")).unwrap();
    environment
}

fn s3(url: &str) -> aws_sdk_s3::Client {
    let credentials = aws_credential_types::Credentials::new("local", "local", None, None, "test");
    let config = aws_sdk_s3::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_s3::config::Region::new("us-east-1"))
        .endpoint_url(url)
        .force_path_style(true)
        .credentials_provider(credentials)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// What somebody does to the bucket, with calls before and after, while the function stays warm.
struct Live<'a> {
    ports: &'a Ports,
    flow: FlowContent,
    s3: aws_sdk_s3::Client,
    bucket: String,
}

impl Live<'_> {
    async fn put(&self, text: &str) {
        self.s3
            .put_object()
            .bucket(&self.bucket)
            .key("country-routing.json")
            .body(ByteStream::from(text.as_bytes().to_vec()))
            .send()
            .await
            .unwrap();
    }

    async fn delete(&self) {
        self.s3
            .delete_object()
            .bucket(&self.bucket)
            .key("country-routing.json")
            .send()
            .await
            .unwrap();
    }

    /// Calls a customer through the deployed flow: what they see, and what the function answered.
    async fn call(&self, customer: &str) -> (String, Value) {
        let queue = Queue {
            name: Some("BasicQueue".to_owned()),
            arn: "arn:aws:connect:us-east-1:000000000000:instance/i/queue/q".to_owned(),
            outbound_caller_id: Some(QUEUE_NUMBER.to_owned()),
        };
        let contact = Contact::outbound_call("contact", customer, Some(queue));
        let mut machine = Machine::new(contact, self.flow.clone());
        let (mut shown, mut answered) = (String::new(), Value::Null);
        let mut answer = Answer::Go;
        loop {
            answer = match machine.advance(answer).unwrap() {
                Effect::InvokeFunction(invocation) => {
                    let (name, alias) = invocation.function_arn.rsplit_once(':').unwrap();
                    let name = name.rsplit_once(':').unwrap().1;
                    let event = invocation.event.to_string();
                    let functions = &self.ports.functions;
                    let invoked = functions.invoke(name, alias, event.as_bytes()).await;
                    let invoked = invoked.unwrap();
                    assert_eq!(invoked.error, None);
                    answered = serde_json::from_slice(&invoked.payload).unwrap();
                    Answer::Function(FunctionAnswer::Returned {
                        payload: answered.to_string(),
                    })
                }
                Effect::Event(Event::CallerIdChosen { number }) => {
                    shown = number;
                    Answer::Go
                }
                Effect::Event(Event::CallerIdKept { .. }) => panic!("{customer}: {answered}"),
                Effect::Event(_) => Answer::Go,
                Effect::Ended(end) => {
                    assert_eq!(end, End::FlowEnded);
                    return (shown, answered);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    async fn shown(&self, customer: &str) -> String {
        self.call(customer).await.0
    }
}

fn live<T>(
    environment: &TestEnvironment,
    outputs: &Run,
    work: impl AsyncFnOnce(&Live<'_>) -> T,
) -> T {
    let record: Value = serde_json::from_str(outputs.stdout.lines().nth(1).unwrap()).unwrap();
    let bucket = record["stacks"]["storage"]["BucketName"].as_str().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(environment.with_aws_at(async |url, ports, instance| {
        let flow = ports
            .flows
            .named(instance, "Outbound Caller ID Whisper Flow")
            .await
            .unwrap()
            .unwrap();
        let content = ports.flows.content(instance, &flow.id).await.unwrap();
        let content = connect_flow::Flow::parse(&content).unwrap();
        work(&Live {
            ports,
            flow: FlowContent::new(flow.id, content),
            s3: s3(url),
            bucket: bucket.to_owned(),
        })
        .await
    }))
}

/// The number that the command says the customer sees.
fn shows(run: &Run) -> &str {
    run.stdout
        .lines()
        .find_map(|line| line.trim().strip_prefix("shows"))
        .unwrap_or_else(|| panic!("{}", run.seen()))
        .trim()
}

#[test]
fn customers_see_a_number_of_their_country() {
    let environment = TestEnvironment::with_cargo();
    let run = |arguments: &str| in_repository(&environment, arguments);
    let up = run("up outbound-caller-id").expect(0);
    assert!(up.stderr.contains("version 1 is live"), "{}", up.seen());

    let called = run(&format!(
        "call --solution outbound-caller-id --flow whisper --to +14165550123 --queue-number {QUEUE_NUMBER}"
    ))
    .expect(0);
    assert!(
        called.stdout.starts_with(
            "Call to +14165550123 for the queue BasicQueue, which shows +18005550100\n"
        ),
        "{}",
        called.seen()
    );
    // What is delivered is an empty list: no call is cut for a number that nobody has.
    assert_eq!(shows(&called), QUEUE_NUMBER);
    run("call --solution outbound-caller-id").expect(64);
    run("call --solution outbound-caller-id --from +14165550123").expect(64);
    run("call --solution outbound-caller-id --to +14165550123 --queue Sails").expect(5);

    let zip = built(&environment);
    each_customer(&zip);
    the_list_changes(&zip);
}

fn each_customer(zip: &Path) {
    let environment = copy(zip);
    let run = |arguments: &str| environment.run(&format!("{arguments} --local"));
    run("up --yes").expect(0);
    // The flow need not be named, and a number without + is called all the same.
    let called = run("call --to 4165550123").expect(0);
    assert_eq!(shows(&called), "+18005550142");
    let outputs = run("outputs --json").expect(0);
    let customers: Vec<Value> = serde_json::from_str(CUSTOMERS).unwrap();
    live(&environment, &outputs, async |live| {
        let mut countries = BTreeSet::new();
        for customer in &customers {
            let (shown, answered) = live.call(customer["number"].as_str().unwrap()).await;
            assert_eq!(customer["shown"], shown, "{customer}");
            assert_eq!(customer["country"], answered["customer_country"]);
            assert_eq!(answered.as_object().unwrap().len(), 6, "{answered}");
            countries.insert(answered["customer_country"].to_string());
        }
        assert!(customers.len() >= 40 && countries.len() >= 25);
    });

    // Ranges that the numbering plans do not know: the instance may have them all the same.
    environment.write(LIST, UNKNOWN_RANGES);
    run("up --yes").expect(0);
    let called = run("call --to +12125550123").expect(0);
    assert_eq!(shows(&called), "+12345678901");
}

/// In a folder of its own: files are edited.
fn the_list_changes(zip: &Path) {
    let environment = copy(zip);
    let run = |arguments: &str| environment.run(&format!("{arguments} --local"));
    let called = |number: &str| {
        let run = run(&format!("call --to {number} --queue-number {QUEUE_NUMBER}")).expect(0);
        shows(&run).to_owned()
    };
    let list = std::fs::read_to_string(environment.path().join(LIST)).unwrap();
    let canada = "+14165550123";
    run("up --yes").expect(0);
    assert_eq!(called(canada), "+14165550142");
    let again = run("up --yes").expect(0);
    assert!(
        again.stderr.contains("nothing to change"),
        "{}",
        again.seen()
    );

    // What the schema refuses is told with its place, and nothing is deployed.
    for (wrong, told) in [
        (r#"{"UK": "+442079460142"}"#, "UK"),
        (r#"{"GB": "442079460142"}"#, "442079460142"),
        ("{", "country-routing.json"),
    ] {
        environment.write(LIST, wrong);
        let refused = run("up --yes").expect(5);
        assert!(refused.stderr.contains(told), "{}", refused.seen());
    }

    // An edit of the file alone uploads the object alone.
    let edited = list.replace("+14165550142", "+16045550142");
    environment.write(LIST, &edited);
    let plan = run("plan --detailed-exitcode").expect(2);
    assert!(plan.stdout.contains("1 to update."), "{}", plan.seen());
    let up = run("up --yes").expect(0);
    assert!(
        up.stderr.contains("✓ object routing uploaded"),
        "{}",
        up.seen()
    );
    assert_eq!(up.stderr.matches('✓').count(), 1, "{}", up.seen());
    assert_eq!(called(canada), "+16045550142");

    // A warm function goes on with the last good list, a new one with the queue's number.
    let outputs = run("outputs --json").expect(0);
    live(&environment, &outputs, async |live| {
        assert_eq!(live.shown(canada).await, "+16045550142");
        live.put("{ this is no JSON").await;
        assert_eq!(live.shown(canada).await, "+16045550142");
        live.delete().await;
        assert_eq!(live.shown(canada).await, "+16045550142");
        live.put(r#"{"ca": "+14165550199"}"#).await;
        assert_eq!(live.shown(canada).await, "+14165550199");
        live.put("{ this is no JSON").await;
    });
    assert_eq!(called(canada), QUEUE_NUMBER);

    // Somebody else's object is not overwritten unasked.
    let drift = run("up --yes").expect(7);
    assert!(
        drift.stderr.contains("--overwrite-drift"),
        "{}",
        drift.seen()
    );
    assert_eq!(called(canada), QUEUE_NUMBER);
    run("up --yes --overwrite-drift").expect(0);
    assert_eq!(called(canada), "+16045550142");

    live(&environment, &outputs, async |live| live.delete().await);
    assert_eq!(called(canada), QUEUE_NUMBER);
    run("up --yes").expect(0);
    assert_eq!(called(canada), "+16045550142");

    let down = run("down --yes").expect(0);
    assert!(
        down.stderr
            .contains("kept: Bucket outbound-caller-id-storage-"),
        "{}",
        down.seen()
    );
    let status = run("status").expect(0);
    assert!(!status.stdout.contains('✓'), "{}", status.seen());
}
