//! JSON files against JSON schemas, before anything is deployed. Pure.

use std::ops::Range;

use jsonschema::error::{ValidationError, ValidationErrorKind};
use serde_json::Value;

use super::tree::Node;

/// So many violations are told; a file that has more is another file.
const MOST: usize = 20;
/// So long may the words of one be, in characters.
const LONGEST: usize = 300;

/// Something that a schema does not allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where, in bytes of the file.
    pub at: Range<usize>,
    /// What.
    pub message: String,
}

/// Why a schema is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no JSON schema: {reason}")]
pub struct BadSchema {
    /// Where in the schema, as a JSON pointer.
    pub pointer: String,
    /// Why.
    pub reason: String,
}

/// What of a value its schema does not allow, in the order of the file. `tree` is of
/// the same text. Formats such as `date-time` are checked too; a `$schema` says the
/// draft, 2020-12 when there is none.
///
/// # Errors
/// [`BadSchema`]
pub fn violations(schema: &Value, value: &Value, tree: &Node) -> Result<Vec<Violation>, BadSchema> {
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .build(schema)
        .map_err(|error| BadSchema {
            pointer: error.instance_path().as_str().to_owned(),
            reason: shortened(&error.to_string()),
        })?;
    let mut violations: Vec<Violation> = validator
        .iter_errors(value)
        .take(MOST)
        .flat_map(|error| places(&error, tree))
        .collect();
    violations.sort_by_key(|violation| (violation.at.start, violation.at.end));
    Ok(violations)
}

/// A key that may not be there is marked itself, not the object around it.
fn places(error: &ValidationError<'_>, tree: &Node) -> Vec<Violation> {
    let node = tree.pointed(error.instance_path().as_str());
    let unexpected = match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected }
        | ValidationErrorKind::UnevaluatedProperties { unexpected } => unexpected.as_slice(),
        _ => &[],
    };
    let of_keys: Vec<Violation> = unexpected
        .iter()
        .filter_map(|key| {
            Some(Violation {
                at: node.entry(key)?.span.clone(),
                message: format!("the schema knows no key {key:?} here"),
            })
        })
        .collect();
    if !of_keys.is_empty() {
        return of_keys;
    }
    vec![Violation {
        at: node.span.clone(),
        message: shortened(&error.to_string()),
    }]
}

fn shortened(message: &str) -> String {
    match message.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tree::read_json;
    use super::*;

    const SCHEMA: &str = r#"{
        "type": "object",
        "required": ["Default"],
        "properties": { "since": { "type": "string", "format": "date" } },
        "patternProperties": { "^(Default|[A-Z]{2})$": { "type": "string", "pattern": "^\\+[1-9][0-9]{6,14}$" } },
        "additionalProperties": false
    }"#;

    fn of(text: &str) -> Vec<(&str, String)> {
        let schema = serde_json::from_str(SCHEMA).unwrap();
        let value = serde_json::from_str(text).unwrap();
        violations(&schema, &value, &read_json(text).unwrap())
            .unwrap()
            .into_iter()
            .map(|violation| (&text[violation.at], violation.message))
            .collect()
    }

    #[test]
    fn violations_stand_where_they_are() {
        assert_eq!(
            of(r#"{"Default": "+18005550100", "GB": "+442071838750"}"#),
            []
        );
        let reported = of(r#"{"Default": "0800", "gb": "+1", "since": "soon", "US": 5}"#);
        let places: Vec<&str> = reported.iter().map(|(place, _)| *place).collect();
        assert_eq!(places, ["\"0800\"", "\"gb\"", "\"soon\"", "5"]);
        assert!(
            reported[0].1.contains("does not match"),
            "{}",
            reported[0].1
        );
        assert_eq!(reported[1].1, "the schema knows no key \"gb\" here");
        let missing = of("{}");
        assert_eq!(
            missing,
            [("{}", "\"Default\" is a required property".to_owned())]
        );
    }

    #[test]
    fn a_schema_that_is_none_is_told() {
        let tree = read_json("{}").unwrap();
        let check = |schema: Value| violations(&schema, &serde_json::json!({}), &tree);
        assert!(check(serde_json::json!({"type": "objekt"})).is_err());
        assert!(check(serde_json::json!({"$ref": "https://example.com/x.json"})).is_err());
        assert!(check(serde_json::json!({"pattern": "["})).is_err());
    }
}
