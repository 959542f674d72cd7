//! SNS: SMS into the outbox.

use serde_json::{Value, json};

use crate::client::{Answer, Aws};

const NUMBER: &str = "+15555550123";

async fn publish(aws: &Aws, number: &str, message: &str) -> Answer {
    let parameters = [("PhoneNumber", number), ("Message", message)];
    aws.query("sns", "Publish", &parameters).await
}

async fn outbox(aws: &Aws, path: &str) -> Value {
    let path = format!("sns/{path}");
    aws.control("GET", &path, &Value::Null).await.ok().json()
}

#[tokio::test]
async fn an_sms_goes_to_the_outbox() {
    let aws = Aws::start().await;
    assert_eq!(outbox(&aws, "outbox").await, json!([]));
    let first = publish(&aws, NUMBER, "hello").await.ok();
    let parameters = [
        ("PhoneNumber", "+4915112345678"),
        ("Message", "Grüße 🎉"),
        ("MessageAttributes.entry.1.Name", "AWS.SNS.SMS.SenderID"),
        ("MessageAttributes.entry.1.Value.DataType", "String"),
        ("MessageAttributes.entry.1.Value.StringValue", "Campus"),
        ("MessageAttributes.entry.2.Name", "AWS.SNS.SMS.SMSType"),
        ("MessageAttributes.entry.2.Value.DataType", "String"),
        (
            "MessageAttributes.entry.2.Value.StringValue",
            "Transactional",
        ),
    ];
    aws.query("sns", "Publish", &parameters).await.ok();
    let sent = outbox(&aws, "outbox").await;
    assert_eq!(sent[0]["messageId"], json!(first.element("MessageId")));
    assert_eq!(sent[0]["phoneNumber"], NUMBER);
    assert_eq!(sent[0]["message"], "hello");
    assert_eq!(sent[0]["smsType"], "Promotional");
    assert!(sent[0].get("senderId").is_none());
    assert_eq!(sent[1]["message"], "Grüße 🎉");
    assert_eq!(sent[1]["senderId"], "Campus");
    assert_eq!(sent[1]["smsType"], "Transactional");
    let after = outbox(&aws, "outbox?after=1").await;
    assert_eq!(after, json!([sent[1]]));
    assert_eq!(outbox(&aws, "outbox?after=9").await, json!([]));
    let wrong = aws.control("GET", "sns/outbox?after=x", &Value::Null).await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn the_outbox_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let config = || local_aws::Config {
        folder: Some(crate::client::kept(folder.path())),
        ..local_aws::Config::default()
    };
    let aws = Aws::with(config()).await;
    publish(&aws, NUMBER, "one").await.ok();
    aws.stop().await;
    let aws = Aws::with(config()).await;
    publish(&aws, NUMBER, "two").await.ok();
    let sent = outbox(&aws, "outbox").await;
    assert_eq!(sent[0]["message"], "one");
    assert_eq!(sent[1]["message"], "two");
    aws.stop().await;
}

#[tokio::test]
async fn who_opted_out_gets_nothing() {
    let aws = Aws::start().await;
    aws.control("PUT", "sns/opted-out", &json!([NUMBER]))
        .await
        .ok();
    publish(&aws, NUMBER, "unwanted").await.ok();
    assert_eq!(outbox(&aws, "outbox").await, json!([]));
    let held = outbox(&aws, "undelivered").await;
    assert_eq!(held[0]["message"], "unwanted");
    assert_eq!(held[0]["undelivered"], "Phone number is opted out");
    let number = [("phoneNumber", NUMBER)];
    let check = |answer: Answer| answer.ok().element("isOptedOut");
    let out = aws
        .query("sns", "CheckIfPhoneNumberIsOptedOut", &number)
        .await;
    assert_eq!(check(out).as_deref(), Some("true"));
    let listed = aws.query("sns", "ListPhoneNumbersOptedOut", &[]).await.ok();
    assert_eq!(listed.element("member").as_deref(), Some(NUMBER));
    aws.query("sns", "OptInPhoneNumber", &number).await.ok();
    let out = aws
        .query("sns", "CheckIfPhoneNumberIsOptedOut", &number)
        .await;
    assert_eq!(check(out).as_deref(), Some("false"));
    publish(&aws, NUMBER, "wanted").await.ok();
    assert_eq!(outbox(&aws, "outbox").await[0]["message"], "wanted");
    let wrong = aws.control("PUT", "sns/opted-out", &json!(["0123"])).await;
    assert_eq!(wrong.status, 400);
}

