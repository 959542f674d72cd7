//! The numbering plans against the metadata they were made from.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use phonenumber::metadata::DATABASE;
use phonenumber::{Metadata, Mode};
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::util::syntax;
use regex_automata::{Anchored, Input, MatchKind};
use vanity::{NumberError, PhoneNumber};

/// A small generator with a fixed seed (splitmix64), so that a failure can be looked at.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) % limit
    }
}

/// Numbers near the examples of every region: some digits are changed, so that most can exist.
fn near_examples(each: usize) -> Vec<(u16, String)> {
    let mut random = Random(7);
    let mut numbers = Vec::new();
    let mut regions: Vec<_> = DATABASE.iter().collect();
    regions.sort_by_key(|region| region.id().to_owned());
    for region in regions
        .into_iter()
        .filter(|region| region.country_code() > 1)
    {
        let descriptors = region.descriptors();
        let kinds = [
            Some(descriptors.general()),
            descriptors.fixed_line(),
            descriptors.mobile(),
            descriptors.toll_free(),
        ];
        let examples = kinds
            .into_iter()
            .flatten()
            .filter_map(|kind| kind.example());
        for example in examples {
            for _ in 0..each {
                let mut digits: Vec<u8> = example.bytes().collect();
                let keep = random.below(digits.len() as u64) as usize;
                for digit in &mut digits[keep..] {
                    *digit = b'0' + random.below(10) as u8;
                }
                numbers.push((region.country_code(), String::from_utf8(digits).unwrap()));
            }
        }
    }
    numbers
}

/// The longest match of a region's general expression.
fn general(region: &Metadata) -> dense::DFA<Vec<u32>> {
    dense::Builder::new()
        .configure(
            dense::Config::new()
                .match_kind(MatchKind::All)
                .start_kind(StartKind::Anchored),
        )
        .syntax(
            syntax::Config::new()
                .unicode(false)
                .utf8(false)
                .ignore_whitespace(true),
        )
        .build(region.descriptors().general().national_number().as_str())
        .unwrap()
}

#[test]
fn every_country_code_is_known() {
    for region in DATABASE.iter() {
        let Some(example) = region
            .descriptors()
            .fixed_line()
            .or(region.descriptors().mobile())
        else {
            continue;
        };
        let Some(national) = example.example() else {
            continue;
        };
        let number = PhoneNumber::parse(&format!("+{}{national}", region.country_code()));
        assert!(
            number.is_ok(),
            "{} +{} {national}: {number:?}",
            region.id(),
            region.country_code()
        );
    }
}

#[test]
fn what_can_exist_is_what_the_metadata_says() {
    let numbers = near_examples(60);
    assert!(numbers.len() > 30_000, "{}", numbers.len());
    let mut whole: BTreeMap<u16, Vec<dense::DFA<Vec<u32>>>> = BTreeMap::new();
    for (code, national) in numbers
        .iter()
        .filter(|(_, national)| !national.starts_with('0'))
    {
        // The crate's own `is_match` is content with the beginning of a number.
        let possible = whole
            .entry(*code)
            .or_insert_with(|| {
                DATABASE
                    .by_code(code)
                    .unwrap()
                    .into_iter()
                    .map(general)
                    .collect()
            })
            .iter()
            .any(|dfa| {
                let found = dfa
                    .try_search_fwd(&Input::new(national).anchored(Anchored::Yes))
                    .unwrap();
                found.is_some_and(|found| found.offset() == national.len())
            });
        let read = PhoneNumber::parse(&format!("+{code}{national}"));
        assert_eq!(read.is_ok(), possible, "+{code} {national}: {read:?}");
    }
}

#[test]
fn groups_are_those_of_the_metadata() {
    let mut compared = 0;
    for (code, national) in near_examples(25) {
        let Ok(number) = PhoneNumber::parse(&format!("+{code}{national}")) else {
            continue;
        };
        let Ok(theirs) = phonenumber::parse(None, number.e164()) else {
            continue;
        };
        let written = theirs.format().mode(Mode::International).to_string();
        let digits: String = written.chars().filter(char::is_ascii_digit).collect();
        if format!("+{digits}") != number.e164() {
            continue; // It takes some first digits for a trunk prefix, or writes other digits.
        }
        compared += 1;
        let theirs: Vec<&str> = written
            .split(|symbol: char| !symbol.is_ascii_digit())
            .filter(|group| !group.is_empty())
            .collect();
        let ours = number.grouped();
        let ours: Vec<&str> = ours[1..].split(' ').collect();
        assert_eq!(ours, theirs, "+{code} {national}");
    }
    assert!(compared > 10_000, "{compared}");
}

#[test]
fn a_trunk_prefix_is_not_dialled_from_abroad() {
    for typed in [
        "+44 020 7946 0018",
        "+4402079460018",
        "+44 (0) 20 7946 0018",
    ] {
        assert_eq!(PhoneNumber::parse(typed).unwrap().e164(), "+442079460018");
    }
    // In Italy the zero is a part of the number.
    assert_eq!(
        PhoneNumber::parse("+39 06 6982 0000").unwrap().e164(),
        "+390669820000"
    );
}

#[test]
fn lengths_are_told_apart() {
    for (typed, error) in [
        ("+44207946", NumberError::TooShort),
        ("+4420794600181", NumberError::TooLong),
        ("+442079460", NumberError::Impossible),
        ("+33012345678", NumberError::Impossible),
        ("+210123456", NumberError::UnknownCountryCode),
    ] {
        assert_eq!(PhoneNumber::parse(typed).unwrap_err(), error, "{typed}");
    }
}

/// Any digit may stand at a place and the next one decide.
#[test]
fn a_digit_that_decides_nothing_is_passed_over_alone() {
    for (typed, grouped) in [
        ("+916861494289", "+91 6861 494 289"),
        ("+40265973", "+40 265 973"),
        ("+8693410003", "+86 934 10003"),
    ] {
        assert_eq!(PhoneNumber::parse(typed).unwrap().grouped(), grouped);
    }
}
