//! Failures from crafted answers.

use std::time::Duration;

use super::*;
use crate::aws::testing::{Notes, Script};
use crate::engine::ports::{FlowInput, Ports, Silent};

async fn identity(script: &Script) -> ServiceFailure {
    script.ports().account.identity().await.unwrap_err()
}

async fn flow(ports: &Ports) -> ServiceFailure {
    let input = FlowInput {
        name: "n".to_owned(),
        flow_type: "CONTACT_FLOW".to_owned(),
        description: String::new(),
        content: "{}".to_owned(),
        tags: Default::default(),
    };
    ports.flows.create("i", &input, &Silent).await.unwrap_err()
}

#[tokio::test]
async fn problems_of_a_flow_are_told_in_both_capitalisations() {
    for body in [
        r#"{"problems":[{"message":"one"},{"message":"two"}]}"#,
        r#"{"Problems":[{"Message":"one"},{"Message":"two"}]}"#,
    ] {
        let script = Script::new().error_body("PUT", 400, "InvalidContactFlowException", body);
        let failure = flow(&script.ports()).await;
        assert_eq!(failure.kind, FailureKind::Invalid);
        assert_eq!(failure.problems, ["one", "two"]);
        assert_eq!(
            failure.to_string(),
            "Connect CreateContactFlow: InvalidContactFlowException: one; two"
        );
        assert_eq!(failure.request_id.as_deref(), Some("req-1"));
    }
}

#[tokio::test]
async fn a_quota_is_final_and_throttling_is_not() {
    let quota = Script::new().error("PUT", 429, "LimitExceededException", "100 flows");
    let failure = flow(&quota.ports()).await;
    assert_eq!(failure.kind, FailureKind::Quota);
    assert_eq!(failure.message, "100 flows");
    assert_eq!(quota.count("PUT"), 1);

    let throttled = Script::new()
        .error("PUT", 429, "ThrottlingException", "slow")
        .error("PUT", 429, "TooManyRequestsException", "slow")
        .error("PUT", 429, "ThrottlingException", "slow");
    let failure = flow(&throttled.ports()).await;
    assert_eq!(failure.kind, FailureKind::Throttled);
    assert_eq!(throttled.count("PUT"), 3);
}

#[tokio::test]
async fn a_quota_of_cloudformation_is_final_too() {
    let script = Script::new().on(
        "CreateChangeSet",
        400,
        "<ErrorResponse><Error><Type>Sender</Type><Code>LimitExceededException</Code>\
         <Message>Limit for stack has been exceeded</Message></Error>\
         <RequestId>req-2</RequestId></ErrorResponse>",
    );
    let input = crate::engine::ports::StackInput {
        stack: "s".to_owned(),
        create: true,
        template: "{}".to_owned(),
        parameters: Default::default(),
        tags: Default::default(),
        token: "t".to_owned(),
    };
    let failure = script
        .ports()
        .stacks
        .change_set(&input, &Notes::default())
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Quota);
    assert_eq!(failure.request_id.as_deref(), Some("req-2"));
    assert_eq!(script.asked().len(), 1);
}

fn refused(fault: CredentialsFault) -> FailureKind {
    FailureKind::Credentials(fault)
}

#[tokio::test]
async fn a_signature_that_the_clock_made_wrong_is_told_as_such() {
    let body = "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code>\
                <Message>Signature expired</Message></Error></ErrorResponse>";
    let date = [("date", "Tue, 29 Apr 2025 18:30:00 GMT")];
    // The SDK tries again with the time of the answer.
    let script = (0..7).fold(Script::new(), |script, _| {
        script.answer("GetCallerIdentity", 403, &date, body)
    });
    let failure = identity(&script).await;
    assert_eq!(failure.kind, refused(CredentialsFault::Clock));
    assert!(failure.message.contains("days ahead"), "{failure}");
    assert!(
        failure.message.starts_with("Signature expired"),
        "{failure}"
    );
}

#[tokio::test]
async fn refused_credentials_are_told_from_refused_deeds() {
    for (code, kind) in [
        ("ExpiredToken", refused(CredentialsFault::Expired)),
        ("InvalidClientTokenId", refused(CredentialsFault::Unknown)),
        (
            "SignatureDoesNotMatch",
            refused(CredentialsFault::Signature),
        ),
        ("RequestExpired", refused(CredentialsFault::Clock)),
        ("OptInRequired", refused(CredentialsFault::NotEnabled)),
        ("AccessDenied", FailureKind::AccessDenied),
    ] {
        let body = format!(
            "<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
        );
        let script = Script::new().on("GetCallerIdentity", 403, &body);
        let failure = identity(&script).await;
        assert_eq!((failure.kind, failure.code.as_str()), (kind, code));
        assert_eq!(failure.message, "no");
    }
}

