//! SES: e-mails into the outbox.

use serde_json::{Value, json};

use crate::client::{Answer, Aws};

const IDENTITIES: &str = "/v2/email/identities";
const SUPPRESSED: &str = "/v2/email/suppression/addresses";

fn email(from: &str, to: &str) -> Value {
    json!({
        "FromEmailAddress": from,
        "Destination": { "ToAddresses": [to] },
        "Content": { "Simple": {
            "Subject": { "Data": "Thank you" },
            "Body": { "Text": { "Data": "Grüße, Ada 🎉", "Charset": "UTF-8" } },
        } },
    })
}

async fn send(aws: &Aws, email: &Value) -> Answer {
    aws.rest("ses", "POST", "/v2/email/outbound-emails", email)
        .await
}

async fn verify(aws: &Aws, name: &str) {
    let body = json!({ "EmailIdentity": name });
    aws.rest("ses", "POST", IDENTITIES, &body).await.ok();
}

async fn kept(aws: &Aws, what: &str) -> Value {
    let path = format!("ses/{what}");
    aws.control("GET", &path, &Value::Null).await.ok().json()
}

fn code(answer: &Answer) -> &str {
    answer.headers["x-amzn-errortype"].to_str().unwrap()
}

#[tokio::test]
async fn an_email_goes_to_the_outbox() {
    let aws = Aws::start().await;
    let refused = send(&aws, &email("events@example.com", "ada@example.org")).await;
    assert_eq!((refused.status, code(&refused)), (400, "MessageRejected"));
    verify(&aws, "example.com").await;
    let mail = email("Campus <events@example.com>", "ada@example.org");
    let sent = send(&aws, &mail).await.ok().json();
    let outbox = kept(&aws, "outbox").await;
    assert_eq!(outbox[0]["messageId"], sent["MessageId"]);
    assert_eq!(outbox[0]["from"], "Campus <events@example.com>");
    assert_eq!(outbox[0]["to"], json!(["ada@example.org"]));
    assert_eq!(outbox[0]["subject"], "Thank you");
    assert_eq!(outbox[0]["text"], "Grüße, Ada 🎉");
    assert_eq!(kept(&aws, "outbox?after=1").await, json!([]));
    let account = aws.rest("ses", "GET", "/v2/email/account", &Value::Null);
    let account = account.await.ok().json();
    assert_eq!(account["ProductionAccessEnabled"], true);
    assert_eq!(account["SendQuota"]["SentLast24Hours"], 1.0);
}

#[tokio::test]
async fn the_outbox_and_identities_outlive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let config = || local_aws::Config {
        folder: Some(crate::client::kept(folder.path())),
        ..local_aws::Config::default()
    };
    let aws = Aws::with(config()).await;
    verify(&aws, "example.com").await;
    let mail = email("a@example.com", "b@example.org");
    send(&aws, &mail).await.ok();
    aws.stop().await;
    let aws = Aws::with(config()).await;
    send(&aws, &mail).await.ok();
    assert_eq!(kept(&aws, "outbox").await.as_array().unwrap().len(), 2);
    aws.stop().await;
}

#[tokio::test]
async fn an_identity_waits_for_its_owner_if_told_to() {
    let aws = Aws::start().await;
    let pending = json!({ "pending": true });
    aws.control("PUT", "ses/account", &pending).await.ok();
    verify(&aws, "a@example.com").await;
    let shown = async || {
        let path = format!("{IDENTITIES}/a@example.com");
        let answer = aws.rest("ses", "GET", &path, &Value::Null).await;
        answer.ok().json()["VerificationStatus"].clone()
    };
    assert_eq!(shown().await, "PENDING");
    let mail = email("a@example.com", "b@example.org");
    assert_eq!(code(&send(&aws, &mail).await), "MessageRejected");
    let proved = json!({ "a@example.com": "SUCCESS" });
    aws.control("PUT", "ses/identities", &proved).await.ok();
    assert_eq!(shown().await, "SUCCESS");
    send(&aws, &mail).await.ok();
    let nobody = json!({ "nobody@example.com": "SUCCESS" });
    let refused = aws.control("PUT", "ses/identities", &nobody).await;
    assert_eq!(refused.status, 404);
}

