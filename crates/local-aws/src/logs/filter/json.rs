//! Conditions on events that are JSON objects: `{ ($.level = "ERROR") && ($.code NOT EXISTS) }`.
//! `()` goes before `&&`, that before `||`.

use serde_json::Value;

use super::malformed;
use crate::core::error::{ServiceError, ServiceResult};

/// How deep parentheses may stand in each other: a pattern has at most 1,024 characters, and
/// each depth costs stack.
const DEEPEST: usize = 64;

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::logs) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Is(Selector, Test),
}

/// What is asked of a value.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::logs) enum Test {
    Text { equal: bool, wanted: Text },
    Number(Comparison, f64),
    Null,
    Boolean(bool),
    NotExists,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::logs) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// Longer signs first.
    const SIGNS: [(&str, Self); 6] = [
        ("!=", Self::NotEqual),
        (">=", Self::GreaterOrEqual),
        ("<=", Self::LessOrEqual),
        ("=", Self::Equal),
        (">", Self::Greater),
        ("<", Self::Less),
    ];

    #[allow(
        clippy::float_cmp,
        reason = "the documentation promises precise comparisons"
    )]
    fn holds(self, value: f64, wanted: f64) -> bool {
        match self {
            Self::Equal => value == wanted,
            Self::NotEqual => value != wanted,
            Self::Less => value < wanted,
            Self::LessOrEqual => value <= wanted,
            Self::Greater => value > wanted,
            Self::GreaterOrEqual => value >= wanted,
        }
    }
}

/// A text that may be anything before or behind what is said (`*` at its ends; one in the middle
/// stands for itself).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::logs) struct Text {
    open_start: bool,
    open_end: bool,
    middle: String,
}

impl Text {
    fn of(text: &str) -> Self {
        let (open_start, rest) = match text.strip_prefix('*') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (open_end, middle) = match rest.strip_suffix('*') {
            Some(middle) => (true, middle),
            None => (open_start && rest.is_empty(), rest),
        };
        Self {
            open_start,
            open_end,
            middle: middle.to_owned(),
        }
    }

    fn matches(&self, text: &str) -> bool {
        match (self.open_start, self.open_end) {
            (true, true) => text.contains(&self.middle),
            (true, false) => text.ends_with(&self.middle),
            (false, true) => text.starts_with(&self.middle),
            (false, false) => text == self.middle,
        }
    }
}

/// A way to a value: `$.users[0].id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::logs) struct Selector(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Property(String),
    Element(usize),
}

impl Selector {
    /// Reads one that is all of a text.
    ///
    /// # Errors
    /// `InvalidParameterException`, 501.
    pub(in crate::logs) fn parse(text: &str) -> ServiceResult<Self> {
        let mut reader = Reader { rest: text };
        let selector = reader.selector()?;
        if reader.rest.is_empty() {
            Ok(selector)
        } else {
            Err(malformed())
        }
    }

    /// The value there.
    pub(in crate::logs) fn of<'a>(&self, event: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(event, |value, step| match step {
            Step::Property(name) => value.as_object()?.get(name),
            Step::Element(index) => value.as_array()?.get(*index),
        })
    }
}

impl Condition {
    /// Reads a pattern in braces.
    pub(super) fn parse(pattern: &str) -> ServiceResult<Self> {
        let inner = pattern
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
            .ok_or_else(malformed)?;
        let mut reader = Reader { rest: inner };
        let condition = reader.any(0)?;
        reader.space();
        if reader.rest.is_empty() {
            Ok(condition)
        } else {
            Err(malformed())
        }
    }

    /// Whether it holds for an event.
    pub(super) fn holds(&self, event: &Value) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|one| one.holds(event)),
            Self::Any(conditions) => conditions.iter().any(|one| one.holds(event)),
            Self::Is(selector, test) => test.holds(selector.of(event)),
        }
    }
}

impl Test {
    /// A comparison needs a value that is neither object nor list (AWS docs: otherwise the log
    /// event does not fit the filter, whether it asks for `=` or `!=`).
    fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            (Self::NotExists, value) => value.is_none(),
            (_, None) => false,
            (Self::Null, Some(value)) => value.is_null(),
            (Self::Boolean(wanted), Some(value)) => value.as_bool() == Some(*wanted),
            (Self::Number(comparison, wanted), Some(value)) => value
                .as_f64()
                .is_some_and(|value| comparison.holds(value, *wanted)),
            (Self::Text { equal, wanted }, Some(value)) => match value {
                Value::String(text) => wanted.matches(text) == *equal,
                Value::Number(number) => wanted.matches(&number.to_string()) == *equal,
                Value::Bool(flag) => wanted.matches(&flag.to_string()) == *equal,
                Value::Null | Value::Array(_) | Value::Object(_) => false,
            },
        }
    }
}

