//! Conditions on the properties of an event that is JSON: `{ $.level = "ERROR" && $.code != 5* }`.
//!
//! AWS docs, "Filter pattern syntax", part "JSON log events": `=` and `!=` with texts, in which `*`
//! stands for anything; `=`, `!=`, `<`, `<=`, `>`, `>=` with numbers; `IS TRUE`, `IS FALSE`,
//! `IS NULL`, `NOT EXISTS`; `&&`, `||` and parentheses.

use serde_json::Value;

use super::unreadable;
use crate::core::error::{ServiceError, ServiceResult};

/// What must hold of an event.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::logs) enum Condition {
    /// All of these.
    All(Vec<Condition>),
    /// One of these.
    Any(Vec<Condition>),
    /// A property and what it is compared with.
    Compared(Selector, Comparison, Operand),
    /// A property is `true` or `false`.
    Is(Selector, bool),
    /// A property is `null`.
    IsNull(Selector),
    /// There is no such property.
    NotExists(Selector),
}

/// How a property is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::logs) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What a property is compared with.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::logs) enum Operand {
    /// A text; `*` stands for anything.
    Text(String),
    /// A number, and how it was written.
    Number(f64, String),
}

/// The way to a property: `$.a.b[0]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::logs) struct Selector(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Selector {
    /// Reads a selector, and nothing after it.
    ///
    /// # Errors
    /// As [`parse`].
    pub(in crate::logs) fn parse(text: &str) -> ServiceResult<Self> {
        let mut reader = Reader { rest: text };
        let selector = reader.selector()?;
        if reader.rest.trim().is_empty() {
            Ok(selector)
        } else {
            Err(unreadable())
        }
    }

    /// The property, if the event has it.
    pub(in crate::logs) fn of<'a>(&self, event: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(event, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        })
    }
}

impl Condition {
    /// Whether it holds. A property that is not there is neither equal nor unequal to anything.
    pub(in crate::logs) fn holds(&self, event: &Value) -> bool {
        match self {
            Self::All(all) => all.iter().all(|condition| condition.holds(event)),
            Self::Any(any) => any.iter().any(|condition| condition.holds(event)),
            Self::Compared(selector, comparison, operand) => selector
                .of(event)
                .is_some_and(|value| compare(value, *comparison, operand)),
            Self::Is(selector, wanted) => selector.of(event) == Some(&Value::Bool(*wanted)),
            Self::IsNull(selector) => selector.of(event) == Some(&Value::Null),
            Self::NotExists(selector) => selector.of(event).is_none(),
        }
    }
}

fn compare(value: &Value, comparison: Comparison, operand: &Operand) -> bool {
    match (value, operand) {
        (Value::Number(number), Operand::Number(wanted, _)) => {
            let Some(number) = number.as_f64() else {
                return false;
            };
            match comparison {
                Comparison::Equal => number == *wanted,
                Comparison::NotEqual => number != *wanted,
                Comparison::Less => number < *wanted,
                Comparison::LessOrEqual => number <= *wanted,
                Comparison::Greater => number > *wanted,
                Comparison::GreaterOrEqual => number >= *wanted,
            }
        }
        (Value::String(text), Operand::Text(wanted) | Operand::Number(_, wanted)) => {
            let alike = is_like(text, wanted);
            match comparison {
                Comparison::Equal => alike,
                Comparison::NotEqual => !alike,
                _ => false,
            }
        }
        // `IP = 10.*` and `code = 5*` are texts beside numbers.
        (Value::Number(number), Operand::Text(wanted)) => {
            let alike = is_like(&number.to_string(), wanted);
            match comparison {
                Comparison::Equal => alike,
                Comparison::NotEqual => !alike,
                _ => false,
            }
        }
        _ => false,
    }
}