#[tokio::test]
async fn identities_are_listed_as_clients_of_before_and_of_today_ask() {
    let aws = Aws::start().await;
    for name in ["a@example.com", "example.net", "example.org"] {
        verify(&aws, name).await;
    }
    let failed = json!({ "example.org": "FAILED" });
    aws.control("PUT", "ses/identities", &failed).await.ok();
    let names = |answer: Answer| {
        let answer = answer.ok().json();
        let identities = answer["EmailIdentities"].as_array().unwrap();
        let names = identities.iter();
        let names: Vec<&str> = names
            .map(|one| one["IdentityName"].as_str().unwrap())
            .collect();
        (names.join(" "), answer["NextToken"].clone())
    };
    let all = "a@example.com example.net example.org";
    let get = aws.rest("ses", "GET", IDENTITIES, &Value::Null).await;
    assert_eq!(names(get), (all.to_owned(), Value::Null));
    let list = "/v2/email/list-identities";
    for (body, expected) in [
        (json!({}), all),
        (
            json!({ "Filter": { "IDENTITY_TYPE": "DOMAIN" } }),
            "example.net example.org",
        ),
        (
            json!({ "Filter": { "IDENTITY_NAME_CONTAINS": "e.net" } }),
            "example.net",
        ),
        (
            json!({ "Filter": { "IDENTITY_TYPE": "DOMAIN", "VERIFICATION_STATUS": "FAILED" } }),
            "example.org",
        ),
    ] {
        let listed = aws.rest("ses", "POST", list, &body).await;
        assert_eq!(names(listed), (expected.to_owned(), Value::Null), "{body}");
    }
    let first = json!({ "PageSize": 2 });
    let (page, token) = names(aws.rest("ses", "POST", list, &first).await);
    assert_eq!(page, "a@example.com example.net");
    let second = json!({ "PageSize": 2, "NextToken": token });
    let (page, token) = names(aws.rest("ses", "POST", list, &second).await);
    assert_eq!((page.as_str(), token), ("example.org", Value::Null));
    for wrong in [
        json!({ "PageSize": 1001 }),
        json!({ "Filter": { "COLOUR": "red" } }),
        json!({ "Filter": { "IDENTITY_TYPE": "red" } }),
    ] {
        let refused = aws.rest("ses", "POST", list, &wrong).await;
        assert_eq!(
            (refused.status, code(&refused)),
            (400, "BadRequestException")
        );
    }
}

