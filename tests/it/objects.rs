//! Objects: from files into buckets, checked before, never overwritten unseen.

use aws_sdk_s3::Client;

use crate::environment::{Run, TestEnvironment, snapshots};

const MANIFEST: &str = "\
version: 1
solutions:
  shop:
    stacks:
      storage: { template: storage.yaml }
      reader:
        template: reader.yaml
        parameters: { Bucket: \"${object.routing.bucket}\", Key: \"${object.routing.key}\" }
    objects:
      routing:
        bucket: ${stack.storage.BucketName}
        key: lists/routing.json
        file: routing.json
        schema: routing.schema.json
";

const STORAGE: &str = "\
Resources:
  Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
    UpdateReplacePolicy: Retain
    Properties:
      VersioningConfiguration: { Status: Enabled }
Outputs:
  BucketName: { Value: !Ref Bucket }
";

const READER: &str = "\
Parameters:
  Bucket: { Type: String }
  Key: { Type: String }
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Allow
            Principal: { Service: lambda.amazonaws.com }
            Action: sts:AssumeRole
Outputs:
  Place: { Value: !Sub '${Bucket}/${Key}' }
";

const SCHEMA: &str = r#"{
  "required": ["Default"],
  "patternProperties": { "^(Default|[A-Z]{2})$": { "type": "string", "pattern": "^\\+[1-9][0-9]{6,14}$" } },
  "additionalProperties": false
}
"#;

const ROUTING: &str = "{\n  \"Default\": \"+18005550142\"\n}\n";

fn shop() -> TestEnvironment {
    let environment = TestEnvironment::new();
    environment.write("vanity-deploy.yaml", MANIFEST);
    environment.write("storage.yaml", STORAGE);
    environment.write("reader.yaml", READER);
    environment.write("routing.schema.json", SCHEMA);
    environment.write("routing.json", ROUTING);
    environment
}

/// With what differs from run to run put out of sight.
fn seen(run: &Run) -> String {
    let mut words = Vec::new();
    for word in run.seen().split_inclusive([' ', '\n', '/']) {
        match word.split_once("shop-storage-bucket-") {
            Some((before, rest)) => {
                let end = rest.find([' ', '\n', '/', '"', ',']).unwrap_or(rest.len());
                words.push(format!(
                    "{before}shop-storage-bucket-[SUFFIX]{}",
                    &rest[end..]
                ));
            }
            None => words.push(word.to_owned()),
        }
    }
    words.concat()
}

fn snapshot(name: &str, run: &Run) {
    snapshots().bind(|| insta::assert_snapshot!(name, seen(run)));
}

async fn bucket(client: &Client) -> String {
    let buckets = client.list_buckets().send().await.unwrap();
    buckets.buckets()[0].name().unwrap().to_owned()
}

/// What somebody else does to the object.
async fn replace(environment: &TestEnvironment, content: &'static str) {
    environment
        .with_clients(async |config| {
            let client = Client::new(config);
            client
                .put_object()
                .bucket(bucket(&client).await)
                .key("lists/routing.json")
                .content_type("application/json")
                .checksum_algorithm(aws_sdk_s3::types::ChecksumAlgorithm::Sha256)
                .body(content.as_bytes().to_vec().into())
                .send()
                .await
                .unwrap();
        })
        .await;
}

async fn content(environment: &TestEnvironment) -> String {
    environment
        .with_clients(async |config| {
            let client = Client::new(config);
            let answer = client
                .get_object()
                .bucket(bucket(&client).await)
                .key("lists/routing.json")
                .send()
                .await
                .unwrap();
            let bytes = answer.body.collect().await.unwrap().to_vec();
            String::from_utf8(bytes).unwrap()
        })
        .await
}

