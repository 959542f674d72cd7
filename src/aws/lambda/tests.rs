//! Functions against scripted answers.

mod waiting;

use crate::aws::testing::{Notes, Script};
use crate::engine::error::FailureKind;
use crate::engine::function_policy::Place;
use crate::engine::ports::{Age, FunctionConfiguration, FunctionUrl, PolicyStatement, Tags};

const ARN: &str = "arn:aws:lambda:us-east-1:111122223333:function:f";
const READY: &str = r#"{"FunctionArn":"arn:aws:lambda:us-east-1:111122223333:function:f","State":"Active","LastUpdateStatus":"Successful","CodeSha256":"sha","RevisionId":"r1"}"#;

fn configuration() -> FunctionConfiguration {
    FunctionConfiguration {
        role: "arn:aws:iam::111122223333:role/r".to_owned(),
        memory: 256,
        timeout: 8,
        environment: [("A".to_owned(), "1".to_owned())].into(),
        runtime: "provided.al2023".to_owned(),
        handler: "bootstrap".to_owned(),
        architecture: "arm64".to_owned(),
        description: String::new(),
        layers: Vec::new(),
        file_systems: Vec::new(),
        dead_letter_target: None,
    }
}

fn statement() -> PolicyStatement {
    PolicyStatement {
        principal: "connect.amazonaws.com".to_owned(),
        source_arn: Some("arn:i".to_owned()),
        source_account: Some("111122223333".to_owned()),
    }
}

fn policy(source: &str) -> String {
    let policy = serde_json::json!({
        "Statement": [{
            "Sid": "s", "Effect": "Allow", "Action": "lambda:InvokeFunction",
            "Principal": { "Service": "connect.amazonaws.com" },
            "Condition": {
                "StringEquals": { "AWS:SourceAccount": "111122223333" },
                "ArnLike": { "AWS:SourceArn": source },
            },
        }],
    });
    serde_json::json!({ "Policy": policy.to_string() }).to_string()
}