#[tokio::test]
async fn a_new_account_sends_to_verified_numbers_for_a_dollar() {
    let aws = Aws::start().await;
    let inside = async || {
        let answer = aws.query("sns", "GetSMSSandboxAccountStatus", &[]).await;
        answer.ok().element("IsInSandbox").unwrap()
    };
    assert_eq!(inside().await, "false");
    let new = json!({ "sandbox": true, "spendQuota": 1 });
    aws.control("PUT", "sns/account", &new).await.ok();
    assert_eq!(inside().await, "true");
    // An id all the same.
    let accepted = publish(&aws, NUMBER, "too soon").await.ok();
    let held = outbox(&aws, "undelivered").await;
    assert_eq!(held[0]["messageId"], json!(accepted.element("MessageId")));
    insta::assert_snapshot!(held[0]["undelivered"], @r#""The account is in the SMS sandbox and the number is not verified""#);

    let number = [("PhoneNumber", NUMBER)];
    let create = "CreateSMSSandboxPhoneNumber";
    aws.query("sns", create, &number).await.ok();
    let listed = async || {
        let answer = aws.query("sns", "ListSMSSandboxPhoneNumbers", &[]).await;
        answer.ok().elements("Status")
    };
    assert_eq!(listed().await, ["Pending"]);
    let sent = outbox(&aws, "outbox").await;
    let text = sent[0]["message"].as_str().unwrap();
    let password = text.rsplit(' ').next().unwrap();
    let verify = async |password: &str| {
        let parameters = [("PhoneNumber", NUMBER), ("OneTimePassword", password)];
        aws.query("sns", "VerifySMSSandboxPhoneNumber", &parameters)
            .await
    };
    assert_eq!(verify("00000000").await.error().0, "VerificationException");
    verify(password).await.ok();
    assert_eq!(listed().await, ["Verified"]);
    let soon = aws
        .query("sns", "DeleteSMSSandboxPhoneNumber", &number)
        .await;
    assert_eq!(soon.error().0, "UserError");
    publish(&aws, NUMBER, "welcome").await.ok();
    assert_eq!(
        outbox(&aws, "outbox?after=1").await[0]["message"],
        "welcome"
    );

    let spent = json!({ "spent": 0.995 });
    aws.control("PUT", "sns/account", &spent).await.ok();
    publish(&aws, NUMBER, "too dear").await.ok();
    let held = outbox(&aws, "undelivered?after=1").await;
    assert_eq!(held[0]["undelivered"], "No quota left for account");
    let shown = aws.control("GET", "sns/account", &Value::Null).await.ok();
    assert_eq!(
        shown.json(),
        json!({ "sandbox": true, "spendQuota": 1, "price": 0.01, "spent": 0.995 })
    );
    let more = [
        ("attributes.entry.1.key", "MonthlySpendLimit"),
        ("attributes.entry.1.value", "2"),
    ];
    let more = aws.query("sns", "SetSMSAttributes", &more).await;
    assert_eq!(more.error().0, "InvalidParameter");
    let wrong = json!({ "price": "much" });
    assert_eq!(aws.control("PUT", "sns/account", &wrong).await.status, 400);
}

/// As AWS's own refusals tell, the resource of an SMS is the number, which no ARN names.
#[tokio::test]
async fn a_role_may_send_sms_without_any_right_to_topics() {
    let aws = Aws::start().await;
    let topics = json!("arn:aws:sns:*:*:*");
    let allow = |key: &str, resource: &Value| {
        let mut statement = json!({"Effect": "Allow", "Action": "sns:Publish"});
        statement[key] = resource.clone();
        statement
    };
    let key = aws.role_with("r", &allow("Resource", &topics)).await;
    let sms = [("PhoneNumber", NUMBER), ("Message", "hello")];
    let topic = [
        ("TopicArn", "arn:aws:sns:us-east-1:000000000000:t"),
        ("Message", "hello"),
    ];
    let denied = aws.query_with(&key, "sns", "Publish", &sms).await;
    assert_eq!(denied.status, 403);
    let (code, message) = denied.error();
    assert_eq!(code, "AuthorizationError");
    insta::assert_snapshot!(message, @"User: arn:aws:sts::000000000000:assumed-role/r/session is not authorized to perform: SNS:Publish on resource: +15555550123 because no identity-based policy allows the SNS:Publish action");
    // The least: SMS and no topic.
    aws.allow("r", &allow("NotResource", &topics)).await;
    aws.query_with(&key, "sns", "Publish", &sms).await.ok();
    let denied = aws.query_with(&key, "sns", "Publish", &topic).await;
    assert_eq!(denied.error().0, "AuthorizationError");
    // More than that.
    aws.allow("r", &allow("Resource", &json!("*"))).await;
    aws.query_with(&key, "sns", "Publish", &sms).await.ok();
    assert_eq!(outbox(&aws, "outbox").await.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_fault_may_strike_one_number_alone() {
    let aws = Aws::start().await;
    let faults = json!([{
        "service": "sns", "operation": "Publish", "times": 2,
        "match": format!("PhoneNumber={NUMBER}"),
        "effect": {"error": {"status": 500, "code": "InternalError", "message": "as wished"}},
    }]);
    aws.control("PUT", "faults", &faults).await.ok();
    publish(&aws, "+15555550199", "fine").await.ok();
    for _ in 0..2 {
        let failed = publish(&aws, NUMBER, "bad").await;
        assert_eq!(
            (failed.status, failed.error().0.as_str()),
            (500, "InternalError")
        );
    }
    publish(&aws, NUMBER, "third time").await.ok();
    let sent = outbox(&aws, "outbox").await;
    assert_eq!(sent[1]["message"], "third time");
}

#[tokio::test]
async fn what_sns_refuses() {
    let aws = Aws::start().await;
    for (action, parameters, code) in [
        ("Publish", vec![("Message", "x")], "InvalidParameter"),
        (
            "Publish",
            vec![("PhoneNumber", "0123"), ("Message", "x")],
            "InvalidParameter",
        ),
        (
            "Publish",
            vec![("PhoneNumber", NUMBER), ("Message", "")],
            "InvalidParameter",
        ),
        ("Publish", vec![("PhoneNumber", NUMBER)], "ValidationError"),
        (
            "Publish",
            vec![("PhoneNumber", NUMBER), ("Message", "x"), ("Colour", "red")],
            "NotImplementedByLocalAws",
        ),
        (
            "SetSMSAttributes",
            vec![
                ("attributes.entry.1.key", "DefaultSMSType"),
                ("attributes.entry.1.value", "x"),
            ],
            "InvalidParameter",
        ),
        ("SetSMSAttributes", vec![], "ValidationError"),
        (
            "GetSMSAttributes",
            vec![("attributes.member.1", "Colour")],
            "InvalidParameter",
        ),
        (
            "CheckIfPhoneNumberIsOptedOut",
            vec![("phoneNumber", "1")],
            "InvalidParameter",
        ),
        (
            "CreatePlatformApplication",
            vec![],
            "NotImplementedByLocalAws",
        ),
    ] {
        let answer = aws.query("sns", action, &parameters).await;
        assert_eq!(answer.error().0, code, "{action} {parameters:?}");
    }
    assert_eq!(outbox(&aws, "outbox").await, json!([]));
}
