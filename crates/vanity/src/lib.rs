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
use search::{Found, Standing};

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

/// The best vanity numbers for `number`, best first, at most `most`.
///
/// Each differs from the ones before it in its words: none has a word of three letters or more
/// that another has, or that is a part of another's in the same place. Only where that leaves fewer
/// than three, further ones may share lesser words, and at last a word such as "the" may stand
/// alone; their longest words still differ. There may be fewer than `most`, or none.
#[must_use]
pub fn best(number: &PhoneNumber, most: usize) -> Vec<VanityNumber> {
    best_from(number, 0, most)
}

/// As [`best`], with words in the local number alone: the area code stays digits.
#[must_use]
pub fn best_local(number: &PhoneNumber, most: usize) -> Vec<VanityNumber> {
    best_from(number, number.local_start(), most)
}

fn best_from(number: &PhoneNumber, from: usize, most: usize) -> Vec<VanityNumber> {
    let mut found: Vec<Found> = Vec::with_capacity(most.min(16));
    let mut lattice = Lattice::new(number.national(), from);
    let next = |lattice: &Lattice<'_>, standing| {
        search::best(
            lattice,
            number.country_code(),
            number.local_start(),
            standing,
        )
    };
    while found.len() < most {
        let Some(answer) = next(&lattice, Standing::Alone) else {
            break;
        };
        let longest = answer.longest_word().map_or(0, |word| word.length);
        for word in answer
            .words()
            .filter(|word| word.length > 2 || word.length == longest)
        {
            lattice.remove_variants(word);
        }
        found.push(answer);
    }
    if found.len() >= most.min(TOLD) {
        return found
            .into_iter()
            .map(|found| VanityNumber::new(*number, found))
            .collect();
    }
    // Too few: let the words that were told beside a longest one come again.
    let mut lattice = Lattice::new(number.national(), from);
    for word in found.iter().filter_map(Found::longest_word) {
        lattice.remove_variants(word);
    }
    for standing in [Standing::Alone, Standing::Any] {
        while found.len() < most.min(TOLD) {
            let Some(answer) = next(&lattice, standing) else {
                break;
            };
            if let Some(word) = answer.longest_word() {
                lattice.remove_variants(word);
            }
            found.push(answer);
        }
    }
    found
        .into_iter()
        .map(|found| VanityNumber::new(*number, found))
        .collect()
}
