//! Event patterns of EventBridge (AWS docs, "Amazon EventBridge event patterns"
//! and "Comparison operators"): read strictly, matched purely.

mod parse;
mod text;

#[cfg(test)]
mod tests;

use std::cmp::Ordering;

use serde_json::{Map, Value};

use self::text::Wildcard;

pub use parse::PatternError;

/// A pattern that has been read.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern(Fields);

/// All fields must match, and of each `$or` one alternative.
#[derive(Debug, Clone, PartialEq, Default)]
struct Fields {
    fields: Vec<(String, Field)>,
    any: Vec<Vec<Fields>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Field {
    Nested(Fields),
    /// One must match.
    OneOf(Vec<Matcher>),
}

/// What a value is held against.
#[derive(Debug, Clone, PartialEq)]
enum Matcher {
    /// A text, number, boolean or null, as it is.
    Equals(Value),
    Exists(bool),
    Text(TextMatcher),
    Numeric(Vec<(Order, f64)>),
    AnythingBut(Vec<Value>),
    AnythingButText(Vec<TextMatcher>),
}

#[derive(Debug, Clone, PartialEq)]
enum TextMatcher {
    Prefix { text: String, ignore_case: bool },
    Suffix { text: String, ignore_case: bool },
    EqualsIgnoreCase(String),
    Wildcard(Wildcard),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Less,
    LessOrEqual,
    Equals,
    GreaterOrEqual,
    Greater,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`PatternError`]: not JSON, not of a pattern's shape, an operator that
    /// EventBridge does not have.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        parse::pattern(text).map(Self)
    }

    /// Whether an event matches.
    pub fn matches(&self, event: &Value) -> bool {
        event.as_object().is_some_and(|event| self.0.matches(event))
    }
}

impl Fields {
    fn matches(&self, event: &Map<String, Value>) -> bool {
        self.fields
            .iter()
            .all(|(name, field)| field.matches(event.get(name)))
            && self
                .any
                .iter()
                .all(|alternatives| alternatives.iter().any(|fields| fields.matches(event)))
    }

    /// Whether it asks for nothing but absences: then it matches where nothing is.
    fn matches_nothing(&self) -> bool {
        self.matches(&Map::new())
    }
}

impl Field {
    fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Nested(fields) => match value {
                Some(Value::Object(event)) => fields.matches(event),
                // Of a list, one element must match whole.
                Some(Value::Array(elements)) => {
                    elements.iter().any(|element| self.matches(Some(element)))
                }
                _ => fields.matches_nothing(),
            },
            Self::OneOf(matchers) => {
                let leaves = value.map(leaves).unwrap_or_default();
                matchers.iter().any(|matcher| matcher.matches(&leaves))
            }
        }
    }
}

/// The scalars of a value: a list stands for each of its elements. Objects are
/// no leaves and so are not there for a matcher.
fn leaves(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(elements) => elements.iter().flat_map(leaves).collect(),
        Value::Object(_) => Vec::new(),
        scalar => vec![scalar],
    }
}

impl Matcher {
    fn matches(&self, leaves: &[&Value]) -> bool {
        match self {
            Self::Exists(wanted) => leaves.is_empty() != *wanted,
            other => leaves.iter().any(|leaf| other.matches_leaf(leaf)),
        }
    }

    fn matches_leaf(&self, leaf: &Value) -> bool {
        match self {
            Self::Equals(value) => leaf == value,
            Self::Exists(wanted) => *wanted,
            Self::Text(matcher) => leaf.as_str().is_some_and(|text| matcher.matches(text)),
            Self::Numeric(bounds) => leaf.as_f64().is_some_and(|number| {
                bounds
                    .iter()
                    .all(|(order, bound)| order.holds(number, *bound))
            }),
            Self::AnythingBut(values) => !values.iter().any(|value| value == leaf),
            Self::AnythingButText(matchers) => leaf
                .as_str()
                .is_some_and(|text| !matchers.iter().any(|matcher| matcher.matches(text))),
        }
    }
}

impl TextMatcher {
    fn matches(&self, value: &str) -> bool {
        match self {
            Self::Prefix {
                text,
                ignore_case: false,
            } => value.starts_with(text.as_str()),
            Self::Suffix {
                text,
                ignore_case: false,
            } => value.ends_with(text.as_str()),
            Self::Prefix {
                text,
                ignore_case: true,
            } => text::folded(value).starts_with(text.as_str()),
            Self::Suffix {
                text,
                ignore_case: true,
            } => text::folded(value).ends_with(text.as_str()),
            Self::EqualsIgnoreCase(text) => text::folded(value) == *text,
            Self::Wildcard(wildcard) => wildcard.matches(value),
        }
    }
}

impl Order {
    fn holds(self, number: f64, bound: f64) -> bool {
        match self {
            Self::Less => number < bound,
            Self::LessOrEqual => number <= bound,
            Self::Equals => number.partial_cmp(&bound).is_some_and(Ordering::is_eq),
            Self::GreaterOrEqual => number >= bound,
            Self::Greater => number > bound,
        }
    }
}
