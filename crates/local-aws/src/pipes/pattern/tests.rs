use proptest::prelude::*;
use serde_json::{Value, json};

use super::Pattern;

fn matches(pattern: &Value, event: &Value) -> bool {
    Pattern::parse(&pattern.to_string()).unwrap().matches(event)
}

fn refused(pattern: &str) -> String {
    Pattern::parse(pattern).unwrap_err().to_string()
}

#[test]
fn a_pipe_takes_the_inserts_alone() {
    let pattern = json!({ "eventName": ["INSERT"] });
    assert!(matches(
        &pattern,
        &json!({ "eventName": "INSERT", "other": 1 })
    ));
    assert!(!matches(&pattern, &json!({ "eventName": "MODIFY" })));
    assert!(!matches(&pattern, &json!({})));
}

#[test]
fn fields_are_all_and_values_are_any() {
    let pattern = json!({ "a": ["1", 2, null, true], "b": { "c": ["x"] } });
    for value in [json!("1"), json!(2), json!(null), json!(true)] {
        assert!(
            matches(&pattern, &json!({ "a": value, "b": { "c": "x" } })),
            "{value}"
        );
    }
    for event in [
        json!({ "a": "2", "b": { "c": "x" } }),
        json!({ "a": "1", "b": { "c": "y" } }),
        json!({ "a": "1", "b": "x" }),
        json!({ "a": "1" }),
    ] {
        assert!(!matches(&pattern, &event), "{event}");
    }
}

#[test]
fn each_operator_matches_what_it_says() {
    for (matcher, yes, no) in [
        (
            json!({ "prefix": "+44" }),
            vec![json!("+441")],
            vec![json!("+1"), json!(44)],
        ),
        (
            json!({ "prefix": { "equals-ignore-case": "AB" } }),
            vec![json!("abc")],
            vec![json!("ba")],
        ),
        (
            json!({ "suffix": ".png" }),
            vec![json!("a.png")],
            vec![json!(".pngx")],
        ),
        (
            json!({ "suffix": { "equals-ignore-case": ".PNG" } }),
            vec![json!("a.png")],
            vec![json!("png")],
        ),
        (
            json!({ "equals-ignore-case": "Straße" }),
            vec![json!("STRAßE")],
            vec![json!("strasse")],
        ),
        (
            json!({ "wildcard": "a*c" }),
            vec![json!("ac"), json!("abbc")],
            vec![json!("acb"), json!("xac")],
        ),
        (
            json!({ "wildcard": "*\\**" }),
            vec![json!("a*b"), json!("*")],
            vec![json!("ab")],
        ),
        (
            json!({ "wildcard": "ab*ba" }),
            vec![json!("abba")],
            vec![json!("aba")],
        ),
        (
            json!({ "anything-but": "a" }),
            vec![json!("b"), json!(1), json!(null)],
            vec![json!("a")],
        ),
        (
            json!({ "anything-but": ["a", "b"] }),
            vec![json!("c")],
            vec![json!("a"), json!("b")],
        ),
        (
            json!({ "anything-but": [1, 2] }),
            vec![json!(3)],
            vec![json!(1)],
        ),
        (
            json!({ "anything-but": { "prefix": "a" } }),
            vec![json!("b")],
            vec![json!("ab")],
        ),
        (
            json!({ "anything-but": { "suffix": ["x", "y"] } }),
            vec![json!("b")],
            vec![json!("ax"), json!("ay")],
        ),
        (
            json!({ "anything-but": { "equals-ignore-case": "A" } }),
            vec![json!("b")],
            vec![json!("a")],
        ),
        (
            json!({ "anything-but": { "wildcard": "a*" } }),
            vec![json!("b")],
            vec![json!("ab")],
        ),
        (
            json!({ "numeric": ["=", 5] }),
            vec![json!(5), json!(5.0)],
            vec![json!(6), json!("5")],
        ),
        (
            json!({ "numeric": [">", 0, "<=", 5] }),
            vec![json!(5), json!(0.1)],
            vec![json!(0), json!(5.1)],
        ),
        (
            json!({ "numeric": ["<", -1] }),
            vec![json!(-2)],
            vec![json!(-1)],
        ),
    ] {
        let pattern = json!({ "a": [matcher] });
        for value in yes {
            assert!(
                matches(&pattern, &json!({ "a": value })),
                "{pattern} {value}"
            );
        }
        for value in no {
            assert!(
                !matches(&pattern, &json!({ "a": value })),
                "{pattern} {value}"
            );
        }
        // None of these matches what is not there.
        assert!(!matches(&pattern, &json!({ "b": 1 })), "{pattern}");
    }
}

#[test]
fn existence_is_of_leaves() {
    let there = json!({ "a": { "b": [{ "exists": true }] } });
    let absent = json!({ "a": { "b": [{ "exists": false }] } });
    for (event, exists) in [
        (json!({ "a": { "b": 1 } }), true),
        (json!({ "a": { "b": null } }), true),
        (json!({ "a": { "c": 1 } }), false),
        (json!({}), false),
        // An object is no leaf.
        (json!({ "a": { "b": { "c": 1 } } }), false),
    ] {
        assert_eq!(matches(&there, &event), exists, "{event}");
        assert_eq!(matches(&absent, &event), !exists, "{event}");
    }
}

