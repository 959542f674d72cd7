//! CloudWatch: alarms of stacks, on metrics that are really there.

use std::sync::{Arc, Mutex};

use jiff::{SignedDuration, Timestamp};
use local_aws::Config;
use local_aws::ports::Clock;
use serde_json::{Value, json};

use crate::client::{Answer, Aws};

/// A clock that is moved by hand.
#[derive(Clone)]
struct Hands(Arc<Mutex<Timestamp>>);

impl Hands {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(
            "2026-01-31T12:00:30Z".parse().unwrap(),
        )))
    }

    fn minutes(&self, count: i64) {
        let mut now = self.0.lock().unwrap();
        *now += SignedDuration::from_mins(count);
    }
}

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

const TEMPLATE: &str = "
Parameters:
  Threshold: { Type: Number, Default: 0 }
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties: { TopicName: alarms }
  Dead:
    Type: AWS::SQS::Queue
    Properties: { QueueName: dead }
  Lost:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: lost
      AlarmDescription: Messages that nobody could handle
      Namespace: AWS/SQS
      MetricName: ApproximateNumberOfMessagesVisible
      Dimensions: [ { Name: QueueName, Value: !GetAtt Dead.QueueName } ]
      Statistic: Maximum
      Period: 60
      EvaluationPeriods: 1
      Threshold: !Ref Threshold
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
      AlarmActions: [ !Ref Topic ]
      OKActions: [ !Ref Topic, 'arn:aws:sns:us-east-1:000000000000:absent' ]
      Tags: [ { Key: purpose, Value: check } ]
  Elsewhere:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: elsewhere
      Namespace: AWS/EC2
      MetricName: CPUUtilization
      Dimensions: [ { Name: InstanceId, Value: i-0 } ]
      Statistic: Average
      Period: 300
      EvaluationPeriods: 2
      Threshold: 90
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
  Missing:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: missing
      Namespace: AWS/Lambda
      MetricName: Errors
      Dimensions: [ { Name: FunctionName, Value: nobody } ]
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 0
      ComparisonOperator: GreaterThanThreshold
      TreatMissingData: notBreaching
Outputs:
  Arn: { Value: !GetAtt Lost.Arn }
";

async fn monitoring(aws: &Aws, operation: &str, body: Value) -> Answer {
    let target = format!("GraniteServiceVersion20100801.{operation}");
    aws.json("monitoring", &target, &body).await
}

async fn alarm(aws: &Aws, name: &str) -> Value {
    let answer = monitoring(aws, "DescribeAlarms", json!({"AlarmNames": [name]})).await;
    answer.ok().json()["MetricAlarms"][0].clone()
}