#[tokio::test]
async fn what_is_live_is_told_and_tags_of_the_function() {
    let latest = r#"{"Configuration":{"FunctionArn":"arn:aws:lambda:us-east-1:111122223333:function:f","CodeSha256":"new","Version":"$LATEST"},"Tags":{"k":"v"}}"#;
    let live = r#"{"FunctionArn":"arn:aws:lambda:us-east-1:111122223333:function:f:live","CodeSha256":"old","Version":"3","RevisionId":"r3","MemorySize":256,"Timeout":8,"Architectures":["arm64"],"Layers":[{"Arn":"arn:l"}],"FileSystemConfigs":[{"Arn":"arn:f","LocalMountPath":"/mnt/f"}],"DeadLetterConfig":{"TargetArn":"arn:q"},"Environment":{"Variables":{"A":"1"}}}"#;
    let script = Script::new()
        .on("configuration?Qualifier=live", 200, live)
        .on("policy?Qualifier=live", 200, &policy("arn:i"))
        .error("policy ", 404, "ResourceNotFoundException", "no")
        .on("aliases/live", 200, r#"{"FunctionVersion":"3","RoutingConfig":{"AdditionalVersionWeights":{"7":0.1}}}"#)
        .on("urls", 200, r#"{"FunctionUrlConfigs":[{"FunctionUrl":"https://a/","FunctionArn":"arn:aws:lambda:us-east-1:111122223333:function:f","AuthType":"AWS_IAM","CreationTime":"2026-01-01T00:00:00Z","LastModifiedTime":"2026-01-01T00:00:00Z"}],"NextMarker":"m"}"#)
        .on("urls?Marker=m", 200, r#"{"FunctionUrlConfigs":[{"FunctionUrl":"https://b/","FunctionArn":"arn:aws:lambda:us-east-1:111122223333:function:f:live","AuthType":"NONE","CreationTime":"2026-01-01T00:00:00Z","LastModifiedTime":"2026-01-01T00:00:00Z"}]}"#)
        .on("functions/f ", 200, latest);
    let found = script
        .ports()
        .functions
        .describe("f")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(found.arn, ARN);
    assert_eq!(found.live_version.as_deref(), Some("3"));
    assert_eq!(found.code_sha256, "old");
    assert_eq!(found.revision.as_deref(), Some("r3"));
    assert_eq!(found.configuration.memory, 256);
    assert_eq!(found.configuration.architecture, "arm64");
    assert_eq!(found.configuration.environment["A"], "1");
    assert_eq!(found.tags, Tags::from([("k".to_owned(), "v".to_owned())]));
    assert_eq!(found.statements.len(), 1);
    assert!(found.statements[0].is(&statement()));
    assert_eq!(found.statements[0].place, Place::Live);
    assert_eq!(found.other_versions, ["7"]);
    let url = |alias: Option<&str>, auth_type: &str| FunctionUrl {
        alias: alias.map(str::to_owned),
        auth_type: auth_type.to_owned(),
    };
    assert_eq!(
        found.urls,
        [url(None, "AWS_IAM"), url(Some("live"), "NONE")]
    );
    assert_eq!(found.configuration.layers, ["arn:l"]);
    assert_eq!(found.configuration.file_systems, ["arn:f"]);
    let target = found.configuration.dead_letter_target.as_deref();
    assert_eq!(target, Some("arn:q"));
    // With the pages of the URLs; more would be felt in each `status`.
    assert_eq!(script.asked().len(), 7);
}

#[tokio::test]
async fn without_the_alias_the_latest_is_told_and_without_a_function_nothing() {
    let latest = r#"{"Configuration":{"FunctionArn":"arn:aws:lambda:us-east-1:111122223333:function:f","CodeSha256":"new","Version":"$LATEST"},"Tags":{}}"#;
    let missing = |script: Script, on| script.error(on, 404, "ResourceNotFoundException", "no");
    let reach = |script| {
        ["configuration", "policy", "policy", "aliases", "urls"]
            .into_iter()
            .fold(script, missing)
    };
    let script = reach(Script::new()).on("functions/f", 200, latest);
    let found = script
        .ports()
        .functions
        .describe("f")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.live_version, found.code_sha256),
        (None, "new".to_owned())
    );
    assert!(found.statements.is_empty());

    let script = missing(reach(Script::new()), "functions/f");
    assert_eq!(script.ports().functions.describe("f").await.unwrap(), None);
}

#[tokio::test]
async fn tags_that_may_not_be_read_are_an_error_and_not_none() {
    let latest = r#"{"Configuration":{"FunctionArn":"arn:aws:lambda:us-east-1:111122223333:function:f"},"TagsError":{"ErrorCode":"AccessDeniedException","Message":"lambda:ListTags"}}"#;
    let script = Script::new()
        .error("configuration", 404, "ResourceNotFoundException", "no")
        .error("policy", 404, "ResourceNotFoundException", "no")
        .error("policy", 404, "ResourceNotFoundException", "no")
        .error("aliases", 404, "ResourceNotFoundException", "no")
        .error("urls", 404, "ResourceNotFoundException", "no")
        .on("functions/f", 200, latest);
    let failure = script.ports().functions.describe("f").await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::AccessDenied);
}

#[tokio::test]
async fn what_may_not_be_read_is_an_error_that_names_the_permission() {
    let latest = r#"{"Configuration":{"FunctionArn":"arn:aws:lambda:us-east-1:111122223333:function:f"},"Tags":{}}"#;
    for (denied, action) in [
        ("policy?Qualifier=live", "lambda:GetPolicy"),
        ("policy ", "lambda:GetPolicy"),
        ("aliases", "lambda:GetAlias"),
        ("urls", "lambda:ListFunctionUrlConfigs"),
    ] {
        let words = format!("User: ada is not authorized to perform: {action}");
        let mut script = Script::new()
            .error(denied, 403, "AccessDeniedException", &words)
            .on("functions/f ", 200, latest);
        for other in ["configuration", "policy", "policy", "aliases", "urls"] {
            script = script.error(other, 404, "ResourceNotFoundException", "no");
        }
        let failure = script.ports().functions.describe("f").await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::AccessDenied);
        assert!(failure.message.contains(action), "{failure}");
    }
}

