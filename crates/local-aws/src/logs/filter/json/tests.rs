use proptest::prelude::*;
use serde_json::json;

use super::*;

fn event() -> Value {
    json!({
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "list": ["value", "another value"],
        "objects": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "grid": [[0, 1], [4, 5]],
        "nothing": null,
        "flag": true,
        "latency": 55.5,
        "code": 404,
        "quoted": "say \"hi\" \\ %",
        "star": "Ev*ent",
        "dash-ed_name": "é",
    })
}

fn holds(condition: &str) -> bool {
    Condition::parse(condition).unwrap().holds(&event())
}

#[test]
fn values_are_compared() {
    for (condition, expected) in [
        (r#"{ $.eventType = "UpdateTrail" }"#, true),
        (r#"{$.eventType="UpdateTrail"}"#, true),
        ("{ $.eventType = UpdateTrail }", true),
        ("{ $.eventType = updatetrail }", false),
        ("{ $.sourceIPAddress != 123.123.* }", true),
        ("{ $.sourceIPAddress != 111.111.* }", false),
        ("{ $.eventType = *Trail }", true),
        ("{ $.eventType = Update* }", true),
        (r#"{ $.eventType = "*ateTr*" }"#, true),
        ("{ $.eventType = Update*ail }", false),
        ("{ $.star = Ev*ent }", true),
        ("{ $.eventType = * }", true),
        ("{ $.absent = * }", false),
        (r#"{ $.list[0] = "value" }"#, true),
        (r#"{ $.list[2] = "value" }"#, false),
        ("{ $.objects[1].id = 2 }", true),
        ("{ $.objects[1].name = 2 }", false),
        ("{ $.grid[1][0] = 4 }", true),
        (r#"{ $.quoted = "say \"hi\" \\ %" }"#, true),
        (r#"{ $.dash-ed_name = "é" }"#, true),
        ("{ $.code = 4* }", true),
        ("{ $.code = 5* }", false),
    ] {
        assert_eq!(holds(condition), expected, "{condition}");
    }
}

#[test]
fn numbers_are_compared_as_numbers() {
    for (condition, expected) in [
        ("{ $.latency >= 55.5 }", true),
        ("{ $.latency > 55.5 }", false),
        ("{ $.latency < 10e3 }", true),
        ("{ $.latency < 10e-3 }", false),
        ("{ $.latency <= +1000 }", true),
        ("{ $.latency > -1 }", true),
        ("{ $.code = 404.0 }", true),
        ("{ $.code != 500 }", true),
        ("{ $.code != 404 }", false),
        ("{ $.eventType > 1 }", false),
        ("{ $.absent != 1 }", false),
    ] {
        assert_eq!(holds(condition), expected, "{condition}");
    }
}

#[test]
fn what_a_value_is() {
    for (condition, expected) in [
        ("{ $.nothing IS NULL }", true),
        ("{ $.absent IS NULL }", false),
        ("{ $.absent NOT EXISTS }", true),
        ("{ $.nothing NOT EXISTS }", false),
        ("{ $.flag IS TRUE }", true),
        ("{ $.flag IS FALSE }", false),
        ("{ $.list IS TRUE }", false),
    ] {
        assert_eq!(holds(condition), expected, "{condition}");
    }
}

#[test]
fn lists_and_objects_equal_nothing_and_differ_from_nothing() {
    for condition in [
        "{ $.list = 1 }",
        "{ $.list != 1 }",
        "{ $.list = * }",
        r#"{ $.list != "x" }"#,
        r#"{ $.objects[0] != "x" }"#,
        r#"{ $.nothing != "x" }"#,
    ] {
        assert!(!holds(condition), "{condition}");
    }
}

#[test]
fn and_goes_before_or() {
    let (yes, no) = ("$.code = 404", "$.code = 1");
    for (condition, expected) in [
        (format!("{{ {yes} || {no} && {no} }}"), true),
        (format!("{{ ({yes} || {no}) && {no} }}"), false),
        (format!("{{ ({yes}) && (({no}) || {yes}) }}"), true),
        (format!("{{ {no} && {no} || {yes} }}"), true),
        (format!("{{({yes})&&({no})}}"), false),
    ] {
        assert_eq!(holds(&condition), expected, "{condition}");
    }
}

#[test]
fn what_cannot_be_read() {
    for condition in [
        "{",
        "{}",
        "{ }",
        "{ $.a }",
        "{ $.a = }",
        "{ $ = 1 }",
        "{ $. = 1 }",
        "{ a = 1 }",
        "{ $[0] = 1 }",
        "{ $.a[1 = 1 }",
        "{ $.['a'] = 1 }",
        "{ $.a = \"open }",
        "{ $.a = 1 && }",
        "{ ($.a = 1 }",
        "{ $.a = 1) }",
        "{ $.a = a@b }",
        "{ $.a > text }",
        "{ $.a > \"1\" }",
        "{ $.a IS GREAT }",
        "{ $.a EXISTS }",
        "{ $.a = 1 } x",
    ] {
        let error = Condition::parse(condition).unwrap_err();
        assert_eq!(error.code, "InvalidParameterException", "{condition}");
    }
    for condition in ["{ $.a = %x% }", "{ $.a[*] = 1 }"] {
        let error = Condition::parse(condition).unwrap_err();
        assert!(error.is_not_implemented(), "{condition}");
    }
    let deep = |depth: usize| format!("{{{}$.a = 1{}}}", "(".repeat(depth), ")".repeat(depth));
    assert!(Condition::parse(&deep(DEEPEST)).is_ok());
    assert!(Condition::parse(&deep(DEEPEST + 1)).is_err());
}

proptest! {
    #[test]
    fn no_text_is_a_panic(pattern in "\\{[ -~é]{0,80}\\}") {
        if let Ok(condition) = Condition::parse(&pattern) {
            condition.holds(&event());
        }
    }

    #[test]
    fn a_text_in_quotes_is_itself(text in "[^*]{0,20}") {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        let condition = Condition::parse(&format!("{{ $.a = \"{escaped}\" }}")).unwrap();
        let (same, longer) = (json!({ "a": text }), json!({ "a": format!("{text}x") }));
        prop_assert!(condition.holds(&same));
        prop_assert!(!condition.holds(&longer));
    }
}
