//! Functions as they run.

use serde_json::{Value, json};

use super::{
    FUNCTIONS, configuration, created, function, invoke, log_tail, new_function, refused, role,
    settled, start,
};
use crate::client::Aws;

#[tokio::test]
async fn a_function_answers_and_its_process_is_used_again() {
    let aws = start().await;
    created(&aws, &new_function("greet")).await;
    let first = invoke(&aws, "greet", &json!({ "name": "Ada" })).await.ok();
    assert_eq!(first.headers["x-amz-executed-version"], "$LATEST");
    assert!(first.headers.get("x-amz-function-error").is_none());
    let answer = first.json();
    assert_eq!(answer["event"], json!({ "name": "Ada" }));
    assert_eq!(answer["invocations"], 1);
    assert_eq!(
        answer["arn"],
        "arn:aws:lambda:us-east-1:000000000000:function:greet"
    );
    let second = invoke(&aws, "greet", &json!({})).await.ok().json();
    assert_eq!(second["invocations"], 2);
    assert_eq!(second["process"], answer["process"]);
}

#[tokio::test]
async fn the_log_has_the_lines_of_the_function_between_those_of_lambda() {
    let aws = start().await;
    created(&aws, &new_function("greet")).await;
    let cold = log_tail(&invoke(&aws, "greet", &json!({ "a": 1 })).await.ok());
    let lines: Vec<&str> = cold.lines().collect();
    assert!(lines[0].starts_with("START RequestId: "), "{cold}");
    assert!(lines[0].ends_with(" Version: $LATEST"), "{cold}");
    assert!(lines.contains(&r#"event {"a":1}"#), "{cold}");
    assert!(
        lines[lines.len() - 2].starts_with("END RequestId: "),
        "{cold}"
    );
    let report = lines[lines.len() - 1];
    for part in [
        "REPORT RequestId: ",
        "Billed Duration: ",
        "Memory Size: 128 MB",
        "Init Duration: ",
    ] {
        assert!(report.contains(part), "{report}");
    }
    let warm = log_tail(&invoke(&aws, "greet", &json!({})).await.ok());
    assert!(!warm.contains("Init Duration"), "{warm}");
    let body = json!({ "logGroupName": "/aws/lambda/greet" });
    let kept = aws
        .json("logs", "Logs_20140328.FilterLogEvents", &body)
        .await
        .ok()
        .json();
    let kept: String = kept["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["message"].as_str().unwrap())
        .collect();
    assert!(kept.contains(cold.trim_end()), "{kept}");
    assert!(kept.contains(warm.trim_end()), "{kept}");
}

#[tokio::test]
async fn the_process_sees_what_lambda_sets_and_nothing_of_the_machine() {
    let aws = start().await;
    let mut body = new_function("greet");
    body["Environment"] =
        json!({ "Variables": { "TABLE_NAME": "numbers", "TZ": "Europe/London" } });
    body["MemorySize"] = json!(256);
    created(&aws, &body).await;
    let answer = invoke(&aws, "greet", &json!({})).await.ok().json();
    let variables = answer["variables"].as_object().unwrap();
    let expected = [
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", &aws.url()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
        ("AWS_LAMBDA_FUNCTION_NAME", "greet"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/greet"),
        ("AWS_REGION", "us-east-1"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("LANG", "en_US.UTF-8"),
        ("PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin"),
        ("TABLE_NAME", "numbers"),
        ("TZ", "Europe/London"),
        ("_HANDLER", "bootstrap"),
    ];
    for (name, value) in expected {
        assert_eq!(variables.get(name), Some(&json!(value)), "{name}");
    }
    let changing = [
        "AWS_ACCESS_KEY_ID",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_TASK_ROOT",
        "LD_LIBRARY_PATH",
    ];
    // A shell adds these by itself.
    let of_the_shell = ["OLDPWD", "PWD", "SHLVL", "_"];
    for name in variables.keys().map(String::as_str) {
        let known = expected.iter().any(|(known, _)| *known == name)
            || changing.contains(&name)
            || of_the_shell.contains(&name);
        assert!(known, "{name} comes from the machine");
    }
    let deadline: i64 = answer["deadline"].as_str().unwrap().parse().unwrap();
    assert!(deadline > jiff::Timestamp::now().as_millisecond());
    assert!(answer["trace"].as_str().unwrap().starts_with("Root=1-"));
}

#[tokio::test]
async fn its_keys_are_those_of_a_session_of_its_role() {
    let aws = start().await;
    created(&aws, &new_function("greet")).await;
    let answer = invoke(&aws, "greet", &json!({})).await.ok().json();
    let key = answer["variables"]["AWS_ACCESS_KEY_ID"].as_str().unwrap();
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={key}/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0"
    );
    let identity = aws
        .signed(&authorization, "POST", "/", "Action=GetCallerIdentity")
        .await
        .ok();
    assert_eq!(
        identity.element("Arn").as_deref(),
        Some("arn:aws:sts::000000000000:assumed-role/function/greet")
    );
    // The role may not: neither invoke nor look.
    let authorization = authorization.replace("/sts/", "/lambda/");
    let path = format!("{FUNCTIONS}/greet/invocations");
    let answer = aws.signed(&authorization, "POST", &path, "{}").await;
    let message = refused(&answer, 403, "AccessDeniedException");
    assert!(message.contains("lambda:InvokeFunction"), "{message}");
}

#[tokio::test]
async fn an_error_of_the_function_is_passed_on() {
    let aws = start().await;
    created(&aws, &new_function("greet")).await;
    let answer = invoke(&aws, "greet", &json!({ "do": "fail" })).await.ok();
    assert_eq!(answer.headers["x-amz-function-error"], "Unhandled");
    assert_eq!(
        answer.json(),
        json!({ "errorType": "Refused", "errorMessage": "as told" })
    );
    let next = invoke(&aws, "greet", &json!({})).await.ok().json();
    assert_eq!(next["invocations"], 2, "the process goes on");
}

#[tokio::test]
async fn a_function_that_takes_too_long_is_killed() {
    let aws = start().await;
    let mut body = new_function("greet");
    body["Timeout"] = json!(1);
    created(&aws, &body).await;
    let answer = invoke(&aws, "greet", &json!({ "do": "hang" })).await.ok();
    assert_eq!(answer.headers["x-amz-function-error"], "Unhandled");
    let payload = answer.json();
    assert_eq!(payload["errorType"], "Sandbox.Timedout");
    let message = payload["errorMessage"].as_str().unwrap();
    assert!(
        message.ends_with("Error: Task timed out after 1.00 seconds"),
        "{message}"
    );
    let log = log_tail(&answer);
    assert!(log.contains("Task timed out after 1.00 seconds"), "{log}");
    assert!(log.contains("Status: timeout"), "{log}");
    let next = invoke(&aws, "greet", &json!({})).await.ok().json();
    assert_eq!(next["invocations"], 1, "a new process");
}

#[tokio::test]
async fn a_process_that_ends_is_told_of_and_replaced() {
    let aws = start().await;
    created(&aws, &new_function("greet")).await;
    let answer = invoke(&aws, "greet", &json!({ "do": "exit", "code": 7 }))
        .await
        .ok();
    assert_eq!(answer.headers["x-amz-function-error"], "Unhandled");
    let payload = answer.json();
    assert_eq!(payload["errorType"], "Runtime.ExitError");
    let message = payload["errorMessage"].as_str().unwrap();
    assert!(
        message.ends_with("Error: Runtime exited with error: exit status 7"),
        "{message}"
    );
    invoke(&aws, "greet", &json!({})).await.ok();
}

#[tokio::test]
async fn a_start_that_fails_is_an_error_of_the_function() {
    let aws = start().await;
    for (init, kind) in [("exit", "Runtime.ExitError"), ("error", "NoTable")] {
        let mut body = new_function(init);
        body["Environment"] = json!({ "Variables": { "INIT": init } });
        created(&aws, &body).await;
        let answer = invoke(&aws, init, &json!({})).await.ok();
        assert_eq!(answer.headers["x-amz-function-error"], "Unhandled");
        assert_eq!(answer.json()["errorType"], kind, "{}", answer.body);
    }
}

#[tokio::test]
async fn a_package_that_cannot_start_is_an_invalid_entrypoint() {
    let aws = start().await;
    let elf_of_another_architecture = {
        let mut head = String::from("\x7fELF\x02\x01\x01");
        head.push_str(&"\0".repeat(11));
        head.push_str("\x3e\0rest");
        head
    };
    let cases = [
        (
            "missing",
            vec![("other", "x", 0o755)],
            "Couldn't find valid bootstrap(s)",
        ),
        (
            "forbidden",
            vec![("bootstrap", "#!/bin/sh\n", 0o644)],
            "permission denied",
        ),
        (
            "foreign",
            vec![("bootstrap", &*elf_of_another_architecture, 0o755)],
            "exec format error",
        ),
    ];
    for (name, files, reason) in cases {
        let mut body = new_function(name);
        body["Code"]["ZipFile"] = json!(super::base64(&function::zip(&files)));
        if name == "foreign" {
            body["Architectures"] = json!(["arm64"]);
        }
        created(&aws, &body).await;
        let payload = invoke(&aws, name, &json!({})).await.ok().json();
        assert_eq!(payload["errorType"], "Runtime.InvalidEntrypoint");
        let message = payload["errorMessage"].as_str().unwrap();
        assert!(message.contains(reason), "{message}");
    }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_an_error() {
    let aws = start().await;
    created(&aws, &new_function("greet")).await;
    let payload = invoke(&aws, "greet", &json!({ "do": "large" }))
        .await
        .ok()
        .json();
    assert_eq!(payload["errorType"], "Function.ResponseSizeTooLarge");
    let next = invoke(&aws, "greet", &json!({})).await.ok().json();
    assert_eq!(next["invocations"], 2, "the process goes on");
}

#[tokio::test]
async fn invocations_at_the_same_time_have_processes_of_their_own() {
    let aws = start().await;
    created(&aws, &new_function("greet")).await;
    let folder = tempfile::tempdir().unwrap();
    let (started, go) = (folder.path().join("started"), folder.path().join("go"));
    let wait = json!({ "do": "wait", "started": started, "file": go });
    let path = "/2017-10-31/functions/greet/concurrency".to_owned();
    let reserve = |count: u32| {
        let body = json!({ "ReservedConcurrentExecutions": count });
        let (aws, path) = (&aws, &path);
        async move { aws.rest("lambda", "PUT", path, &body).await.ok() }
    };
    reserve(1).await;
    let others = async {
        while !started.exists() {
            tokio::task::yield_now().await;
        }
        let throttled = invoke(&aws, "greet", &json!({})).await;
        refused(&throttled, 429, "TooManyRequestsException");
        assert_eq!(
            throttled.json()["Reason"],
            "ReservedFunctionConcurrentInvocationLimitExceeded"
        );
        reserve(2).await;
        let other = invoke(&aws, "greet", &json!({})).await.ok().json();
        assert_eq!(other["invocations"], 1, "a process of its own");
        std::fs::write(&go, "").unwrap();
    };
    let (waited, ()) = tokio::join!(invoke(&aws, "greet", &wait), others);
    assert_eq!(waited.ok().json(), json!("waited"));
    reserve(0).await;
    assert_eq!(invoke(&aws, "greet", &json!({})).await.status, 429);
    aws.rest("lambda", "DELETE", &path, &Value::Null).await.ok();
    invoke(&aws, "greet", &json!({})).await.ok();
}

#[tokio::test]
async fn new_code_and_configuration_have_new_processes() {
    let aws = start().await;
    created(&aws, &new_function("greet")).await;
    let before = invoke(&aws, "greet", &json!({})).await.ok().json();
    let change = json!({ "Environment": { "Variables": { "COLOUR": "blue" } } });
    let path = format!("{FUNCTIONS}/greet/configuration");
    aws.rest("lambda", "PUT", &path, &change).await.ok();
    settled(&aws, "greet").await;
    let after = invoke(&aws, "greet", &json!({})).await.ok().json();
    assert_ne!(after["process"], before["process"]);
    assert_eq!(after["variables"]["COLOUR"], "blue");
    let code = json!({ "ZipFile": super::base64(&function::package("two")) });
    aws.rest("lambda", "PUT", &format!("{FUNCTIONS}/greet/code"), &code)
        .await
        .ok();
    settled(&aws, "greet").await;
    let after = invoke(&aws, "greet", &json!({})).await.ok().json();
    assert_eq!(after["marker"], "two");
}

#[tokio::test]
async fn functions_outlive_the_server_but_their_processes_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let config = || local_aws::Config {
        folder: Some(crate::client::kept(folder.path())),
        ..local_aws::Config::default()
    };
    let aws = Aws::with(config()).await;
    role(&aws, "function", "lambda.amazonaws.com", &["logs:*"]);
    created(&aws, &new_function("greet")).await;
    let before = invoke(&aws, "greet", &json!({})).await.ok().json();
    let shown = configuration(&aws, "greet").await;
    aws.stop().await;
    let process = before["process"].as_u64().unwrap();
    assert!(!std::path::Path::new(&format!("/proc/{process}/exe")).exists());
    let aws = Aws::with(config()).await;
    assert_eq!(configuration(&aws, "greet").await, shown);
    let after = invoke(&aws, "greet", &json!({})).await.ok().json();
    assert_eq!(after["invocations"], 1);
}

#[tokio::test]
async fn a_dry_run_runs_nothing_and_an_event_is_not_waited_for() {
    let aws = start().await;
    created(&aws, &new_function("greet")).await;
    let path = format!("{FUNCTIONS}/greet/invocations");
    let typed = |kind| [("x-amz-invocation-type", kind)];
    let dry = aws
        .request("lambda", "POST", &path, &typed("DryRun"), "{}")
        .await;
    assert_eq!(dry.status, 204);
    let wrong = aws
        .request("lambda", "POST", &path, &typed("Later"), "{}")
        .await;
    refused(&wrong, 400, "ValidationException");
    let event = aws
        .request("lambda", "POST", &path, &typed("Event"), "{}")
        .await;
    assert_eq!((event.status, event.body.as_str()), (202, ""));
    let malformed = aws.request("lambda", "POST", &path, &[], "{").await;
    refused(&malformed, 400, "InvalidRequestContentException");
    let large = format!("\"{}\"", "a".repeat(6 * 1024 * 1024));
    let large = aws.request("lambda", "POST", &path, &[], large).await;
    refused(&large, 413, "RequestTooLargeException");
}
