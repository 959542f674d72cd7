//! Phone numbers as they come: in E.164, with separators, withheld, or no numbers at all.

use crate::country::{Country, origin};

/// E.164 (ITU): at most fifteen digits, calling code included.
const MOST_DIGITS: usize = 15;

/// An international number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// `+` and digits.
    pub e164: String,
    /// Its country, when it has one and says so.
    pub country: Option<Country>,
    /// Whether the numbering plans have such a number.
    pub exists: bool,
}

/// The shortest numbers that the routing list takes, calling code included; as its schema has it.
const FEWEST_DIGITS: usize = 7;

impl Number {
    /// Whether it has the shape of a number in E.164 that can be called from outside.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.e164.len() > FEWEST_DIGITS && !self.e164.starts_with("+0")
    }

    /// Whether it is a toll-free number of North America (NANPA, "Toll-Free Codes"). Those of other
    /// countries are not told apart here.
    #[must_use]
    pub fn is_toll_free(&self) -> bool {
        const CODES: [&str; 7] = ["800", "833", "844", "855", "866", "877", "888"];
        self.e164
            .strip_prefix("+1")
            .is_some_and(|national| CODES.iter().any(|code| national.starts_with(code)))
    }
}

/// Why a text is no international number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotANumber {
    /// There is none.
    #[error("no number is given")]
    Missing,
    /// Digits, but no `+`: whose they are is not said.
    #[error("the number does not begin with +")]
    NoPlus,
    /// Letters, too many digits, or none.
    #[error("it is no phone number")]
    Malformed,
}

impl NotANumber {
    /// A word for logs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NoPlus => "no_plus",
            Self::Malformed => "malformed",
        }
    }
}

/// Reads a number: `+` and digits, with the separators that people write.
///
/// # Errors
///
/// [`NotANumber`] when it is none. Whether the number exists is not asked here.
pub fn read(text: &str) -> Result<Number, NotANumber> {
    let text = text.trim();
    if text.is_empty() {
        return Err(NotANumber::Missing);
    }
    let (plus, rest) = match text.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let digits = digits(rest).ok_or(NotANumber::Malformed)?;
    if !plus {
        return Err(NotANumber::NoPlus);
    }
    let origin = origin(digits.as_bytes());
    Ok(Number {
        e164: format!("+{digits}"),
        country: origin.country,
        exists: origin.exists,
    })
}

/// The digits of a text that holds nothing but digits and separators, at most [`MOST_DIGITS`].
#[must_use]
pub fn digits(text: &str) -> Option<String> {
    let mut digits = String::new();
    for character in text.trim().chars() {
        match character {
            '0'..='9' => digits.push(character),
            ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' => {}
            _ => return None,
        }
    }
    (1..=MOST_DIGITS).contains(&digits.len()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_do_not_matter() {
        for text in ["+14165550123", " +1 (416) 555-0123 ", "+1.416.555/0123"] {
            let number = read(text).unwrap();
            assert_eq!(number.e164, "+14165550123");
            assert_eq!(number.country, Country::read("CA"));
            assert!(number.exists);
        }
    }

    #[test]
    fn what_is_no_number_says_why() {
        for (text, why) in [
            ("", NotANumber::Missing),
            ("  ", NotANumber::Missing),
            ("14165550123", NotANumber::NoPlus),
            ("416 555 0123", NotANumber::NoPlus),
            ("anonymous", NotANumber::Malformed),
            ("+", NotANumber::Malformed),
            ("++14165550123", NotANumber::Malformed),
            ("+1234567890123456", NotANumber::Malformed),
            ("+1٤165550123", NotANumber::Malformed),
            ("sip:agent@example.com", NotANumber::Malformed),
        ] {
            assert_eq!(read(text), Err(why), "{text}");
        }
    }
}
