//! Filter patterns (AWS docs, "Filter pattern syntax for metric filters, subscription filters,
//! filter log events, and Live Tail"): terms in any text, or conditions on an event that is JSON.

mod json;
mod terms;

use super::groups::invalid;
use crate::core::error::{ServiceError, ServiceResult};

pub(super) use json::Selector;

/// A pattern that has been read.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    /// Words that must be there or not.
    Terms(terms::Terms),
    /// Conditions on an event that is JSON.
    Json(json::Condition),
}

impl Filter {
    /// Reads a pattern; case-sensitive, an empty one matches everything.
    ///
    /// # Errors
    /// `InvalidParameterException` for what cannot be read, 501 for patterns on
    /// space-delimited fields and for regular expressions.
    pub(super) fn parse(pattern: &str) -> ServiceResult<Self> {
        let trimmed = pattern.trim();
        match trimmed.as_bytes().first() {
            Some(b'{') => json::parse(trimmed).map(Self::Json),
            Some(b'[' | b'%') => Err(ServiceError::not_implemented(format!(
                "the filter pattern {pattern}"
            ))),
            _ => terms::Terms::parse(trimmed).map(Self::Terms),
        }
    }

    /// Whether an event matches.
    pub(super) fn matches(&self, message: &str) -> bool {
        match self {
            Self::Terms(terms) => terms.matches(message),
            Self::Json(condition) => {
                serde_json::from_str(message).is_ok_and(|event| condition.holds(&event))
            }
        }
    }

    /// Whether events that match are JSON, so that their fields can be selected.
    pub(super) fn is_json(&self) -> bool {
        matches!(self, Self::Json(_))
    }
}

fn unreadable() -> ServiceError {
    invalid("Invalid filter pattern")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_of_one_kind() {
        assert!(!Filter::parse("ERROR -x").unwrap().is_json());
        assert!(
            Filter::parse(" { $.level = \"ERROR\" } ")
                .unwrap()
                .is_json()
        );
        for pattern in ["[a, b]", "%a%"] {
            assert_eq!(Filter::parse(pattern).unwrap_err().status, 501);
        }
    }

    #[test]
    fn what_is_no_json_matches_no_condition() {
        let filter = Filter::parse(r#"{ $.level = "ERROR" }"#).unwrap();
        assert!(filter.matches(r#"{"level":"ERROR"}"#));
        assert!(!filter.matches(r#"{"level":"INFO","message":"ERROR"}"#));
        assert!(!filter.matches("level ERROR"));
    }
}
