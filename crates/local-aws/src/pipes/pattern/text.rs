//! Texts in patterns: letters without case, and wildcards.

/// A text for comparisons that ignore case.
pub(super) fn folded(text: &str) -> String {
    text.to_lowercase()
}

/// A text with `*` for any characters, none included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wildcard {
    /// What stands between the stars; one more than there are stars.
    parts: Vec<String>,
}

/// What is wrong with a wildcard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WildcardError {
    /// `**`.
    #[error("Consecutive wildcard characters")]
    Consecutive,
    /// A backslash before anything but `*` and itself.
    #[error("Invalid escape character")]
    Escape,
}

impl Wildcard {
    /// Reads one; `\*` and `\\` stand for the character after the backslash.
    pub(super) fn parse(text: &str) -> Result<Self, WildcardError> {
        let mut parts = vec![String::new()];
        let mut letters = text.chars();
        let mut after_star = false;
        while let Some(letter) = letters.next() {
            let literal = match letter {
                '*' if after_star => return Err(WildcardError::Consecutive),
                '*' => {
                    parts.push(String::new());
                    after_star = true;
                    continue;
                }
                '\\' => match letters.next() {
                    Some(escaped @ ('*' | '\\')) => escaped,
                    _ => return Err(WildcardError::Escape),
                },
                other => other,
            };
            after_star = false;
            if let Some(last) = parts.last_mut() {
                last.push(literal);
            }
        }
        Ok(Self { parts })
    }

    pub(super) fn matches(&self, value: &str) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.first().is_some_and(|whole| whole == value);
        };
        let Some(mut rest) = value.strip_prefix(first.as_str()) else {
            return false;
        };
        for part in middle {
            // The first place leaves the most for those to come.
            let Some(at) = rest.find(part.as_str()) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last.as_str())
    }
}
