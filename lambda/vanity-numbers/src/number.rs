//! The number that was given, as people outside North America write it too.

use vanity::{NumberError, PhoneNumber};

/// Reads a number. Beside what [`PhoneNumber::parse`] takes, `00` stands for `+`: it is what most of
/// the world dials before a country code (ITU-T E.164, "international prefix").
///
/// # Errors
/// A [`NumberError`] that says why there is no such number.
pub fn read(text: &str) -> Result<PhoneNumber, NumberError> {
    let dialled = text.trim_start_matches(|symbol: char| symbol.is_whitespace() || symbol == '(');
    match dialled.strip_prefix("00") {
        Some(rest) => PhoneNumber::parse(&format!("+{rest}")),
        None => PhoneNumber::parse(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_zeros_are_a_plus() {
        for (typed, number) in [
            ("0018007246837", "+18007246837"),
            ("00 44 20 7946 0018", "+442079460018"),
            ("(00) 44 (0)20 7946 0018", "+442079460018"),
            (" 18007246837", "+18007246837"),
            ("8007246837", "+18007246837"),
        ] {
            assert_eq!(read(typed).unwrap().e164(), number, "{typed}");
        }
    }

    #[test]
    fn one_zero_is_none() {
        assert_eq!(read("02079460018").unwrap_err(), NumberError::NoCountryCode);
        assert_eq!(
            read("00").unwrap_err(),
            PhoneNumber::parse("+").unwrap_err()
        );
        assert_eq!(
            read("0000000000000").unwrap_err(),
            NumberError::UnknownCountryCode
        );
        assert_eq!(
            read("call 00 44 20 7946 0018").unwrap_err(),
            NumberError::NotANumber
        );
    }
}
