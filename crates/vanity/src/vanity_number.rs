//! An answer: a number with words in place of some of its digits.

use std::fmt;

use crate::lattice::{MAX_DIGITS, Placed};
use crate::number::PhoneNumber;
use crate::score::Reason;
use crate::search::Found;

/// A stretch of a vanity number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A word, in capitals.
    Word(String),
    /// Digits that stay digits.
    Digits(String),
}

impl Part {
    /// The letters or digits.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Word(text) | Self::Digits(text) => text,
        }
    }
}

/// A number with words in place of some of its digits; the letters dial exactly that number.
#[derive(Clone, Copy)]
pub struct VanityNumber {
    number: PhoneNumber,
    found: Found,
}

impl VanityNumber {
    pub(crate) fn new(number: PhoneNumber, found: Found) -> Self {
        Self { number, found }
    }

    /// The number that the letters dial.
    #[must_use]
    pub fn number(&self) -> PhoneNumber {
        self.number
    }

    /// The number as it is written: `+1-800-PAINTER`. Words are set apart by hyphens, and the
    /// digits that remain are grouped as the country groups them.
    #[must_use]
    pub fn display(&self) -> String {
        let mut text = String::with_capacity(3 * MAX_DIGITS);
        text.push('+');
        for part in self.parts() {
            if text.len() > 1 {
                text.push('-');
            }
            text.push_str(part.text());
        }
        text
    }

    /// The parts between the hyphens of [`display`](Self::display), the country code first.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let as_text = |symbols: &[u8]| {
            symbols
                .iter()
                .map(|symbol| char::from(*symbol))
                .collect::<String>()
        };
        let country_code = self
            .number
            .country_code()
            .iter()
            .map(|digit| char::from(b'0' + digit))
            .collect();
        let mut parts = vec![Part::Digits(country_code)];
        let length = self.number.national().len();
        let mut at = 0;
        let mut words = self.placed().peekable();
        while at < length {
            if let Some(word) = words.next_if(|word| word.range().start == at) {
                parts.push(Part::Word(as_text(&self.found.text[word.range()])));
                at = word.range().end;
                continue;
            }
            let until = words.peek().map_or(length, |word| word.range().start);
            let end = (at + 1..until)
                .find(|index| self.number.group_begins(*index))
                .unwrap_or(until);
            parts.push(Part::Digits(as_text(&self.found.text[at..end])));
            at = end;
        }
        parts
    }

    /// The words, in capitals and in order.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        self.parts()
            .into_iter()
            .filter_map(|part| match part {
                Part::Word(word) => Some(word),
                Part::Digits(_) => None,
            })
            .collect()
    }

    /// The rules in their order and how this answer stands on each.
    #[must_use]
    pub fn explain(&self) -> Vec<Reason> {
        self.found.score.explain(self.number.national().len())
    }

    fn placed(&self) -> impl Iterator<Item = Placed> {
        self.found.words()
    }
}

impl fmt::Display for VanityNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.display())
    }
}

impl fmt::Debug for VanityNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "VanityNumber({})", self.words().join("-"))
    }
}
