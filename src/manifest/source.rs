//! Errors with their place in a file.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Something wrong at a place in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceError {
    /// The file.
    pub path: PathBuf,
    /// Its text; empty when it could not be read.
    pub text: Arc<str>,
    /// The place, in bytes of the text.
    pub span: Option<Range<usize>>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl SourceError {
    /// Something wrong with a file as a whole.
    pub fn new(path: &Path, text: impl Into<Arc<str>>, message: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            text: text.into(),
            span: None,
            message: message.into(),
            help: None,
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
        let text = Arc::clone(&self.text);
        let mut lines = text.split_inclusive('\n');
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

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        let help = help.into();
        self.help = (!help.is_empty()).then_some(help);
        self
    }

    fn order(&self) -> (&Path, usize, usize, &str) {
        let span = self.span.as_ref();
        let (start, end) = span.map_or((0, 0), |span| (span.start, span.end));
        (&self.path, start, end, &self.message)
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

/// All that is wrong. As an error it is never empty, and sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults(Vec<SourceError>);

impl Faults {
    /// One more.
    pub fn push(&mut self, fault: SourceError) {
        self.0.push(fault);
    }

    /// What a result holds; its error is kept.
    pub fn take<T, E: Into<Self>>(&mut self, result: Result<T, E>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(faults) => {
                self.0.extend(faults.into().0);
                None
            }
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A value when nothing is wrong.
    ///
    /// # Errors
    /// All that is, sorted.
    pub fn none_or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self.sorted())
        }
    }

    /// In the order of files and places, each once.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.0
            .sort_by(|left, right| left.order().cmp(&right.order()));
        self.0.dedup();
        self
    }
}

impl From<SourceError> for Faults {
    fn from(fault: SourceError) -> Self {
        Self(vec![fault])
    }
}

impl FromIterator<SourceError> for Faults {
    fn from_iter<I: IntoIterator<Item = SourceError>>(faults: I) -> Self {
        Self(faults.into_iter().collect())
    }
}

impl Extend<SourceError> for Faults {
    fn extend<I: IntoIterator<Item = SourceError>>(&mut self, faults: I) {
        self.0.extend(faults);
    }
}

impl IntoIterator for Faults {
    type Item = SourceError;
    type IntoIter = std::vec::IntoIter<SourceError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_place_is_always_one_of_the_text(text in "(.|\n)*", line in 0usize..9, column in 0usize..99) {
            for error in [
                SourceError::new(Path::new("f"), text.as_str(), "x").at_line(line, column),
                SourceError::new(Path::new("f"), text.as_str(), "x").at_byte_column(line, column),
            ] {
                let span = error.span.clone().unwrap();
                prop_assert!(text.get(span).is_some());
                prop_assert!(error.line_column().is_some());
            }
        }
    }
}
