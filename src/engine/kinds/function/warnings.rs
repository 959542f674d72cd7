//! What a function that answered its probe warns of. Pure.

use serde_json::Value;

/// The strings of the list `warnings` of an answer that is a JSON object, in their order. Answers
/// are the functions' own: whatever has another shape is no warning, and nothing wrong either.
pub(super) fn warnings(answer: &[u8]) -> Vec<String> {
    let Ok(answer) = serde_json::from_slice::<Value>(answer) else {
        return Vec::new();
    };
    answer
        .get("warnings")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::warnings;

    #[test]
    fn strings_of_the_list_are_warnings_in_their_order() {
        let answer = br#"{ "ok": "true", "warnings": ["b", 1, "a\nc", null, ["d"]] }"#;
        assert_eq!(warnings(answer), ["b", "a\nc"]);
    }

    #[test]
    fn whatever_has_another_shape_warns_of_nothing() {
        for answer in [
            "",
            "out of order",
            "null",
            r#""warnings""#,
            r#"["warnings"]"#,
            r#"{ "ok": "true" }"#,
            r#"{ "warnings": [] }"#,
            r#"{ "warnings": "text" }"#,
            r#"{ "warnings": { "a": "text" } }"#,
            r#"{ "answer": { "warnings": ["text"] } }"#,
        ] {
            assert!(warnings(answer.as_bytes()).is_empty(), "{answer}");
        }
        assert!(warnings(b"\xff{\"warnings\":[\"text\"]}").is_empty());
    }
}
