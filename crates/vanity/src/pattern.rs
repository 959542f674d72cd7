//! The pattern that a number's digits make: for callers whose number dials too few words.
//!
//! A figure is worth the digits that a listener who knows it need not keep: of `0000` all but the
//! first. The search covers the national number with figures so that these are the most there can
//! be, and then with the fewest figures. The area code is a part of a figure only as a whole, and
//! where the figure has a break of its own behind it ("212 212").

use std::cmp::Reverse;
use std::fmt;

use crate::lattice::MAX_DIGITS;
use crate::number::PhoneNumber;
use crate::spoken::{SAID_DIGITS, say_as};

/// The fewest digits that a figure must spare a listener.
const FEWEST_SPARED: usize = 2;
/// The fewest digits alike or counting that a listener would keep rather than words.
const STRONG_RUN: usize = 5;
/// The fewest digits that a repeated group must have for that.
const STRONG_GROUPS: usize = 6;
/// The fewest digits that several figures must spare for that.
const STRONG_SPARED: usize = 5;
/// Longer runs are written in two groups.
const LONGEST_GROUP: usize = 4;

/// What a pattern is; the easier to keep stand first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PatternKind {
    /// One digit again and again: `0000`.
    Repeated,
    /// Digits that count up or down: `3456`, `9876`.
    Counting,
    /// A group of digits again: `46 46`.
    RepeatedGroup,
    /// Digits that read the same backwards: `12 21`.
    Mirrored,
}

impl PatternKind {
    /// A word for programs and flows to branch on.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Repeated => "repeated",
            Self::Counting => "counting",
            Self::RepeatedGroup => "repeated_group",
            Self::Mirrored => "mirrored",
        }
    }
}

/// A stretch of the national number that makes a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Figure {
    kind: PatternKind,
    start: usize,
    length: usize,
    /// Digits of the group that is repeated.
    period: usize,
}

impl Figure {
    fn new(kind: PatternKind, start: usize, length: usize, period: usize) -> Self {
        Self {
            kind,
            start,
            length,
            period,
        }
    }

    fn end(self) -> usize {
        self.start + self.length
    }

    /// The digits that a listener who knows the figure need not keep.
    fn spared(self) -> usize {
        match self.kind {
            PatternKind::Repeated | PatternKind::RepeatedGroup => self.length - self.period,
            // The first digit and the direction are kept.
            PatternKind::Counting => self.length - 2,
            PatternKind::Mirrored => self.length / 2,
        }
    }

    /// Whether a written group begins at `index` digits from the start of the figure.
    fn group_begins(self, index: usize) -> bool {
        let half = self.length / 2;
        match self.kind {
            PatternKind::RepeatedGroup => index.is_multiple_of(self.period),
            PatternKind::Mirrored => index == half || index == self.length - half,
            PatternKind::Repeated | PatternKind::Counting => {
                self.length > LONGEST_GROUP && index == half
            }
        }
    }

    /// Whether a listener would keep it rather than words.
    fn is_strong(self) -> bool {
        match self.kind {
            PatternKind::Repeated | PatternKind::Counting => self.length >= STRONG_RUN,
            PatternKind::RepeatedGroup => self.length >= STRONG_GROUPS,
            PatternKind::Mirrored => false,
        }
    }

    /// Whether the figure leaves an area code of `local_start` digits whole: it lies behind it, or
    /// takes all of it in and has a break of its own where it ends.
    fn respects(self, local_start: usize) -> bool {
        self.start >= local_start
            || self.start == 0
                && self.end() > local_start
                && (self.kind == PatternKind::Repeated || self.group_begins(local_start))
    }
}

