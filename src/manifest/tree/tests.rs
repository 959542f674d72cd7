//! Trees of texts that people write, and of texts that nobody does.

use proptest::prelude::*;

use super::*;

#[test]
fn every_value_knows_its_place() {
    let text = "g: 'q''s' # x'\nh: \"a\\\"\" # \"\na: é\nb:\n  c: [1, '2', !SS [x]] # why\n  d: { e: +18005550100 }\nf: *no\n";
    assert!(read_yaml(text).is_err());
    let text = text.replace("*no", "1.10");
    let tree = read_yaml(&text).unwrap();
    let written = |path: &[&str]| &text[tree.at(path).unwrap().span.clone()];
    assert_eq!(written(&["a"]), "é");
    assert_eq!(written(&["g"]), "'q''s'");
    assert_eq!(written(&["h"]), "\"a\\\"\"");
    assert_eq!(written(&["b", "c"]), "[1, '2', !SS [x]]");
    assert_eq!(written(&["b", "d", "e"]), "+18005550100");
    assert_eq!(&text[tree.entry_at(&["b", "d"]).unwrap().span.clone()], "d");
    let Shape::List(items) = &tree.at(&["b", "c"]).unwrap().shape else {
        panic!("it is a list");
    };
    assert_eq!(items[0].plain(), Some(Plain::Number));
    assert_eq!(items[1].plain(), Some(Plain::Text));
    assert_eq!(items[2].tag.as_deref(), Some("!SS"));
    assert_eq!(tree.at(&["f"]).unwrap().text(), Some("1.10"));
}

#[test]
fn a_template_in_json_is_yaml_too() {
    let text = "{\n\t\"Resources\": {\r\n\t\t\"A\" : {\"Type\":\"x\\/y\", \"D\": [\n\t]}\n\t}\n}\n";
    let tree = read_yaml(text).unwrap();
    assert_eq!(
        tree.at(&["Resources", "A", "Type"]).unwrap().text(),
        Some("x/y")
    );
}

#[test]
fn an_alias_is_a_copy_at_the_place_of_the_alias() {
    let text = "a: &x { b: 1 }\nc: *x\n";
    let tree = read_yaml(text).unwrap();
    assert_eq!(tree.at(&["c", "b"]).unwrap().text(), Some("1"));
    assert_eq!(&text[tree.at(&["c"]).unwrap().span.clone()], "*x");
}

#[test]
fn aliases_of_aliases_come_to_an_end() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        text.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    assert!(read_yaml(&text).unwrap_err().message.contains("more than"));
}

#[test]
fn a_key_stands_once_and_a_text_holds_one_document() {
    let twice = read_yaml("- { a: 1, a: 2 }\n").unwrap_err();
    assert_eq!((twice.at, twice.message.contains("twice")), (10, true));
    assert!(read_yaml("a: 1\n---\nb: 2\n").is_err());
    assert!(read_yaml("---\na: 1\n...\n").is_ok());
    assert!(read_yaml("").is_err());
    assert!(read_yaml("# nothing\n").is_err());
}

#[test]
fn a_pointer_leads_to_the_value_or_as_near_as_can_be() {
    let text = r#"{"a/b": [10, {"~": "x"}]}"#;
    let tree = read_json(text).unwrap();
    let at = |pointer: &str| &text[tree.pointed(pointer).span.clone()];
    assert_eq!(at("/a~1b/1/~0"), "\"x\"");
    assert_eq!(at("/a~1b/0"), "10");
    assert_eq!(at("/a~1b/7/z"), r#"[10, {"~": "x"}]"#);
    assert_eq!(at(""), text);
}

#[test]
fn a_pointer_leads_to_the_key_or_as_near_as_can_be() {
    let text = "Resources:\n  Numbers:\n    Properties: { TableName: n }\n";
    let tree = read_yaml(text).unwrap();
    let at = |pointer: &str| tree.key_at(pointer).map(|span| &text[span]);
    assert_eq!(
        at("/Resources/Numbers/Properties/TableName"),
        Some("TableName")
    );
    assert_eq!(
        at("/Resources/Numbers/Properties/Tags/0"),
        Some("Properties")
    );
    assert_eq!(at("/Resources/Numbers"), Some("Numbers"));
    assert_eq!(at("/Nowhere"), None);
}

#[test]
fn json_is_strict_and_a_key_stands_once() {
    assert!(read_json("{a: 1}").is_err());
    assert!(read_json("[1,]").is_err());
    let twice = read_json("{\"a\": 1, \"a\": 2}").unwrap_err();
    assert_eq!((twice.at, twice.message.contains("twice")), (9, true));
}

#[test]
fn a_document_of_a_hundred_thousand_levels_is_refused_where_it_is_too_deep() {
    for level in ["[", "- ", "{a: ", "? ", "!SS ["] {
        let error = read_yaml(&level.repeat(100_000)).unwrap_err();
        // The parser looks ahead, and has a limit of its own.
        assert!(error.at < 300 * level.len(), "{level}: {error:?}");
    }
    let error = read_yaml(&" ".repeat(17 * 1024 * 1024)).unwrap_err();
    assert!(error.message.contains("bytes"), "{error}");
}

proptest! {
    #[test]
    fn a_place_is_always_one_of_the_text(text in "(.|\n){0,80}") {
        fn check(node: &Node, text: &str) -> bool {
            text.get(node.span.clone()).is_some()
                && match &node.shape {
                    Shape::Scalar { .. } => true,
                    Shape::List(items) => items.iter().all(|item| check(item, text)),
                    Shape::Map(entries) => entries.iter().all(|entry| {
                        text.get(entry.span.clone()).is_some() && check(&entry.value, text)
                    }),
                }
        }
        for tree in [read_yaml(&text), read_json(&text)] {
            match tree {
                Ok(tree) => prop_assert!(check(&tree, &text)),
                Err(error) => prop_assert!(text.get(error.at..).is_some()),
            }
        }
    }

    #[test]
    fn what_is_decimal_is_a_number_to_rust_too(text in "[-+]?[0-9.eE+-]{0,8}") {
        if is_decimal(&text) {
            prop_assert!(text.parse::<f64>().is_ok());
        }
    }
}
