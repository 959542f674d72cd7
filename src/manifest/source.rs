//! Errors with their place in a file.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Something wrong at a place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceError {
    /// The file.
    pub path: PathBuf,
    /// Its text; empty when it could not be read.
    pub text: String,
    /// The place, in bytes of the text.
    pub span: Option<Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
    /// What else is wrong with the file, each at its place.
    pub more: Vec<(Range<usize>, String)>,
}

impl SourceError {
    /// Something wrong with a file as a whole.
    pub fn new(path: &Path, text: &str, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            span: None,
            message: message.into(),
            help: None,
            more: Vec::new(),
        }
    }

    /// At a place.
    #[must_use]
    pub fn at(mut self, span: Range<usize>) -> Self {
        self.span = Some(span);
        self
    }

    /// At a place, if it is known.
    #[must_use]
    pub fn at_place(mut self, span: Option<Range<usize>>) -> Self {
        self.span = span;
        self
    }

    /// At a line and column, both from 1, the column in characters.
    #[must_use]
    pub fn at_line(self, line: usize, column: usize) -> Self {
        let mut offset = 0;
        let mut lines = self.text.split_inclusive('\n');
        for _ in 1..line {
            offset += lines.next().map_or(0, str::len);
        }
        let rest = lines.next().unwrap_or_default();
        let start: usize = rest
            .chars()
            .take(column.saturating_sub(1))
            .map(char::len_utf8)
            .sum();
        self.at_word(offset + start)
    }

    /// At a line from 1 and a column from 1 in bytes, as serde_json counts.
    #[must_use]
    pub fn at_byte_column(self, line: usize, column: usize) -> Self {
        let before: usize = self
            .text
            .split_inclusive('\n')
            .take(line.saturating_sub(1))
            .map(str::len)
            .sum();
        let mut start = (before + column.saturating_sub(1)).min(self.text.len());
        while !self.text.is_char_boundary(start) {
            start -= 1;
        }
        self.at_word(start)
    }

    /// At the word that begins there, or the one character.
    fn at_word(self, start: usize) -> Self {
        let rest = &self.text[start..];
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let word = rest
            .find(|c: char| !(c.is_alphanumeric() || "_-.${}".contains(c)))
            .unwrap_or(rest.trim_end().len());
        let end = start + word.max(first);
        self.at(start..end)
    }

    /// At the first place where a piece of text stands.
    #[must_use]
    pub fn at_text(self, piece: &str) -> Self {
        match self.text.find(piece) {
            Some(start) => self.at(start..start + piece.len()),
            None => self,
        }
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        let help = help.into();
        self.help = (!help.is_empty()).then_some(help);
        self
    }

    /// Line and column of the place, both from 1.
    pub fn line_column(&self) -> Option<(usize, usize)> {
        let start = self.span.as_ref()?.start.min(self.text.len());
        let before = &self.text[..start];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Some((line, column))
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some((line, column)) = self.line_column() {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.message)
    }
}

impl std::error::Error for SourceError {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_place_is_always_one_of_the_text(text in "(.|\n)*", line in 0usize..9, column in 0usize..99) {
            for error in [
                SourceError::new(Path::new("f"), &text, "x").at_line(line, column),
                SourceError::new(Path::new("f"), &text, "x").at_byte_column(line, column),
            ] {
                let span = error.span.clone().unwrap();
                prop_assert!(text.get(span).is_some());
                prop_assert!(error.line_column().is_some());
            }
        }
    }
}
