//! Constraints of the service models, in the words that AWS's validation has for them.

use std::ops::RangeInclusive;

use crate::error::{ServiceError, ServiceResult};

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
}
