//! Flow documents: strict JSON that can say where everything stands.

mod error;
mod flow;
mod lines;
mod strict;
mod tree;

pub use error::ParseError;
pub use flow::{Action, Branch, Condition, ErrorBranch, Flow, Transitions};
pub(crate) use lines::Lines;
pub(crate) use tree::{Node, Shape};

use crate::locate::{Location, StringAt};
use crate::route::Route;
use serde_json::Value;
use std::sync::OnceLock;

/// A JSON document that finds the position of each of its values when asked.
///
/// Duplicate keys, comments, trailing commas and everything else that RFC 8259
/// does not know are refused.
#[derive(Clone, Debug)]
pub struct Document {
    text: String,
    value: Value,
    /// Found when a place is first asked for: most documents are never asked.
    places: OnceLock<Places>,
}

#[derive(Clone, Debug)]
struct Places {
    root: Node,
    lines: Lines,
}

impl Document {
    /// Reads a document.
    ///
    /// # Errors
    /// When the text is not strict JSON, or an object names a key twice.
    pub fn parse(text: impl Into<String>) -> Result<Self, ParseError> {
        let text = text.into();
        let (value, twice) = strict::read(&text)
            .map_err(|error| ParseError::from_serde(&error, &text, &Lines::of(&text)))?;
        let document = Self {
            text,
            value,
            places: OnceLock::new(),
        };
        if twice && let Some(member) = tree::twice(&document.places().root) {
            let message = format!("the key {:?} is given twice", member.name);
            let lines = &document.places().lines;
            return Err(ParseError::at(member.start, message, &document.text, lines));
        }
        Ok(document)
    }

    fn places(&self) -> &Places {
        self.places.get_or_init(|| Places {
            root: tree::read(&self.text),
            lines: Lines::of(&self.text),
        })
    }

    /// The text as it was given.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The JSON value, keys in the order of the text.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The flow in the document.
    ///
    /// # Errors
    /// When the document does not have the shape of a flow: a required key is
    /// missing, or a value is of the wrong JSON type. Whether Amazon Connect
    /// would publish the flow is for [`crate::validate()`] to say.
    pub fn flow(&self) -> Result<Flow, ParseError> {
        flow::read(&self.value).map_err(|fault| {
            let span = self.locate(&fault.route).span;
            ParseError {
                line: span.line,
                column: span.column,
                message: fault.message,
            }
        })
    }

    /// The place of a route, or of its nearest existing parent.
    pub fn locate(&self, route: &Route) -> Location {
        let Places { root, lines } = self.places();
        crate::locate::locate(root, &self.value, lines, &self.text, route)
    }

    /// All string values of the document (not the keys), in the order of the text.
    pub fn strings(&self) -> Vec<StringAt<'_>> {
        let Places { root, lines } = self.places();
        crate::locate::strings(root, lines, &self.text)
    }

    /// The text with some of its strings replaced, everything else untouched.
    ///
    /// `replace` is shown every string value and gives the new one, or `None` to
    /// leave it.
    ///
    /// # Errors
    /// The first error of `replace`.
    pub fn replace_strings<E>(
        &self,
        mut replace: impl FnMut(&StringAt<'_>) -> Result<Option<String>, E>,
    ) -> Result<String, E> {
        let mut out = String::with_capacity(self.text.len());
        let mut copied = 0;
        for string in self.strings() {
            if let Some(new) = replace(&string)? {
                out.push_str(&self.text[copied..string.span.start]);
                out.push_str(&Value::String(new).to_string());
                copied = string.span.end;
            }
        }
        out.push_str(&self.text[copied..]);
        Ok(out)
    }
}

#[cfg(test)]
mod tests;