#[tokio::test]
async fn what_is_attached_is_taken_away_with_an_update() {
    let script = Script::new().on("PUT", 200, "{}").on("GET", 200, READY);
    let functions = script.ports().functions;
    functions
        .update_configuration("f", &configuration(), Age::Young, &Notes::default())
        .await
        .unwrap();
    let asked = &script.asked()[0];
    for part in [
        r#""Layers":[]"#,
        r#""FileSystemConfigs":[]"#,
        r#""DeadLetterConfig":{"TargetArn":""}"#,
    ] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
}

#[tokio::test]
async fn a_statement_and_a_url_go_by_their_qualifier_and_gone_is_done() {
    let script = Script::new()
        .on("policy/s?Qualifier=live", 204, "")
        .on("policy/s ", 204, "")
        .on("url?Qualifier=live", 204, "")
        .on("url ", 204, "")
        .error("DELETE", 404, "ResourceNotFoundException", "no")
        .error("DELETE", 404, "ResourceNotFoundException", "no");
    let functions = script.ports().functions;
    for alias in [Some("live"), None] {
        functions
            .revoke("f", alias, "s", &Notes::default())
            .await
            .unwrap();
        functions
            .delete_url("f", alias, &Notes::default())
            .await
            .unwrap();
    }
    functions
        .revoke("f", None, "s", &Notes::default())
        .await
        .unwrap();
    functions
        .delete_url("f", None, &Notes::default())
        .await
        .unwrap();
    script.assert_used();
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_adopted_and_anothers_function_is_not() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let digest = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(b"zip"));
    let found =
        |sha: &str| format!(r#"{{"Configuration":{{"CodeSha256":"{sha}"}},"Tags":{{"k":"v"}}}}"#);
    let tags = Tags::from([("k".to_owned(), "v".to_owned())]);
    let conflict = |script: Script| {
        script.error(
            "POST",
            409,
            "ResourceConflictException",
            "Function already exist: f",
        )
    };

    let script = conflict(Script::new()).on("configuration", 200, READY).on(
        "functions/f",
        200,
        &found(&digest),
    );
    let functions = script.ports().functions;
    functions
        .create(
            "f",
            &configuration(),
            b"zip",
            &tags,
            Age::Young,
            &Notes::default(),
        )
        .await
        .unwrap();

    let script = conflict(Script::new()).on("functions/f", 200, &found("other"));
    let functions = script.ports().functions;
    let made = functions
        .create(
            "f",
            &configuration(),
            b"zip",
            &tags,
            Age::Young,
            &Notes::default(),
        )
        .await;
    assert_eq!(made.unwrap_err().kind, FailureKind::Conflict);
}

#[tokio::test]
async fn an_update_that_fails_afterwards_is_an_error_with_its_reason() {
    let failed = r#"{"State":"Active","LastUpdateStatus":"Failed","LastUpdateStatusReason":"no image","LastUpdateStatusReasonCode":"InternalError"}"#;
    let script = Script::new()
        .on("PUT", 200, "{}")
        .on(
            "configuration",
            200,
            r#"{"State":"Active","LastUpdateStatus":"InProgress"}"#,
        )
        .on("configuration", 200, failed);
    let functions = script.ports().functions;
    let failure = functions
        .update_code("f", "arm64", b"zip", &Notes::default())
        .await
        .unwrap_err();
    assert_eq!(failure.code, "LastUpdateStatus Failed");
    assert_eq!(failure.message, "no image (InternalError)");
}

