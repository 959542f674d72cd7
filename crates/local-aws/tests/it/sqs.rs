//! SQS: queues and their messages.

use serde_json::{Value, json};

use crate::client::{Answer, Aws};

async fn sqs(aws: &Aws, operation: &str, body: &Value) -> Answer {
    aws.json("sqs", &format!("AmazonSQS.{operation}"), body)
        .await
}

async fn queue(aws: &Aws, name: &str, attributes: Value) -> String {
    let body = json!({"QueueName": name, "Attributes": attributes});
    let answer = sqs(aws, "CreateQueue", &body).await.ok().json();
    answer["QueueUrl"].as_str().unwrap().to_owned()
}

async fn send(aws: &Aws, url: &str, body: &str) -> Value {
    let body = json!({"QueueUrl": url, "MessageBody": body});
    sqs(aws, "SendMessage", &body).await.ok().json()
}

async fn receive(aws: &Aws, url: &str, more: Value) -> Vec<Value> {
    let mut body = json!({"QueueUrl": url});
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    let answer = sqs(aws, "ReceiveMessage", &body).await.ok().json();
    answer["Messages"].as_array().cloned().unwrap_or_default()
}

async fn attribute(aws: &Aws, url: &str, name: &str) -> Value {
    let body = json!({"QueueUrl": url, "AttributeNames": [name]});
    let answer = sqs(aws, "GetQueueAttributes", &body).await.ok().json();
    answer["Attributes"][name].clone()
}

#[tokio::test]
async fn a_message_is_sent_received_and_deleted() {
    let aws = Aws::start().await;
    let url = queue(&aws, "q", json!({"VisibilityTimeout": "0"})).await;
    assert_eq!(url, format!("{}/000000000000/q", aws.url()));
    assert_eq!(
        attribute(&aws, &url, "QueueArn").await,
        "arn:aws:sqs:us-east-1:000000000000:q"
    );
    let sent = send(&aws, &url, "hello").await;
    assert_eq!(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592");
    assert_eq!(
        attribute(&aws, &url, "ApproximateNumberOfMessages").await,
        "1"
    );
    let names = json!({"MessageSystemAttributeNames": ["All"], "VisibilityTimeout": 60});
    let got = receive(&aws, &url, names).await;
    assert_eq!(got[0]["Body"], "hello");
    assert_eq!(got[0]["MessageId"], sent["MessageId"]);
    assert_eq!(got[0]["MD5OfBody"], sent["MD5OfMessageBody"]);
    assert_eq!(got[0]["Attributes"]["ApproximateReceiveCount"], "1");
    assert_eq!(got[0]["Attributes"]["SenderId"], "000000000000");
    assert_eq!(
        attribute(&aws, &url, "ApproximateNumberOfMessagesNotVisible").await,
        "1"
    );
    assert!(receive(&aws, &url, json!({})).await.is_empty());
    let delete = json!({"QueueUrl": url, "ReceiptHandle": got[0]["ReceiptHandle"]});
    sqs(&aws, "DeleteMessage", &delete).await.ok();
    assert_eq!(
        attribute(&aws, &url, "ApproximateNumberOfMessagesNotVisible").await,
        "0"
    );
}

#[tokio::test]
async fn a_receiver_waits_for_a_message() {
    let aws = Aws::start().await;
    let url = queue(&aws, "q", json!({})).await;
    let (got, _) = tokio::join!(
        receive(&aws, &url, json!({"WaitTimeSeconds": 20})),
        send(&aws, &url, "at last")
    );
    assert_eq!(got[0]["Body"], "at last");
}

#[tokio::test]
async fn queues_and_messages_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let config = || local_aws::Config {
        folder: Some(crate::client::kept(folder.path())),
        ..local_aws::Config::default()
    };
    let aws = Aws::with(config()).await;
    let url = queue(&aws, "q", json!({"VisibilityTimeout": "7"})).await;
    send(&aws, &url, "still here").await;
    aws.stop().await;
    // On another port: the URL of before is good still.
    let aws = Aws::with(config()).await;
    assert_eq!(attribute(&aws, &url, "VisibilityTimeout").await, "7");
    assert_eq!(
        receive(&aws, &url, json!({})).await[0]["Body"],
        "still here"
    );
    aws.stop().await;
}

