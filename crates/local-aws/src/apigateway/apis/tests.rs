use super::*;

const ALIAS: &str = "arn:aws:lambda:us-east-1:000000000000:function:f:live";

fn api() -> Api {
    let mut state = State::default();
    let settings = ApiSettings {
        name: "n".to_owned(),
        ..ApiSettings::default()
    };
    let now = "2026-01-31T12:00:00Z".parse().unwrap();
    state
        .create_api("a", settings, BTreeMap::new(), now)
        .unwrap();
    state.apis.remove("a").unwrap()
}

fn integration(uri: &str) -> Integration {
    Integration {
        uri: uri.to_owned(),
        description: None,
        timeout_in_millis: 30_000,
    }
}

fn route(key: &str, target: &str) -> Route {
    Route {
        key: key.to_owned(),
        target: Some(target.to_owned()),
    }
}

#[test]
fn routes_lead_to_integrations_that_exist() {
    let mut api = api();
    api.put_integration("i", integration(ALIAS)).unwrap();
    api.put_route("r", route("GET /a", "integrations/i"))
        .unwrap();
    let refused = |api: &mut Api, id: &str, key: &str, target: &str| {
        api.put_route(id, route(key, target)).unwrap_err().code
    };
    assert_eq!(
        refused(&mut api, "s", "GET /a", "integrations/i"),
        "ConflictException"
    );
    assert_eq!(
        refused(&mut api, "s", "GET /b", "integrations/x"),
        "NotFoundException"
    );
    assert_eq!(refused(&mut api, "s", "GET /b", "i"), "BadRequestException");
    assert_eq!(
        refused(&mut api, "s", "FETCH /b", "integrations/i"),
        "BadRequestException"
    );
    assert_eq!(
        api.delete_integration("i").unwrap_err().code,
        "ConflictException"
    );
    api.routes.clear();
    api.delete_integration("i").unwrap();
    api.delete_integration("i").unwrap();
}

#[test]
fn integrations_name_functions() {
    let path = format!(
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{ALIAS}/invocations"
    );
    assert_eq!(Integration::function_arn(&path).unwrap(), ALIAS);
    assert_eq!(Integration::function_arn(ALIAS).unwrap(), ALIAS);
    for uri in [
        "f",
        "https://example.com",
        "arn:aws:lambda:us-east-1:0:function:",
        "",
    ] {
        assert!(Integration::function_arn(uri).is_err(), "{uri}");
    }
    let slow = Integration {
        timeout_in_millis: 30_001,
        ..integration(ALIAS)
    };
    assert!(api().put_integration("i", slow).is_err());
}

#[test]
fn what_cannot_be_cross_origin() {
    let refused = |cors: Cors| {
        let settings = ApiSettings {
            name: "n".to_owned(),
            cors: Some(cors),
            ..ApiSettings::default()
        };
        settings.check().is_err()
    };
    let origin = |text: &str| vec![text.to_owned()];
    assert!(refused(Cors {
        allow_origins: origin("example.com"),
        ..Cors::default()
    }));
    assert!(refused(Cors {
        allow_credentials: true,
        allow_origins: origin("*"),
        ..Cors::default()
    }));
    assert!(refused(Cors {
        allow_methods: origin("get"),
        ..Cors::default()
    }));
    assert!(refused(Cors {
        max_age: Some(86_401),
        ..Cors::default()
    }));
    assert!(!refused(Cors {
        allow_origins: origin("https://example.com"),
        ..Cors::default()
    }));
}

#[test]
fn stages() {
    let mut api = api();
    api.create_stage("$default", Stage::default()).unwrap();
    for name in ["$default", "", "a b", "$other"] {
        assert!(api.create_stage(name, Stage::default()).is_err(), "{name}");
    }
    let settings = StageSettings {
        default_route: Some(RouteSettings {
            burst_limit: Some(5.0),
            rate_limit: Some(2.0),
        }),
        routes: BTreeMap::from([(
            "GET /a".to_owned(),
            RouteSettings {
                burst_limit: Some(1.0),
                rate_limit: None,
            },
        )]),
        ..StageSettings::default()
    };
    assert_eq!(
        settings.throttling("GET /a"),
        RouteSettings {
            burst_limit: Some(1.0),
            rate_limit: Some(2.0)
        }
    );
    assert_eq!(settings.throttling("GET /b").burst_limit, Some(5.0));
}
