//! Holds a body against a model, and says what is wrong in the words of the
//! validator that API Gateway uses (json-schema-validator, draft 4).

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::Value;

/// Compiles a schema of draft 4.
///
/// # Errors
/// Why it is none.
pub fn compile(schema: &Value) -> Result<Validator, String> {
    if let Some(reference) = foreign_reference(schema) {
        return Err(format!(
            "the reference {reference} to another model is not implemented"
        ));
    }
    jsonschema::options()
        .with_draft(Draft::Draft4)
        .build(schema)
        .map_err(|error| error.to_string())
}

/// A `$ref` that leads out of the schema.
fn foreign_reference(schema: &Value) -> Option<&str> {
    match schema {
        Value::Array(items) => items.iter().find_map(foreign_reference),
        Value::Object(members) => members.iter().find_map(|(key, value)| match value {
            Value::String(reference) if key == "$ref" && !reference.starts_with('#') => {
                Some(reference.as_str())
            }
            value => foreign_reference(value),
        }),
        _ => None,
    }
}

/// `$context.error.validationErrorString` of a body that is not valid.
pub fn problems(validator: &Validator, body: &str) -> Option<String> {
    let Ok(value) = serde_json::from_str::<Value>(body) else {
        return Some("[Unknown error parsing request body]".to_owned());
    };
    let mut missing: Vec<(String, String)> = Vec::new();
    let mut problems = Vec::new();
    for error in validator.iter_errors(&value) {
        if let ValidationErrorKind::Required { property } = error.kind() {
            let name = property.as_str().unwrap_or_default().to_owned();
            missing.push((error.instance_path().to_string(), name));
        } else {
            problems.push(words(&error));
        }
    }
    // One sentence for each object, whatever it lacks.
    let mut places: Vec<&String> = missing.iter().map(|(place, _)| place).collect();
    places.dedup();
    for place in places {
        let names: Vec<&String> = missing
            .iter()
            .filter(|(known, _)| known == place)
            .map(|(_, name)| name)
            .collect();
        problems.push(format!(
            "object has missing required properties ({})",
            list(names.iter().map(|name| name.as_str()))
        ));
    }
    (!problems.is_empty()).then(|| format!("[{}]", problems.join(", ")))
}