/// Every figure that begins at `start` and makes the first digits of `rest`.
fn figures(rest: &[u8], start: usize) -> impl Iterator<Item = Figure> {
    let kinds = move |length: usize| {
        let digits = &rest[..length];
        let steps = |up: u8, down: u8| {
            digits
                .windows(2)
                .all(|pair| pair[0] + up == pair[1] + down && pair[0] != pair[1])
        };
        let repeats = |period: usize| {
            length.is_multiple_of(period)
                && digits[period..]
                    .iter()
                    .zip(digits)
                    .all(|(one, other)| one == other)
        };
        let repeated = repeats(1).then(|| Figure::new(PatternKind::Repeated, start, length, 1));
        let counting = (steps(1, 0) || steps(0, 1))
            .then(|| Figure::new(PatternKind::Counting, start, length, length));
        let group = (2..=length / 2)
            .find(|period| repeats(*period))
            .map(|period| Figure::new(PatternKind::RepeatedGroup, start, length, period));
        let mirrored = digits
            .iter()
            .eq(digits.iter().rev())
            .then(|| Figure::new(PatternKind::Mirrored, start, length, length));
        [repeated, counting, group, mirrored]
    };
    (FEWEST_SPARED..=rest.len())
        .flat_map(kinds)
        .flatten()
        .filter(|figure| figure.spared() >= FEWEST_SPARED)
}

/// Figures in order, and what they are worth; more is better, field by field.
#[derive(Debug, Clone, Default)]
struct Cover {
    worth: Worth,
    figures: Vec<Figure>,
}

/// Digits spared, fewer figures, easier kinds, figures nearer to the end.
type Worth = (usize, Reverse<usize>, Reverse<usize>, usize);

impl Cover {
    /// The best there is from the start of `figure` on when `self` is the best from its end on.
    fn after(&self, figure: Figure) -> Self {
        let (spared, Reverse(count), Reverse(kinds), ends) = self.worth;
        let mut figures = Vec::with_capacity(self.figures.len() + 1);
        figures.push(figure);
        figures.extend_from_slice(&self.figures);
        Self {
            worth: (
                spared + figure.spared(),
                Reverse(count + 1),
                Reverse(kinds + figure.kind as usize),
                ends + figure.end(),
            ),
            figures,
        }
    }
}

/// The best pattern that the digits of `number` make as they are, if they make any.
#[must_use]
pub fn pattern(number: &PhoneNumber) -> Option<Pattern> {
    let national = number.national();
    let mut covers: [Cover; MAX_DIGITS + 1] = Default::default();
    for start in (0..national.len()).rev() {
        let mut best = covers[start + 1].clone();
        for figure in figures(&national[start..], start) {
            if !figure.respects(number.local_start()) {
                continue;
            }
            let cover = covers[figure.end()].after(figure);
            if cover.worth > best.worth {
                best = cover;
            }
        }
        covers[start] = best;
    }
    let [best, ..] = covers;
    (!best.figures.is_empty()).then_some(Pattern {
        number: *number,
        figures: best.figures,
    })
}

/// A number whose digits make a pattern, grouped so that it is heard. No digit is changed.
#[derive(Clone, PartialEq, Eq)]
pub struct Pattern {
    number: PhoneNumber,
    /// In order, at least one.
    figures: Vec<Figure>,
}

impl Pattern {
    /// What the pattern is; of several figures, the one that spares a listener most.
    #[must_use]
    pub fn kind(&self) -> PatternKind {
        self.figures
            .iter()
            .max_by_key(|figure| (figure.spared(), Reverse(figure.kind)))
            .map_or(PatternKind::Repeated, |figure| figure.kind)
    }

    /// Whether it is worth telling among the three best even where there are words: five digits
    /// alike or counting, a group again and again, or figures that spare as much together.
    #[must_use]
    pub fn is_strong(&self) -> bool {
        let spared: usize = self.figures.iter().map(|figure| figure.spared()).sum();
        spared >= STRONG_SPARED || self.figures.iter().any(|figure| figure.is_strong())
    }