#[tokio::test]
async fn batches_tell_what_failed() {
    let aws = Aws::start().await;
    let url = queue(&aws, "q", json!({})).await;
    let batch = json!({"QueueUrl": url, "Entries": [
        {"Id": "good", "MessageBody": "a"},
        {"Id": "bad", "MessageBody": "b", "DelaySeconds": 901},
    ]});
    let answer = sqs(&aws, "SendMessageBatch", &batch).await.ok().json();
    assert_eq!(answer["Successful"][0]["Id"], "good");
    assert_eq!(answer["Failed"][0]["Id"], "bad");
    assert_eq!(answer["Failed"][0]["Code"], "InvalidParameterValue");
    let got = receive(&aws, &url, json!({"MaxNumberOfMessages": 10})).await;
    assert_eq!(got.len(), 1);
    let delete = json!({"QueueUrl": url, "Entries": [
        {"Id": "a", "ReceiptHandle": got[0]["ReceiptHandle"]},
        {"Id": "b", "ReceiptHandle": "nonsense"},
    ]});
    let answer = sqs(&aws, "DeleteMessageBatch", &delete).await.ok().json();
    assert_eq!(answer["Successful"], json!([{"Id": "a"}]));
    assert_eq!(answer["Failed"][0]["Code"], "ReceiptHandleIsInvalid");
}

#[tokio::test]
async fn dead_letters_keep_their_origin() {
    let aws = Aws::start().await;
    let dead = queue(&aws, "dead", json!({})).await;
    let redrive = json!({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead", "maxReceiveCount": 1});
    let attributes = json!({"RedrivePolicy": redrive.to_string(), "VisibilityTimeout": "0"});
    let url = queue(&aws, "q", attributes).await;
    send(&aws, &url, "poison").await;
    assert_eq!(receive(&aws, &url, json!({})).await.len(), 1);
    assert!(receive(&aws, &url, json!({})).await.is_empty());
    let got = receive(&aws, &dead, json!({"AttributeNames": ["All"]})).await;
    assert_eq!(
        got[0]["Attributes"]["DeadLetterQueueSourceArn"],
        "arn:aws:sqs:us-east-1:000000000000:q"
    );
}

#[tokio::test]
async fn roles_need_leave_and_policies_can_deny() {
    let aws = Aws::start().await;
    let url = queue(&aws, "q", json!({})).await;
    let arn = "arn:aws:sqs:us-east-1:000000000000:q";
    let statement = json!({"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn});
    let key = aws.role_with("r", &statement).await;
    let as_role = |operation: &str, body: Value| {
        let target = format!("AmazonSQS.{operation}");
        let (aws, key) = (&aws, key.clone());
        async move { aws.json_with(&key, "sqs", &target, &body).await }
    };
    let message = json!({"QueueUrl": url, "MessageBody": "x"});
    as_role("SendMessage", message.clone()).await.ok();
    let batch = json!({"QueueUrl": url, "Entries": [{"Id": "a", "MessageBody": "x"}]});
    as_role("SendMessageBatch", batch).await.ok();
    let denied = as_role("ReceiveMessage", json!({"QueueUrl": url})).await;
    assert_eq!(denied.status, 400);
    assert_eq!(denied.json()["__type"], "AccessDeniedException");
    assert_eq!(denied.headers["x-amzn-query-error"], "AccessDenied;Sender");
    insta::assert_snapshot!(denied.json()["message"].as_str().unwrap(), @"User: arn:aws:sts::000000000000:assumed-role/r/session is not authorized to perform: sqs:receivemessage on resource: arn:aws:sqs:us-east-1:000000000000:q because no identity-based policy allows the sqs:receivemessage action");
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": {"AWS": "arn:aws:iam::000000000000:role/r"},
        "Action": "sqs:SendMessage", "Resource": arn,
    }]});
    let set = json!({"QueueUrl": url, "Attributes": {"Policy": policy.to_string()}});
    sqs(&aws, "SetQueueAttributes", &set).await.ok();
    let denied = as_role("SendMessage", message.clone()).await;
    assert!(denied.body.contains("explicit deny"), "{}", denied.body);
    sqs(&aws, "SendMessage", &message).await.ok();
}

