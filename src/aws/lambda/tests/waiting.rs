//! What is waited for, and what is told at once.

use super::*;

#[tokio::test]
async fn a_young_role_is_waited_for_and_another_error_is_not() {
    let young = "The role defined for the function cannot be assumed by Lambda.";
    let code = "InvalidParameterValueException";
    let pending = r#"{"State":"Pending","StateReasonCode":"Creating"}"#;
    let script = Script::new()
        .error("POST", 400, code, young)
        .error("POST", 400, code, young)
        .on("POST", 201, "{}")
        .error(
            "configuration",
            404,
            "ResourceNotFoundException",
            "Function not found",
        )
        .on("configuration", 200, pending)
        .on("configuration", 200, READY);
    let notes = Notes::default();
    let functions = script.ports().functions;
    functions
        .create(
            "f",
            &configuration(),
            b"zip",
            &Tags::new(),
            Age::Young,
            &notes,
        )
        .await
        .unwrap();
    // Not a word of the role: it was known after some milliseconds.
    assert_eq!(notes.lines(), ["function is Pending"]);
    let body = &script.asked()[0];
    for part in [
        r#""Architectures":["arm64"]"#,
        r#""ZipFile":"emlw""#,
        r#""MemorySize":256"#,
    ] {
        assert!(body.contains(part), "{part} in {body}");
    }
    script.assert_used();

    let script = Script::new().error("POST", 400, code, "Unzipped size is too large");
    let functions = script.ports().functions;
    let made = functions
        .create(
            "f",
            &configuration(),
            b"zip",
            &Tags::new(),
            Age::Young,
            &notes,
        )
        .await;
    assert_eq!(made.unwrap_err().kind, FailureKind::Invalid);
    assert_eq!(script.asked().len(), 1);
}

#[tokio::test]
async fn the_grant_of_a_key_to_a_young_role_is_waited_for_and_a_wrong_key_is_not() {
    const GRANT: &str = "Lambda was unable to configure access to your environment variables \
        because the KMS key is invalid for CreateGrant. Please check your KMS key settings. KMS \
        Exception: InvalidArnException KMS Message: ";
    let code = "InvalidParameterValueException";
    let principal = "ARN does not refer to a valid principal: \
        arn:aws:sts::111122223333:assumed-role/r/f";
    let young = format!("{GRANT}{principal}");
    let script = Script::new()
        .error("POST", 400, code, &young)
        .error("POST", 400, code, &young)
        .on("POST", 201, "{}")
        .on("configuration", 200, READY)
        .error("PUT", 400, code, &young)
        .on("PUT", 200, "{}")
        .times(2, "configuration", 200, READY);
    let functions = script.ports().functions;
    let notes = Notes::default();
    functions
        .create(
            "f",
            &configuration(),
            b"zip",
            &Tags::new(),
            Age::Settled,
            &notes,
        )
        .await
        .unwrap();
    functions
        .update_configuration("f", &configuration(), Age::Settled, &notes)
        .await
        .unwrap();
    script.assert_used();

    let alias = format!("{GRANT}Key Aliases are not supported for this operation.");
    let script = Script::new().error("PUT", 400, code, &alias);
    let functions = script.ports().functions;
    let failure = functions
        .update_configuration("f", &configuration(), Age::Young, &notes)
        .await
        .unwrap_err();
    assert_eq!(failure.message, alias);
}

#[tokio::test]
async fn a_role_that_never_can_be_assumed_is_an_error_after_its_time() {
    let body = r#"{"Message":"The role defined for the function cannot be assumed by Lambda."}"#;
    for (age, minutes) in [(Age::Young, 10), (Age::Settled, 1)] {
        let mut script = Script::new();
        for _ in 0..140 {
            script = script.error_body("POST", 400, "InvalidParameterValueException", body);
        }
        let (ports, pauses) = script.ports_and_pauses();
        let notes = Notes::default();
        let made = ports
            .functions
            .create("f", &configuration(), b"zip", &Tags::new(), age, &notes)
            .await;
        let failure = made.unwrap_err();
        assert!(failure.message.contains("cannot be assumed"), "{failure}");
        assert!(failure.message.contains("trust policy"), "{failure}");
        let waited: std::time::Duration = pauses.slept().iter().sum();
        assert_eq!(waited.as_secs(), minutes * 60);
        assert_eq!(
            notes.lines()[0],
            "waiting until the role can be assumed by Lambda"
        );
    }
}