/// Whether a text is as a pattern in which `*` stands for anything.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((first, others)) = pattern.split_once('*') else {
        return text == pattern;
    };
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = others.split('*').collect();
    let last = parts.pop().unwrap_or_default();
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Reads a pattern in braces.
///
/// # Errors
/// `InvalidParameterException` for what is none; 501 for regular expressions and for `[*]`.
pub(super) fn parse(pattern: &str) -> ServiceResult<Condition> {
    let inner = pattern
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .ok_or_else(unreadable)?;
    let mut reader = Reader { rest: inner };
    let condition = reader.any(0)?;
    if reader.rest.trim().is_empty() {
        Ok(condition)
    } else {
        Err(unreadable())
    }
}

/// Deeper parentheses are no pattern that anybody writes in 1,024 letters.
const DEEPEST: usize = 32;

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Whether this comes next; then it is read.
    fn takes(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start();
        let found = rest.strip_prefix(token);
        self.rest = found.unwrap_or(rest);
        found.is_some()
    }

    fn any(&mut self, depth: usize) -> ServiceResult<Condition> {
        let mut any = vec![self.all(depth)?];
        while self.takes("||") {
            any.push(self.all(depth)?);
        }
        Ok(one_or(any, Condition::Any))
    }

    fn all(&mut self, depth: usize) -> ServiceResult<Condition> {
        let mut all = vec![self.one(depth)?];
        while self.takes("&&") {
            all.push(self.one(depth)?);
        }
        Ok(one_or(all, Condition::All))
    }

    fn one(&mut self, depth: usize) -> ServiceResult<Condition> {
        if depth > DEEPEST {
            return Err(unreadable());
        }
        if self.takes("(") {
            let condition = self.any(depth + 1)?;
            return if self.takes(")") {
                Ok(condition)
            } else {
                Err(unreadable())
            };
        }
        let selector = self.selector()?;
        if self.takes("NOT") {
            return if self.takes("EXISTS") {
                Ok(Condition::NotExists(selector))
            } else {
                Err(unreadable())
            };
        }
        if self.takes("IS") {
            return if self.takes("TRUE") {
                Ok(Condition::Is(selector, true))
            } else if self.takes("FALSE") {
                Ok(Condition::Is(selector, false))
            } else if self.takes("NULL") {
                Ok(Condition::IsNull(selector))
            } else {
                Err(unreadable())
            };
        }
        let comparison = self.comparison()?;
        let operand = self.operand()?;
        let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if ordered && matches!(operand, Operand::Text(_)) {
            return Err(unreadable());
        }
        Ok(Condition::Compared(selector, comparison, operand))
    }

    fn comparison(&mut self) -> ServiceResult<Comparison> {
        let all = [
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("=", Comparison::Equal),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let found = all.into_iter().find(|(token, _)| self.takes(token));
        found
            .map(|(_, comparison)| comparison)
            .ok_or_else(unreadable)
    }

    fn operand(&mut self) -> ServiceResult<Operand> {
        self.rest = self.rest.trim_start();
        if self.rest.starts_with('%') {
            return Err(ServiceError::not_implemented(
                "regular expressions in a filter pattern",
            ));
        }
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let (text, after) = quoted.split_once('"').ok_or_else(unreadable)?;
            self.rest = after;
            return Ok(Operand::Text(text.to_owned()));
        }
        let word = self.word(|c| c.is_alphanumeric() || "*_-.+:/@".contains(c));
        if word.is_empty() {
            return Err(unreadable());
        }
        Ok(match word.parse::<f64>() {
            Ok(number) if number.is_finite() => Operand::Number(number, word.to_owned()),
            _ => Operand::Text(word.to_owned()),
        })
    }

    fn selector(&mut self) -> ServiceResult<Selector> {
        if !self.takes("$") {
            return Err(unreadable());
        }
        let mut steps = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix('.') {
                self.rest = rest;
                let key = self.word(|c| c.is_alphanumeric() || "_-@".contains(c));
                if key.is_empty() {
                    return Err(unreadable());
                }
                steps.push(Step::Key(key.to_owned()));
            } else if let Some(rest) = self.rest.strip_prefix('[') {
                let (inner, after) = rest.split_once(']').ok_or_else(unreadable)?;
                self.rest = after;
                steps.push(step(inner)?);
            } else {
                break;
            }
        }
        if steps.is_empty() {
            return Err(unreadable());
        }
        Ok(Selector(steps))
    }

    fn word(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !is_part(c)).unwrap_or(self.rest.len());
        let (word, after) = self.rest.split_at(end);
        self.rest = after;
        word
    }
}

