//! Patterns of unstructured events: all words must be there, `-word` must not, `?word` one of
//! them, `"…"` a phrase.

use super::malformed;
use crate::core::error::{ServiceError, ServiceResult};

/// The words of a pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::logs) struct Terms {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
}

impl Terms {
    /// Reads a pattern; case-sensitive, an empty one matches everything.
    ///
    /// # Errors
    /// `InvalidParameterException` for an open quote and for what must be in quotes, 501 for
    /// regular expressions.
    pub(super) fn parse(pattern: &str) -> ServiceResult<Self> {
        let mut filter = Self::default();
        let mut rest = pattern.trim_start();
        while !rest.is_empty() {
            let (list, word) = match rest.as_bytes().first() {
                Some(b'?') => (&mut filter.any, &rest[1..]),
                Some(b'-') => (&mut filter.none, &rest[1..]),
                _ => (&mut filter.all, rest),
            };
            if word.starts_with('%') {
                return Err(ServiceError::not_implemented(format!(
                    "regular expressions in filter patterns ({pattern})"
                )));
            }
            let (term, after) = match word.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or_else(malformed)?,
                None => word.split_once(char::is_whitespace).unwrap_or((word, "")),
            };
            let plain = |c: char| c.is_alphanumeric() || c == '_';
            if term.is_empty() || (!word.starts_with('"') && !term.chars().all(plain)) {
                // AWS docs: terms with other characters must be in quotes.
                return Err(malformed());
            }
            // AWS docs: a single space in quotes matches everything.
            if term != " " {
                list.push(term.to_owned());
            }
            rest = after.trim_start();
        }
        if !filter.any.is_empty() && !filter.all.is_empty() {
            // AWS docs: beside other terms, those with ? are ignored.
            filter.any.clear();
        }
        Ok(filter)
    }

    pub(super) fn matches(&self, message: &str) -> bool {
        self.all.iter().all(|term| message.contains(term))
            && !self.none.iter().any(|term| message.contains(term))
            && (self.any.is_empty() || self.any.iter().any(|term| message.contains(term)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms() {
        for (pattern, message, expected) in [
            ("", "anything", true),
            ("ERROR", "[ERROR] x", true),
            ("ERROR", "[error] x", false),
            ("ERROR disk", "disk ERROR", true),
            ("ERROR -disk", "disk ERROR", false),
            ("?ERROR ?WARN", "WARN", true),
            ("?ERROR ?WARN", "INFO", false),
            (r#""Task timed out""#, "x Task timed out after", true),
            (r#""Task timed out""#, "Task out", false),
            (r#"-"a b" c"#, "c a b", false),
            (r#"" ""#, "anything", true),
        ] {
            let filter = Terms::parse(pattern).unwrap();
            assert_eq!(filter.matches(message), expected, "{pattern} on {message}");
        }
    }

    #[test]
    fn what_cannot_be_read() {
        for pattern in ["\"open", "a.b", "?", "\"\"", "- a"] {
            let error = Terms::parse(pattern).unwrap_err();
            assert_eq!(error.code, "InvalidParameterException", "{pattern}");
        }
        for pattern in ["%a%", "-%a%"] {
            assert_eq!(Terms::parse(pattern).unwrap_err().status, 501);
        }
    }
}