#[tokio::test]
async fn anothers_update_is_waited_for() {
    let busy =
        "The operation cannot be performed at this time. An update is in progress for resource: f";
    let script = Script::new()
        .error("PUT", 409, "ResourceConflictException", busy)
        .on(
            "GET",
            200,
            r#"{"State":"Active","LastUpdateStatus":"InProgress"}"#,
        )
        .on("GET", 200, READY)
        .on("PUT", 200, "{}")
        .on("GET", 200, READY);
    let functions = script.ports().functions;
    functions
        .update_configuration("f", &configuration(), Age::Young, &Notes::default())
        .await
        .unwrap();
    assert_eq!(script.count("PUT"), 2);
    script.assert_used();
}

#[tokio::test]
async fn an_alias_whose_answer_was_lost_is_ours_if_it_points_to_our_version() {
    let conflict = |script: Script| {
        script
            .error("PUT", 404, "ResourceNotFoundException", "Cannot find alias")
            .error(
                "POST",
                409,
                "ResourceConflictException",
                "Alias already exists",
            )
    };
    let alias = |version: &str, weights: &str| {
        format!(
            r#"{{"AliasArn":"{ARN}:live","FunctionVersion":"{version}","RoutingConfig":{weights}}}"#
        )
    };
    let script = conflict(Script::new()).on("GET", 200, &alias("4", "{}"));
    let functions = script.ports().functions;
    let arn = functions
        .set_alias("f", "live", "4", &Notes::default())
        .await
        .unwrap();
    assert_eq!(arn, format!("{ARN}:live"));
    script.assert_used();

    let weighted = r#"{"AdditionalVersionWeights":{"3":0.5}}"#;
    for theirs in [alias("3", "{}"), alias("4", weighted)] {
        let mut script = Script::new();
        for _ in 0..40 {
            script = conflict(script).on("GET", 200, &theirs);
        }
        let (ports, pauses) = script.ports_and_pauses();
        let notes = Notes::default();
        let set = ports.functions.set_alias("f", "live", "4", &notes);
        let failure = set.await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Conflict);
        assert_eq!(failure.message, "Alias already exists");
        let waited: std::time::Duration = pauses.slept().iter().sum();
        assert_eq!(waited.as_secs(), 60);
    }
}

