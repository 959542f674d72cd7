//! Constraints of the service models, in the words that AWS's validation has for them.

use std::fmt;
use std::ops::RangeInclusive;

use crate::core::error::{ServiceError, ServiceResult};

/// What a message says of the value that breaks a constraint.
#[derive(Clone, Copy)]
pub enum Shown<'a> {
    /// The value itself.
    Value(&'a dyn fmt::Display),
    /// That there is none.
    Null,
    /// Nothing: it is long, or a secret.
    Nothing,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Value(value) => write!(f, "Value '{value}'"),
            Self::Null => f.write_str("Value null"),
            Self::Nothing => f.write_str("Value"),
        }
    }
}

/// The words for one broken constraint. `member` as messages spell it, e.g. `secretString`.
pub fn message(shown: Shown<'_>, member: &str, constraint: impl fmt::Display) -> String {
    told(&[sentence(shown, member, constraint)])
}

fn sentence(shown: Shown<'_>, member: &str, constraint: impl fmt::Display) -> String {
    format!("{shown} at '{member}' failed to satisfy constraint: {constraint}")
}

fn told(sentences: &[String]) -> String {
    let count = sentences.len();
    let noun = if count == 1 { "error" } else { "errors" };
    format!(
        "{count} validation {noun} detected: {}",
        sentences.join("; ")
    )
}

/// `ValidationException` (400) for a member that breaks a constraint.
pub fn violated(member: &str, constraint: impl fmt::Display) -> ServiceError {
    let message = message(Shown::Nothing, member, constraint);
    ServiceError::new(400, "ValidationException", message)
}

/// A text's characters, or a list's items. `member` as messages spell it, e.g. `secretString`.
///
/// # Errors
/// [`violated`].
pub fn length(member: &str, length: usize, allowed: RangeInclusive<usize>) -> ServiceResult<()> {
    if length < *allowed.start() {
        return Err(violated(
            member,
            format_args!(
                "Member must have length greater than or equal to {}",
                allowed.start()
            ),
        ));
    }
    if length > *allowed.end() {
        return Err(violated(
            member,
            format_args!(
                "Member must have length less than or equal to {}",
                allowed.end()
            ),
        ));
    }
    Ok(())
}

/// A text's characters, where it is given.
///
/// # Errors
/// [`violated`].
pub fn text(member: &str, text: Option<&str>, allowed: RangeInclusive<usize>) -> ServiceResult<()> {
    match text {
        Some(text) => length(member, text.chars().count(), allowed),
        None => Ok(()),
    }
}

/// Collects violated constraints into the one `ValidationException` of AWS.
#[derive(Debug, Default)]
pub struct Checks(Vec<String>);

impl Checks {
    fn fail(&mut self, member: &str, value: &str, constraint: &str) {
        self.0
            .push(sentence(Shown::Value(&value), member, constraint));
    }

    /// A length in characters.
    pub fn length(&mut self, member: &str, value: &str, least: usize, most: usize) {
        let length = value.chars().count();
        if length < least {
            let constraint = format!("Member must have length greater than or equal to {least}");
            self.fail(member, value, &constraint);
        }
        if length > most {
            let constraint = format!("Member must have length less than or equal to {most}");
            self.fail(member, value, &constraint);
        }
    }

    /// How many a list has.
    pub fn count(&mut self, member: &str, length: usize, least: usize, most: usize) {
        let shown = format!("[{length} members]");
        if length < least {
            let constraint = format!("Member must have length greater than or equal to {least}");
            self.fail(member, &shown, &constraint);
        }
        if length > most {
            let constraint = format!("Member must have length less than or equal to {most}");
            self.fail(member, &shown, &constraint);
        }
    }

    /// A number's range.
    pub fn range(&mut self, member: &str, value: i64, least: i64, most: i64) {
        if value < least {
            let constraint = format!("Member must have value greater than or equal to {least}");
            self.fail(member, &value.to_string(), &constraint);
        }
        if value > most {
            let constraint = format!("Member must have value less than or equal to {most}");
            self.fail(member, &value.to_string(), &constraint);
        }
    }

    /// Says that a value is not of the pattern.
    pub fn pattern(&mut self, member: &str, value: &str, pattern: &str) {
        let constraint = format!("Member must satisfy regular expression pattern: {pattern}");
        self.fail(member, value, &constraint);
    }

    /// A value must be one of an enumeration.
    pub fn one_of(&mut self, member: &str, value: &str, values: &[&str]) {
        if !values.contains(&value) {
            let constraint = format!(
                "Member must satisfy enum value set: [{}]",
                values.join(", ")
            );
            self.fail(member, value, &constraint);
        }
    }

    /// A member that must be there.
    pub fn required<T>(&mut self, member: &str, value: Option<&T>) {
        if value.is_none() {
            let constraint = "Member must not be null";
            self.0.push(sentence(Shown::Null, member, constraint));
        }
    }

    /// What was found.
    ///
    /// # Errors
    /// `ValidationException` (400) that lists every violated constraint.
    pub fn done(self) -> ServiceResult<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(ServiceError::new(400, "ValidationException", told(&self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_told() {
        let told = |count| length("names", count, 1..=10).map_err(|error| error.message);
        assert_eq!(told(10), Ok(()));
        insta::assert_snapshot!(told(11).unwrap_err(), @"1 validation error detected: Value at 'names' failed to satisfy constraint: Member must have length less than or equal to 10");
        insta::assert_snapshot!(told(0).unwrap_err(), @"1 validation error detected: Value at 'names' failed to satisfy constraint: Member must have length greater than or equal to 1");
        assert!(text("x", None, 1..=2).is_ok());
        assert!(text("x", Some("ÄÖ"), 1..=2).is_ok());
    }

    #[test]
    fn violations_are_told_together_in_the_words_of_aws() {
        let mut checks = Checks::default();
        checks.range("timeout", 901, 1, 900);
        checks.one_of("packageType", "Tar", &["Zip", "Image"]);
        let error = checks.done().unwrap_err();
        assert_eq!(error.code, "ValidationException");
        insta::assert_snapshot!(error.message, @"2 validation errors detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900; Value 'Tar' at 'packageType' failed to satisfy constraint: Member must satisfy enum value set: [Zip, Image]");
    }
}