async fn buckets(environment: &TestEnvironment) -> usize {
    environment
        .with_clients(async |config| {
            let answer = Client::new(config).list_buckets().send().await.unwrap();
            answer.buckets().len()
        })
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_is_uploaded_when_it_changed_and_whoever_names_it_waits() {
    let environment = shop();
    snapshot(
        "object_plan_of_new",
        &environment.run("plan --local").expect(0),
    );
    let up = environment.run("up --local").expect(0);
    assert!(
        up.stdout.contains("/lists/routing.json"),
        "the reader knows the place: {}",
        up.seen()
    );
    assert_eq!(content(&environment).await, ROUTING);
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
    let longer = ROUTING.replace("42\"", "42\",\n  \"GB\": \"+442079460142\"");
    environment.write("routing.json", &longer);
    let plan = environment.run("plan --local --out p.json").expect(0);
    snapshot("object_plan_of_changed", &plan);
    environment.run("up --local --plan p.json").expect(0);
    assert_eq!(content(&environment).await, longer);
    snapshot(
        "object_status",
        &environment.run("status --local").expect(0),
    );
    environment.run("down --local").expect(0);
    assert_eq!(buckets(&environment).await, 1, "it is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_put_there_is_drift() {
    let environment = shop();
    environment.run("up --local").expect(0);
    // The same content loses nothing.
    replace(&environment, ROUTING).await;
    environment.run("status --local").expect(0);
    environment.run("up --local").expect(0);
    environment
        .run("plan --local --detailed-exitcode")
        .expect(0);
    replace(&environment, "{}").await;
    snapshot(
        "object_drift_in_status",
        &environment.run("status --local").expect(7),
    );
    snapshot("object_drift", &environment.run("up --local").expect(7));
    assert_eq!(content(&environment).await, "{}");
    // It would go with its bucket.
    let refused = environment
        .run("down --local --delete-data --yes")
        .expect(7);
    snapshot("object_drift_undone", &refused);
    assert_eq!(content(&environment).await, "{}");
    environment
        .run("up --local --overwrite-drift --yes")
        .expect(0);
    assert_eq!(content(&environment).await, ROUTING);
}

#[test]
fn a_file_that_its_schema_does_not_allow_is_shown_at_its_lines() {
    let environment = shop();
    environment.write(
        "routing.json",
        "{\n  \"Default\": \"0800\",\n  \"gb\": \"+442079460142\"\n}\n",
    );
    snapshot("object_schema", &environment.run("up --local").expect(5));
    assert!(!environment.local_dir().exists(), "nothing was begun");
    environment.write("routing.json", "{\n  \"Default\": \"+18005550142\",\n}\n");
    let run = environment.run("up --local").expect(5);
    assert!(run.stderr.contains("routing.json:3:1"), "{}", run.seen());
    environment.write("routing.schema.json", "{ \"type\": \"objekt\" }");
    environment.write("routing.json", ROUTING);
    let run = environment.run("up --local").expect(5);
    assert!(
        run.stderr.contains("routing.schema.json:1:"),
        "{}",
        run.seen()
    );
}

#[test]
fn refs_to_objects_are_checked() {
    let environment = shop();
    let with = |from: &str, to: &str| {
        environment.write("vanity-deploy.yaml", &MANIFEST.replacen(from, to, 1));
        environment.run("up --local").expect(5).stderr
    };
    let misspelt = with("object.routing.key", "object.routng.key");
    assert!(misspelt.contains("did you mean `routing`?"), "{misspelt}");
    let itself = with("lists/routing.json", "\"${object.routing.bucket}\"");
    assert!(itself.contains("cannot name an object"), "{itself}");
    let half = with("object.routing.key", "object.routing");
    assert!(half.contains("object.NAME.key"), "{half}");
    let unread = with("file: routing.json", "file: routng.json");
    assert!(unread.contains("routng.json cannot be read"), "{unread}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_goes_with_all_versions_when_that_is_asked_for() {
    let environment = shop();
    environment.run("up --local").expect(0);
    environment.write("routing.json", &ROUTING.replace("42\"", "43\""));
    environment.run("up --local").expect(0);
    let run = environment
        .run("down --local --delete-data --yes")
        .expect(0);
    assert!(run.stderr.contains("deletes Bucket"), "{}", run.seen());
    assert_eq!(buckets(&environment).await, 0);
    // One that its template does not retain must be empty before its stack goes.
    environment.write(
        "storage.yaml",
        &STORAGE.replace("    DeletionPolicy: Retain\n", ""),
    );
    environment.run("up --local").expect(0);
    environment.run("down --local").expect(3);
    environment
        .run("down --local --delete-data --yes")
        .expect(0);
    assert_eq!(buckets(&environment).await, 0);
}

/// A schema that says which texts are numbers of the instance.
const NUMBERS: &str = r#"{
  "additionalProperties": { "format": "connect-phone-number" }
}
"#;

/// A list with a number in a range that nobody knows, and one that is not the instance's.
const STRANGERS: &str = "{\n  \"Default\": \"+18005550142\",\n  \"DE\": \"+4930\"\n}\n";

/// Where an entry that is no number of the instance cuts calls, it is refused; where none can be
/// cut, it is told.
#[tokio::test(flavor = "multi_thread")]
async fn numbers_that_the_instance_does_not_have() {
    let environment = shop()
        .variable("AWS_ACCESS_KEY_ID", "local")
        .variable("AWS_SECRET_ACCESS_KEY", "local");
    environment.write("routing.schema.json", NUMBERS);
    environment.write("routing.json", STRANGERS);
    let local = tokio::task::block_in_place(|| environment.run("plan --local"));
    assert_eq!(local.code, 0, "{}", local.seen());
    let warned = local.stderr.split("\n\n").next().unwrap_or_default();
    snapshots().bind(|| insta::assert_snapshot!("strange_numbers_warned_of", warned));
    let json = tokio::task::block_in_place(|| environment.run("plan --local --json"));
    assert!(
        json.stdout.contains(
            r#"{"type":"warning","path":"routing.json","line":2,"column":14,"message":"the instance has no number +18005550142""#
        ),
        "{}",
        json.seen()
    );

    let running = local_aws::server::start(local_aws::Config::default())
        .await
        .unwrap();
    let target = format!(
        "--endpoint-url {} --region us-east-1 --instance-alias vanity-local",
        running.url()
    );
    for command in ["plan", "up --yes"] {
        let refused =
            tokio::task::block_in_place(|| environment.run(&format!("{command} {target}")));
        assert_eq!(refused.code, 5, "{}", refused.seen());
        let from = refused.stderr.find("error:").unwrap();
        snapshots().bind(|| {
            insta::assert_snapshot!("strange_numbers_refused", &refused.stderr[from..]);
        });
    }
    environment.write("routing.json", "{}\n");
    let plan = tokio::task::block_in_place(|| environment.run(&format!("plan {target}")));
    assert_eq!(plan.code, 0, "{}", plan.seen());
    running.stop().await;
}
