//! What makes one answer better than another: the rules, in their order.

/// How an answer fills the number: the local one, or the national one where letters run into the
/// area code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fill {
    /// One common word fills the number.
    OneCommonWord,
    /// Two words that people say together fill it.
    Phrase,
    /// One word that is not common fills it.
    OneWord,
    /// Two or three common words fill it.
    CommonWords,
    /// Digits or rarer words remain.
    Part,
    /// As [`Part`](Self::Part), with a word such as "the" alone among digits: for want of better.
    WantOfBetter,
}

/// Where the longest word stands. The end is heard last and kept longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Position {
    /// At the end of the number.
    End,
    /// At the start of the local or of the national number.
    Start,
    /// Between digits or other words.
    Middle,
}

/// The score of an answer. The fields are the rules in their order: the first that differs
/// decides, and less is better in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Score {
    pub(crate) fill: Fill,
    /// How many words fill it, where two or three common ones do; 0 otherwise.
    pub(crate) words: u8,
    /// Digits of the national number beyond the letters of the longest word; the letters of two
    /// words that people say together count as one word's, less one. 0 where common words fill the
    /// number.
    pub(crate) beyond_longest: u8,
    /// Digits of the national number that stay digits.
    pub(crate) leftover: u8,
    /// Stretches of such digits, the area code counted by itself.
    pub(crate) stretches: u8,
    pub(crate) position: Position,
    /// The tier of the rarest word or phrase.
    pub(crate) rarest: u8,
    /// The tiers of all words and phrases, summed: where the rarest are alike, how common the
    /// others are.
    pub(crate) others: u16,
    /// How hard the words are to say and to spell, summed; each word counts one more.
    pub(crate) difficulty: u16,
}

/// One rule and how an answer stands on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The rule, in words.
    pub rule: &'static str,
    /// The value that is compared; less is better.
    pub value: u16,
    /// The value in words.
    pub meaning: String,
}

impl Score {
    /// The rules in their order with the value of each.
    pub(crate) fn explain(&self, national_length: usize) -> Vec<Reason> {
        let longest = national_length.saturating_sub(usize::from(self.beyond_longest));
        let reason = |rule, value, meaning: String| Reason {
            rule,
            value,
            meaning,
        };
        vec![
            reason(
                "fills the number",
                self.fill as u16,
                match self.fill {
                    Fill::OneCommonWord => "one common word fills it",
                    Fill::Phrase => "two words that people say together fill it",
                    Fill::OneWord => "one word fills it",
                    Fill::CommonWords => "two or three common words fill it",
                    Fill::Part => "words fill a part of it",
                    Fill::WantOfBetter => "words that seldom stand alone, for want of better",
                }
                .to_owned(),
            ),
            reason(
                "few words",
                u16::from(self.words),
                match self.words {
                    0 => "not asked".to_owned(),
                    count => format!("{count} words"),
                },
            ),
            reason(
                "longest word or phrase",
                u16::from(self.beyond_longest),
                if self.fill == Fill::CommonWords {
                    "not asked".to_owned()
                } else {
                    format!("{longest} letters")
                },
            ),
            reason(
                "digits left over",
                u16::from(self.leftover),
                match self.leftover {
                    1 => "1 digit".to_owned(),
                    count => format!("{count} digits"),
                },
            ),
            reason(
                "digits together",
                u16::from(self.stretches),
                match self.stretches {
                    0 => "no digits".to_owned(),
                    1 => "in one stretch".to_owned(),
                    count => format!("in {count} stretches"),
                },
            ),
            reason(
                "place of the longest word",
                self.position as u16,
                match self.position {
                    Position::End => "at the end",
                    Position::Start => "at the start",
                    Position::Middle => "in the middle",
                }
                .to_owned(),
            ),
            reason(
                "rarest word",
                u16::from(self.rarest),
                match self.rarest {
                    0..=4 => "among the most common",
                    5..=7 => "very common",
                    8..=10 => "common",
                    11..=13 => "known to most",
                    _ => "less common",
                }
                .to_owned(),
            ),
            reason(
                "all words",
                self.others,
                match self.others {
                    0..=8 => "among the most common",
                    9..=16 => "very common",
                    17..=24 => "common",
                    _ => "less common",
                }
                .to_owned(),
            ),
            reason(
                "easy to say and to spell",
                self.difficulty,
                match self.difficulty {
                    0..=2 => "very easy",
                    3..=5 => "easy",
                    6..=9 => "takes a moment",
                    _ => "takes care",
                }
                .to_owned(),
            ),
        ]
    }
}
