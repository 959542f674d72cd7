//! The key of a row: E.164, from a number however it was written.

use phonenumber::country;

/// The country meant when the environment names none.
const FALLBACK: country::Id = country::Id::US;

/// E.164 numbers have at most 15 digits (ITU-T E.164); the shortest in use have 7 with their
/// country code.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// Longer texts are no phone numbers, however they are punctuated.
const MAXIMUM_LENGTH: usize = 64;

/// Why there is no number to look up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// The caller withholds it, or the contact has none.
    #[error("the number is withheld")]
    Withheld,
    /// What was given is no phone number.
    #[error("that is not a phone number")]
    Invalid,
}

impl NumberError {
    /// A word for flows to branch on.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Withheld => "withheld",
            Self::Invalid => "invalid_number",
        }
    }
}

/// The country of numbers that are written without their country code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultCountry {
    /// An ISO 3166 country.
    Known(country::Id),
    /// The environment names something that is no country: only numbers with `+` can be read,
    /// and the deployer's probe fails.
    Unknown,
}

impl DefaultCountry {
    /// `DEFAULT_COUNTRY` (ISO 3166, two letters), read through `variable`; `US` without it.
    #[must_use]
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        match variable("DEFAULT_COUNTRY").as_deref().map(str::trim) {
            None | Some("") => Self::Known(FALLBACK),
            Some(name) => name
                .to_ascii_uppercase()
                .parse()
                .map_or(Self::Unknown, Self::Known),
        }
    }

    fn id(self) -> Option<country::Id> {
        match self {
            Self::Known(id) => Some(id),
            Self::Unknown => None,
        }
    }
}

/// The number in E.164: `+` and digits.
///
/// # Errors
///
/// [`NumberError`] when nothing was given, the caller withholds the number, or the text is none.
pub fn e164(text: Option<&str>, country: DefaultCountry) -> Result<String, NumberError> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let text = text.ok_or(NumberError::Withheld)?;
    if is_withheld(text) {
        return Err(NumberError::Withheld);
    }
    let text = text.strip_prefix("tel:").unwrap_or(text);
    // Letters and the like are refused before the parser would pass over them: "call 911 now" is
    // no number, and a row must not be found by a number that nobody has written.
    if text.len() > MAXIMUM_LENGTH || !text.chars().all(is_written_in_numbers) {
        return Err(NumberError::Invalid);
    }
    let key = match text.strip_prefix('+').or_else(|| text.strip_prefix("00")) {
        Some(digits) => international(digits),
        None => phonenumber::parse(country.id(), text).ok().map(written),
    };
    key.filter(|key| DIGITS.contains(&(key.len() - 1)))
        .ok_or(NumberError::Invalid)
}

