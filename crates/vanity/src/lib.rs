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
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod index;
mod keypad;
mod lattice;
mod number;
mod numbering;
mod score;
mod seam;
mod search;
mod spoken;
mod vanity_number;

pub use keypad::digit_of;
pub use number::{NumberError, PhoneNumber};
pub use score::Reason;
pub use spoken::{dials, spoken};
pub use vanity_number::{Part, VanityNumber};

include!(concat!(env!("OUT_DIR"), "/version.rs"));

/// The best vanity numbers for `number`, best first, at most `most`.
///
/// Each differs from the ones before it in its words: none shares a word of three letters or more
/// with another, nor has a part of another's word in the same place. There may be fewer than `most`,
/// or none.
#[must_use]
pub fn best(number: &PhoneNumber, most: usize) -> Vec<VanityNumber> {
    let mut lattice = lattice::Lattice::new(number.national());
    let mut answers = Vec::with_capacity(most.min(16));
    while answers.len() < most {
        let Some(found) = search::best(&lattice, number.country_code(), number.local_start())
        else {
            break;
        };
        for word in found.words() {
            lattice.remove_variants(word);
        }
        answers.push(VanityNumber::new(*number, found));
    }
    answers
}
