//! What we say, line by line.

use std::borrow::Cow;
use std::fmt;

use super::guard;

/// Lines of ours. What stands in one of them stays in it, whatever it holds: text that
/// is given as one line is one, and its line breaks are shown as `\n`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines(Vec<String>);

impl Lines {
    /// No line.
    pub fn new() -> Self {
        Self::default()
    }

    /// The lines of a text that is ours as a whole, such as a usage.
    pub fn of(text: &str) -> Self {
        text.lines().map(ToOwned::to_owned).collect()
    }

    /// One line more.
    pub fn push(&mut self, line: impl Into<String>) {
        self.0.push(line.into());
    }

    /// The lines as they leave: see [`guard::line`].
    pub fn guarded(&self) -> impl Iterator<Item = String> + '_ {
        self.0.iter().map(|line| guard::line(line))
    }
}

impl fmt::Display for Lines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, line) in self.guarded().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            f.write_str(&line)?;
        }
        Ok(())
    }
}

impl From<&str> for Lines {
    fn from(line: &str) -> Self {
        Self(vec![line.to_owned()])
    }
}

impl From<String> for Lines {
    fn from(line: String) -> Self {
        Self(vec![line])
    }
}

/// What can be said: a line, or lines.
pub trait Said {
    /// As lines.
    fn said(&self) -> Cow<'_, Lines>;
}

impl Said for str {
    fn said(&self) -> Cow<'_, Lines> {
        Cow::Owned(self.into())
    }
}

impl Said for String {
    fn said(&self) -> Cow<'_, Lines> {
        self.as_str().said()
    }
}

impl Said for Lines {
    fn said(&self) -> Cow<'_, Lines> {
        Cow::Borrowed(self)
    }
}

impl FromIterator<String> for Lines {
    fn from_iter<I: IntoIterator<Item = String>>(lines: I) -> Self {
        Self(lines.into_iter().collect())
    }
}

impl Extend<String> for Lines {
    fn extend<I: IntoIterator<Item = String>>(&mut self, lines: I) {
        self.0.extend(lines);
    }
}

impl IntoIterator for Lines {
    type Item = String;
    type IntoIter = std::vec::IntoIter<String>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_within_a_line_starts_none() {
        let mut lines = Lines::from("one\n::two");
        lines.push("::three");
        lines.extend(["  four".to_owned()]);
        assert_eq!(lines.to_string(), "one\\n::two\n\\u{3a}:three\n  four");
        assert_eq!(Lines::of("a\nb\n").to_string(), "a\nb");
        assert_eq!(Lines::from("").to_string(), "");
    }
}
