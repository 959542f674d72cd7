//! Functions and versions as the API keeps them.

use serde_json::{Value, json};

use super::{
    FUNCTIONS, base64, configuration, create, created, function, invoke, new_function, refused,
    role, settled, start,
};

#[tokio::test]
async fn a_function_is_pending_until_its_package_is_unpacked() {
    let aws = start().await;
    let answer = create(&aws, &new_function("greet")).await.ok();
    assert_eq!(answer.status, 201);
    let shown = answer.json();
    assert_eq!(shown["State"], "Pending");
    assert_eq!(shown["StateReasonCode"], "Creating");
    assert_eq!(shown["Version"], "$LATEST");
    let active = settled(&aws, "greet").await;
    assert_eq!(active["State"], "Active");
    assert_eq!(active["LastUpdateStatus"], "Successful");
    assert_ne!(active["RevisionId"], shown["RevisionId"]);
    let defaults = [
        ("Timeout", json!(3)),
        ("MemorySize", json!(128)),
        ("Architectures", json!(["x86_64"])),
        ("PackageType", json!("Zip")),
        ("Description", json!("")),
        ("EphemeralStorage", json!({ "Size": 512 })),
        ("TracingConfig", json!({ "Mode": "PassThrough" })),
        (
            "LoggingConfig",
            json!({ "LogFormat": "Text", "LogGroup": "/aws/lambda/greet" }),
        ),
    ];
    for (member, value) in defaults {
        assert_eq!(active[member], value, "{member}");
    }
    let modified = active["LastModified"].as_str().unwrap();
    assert!(
        modified.ends_with("+0000") && modified.len() == 28,
        "{modified}"
    );
}

#[tokio::test]
async fn what_aws_refuses_about_a_new_function_is_refused() {
    let aws = start().await;
    role(&aws, "other", "ec2.amazonaws.com", &[]);
    let with = |member: &str, value: Value| {
        let mut body = new_function("greet");
        body[member] = value;
        body
    };
    let variables = |variables: Value| with("Environment", json!({ "Variables": variables }));
    let cases = [
        (
            with("FunctionName", json!("two words")),
            "ValidationException",
        ),
        (
            with("FunctionName", json!("a".repeat(65))),
            "ValidationException",
        ),
        (with("FunctionName", Value::Null), "ValidationException"),
        (with("Timeout", json!(901)), "ValidationException"),
        (with("Timeout", json!(0)), "ValidationException"),
        (with("MemorySize", json!(127)), "ValidationException"),
        (with("MemorySize", json!(10_241)), "ValidationException"),
        (with("Role", json!("function")), "ValidationException"),
        (
            with("Role", json!("arn:aws:iam::000000000000:role/nobody")),
            "InvalidParameterValueException",
        ),
        (
            with("Role", json!("arn:aws:iam::000000000000:role/other")),
            "InvalidParameterValueException",
        ),
        (
            with("Runtime", json!("provided.al2024")),
            "ValidationException",
        ),
        (
            with("Runtime", json!("python3.13")),
            "NotImplementedByLocalAws",
        ),
        (
            with("Runtime", Value::Null),
            "InvalidParameterValueException",
        ),
        (with("Handler", json!("two words")), "ValidationException"),
        (
            with("Handler", Value::Null),
            "InvalidParameterValueException",
        ),
        (
            with("Architectures", json!(["riscv64"])),
            "ValidationException",
        ),
        (
            with("Description", json!("a".repeat(257))),
            "ValidationException",
        ),
        (with("Code", json!({})), "InvalidParameterValueException"),
        (
            with("Code", json!({ "ZipFile": base64(b"no zip") })),
            "InvalidParameterValueException",
        ),
        (
            with("Code", json!({ "S3Bucket": "code", "S3Key": "zip" })),
            "NotImplementedByLocalAws",
        ),
        (
            with("PackageType", json!("Image")),
            "NotImplementedByLocalAws",
        ),
        (with("VpcConfig", json!({})), "NotImplementedByLocalAws"),
        (
            with("TracingConfig", json!({ "Mode": "Active" })),
            "NotImplementedByLocalAws",
        ),
        (
            with("Tags", json!({ "aws:mine": "x" })),
            "InvalidParameterValueException",
        ),
        (with("Timeout", json!("3")), "SerializationException"),
        (
            variables(json!({ "AWS_REGION": "x" })),
            "InvalidParameterValueException",
        ),
        (variables(json!({ "1ST": "x" })), "ValidationException"),
        (
            variables(json!({ "LONG": "a".repeat(4096) })),
            "InvalidParameterValueException",
        ),
    ];
    for (body, expected) in cases {
        let answer = create(&aws, &body).await;
        let status = if expected.starts_with("NotImplemented") {
            501
        } else {
            400
        };
        refused(&answer, status, expected);
    }
    create(&aws, &new_function("greet")).await.ok();
    let message = refused(
        &create(&aws, &new_function("greet")).await,
        409,
        "ResourceConflictException",
    );
    assert_eq!(message, "Function already exist: greet");
}

#[tokio::test]
async fn a_function_that_is_not_there_is_told_by_its_arn() {
    let aws = start().await;
    let path = format!("{FUNCTIONS}/greet:live");
    let answer = aws.rest("lambda", "GET", &path, &Value::Null).await;
    assert_eq!(
        answer.json(),
        json!({
            "Type": "User",
            "Message": "Function not found: arn:aws:lambda:us-east-1:000000000000:function:greet:live",
        })
    );
    assert_eq!(answer.status, 404);
}

