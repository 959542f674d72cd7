//! An attribute of a row as a string: Amazon Connect takes no other values.

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// The attribute as a string:
///
/// - text as it is, numbers as DynamoDB writes them, booleans `true` and `false`, null as nothing,
///   bytes in Base64;
/// - sets and lists of those joined by `, `, which can be spoken; sets in the order of their texts;
/// - maps, and lists that hold lists or maps, as compact JSON (members in the order of their names).
#[must_use]
pub fn text(value: &AttributeValue) -> String {
    let nested = |values: &[AttributeValue]| values.iter().any(is_nested);
    match value {
        AttributeValue::L(values) if !nested(values) => {
            values.iter().map(text).collect::<Vec<_>>().join(", ")
        }
        AttributeValue::Ss(_) | AttributeValue::Ns(_) | AttributeValue::Bs(_) => {
            members(value).join(", ")
        }
        AttributeValue::L(_) | AttributeValue::M(_) => json(value).to_string(),
        scalar => match json(scalar) {
            Value::String(text) => text,
            Value::Null => String::new(),
            other => other.to_string(),
        },
    }
}

fn is_nested(value: &AttributeValue) -> bool {
    !matches!(
        value,
        AttributeValue::S(_)
            | AttributeValue::N(_)
            | AttributeValue::Bool(_)
            | AttributeValue::Null(_)
            | AttributeValue::B(_)
    )
}

/// The members of a set, in order: sets have none of their own.
fn members(set: &AttributeValue) -> Vec<String> {
    let mut members = match set {
        AttributeValue::Ss(texts) => texts.clone(),
        AttributeValue::Ns(numbers) => numbers.clone(),
        AttributeValue::Bs(blobs) => blobs
            .iter()
            .map(|blob| STANDARD.encode(blob.as_ref()))
            .collect(),
        _ => Vec::new(),
    };
    members.sort();
    members
}

/// Numbers stay texts in it: JSON readers would round those of DynamoDB's 38 digits.
fn json(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => Value::from(text.as_str()),
        AttributeValue::N(number) => Value::from(number.as_str()),
        AttributeValue::Bool(value) => Value::from(*value),
        AttributeValue::B(blob) => Value::from(STANDARD.encode(blob.as_ref())),
        AttributeValue::L(values) => values.iter().map(json).collect(),
        AttributeValue::M(map) => {
            let mut names: Vec<_> = map.iter().collect();
            names.sort_by_key(|(name, _)| *name);
            let object: Map<String, Value> = names
                .into_iter()
                .map(|(name, value)| (name.clone(), json(value)))
                .collect();
            Value::Object(object)
        }
        AttributeValue::Ss(_) | AttributeValue::Ns(_) | AttributeValue::Bs(_) => {
            members(value).into()
        }
        // Null, and what DynamoDB may know some day.
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use aws_sdk_dynamodb::primitives::Blob;

    use super::*;

    fn s(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    fn n(number: &str) -> AttributeValue {
        AttributeValue::N(number.to_owned())
    }

    #[test]
    fn scalars() {
        assert_eq!(text(&s("")), "");
        assert_eq!(text(&s("true")), "true");
        assert_eq!(text(&n("12345678901234567890.5")), "12345678901234567890.5");
        assert_eq!(text(&AttributeValue::Bool(true)), "true");
        assert_eq!(text(&AttributeValue::Bool(false)), "false");
        assert_eq!(text(&AttributeValue::Null(true)), "");
        assert_eq!(text(&AttributeValue::B(Blob::new([1, 2, 255]))), "AQL/");
    }

    #[test]
    fn what_can_be_spoken_is_joined() {
        let tags = AttributeValue::Ss(vec!["gold".to_owned(), "beta".to_owned()]);
        assert_eq!(text(&tags), "beta, gold");
        let numbers = AttributeValue::Ns(vec!["3".to_owned(), "1".to_owned()]);
        assert_eq!(text(&numbers), "1, 3");
        let list = AttributeValue::L(vec![s("b"), n("1"), AttributeValue::Bool(true), s("a")]);
        assert_eq!(text(&list), "b, 1, true, a");
        assert_eq!(text(&AttributeValue::L(Vec::new())), "");
    }

    #[test]
    fn what_has_a_structure_is_json() {
        let address = AttributeValue::M(HashMap::from([
            ("Street".to_owned(), s("1 \"Elm\" St")),
            ("City".to_owned(), s("Reno")),
            ("Zip".to_owned(), n("00501")),
            ("Owned".to_owned(), AttributeValue::Null(true)),
        ]));
        let expected = r#"{"City":"Reno","Owned":null,"Street":"1 \"Elm\" St","Zip":"00501"}"#;
        assert_eq!(text(&address), expected);
        let list = AttributeValue::L(vec![address, AttributeValue::L(vec![n("1")])]);
        assert_eq!(text(&list), format!("[{expected},[\"1\"]]"));
    }
}
