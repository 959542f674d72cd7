//! Filter patterns of FilterLogEvents and of metric filters: one language (AWS docs, "Filter
//! pattern syntax for metric filters, subscription filters, filter log events, and Live Tail").
//! Pure.

mod json;
mod terms;

use serde_json::Value;

pub(super) use json::Selector;

use super::groups::invalid;
use crate::core::error::{ServiceError, ServiceResult};

fn malformed() -> ServiceError {
    invalid("Invalid filter pattern")
}

/// A pattern that has been read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    /// Words of unstructured events.
    Terms(terms::Terms),
    /// `{ … }`: a condition on events that are JSON objects.
    Json(json::Condition),
}

impl Filter {
    /// Reads a pattern; case-sensitive, an empty one matches everything.
    ///
    /// # Errors
    /// `InvalidParameterException` for what is no pattern, 501 for patterns on space-delimited
    /// fields (`[…]`) and for regular expressions (`%…%`).
    pub(super) fn parse(pattern: &str) -> ServiceResult<Self> {
        let pattern = pattern.trim();
        match pattern.as_bytes().first() {
            Some(b'{') => json::Condition::parse(pattern).map(Self::Json),
            Some(b'[') => Err(ServiceError::not_implemented(format!(
                "filter patterns on space-delimited fields ({pattern})"
            ))),
            _ => terms::Terms::parse(pattern).map(Self::Terms),
        }
    }

    /// Whether it reads fields, which a metric can be made of.
    pub(super) fn has_fields(&self) -> bool {
        matches!(self, Self::Json(_))
    }

    /// Whether it matches a message. What is no JSON object is matched by no condition on one.
    pub(super) fn matches(&self, message: &str) -> bool {
        match self {
            Self::Terms(terms) => terms.matches(message),
            Self::Json(condition) => match serde_json::from_str(message) {
                Ok(event @ Value::Object(_)) => condition.holds(&event),
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_told_by_its_first_sign() {
        assert!(!Filter::parse("").unwrap().has_fields());
        assert!(!Filter::parse(" ERROR ").unwrap().has_fields());
        assert!(Filter::parse(" { $.a = 1 } ").unwrap().has_fields());
        assert!(Filter::parse("[a, b]").unwrap_err().is_not_implemented());
    }

    #[test]
    fn conditions_are_on_json_objects() {
        let filter = Filter::parse("{ $.level = \"ERROR\" }").unwrap();
        assert!(filter.matches(r#"{"level":"ERROR"}"#));
        for message in ["level ERROR", r#"{"level":"ERROR""#, r#"["ERROR"]"#, "7"] {
            assert!(!filter.matches(message), "{message}");
        }
    }
}