/// `["a","b"]`, sorted.
fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    Value::from(names).to_string()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn words(error: &ValidationError<'_>) -> String {
    use ValidationErrorKind as K;
    let instance = error.instance();
    let length = || instance.as_str().map_or(0, |text| text.chars().count());
    let size = || match instance.as_ref() {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    match error.kind() {
        K::Type { kind: wanted } => {
            let wanted: Vec<String> = match wanted {
                TypeKind::Single(kind) => vec![kind.to_string()],
                TypeKind::Multiple(kinds) => kinds.iter().map(|kind| kind.to_string()).collect(),
            };
            format!(
                "instance type ({}) does not match any allowed primitive type (allowed: {})",
                kind(instance),
                list(wanted.iter().map(|kind| kind.trim_matches('"')))
            )
        }
        K::Pattern { pattern } => format!(
            "ECMA 262 regex \"{pattern}\" does not match input string {}",
            instance.as_ref()
        ),
        K::Enum { options } => format!(
            "instance value ({}) not found in enum (possible values: {options})",
            instance.as_ref()
        ),
        K::MaxLength { limit } => format!(
            "string {} is too long (length: {}, maximum allowed: {limit})",
            instance.as_ref(),
            length()
        ),
        K::MinLength { limit } => format!(
            "string {} is too short (length: {}, required minimum: {limit})",
            instance.as_ref(),
            length()
        ),
        K::AdditionalProperties { unexpected } => format!(
            "object instance has properties which are not allowed by the schema: {}",
            list(unexpected.iter().map(String::as_str))
        ),
        K::Minimum { limit } => format!(
            "numeric instance is lower than the required minimum (minimum: {limit}, found: {})",
            instance.as_ref()
        ),
        K::Maximum { limit } => format!(
            "numeric instance is greater than the required maximum (maximum: {limit}, found: {})",
            instance.as_ref()
        ),
        K::ExclusiveMinimum { limit } => {
            format!("numeric instance is not strictly greater than the required minimum {limit}")
        }
        K::ExclusiveMaximum { limit } => {
            format!("numeric instance is not strictly lower than the required maximum {limit}")
        }
        K::MultipleOf { multiple_of } => format!(
            "remainder of division is not zero (divisor: {multiple_of}, found: {})",
            instance.as_ref()
        ),
        K::MaxItems { limit } => format!(
            "array is too long: must have at most {limit} elements but instance has {} elements",
            size()
        ),
        K::MinItems { limit } => format!(
            "array is too short: must have at least {limit} elements but instance has {} elements",
            size()
        ),
        K::UniqueItems => "array must not contain duplicate elements".to_owned(),
        K::MaxProperties { limit } => format!(
            "object has too many properties (found {} but schema requires at most {limit})",
            size()
        ),
        K::MinProperties { limit } => format!(
            "object has too few properties (found {} but schema requires at least {limit})",
            size()
        ),
        K::AnyOf { .. } => "instance failed to match at least one required schema".to_owned(),
        K::OneOfNotValid { .. } | K::OneOfMultipleValid { .. } => {
            "instance failed to match exactly one schema".to_owned()
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(body: &str) -> Option<String> {
        let schema = json!({
            "$schema": "http://json-schema.org/draft-04/schema#",
            "type": "object",
            "required": ["name", "phone"],
            "additionalProperties": false,
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 5},
                "phone": {"type": "string", "pattern": "^\\+[1-9][0-9]{6,14}$"},
                "year": {"type": "integer", "minimum": 1, "maximum": 4},
                "half": {"type": "number", "minimum": 0, "exclusiveMinimum": true},
                "kind": {"enum": ["a", "b"]},
                "list": {"type": "array", "maxItems": 1, "items": {"$ref": "#/definitions/x"}},
            },
            "definitions": {"x": {"type": ["string", "null"]}},
        });
        problems(&compile(&schema).unwrap(), body)
    }

    fn with(name: &str, value: &Value) -> String {
        let mut body = json!({"name": "Ann", "phone": "+18005550100"});
        body[name] = value.clone();
        said(&body.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_is_wrong_with_a_body() {
        assert_eq!(
            said(r#"{"name":"Ann","phone":"+18005550100","year":1}"#),
            None
        );
        insta::assert_snapshot!(said("{}").unwrap(), @r#"[object has missing required properties (["name","phone"])]"#);
        insta::assert_snapshot!(said("{").unwrap(), @"[Unknown error parsing request body]");
        insta::assert_snapshot!(said("").unwrap(), @"[Unknown error parsing request body]");
        insta::assert_snapshot!(said("7").unwrap(), @r#"[instance type (integer) does not match any allowed primitive type (allowed: ["object"])]"#);
        insta::assert_snapshot!(with("name", &json!("")), @r#"[string "" is too short (length: 0, required minimum: 1)]"#);
        insta::assert_snapshot!(with("name", &json!("Annabel")), @r#"[string "Annabel" is too long (length: 7, maximum allowed: 5)]"#);
        insta::assert_snapshot!(with("phone", &json!("12")), @r#"[ECMA 262 regex "^\+[1-9][0-9]{6,14}$" does not match input string "12"]"#);
        insta::assert_snapshot!(with("year", &json!(0)), @"[numeric instance is lower than the required minimum (minimum: 1, found: 0)]");
        insta::assert_snapshot!(with("year", &json!(5)), @"[numeric instance is greater than the required maximum (maximum: 4, found: 5)]");
        insta::assert_snapshot!(with("half", &json!(0)), @"[numeric instance is not strictly greater than the required minimum 0]");
        insta::assert_snapshot!(with("kind", &json!("c")), @r#"[instance value ("c") not found in enum (possible values: ["a","b"])]"#);
        insta::assert_snapshot!(with("more", &json!(1)), @r#"[object instance has properties which are not allowed by the schema: ["more"]]"#);
        insta::assert_snapshot!(with("list", &json!([1, "a"])), @r#"[array is too long: must have at most 1 elements but instance has 2 elements, instance type (integer) does not match any allowed primitive type (allowed: ["null","string"])]"#);
    }

    #[test]
    fn schemas_that_are_none() {
        assert!(compile(&json!({"type": "strin"})).is_err());
        assert!(compile(&json!({"properties": {"a": {"$ref": "https://example.com/x"}}})).is_err());
        assert!(compile(&json!({})).is_ok());
    }
}
