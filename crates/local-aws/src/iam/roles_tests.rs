use super::*;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const ALLOW: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

fn new(name: &str) -> NewRole {
    NewRole {
        name: name.to_owned(),
        trust_policy: TRUST.to_owned(),
        ..NewRole::default()
    }
}

fn create(state: &mut State, new: NewRole) -> ServiceResult<Role> {
    let now = "2026-01-31T12:00:00Z".parse().unwrap();
    state
        .create_role(new, "AROATESTTESTTESTTESTT".to_owned(), now)
        .cloned()
}

fn refusal(new: NewRole) -> (u16, String) {
    let error = create(&mut State::default(), new).unwrap_err();
    (error.status, error.code.into_owned())
}

#[test]
fn a_role_has_its_defaults() {
    let role = create(&mut State::default(), new("r")).unwrap();
    assert_eq!(role.arn(), "arn:aws:iam::000000000000:role/r");
    assert_eq!(role.max_session_duration, 3600);
    assert_eq!(role.description, None);
}

#[test]
fn names_are_unique_whatever_their_case() {
    let mut state = State::default();
    create(&mut state, new("Role")).unwrap();
    let error = create(&mut state, new("role")).unwrap_err();
    assert_eq!(
        (error.status, error.code.as_ref()),
        (409, "EntityAlreadyExists")
    );
}

#[test]
fn what_a_role_must_not_be() {
    let validation = (400, "ValidationError".to_owned());
    for name in ["", "a b", "a/b", "ä", &"x".repeat(65)] {
        assert_eq!(refusal(new(name)), validation, "{name}");
    }
    for path in ["", "a", "/a", "a/", "/a b/", "//x"] {
        let role = NewRole {
            path: Some(path.to_owned()),
            ..new("r")
        };
        assert_eq!(refusal(role), validation, "{path}");
    }
    for seconds in [0, 3599, 43201, -1] {
        let role = NewRole {
            max_session_duration: Some(seconds),
            ..new("r")
        };
        assert_eq!(refusal(role), validation);
    }
    let role = NewRole {
        description: Some("x".repeat(1001)),
        ..new("r")
    };
    assert_eq!(refusal(role), validation);
    let role = NewRole {
        trust_policy: ALLOW.to_owned(),
        ..new("r")
    };
    assert_eq!(refusal(role), (400, "MalformedPolicyDocument".to_owned()));
    let role = NewRole {
        permissions_boundary: Some("arn:aws:iam::aws:policy/Nothing".to_owned()),
        ..new("r")
    };
    assert_eq!(refusal(role), (404, "NoSuchEntity".to_owned()));
    let role = NewRole {
        tags: BTreeMap::from([("aws:mine".to_owned(), String::new())]),
        ..new("r")
    };
    assert_eq!(refusal(role), (400, "InvalidInput".to_owned()));
    let long = TRUST.replace(
        "\"Action\"",
        &format!("\"Sid\":\"{}\",\"Action\"", "a".repeat(2048)),
    );
    let role = NewRole {
        trust_policy: long,
        ..new("r")
    };
    assert_eq!(refusal(role), (409, "LimitExceeded".to_owned()));
}

#[test]
fn a_role_with_policies_is_not_deleted() {
    let mut state = State::default();
    create(&mut state, new("r")).unwrap();
    state.put_role_policy("r", "p", ALLOW.to_owned()).unwrap();
    state.attach_role_policy("r", BASIC).unwrap();
    state.attach_role_policy("r", BASIC).unwrap();
    assert_eq!(state.delete_role("r").unwrap_err().code, "DeleteConflict");
    state.detach_role_policy("r", BASIC).unwrap();
    assert_eq!(state.delete_role("r").unwrap_err().code, "DeleteConflict");
    assert_eq!(
        state.detach_role_policy("r", BASIC).unwrap_err().code,
        "NoSuchEntity"
    );
    state.delete_role_policy("r", "p").unwrap();
    assert_eq!(
        state.delete_role_policy("r", "p").unwrap_err().code,
        "NoSuchEntity"
    );
    state.delete_role("r").unwrap();
    assert_eq!(state.delete_role("r").unwrap_err().code, "NoSuchEntity");
}

#[test]
fn a_refused_policy_changes_nothing() {
    let mut state = State::default();
    create(&mut state, new("r")).unwrap();
    state.put_role_policy("r", "p", ALLOW.to_owned()).unwrap();
    let before = state.role("r").unwrap().clone();
    let documents = [
        "{".to_owned(),
        TRUST.to_owned(),
        ALLOW.replace("s3:*", "s3"),
    ];
    for document in documents {
        let error = state.put_role_policy("r", "p", document).unwrap_err();
        assert_eq!(error.code, "MalformedPolicyDocument");
    }
    let many = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"s3:*","Resource":[{}]}}]}}"#,
        vec!["\"arn:aws:s3:::bucket\""; 500].join(",")
    );
    let error = state.put_role_policy("r", "q", many).unwrap_err();
    assert_eq!(error.code, "LimitExceeded");
    assert!(state.update_trust_policy("r", "{}".to_owned()).is_err());
    assert_eq!(state.role("r").unwrap(), &before);
}

#[test]
fn tags_come_and_go() {
    let mut state = State::default();
    create(&mut state, new("r")).unwrap();
    let tag = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
    state.tag_role("r", tag("a", "1")).unwrap();
    state.tag_role("r", tag("a", "2")).unwrap();
    state.tag_role("r", tag("b", "3")).unwrap();
    state
        .untag_role("r", &["b".to_owned(), "c".to_owned()])
        .unwrap();
    assert_eq!(state.role("r").unwrap().tags, tag("a", "2"));
    assert!(state.tag_role("r", tag("a#", "")).is_err());
    let many = (0..51).map(|n| (n.to_string(), String::new())).collect();
    assert_eq!(state.tag_role("r", many).unwrap_err().code, "LimitExceeded");
}
