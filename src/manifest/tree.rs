//! A YAML or JSON text as a tree that knows where each part stands, and what each
//! scalar says letter by letter: `+18005550100` and `1.10` are not rounded to numbers.

mod json;
mod yaml;

use std::ops::Range;

pub use json::read as read_json;
pub use yaml::read as read_yaml;

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// In bytes of the text.
    pub span: Range<usize>,
    /// A YAML tag such as `!SS`, as written.
    pub tag: Option<String>,
    /// What it is.
    pub shape: Shape,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// A text, a number, a boolean, or nothing.
    Scalar {
        /// As written, quotes and escapes undone.
        text: String,
        /// Whether it stands without quotes, so that it may be more than text.
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// Keys and values.
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Its place.
    pub span: Range<usize>,
    /// The value.
    pub value: Node,
}

/// What an unquoted scalar says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plain {
    /// Nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// A decimal number, its text as written.
    Number,
    /// A text.
    Text,
}

/// Why a text is no tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TreeError {
    /// Where, in bytes.
    pub at: usize,
    /// Why.
    pub message: String,
}

impl Node {
    /// The entries of a map; of what is none, none.
    pub fn entries(&self) -> &[Entry] {
        match &self.shape {
            Shape::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The entry of a key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// The value at the end of a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter()
            .try_fold(self, |node, key| Some(&node.entry(key)?.value))
    }

    /// The entry at the end of a path of keys.
    pub fn entry_at(&self, path: &[&str]) -> Option<&Entry> {
        let (last, before) = path.split_last()?;
        self.at(before)?.entry(last)
    }

    /// The value of a JSON pointer (RFC 6901), or the nearest one on the way to it.
    pub fn pointed(&self, pointer: &str) -> &Node {
        let mut node = self;
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let next = match &node.shape {
                Shape::Map(_) => node.entry(&step).map(|entry| &entry.value),
                Shape::List(items) => step.parse().ok().and_then(|at: usize| items.get(at)),
                Shape::Scalar { .. } => None,
            };
            match next {
                Some(next) => node = next,
                None => break,
            }
        }
        node
    }

    /// The place of the key that a JSON pointer leads to, or the nearest one on the way to it;
    /// `None`: not one step of it is there.
    pub fn key_at(&self, pointer: &str) -> Option<Range<usize>> {
        let mut node = self;
        let mut at = None;
        for step in pointer.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let Some(entry) = node.entry(&step) else {
                break;
            };
            at = Some(entry.span.clone());
            node = &entry.value;
        }
        at
    }

    /// The text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.shape {
            Shape::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// What a scalar says; quoted, it is a text.
    pub fn plain(&self) -> Option<Plain> {
        match &self.shape {
            Shape::Scalar { text, plain: true } => Some(plain(text)),
            Shape::Scalar { plain: false, .. } => Some(Plain::Text),
            _ => None,
        }
    }
}

/// What an unquoted text says in YAML's core schema, as far as it is decimal.
fn plain(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Plain::Null,
        "true" | "True" | "TRUE" => Plain::Bool(true),
        "false" | "False" | "FALSE" => Plain::Bool(false),
        _ if is_decimal(text) => Plain::Number,
        _ => Plain::Text,
    }
}

/// Whether a text is a decimal number: sign, digits, fraction, exponent.
pub fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (digits, None),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let mantissa_is_right =
        !whole.is_empty() && all_digits(whole) && !fraction.is_empty() && all_digits(fraction);
    let exponent_is_right = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    mantissa_is_right && exponent_is_right
}

#[cfg(test)]
mod tests;