/// A number with its country code, behind a `+` or the `00` that most of the world dials for it (and no
/// national number begins with): it is its digits, so the callers that Connect names cost no look into
/// the numbering plans of all countries (and a parser may take the beginning of a national number
/// for a trunk prefix). Only where a zero follows the country code the plan must say whether it is
/// dialled (`+39 06 …`) or only written (`+44 (0)20 …`).
fn international(text: &str) -> Option<String> {
    if text.contains('+') {
        return None;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let key = format!("+{digits}");
    let national = digits.get(country_code_length(&digits)?..)?;
    let Some(after_zero) = national.strip_prefix('0') else {
        return Some(key);
    };
    let parsed = written(phonenumber::parse(None, &key).ok()?);
    let is_trunk_zero = parsed.len() + 1 == key.len() && parsed.ends_with(after_zero);
    Some(if is_trunk_zero { parsed } else { key })
}

/// How many digits of the number are its country code (ITU-T E.164, list of assigned codes: which
/// codes have one and two digits has not changed in decades; all others have three).
fn country_code_length(digits: &str) -> Option<usize> {
    let two: u8 = digits.get(..2)?.parse().ok()?;
    match two {
        0..=9 => None,
        10..=19 | 70..=79 => Some(1),
        20
        | 27
        | 30..=34
        | 36
        | 39..=41
        | 43..=49
        | 51..=58
        | 60..=66
        | 81
        | 82
        | 84
        | 86
        | 90..=95
        | 98 => Some(2),
        _ => Some(3),
    }
}

fn written(number: phonenumber::PhoneNumber) -> String {
    number.format().mode(phonenumber::Mode::E164).to_string()
}

/// What networks and Connect pass on in the place of a number that is withheld.
fn is_withheld(text: &str) -> bool {
    [
        "anonymous",
        "private",
        "restricted",
        "unavailable",
        "unknown",
        "withheld",
    ]
    .iter()
    .any(|word| {
        let text = text.trim_start_matches('+');
        text.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    })
}

fn is_written_in_numbers(character: char) -> bool {
    character.is_ascii_digit()
        || character.is_whitespace()
        || matches!(
            character,
            '+' | '(' | ')' | '[' | ']' | '-' | '.' | '/' | '\u{2010}'..='\u{2015}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const US: DefaultCountry = DefaultCountry::Known(country::Id::US);

    fn read(text: &str) -> Result<String, NumberError> {
        e164(Some(text), US)
    }

    #[test]
    fn one_key_however_it_is_written() {
        for text in [
            "+12065550101",
            "12065550101",
            "2065550101",
            "(206) 555-0101",
            " +1 (206) 555-0101 ",
            "+1.206.555.0101",
            "206/555\u{2013}0101",
            "tel:+1-206-555-0101",
            "0012065550101",
            "00 1 (206) 555-0101",
        ] {
            assert_eq!(read(text).as_deref(), Ok("+12065550101"), "{text}");
        }
    }

    #[test]
    fn numbers_of_other_countries() {
        assert_eq!(read("+44 20 7946 0018").as_deref(), Ok("+442079460018"));
        assert_eq!(read("+44 (0)20 7946 0018").as_deref(), Ok("+442079460018"));
        assert_eq!(read("0044 (0)20 7946 0018").as_deref(), Ok("+442079460018"));
        assert_eq!(read("+49 (0)30 23125 012").as_deref(), Ok("+493023125012"));
        assert_eq!(read("00390655500123").as_deref(), Ok("+390655500123"));
        assert_eq!(read("+39 06 5550 0123").as_deref(), Ok("+390655500123"));
        let german = DefaultCountry::Known(country::Id::DE);
        assert_eq!(
            e164(Some("030 23125 012"), german).as_deref(),
            Ok("+493023125012")
        );
        assert_eq!(
            e164(Some("0012065550101"), german).as_deref(),
            Ok("+12065550101")
        );
        assert_eq!(
            e164(Some("+1 206 555 0101"), german).as_deref(),
            Ok("+12065550101")
        );
    }

    /// Of every country and kind, as libphonenumber gives examples of them.
    #[test]
    fn every_number_in_e164_is_its_own_key() {
        let mut examples = 0;
        for metadata in phonenumber::metadata::DATABASE.iter() {
            let kinds = metadata.descriptors();
            let kinds = [
                Some(kinds.general()),
                kinds.fixed_line(),
                kinds.mobile(),
                kinds.toll_free(),
            ];
            for example in kinds.iter().flatten().filter_map(|kind| kind.example()) {
                let key = format!("+{}{example}", metadata.country_code());
                assert_eq!(read(&key), Ok(key.clone()), "{}", metadata.id());
                let length = country_code_length(&key[1..]);
                let code = metadata.country_code().to_string();
                assert_eq!(length, Some(code.len()), "{code}");
                examples += 1;
            }
        }
        assert!(examples > 500, "{examples}");
    }

    #[test]
    fn withheld_is_told_apart_from_malformed() {
        assert_eq!(e164(None, US), Err(NumberError::Withheld));
        for text in [
            "",
            "  ",
            "anonymous",
            "Anonymous",
            "+anonymous@anonymous.invalid",
            "UNKNOWN",
        ] {
            assert_eq!(read(text), Err(NumberError::Withheld), "{text}");
        }
        for text in [
            "+",
            "()",
            "1",
            "+1",
            "+1206",
            "12345",
            "call 2065550101 now",
            "+120655501011234567890",
            "+1206+5550101",
            "+0123456789",
            "000123456789",
            "00",
            "sip:+12065550101@example.com",
            "+1 206 555 0101 ext. 5",
            "２０６５５５０１０１",
        ] {
            assert_eq!(read(text), Err(NumberError::Invalid), "{text}");
        }
        assert_eq!(read(&"1 ".repeat(100)), Err(NumberError::Invalid));
    }

    #[test]
    fn the_country_comes_from_the_environment() {
        let country = |value: Option<&'static str>| {
            DefaultCountry::read(|name| {
                assert_eq!(name, "DEFAULT_COUNTRY");
                value.map(str::to_owned)
            })
        };
        assert_eq!(country(None), US);
        assert_eq!(country(Some(" ")), US);
        assert_eq!(country(Some("gb")), DefaultCountry::Known(country::Id::GB));
        assert_eq!(country(Some("Mars")), DefaultCountry::Unknown);
        // A number with its country code can be read all the same.
        let unknown = DefaultCountry::Unknown;
        assert_eq!(
            e164(Some("+12065550101"), unknown).as_deref(),
            Ok("+12065550101")
        );
        assert_eq!(e164(Some("2065550101"), unknown), Err(NumberError::Invalid));
    }

    proptest! {
        #[test]
        fn any_text_gives_a_key_or_an_error(text in "\\PC{0,80}") {
            if let Ok(key) = read(&text) {
                prop_assert!(key.starts_with('+') && key.len() <= 16);
            }
        }

        #[test]
        fn any_digits_and_punctuation_give_a_key_or_an_error(text in "[+]?[-0-9 ().]{0,40}") {
            if let Ok(key) = read(&text) {
                prop_assert_eq!(read(&key), Ok(key.clone()), "a key is its own key");
            }
        }
    }
}
