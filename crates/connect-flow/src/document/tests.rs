use super::*;
use proptest::prelude::*;

const SMALL: &str = r#"{
  "Version": "2019-10-30",
  "StartAction": "Größe",
  "Actions": [
    {"Identifier": "Größe", "Type": "DisconnectParticipant"}
  ]
}"#;

fn error(text: &str) -> String {
    match Document::parse(text).and_then(|document| document.flow()) {
        Ok(_) => "none".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_flow_is_read() {
    let flow = Flow::parse(SMALL).unwrap();
    assert_eq!(flow.version, "2019-10-30");
    let action = flow.action("Größe").unwrap();
    assert_eq!(action.kind, "DisconnectParticipant");
    assert_eq!(action.parameters, serde_json::json!({}));
    assert_eq!(action.transitions, Transitions::default());
    assert_eq!(flow.action("Grosse"), None);
}

#[test]
fn what_is_no_json_is_told_with_its_place() {
    insta::assert_snapshot!(error(""), @"line 1, column 1: EOF while parsing a value");
    insta::assert_snapshot!(error("{\"é\": 1,}"), @"line 1, column 9: trailing comma");
    insta::assert_snapshot!(error("{\n  \"a\": 1,\n  \"a\": 2\n}"), @r#"line 3, column 3: the key "a" is given twice"#);
    insta::assert_snapshot!(error("{\"a\": [1, {\"é\": 0, \"\\u00e9\": 1}]}"), @r#"line 1, column 20: the key "é" is given twice"#);
    insta::assert_snapshot!(error("// no\n{}"), @"line 1, column 1: expected value");
    insta::assert_snapshot!(error("{\"a\": 'b'}"), @"line 1, column 7: expected value");
    insta::assert_snapshot!(error("{} {}"), @"line 1, column 4: trailing characters");
    insta::assert_snapshot!(error("{\"a\": \"b\nc\"}"), @"line 2, column 1: control character (\\u0000-\\u001F) found while parsing a string");
}

#[test]
fn what_is_no_flow_is_told_with_its_place() {
    insta::assert_snapshot!(error("[]"), @"line 1, column 1: a flow must be an object");
    insta::assert_snapshot!(error("{}"), @"line 1, column 1: the flow has no Actions");
    insta::assert_snapshot!(error("{\"Actions\": {}}"), @"line 1, column 13: Actions must be a list");
    insta::assert_snapshot!(
        error(&SMALL.replace("\"DisconnectParticipant\"", "7")),
        @"line 5, column 37: Actions[0].Type must be a string"
    );
    insta::assert_snapshot!(
        error(&SMALL.replace("Identifier", "Name")),
        @"line 5, column 5: Actions[0] has no Identifier"
    );
    let transitions =
        "DisconnectParticipant\", \"Transitions\": {\"Errors\": [{\"NextAction\": 1}]}, \"X\": \"";
    insta::assert_snapshot!(
        error(&SMALL.replace("DisconnectParticipant", transitions)),
        @"line 5, column 104: Actions[0].Transitions.Errors[0].NextAction must be a string"
    );
}

#[test]
fn strings_are_replaced_and_nothing_else_is_touched() {
    let document = Document::parse("{ \"a\" : [\"x\\u0041\", 1.50],\n\"b\":\"y\" }").unwrap();
    let replaced = document.replace_strings(|string| {
        assert_ne!(string.value, "a", "keys are not shown");
        Ok::<_, ()>((string.value == "xA").then(|| "quote \" and ü".to_owned()))
    });
    assert_eq!(
        replaced.unwrap(),
        "{ \"a\" : [\"quote \\\" and ü\", 1.50],\n\"b\":\"y\" }"
    );
    assert_eq!(document.replace_strings(|_| Err("no")), Err("no"));
}

/// Text that is nearly JSON.
fn nearly_json() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"a\"", "\"", "\\", "\\u12", "\\ud800", "1", "01", "-",
        "1.", "1e", "true", "null", "\n", "\u{a0}", "\u{b}", "ü", "/*", "//", "'", "\u{0}",
        "{\"a\":", "\u{feff}", "NaN", "+1", "0x1",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_is_too_odd(text in prop_oneof![".{0,80}", nearly_json()]) {
        match Document::parse(text.as_str()) {
            Ok(document) => {
                let _ = document.flow();
                let same: serde_json::Value = serde_json::from_str(&text).unwrap();
                prop_assert_eq!(document.value(), &same);
                for string in document.strings() {
                    let written = &text[string.span.start..string.span.end];
                    let read: String = serde_json::from_str(written).unwrap();
                    prop_assert_eq!(read, string.value);
                }
            }
            Err(error) => {
                let line = text.split('\n').nth(error.line - 1).unwrap();
                prop_assert!((1..=line.chars().count() + 1).contains(&error.column));
                // Every refusal is either serde_json's or a key given twice.
                let refused = serde_json::from_str::<serde_json::Value>(&text).is_err();
                prop_assert!(refused || error.message.contains("given twice"), "{error}");
            }
        }
    }

    #[test]
    fn what_serde_json_writes_is_read(values in prop::collection::hash_map(".{0,8}", ".{0,8}", 0..5)) {
        let text = serde_json::to_string_pretty(&values).unwrap();
        prop_assert_eq!(Document::parse(text.as_str()).unwrap().strings().len(), values.len());
    }
}