    /// Whether it takes in every digit of the local number.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        (self.number.local_start()..self.number.national().len()).all(|index| {
            self.figures
                .iter()
                .any(|figure| (figure.start..figure.end()).contains(&index))
        })
    }

    /// The number as it is written: `+1-800-46-46-000`.
    #[must_use]
    pub fn display(&self) -> String {
        format!("+{}", self.groups().join("-"))
    }

    /// The groups of digits between the hyphens of [`display`](Self::display), the country code
    /// first.
    #[must_use]
    pub fn groups(&self) -> Vec<String> {
        let mut groups = vec![text(self.number.country_code())];
        let mut group = String::new();
        for (index, digit) in self.number.national().iter().enumerate() {
            let figure = self
                .figures
                .iter()
                .find(|figure| (figure.start..figure.end()).contains(&index));
            let begins = self.figures.iter().any(|figure| figure.end() == index)
                || match figure {
                    // All alike, the area code too: as the country writes it.
                    Some(figure)
                        if figure.kind == PatternKind::Repeated
                            && figure.start < self.number.local_start() =>
                    {
                        self.number.group_begins(index)
                    }
                    Some(figure) => {
                        figure.start == index || figure.group_begins(index - figure.start)
                    }
                    None => self.number.group_begins(index),
                };
            if begins && !group.is_empty() {
                groups.push(std::mem::take(&mut group));
            }
            group.push(char::from(b'0' + digit));
        }
        groups.push(group);
        groups
    }

    /// What the pattern is, in words: `0 four times`.
    #[must_use]
    pub fn meaning(&self) -> String {
        let plain: Vec<String> = self.meanings(str::to_owned).collect();
        plain.join(", ")
    }

    /// SSML that reads the digits in their groups, then says what they make.
    #[must_use]
    pub fn spoken(&self) -> String {
        let digits = |text: &str| {
            let mut ssml = String::new();
            say_as(&mut ssml, SAID_DIGITS, text);
            ssml
        };
        let groups: Vec<String> = self.groups().iter().map(|group| digits(group)).collect();
        let mut ssml = format!("<speak>{}.", groups.join(", "));
        for meaning in self.meanings(digits) {
            ssml.push_str("<break time=\"300ms\"/>");
            ssml.push_str(&meaning);
            ssml.push('.');
        }
        ssml.push_str("</speak>");
        ssml
    }

    fn meanings(&self, digits: impl Fn(&str) -> String) -> impl Iterator<Item = String> {
        self.figures.iter().map(move |figure| {
            let all = &self.number.national()[figure.start..figure.end()];
            match figure.kind {
                PatternKind::Repeated | PatternKind::RepeatedGroup => {
                    let group = digits(&text(&all[..figure.period]));
                    format!("{group} {}", times(figure.length / figure.period))
                }
                PatternKind::Counting => {
                    let direction = if all[0] < all[1] { "up" } else { "down" };
                    format!("{} counts {direction}", digits(&text(all)))
                }
                PatternKind::Mirrored => {
                    format!("{} reads the same backwards", digits(&text(all)))
                }
            }
        })
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the digits: debug output ends in logs.
        write!(formatter, "Pattern({})", self.kind().code())
    }
}

fn text(digits: &[u8]) -> String {
    digits
        .iter()
        .map(|digit| char::from(b'0' + digit))
        .collect()
}

