//! Reading patterns.

use serde_json::{Map, Value};

use super::text::{Wildcard, WildcardError, folded};
use super::{Field, Fields, Matcher, Order, TextMatcher};

/// The largest number, either way, that `numeric` compares (AWS docs).
const LARGEST: f64 = 5.0e9;

/// Why a pattern is refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PatternError {
    /// Not JSON.
    #[error("Filter is not an object")]
    NotAnObject,
    /// JSON that cannot be read.
    #[error("{0}")]
    Json(String),
    /// `{}`.
    #[error("Empty objects are not allowed")]
    EmptyObject,
    /// `[]`.
    #[error("Empty arrays are not allowed")]
    EmptyArray,
    /// A field with a bare value.
    #[error("\"{0}\" must be an object or an array")]
    Field(String),
    /// A list in a list.
    #[error("Arrays are not allowed in a list of values")]
    Nested,
    /// An operator that does not exist.
    #[error("Unrecognized match type {0}")]
    Operator(String),
    /// An object with other than one operator.
    #[error("Only one key allowed in match expression")]
    OneOperator,
    /// An operator's value that it cannot take.
    #[error("{operator} match pattern must be {expected}")]
    Value {
        /// The operator.
        operator: &'static str,
        /// What it takes.
        expected: &'static str,
    },
    /// A comparison of `numeric` that does not exist.
    #[error("Unrecognized numeric range operator: {0}")]
    Comparison(String),
    /// Bounds that no number is within.
    #[error("Bottom must be less than top")]
    Bounds,
    /// A number that is out of range.
    #[error("Value must be between -5.0E9 and 5.0E9, inclusive")]
    Range,
    /// A wildcard that cannot be read.
    #[error("{0}")]
    Wildcard(#[from] WildcardError),
}

pub(super) fn pattern(text: &str) -> Result<Fields, PatternError> {
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => fields(&object),
        Ok(_) => Err(PatternError::NotAnObject),
        Err(error) => Err(PatternError::Json(error.to_string())),
    }
}

fn fields(object: &Map<String, Value>) -> Result<Fields, PatternError> {
    if object.is_empty() {
        return Err(PatternError::EmptyObject);
    }
    let mut read = Fields::default();
    for (name, value) in object {
        match value {
            Value::Array(alternatives) if name == "$or" && is_or(alternatives) => {
                let alternatives = alternatives
                    .iter()
                    .filter_map(Value::as_object)
                    .map(fields)
                    .collect::<Result<_, _>>()?;
                read.any.push(alternatives);
            }
            Value::Object(nested) => read
                .fields
                .push((name.clone(), Field::Nested(fields(nested)?))),
            Value::Array(values) if values.is_empty() => return Err(PatternError::EmptyArray),
            Value::Array(values) => {
                let matchers = values.iter().map(matcher).collect::<Result<_, _>>()?;
                read.fields.push((name.clone(), Field::OneOf(matchers)));
            }
            _ => return Err(PatternError::Field(name.clone())),
        }
    }
    Ok(read)
}

/// Two objects or more make an `$or`; anything else is a field of that name.
fn is_or(alternatives: &[Value]) -> bool {
    alternatives.len() > 1 && alternatives.iter().all(Value::is_object)
}

fn matcher(value: &Value) -> Result<Matcher, PatternError> {
    match value {
        Value::Array(_) => Err(PatternError::Nested),
        Value::Object(object) => {
            let (operator, value) = only(object)?;
            operation(operator, value)
        }
        scalar => Ok(Matcher::Equals(scalar.clone())),
    }
}

fn only(object: &Map<String, Value>) -> Result<(&String, &Value), PatternError> {
    match (object.len(), object.iter().next()) {
        (1, Some(pair)) => Ok(pair),
        (0, _) => Err(PatternError::EmptyObject),
        _ => Err(PatternError::OneOperator),
    }
}

fn operation(operator: &str, value: &Value) -> Result<Matcher, PatternError> {
    match operator {
        "exists" => value
            .as_bool()
            .map(Matcher::Exists)
            .ok_or(PatternError::Value {
                operator: "exists",
                expected: "either true or false.",
            }),
        "numeric" => numeric(value).map(Matcher::Numeric),
        "anything-but" => anything_but(value),
        other => text_operation(other, value).map(Matcher::Text),
    }
}

