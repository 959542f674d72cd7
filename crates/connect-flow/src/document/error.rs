//! What is wrong with a text that is no flow document.

use super::Lines;

/// A text that cannot be read as a flow document, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct ParseError {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// What is wrong, without the place.
    pub message: String,
}

impl ParseError {
    pub(super) fn at(offset: usize, message: impl Into<String>, text: &str, lines: &Lines) -> Self {
        let (line, column) = lines.position(text, offset);
        Self {
            line,
            column,
            message: message.into(),
        }
    }

    pub(super) fn from_serde(error: &serde_json::Error, text: &str, lines: &Lines) -> Self {
        // serde_json counts columns in bytes and writes the place into the message.
        let offset = lines.offset(error.line(), error.column());
        let message = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let message = message.strip_suffix(&place).unwrap_or(&message);
        Self::at(offset, message, text, lines)
    }
}
