//! Reading a resource's properties as types.
//!
//! CloudFormation is loose about scalars: a parameter is always text, so
//! `RetentionInDays: !Ref Days` arrives as `"14"`, and YAML's `true` may stand
//! where text is wanted. The `deserialize_with` functions here allow for that.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::core::error::ServiceError;

/// The code of an error that CloudFormation makes itself, before any service is asked.
pub const INVALID_PROPERTIES: &str = "InvalidProperties";

/// The resolved properties as a type with `#[serde(deny_unknown_fields)]`.
///
/// # Errors
/// [`INVALID_PROPERTIES`] (400) in CloudFormation's words.
pub fn read<T: DeserializeOwned>(
    logical_id: &str,
    properties: &Map<String, Value>,
) -> Result<T, ServiceError> {
    T::deserialize(Value::Object(properties.clone()))
        .map_err(|error| invalid(logical_id, &in_words_of_a_schema(&error.to_string())))
}

/// The error for properties that no service would take.
pub fn invalid(logical_id: &str, problem: &str) -> ServiceError {
    ServiceError::new(
        400,
        INVALID_PROPERTIES,
        format!("Properties validation failed for resource {logical_id} with message:\n{problem}"),
    )
}

fn in_words_of_a_schema(error: &str) -> String {
    let quoted = |prefix: &str| {
        error
            .strip_prefix(prefix)
            .and_then(|rest| rest.split('`').next())
    };
    if let Some(name) = quoted("unknown field `") {
        return format!("#: extraneous key [{name}] is not permitted");
    }
    if let Some(name) = quoted("missing field `") {
        return format!("#: required key [{name}] not found");
    }
    format!("#: {error}")
}

/// Text of a scalar; `None` for lists, objects and null.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `deserialize_with` for text.
///
/// # Errors
/// When it is no scalar.
pub fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let value = Value::deserialize(deserializer)?;
    scalar(&value).ok_or_else(|| D::Error::custom(format!("expected type: String, found: {value}")))
}

/// `default, deserialize_with` for optional text.
///
/// # Errors
/// When it is no scalar.
pub fn optional_text<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    text(deserializer).map(Some)
}

/// `deserialize_with` for an integer.
///
/// # Errors
/// When it is neither an integer nor text of one.
pub fn integer<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let value = Value::deserialize(deserializer)?;
    let found = match &value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    found.ok_or_else(|| D::Error::custom(format!("expected type: Integer, found: {value}")))
}

/// `default, deserialize_with` for an optional integer.
///
/// # Errors
/// When it is neither an integer nor text of one.
pub fn optional_integer<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<i64>, D::Error> {
    integer(deserializer).map(Some)
}

/// `deserialize_with` for a boolean.
///
/// # Errors
/// When it is neither a boolean nor `true` or `false` as text.
pub fn boolean<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    let value = Value::deserialize(deserializer)?;
    match &value {
        Value::Bool(flag) => Ok(*flag),
        Value::String(text) if text == "true" => Ok(true),
        Value::String(text) if text == "false" => Ok(false),
        _ => Err(D::Error::custom(format!(
            "expected type: Boolean, found: {value}"
        ))),
    }
}

/// `default, deserialize_with` for an optional boolean.
///
/// # Errors
/// When it is neither a boolean nor `true` or `false` as text.
pub fn optional_boolean<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    boolean(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "PascalCase")]
    struct Properties {
        #[serde(deserialize_with = "text")]
        name: String,
        #[serde(default, deserialize_with = "optional_integer")]
        days: Option<i64>,
        #[serde(default, deserialize_with = "optional_boolean")]
        on: Option<bool>,
    }

    fn reading(value: &Value) -> Result<Properties, String> {
        read("Thing", value.as_object().unwrap()).map_err(|error: ServiceError| error.message)
    }

    #[test]
    fn scalars_are_taken_as_text_or_as_they_are() {
        let expected = Properties {
            name: "7".to_owned(),
            days: Some(14),
            on: Some(true),
        };
        let loose = reading(&json!({"Name": 7, "Days": "14", "On": "true"}));
        assert_eq!(loose.as_ref(), Ok(&expected));
        let strict = reading(&json!({"Name": "7", "Days": 14, "On": true}));
        assert_eq!(strict.as_ref(), Ok(&expected));
    }

    #[test]
    fn what_is_wrong_is_told_as_a_resource_schema_tells_it() {
        insta::assert_snapshot!(
            reading(&json!({"Name": "a", "Colour": 1})).unwrap_err(),
            @r"
        Properties validation failed for resource Thing with message:
        #: extraneous key [Colour] is not permitted
        "
        );
        insta::assert_snapshot!(
            reading(&json!({})).unwrap_err(),
            @r"
        Properties validation failed for resource Thing with message:
        #: required key [Name] not found
        "
        );
        insta::assert_snapshot!(
            reading(&json!({"Name": "a", "Days": "soon"})).unwrap_err(),
            @r#"
        Properties validation failed for resource Thing with message:
        #: expected type: Integer, found: "soon"
        "#
        );
    }
}
