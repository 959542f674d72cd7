//! The SMS sandbox's phone numbers: those that SMS go to while the account is in it.
//!
//! AWS docs, "Using the Amazon SNS SMS sandbox" and "Adding and verifying phone numbers in the
//! SMS sandbox". Where they name a limit and not its error, it is `UserError` here.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use crate::core::error::{ServiceError, ServiceResult};

/// Numbers at most.
const NUMBERS: usize = 10;
/// Passwords to one number in a day.
const PASSWORDS: usize = 5;

/// The numbers.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sandbox(BTreeMap<String, Number>);

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Number {
    /// The last one-time password.
    password: String,
    verified: bool,
    /// When it was verified, or last tried to be.
    tried: Timestamp,
    /// When passwords were sent, of the last day.
    sent: Vec<Timestamp>,
}

fn user_error(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "UserError", message)
}

fn absent(number: &str) -> ServiceError {
    ServiceError::new(
        404,
        "ResourceNotFound",
        format!("The phone number {number} is not in the SMS sandbox"),
    )
}

impl Sandbox {
    /// Whether SMS go to a number.
    pub(super) fn is_verified(&self, number: &str) -> bool {
        self.0.get(number).is_some_and(|number| number.verified)
    }

    /// The numbers in order, and whether each is verified.
    pub(super) fn numbers(&self) -> impl Iterator<Item = (&String, bool)> {
        self.0.iter().map(|(name, number)| (name, number.verified))
    }

    /// Adds a number, or sends it another password.
    ///
    /// # Errors
    /// `UserError` when there are too many.
    pub(super) fn add(
        &mut self,
        number: &str,
        password: &str,
        now: Timestamp,
    ) -> ServiceResult<()> {
        if !self.0.contains_key(number) && self.0.len() >= NUMBERS {
            return Err(user_error(format!(
                "The SMS sandbox has {NUMBERS} phone numbers, which is the most"
            )));
        }
        let a_day_ago = now - 24.hours();
        let known = self.0.get(number);
        let mut sent: Vec<Timestamp> = known
            .map(|known| known.sent.as_slice())
            .unwrap_or_default()
            .iter()
            .copied()
            .filter(|sent| *sent > a_day_ago)
            .collect();
        if sent.len() >= PASSWORDS {
            return Err(user_error(format!(
                "{PASSWORDS} one-time passwords were sent to {number} within 24 hours"
            )));
        }
        sent.push(now);
        let added = Number {
            password: password.to_owned(),
            verified: known.is_some_and(|known| known.verified),
            tried: now,
            sent,
        };
        self.0.insert(number.to_owned(), added);
        Ok(())
    }

    /// Verifies a number by the password that was sent to it. That it was tried is kept, right
    /// or wrong.
    ///
    /// # Errors
    /// `ResourceNotFound`, `VerificationException`.
    pub(super) fn verify(
        &mut self,
        number: &str,
        password: &str,
        now: Timestamp,
    ) -> ServiceResult<()> {
        let known = self.0.get_mut(number).ok_or_else(|| absent(number))?;
        known.tried = now;
        if known.password != password {
            return Err(ServiceError::new(
                400,
                "VerificationException",
                "The one-time password is not the one that was sent last",
            ));
        }
        known.verified = true;
        Ok(())
    }

    /// Takes a number away, a day after it was verified or last tried to be.
    ///
    /// # Errors
    /// `ResourceNotFound`, `UserError` when it is too soon.
    pub(super) fn delete(&mut self, number: &str, now: Timestamp) -> ServiceResult<()> {
        let known = self.0.get(number).ok_or_else(|| absent(number))?;
        if now < known.tried + 24.hours() {
            return Err(user_error(format!(
                "{number} was verified, or tried to be, within the last 24 hours"
            )));
        }
        self.0.remove(number);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBER: &str = "+15555550123";

    fn hour(hour: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + (24 * 365 + hour).hours()
    }

    #[test]
    fn the_last_password_verifies() {
        let mut sandbox = Sandbox::default();
        assert!(!sandbox.is_verified(NUMBER));
        let refused = sandbox.verify(NUMBER, "111111", hour(0)).unwrap_err();
        assert_eq!(refused.code, "ResourceNotFound");
        sandbox.add(NUMBER, "111111", hour(0)).unwrap();
        sandbox.add(NUMBER, "222222", hour(0)).unwrap();
        let refused = sandbox.verify(NUMBER, "111111", hour(0)).unwrap_err();
        assert_eq!(refused.code, "VerificationException");
        assert!(!sandbox.is_verified(NUMBER));
        sandbox.verify(NUMBER, "222222", hour(0)).unwrap();
        assert!(sandbox.is_verified(NUMBER));
        // Another password takes nothing back.
        sandbox.add(NUMBER, "333333", hour(0)).unwrap();
        assert!(sandbox.is_verified(NUMBER));
    }

    #[test]
    fn there_are_ten_numbers_and_five_passwords_a_day() {
        let mut sandbox = Sandbox::default();
        for number in 0..NUMBERS {
            sandbox
                .add(&format!("+155555501{number:02}"), "1", hour(0))
                .unwrap();
        }
        assert_eq!(
            sandbox.add(NUMBER, "1", hour(0)).unwrap_err().code,
            "UserError"
        );
        for _ in 1..PASSWORDS {
            sandbox.add("+15555550100", "1", hour(1)).unwrap();
        }
        assert!(sandbox.add("+15555550100", "1", hour(23)).is_err());
        sandbox.add("+15555550100", "1", hour(24)).unwrap();
    }

    #[test]
    fn a_number_stays_for_a_day_after_it_was_tried() {
        let mut sandbox = Sandbox::default();
        assert_eq!(
            sandbox.delete(NUMBER, hour(0)).unwrap_err().code,
            "ResourceNotFound"
        );
        sandbox.add(NUMBER, "1", hour(0)).unwrap();
        assert!(sandbox.verify(NUMBER, "2", hour(2)).is_err());
        assert_eq!(
            sandbox.delete(NUMBER, hour(25)).unwrap_err().code,
            "UserError"
        );
        sandbox.delete(NUMBER, hour(26)).unwrap();
        assert_eq!(sandbox.numbers().count(), 0);
    }
}