/// What stands in brackets: an index, or a key in quotes.
fn step(inner: &str) -> ServiceResult<Step> {
    if inner == "*" {
        return Err(ServiceError::not_implemented(
            "the wildcard [*] in a filter pattern",
        ));
    }
    let quoted = inner
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .or_else(|| {
            let rest = inner.strip_prefix('\'')?;
            rest.strip_suffix('\'')
        });
    match quoted {
        Some(key) if !key.is_empty() => Ok(Step::Key(key.to_owned())),
        _ => inner.parse().map(Step::Index).map_err(|_| unreadable()),
    }
}

fn one_or(mut conditions: Vec<Condition>, make: fn(Vec<Condition>) -> Condition) -> Condition {
    match (conditions.pop(), conditions.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            conditions.extend(last);
            make(conditions)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn conditions() {
        let event = json!({
            "level": "ERROR", "code": 503, "ok": false, "none": null,
            "user": { "name": "Ada", "tags": ["x", "y"] }, "a.b": 1, "text": "200",
        });
        for (pattern, expected) in [
            (r#"{ $.level = "ERROR" }"#, true),
            ("{$.level=ERROR}", true),
            (r#"{ $.level != "ERROR" }"#, false),
            (r#"{ $.level = "ERR*" }"#, true),
            (r#"{ $.level = "*R*O*" }"#, true),
            (r#"{ $.level = "*R*X" }"#, false),
            ("{ $.code >= 500 }", true),
            ("{ $.code < 503 }", false),
            ("{ $.code = 5* }", true),
            ("{ $.code = 5.03e2 }", true),
            ("{ $.text = 200 }", true),
            ("{ $.ok IS FALSE }", true),
            ("{ $.ok IS TRUE }", false),
            ("{ $.none IS NULL }", true),
            ("{ $.level IS NULL }", false),
            ("{ $.missing NOT EXISTS }", true),
            ("{ $.none NOT EXISTS }", false),
            ("{ $.missing = 1 }", false),
            ("{ $.missing != 1 }", false),
            (r#"{ $.user.tags[1] = "y" }"#, true),
            (r#"{ $["a.b"] = 1 }"#, true),
            (
                r#"{ $.level = "INFO" || $.code = 503 && $.ok IS FALSE }"#,
                true,
            ),
            (
                r#"{ ($.level = "INFO" || $.code = 503) && $.ok IS TRUE }"#,
                false,
            ),
        ] {
            let condition = parse(pattern).unwrap_or_else(|error| panic!("{pattern}: {error:?}"));
            assert_eq!(condition.holds(&event), expected, "{pattern}");
        }
    }

    #[test]
    fn what_cannot_be_read() {
        let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(40), ")".repeat(40));
        for pattern in [
            "{",
            "{}",
            "{ }",
            "{ $ = 1 }",
            "{ $.a }",
            "{ $.a = }",
            r#"{ $.a = "x }"#,
            "{ $.a < x }",
            "{ $.a = 1 && }",
            "{ ($.a = 1 }",
            "{ $.a = 1 } x",
            "{ $.a IS SOMETHING }",
            "{ a = 1 }",
            "{ $.a[x] = 1 }",
            &deep,
        ] {
            let error = parse(pattern).unwrap_err();
            assert_eq!(error.code, "InvalidParameterException", "{pattern}");
        }
        for pattern in ["{ $.a = %x% }", "{ $.a[*] = 1 }"] {
            assert_eq!(parse(pattern).unwrap_err().status, 501, "{pattern}");
        }
    }
}