#[test]
fn lists_match_by_one_of_their_elements() {
    assert!(matches(&json!({ "a": ["x"] }), &json!({ "a": ["w", "x"] })));
    let pattern = json!({ "a": { "b": ["x"], "c": ["y"] } });
    assert!(matches(&pattern, &json!({ "a": [{ "b": "x", "c": "y" }] })));
    // Not one of one element and one of another.
    assert!(!matches(
        &pattern,
        &json!({ "a": [{ "b": "x" }, { "c": "y" }] })
    ));
}

#[test]
fn or_joins_fields() {
    let pattern = json!({
        "eventName": ["INSERT"],
        "$or": [{ "a": ["1"] }, { "b": [{ "numeric": [">", 5] }] }],
    });
    assert!(matches(
        &pattern,
        &json!({ "eventName": "INSERT", "a": "1" })
    ));
    assert!(matches(&pattern, &json!({ "eventName": "INSERT", "b": 6 })));
    assert!(!matches(
        &pattern,
        &json!({ "eventName": "INSERT", "b": 5 })
    ));
    assert!(!matches(
        &pattern,
        &json!({ "eventName": "REMOVE", "a": "1" })
    ));
    // One alternative is none: then it is a field of that name.
    assert!(matches(&json!({ "$or": ["x"] }), &json!({ "$or": "x" })));
}

#[test]
fn what_eventbridge_refuses_is_refused() {
    insta::assert_snapshot!(refused("x"), @"expected value at line 1 column 1");
    insta::assert_snapshot!(refused("[]"), @"Filter is not an object");
    insta::assert_snapshot!(refused("{}"), @"Empty objects are not allowed");
    insta::assert_snapshot!(refused(r#"{"a":[]}"#), @"Empty arrays are not allowed");
    insta::assert_snapshot!(refused(r#"{"a":{}}"#), @"Empty objects are not allowed");
    insta::assert_snapshot!(refused(r#"{"a":"x"}"#), @r#""a" must be an object or an array"#);
    insta::assert_snapshot!(refused(r#"{"a":[["x"]]}"#), @"Arrays are not allowed in a list of values");
    insta::assert_snapshot!(refused(r#"{"a":[{"starts":"x"}]}"#), @"Unrecognized match type starts");
    insta::assert_snapshot!(refused(r#"{"a":[{"prefix":"x","suffix":"y"}]}"#), @"Only one key allowed in match expression");
    insta::assert_snapshot!(refused(r#"{"a":[{"prefix":1}]}"#), @"prefix match pattern must be a string");
    insta::assert_snapshot!(refused(r#"{"a":[{"prefix":{"wildcard":"x"}}]}"#), @"Unrecognized match type wildcard");
    insta::assert_snapshot!(refused(r#"{"a":[{"exists":"yes"}]}"#), @"exists match pattern must be either true or false.");
    insta::assert_snapshot!(refused(r#"{"a":[{"anything-but":[1,"a"]}]}"#), @"anything-but match pattern must be a string, a number, a list of either, or an object with one operator");
    insta::assert_snapshot!(refused(r#"{"a":[{"anything-but":{"numeric":["=",1]}}]}"#), @"Unrecognized match type numeric");
    insta::assert_snapshot!(refused(r#"{"a":[{"numeric":["~",1]}]}"#), @"Unrecognized numeric range operator: ~");
    insta::assert_snapshot!(refused(r#"{"a":[{"numeric":[">",5,"<",1]}]}"#), @"Bottom must be less than top");
    insta::assert_snapshot!(refused(r#"{"a":[{"numeric":[">",6000000000]}]}"#), @"Value must be between -5.0E9 and 5.0E9, inclusive");
    insta::assert_snapshot!(refused(r#"{"a":[{"wildcard":"a**"}]}"#), @"Consecutive wildcard characters");
    insta::assert_snapshot!(refused(r#"{"a":[{"wildcard":"a\\b"}]}"#), @"Invalid escape character");
    insta::assert_snapshot!(refused(r#"{"$or":[{"a":["x"]}]}"#), @"Unrecognized match type a");
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        "[ab*]{0,4}".prop_map(Value::from),
        (-3i64..3).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ]
}

proptest! {
    #[test]
    fn reading_never_panics(text in ".{0,60}") {
        let _ = Pattern::parse(&text);
    }

    #[test]
    fn an_event_matches_its_own_values_and_not_anything_but_them(value in scalar()) {
        let event = json!({ "a": { "b": value } });
        let same = json!({ "a": { "b": [value] } });
        prop_assert!(matches(&same, &event));
        if value.is_string() || value.is_number() {
            let other = json!({ "a": { "b": [{ "anything-but": value }] } });
            prop_assert!(!matches(&other, &event));
        }
    }

    #[test]
    fn a_star_between_two_halves_matches_whatever_is_put_there(
        head in "[ab]{0,3}", between in "[ab]{0,5}", tail in "[ab]{0,3}",
    ) {
        let pattern = json!({ "a": [{ "wildcard": format!("{head}*{tail}") }] });
        let event = json!({ "a": format!("{head}{between}{tail}") });
        prop_assert!(matches(&pattern, &event));
        let prefix = json!({ "a": [{ "prefix": head }] });
        let suffix = json!({ "a": [{ "suffix": tail }] });
        prop_assert!(matches(&prefix, &event) && matches(&suffix, &event));
    }
}
