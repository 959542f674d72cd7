//! An answer as it is said: SSML for Amazon Polly, as Amazon Connect plays it.

use crate::number::PhoneNumber;
use crate::vanity_number::VanityNumber;

/// `interpret-as` for digits that are read one by one.
pub(crate) const SAID_DIGITS: &str = "digits";

impl VanityNumber {
    /// SSML that says the number with its words, then spells each word and reads its digits.
    #[must_use]
    pub fn spoken(&self) -> String {
        spoken(&self.display())
    }
}

/// SSML for a displayed vanity number such as `+1-800-PAINTER`: says it with its words, then
/// spells each word and reads its digits.
///
/// Only letters and digits of `displayed` reach the SSML, whatever else it holds.
#[must_use]
pub fn spoken(displayed: &str) -> String {
    let parts: Vec<String> = displayed
        .split('-')
        .map(|part| {
            part.chars()
                .filter(char::is_ascii_alphanumeric)
                .collect::<String>()
                .to_ascii_lowercase()
        })
        .filter(|part| !part.is_empty())
        .collect();
    let is_word = |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase());
    let mut ssml = String::with_capacity(512);
    ssml.push_str("<speak>");
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            ssml.push_str(", ");
        }
        if is_word(part) {
            ssml.push_str(part);
        } else {
            say_as(&mut ssml, SAID_DIGITS, part);
        }
    }
    ssml.push('.');
    for word in parts.iter().filter(|part| is_word(part)) {
        ssml.push_str("<break time=\"300ms\"/>");
        ssml.push_str(word);
        ssml.push_str(" is spelled ");
        say_as(&mut ssml, "spell-out", word);
        ssml.push_str(", and dialled ");
        let dialled: String = word
            .chars()
            .filter_map(crate::digit_of)
            .map(|digit| char::from(b'0' + digit))
            .collect();
        say_as(&mut ssml, SAID_DIGITS, &dialled);
        ssml.push('.');
    }
    ssml.push_str("</speak>");
    ssml
}

/// Whether a displayed vanity number dials exactly `number`.
#[must_use]
pub fn dials(displayed: &str, number: &PhoneNumber) -> bool {
    let mut digits = number.digits().iter();
    let Some(rest) = displayed.strip_prefix('+') else {
        return false;
    };
    rest.chars().filter(|symbol| *symbol != '-').all(|symbol| {
        let dialled = crate::digit_of(symbol)
            .map(u32::from)
            .or_else(|| symbol.to_digit(10));
        dialled.is_some() && dialled == digits.next().map(|digit| u32::from(*digit))
    }) && digits.next().is_none()
}

/// Puts `text` to be read as `how` says. It must be letters and digits alone.
pub(crate) fn say_as(ssml: &mut String, how: &str, text: &str) {
    ssml.push_str("<say-as interpret-as=\"");
    ssml.push_str(how);
    ssml.push_str("\">");
    ssml.push_str(text);
    ssml.push_str("</say-as>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::best;

    #[test]
    fn says_spells_and_reads() {
        let number = PhoneNumber::parse("+18007246837").unwrap();
        assert_eq!(
            best(&number, 1)[0].spoken(),
            "<speak><say-as interpret-as=\"digits\">1</say-as>, <say-as interpret-as=\"digits\">800</say-as>, painter.\
             <break time=\"300ms\"/>painter is spelled <say-as interpret-as=\"spell-out\">painter</say-as>, \
             and dialled <say-as interpret-as=\"digits\">7246837</say-as>.</speak>"
        );
    }

    #[test]
    fn markup_does_not_get_through() {
        let ssml = spoken("+1-800-<audio src='x'/>&PAINTER");
        assert!(!ssml.contains("<audio") && !ssml.contains('&'), "{ssml}");
    }

    #[test]
    fn dials_only_its_own_number() {
        let number = PhoneNumber::parse("+18007246837").unwrap();
        assert!(dials("+1-800-PAINTER", &number));
        assert!(dials("+1-800-724-6837", &number));
        for other in [
            "+1-800-PAINTED",
            "+1-800-PAINTE",
            "+1-800-PAINTERS",
            "1-800-PAINTER",
            "+1-800-PAI TER",
            "",
        ] {
            assert!(!dials(other, &number), "{other}");
        }
    }
}
