//! JSON files against JSON schemas, before anything is deployed. Pure.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::error::{ValidationError, ValidationErrorKind};
use serde_json::Value;

use super::telephone;
use super::tree::{Node, Shape};
use crate::engine::desired::NamedNumber;

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

/// A text in E.164.
const E164: &str = "e164";
/// A text in E.164 that is a number of the Connect instance.
const OF_INSTANCE: &str = "connect-phone-number";

/// What a schema says of a value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// What it does not allow, in the order of the file.
    pub violations: Vec<Violation>,
    /// Texts of the formats [`E164`] and [`OF_INSTANCE`], in the order of the file.
    pub numbers: Vec<NamedNumber>,
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

/// Holds a value against its schema. `tree` is of the same text. Formats such as `date-time` are
/// checked too, and two more: `e164`, and `connect-phone-number`, which is also to be a number of
/// the instance. A `$schema` says the draft, 2020-12 when there is none.
///
/// # Errors
/// [`BadSchema`]
pub fn check(schema: &Value, value: &Value, tree: &Node) -> Result<Checked, BadSchema> {
    let [plain, of_instance] = [Seen::default(), Seen::default()];
    let validator = jsonschema::options()
        .should_validate_formats(true)
        .with_format(E164, plain.format())
        .with_format(OF_INSTANCE, of_instance.format())
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
    let mut numbers = Vec::new();
    let (plain, of_instance) = (plain.take(), of_instance.take());
    named(tree, &mut |number, at| {
        let is_of_instance = of_instance.contains(number);
        if is_of_instance || plain.contains(number) {
            numbers.push(NamedNumber {
                number: number.to_owned(),
                at,
                of_instance: is_of_instance,
                is_known: telephone::is_in_a_known_range(number),
            });
        }
    });
    Ok(Checked {
        violations,
        numbers,
    })
}

/// The texts that a format was asked about and that are numbers. A text is the same number
/// wherever it stands.
#[derive(Default, Clone)]
struct Seen(Arc<Mutex<BTreeSet<String>>>);

impl Seen {
    fn format(&self) -> impl Fn(&str) -> bool + Send + Sync + 'static {
        let seen = self.clone();
        move |text| {
            let is_one = telephone::is_e164(text);
            if is_one {
                let mut seen = seen.0.lock().unwrap_or_else(PoisonError::into_inner);
                seen.insert(text.to_owned());
            }
            is_one
        }
    }

    fn take(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Every text below a node, in the order of the file.
fn named(node: &Node, tell: &mut impl FnMut(&str, Range<usize>)) {
    match &node.shape {
        Shape::Map(entries) => entries.iter().for_each(|entry| named(&entry.value, tell)),
        Shape::List(items) => items.iter().for_each(|item| named(item, tell)),
        Shape::Scalar { .. } => {
            if let Some(text) = node.text() {
                tell(text, node.span.clone());
            }
        }
    }
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
    let of_number = match error.kind() {
        ValidationErrorKind::Format { format } if format == E164 || format == OF_INSTANCE => {
            Some(format!(
                "{} is no phone number in E.164, such as +12125550142",
                error.instance()
            ))
        }
        _ => None,
    };
    vec![Violation {
        at: node.span.clone(),
        message: shortened(&of_number.unwrap_or_else(|| error.to_string())),
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
        check(&schema, &value, &read_json(text).unwrap())
            .unwrap()
            .violations
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
        let check = |schema: Value| check(&schema, &serde_json::json!({}), &tree);
        assert!(check(serde_json::json!({"type": "objekt"})).is_err());
        assert!(check(serde_json::json!({"$ref": "https://example.com/x.json"})).is_err());
        assert!(check(serde_json::json!({"pattern": "["})).is_err());
    }

    #[test]
    fn numbers_are_found_where_they_stand() {
        let schema = serde_json::json!({
            "properties": { "home": { "format": "e164" } },
            "additionalProperties": { "format": "connect-phone-number" },
        });
        let text = r#"{"home": "+12025550142", "US": "+12125550142", "DE": "+4930", "GB": "0800"}"#;
        let value = serde_json::from_str(text).unwrap();
        let checked = check(&schema, &value, &read_json(text).unwrap()).unwrap();
        let places: Vec<_> = checked
            .numbers
            .iter()
            .map(|number| {
                (
                    &text[number.at.clone()],
                    number.of_instance,
                    number.is_known,
                )
            })
            .collect();
        assert_eq!(
            places,
            [
                ("\"+12025550142\"", false, true),
                ("\"+12125550142\"", true, true),
                ("\"+4930\"", true, false),
            ]
        );
        let told: Vec<_> = checked
            .violations
            .into_iter()
            .map(|one| one.message)
            .collect();
        assert_eq!(
            told,
            ["\"0800\" is no phone number in E.164, such as +12125550142"]
        );
    }
}
