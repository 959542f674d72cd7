//! EventBridge Scheduler: functions that run at times, with a role, and what fails.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use local_aws::Config;
use local_aws::ports::Clock;
use serde_json::{Value, json};

use crate::client::{Answer, Aws};
use crate::lambda;

const ROLE: &str = "arn:aws:iam::000000000000:role/clock";

/// A clock that is moved by hand.
#[derive(Clone)]
struct Hands(Arc<Mutex<Timestamp>>);

impl Hands {
    fn minutes(&self, count: i64) {
        *self.0.lock().unwrap() += SignedDuration::from_mins(count);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

struct Stage {
    aws: Aws,
    hands: Hands,
}

impl Stage {
    async fn new() -> Self {
        let now = "2026-01-31T12:00:30Z".parse().unwrap();
        let hands = Hands(Arc::new(Mutex::new(now)));
        let aws = Aws::with(Config {
            clock: Arc::new(hands.clone()),
            ..Config::default()
        })
        .await;
        let actions = ["lambda:InvokeFunction", "sqs:SendMessage"];
        lambda::role(&aws, "function", "lambda.amazonaws.com", &["logs:*"]);
        lambda::role(&aws, "clock", "scheduler.amazonaws.com", &actions);
        lambda::created(&aws, &lambda::new_function("greet")).await;
        let queue = json!({ "QueueName": "dead" });
        aws.json("sqs", "AmazonSQS.CreateQueue", &queue).await.ok();
        Self { aws, hands }
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        let path = format!("/schedules{path}");
        self.aws.rest("scheduler", method, &path, body).await
    }

    /// How often the function was invoked, as its log says.
    async fn invocations(&self) -> usize {
        let body = json!({ "logGroupName": "/aws/lambda/greet", "filterPattern": "hourly" });
        let answer = self
            .aws
            .json("logs", "Logs_20140328.FilterLogEvents", &body)
            .await;
        answer.json()["events"].as_array().map_or(0, Vec::len)
    }

    async fn until_invoked(&self, count: usize) {
        for _ in 0..400 {
            if self.invocations().await == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!(
            "it was invoked {} times, not {count}",
            self.invocations().await
        );
    }

    async fn message(&self, queue: &str) -> Value {
        let url = format!("{}/000000000000/{queue}", self.aws.url());
        let receive = json!({ "QueueUrl": url, "MessageAttributeNames": ["All"] });
        for _ in 0..400 {
            let answer = self
                .aws
                .json("sqs", "AmazonSQS.ReceiveMessage", &receive)
                .await
                .ok();
            if let Some(message) = answer.json()["Messages"].get(0) {
                return message.clone();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("nothing comes to the queue {queue}");
    }
}

fn schedule(expression: &str) -> Value {
    json!({
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": { "Mode": "OFF" },
        "Target": {
            "Arn": "arn:aws:lambda:us-east-1:000000000000:function:greet",
            "RoleArn": ROLE,
            "Input": r#"{"why":"hourly"}"#,
            "RetryPolicy": { "MaximumRetryAttempts": 0 },
        },
    })
}

#[tokio::test]
async fn a_function_runs_when_its_time_has_come() {
    let stage = Stage::new().await;
    let hourly = schedule("cron(0 * * * ? *)");
    let made = stage.call("POST", "/hourly", &hourly).await.ok().json();
    let arn = "arn:aws:scheduler:us-east-1:000000000000:schedule/default/hourly";
    assert_eq!(made["ScheduleArn"], arn);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(stage.invocations().await, 0);
    stage.hands.minutes(60);
    stage.until_invoked(1).await;
    stage.hands.minutes(60);
    stage.until_invoked(2).await;
    let mut off = hourly.clone();
    off["State"] = json!("DISABLED");
    stage.call("PUT", "/hourly", &off).await.ok();
    stage.hands.minutes(60);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(stage.invocations().await, 2);
    let shown = stage.call("GET", "/hourly", &Value::Null).await.ok().json();
    assert_eq!(shown["State"], "DISABLED");
    assert_eq!(
        shown["Target"]["RetryPolicy"]["MaximumEventAgeInSeconds"],
        86_400
    );
    stage.call("DELETE", "/hourly", &Value::Null).await.ok();
    let listed = stage.call("GET", "", &Value::Null).await.ok().json();
    assert_eq!(listed["Schedules"], json!([]));
}

#[tokio::test]
async fn a_rate_begins_at_once_and_what_is_over_may_go() {
    let stage = Stage::new().await;
    stage
        .call("POST", "/often", &schedule("rate(5 minutes)"))
        .await
        .ok();
    stage.until_invoked(1).await;
    let mut once = schedule("at(2026-01-31T12:05:00)");
    once["ActionAfterCompletion"] = json!("DELETE");
    stage.call("POST", "/once", &once).await.ok();
    stage.hands.minutes(5);
    stage.until_invoked(3).await;
    let gone = stage.call("GET", "/once", &Value::Null).await;
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn what_cannot_be_invoked_ends_in_the_dead_letter_queue() {
    let stage = Stage::new().await;
    let mut body = schedule("at(2026-01-31T12:05:00)");
    body["Target"]["Arn"] = json!("arn:aws:lambda:us-east-1:000000000000:function:nobody");
    body["Target"]["RetryPolicy"]["MaximumRetryAttempts"] = json!(1);
    body["Target"]["DeadLetterConfig"] =
        json!({ "Arn": "arn:aws:sqs:us-east-1:000000000000:dead" });
    stage.call("POST", "/lost", &body).await.ok();
    stage.hands.minutes(5);
    let message = stage.message("dead").await;
    let attributes = &message["MessageAttributes"];
    let text = |name: &str| attributes[name]["StringValue"].as_str().unwrap().to_owned();
    assert_eq!(text("EXHAUSTED_RETRY_CONDITION"), "MaximumRetryAttempts");
    assert_eq!(text("RETRY_ATTEMPTS"), "1");
    assert_eq!(text("ERROR_CODE"), "ResourceNotFoundException");
    assert_eq!(text("SCHEDULED_TIME"), "2026-01-31T12:05:00Z");
    let sent: Value = serde_json::from_str(message["Body"].as_str().unwrap()).unwrap();
    assert_eq!(sent["Payload"], r#"{"why":"hourly"}"#);
}

#[tokio::test]
async fn what_the_scheduler_refuses() {
    let stage = Stage::new().await;
    stage
        .call("POST", "/there", &schedule("rate(1 day)"))
        .await
        .ok();
    let with = |path: [&str; 2], value: Value| {
        let mut body = schedule("rate(1 day)");
        match path {
            [name, ""] => body[name] = value,
            [outer, inner] => body[outer][inner] = value,
        }
        body
    };
    let untrusted = "arn:aws:iam::000000000000:role/function";
    for (method, path, body, code) in [
        (
            "POST",
            "/there",
            schedule("rate(1 day)"),
            "ConflictException",
        ),
        (
            "PUT",
            "/absent",
            schedule("rate(1 day)"),
            "ResourceNotFoundException",
        ),
        ("GET", "/absent", Value::Null, "ResourceNotFoundException"),
        (
            "DELETE",
            "/absent",
            Value::Null,
            "ResourceNotFoundException",
        ),
        (
            "GET",
            "/there?groupName=other",
            Value::Null,
            "ResourceNotFoundException",
        ),
        (
            "POST",
            "/a%20b",
            schedule("rate(1 day)"),
            "ValidationException",
        ),
        ("POST", "/s", schedule("daily"), "ValidationException"),
        (
            "POST",
            "/s",
            with(["Target", "RoleArn"], json!(untrusted)),
            "ValidationException",
        ),
        (
            "POST",
            "/s",
            with(["GroupName", ""], json!("other")),
            "ResourceNotFoundException",
        ),
        (
            "POST",
            "/s",
            with(["KmsKeyArn", ""], json!("k")),
            "NotImplementedByLocalAws",
        ),
        (
            "POST",
            "/s",
            with(["Target", "SqsParameters"], json!({})),
            "NotImplementedByLocalAws",
        ),
    ] {
        let answer = stage.call(method, path, &body).await;
        assert_eq!(
            answer.headers["x-amzn-errortype"], code,
            "{method} {path} {body}"
        );
    }
    let groups = stage
        .aws
        .rest("scheduler", "POST", "/schedule-groups/g", &json!({}))
        .await;
    assert_eq!(
        groups.headers["x-amzn-errortype"],
        "NotImplementedByLocalAws"
    );
}

#[tokio::test]
async fn a_stack_makes_changes_and_deletes_a_schedule() {
    let stage = Stage::new().await;
    let template = |expression: &str| {
        format!(
            "
Resources:
  Hourly:
    Type: AWS::Scheduler::Schedule
    Properties:
      Name: hourly
      ScheduleExpression: {expression}
      FlexibleTimeWindow: {{ Mode: FLEXIBLE, MaximumWindowInMinutes: '5' }}
      Target:
        Arn: arn:aws:lambda:us-east-1:000000000000:function:greet
        RoleArn: {ROLE}
        Input: '{{\"why\":\"hourly\"}}'
        RetryPolicy: {{ MaximumRetryAttempts: '3' }}
        DeadLetterConfig: {{ Arn: 'arn:aws:sqs:us-east-1:000000000000:dead' }}
Outputs:
  Arn: {{ Value: !GetAtt Hourly.Arn }}
"
        )
    };
    let settled = async || {
        for _ in 0..200 {
            let stack = [("StackName", "s")];
            let stacks = stage
                .aws
                .query("cloudformation", "DescribeStacks", &stack)
                .await;
            match stacks.element("StackStatus") {
                None => return "gone".to_owned(),
                Some(status) if !status.ends_with("_IN_PROGRESS") => return status,
                Some(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        panic!("the stack does not settle");
    };
    for (operation, expression, status) in [
        ("CreateStack", "rate(1 hour)", "CREATE_COMPLETE"),
        ("UpdateStack", "rate(2 hours)", "UPDATE_COMPLETE"),
    ] {
        let template = template(expression);
        let parameters = [("StackName", "s"), ("TemplateBody", template.as_str())];
        stage
            .aws
            .query("cloudformation", operation, &parameters)
            .await
            .ok();
        assert_eq!(settled().await, status);
        let shown = stage.call("GET", "/hourly", &Value::Null).await.ok().json();
        assert_eq!(shown["ScheduleExpression"], expression);
        assert_eq!(shown["FlexibleTimeWindow"]["MaximumWindowInMinutes"], 5);
        assert_eq!(shown["Target"]["RetryPolicy"]["MaximumRetryAttempts"], 3);
    }
    let stack = [("StackName", "s")];
    stage
        .aws
        .query("cloudformation", "DeleteStack", &stack)
        .await
        .ok();
    assert_eq!(settled().await, "gone");
    assert_eq!(stage.call("GET", "/hourly", &Value::Null).await.status, 404);
}