fn text_operation(operator: &str, value: &Value) -> Result<TextMatcher, PatternError> {
    match operator {
        "prefix" => affix("prefix", value)
            .map(|(text, ignore_case)| TextMatcher::Prefix { text, ignore_case }),
        "suffix" => affix("suffix", value)
            .map(|(text, ignore_case)| TextMatcher::Suffix { text, ignore_case }),
        "equals-ignore-case" => text("equals-ignore-case", value)
            .map(|text| TextMatcher::EqualsIgnoreCase(folded(text))),
        "wildcard" => Ok(TextMatcher::Wildcard(Wildcard::parse(text(
            "wildcard", value,
        )?)?)),
        other => Err(PatternError::Operator(other.to_owned())),
    }
}

fn text<'a>(operator: &'static str, value: &'a Value) -> Result<&'a str, PatternError> {
    value.as_str().ok_or(PatternError::Value {
        operator,
        expected: "a string",
    })
}

/// A text, or `{"equals-ignore-case": text}`.
fn affix(operator: &'static str, value: &Value) -> Result<(String, bool), PatternError> {
    match value {
        Value::Object(object) => match only(object)? {
            (name, Value::String(text)) if name == "equals-ignore-case" => Ok((folded(text), true)),
            (name, _) if name != "equals-ignore-case" => Err(PatternError::Operator(name.clone())),
            _ => Err(PatternError::Value {
                operator,
                expected: "a string",
            }),
        },
        value => text(operator, value).map(|text| (text.to_owned(), false)),
    }
}

/// A value, a list of texts or numbers, or an operator on texts.
fn anything_but(value: &Value) -> Result<Matcher, PatternError> {
    let wrong = PatternError::Value {
        operator: "anything-but",
        expected: "a string, a number, a list of either, or an object with one operator",
    };
    match value {
        Value::String(_) | Value::Number(_) => Ok(Matcher::AnythingBut(vec![value.clone()])),
        Value::Array(values) if values.is_empty() => Err(PatternError::EmptyArray),
        Value::Array(values)
            if values.iter().all(Value::is_string) || values.iter().all(Value::is_number) =>
        {
            Ok(Matcher::AnythingBut(values.clone()))
        }
        Value::Object(object) => {
            let (operator, value) = only(object)?;
            let values = match value {
                Value::Array(values) if values.is_empty() => return Err(PatternError::EmptyArray),
                Value::Array(values) => values.iter().collect(),
                value => vec![value],
            };
            values
                .into_iter()
                .map(|value| text_operation(operator, value))
                .collect::<Result<_, _>>()
                .map(Matcher::AnythingButText)
        }
        _ => Err(wrong),
    }
}

/// `["=", 5]`, `[">", 0]`, `[">", 0, "<=", 5]`.
fn numeric(value: &Value) -> Result<Vec<(Order, f64)>, PatternError> {
    let shape = PatternError::Value {
        operator: "numeric",
        expected: "a list of comparisons and numbers",
    };
    let parts = value.as_array().ok_or_else(|| shape.clone())?;
    let mut bounds = Vec::new();
    for pair in parts.chunks(2) {
        let [Value::String(order), number] = pair else {
            return Err(shape);
        };
        let order = match order.as_str() {
            "=" => Order::Equals,
            "<" => Order::Less,
            "<=" => Order::LessOrEqual,
            ">" => Order::Greater,
            ">=" => Order::GreaterOrEqual,
            other => return Err(PatternError::Comparison(other.to_owned())),
        };
        let number = number.as_f64().ok_or_else(|| shape.clone())?;
        if number.abs() > LARGEST {
            return Err(PatternError::Range);
        }
        bounds.push((order, number));
    }
    use Order as O;
    match bounds.as_slice() {
        [_] => Ok(bounds),
        [
            (O::Greater | O::GreaterOrEqual, low),
            (O::Less | O::LessOrEqual, high),
        ] => {
            if low < high {
                Ok(bounds)
            } else {
                Err(PatternError::Bounds)
            }
        }
        _ => Err(shape),
    }
}
