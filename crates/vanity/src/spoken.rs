//! An answer as it is said: SSML for Amazon Polly, as Amazon Connect plays it.

use crate::vanity_number::{Part, VanityNumber};

impl VanityNumber {
    /// SSML that says the number with its words, then spells each word and reads its digits.
    ///
    /// The text is letters, digits and markup only, so there is nothing to escape in it.
    #[must_use]
    pub fn spoken(&self) -> String {
        let mut ssml = String::with_capacity(512);
        ssml.push_str("<speak>");
        let parts = self.parts();
        for (index, part) in parts.iter().enumerate() {
            if index > 0 {
                ssml.push_str(", ");
            }
            match part {
                Part::Word(word) => ssml.push_str(&word.to_ascii_lowercase()),
                Part::Digits(digits) => say_as(&mut ssml, "digits", digits),
            }
        }
        ssml.push('.');
        for part in &parts {
            if let Part::Word(word) = part {
                ssml.push_str("<break time=\"300ms\"/>");
                let lower = word.to_ascii_lowercase();
                ssml.push_str(&lower);
                ssml.push_str(" is spelled ");
                say_as(&mut ssml, "spell-out", &lower);
                ssml.push_str(", and dialled ");
                let dialled: String = word
                    .chars()
                    .filter_map(crate::digit_of)
                    .map(|digit| char::from(b'0' + digit))
                    .collect();
                say_as(&mut ssml, "digits", &dialled);
                ssml.push('.');
            }
        }
        ssml.push_str("</speak>");
        ssml
    }
}

fn say_as(ssml: &mut String, how: &str, text: &str) {
    ssml.push_str("<say-as interpret-as=\"");
    ssml.push_str(how);
    ssml.push_str("\">");
    ssml.push_str(text);
    ssml.push_str("</say-as>");
}

#[cfg(test)]
mod tests {
    use crate::{PhoneNumber, best};

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
}
