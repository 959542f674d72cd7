//! Constraints of the service models, in the words that AWS's validation has for them.

use std::ops::RangeInclusive;

use crate::core::error::{ServiceError, ServiceResult};

/// `ValidationException` (400) for a member that breaks a constraint.
pub fn violated(member: &str, constraint: impl std::fmt::Display) -> ServiceError {
    ServiceError::new(
        400,
        "ValidationException",
        format!(
            "1 validation error detected: Value at '{member}' failed to satisfy constraint: {constraint}"
        ),
    )
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
        self.0.push(format!(
            "Value '{value}' at '{member}' failed to satisfy constraint: {constraint}"
        ));
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
            self.0.push(format!(
                "Value null at '{member}' failed to satisfy constraint: Member must not be null"
            ));
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
        let count = self.0.len();
        let noun = if count == 1 { "error" } else { "errors" };
        Err(ServiceError::new(
            400,
            "ValidationException",
            format!("{count} validation {noun} detected: {}", self.0.join("; ")),
        ))
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
