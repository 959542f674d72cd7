//! EventBridge Pipes, from a stream to a function that really runs.

use local_aws::server::Config;
use serde_json::{Value, json};

use crate::client::{Answer, Aws};
use crate::lambda;

const ROLE: &str = "arn:aws:iam::000000000000:role/pipe";
const ACTIONS: &[&str] = &[
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "lambda:InvokeFunction",
    "sqs:SendMessage",
];

/// An embedded AWS with a table, a function and a role for a pipe between them.
struct Stage {
    aws: Aws,
    folder: tempfile::TempDir,
    stream: String,
}

impl Stage {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let aws = Aws::with(config(&folder)).await;
        lambda::role(&aws, "function", "lambda.amazonaws.com", &["logs:*"]);
        lambda::role(&aws, "pipe", "pipes.amazonaws.com", ACTIONS);
        let mut function = lambda::new_function("greet");
        let outbox = folder.path().join("outbox");
        function["Environment"] = json!({ "Variables": { "OUTBOX": outbox } });
        lambda::created(&aws, &function).await;
        let created = dynamodb(
            &aws,
            "CreateTable",
            &json!({
                "TableName": "people",
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
                "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
                "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "NEW_IMAGE" },
            }),
        )
        .await
        .ok()
        .json();
        let stream = &created["TableDescription"]["LatestStreamArn"];
        let stream = stream.as_str().unwrap().to_owned();
        Self {
            aws,
            folder,
            stream,
        }
    }

    /// The body of a `CreatePipe` with further stream parameters.
    fn pipe(&self, parameters: Value) -> Value {
        let mut stream = json!({ "StartingPosition": "TRIM_HORIZON", "BatchSize": 10 });
        for (name, value) in parameters.as_object().unwrap() {
            stream[name] = value.clone();
        }
        json!({
            "Source": self.stream,
            "SourceParameters": {
                "FilterCriteria": { "Filters": [{ "Pattern": "{\"eventName\":[\"INSERT\"]}" }] },
                "DynamoDBStreamParameters": stream,
            },
            "Target": "arn:aws:lambda:us-east-1:000000000000:function:greet",
            "RoleArn": ROLE,
        })
    }

    async fn create(&self, body: &Value) -> Value {
        self.aws
            .rest("pipes", "POST", "/v1/pipes/welcome", body)
            .await
            .ok();
        self.settled().await
    }

    /// The pipe once nothing of it is in transit.
    async fn settled(&self) -> Value {
        loop {
            let shown = describe(&self.aws).await.ok().json();
            if !shown["CurrentState"].as_str().unwrap().ends_with("ING")
                || shown["CurrentState"] == "RUNNING"
            {
                return shown;
            }
            tokio::task::yield_now().await;
        }
    }

    async fn put(&self, id: &str, what: &str) {
        let item = json!({ "id": { "S": id }, "do": { "S": what } });
        let body = json!({ "TableName": "people", "Item": item });
        dynamodb(&self.aws, "PutItem", &body).await.ok();
    }

    /// The batches that the function got, as lists of keys.
    fn batches(&self) -> Vec<Vec<String>> {
        self.events()
            .iter()
            .map(|batch| {
                let records = batch.as_array().unwrap();
                let key = |record: &Value| {
                    record["dynamodb"]["Keys"]["id"]["S"]
                        .as_str()
                        .unwrap()
                        .to_owned()
                };
                records.iter().map(key).collect()
            })
            .collect()
    }

    fn events(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("outbox")).unwrap_or_default();
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    /// Waits until the function has got what is told.
    async fn until(&self, enough: impl Fn(&[Vec<String>]) -> bool) -> Vec<Vec<String>> {
        loop {
            let batches = self.batches();
            if enough(&batches) {
                return batches;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Waits until the pipe has settled what was written so far: until a record that
    /// is written now has arrived.
    async fn through(&self, marker: &str) -> Vec<Vec<String>> {
        self.put(marker, "").await;
        self.until(|batches| batches.iter().flatten().any(|id| id == marker))
            .await
    }
}

fn config(folder: &tempfile::TempDir) -> Config {
    Config {
        folder: Some(crate::client::kept(&folder.path().join("aws"))),
        ..Config::default()
    }
}

async fn dynamodb(aws: &Aws, operation: &str, body: &Value) -> Answer {
    aws.json("dynamodb", &format!("DynamoDB_20120810.{operation}"), body)
        .await
}

async fn describe(aws: &Aws) -> Answer {
    aws.rest("pipes", "GET", "/v1/pipes/welcome", &Value::Null)
        .await
}

#[tokio::test]
async fn inserts_reach_the_function_as_pipes_sends_them() {
    let stage = Stage::new().await;
    stage.put("a", "").await;
    let pipe = stage.create(&stage.pipe(json!({}))).await;
    assert_eq!(pipe["CurrentState"], "RUNNING", "{pipe}");
    stage.until(|batches| batches.len() == 1).await;
    let record = &stage.events()[0][0];
    let mut members: Vec<&String> = record.as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(
        members,
        [
            "awsRegion",
            "dynamodb",
            "eventID",
            "eventName",
            "eventSource",
            "eventSourceARN",
            "eventVersion"
        ]
    );
    assert_eq!(record["eventSourceARN"], json!(stage.stream));
    assert_eq!(record["eventSource"], "aws:dynamodb");
    assert_eq!(record["dynamodb"]["NewImage"]["id"]["S"], "a");
    assert_eq!(record["dynamodb"]["StreamViewType"], "NEW_IMAGE");
    // A change is filtered out, a later insert arrives.
    stage.put("a", "changed").await;
    let batches = stage.through("b").await;
    assert_eq!(batches.concat(), ["a", "b"]);
}

#[tokio::test]
async fn a_burst_arrives_once_each_in_batches() {
    let stage = Stage::new().await;
    stage.create(&stage.pipe(json!({ "BatchSize": 100 }))).await;
    let ids: Vec<String> = (0..250).map(|n| format!("{n:03}")).collect();
    for chunk in ids.chunks(25) {
        let puts: Vec<Value> = chunk
            .iter()
            .map(|id| json!({ "PutRequest": { "Item": { "id": { "S": id } } } }))
            .collect();
        let body = json!({ "RequestItems": { "people": puts } });
        dynamodb(&stage.aws, "BatchWriteItem", &body).await.ok();
    }
    let batches = stage
        .until(|batches| batches.iter().map(Vec::len).sum::<usize>() >= 250)
        .await;
    assert_eq!(batches.concat(), ids);
    assert!(batches.iter().all(|batch| batch.len() <= 100));
}

#[tokio::test]
async fn lanes_deliver_each_record_once() {
    let stage = Stage::new().await;
    for n in 0..30 {
        stage.put(&format!("{n:02}"), "").await;
    }
    let pipe = stage.pipe(json!({ "BatchSize": 3, "ParallelizationFactor": 4 }));
    stage.create(&pipe).await;
    let batches = stage
        .until(|batches| batches.iter().map(Vec::len).sum::<usize>() >= 30)
        .await;
    assert!(batches.iter().all(|batch| batch.len() <= 3));
    let mut all = batches.concat();
    all.sort();
    assert_eq!(all, (0..30).map(|n| format!("{n:02}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_follows_the_first_failed_record_is_sent_again() {
    let stage = Stage::new().await;
    for (id, what) in [("a", ""), ("b", ""), ("c", "twice"), ("d", "")] {
        stage.put(id, what).await;
    }
    stage.create(&stage.pipe(json!({}))).await;
    let batches = stage.until(|batches| batches.len() == 2).await;
    assert_eq!(batches, [vec!["a", "b", "c", "d"], vec!["c", "d"]]);
}

#[tokio::test]
async fn bisection_sends_the_rest_and_gives_up_the_bad_one() {
    let stage = Stage::new().await;
    for (id, what) in [("a", ""), ("b", "fail"), ("c", ""), ("d", "")] {
        stage.put(id, what).await;
    }
    let parameters =
        json!({ "OnPartialBatchItemFailure": "AUTOMATIC_BISECT", "MaximumRetryAttempts": 1 });
    stage.create(&stage.pipe(parameters)).await;
    stage.until(|batches| batches.len() >= 4).await;
    let batches = stage.through("e").await;
    let expected = [
        vec!["a", "b", "c", "d"],
        vec!["b"],
        vec!["b"],
        vec!["c", "d"],
        vec!["e"],
    ];
    assert_eq!(batches, expected);
}

#[tokio::test]
async fn a_function_that_fails_is_tried_as_often_as_told() {
    let stage = Stage::new().await;
    stage.put("a", "crash").await;
    stage
        .create(&stage.pipe(json!({ "MaximumRetryAttempts": 2 })))
        .await;
    stage.until(|batches| batches.len() == 3).await;
    assert_eq!(
        stage.through("b").await,
        [vec!["a"], vec!["a"], vec!["a"], vec!["b"]]
    );
}

#[tokio::test]
async fn what_is_given_up_is_told_to_the_dead_letter_queue() {
    let stage = Stage::new().await;
    let sqs = async |operation: &str, body: Value| {
        let target = format!("AmazonSQS.{operation}");
        stage.aws.json("sqs", &target, &body).await
    };
    let queue = "arn:aws:sqs:us-east-1:000000000000:letters";
    let parameters = json!({
        "MaximumRetryAttempts": 0,
        "OnPartialBatchItemFailure": "AUTOMATIC_BISECT",
        "DeadLetterConfig": { "Arn": queue },
    });
    // Without the queue there is no pipe.
    let pipe = stage.create(&stage.pipe(parameters.clone())).await;
    assert_eq!(pipe["CurrentState"], "CREATE_FAILED");
    let reason = pipe["StateReason"].as_str().unwrap();
    assert!(
        reason.ends_with(&format!("sending message to SQS queue: {queue}")),
        "{reason}"
    );
    let url = sqs("CreateQueue", json!({ "QueueName": "letters" }))
        .await
        .ok()
        .json();
    let start = "/v1/pipes/welcome/start";
    stage
        .aws
        .rest("pipes", "POST", start, &Value::Null)
        .await
        .ok();
    assert_eq!(stage.settled().await["CurrentState"], "RUNNING");
    stage.put("a", "").await;
    stage.put("b", "fail").await;
    let received = sqs(
        "ReceiveMessage",
        json!({ "QueueUrl": url["QueueUrl"], "WaitTimeSeconds": 20 }),
    )
    .await
    .ok()
    .json();
    let body: Value =
        serde_json::from_str(received["Messages"][0]["Body"].as_str().unwrap()).unwrap();
    assert_eq!(
        body["context"],
        json!({
            "partnerResourceArn": "arn:aws:pipes:us-east-1:000000000000:pipe/welcome",
            "condition": "RetryAttemptsExhausted",
        })
    );
    let batch = &body["DDBStreamBatchInfo"];
    let bad = stage
        .events()
        .iter()
        .flat_map(|batch| batch.as_array().unwrap().clone())
        .find(|record| record["dynamodb"]["Keys"]["id"]["S"] == "b")
        .unwrap();
    assert_eq!(batch["batchSize"], 1);
    assert_eq!(
        batch["startSequenceNumber"],
        bad["dynamodb"]["SequenceNumber"]
    );
    assert_eq!(batch["endSequenceNumber"], batch["startSequenceNumber"]);
    assert_eq!(batch["streamArn"], json!(stage.stream));
    // What it tells finds the record again.
    let iterator = json!({
        "StreamArn": batch["streamArn"],
        "ShardId": batch["shardId"],
        "ShardIteratorType": "AT_SEQUENCE_NUMBER",
        "SequenceNumber": batch["startSequenceNumber"],
    });
    let streams = async |operation: &str, body: Value| {
        let target = format!("DynamoDBStreams_20120810.{operation}");
        stage.aws.json("dynamodb", &target, &body).await.ok().json()
    };
    let iterator = streams("GetShardIterator", iterator).await;
    let records = streams(
        "GetRecords",
        json!({ "ShardIterator": iterator["ShardIterator"] }),
    )
    .await;
    assert_eq!(records["Records"][0]["dynamodb"]["Keys"]["id"]["S"], "b");
}

#[tokio::test]
async fn a_stopped_pipe_goes_on_where_it_was() {
    let stage = Stage::new().await;
    stage.create(&stage.pipe(json!({}))).await;
    stage.through("a").await;
    stage
        .aws
        .rest("pipes", "POST", "/v1/pipes/welcome/stop", &Value::Null)
        .await
        .ok();
    assert_eq!(stage.settled().await["CurrentState"], "STOPPED");
    stage.put("b", "").await;
    stage
        .aws
        .rest("pipes", "POST", "/v1/pipes/welcome/start", &Value::Null)
        .await
        .ok();
    assert_eq!(stage.through("c").await.concat(), ["a", "b", "c"]);
}

#[tokio::test]
async fn an_update_ends_the_retries_of_before() {
    let stage = Stage::new().await;
    stage.put("a", "crash").await;
    stage.create(&stage.pipe(json!({}))).await;
    stage.until(|batches| batches.len() >= 2).await;
    let body = json!({
        "RoleArn": ROLE,
        "SourceParameters": {
            "FilterCriteria": { "Filters": [{ "Pattern": "{\"dynamodb\":{\"Keys\":{\"id\":{\"S\":[{\"anything-but\":\"a\"}]}}}}" }] },
            "DynamoDBStreamParameters": {},
        },
    });
    stage
        .aws
        .rest("pipes", "PUT", "/v1/pipes/welcome", &body)
        .await
        .ok();
    let pipe = stage.settled().await;
    assert_eq!(pipe["CurrentState"], "RUNNING");
    assert_eq!(
        pipe["SourceParameters"]["DynamoDBStreamParameters"]["BatchSize"],
        1
    );
    let batches = stage.through("b").await;
    assert_eq!(batches.last().unwrap(), &["b"]);
}

#[tokio::test]
async fn a_pipe_goes_on_after_a_restart() {
    let mut stage = Stage::new().await;
    // What is written before it begins at the latest is not for it.
    stage.put("before", "").await;
    stage
        .create(&stage.pipe(json!({ "StartingPosition": "LATEST" })))
        .await;
    stage.through("a").await;
    stage.aws.stop().await;
    stage.aws = Aws::with(config(&stage.folder)).await;
    // What was delivered when the server stopped may come again: at least once.
    let mut ids = stage.through("b").await.concat();
    ids.dedup();
    assert_eq!(ids, ["a", "b"]);
}

#[tokio::test]
async fn a_pipe_does_not_go_on_for_who_only_looks() {
    let mut stage = Stage::new().await;
    stage.create(&stage.pipe(json!({}))).await;
    stage.through("a").await;
    stage.aws.stop().await;
    stage.aws = Aws::with(Config {
        access: local_aws::Access::Look,
        ..config(&stage.folder)
    })
    .await;
    assert!(stage.aws.running.is_idle());
    stage.put("b", "").await;
    assert_eq!(describe(&stage.aws).await.status, 200);
    assert!(stage.aws.running.is_idle());
    assert_eq!(stage.batches().concat(), ["a"]);
    stage.aws.stop().await;
    stage.aws = Aws::with(config(&stage.folder)).await;
    assert!(!stage.aws.running.is_idle());
    // What was delivered when the server stopped may come again: at least once.
    let mut ids = stage.through("c").await.concat();
    ids.dedup();
    assert_eq!(ids, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_deleted_pipe_delivers_nothing() {
    let stage = Stage::new().await;
    stage.create(&stage.pipe(json!({}))).await;
    stage.through("a").await;
    let deleted = stage
        .aws
        .rest("pipes", "DELETE", "/v1/pipes/welcome", &Value::Null)
        .await
        .ok();
    assert_eq!(deleted.json()["CurrentState"], "DELETING");
    while describe(&stage.aws).await.status == 200 {
        tokio::task::yield_now().await;
    }
    stage.put("b", "").await;
    // The same name begins anew, with the records that are kept.
    stage.create(&stage.pipe(json!({}))).await;
    assert_eq!(stage.through("c").await.concat(), ["a", "a", "b", "c"]);
}

#[tokio::test]
async fn what_the_role_may_not_do_fails_the_pipe() {
    let stage = Stage::new().await;
    for (name, service, actions, words) in [
        (
            "nobody",
            "lambda.amazonaws.com",
            ACTIONS,
            "does not let pipes.amazonaws.com assume it",
        ),
        (
            "deaf",
            "pipes.amazonaws.com",
            &ACTIONS[1..],
            "Cannot access stream",
        ),
        (
            "mute",
            "pipes.amazonaws.com",
            &ACTIONS[..4],
            "lambda:InvokeFunction",
        ),
    ] {
        lambda::role(&stage.aws, name, service, actions);
        let mut body = stage.pipe(json!({}));
        body["RoleArn"] = json!(format!("arn:aws:iam::000000000000:role/{name}"));
        let pipe = stage.create(&body).await;
        assert_eq!(pipe["CurrentState"], "CREATE_FAILED", "{name}");
        let reason = pipe["StateReason"].as_str().unwrap();
        assert!(reason.contains(words), "{name}: {reason}");
        stage
            .aws
            .rest("pipes", "DELETE", "/v1/pipes/welcome", &Value::Null)
            .await
            .ok();
        while describe(&stage.aws).await.status == 200 {
            tokio::task::yield_now().await;
        }
    }
    // A queue that the role may not send to.
    lambda::role(
        &stage.aws,
        "lettersless",
        "pipes.amazonaws.com",
        &ACTIONS[..5],
    );
    let queue = "arn:aws:sqs:us-east-1:000000000000:letters";
    let mut body = stage.pipe(json!({ "DeadLetterConfig": { "Arn": queue } }));
    body["RoleArn"] = json!("arn:aws:iam::000000000000:role/lettersless");
    let pipe = stage.create(&body).await;
    assert_eq!(pipe["CurrentState"], "CREATE_FAILED");
    assert!(
        pipe["StateReason"]
            .as_str()
            .unwrap()
            .contains("sqs:SendMessage"),
        "{pipe}"
    );
}

#[tokio::test]
async fn a_template_makes_changes_and_deletes_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let aws = Aws::with(config(&folder)).await;
    lambda::role(&aws, "function", "lambda.amazonaws.com", &["logs:*"]);
    let mut function = lambda::new_function("greet");
    let outbox = folder.path().join("outbox");
    function["Environment"] = json!({ "Variables": { "OUTBOX": outbox } });
    lambda::created(&aws, &function).await;
    let template = |trust: &str, size: &str| {
        format!(
            r#"
Parameters:
  Size: {{Type: Number, Default: {size}}}
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{{AttributeName: id, AttributeType: S}}]
      KeySchema: [{{AttributeName: id, KeyType: HASH}}]
      StreamSpecification: {{StreamViewType: NEW_IMAGE}}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{Service: pipes.amazonaws.com}}
            Action: sts:AssumeRole
            Condition:
              StringEquals: {{"aws:SourceAccount": !Ref AWS::AccountId}}
              ArnEquals: {{"aws:SourceArn": !Sub "arn:${{AWS::Partition}}:pipes:${{AWS::Region}}:${{AWS::AccountId}}:pipe/{trust}"}}
      Policies:
        - PolicyName: pipe
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [dynamodb:DescribeStream, dynamodb:GetRecords, dynamodb:GetShardIterator, dynamodb:ListStreams]
                Resource: !GetAtt Table.StreamArn
              - Effect: Allow
                Action: lambda:InvokeFunction
                Resource: !Sub "arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:greet"
  Pipe:
    Type: AWS::Pipes::Pipe
    Properties:
      Name: welcome
      RoleArn: !GetAtt Role.Arn
      Source: !GetAtt Table.StreamArn
      SourceParameters:
        FilterCriteria: {{Filters: [{{Pattern: '{{"eventName":["INSERT"]}}'}}]}}
        DynamoDBStreamParameters:
          StartingPosition: TRIM_HORIZON
          BatchSize: !Ref Size
          OnPartialBatchItemFailure: AUTOMATIC_BISECT
      Target: !Sub "arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:greet"
      Tags: {{purpose: check}}
Outputs:
  Table: {{Value: !Ref Table}}
  Arn: {{Value: !GetAtt Pipe.Arn}}
"#
        )
    };
    let call = async |action: &str, template: &str| {
        let mut parameters = vec![("StackName", "events")];
        if !template.is_empty() {
            parameters.push(("Capabilities.member.1", "CAPABILITY_IAM"));
            parameters.push(("TemplateBody", template));
        }
        aws.query("cloudformation", action, &parameters).await
    };
    let stack = async || loop {
        let answer = call("DescribeStacks", "").await;
        let status = answer.element("StackStatus").unwrap_or_default();
        if !status.ends_with("_IN_PROGRESS") {
            return answer;
        }
        tokio::task::yield_now().await;
    };
    // A trust policy for another pipe.
    call("CreateStack", &template("other", "5")).await.ok();
    let failed = stack().await;
    assert_eq!(failed.element("StackStatus").unwrap(), "ROLLBACK_COMPLETE");
    let events = call("DescribeStackEvents", "").await.ok();
    let reasons = events.elements("ResourceStatusReason").join("\n");
    assert!(
        reasons.contains("'welcome' did not stabilize. Status Reason is The role"),
        "{reasons}"
    );
    assert_eq!(describe(&aws).await.status, 404);
    call("DeleteStack", "").await.ok();
    stack().await;
    // The right one.
    call("CreateStack", &template("welcome", "5")).await.ok();
    let made = stack().await;
    assert_eq!(
        made.element("StackStatus").unwrap(),
        "CREATE_COMPLETE",
        "{}",
        made.body
    );
    let outputs = made.elements("OutputValue");
    assert_eq!(
        outputs[1],
        "arn:aws:pipes:us-east-1:000000000000:pipe/welcome"
    );
    let item = json!({ "TableName": outputs[0], "Item": { "id": { "S": "a" } } });
    dynamodb(&aws, "PutItem", &item).await.ok();
    while !std::fs::read_to_string(&outbox)
        .unwrap_or_default()
        .contains("INSERT")
    {
        tokio::task::yield_now().await;
    }
    // In place.
    call("UpdateStack", &template("welcome", "7")).await.ok();
    assert_eq!(
        stack().await.element("StackStatus").unwrap(),
        "UPDATE_COMPLETE"
    );
    let pipe = describe(&aws).await.ok().json();
    assert_eq!(
        pipe["SourceParameters"]["DynamoDBStreamParameters"]["BatchSize"],
        7
    );
    assert_eq!(pipe["Tags"]["purpose"], "check");
    assert_eq!(pipe["Tags"]["aws:cloudformation:logical-id"], "Pipe");
    call("DeleteStack", "").await.ok();
    stack().await;
    assert_eq!(describe(&aws).await.status, 404);
}