fn times(count: usize) -> String {
    const NAMES: [&str; 8] = [
        "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ];
    match count {
        2 => "twice".to_owned(),
        _ => match count.checked_sub(3).and_then(|index| NAMES.get(index)) {
            Some(name) => format!("{name} times"),
            None => format!("{count} times"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(number: &str) -> Option<(PatternKind, String, String)> {
        let pattern = pattern(&PhoneNumber::parse(number).unwrap())?;
        Some((pattern.kind(), pattern.display(), pattern.meaning()))
    }

    #[test]
    fn the_best_pattern() {
        use PatternKind::{Counting, Mirrored, Repeated, RepeatedGroup};
        for (number, kind, display, meaning) in [
            // One digit again and again; longer runs in two groups.
            ("+18002000046", Repeated, "+1-800-2-0000-46", "0 four times"),
            (
                "+18002000009",
                Repeated,
                "+1-800-2-00-000-9",
                "0 five times",
            ),
            ("+18002000000", Repeated, "+1-800-2-000-000", "0 six times"),
            ("+18002222222", Repeated, "+1-800-222-2222", "2 seven times"),
            // Counting.
            (
                "+18002412345",
                Counting,
                "+1-800-24-12-345",
                "12345 counts up",
            ),
            (
                "+18005043210",
                Counting,
                "+1-800-50-43-210",
                "43210 counts down",
            ),
            (
                "+18002013456",
                Counting,
                "+1-800-201-3456",
                "3456 counts up",
            ),
            // A group again, also where the area code is the group.
            (
                "+18002014646",
                RepeatedGroup,
                "+1-800-201-46-46",
                "46 twice",
            ),
            (
                "+18004646460",
                RepeatedGroup,
                "+1-800-46-46-46-0",
                "46 three times",
            ),
            (
                "+12122127150",
                RepeatedGroup,
                "+1-212-212-7150",
                "212 twice",
            ),
            // Mirrored.
            (
                "+18002011551",
                Mirrored,
                "+1-800-201-15-51",
                "1551 reads the same backwards",
            ),
            (
                "+18002105012",
                Mirrored,
                "+1-800-210-5-012",
                "2105012 reads the same backwards",
            ),
            // Two figures, the greater first in rank.
            (
                "+18005551212",
                Repeated,
                "+1-800-555-12-12",
                "5 three times, 12 twice",
            ),
            // Other countries group in their own way.
            (
                "+442079460000",
                Repeated,
                "+44-20-7946-0000",
                "0 four times",
            ),
        ] {
            let expected = (kind, display.to_owned(), meaning.to_owned());
            assert_eq!(found(number), Some(expected), "{number}");
        }
    }

    #[test]
    fn digits_without_a_pattern_are_not_called_one() {
        for number in ["+18002013571", "+18002011357", "+18007012951"] {
            assert_eq!(found(number), None, "{number}");
        }
    }

    #[test]
    fn an_area_code_is_not_torn_apart() {
        // 800 200: not 8-00-2-00, and 888 alone is nobody's own.
        assert_eq!(found("+18002001357"), None);
        assert_eq!(found("+18882001357"), None);
        assert_eq!(found("+18888881357").unwrap().1, "+1-888-888-1357");
        // 415 552: not 41-5555-2.
        assert_eq!(
            found("+14155552019").unwrap().1,
            "+1-415-555-2019".to_owned()
        );
    }

    #[test]
    fn digits_alike_are_counted_once() {
        let found = |number| pattern(&PhoneNumber::parse(number).unwrap()).unwrap();
        let all = found("+15555555555");
        assert_eq!(all.meaning(), "5 ten times");
        assert_eq!(all.display(), "+1-555-555-5555");
    }

    #[test]
    fn a_strong_pattern_is_told_from_a_weak_one() {
        for (number, strong, whole) in [
            ("+18005555555", true, true),
            ("+18005552222", true, true),
            ("+18002345678", true, true),
            ("+18007246666", false, false),
            ("+18002464646", true, false),
            ("+18007241551", false, false),
        ] {
            let pattern = pattern(&PhoneNumber::parse(number).unwrap()).unwrap();
            assert_eq!(
                (pattern.is_strong(), pattern.is_whole()),
                (strong, whole),
                "{number}"
            );
        }
    }

    #[test]
    fn is_said_digit_by_digit() {
        let number = PhoneNumber::parse("+18002004646").unwrap();
        assert_eq!(
            pattern(&number).unwrap().spoken(),
            "<speak><say-as interpret-as=\"digits\">1</say-as>, <say-as interpret-as=\"digits\">800</say-as>, \
             <say-as interpret-as=\"digits\">200</say-as>, <say-as interpret-as=\"digits\">46</say-as>, \
             <say-as interpret-as=\"digits\">46</say-as>.\
             <break time=\"300ms\"/><say-as interpret-as=\"digits\">46</say-as> twice.</speak>"
        );
    }

    #[test]
    fn debug_output_shows_no_digits() {
        let number = PhoneNumber::parse("+18002004646").unwrap();
        assert_eq!(
            format!("{:?}", pattern(&number).unwrap()),
            "Pattern(repeated_group)"
        );
    }
}