async fn deployed(hands: &Hands, template: &str) -> (Aws, String) {
    let aws = Aws::with(Config {
        clock: Arc::new(hands.clone()),
        ..Config::default()
    })
    .await;
    let parameters = [("StackName", "s"), ("TemplateBody", template)];
    aws.query("cloudformation", "CreateStack", &parameters)
        .await
        .ok();
    for _ in 0..200 {
        let stack = [("StackName", "s")];
        let stacks = aws.query("cloudformation", "DescribeStacks", &stack).await;
        let status = stacks.ok().element("StackStatus").unwrap();
        if !status.ends_with("_IN_PROGRESS") {
            return (aws, status);
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the stack does not settle");
}

async fn notifications(aws: &Aws) -> Vec<Value> {
    let answer = aws.control("GET", "sns/notifications", &Value::Null).await;
    answer.ok().json().as_array().unwrap().clone()
}

#[tokio::test]
async fn an_alarm_on_a_queue_follows_its_messages_and_tells() {
    let hands = Hands::new();
    let (aws, status) = deployed(&hands, TEMPLATE).await;
    assert_eq!(status, "CREATE_COMPLETE");
    assert_eq!(alarm(&aws, "lost").await["StateValue"], "OK");
    // From having no data to OK: one topic is there, one is not.
    let told = notifications(&aws).await;
    assert_eq!(told.len(), 2);
    assert!(told[0].get("undelivered").is_none());
    assert_eq!(told[1]["undelivered"], "NotFound: Topic does not exist");
    let url = format!("{}/000000000000/dead", aws.url());
    let message = json!({"QueueUrl": url, "MessageBody": "x"});
    aws.json("sqs", "AmazonSQS.SendMessage", &message)
        .await
        .ok();
    let shown = alarm(&aws, "lost").await;
    assert_eq!(shown["StateValue"], "ALARM");
    insta::assert_snapshot!(shown["StateReason"].as_str().unwrap(), @"Threshold Crossed: 1 out of the last 1 datapoints [1.0 (31/01/26 12:00:00)] was greater than the threshold (0.0) (minimum 1 datapoint for OK -> ALARM transition).");
    let told = notifications(&aws).await;
    assert_eq!(told.len(), 3);
    assert_eq!(told[2]["subject"], "ALARM: \"lost\" in us-east-1");
    let message: Value = serde_json::from_str(told[2]["message"].as_str().unwrap()).unwrap();
    assert_eq!(message["OldStateValue"], "OK");
    assert_eq!(
        message["Trigger"]["MetricName"],
        "ApproximateNumberOfMessagesVisible"
    );
    // Nothing new, nothing told.
    alarm(&aws, "lost").await;
    assert_eq!(notifications(&aws).await.len(), 3);
    hands.minutes(1);
    aws.json("sqs", "AmazonSQS.PurgeQueue", &json!({"QueueUrl": url}))
        .await
        .ok();
    assert_eq!(alarm(&aws, "lost").await["StateValue"], "OK");
}

#[tokio::test]
async fn an_alarm_on_what_is_not_here_is_never_ok() {
    let hands = Hands::new();
    let (aws, _) = deployed(&hands, TEMPLATE).await;
    let elsewhere = alarm(&aws, "elsewhere").await;
    assert_eq!(elsewhere["StateValue"], "INSUFFICIENT_DATA");
    insta::assert_snapshot!(elsewhere["StateReason"].as_str().unwrap(), @"Insufficient Data: this emulation has no metric AWS/EC2 CPUUtilization by [InstanceId].");
    let missing = alarm(&aws, "missing").await;
    assert_eq!(missing["StateValue"], "INSUFFICIENT_DATA");
    insta::assert_snapshot!(missing["StateReason"].as_str().unwrap(), @"Insufficient Data: there is no function named nobody.");
}

#[tokio::test]
async fn alarms_are_found_by_what_is_asked() {
    let hands = Hands::new();
    let (aws, _) = deployed(&hands, TEMPLATE).await;
    let names = |body: Value| {
        let aws = &aws;
        async move {
            let found = monitoring(aws, "DescribeAlarms", body).await.ok().json();
            let names: Vec<String> = found["MetricAlarms"]
                .as_array()
                .unwrap()
                .iter()
                .map(|alarm| alarm["AlarmName"].as_str().unwrap().to_owned())
                .collect();
            (names.join(" "), found["NextToken"].clone())
        }
    };
    assert_eq!(names(json!({})).await.0, "elsewhere lost missing");
    assert_eq!(names(json!({"AlarmNamePrefix": "lo"})).await.0, "lost");
    assert_eq!(names(json!({"StateValue": "OK"})).await.0, "lost");
    assert_eq!(
        names(json!({"ActionPrefix": "arn:aws:sns"})).await.0,
        "lost"
    );
    assert_eq!(names(json!({"AlarmTypes": ["CompositeAlarm"]})).await.0, "");
    let (first, token) = names(json!({"MaxRecords": 2})).await;
    assert_eq!(first, "elsewhere lost");
    assert_eq!(names(json!({"NextToken": token})).await.0, "missing");
    let tags = json!({"ResourceARN": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:lost"});
    let tags = monitoring(&aws, "ListTagsForResource", tags).await.ok();
    assert!(tags.body.contains("\"purpose\""), "{}", tags.body);
    for (body, code) in [
        (json!({"MaxRecords": 0}), "ValidationError"),
        (json!({"StateValue": "FINE"}), "ValidationError"),
        (
            json!({"AlarmNames": ["a"], "AlarmNamePrefix": "a"}),
            "ValidationError",
        ),
        (json!({"NextToken": "nobody"}), "InvalidNextToken"),
        (
            json!({"ChildrenOfAlarmName": "a"}),
            "NotImplementedByLocalAws",
        ),
        (json!({"Colour": "red"}), "NotImplementedByLocalAws"),
    ] {
        let answer = monitoring(&aws, "DescribeAlarms", body.clone()).await;
        assert_eq!(answer.json()["__type"], code, "{body}");
    }
    let put = monitoring(&aws, "PutMetricAlarm", json!({})).await;
    assert_eq!(put.status, 501);
}

#[tokio::test]
async fn what_an_alarm_cannot_be_fails_its_stack() {
    for (from, to) in [
        ("Period: 60", "Period: 61"),
        ("Period: 60", "Period: 10"),
        ("Statistic: Maximum", "Statistic: Most"),
        ("Statistic: Maximum", "ExtendedStatistic: p99"),
        ("GreaterThanThreshold", "GreaterThanUpperThreshold"),
        (
            "[ !Ref Topic ]",
            "[ 'arn:aws:automate:us-east-1:ec2:stop' ]",
        ),
    ] {
        let hands = Hands::new();
        let template = TEMPLATE.replacen(from, to, 1);
        let aws = Aws::with(Config {
            clock: Arc::new(hands.clone()),
            ..Config::default()
        })
        .await;
        let parameters = [("StackName", "s"), ("TemplateBody", template.as_str())];
        let made = aws
            .query("cloudformation", "CreateStack", &parameters)
            .await;
        if made.status < 300 {
            let mut status = String::new();
            for _ in 0..200 {
                let stack = [("StackName", "s")];
                let stacks = aws.query("cloudformation", "DescribeStacks", &stack).await;
                status = stacks.ok().element("StackStatus").unwrap();
                if !status.ends_with("_IN_PROGRESS") {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
            assert_eq!(status, "ROLLBACK_COMPLETE", "{to}");
        }
    }
}

/// The alarms that a sender of SMS and e-mails may have.
const MESSAGES: &str = "
Resources:
  Failed:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: failed
      Namespace: AWS/SNS
      MetricName: NumberOfNotificationsFailed
      Dimensions: [ { Name: PhoneNumber, Value: PhoneNumberDirect } ]
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
  Spent:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: spent
      Namespace: AWS/SNS
      MetricName: SMSMonthToDateSpentUSD
      Statistic: Maximum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 0.8
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
  Mails:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: mails
      Namespace: AWS/SES
      MetricName: Send
      Statistic: Sum
      Period: 60
      EvaluationPeriods: 1
      Threshold: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      TreatMissingData: notBreaching
  Sender:
    Type: AWS::SES::EmailIdentity
    Properties: { EmailIdentity: example.com, Tags: [ { Key: a, Value: b } ] }
Outputs:
  Name: { Value: !Ref Sender }
  Record: { Value: !GetAtt Sender.DkimDNSTokenValue3 }
";

#[tokio::test]
async fn alarms_follow_what_is_sent_and_what_it_costs() {
    let hands = Hands::new();
    let (aws, status) = deployed(&hands, MESSAGES).await;
    assert_eq!(status, "CREATE_COMPLETE");
    let stack = [("StackName", "s")];
    let outputs = aws.query("cloudformation", "DescribeStacks", &stack).await;
    let values = outputs.ok().elements("OutputValue").join(" ");
    assert!(values.contains("example.com"), "{values}");
    assert!(values.contains(".dkim.amazonses.com"), "{values}");
    let states = async || {
        let mut states = Vec::new();
        for name in ["failed", "spent", "mails"] {
            let alarm = alarm(&aws, name).await;
            states.push(alarm["StateValue"].as_str().unwrap().to_owned());
        }
        states.join(" ")
    };
    assert_eq!(states().await, "OK OK OK");
    let sms = [("PhoneNumber", "+15555550123"), ("Message", "hello")];
    aws.query("sns", "Publish", &sms).await.ok();
    assert_eq!(states().await, "OK OK OK");
    let near = json!({ "spendQuota": 1, "spent": 0.8 });
    aws.control("PUT", "sns/account", &near).await.ok();
    assert_eq!(states().await, "OK ALARM OK");
    let beyond = json!({ "spent": 1 });
    aws.control("PUT", "sns/account", &beyond).await.ok();
    aws.query("sns", "Publish", &sms).await.ok();
    let mail = json!({
        "FromEmailAddress": "a@example.com",
        "Destination": { "ToAddresses": ["b@example.org"] },
        "Content": { "Simple": { "Subject": { "Data": "s" }, "Body": { "Html": { "Data": "<p>" } } } },
    });
    aws.rest("ses", "POST", "/v2/email/outbound-emails", &mail)
        .await
        .ok();
    assert_eq!(states().await, "ALARM ALARM ALARM");
    // A new month costs nothing yet.
    hands.minutes(24 * 60);
    assert_eq!(states().await, "OK OK OK");
    aws.query("cloudformation", "DeleteStack", &stack)
        .await
        .ok();
    for _ in 0..200 {
        let identity = "/v2/email/identities/example.com";
        let identity = aws.rest("ses", "GET", identity, &Value::Null).await;
        if identity.status == 404 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the identity stays");
}
