//! A caller's number: read from whatever was typed or signalled, and taken apart.

use std::fmt;

use crate::lattice::MAX_DIGITS;
use crate::numbering::{self, Plan};

/// Why there is no number to make words of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Nothing was given.
    #[error("no phone number was given")]
    Missing,
    /// The caller withholds the number.
    #[error("the number is withheld")]
    Withheld,
    /// There are characters that no phone number has.
    #[error("that is not a phone number")]
    NotANumber,
    /// The country cannot be told.
    #[error("give the number with its country code, for example +1 800 724 6837")]
    NoCountryCode,
    /// No country has the code that the number begins with.
    #[error("no country has a calling code that the number begins with")]
    UnknownCountryCode,
    /// Too few digits for a number of its country.
    #[error("the number is too short for its country")]
    TooShort,
    /// Too many digits for a number of its country.
    #[error("the number is too long for its country")]
    TooLong,
    /// The country does not use such numbers.
    #[error("no such number can exist in its country")]
    Impossible,
}

impl NumberError {
    /// A word for programs and flows to branch on.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Withheld => "withheld",
            Self::NotANumber => "not_a_number",
            Self::NoCountryCode => "no_country_code",
            Self::UnknownCountryCode => "unknown_country_code",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::Impossible => "impossible",
        }
    }
}

/// A phone number that can exist: country code, national number and how its country groups it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PhoneNumber {
    /// Digits 0 to 9: the country code, then the national number.
    digits: [u8; MAX_DIGITS],
    length: u8,
    country_code_length: u8,
    plan: Plan,
}

impl PhoneNumber {
    /// Reads a number as people type it and as Amazon Connect and API Gateway pass it on: spaces,
    /// parentheses, hyphens, dots and slashes are passed over, and a leading `+` may have been
    /// decoded to a space. Without a `+`, ten digits are taken for a number of the North American
    /// plan, and eleven or more are taken to begin with the country code.
    ///
    /// # Errors
    ///
    /// A [`NumberError`] that says why there is no such number.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        let (digits, international) = clean(text)?;
        let digits = digits.as_slice();
        let (country_code_length, national_start) = match (international, digits) {
            (true, _) => (
                numbering::country_code_length(digits).ok_or(NumberError::UnknownCountryCode)?,
                0,
            ),
            (false, [2..=9, rest @ ..]) if rest.len() == 9 => (1, usize::MAX),
            (false, [1..=9, ..]) if digits.len() > 10 => (
                numbering::country_code_length(digits).ok_or(NumberError::UnknownCountryCode)?,
                0,
            ),
            _ => return Err(NumberError::NoCountryCode),
        };
        let mut all = [0u8; MAX_DIGITS];
        let mut length = 0;
        let implied: &[u8] = if national_start == usize::MAX {
            &[1]
        } else {
            &[]
        };
        for digit in implied.iter().chain(digits) {
            *all.get_mut(length).ok_or(NumberError::TooLong)? = *digit;
            length += 1;
        }
        let plan =
            |all: &[u8]| numbering::plan(&all[..country_code_length], &all[country_code_length..]);
        let plan = plan(&all[..length]).or_else(|error| {
            // People write the trunk prefix of their own country behind its code: "+44 020 …".
            if all[country_code_length..length].first() != Some(&0) {
                return Err(error);
            }
            all.copy_within(country_code_length + 1..length, country_code_length);
            length -= 1;
            all[length] = 0;
            plan(&all[..length]).map_err(|_| error)
        })?;
        Ok(Self {
            digits: all,
            length: length as u8,
            country_code_length: country_code_length as u8,
            plan,
        })
    }

    /// The number in E.164: `+` and digits. One number has one such form however it was typed.
    #[must_use]
    pub fn e164(&self) -> String {
        let mut text = String::with_capacity(MAX_DIGITS + 1);
        text.push('+');
        text.extend(self.digits().iter().map(|digit| char::from(b'0' + digit)));
        text
    }

    /// The number as its country writes it for callers from abroad: `+44 20 7946 0018`.
    #[must_use]
    pub fn grouped(&self) -> String {
        let mut text = String::with_capacity(2 * MAX_DIGITS);
        text.push('+');
        text.extend(
            self.country_code()
                .iter()
                .map(|digit| char::from(b'0' + digit)),
        );
        for (index, digit) in self.national().iter().enumerate() {
            if self.group_begins(index) {
                text.push(' ');
            }
            text.push(char::from(b'0' + digit));
        }
        text
    }

    /// All digits, country code first, each 0 to 9.
    #[must_use]
    pub fn digits(&self) -> &[u8] {
        &self.digits[..usize::from(self.length)]
    }

    /// The digits of the country code.
    #[must_use]
    pub fn country_code(&self) -> &[u8] {
        &self.digits()[..usize::from(self.country_code_length)]
    }

    /// The digits of the national number, as dialled after the country code.
    #[must_use]
    pub fn national(&self) -> &[u8] {
        &self.digits()[usize::from(self.country_code_length)..]
    }

    /// Where in the national number the local number begins: after the area code where the country
    /// writes one, 0 where it does not.
    #[must_use]
    pub fn local_start(&self) -> usize {
        self.plan.local_start(self.national().len())
    }

    /// Whether the country writes a group of digits that ends before `index` of the national number.
    #[must_use]
    pub(crate) fn group_begins(&self, index: usize) -> bool {
        self.plan.group_begins(index)
    }

    /// The number with all but the last four digits hidden, for logs and public pages.
    #[must_use]
    pub fn masked(&self) -> String {
        let digits = self.digits();
        let hidden = digits.len().saturating_sub(4);
        let mut text = "•".repeat(hidden);
        text.extend(
            digits[hidden..]
                .iter()
                .map(|digit| char::from(b'0' + digit)),
        );
        text
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the whole number: debug output ends in logs.
        write!(formatter, "PhoneNumber({})", self.masked())
    }
}

