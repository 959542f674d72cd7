use super::*;

#[test]
fn resources_make_paths() {
    let mut definition = Definition::new("root");
    definition.create_resource("a", "root", "a").unwrap();
    definition.create_resource("b", "a", "{id}").unwrap();
    definition.create_resource("c", "b", "{rest+}").unwrap();
    assert_eq!(definition.resources["c"].path, "/a/{id}/{rest+}");
    let mut refused = |id: &str, parent: &str, part: &str| {
        let refused = definition.create_resource(id, parent, part).unwrap_err();
        refused.code.into_owned()
    };
    assert_eq!(refused("x", "root", "a"), "ConflictException");
    assert_eq!(refused("x", "nothing", "a"), "NotFoundException");
    for (parent, part) in [
        ("c", "x"),
        ("a", "{other}"),
        ("a", "x y"),
        ("a", "{"),
        ("a", ""),
    ] {
        assert_eq!(refused("x", parent, part), "BadRequestException", "{part}");
    }
    definition.delete_resource("a");
    assert_eq!(definition.resources.len(), 1);
}

#[test]
fn models_in_use_stay() {
    let mut definition = Definition::new("root");
    let method = Method {
        request_models: BTreeMap::from([("application/json".to_owned(), "Empty".to_owned())]),
        ..Method::default()
    };
    definition.put_method("root", "GET", method).unwrap();
    assert_eq!(definition.delete_model("Empty").unwrap_err().status, 409);
    definition.delete_model("Error").unwrap();
    let missing = Method {
        request_models: BTreeMap::from([("application/json".to_owned(), "None".to_owned())]),
        ..Method::default()
    };
    assert!(definition.put_method("root", "GET", missing).is_err());
    assert!(
        definition
            .put_method("root", "FETCH", Method::default())
            .is_err()
    );
    let model = definition.models["Empty"].clone();
    assert!(definition.put_model("a-b", model.clone()).is_err());
    let wrong = Model {
        schema: json!({"type": 1}),
        ..model
    };
    assert!(definition.put_model("Wrong", wrong).is_err());
}

#[test]
fn logs_need_a_role_and_stages_a_deployment() {
    let mut state = State::default();
    let now = Timestamp::UNIX_EPOCH;
    let mut definition = Definition::new("root");
    definition
        .put_method("root", "GET", Method::default())
        .unwrap();
    let api = RestApi {
        id: "api".to_owned(),
        name: "n".to_owned(),
        description: None,
        endpoint_type: "REGIONAL".to_owned(),
        security: crate::apigateway::rest::domains::Security::default(),
        tags: BTreeMap::new(),
        created: now,
        definition,
        deployments: BTreeMap::new(),
        stages: BTreeMap::new(),
    };
    state.apis.insert("api".to_owned(), api);
    let api = state.api_mut("api").unwrap();
    let refused = api.deploy("d", None, now).unwrap_err();
    assert_eq!(refused.message, "No integration defined for method");
    api.definition.resources.clear();
    let refused = api.deploy("d", None, now).unwrap_err();
    assert_eq!(refused.message, "The REST API doesn't contain any methods");
    let settings = StageSettings {
        deployment: "d".to_owned(),
        access_log: Some(crate::apigateway::apis::AccessLog {
            destination_arn: "arn:aws:logs:us-east-1:0:log-group:g".to_owned(),
            format: "$context.requestId".to_owned(),
        }),
        ..StageSettings::default()
    };
    let refused = |state: &mut State| {
        state
            .put_stage("api", "v1", settings.clone(), BTreeMap::new(), now)
            .unwrap_err()
            .message
    };
    insta::assert_snapshot!(refused(&mut state), @"CloudWatch Logs role ARN must be set in account settings to enable logging");
    state.log_role = Some("arn".to_owned());
    insta::assert_snapshot!(refused(&mut state), @"Deployment id does not exist");
}