#[tokio::test]
async fn a_service_needs_the_leave_of_the_queue() {
    use local_aws::call_as;
    use local_aws::service::{Principal, Request};
    let aws = Aws::start().await;
    let url = queue(&aws, "q", json!({})).await;
    let world = aws.running().gateway().world().clone();
    let topic = "arn:aws:sns:us-east-1:000000000000:t";
    let send = |source_arn: &str| {
        let mut headers = http::HeaderMap::new();
        headers.insert(
            "x-amz-target",
            http::HeaderValue::from_static("AmazonSQS.SendMessage"),
        );
        let request = Request {
            method: http::Method::POST,
            path: "/".to_owned(),
            query: Vec::new(),
            headers,
            body: json!({"QueueUrl": url, "MessageBody": "x"})
                .to_string()
                .into(),
        };
        let principal = Principal::Service {
            service: "sns.amazonaws.com".to_owned(),
            source_arn: source_arn.to_owned(),
        };
        let world = &world;
        async move {
            call_as(world, principal, "sqs", &request)
                .await
                .unwrap()
                .status
        }
    };
    assert_eq!(send(topic).await, 400);
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:000000000000:q",
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}, "StringEquals": {"aws:SourceAccount": "000000000000"}},
    }]});
    let set = json!({"QueueUrl": url, "Attributes": {"Policy": policy.to_string()}});
    sqs(&aws, "SetQueueAttributes", &set).await.ok();
    assert_eq!(send(topic).await, 200);
    assert_eq!(send("arn:aws:sns:us-east-1:000000000000:other").await, 400);
}

const TEMPLATE: &str = "
Resources:
  Dead:
    Type: AWS::SQS::Queue
    DeletionPolicy: Retain
    Properties:
      MessageRetentionPeriod: 1209600
      SqsManagedSseEnabled: true
  Work:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: work
      VisibilityTimeout: TIMEOUT
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5 }
      Tags: [ { Key: purpose, Value: work } ]
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [ !Ref Work ]
      PolicyDocument:
        Version: '2012-10-17'
        Statement:
          - Effect: Deny
            Principal: '*'
            Action: sqs:*
            Resource: !GetAtt Work.Arn
            Condition: { Bool: { aws:SecureTransport: 'false' } }
Outputs:
  Url: { Value: !Ref Work }
  Name: { Value: !GetAtt Dead.QueueName }
";

#[tokio::test]
async fn cloudformation_makes_changes_and_deletes_queues() {
    let aws = Aws::start().await;
    let stack = |action: &'static str, timeout: &str| {
        let body = TEMPLATE.replace("TIMEOUT", timeout);
        let aws = &aws;
        async move {
            let parameters = [("StackName", "s"), ("TemplateBody", body.as_str())];
            aws.query("cloudformation", action, &parameters).await.ok();
            settled(aws).await
        }
    };
    assert_eq!(stack("CreateStack", "60").await, "CREATE_COMPLETE");
    let url = format!("{}/000000000000/work", aws.url());
    assert_eq!(attribute(&aws, &url, "VisibilityTimeout").await, "60");
    let policy = attribute(&aws, &url, "Policy").await;
    assert!(policy.as_str().unwrap().contains("SecureTransport"));
    let redrive = attribute(&aws, &url, "RedrivePolicy").await;
    assert!(redrive.as_str().unwrap().contains("s-Dead-"), "{redrive}");
    let tags = sqs(&aws, "ListQueueTags", &json!({"QueueUrl": url})).await;
    let tags = tags.ok().json();
    assert_eq!(tags["Tags"]["purpose"], "work");
    assert_eq!(tags["Tags"]["aws:cloudformation:stack-name"], "s");
    assert_eq!(stack("UpdateStack", "90").await, "UPDATE_COMPLETE");
    assert_eq!(attribute(&aws, &url, "VisibilityTimeout").await, "90");
    aws.query("cloudformation", "DeleteStack", &[("StackName", "s")])
        .await
        .ok();
    for _ in 0..100 {
        let gone = aws
            .query("cloudformation", "DescribeStacks", &[("StackName", "s")])
            .await;
        if gone.status == 400 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let names = sqs(&aws, "ListQueues", &json!({})).await.ok().json();
    let urls = names["QueueUrls"].as_array().unwrap();
    assert_eq!(urls.len(), 1);
    assert!(urls[0].as_str().unwrap().contains("s-Dead-"));
}