#[tokio::test]
async fn a_version_is_published_of_the_code_that_was_meant_at_the_revision_that_was_read() {
    let moved = READY.replace("r1", "r2");
    let script = Script::new()
        .on("configuration?Qualifier=4", 200, r#"{"State":"Pending"}"#)
        .on("configuration?Qualifier=4", 200, READY)
        .on("GET", 200, READY)
        .error(
            "POST",
            412,
            "PreconditionFailedException",
            "The RevisionId provided does not match",
        )
        .on("GET", 200, &moved)
        .on("POST", 201, r#"{"Version":"4"}"#);
    assert_eq!(
        script
            .ports()
            .functions
            .publish("f", "sha", &Notes::default())
            .await
            .unwrap(),
        "4"
    );
    assert_eq!(script.count(r#""CodeSha256":"sha""#), 2);
    assert_eq!(script.count(r#""RevisionId":"r2""#), 1);
    script.assert_used();

    let script = Script::new().on("GET", 200, READY);
    let failure = script
        .ports()
        .functions
        .publish("f", "other", &Notes::default())
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::Conflict);
    assert_eq!(script.count("POST"), 0);
}

#[tokio::test]
async fn an_alias_is_moved_or_made() {
    let answer = format!(r#"{{"AliasArn":"{ARN}:live","FunctionVersion":"4"}}"#);
    let script = Script::new()
        .error("PUT", 404, "ResourceNotFoundException", "Cannot find alias")
        .on("POST", 201, &answer);
    let arn = script
        .ports()
        .functions
        .set_alias("f", "live", "4", &Notes::default())
        .await
        .unwrap();
    assert_eq!(arn, format!("{ARN}:live"));

    let script = Script::new().on("PUT", 200, &answer);
    script
        .ports()
        .functions
        .set_alias("f", "live", "4", &Notes::default())
        .await
        .unwrap();
    // The weights of an earlier move are taken away.
    assert_eq!(script.count(r#""RoutingConfig":{}"#), 1);
}

#[tokio::test]
async fn a_permission_twice_is_once_and_another_of_its_name_is_replaced() {
    let exists = "The statement id (s) provided already exists.";
    let conflict = |script: Script| script.error("POST", 409, "ResourceConflictException", exists);
    let script = conflict(Script::new()).on("GET", 200, &policy("arn:i"));
    script
        .ports()
        .functions
        .permit(
            "f",
            "live",
            "s",
            &statement(),
            Age::Young,
            &Notes::default(),
        )
        .await
        .unwrap();
    assert_eq!(script.count("DELETE"), 0);

    let script = conflict(Script::new())
        .on("GET", 200, &policy("arn:other"))
        .on("DELETE", 204, "")
        .on("POST", 201, r#"{"Statement":"{}"}"#);
    script
        .ports()
        .functions
        .permit(
            "f",
            "live",
            "s",
            &statement(),
            Age::Young,
            &Notes::default(),
        )
        .await
        .unwrap();
    assert_eq!(script.count("policy/s?Qualifier=live"), 1);
    let asked = &script.asked()[0];
    for part in [
        "Qualifier=live",
        r#""Principal":"connect.amazonaws.com""#,
        r#""SourceArn":"arn:i""#,
        r#""SourceAccount":"111122223333""#,
    ] {
        assert!(asked.contains(part), "{part} in {asked}");
    }
    script.assert_used();
}

#[tokio::test]
async fn the_tail_of_the_log_is_told_and_the_functions_error() {
    // `START\nEND` in Base64, in the header of the answer.
    let script = Script::new().answer(
        "invocations?Qualifier=4",
        200,
        &[
            ("x-amz-log-result", "U1RBUlQKRU5E"),
            ("x-amz-function-error", "Unhandled"),
        ],
        r#"{"errorMessage":"x"}"#,
    );
    let answer = script
        .ports()
        .functions
        .invoke("f", "4", b"{}")
        .await
        .unwrap();
    assert_eq!(answer.log_tail.as_deref(), Some("START\nEND"));
    assert_eq!(answer.error.as_deref(), Some("Unhandled"));
    assert_eq!(answer.payload, br#"{"errorMessage":"x"}"#);
}

#[tokio::test]
async fn a_function_that_is_gone_is_deleted() {
    let script = Script::new().error("DELETE", 404, "ResourceNotFoundException", "no");
    script
        .ports()
        .functions
        .delete("f", &Notes::default())
        .await
        .unwrap();
    let script = Script::new().error("DELETE", 403, "AccessDeniedException", "no");
    assert!(
        script
            .ports()
            .functions
            .delete("f", &Notes::default())
            .await
            .is_err()
    );
}
