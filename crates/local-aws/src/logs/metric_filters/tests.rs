use super::*;

fn transformation(value: &str) -> Transformation {
    Transformation {
        metric_name: "Errors".to_owned(),
        metric_namespace: "Shop".to_owned(),
        metric_value: value.to_owned(),
        default_value: None,
        dimensions: BTreeMap::new(),
        unit: None,
    }
}

fn by(mut transformation: Transformation, dimensions: &[(&str, &str)]) -> Transformation {
    transformation.dimensions = dimensions
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    transformation
}

fn made(pattern: &str, transformation: &Transformation, message: &str) -> Option<Datapoint> {
    datapoint(&Filter::parse(pattern).unwrap(), transformation, message)
}

#[test]
fn a_match_is_a_value() {
    let one = Some(Datapoint::Value(1.0, BTreeMap::new()));
    assert_eq!(made("ERROR", &transformation("1"), "an ERROR"), one);
    assert_eq!(made("ERROR", &transformation("1"), "fine"), None);
    let slow = transformation("$.latency");
    let pattern = "{ $.latency = * }";
    let value = |message| made(pattern, &slow, message);
    assert_eq!(
        value(r#"{"latency":12.5}"#),
        Some(Datapoint::Value(12.5, BTreeMap::new()))
    );
    assert_eq!(value(r#"{"latency":"fast"}"#), None);
    assert_eq!(value("latency"), None);
}

#[test]
fn without_a_match_there_is_the_default() {
    let counted = Transformation {
        default_value: Some(0.0),
        ..transformation("1")
    };
    assert_eq!(made("ERROR", &counted, "fine"), Some(Datapoint::Default));
    assert_eq!(
        made("ERROR", &counted, "ERROR"),
        Some(Datapoint::Value(1.0, BTreeMap::new()))
    );
}

#[test]
fn dimensions_come_from_the_event() {
    let counted = by(transformation("1"), &[("Code", "$.code"), ("Who", "$.who")]);
    let pattern = "{ $.level = ERROR }";
    let expected = [("Code", "500"), ("Who", "a")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    assert_eq!(
        made(
            pattern,
            &counted,
            r#"{"level":"ERROR","code":500,"who":"a"}"#
        ),
        Some(Datapoint::Value(1.0, expected))
    );
    assert_eq!(
        made(pattern, &counted, r#"{"level":"ERROR","code":500}"#),
        None
    );
}

#[test]
fn what_cannot_be_is_refused() {
    let check = |pattern: &str, transformation: Transformation| {
        transformation.check(&Filter::parse(pattern).unwrap())
    };
    check("ERROR", transformation("1")).unwrap();
    check("{ $.a = 1 }", transformation("$.a")).unwrap();
    let code = |pattern, transformation| {
        let error: ServiceError = check(pattern, transformation).unwrap_err();
        error.code.into_owned()
    };
    let with = |change: fn(&mut Transformation)| {
        let mut changed = transformation("1");
        change(&mut changed);
        changed
    };
    let four = [("a", "$.a"), ("b", "$.b"), ("c", "$.c"), ("d", "$.d")];
    for (pattern, refused) in [
        ("ERROR", transformation("$.a")),
        ("{ $.a = 1 }", transformation("$.")),
        ("ERROR", transformation("")),
        ("ERROR", transformation("NaN")),
        ("ERROR", with(|one| one.metric_name.clear())),
        ("ERROR", with(|one| one.metric_name = "a:b".to_owned())),
        ("ERROR", with(|one| one.metric_namespace = "$x".to_owned())),
        ("ERROR", with(|one| one.unit = Some("Apples".to_owned()))),
        ("ERROR", by(transformation("1"), &[("a", "$.a")])),
        ("{ $.a = 1 }", by(transformation("1"), &[("a", "constant")])),
        ("{ $.a = 1 }", by(transformation("1"), &four)),
        (
            "{ $.a = 1 }",
            by(with(|one| one.default_value = Some(0.0)), &[("a", "$.a")]),
        ),
    ] {
        assert_eq!(
            code(pattern, refused.clone()),
            "InvalidParameterException",
            "{refused:?}"
        );
    }
    assert_eq!(
        code("ERROR", with(|one| one.default_value = Some(2.0))),
        "NotImplementedByLocalAws"
    );
}

#[test]
fn a_group_has_so_many() {
    let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
    let filter = |created| MetricFilter {
        pattern: "ERROR".to_owned(),
        transformation: transformation("1"),
        created,
    };
    let mut state = State::default();
    let put = |state: &mut State, name: &str, created| {
        state.put_metric_filter("g", name, filter(created))
    };
    let error = put(&mut state, "f", now).unwrap_err();
    assert_eq!(error.code, "ResourceNotFoundException");
    state
        .create_group("g", "folder".to_owned(), BTreeMap::new(), now)
        .unwrap();
    for index in 0..PER_GROUP {
        put(&mut state, &format!("f{index}"), now).unwrap();
    }
    let later = now + jiff::SignedDuration::from_secs(1);
    // A change is none more, and was made when it was made.
    put(&mut state, "f0", later).unwrap();
    assert_eq!(state.group("g").unwrap().metric_filters["f0"].created, now);
    let error = put(&mut state, "more", now).unwrap_err();
    assert_eq!(error.code, "LimitExceededException");
    state.delete_metric_filter("g", "f0").unwrap();
    put(&mut state, "more", now).unwrap();
    let error = state.delete_metric_filter("g", "f0").unwrap_err();
    assert_eq!(error.code, "ResourceNotFoundException");
    for name in ["", "a:b", "a*"] {
        let error = put(&mut state, name, now).unwrap_err();
        assert_eq!(error.code, "InvalidParameterException");
    }
}
