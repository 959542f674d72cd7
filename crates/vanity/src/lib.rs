//! The best words that dial a phone number.
//!
//! [`PhoneNumber::parse`] reads a number, [`best`] gives the words. What "best" means is written
//! down rule by rule in `score.rs`, and `search.rs` finds the exact optimum under it. Nothing here
//! reads a clock, a file or the network; the word list is compiled in.
//!
//! - `keypad`, `number`, `numbering`: digits, and how countries write them
//! - `index`, `lattice`: the words that a number dials
//! - `score`, `seam`, `search`: which of them are best, and what must never be said
//! - `vanity_number`, `spoken`: an answer, written and said
//! - `pattern`: what the digits make by themselves, where words are too few
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod index;
mod keypad;
mod lattice;
mod number;
mod numbering;
mod pattern;
mod score;
mod seam;
mod search;
mod spoken;
mod vanity_number;

use lattice::Lattice;
use search::{Found, Standing, Wanted};

pub use keypad::digit_of;
pub use number::{NumberError, PhoneNumber};
pub use pattern::{Pattern, PatternKind, pattern};
pub use score::Reason;
pub use spoken::{dials, spoken};
pub use vanity_number::{Part, VanityNumber};

include!(concat!(env!("OUT_DIR"), "/version.rs"));

/// How many a caller is told: up to here, answers may share a word if they must, and where there
/// are fewer, the [`pattern`] of the digits is worth telling.
pub const TOLD: usize = 3;

/// An answer whose letters run into the area code must say this many letters more with its longest
/// word than the best answer within the local number.
const CLEARLY_LONGER: u8 = 2;
/// What it must say at least: a shorter word is not worth the place where callers look for digits.
const WORTH_THE_AREA_CODE: u8 = 5;
/// The rarest that its words may be: "known to most" (`score.rs`).
const KNOWN_TIER: u8 = 12;

/// The best vanity numbers for `number`, best first, at most `most`.
///
/// Letters stay within the local number, unless what they say with digits of the area code is
/// clearly better than the best within it: two letters more in the longest word, or all there is.
///
/// Each differs from the ones before it in its words: none has a word of three letters or more
/// that another has, or that is the better part of another's in the same place; but where several
/// words fill the number, one of them may come once more beside another ("rent car", "sent car").
/// Only where that
/// leaves fewer than three, further ones may share lesser words, and at last a word such as "the"
/// may stand alone; their longest words still differ. At most one of them has no word of more than
/// two letters. There may be fewer than `most`, or none.
#[must_use]
pub fn best(number: &PhoneNumber, most: usize) -> Vec<VanityNumber> {
    best_from(number, 0, most)
}

/// What a number is told as, best first, at most `most`: the displayed numbers of [`best`], and among
/// three or more of them a strong [`pattern`] of the digits: first when it takes in the whole local
/// number, third when it does not.
#[must_use]
pub fn told(number: &PhoneNumber, most: usize) -> Vec<String> {
    let mut told: Vec<String> = best(number, most)
        .iter()
        .map(VanityNumber::display)
        .collect();
    if told.len() >= TOLD
        && let Some(pattern) = pattern(number).filter(Pattern::is_strong)
    {
        let place = if pattern.is_whole() { 0 } else { TOLD - 1 };
        told.insert(place, pattern.display());
        told.truncate(most);
    }
    told
}

/// SSML for one of the numbers [`told`]: words are spelled, a pattern is named.
#[must_use]
pub fn spoken_of(number: &PhoneNumber, displayed: &str) -> String {
    if displayed.bytes().any(|symbol| symbol.is_ascii_alphabetic()) {
        return spoken(displayed);
    }
    pattern(number)
        .filter(|pattern| pattern.display() == displayed)
        .map_or_else(|| spoken(displayed), |pattern| pattern.spoken())
}

/// As [`best`], with words in the local number alone: the area code stays digits.
#[must_use]
pub fn best_local(number: &PhoneNumber, most: usize) -> Vec<VanityNumber> {
    best_from(number, number.local_start(), most)
}

fn best_from(number: &PhoneNumber, from: usize, most: usize) -> Vec<VanityNumber> {
    let mut found: Vec<Found> = Vec::with_capacity(most.min(16));
    let mut lattice = Lattice::new(number.national(), from);
    while found.len() < most {
        let Some(answer) = next(number, &lattice, from, Standing::Alone, &found) else {
            break;
        };
        let longest = answer.longest_word().map_or(0, |word| word.length);
        for word in answer
            .words()
            .filter(|word| word.length > 2 || word.length == longest)
        {
            if answer.is_filled_by_several() {
                lattice.note_variants(word);
            } else {
                lattice.remove_variants(word);
            }
        }
        found.push(answer);
    }
    if found.len() < most.min(TOLD) {
        // Too few: let the words that were told beside a longest one come again.
        let mut lattice = Lattice::new(number.national(), from);
        for word in found.iter().filter_map(Found::longest_word) {
            lattice.remove_variants(word);
        }
        for standing in [Standing::Alone, Standing::Any] {
            while found.len() < most.min(TOLD) {
                let Some(answer) = next(number, &lattice, from, standing, &found) else {
                    break;
                };
                if let Some(word) = answer.longest_word() {
                    lattice.remove_variants(word);
                }
                found.push(answer);
            }
        }
    }
    found
        .into_iter()
        .map(|found| VanityNumber::new(*number, found))
        .collect()
}

/// The best answer that is left, letters in the area code only where that is clearly better.
fn next(
    number: &PhoneNumber,
    lattice: &Lattice<'_>,
    from: usize,
    standing: Standing,
    told: &[Found],
) -> Option<Found> {
    let of_two = |found: &Found| found.is_of_two(number.national());
    let local_start = number.local_start();
    let wanted = Wanted {
        prefix: number.country_code(),
        local_start,
        from: local_start,
        standing,
        shortest: if told.iter().any(of_two) { 3 } else { 2 },
    };
    let local = search::best(lattice, wanted);
    if from == local_start {
        return local;
    }
    let whole = || search::best(lattice, Wanted { from, ..wanted });
    let Some(local) = local else {
        return whole();
    };
    let needed = (local.weight() + CLEARLY_LONGER).max(WORTH_THE_AREA_CODE);
    if local.is_filled() || lattice.weights(from..local_start) >> needed == 0 {
        return Some(local);
    }
    whole()
        .filter(|whole| whole.weight() >= needed && whole.rarest() <= KNOWN_TIER)
        .or(Some(local))
}