/// Up to a few more digits than a number can have, so that "too long" can be told.
struct Digits {
    digits: [u8; 2 * MAX_DIGITS],
    length: usize,
}

impl Digits {
    fn as_slice(&self) -> &[u8] {
        &self.digits[..self.length]
    }
}

/// The digits of `text`, and whether they begin with a country code.
fn clean(text: &str) -> Result<(Digits, bool), NumberError> {
    let bare = text.trim();
    let bare = bare.strip_prefix("tel:").unwrap_or(bare);
    if bare.is_empty() {
        return Err(NumberError::Missing);
    }
    if withheld(bare) {
        return Err(NumberError::Withheld);
    }
    // A query string's `+` is decoded to a space.
    let decoded_plus =
        text.starts_with(' ') && bare.starts_with(|first: char| first.is_ascii_digit());
    let (bare, plus) = match bare.strip_prefix(['+', '\u{ff0b}']) {
        Some(rest) => (rest, true),
        None => (bare, false),
    };
    // "+44 (0)20": the trunk prefix in parentheses is not dialled from abroad.
    let (head, tail) = bare.split_once("(0)").unwrap_or((bare, ""));
    let mut digits = Digits {
        digits: [0; 2 * MAX_DIGITS],
        length: 0,
    };
    for symbol in head.chars().chain(tail.chars()) {
        if let Some(digit) = symbol.to_digit(10) {
            *digits
                .digits
                .get_mut(digits.length)
                .ok_or(NumberError::TooLong)? = digit as u8;
            digits.length += 1;
        } else if !(symbol.is_whitespace()
            || "()-./\u{2010}\u{2011}\u{2012}\u{2013}\u{2212}".contains(symbol))
        {
            return Err(NumberError::NotANumber);
        }
    }
    match digits.length {
        0 => Err(NumberError::NotANumber),
        _ => Ok((digits, plus || decoded_plus)),
    }
}

/// What carriers and Amazon Connect put in place of a number that is withheld or unknown.
fn withheld(text: &str) -> bool {
    const NAMES: [&str; 10] = [
        "anonymous",
        "restricted",
        "private",
        "withheld",
        "unavailable",
        "unknown",
        "blocked",
        "no caller id",
        "unlisted",
        "not available",
    ];
    // +266696687 spells ANONYMOUS, +86282452253 UNAVAILABLE, +7378742833 RESTRICTED, +2562533 BLOCKED,
    // +8566 UNKN(own) and +464 INF(o): sent by some networks as if they were numbers.
    const SPELLED: [&str; 5] = [
        "+266696687",
        "+86282452253",
        "+7378742833",
        "+2562533",
        "+8656696",
    ];
    let lower = text.to_ascii_lowercase();
    NAMES.iter().any(|name| lower.starts_with(name)) || SPELLED.contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn e164(text: &str) -> Result<String, NumberError> {
        PhoneNumber::parse(text).map(|number| number.e164())
    }

    #[test]
    fn one_number_however_it_was_typed() {
        for typed in [
            "+18007246837",
            " 18007246837",
            "18007246837",
            "8007246837",
            "+1 (800) 724-6837",
            "1.800.724.6837",
            "(800) 724 6837",
            "tel:+1-800-724-6837",
            "+1\u{a0}800\u{2011}724\u{2013}6837",
        ] {
            assert_eq!(e164(typed).as_deref(), Ok("+18007246837"), "{typed}");
        }
        assert_eq!(e164("+44 (0)20 7946 0018").as_deref(), Ok("+442079460018"));
        assert_eq!(e164(" 442079460018").as_deref(), Ok("+442079460018"));
    }

    #[test]
    fn what_is_no_number_says_why() {
        for (typed, error) in [
            ("", NumberError::Missing),
            ("   ", NumberError::Missing),
            ("anonymous", NumberError::Withheld),
            ("Anonymous", NumberError::Withheld),
            ("RESTRICTED", NumberError::Withheld),
            ("+266696687", NumberError::Withheld),
            ("hello", NumberError::NotANumber),
            ("sip:someone@example.com", NumberError::NotANumber),
            ("+", NumberError::NotANumber),
            ("(0)", NumberError::NotANumber),
            ("7246837", NumberError::NoCountryCode),
            ("020 7946 0018", NumberError::NoCountryCode),
            ("+0123456789", NumberError::UnknownCountryCode),
            ("+999123456789", NumberError::UnknownCountryCode),
            ("+1800724683", NumberError::TooShort),
            ("+1", NumberError::TooShort),
            ("+180072468370", NumberError::TooLong),
            (
                "+11111111111111111111111111111111111111111111111111",
                NumberError::TooLong,
            ),
            ("+10007246837", NumberError::Impossible),
            ("+18001246837", NumberError::Impossible),
        ] {
            assert_eq!(e164(typed), Err(error), "{typed:?}");
        }
    }

    #[test]
    fn only_the_last_four_digits_are_shown() {
        let number = PhoneNumber::parse("+18007246837").unwrap();
        assert_eq!(number.masked(), "•••••••6837");
        assert_eq!(format!("{number:?}"), "PhoneNumber(•••••••6837)");
    }
}