#[tokio::test]
async fn a_service_that_cannot_be_reached_says_so() {
    let script = Script::new().refused();
    let failure = identity(&script).await;
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert_eq!(failure.code, "no connection");
    assert!(failure.message.contains("connection refused"), "{failure}");
    assert_eq!(script.asked().len(), 3);
}

#[tokio::test]
async fn throttling_does_not_end_the_first_request() {
    let throttled = "<ErrorResponse><Error><Code>Throttling</Code>\
                     <Message>Rate exceeded</Message></Error></ErrorResponse>";
    let answer = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
                  <Arn>arn:aws:iam::111122223333:user/u</Arn><UserId>U</UserId>\
                  <Account>111122223333</Account>\
                  </GetCallerIdentityResult></GetCallerIdentityResponse>";
    let script = Script::new()
        .times(8, "GetCallerIdentity", 400, throttled)
        .on("GetCallerIdentity", 200, answer);
    let caller = script.ports().account.identity().await.unwrap();
    assert_eq!(caller.account, "111122223333");
    script.assert_used();

    // Not for ever.
    let script = Script::new().times(usize::MAX, "GetCallerIdentity", 400, throttled);
    let (ports, pauses) = script.ports_and_pauses();
    let failure = ports.account.identity().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Throttled);
    let waited: Duration = pauses.slept().iter().sum();
    assert_eq!(waited, Duration::from_secs(60));
}

#[tokio::test]
async fn an_answer_from_something_else_is_told_by_its_status() {
    let script = Script::new().times(3, "GetCallerIdentity", 502, "<html>Bad Gateway</html>");
    let failure = identity(&script).await;
    assert_eq!(failure.kind, FailureKind::Other);
    assert!(failure.to_string().contains("502"), "{failure}");
}

#[test]
fn a_code_is_freed_of_what_is_around_it() {
    assert_eq!(bare("com.amazonaws.connect#X:http://y"), "X");
    assert_eq!(bare("X"), "X");
}

#[test]
fn every_code_has_one_kind() {
    for (code, message, status, expected) in [
        (
            "ValidationError",
            "Stack with id x does not exist",
            400,
            FailureKind::NotFound,
        ),
        (
            "ValidationError",
            "Template format error",
            400,
            FailureKind::Invalid,
        ),
        (
            "ContactFlowNotPublishedException",
            "",
            404,
            FailureKind::Other,
        ),
        ("ResourceConflictException", "", 409, FailureKind::Conflict),
        ("ServiceQuotaExceededException", "", 402, FailureKind::Quota),
        ("UnheardOf", "", 403, FailureKind::AccessDenied),
        ("UnheardOf", "", 429, FailureKind::Throttled),
        ("UnheardOf", "", 500, FailureKind::Other),
    ] {
        assert_eq!(kind(code, message, status), expected, "{code}");
    }
}

#[test]
fn errors_in_xml_are_read_as_xml() {
    for text in [
        "<Error><Code>A</Code><Message>no &lt;b&gt; &quot;c&quot; &#33;</Message></Error>",
        "<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
         <Error><Type>Sender</Type><Code a=\"x>y\">A</Code>\
         <Message><![CDATA[no <b> \"c\" !]]></Message></Error></ErrorResponse>",
        "<e:Error xmlns:e=\"u\"><!-- <Code>B</Code> --><e:Code>A</e:Code>\
         <e:Message>no &#x3c;b> \"c\" !</e:Message></e:Error>",
    ] {
        assert_eq!(element(text, "Code").as_deref(), Some("A"), "{text}");
        let message = element(text, "Message");
        assert_eq!(message.as_deref(), Some("no <b> \"c\" !"), "{text}");
        assert_eq!(element(text, "RequestId"), None);
    }
    assert_eq!(
        element("<Error><Code/></Error>", "Code").as_deref(),
        Some("")
    );
    assert_eq!(element("<Error><Code>A", "Code"), None);
    assert_eq!(element("no xml", "Code"), None);
}