#[tokio::test]
async fn a_stale_revision_changes_nothing() {
    let aws = start().await;
    let shown = created(&aws, &new_function("greet")).await;
    let stale = shown["RevisionId"].clone();
    let path = format!("{FUNCTIONS}/greet/configuration");
    let body = json!({ "Timeout": 9, "RevisionId": stale });
    let answer = aws.rest("lambda", "PUT", &path, &body).await;
    refused(&answer, 412, "PreconditionFailedException");
    let fresh = configuration(&aws, "greet").await["RevisionId"].clone();
    let body = json!({ "Timeout": 9, "RevisionId": fresh });
    let answer = aws.rest("lambda", "PUT", &path, &body).await.ok().json();
    assert_eq!(answer["Timeout"], 9);
    assert_eq!(answer["LastUpdateStatus"], "InProgress");
    assert_ne!(answer["RevisionId"], fresh);
}

#[tokio::test]
async fn a_dry_run_of_new_code_changes_nothing() {
    let aws = start().await;
    created(&aws, &new_function("greet")).await;
    let before = configuration(&aws, "greet").await;
    let path = format!("{FUNCTIONS}/greet/code");
    let body = json!({ "ZipFile": base64(&function::package("two")), "DryRun": true });
    let shown = aws.rest("lambda", "PUT", &path, &body).await.ok().json();
    assert_ne!(shown["CodeSha256"], before["CodeSha256"]);
    assert_eq!(configuration(&aws, "greet").await, before);
}

#[tokio::test]
async fn a_version_stays_as_it_was_published() {
    let aws = start().await;
    created(&aws, &new_function("greet")).await;
    let versions = format!("{FUNCTIONS}/greet/versions");
    let first = aws.rest("lambda", "POST", &versions, &json!({})).await.ok();
    assert_eq!(first.status, 201);
    let first = first.json();
    assert_eq!(first["Version"], "1");
    assert_eq!(
        first["FunctionArn"],
        "arn:aws:lambda:us-east-1:000000000000:function:greet:1"
    );
    // Nothing has changed: the same version again.
    let again = aws
        .rest("lambda", "POST", &versions, &json!({}))
        .await
        .ok()
        .json();
    assert_eq!(again["Version"], "1");
    let code = json!({ "ZipFile": base64(&function::package("two")), "Publish": true });
    let path = format!("{FUNCTIONS}/greet/code");
    let second = aws.rest("lambda", "PUT", &path, &code).await.ok().json();
    assert_eq!(second["Version"], "2");
    settled(&aws, "greet:2").await;
    let marker = |answer: crate::client::Answer| answer.ok().json()["marker"].clone();
    assert_eq!(marker(invoke(&aws, "greet:1", &json!({})).await), "one");
    let newest = invoke(&aws, "greet:2", &json!({})).await;
    assert_eq!(newest.headers["x-amz-executed-version"], "2");
    assert_eq!(marker(newest), "two");
    let sha = json!({ "CodeSha256": first["CodeSha256"] });
    let answer = aws.rest("lambda", "POST", &versions, &sha).await;
    refused(&answer, 400, "InvalidParameterValueException");
    let listed = aws
        .rest("lambda", "GET", &versions, &Value::Null)
        .await
        .ok()
        .json();
    let numbers: Vec<&str> = listed["Versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| version["Version"].as_str().unwrap())
        .collect();
    assert_eq!(numbers, ["$LATEST", "1", "2"]);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let aws = start().await;
    for name in ["c", "a", "b"] {
        create(&aws, &new_function(name)).await.ok();
    }
    let mut names = Vec::new();
    let mut marker = String::new();
    loop {
        let path = format!("{FUNCTIONS}?MaxItems=2&Marker={marker}");
        let page = aws
            .rest("lambda", "GET", &path, &Value::Null)
            .await
            .ok()
            .json();
        for shown in page["Functions"].as_array().unwrap() {
            names.push(shown["FunctionName"].as_str().unwrap().to_owned());
        }
        match page["NextMarker"].as_str() {
            Some(next) => marker = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(names, ["a", "b", "c"]);
}

#[tokio::test]
async fn tags_are_of_the_function_and_not_of_a_version() {
    let aws = start().await;
    let mut body = new_function("greet");
    body["Tags"] = json!({ "team": "voice" });
    created(&aws, &body).await;
    let tags = "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Agreet";
    let more = json!({ "Tags": { "stage": "test" } });
    assert_eq!(aws.rest("lambda", "POST", tags, &more).await.status, 204);
    let untag = format!("{tags}?tagKeys=team");
    let removed = aws.rest("lambda", "DELETE", &untag, &Value::Null).await;
    assert_eq!(removed.status, 204);
    let listed = aws
        .rest("lambda", "GET", tags, &Value::Null)
        .await
        .ok()
        .json();
    assert_eq!(listed, json!({ "Tags": { "stage": "test" } }));
    let version = aws
        .rest("lambda", "GET", &format!("{tags}%3A1"), &Value::Null)
        .await;
    refused(&version, 400, "InvalidParameterValueException");
}

#[tokio::test]
async fn a_deleted_function_is_gone() {
    let aws = start().await;
    created(&aws, &new_function("greet")).await;
    let path = format!("{FUNCTIONS}/greet");
    assert_eq!(
        aws.rest("lambda", "DELETE", &path, &Value::Null)
            .await
            .status,
        204
    );
    let answer = aws.rest("lambda", "DELETE", &path, &Value::Null).await;
    refused(&answer, 404, "ResourceNotFoundException");
    created(&aws, &new_function("greet")).await;
    invoke(&aws, "greet", &json!({})).await.ok();
}

#[tokio::test]
async fn an_operation_that_is_not_there_is_named() {
    let aws = start().await;
    let answer = aws
        .rest("lambda", "GET", "/2018-10-31/layers", &Value::Null)
        .await;
    let message = refused(&answer, 501, "NotImplementedByLocalAws");
    assert!(message.contains("lambda:ListLayers"), "{message}");
}