#[tokio::test]
async fn a_version_that_the_alias_does_not_know_yet_is_waited_for() {
    let unknown = |script: Script, on| {
        script.error(
            on,
            404,
            "ResourceNotFoundException",
            "Function not found: f:4",
        )
    };
    let answer = format!(r#"{{"AliasArn":"{ARN}:live","FunctionVersion":"4"}}"#);
    // The alias is new.
    let script = unknown(unknown(Script::new(), "PUT"), "POST");
    let script = unknown(script, "PUT").on("POST", 201, &answer);
    let functions = script.ports().functions;
    let notes = Notes::default();
    let arn = functions.set_alias("f", "live", "4", &notes).await.unwrap();
    assert_eq!(arn, format!("{ARN}:live"));
    script.assert_used();

    // It is there, at the version before.
    let before = format!(r#"{{"AliasArn":"{ARN}:live","FunctionVersion":"3"}}"#);
    let script = unknown(Script::new(), "PUT")
        .error(
            "POST",
            409,
            "ResourceConflictException",
            "Alias already exists",
        )
        .on("GET", 200, &before)
        .on("PUT", 200, &answer);
    let functions = script.ports().functions;
    functions.set_alias("f", "live", "4", &notes).await.unwrap();
    script.assert_used();
}

#[tokio::test]
async fn an_alias_of_this_run_that_is_not_known_yet_is_waited_for_and_another_is_gone() {
    let unknown = |script: Script| {
        script.error(
            "POST",
            404,
            "ResourceNotFoundException",
            "Function not found",
        )
    };
    let notes = Notes::default();
    let script = unknown(unknown(Script::new())).on("POST", 201, r#"{"Statement":"{}"}"#);
    let functions = script.ports().functions;
    functions
        .permit("f", "live", "s", &statement(), Age::Young, &notes)
        .await
        .unwrap();
    script.assert_used();

    let script = unknown(Script::new());
    let functions = script.ports().functions;
    let failure = functions
        .permit("f", "live", "s", &statement(), Age::Settled, &notes)
        .await
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::NotFound);
    assert_eq!(failure.message, "Function not found");
}

#[tokio::test]
async fn a_probe_waits_for_permissions_that_are_not_known_yet() {
    let error: &[(&str, &str)] = &[("x-amz-function-error", "Unhandled")];
    let script = Script::new()
        .answer(
            "invocations?Qualifier=1",
            200,
            error,
            r#"{"errorMessage":"AccessDeniedException: not yet"}"#,
        )
        .answer("invocations?Qualifier=1", 200, &[], "{}");
    let notes = Notes::default();
    let functions = &script.ports().functions;
    let answer = functions
        .probe("f", "1", b"{}", Age::Young, &notes)
        .await
        .unwrap();
    assert_eq!(answer.error, None);
    script.assert_used();

    let script = Script::new().answer(
        "invocations?Qualifier=1",
        200,
        error,
        r#"{"errorMessage":"broken"}"#,
    );
    let functions = &script.ports().functions;
    let answer = functions
        .probe("f", "1", b"{}", Age::Young, &notes)
        .await
        .unwrap();
    assert!(
        answer.error.is_some(),
        "another failure is reported at once"
    );
}

#[tokio::test]
async fn a_probe_waits_until_the_role_is_known_where_the_function_runs() {
    let notes = Notes::default();
    // A 502 is tried three times by the SDK.
    let mut script = Script::new().error(
        "invocations",
        403,
        "AccessDeniedException",
        "The role defined for the function cannot be assumed by Lambda.",
    );
    for _ in 0..3 {
        script = script.error(
            "invocations",
            502,
            "KMSAccessDeniedException",
            "Lambda was unable to decrypt the environment variables because KMS access was denied.",
        );
    }
    let script = script.answer("invocations", 200, &[], "{}");
    let functions = script.ports().functions;
    let answer = functions.probe("f", "1", b"{}", Age::Young, &notes);
    assert_eq!(answer.await.unwrap().error, None);
    script.assert_used();
}

#[tokio::test]
async fn a_probe_that_may_not_be_invoked_is_refused_at_once_and_a_role_in_the_end() {
    let notes = Notes::default();
    let denied = "User: ada is not authorized to perform: lambda:InvokeFunction";
    let script = Script::new().error("invocations", 403, "AccessDeniedException", denied);
    let (ports, pauses) = script.ports_and_pauses();
    let answer = ports
        .functions
        .probe("f", "1", b"{}", Age::Young, &notes)
        .await;
    assert_eq!(answer.unwrap_err().kind, FailureKind::AccessDenied);
    assert!(pauses.slept().is_empty());

    let mut script = Script::new();
    for _ in 0..40 {
        let never = "The role defined for the function cannot be assumed by Lambda.";
        script = script.error("invocations", 403, "AccessDeniedException", never);
    }
    let (ports, pauses) = script.ports_and_pauses();
    let answer = ports
        .functions
        .probe("f", "1", b"{}", Age::Young, &notes)
        .await;
    let failure = answer.unwrap_err();
    // No right of whoever deploys is missing.
    assert_eq!(failure.kind, FailureKind::Other);
    assert!(failure.message.contains("trust policy"), "{failure}");
    let waited: std::time::Duration = pauses.slept().iter().sum();
    assert_eq!(waited.as_secs(), 120);
}

#[tokio::test]
async fn what_is_taken_away_waits_for_another_change_too() {
    let busy = |script: Script| {
        let words = "The function could not be updated due to a concurrent update operation.";
        script.error("DELETE", 409, "ResourceConflictException", words)
    };
    let script = busy(busy(Script::new())).on("policy/s", 204, "");
    let script = busy(script).on("url", 204, "");
    let script = busy(script).on("functions/f", 204, "");
    let functions = script.ports().functions;
    let notes = Notes::default();
    functions
        .revoke("f", Some("live"), "s", &notes)
        .await
        .unwrap();
    functions.delete_url("f", None, &notes).await.unwrap();
    functions.delete("f", &notes).await.unwrap();
    script.assert_used();
}