/// What is left to read.
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// Takes a sign, after space.
    fn sign(&mut self, sign: &str) -> bool {
        self.space();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Takes what is of these letters; may be nothing.
    fn take(&mut self, is: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !is(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn any(&mut self, depth: usize) -> ServiceResult<Condition> {
        let mut conditions = vec![self.all(depth)?];
        while self.sign("||") {
            conditions.push(self.all(depth)?);
        }
        Ok(match conditions.pop() {
            Some(only) if conditions.is_empty() => only,
            last => Condition::Any(conditions.into_iter().chain(last).collect()),
        })
    }

    fn all(&mut self, depth: usize) -> ServiceResult<Condition> {
        let mut conditions = vec![self.one(depth)?];
        while self.sign("&&") {
            conditions.push(self.one(depth)?);
        }
        Ok(match conditions.pop() {
            Some(only) if conditions.is_empty() => only,
            last => Condition::All(conditions.into_iter().chain(last).collect()),
        })
    }

    fn one(&mut self, depth: usize) -> ServiceResult<Condition> {
        if !self.sign("(") {
            let selector = self.selector()?;
            return Ok(Condition::Is(selector, self.test()?));
        }
        if depth == DEEPEST {
            return Err(malformed());
        }
        let inner = self.any(depth + 1)?;
        if self.sign(")") {
            Ok(inner)
        } else {
            Err(malformed())
        }
    }

    fn selector(&mut self) -> ServiceResult<Selector> {
        if !self.sign("$") {
            return Err(malformed());
        }
        let mut steps = Vec::new();
        loop {
            if let Some(rest) = self.rest.strip_prefix('.') {
                self.rest = rest;
                let name = self.take(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
                if name.is_empty() {
                    return Err(malformed());
                }
                steps.push(Step::Property(name.to_owned()));
            } else if let Some(rest) = self.rest.strip_prefix('[') {
                self.rest = rest;
                let index = self.take(|c| c.is_ascii_digit());
                if index.is_empty() {
                    return Err(ServiceError::not_implemented(format!(
                        "selectors of filter patterns with other than a number in brackets ([{rest})"
                    )));
                }
                // Elements stand behind a property (AWS docs).
                let index = index.parse().map_err(|_| malformed())?;
                self.rest = self.rest.strip_prefix(']').ok_or_else(malformed)?;
                if steps.is_empty() {
                    return Err(malformed());
                }
                steps.push(Step::Element(index));
            } else if steps.is_empty() {
                return Err(malformed());
            } else {
                return Ok(Selector(steps));
            }
        }
    }

    fn test(&mut self) -> ServiceResult<Test> {
        self.space();
        for (sign, comparison) in Comparison::SIGNS {
            if self.sign(sign) {
                return self.compared(comparison);
            }
        }
        let mut word = || {
            self.space();
            self.take(|c| c.is_ascii_alphabetic())
        };
        match (word(), word()) {
            ("IS", "NULL") => Ok(Test::Null),
            ("IS", "TRUE") => Ok(Test::Boolean(true)),
            ("IS", "FALSE") => Ok(Test::Boolean(false)),
            ("NOT", "EXISTS") => Ok(Test::NotExists),
            _ => Err(malformed()),
        }
    }

    /// What a value is compared with: a number, or text, which only equals or does not.
    fn compared(&mut self, comparison: Comparison) -> ServiceResult<Test> {
        self.space();
        let text = if let Some(quoted) = self.rest.strip_prefix('"') {
            self.rest = quoted;
            self.quoted()?
        } else if self.rest.starts_with('%') {
            return Err(ServiceError::not_implemented(
                "regular expressions in filter patterns",
            ));
        } else {
            let bare = self.take(|c| c.is_ascii_alphanumeric() || "_.*+-".contains(c));
            if bare.is_empty() {
                return Err(malformed());
            }
            if let Some(number) = number(bare) {
                return Ok(Test::Number(comparison, number));
            }
            bare.to_owned()
        };
        let equal = match comparison {
            Comparison::Equal => true,
            Comparison::NotEqual => false,
            _ => return Err(malformed()),
        };
        let wanted = Text::of(&text);
        Ok(Test::Text { equal, wanted })
    }

    /// The text until the quotation mark that ends it; a backslash takes the next sign as it is.
    fn quoted(&mut self) -> ServiceResult<String> {
        let mut text = String::new();
        let mut letters = self.rest.char_indices();
        while let Some((at, letter)) = letters.next() {
            match letter {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Ok(text);
                }
                '\\' => text.extend(letters.next().map(|(_, next)| next)),
                _ => text.push(letter),
            }
        }
        Err(malformed())
    }
}

/// A whole number or a decimal, with a sign or an exponent or without; neither `inf` nor `nan`.
fn number(text: &str) -> Option<f64> {
    let digits = text.trim_start_matches(['+', '-']);
    digits
        .starts_with(|c: char| c.is_ascii_digit() || c == '.')
        .then(|| text.parse::<f64>().ok())
        .flatten()
        .filter(|number| number.is_finite())
}

#[cfg(test)]
mod tests;