async fn settled(aws: &Aws) -> String {
    for _ in 0..200 {
        let stacks = aws
            .query("cloudformation", "DescribeStacks", &[("StackName", "s")])
            .await
            .ok();
        let status = stacks.element("StackStatus").unwrap();
        if !status.ends_with("_IN_PROGRESS") {
            let events = aws
                .query(
                    "cloudformation",
                    "DescribeStackEvents",
                    &[("StackName", "s")],
                )
                .await;
            let reasons = events.elements("ResourceStatusReason");
            assert!(status.ends_with("E_COMPLETE"), "{status}: {reasons:#?}");
            return status;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the stack does not settle");
}

#[tokio::test]
async fn what_sqs_refuses() {
    let aws = Aws::start().await;
    let url = queue(&aws, "q", json!({})).await;
    let absent = url.replace("/q", "/absent");
    for (operation, body, code) in [
        (
            "CreateQueue",
            json!({}),
            "MissingRequiredParameterException",
        ),
        (
            "CreateQueue",
            json!({"QueueName": "a b"}),
            "InvalidParameterValueException",
        ),
        (
            "CreateQueue",
            json!({"QueueName": "a.fifo"}),
            "NotImplementedByLocalAws",
        ),
        (
            "CreateQueue",
            json!({"QueueName": 1}),
            "SerializationException",
        ),
        (
            "CreateQueue",
            json!({"QueueName": "a", "Colour": 1}),
            "NotImplementedByLocalAws",
        ),
        (
            "CreateQueue",
            json!({"QueueName": "q", "Attributes": {"DelaySeconds": "1"}}),
            "QueueNameExists",
        ),
        (
            "CreateQueue",
            json!({"QueueName": "a", "Attributes": {"Colour": "1"}}),
            "InvalidAttributeName",
        ),
        (
            "GetQueueUrl",
            json!({"QueueName": "absent"}),
            "QueueDoesNotExist",
        ),
        (
            "GetQueueAttributes",
            json!({"QueueUrl": url, "AttributeNames": ["Colour"]}),
            "InvalidAttributeName",
        ),
        (
            "SendMessage",
            json!({"QueueUrl": absent, "MessageBody": "x"}),
            "QueueDoesNotExist",
        ),
        (
            "SendMessage",
            json!({"QueueUrl": "q", "MessageBody": "x"}),
            "InvalidAddress",
        ),
        (
            "SendMessage",
            json!({"QueueUrl": url, "MessageBody": ""}),
            "MissingRequiredParameterException",
        ),
        (
            "SendMessage",
            json!({"QueueUrl": url, "MessageBody": "\u{1}"}),
            "InvalidMessageContents",
        ),
        (
            "SendMessage",
            json!({"QueueUrl": url, "MessageBody": "x", "MessageGroupId": "g"}),
            "NotImplementedByLocalAws",
        ),
        (
            "ReceiveMessage",
            json!({"QueueUrl": url, "MaxNumberOfMessages": 11}),
            "InvalidParameterValueException",
        ),
        (
            "DeleteMessage",
            json!({"QueueUrl": url, "ReceiptHandle": "x"}),
            "ReceiptHandleIsInvalid",
        ),
        (
            "SendMessageBatch",
            json!({"QueueUrl": url, "Entries": []}),
            "EmptyBatchRequest",
        ),
        ("AddPermission", json!({}), "NotImplementedByLocalAws"),
    ] {
        let answer = sqs(&aws, operation, &body).await;
        assert_eq!(answer.json()["__type"], code, "{operation} {body}");
    }
    sqs(&aws, "DeleteQueue", &json!({"QueueUrl": url}))
        .await
        .ok();
    let again = sqs(&aws, "CreateQueue", &json!({"QueueName": "q"})).await;
    assert_eq!(again.json()["__type"], "QueueDeletedRecently");
}