#[tokio::test]
async fn in_the_sandbox_strangers_get_nothing() {
    let aws = Aws::start().await;
    verify(&aws, "a@example.com").await;
    aws.running.gateway().play_new_account().unwrap();
    let refused = send(&aws, &email("a@example.com", "b@example.org")).await;
    insta::assert_snapshot!(refused.body, @r#"{"message":"Email address is not verified. The following identities failed the check in region US-EAST-1: b@example.org"}"#);
    send(&aws, &email("a@example.com", "a@example.com"))
        .await
        .ok();
    let simulator = "success@simulator.amazonses.com";
    send(&aws, &email("a@example.com", simulator)).await.ok();
    let few = json!({ "dailyQuota": 2 });
    aws.control("PUT", "ses/account", &few).await.ok();
    let refused = send(&aws, &email("a@example.com", simulator)).await;
    assert_eq!(
        (refused.status, code(&refused)),
        (429, "TooManyRequestsException")
    );
    let shown = kept(&aws, "account").await;
    assert_eq!(
        shown,
        json!({ "sandbox": true, "pending": false, "dailyQuota": 2, "sent": 2 })
    );
}

#[tokio::test]
async fn who_is_suppressed_gets_nothing() {
    let aws = Aws::start().await;
    verify(&aws, "example.com").await;
    let bounced = json!({ "EmailAddress": "b@example.org", "Reason": "BOUNCE" });
    aws.rest("ses", "PUT", SUPPRESSED, &bounced).await.ok();
    send(&aws, &email("a@example.com", "b@example.org"))
        .await
        .ok();
    assert_eq!(kept(&aws, "outbox").await, json!([]));
    let held = kept(&aws, "undelivered").await;
    assert_eq!(held[0]["suppressed"], json!(["b@example.org"]));
    let path = format!("{SUPPRESSED}/b@example.org");
    aws.rest("ses", "DELETE", &path, &Value::Null).await.ok();
    let gone = aws.rest("ses", "GET", &path, &Value::Null).await;
    assert_eq!((gone.status, code(&gone)), (404, "NotFoundException"));
}

#[tokio::test]
async fn a_role_sends_as_the_identity_that_it_may() {
    let aws = Aws::start().await;
    verify(&aws, "example.com").await;
    let allow = |action: &str, name: &str| {
        json!({
            "Effect": "Allow",
            "Action": action,
            "Resource": format!("arn:aws:ses:us-east-1:000000000000:identity/{name}"),
        })
    };
    let statement = allow("ses:SendEmail", "example.org");
    let key = aws.role_with("r", &statement).await;
    let mail = email("Campus <events@example.com>", "ada@example.org").to_string();
    let send = async || {
        let path = "/v2/email/outbound-emails";
        aws.request_with(&key, "ses", "POST", path, &[], mail.clone())
            .await
    };
    let denied = send().await;
    assert_eq!(
        (denied.status, code(&denied)),
        (403, "AccessDeniedException")
    );
    insta::assert_snapshot!(denied.json()["message"].as_str().unwrap(), @"User `arn:aws:sts::000000000000:assumed-role/r/session' is not authorized to perform `ses:SendEmail' on resource `arn:aws:ses:us-east-1:000000000000:identity/example.com'");
    let raw = allow("ses:SendRawEmail", "example.com");
    aws.allow("r", &raw).await;
    assert_eq!(send().await.status, 403);
    aws.allow("r", &allow("ses:SendEmail", "example.com")).await;
    send().await.ok();
}

#[tokio::test]
async fn what_is_not_there_is_named() {
    let aws = Aws::start().await;
    verify(&aws, "example.com").await;
    let mut named = Vec::new();
    for (member, value) in [
        ("ConfigurationSetName", json!("c")),
        ("TenantName", json!("t")),
        ("Colour", json!("red")),
        ("Content", json!({ "Raw": { "Data": "aGk=" } })),
        ("Content", json!({ "Template": { "TemplateName": "t" } })),
    ] {
        let mut mail = email("a@example.com", "b@example.org");
        mail[member] = value;
        let refused = send(&aws, &mail).await;
        assert_eq!(refused.status, 501, "{}", refused.body);
        named.push(refused.json()["message"].as_str().unwrap().to_owned());
    }
    let form = [("Source", "a@example.com")];
    let refused = aws.query("ses", "SendEmail", &form).await;
    named.push(refused.json()["message"].as_str().unwrap().to_owned());
    insta::assert_snapshot!(named.join("\n"), @r"
    the embedded AWS does not implement the parameter ConfigurationSetName of ses:SendEmail
    the embedded AWS does not implement the parameter TenantName of ses:SendEmail
    the embedded AWS does not implement the parameter Colour of ses:SendEmail
    the embedded AWS does not implement the content Raw of ses:SendEmail: use Simple
    the embedded AWS does not implement the content Template of ses:SendEmail: use Simple
    the embedded AWS does not implement SES, API v1 (2010-12-01): use API v2
    ");
    assert_eq!(kept(&aws, "outbox").await, json!([]));
}
