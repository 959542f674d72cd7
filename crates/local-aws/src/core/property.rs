//! Reading a resource's properties as types, which [`declare!`] declares.
//!
//! CloudFormation is loose about scalars: a parameter is always text, so
//! `RetentionInDays: !Ref Days` arrives as `"14"`, and YAML's `true` may stand
//! where text is wanted. [`PropertyValue`] allows for that.

pub mod declaration;

use std::collections::{BTreeMap, BTreeSet};

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::core::error::ServiceError;

pub(crate) use declaration::declare;

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

/// A document (a policy) as text: it is given as JSON, or as text of JSON.
pub fn document(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A type that a property has.
pub trait PropertyValue: DeserializeOwned {
    /// Reads one.
    ///
    /// # Errors
    /// When it is none.
    fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    /// Reads one that need not be given.
    ///
    /// # Errors
    /// When it is none.
    fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Option::deserialize(deserializer)
    }
}

impl PropertyValue for Value {}
impl<T: DeserializeOwned> PropertyValue for Vec<T> {}
impl<T: DeserializeOwned + Ord> PropertyValue for BTreeSet<T> {}
impl<T: DeserializeOwned> PropertyValue for BTreeMap<String, T> {}

/// `deserialize_with` for a property that is declared.
///
/// # Errors
/// When it is no `T`.
pub fn required<'de, D: Deserializer<'de>, T: PropertyValue>(
    deserializer: D,
) -> Result<T, D::Error> {
    T::required(deserializer)
}

/// `default, deserialize_with` for a property that is declared `optional`.
///
/// # Errors
/// When it is no `T`.
pub fn optional<'de, D: Deserializer<'de>, T: PropertyValue>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::optional(deserializer)
}

/// Scalars: `found` reads one from what a template has in its place.
macro_rules! scalars {
    ($($type:ty, $name:literal, $found:expr;)*) => {$(
        impl PropertyValue for $type {
            fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = Value::deserialize(deserializer)?;
                let found: Option<Self> = $found(&value);
                found.ok_or_else(|| {
                    D::Error::custom(format!("expected type: {}, found: {value}", $name))
                })
            }

            fn optional<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<Self>, D::Error> {
                Self::required(deserializer).map(Some)
            }
        }
    )*};
}

scalars! {
    String, "String", scalar;
    i64, "Integer", |value: &Value| match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    bool, "Boolean", |value: &Value| match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
}

impl PropertyValue for f64 {
    fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::required(deserializer)?;
        let number = text.parse().ok().filter(|number: &Self| number.is_finite());
        number.ok_or_else(|| D::Error::custom(format!("expected type: Number, found: {text}")))
    }

    fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Self>, D::Error> {
        Self::required(deserializer).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    declare! {
        #[derive(Debug, PartialEq)]
        struct Properties {
            required name: String,
            optional days: i64,
            optional on: bool,
            optional rate: f64,
        }
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
            rate: Some(0.5),
        };
        let loose = reading(&json!({"Name": 7, "Days": "14", "On": "true", "Rate": "0.5"}));
        assert_eq!(loose.as_ref(), Ok(&expected));
        let strict = reading(&json!({"Name": "7", "Days": 14, "On": true, "Rate": 0.5}));
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
        insta::assert_snapshot!(
            reading(&json!({"Name": "a", "Rate": "NaN"})).unwrap_err(),
            @r"
        Properties validation failed for resource Thing with message:
        #: expected type: Number, found: NaN
        "
        );
    }
}
