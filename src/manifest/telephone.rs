//! What is known offline of phone numbers: countries, types, and how a number is written. Pure.

use super::fields::Scalar;
use super::tree::Plain;
use crate::engine::nearest::nearest;

/// The countries that a number can be of: `PhoneNumberCountryCode` of Connect's service model
/// (botocore 1.44.8), ISO 3166-1 alpha-2.
const COUNTRIES: &str = include_str!("countries.txt");

/// What people write instead of the ISO code.
const MEANT: &[(&str, &str)] = &[("UK", "GB"), ("USA", "US"), ("EN", "GB")];

/// The types that Connect tells (`PhoneNumberType` of the service model).
const TYPES: &[&str] = &[
    "TOLL_FREE",
    "DID",
    "UIFN",
    "SHARED",
    "THIRD_PARTY_TF",
    "THIRD_PARTY_DID",
    "SHORT_CODE",
];

/// A country's code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Country(pub String);

impl Scalar for Country {
    fn read(text: &str, _: Plain) -> Result<Self, (String, String)> {
        let is_known = |code: &str| COUNTRIES.split_whitespace().any(|known| known == code);
        if is_known(text) {
            return Ok(Self(text.to_owned()));
        }
        let upper = text.to_ascii_uppercase();
        let meant = MEANT.iter().find(|(written, _)| *written == upper);
        let help = match meant.map(|(_, code)| *code) {
            Some(code) => format!("did you mean `{code}`?"),
            None if is_known(&upper) => format!("did you mean `{upper}`?"),
            None => "the two letters of ISO 3166, e.g. US, GB or DE".to_owned(),
        };
        Err((format!("Amazon Connect knows no country `{text}`"), help))
    }
}

/// A type of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberType(pub String);

impl Scalar for NumberType {
    fn read(text: &str, _: Plain) -> Result<Self, (String, String)> {
        let known = || TYPES.iter().copied();
        if known().any(|name| name == text) {
            return Ok(Self(text.to_owned()));
        }
        let letters = |name: &str| {
            name.chars()
                .filter(char::is_ascii_alphanumeric)
                .collect::<String>()
                .to_ascii_uppercase()
        };
        let same = known().find(|name| letters(name) == letters(text));
        let help = match same.or_else(|| nearest(text, known())) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "TOLL_FREE or DID".to_owned(),
        };
        Err((format!("`{text}` is no type of phone numbers"), help))
    }
}

/// Whether a text is a number in E.164: see [`E164`].
pub fn is_e164(text: &str) -> bool {
    text.strip_prefix('+').is_some_and(|digits| {
        (2..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether a number in E.164 is in a range that the numbering plans in libphonenumber's metadata
/// have. They are behind the world: a number that is not may be good.
pub fn is_in_a_known_range(number: &str) -> bool {
    phonenumber::parse(None, number).is_ok_and(|number| phonenumber::is_valid(&number))
}

/// A number in E.164: `+`, then 2 to 15 digits, the first of which is not 0 (ITU-T E.164; the
/// shortest that Connect's own numbers have is not documented).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct E164(pub String);

impl Scalar for E164 {
    fn read(text: &str, _: Plain) -> Result<Self, (String, String)> {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let is_one = |digits: &str| (2..=15).contains(&digits.len()) && !digits.starts_with('0');
        if text.strip_prefix('+') == Some(digits.as_str()) && is_one(&digits) {
            return Ok(Self(text.to_owned()));
        }
        let only_marks = text
            .chars()
            .all(|letter| letter.is_ascii_digit() || "+ -().".contains(letter));
        let help = if only_marks && is_one(&digits) {
            format!("did you mean \"+{digits}\"?")
        } else {
            "E.164, in quotes: \"+18005550199\"".to_owned()
        };
        Err((format!("`{text}` is no phone number"), help))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_codes_that_connect_knows() {
        assert_eq!(COUNTRIES.split_whitespace().count(), 237);
        for (text, help) in [
            ("UK", "did you mean `GB`?"),
            ("us", "did you mean `US`?"),
            ("Germany", "the two letters of ISO 3166, e.g. US, GB or DE"),
        ] {
            let (_, told) = Country::read(text, Plain::Text).unwrap_err();
            assert_eq!(told, help);
        }
        assert_eq!(Country::read("GB", Plain::Text), Ok(Country("GB".into())));
    }

    #[test]
    fn types_are_those_of_the_service_model() {
        for (text, meant) in [
            ("TOLLFREE", "TOLL_FREE"),
            ("toll-free", "TOLL_FREE"),
            ("did", "DID"),
        ] {
            let (_, told) = NumberType::read(text, Plain::Text).unwrap_err();
            assert_eq!(told, format!("did you mean `{meant}`?"));
        }
        assert!(NumberType::read("UIFN", Plain::Text).is_ok());
    }

    #[test]
    fn numbers_are_e_164() {
        assert!(E164::read("+18005550199", Plain::Text).is_ok());
        for text in ["+1 (800) 555-0199", "18005550199"] {
            let (_, told) = E164::read(text, Plain::Number).unwrap_err();
            assert_eq!(told, "did you mean \"+18005550199\"?");
        }
        for text in ["", "+", "+0800", "eight", "+1234567890123456"] {
            let (_, told) = E164::read(text, Plain::Text).unwrap_err();
            assert!(told.starts_with("E.164"), "{text}: {told}");
        }
    }
}
