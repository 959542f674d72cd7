//! How long AWS takes to agree with itself: what was just made is not yet known everywhere,
//! what was changed is still told as it was.
//!
//! Pure: a seed, what happened ([`Lag`]) and the how many-eth of its kind it is give how long
//! it lasts; the state remembers only what is not over ([`settling`]). By default everything
//! is known at once ([`Model::Immediate`]). What a service answers in the meantime is said by
//! the service, in a file `consistency.rs` of its folder, with its source.

pub mod settling;

use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use settling::{Settling, Young, begin, is_one_of, truth, young};

/// Whether AWS takes its time.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Model {
    /// Everything is known everywhere at once.
    #[default]
    Immediate,
    /// As on AWS; the seed says how long each thing takes, and which of the answers is true
    /// that nobody has proved.
    Real {
        /// Any number.
        seed: u64,
    },
}

/// A text that names no [`Model`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("immediate, real or real:SEED (a whole number) is needed")]
pub struct NoModel;

impl FromStr for Model {
    type Err = NoModel;

    fn from_str(text: &str) -> Result<Self, NoModel> {
        match text.split_once(':') {
            None if text == "immediate" => Ok(Self::Immediate),
            None if text == "real" => Ok(Self::Real { seed: 0 }),
            Some(("real", seed)) => seed
                .parse()
                .map(|seed| Self::Real { seed })
                .map_err(|_| NoModel),
            _ => Err(NoModel),
        }
    }
}

/// What takes its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Lag {
    /// A role is not yet known to the service that shall assume it.
    Role,
    /// A role that creates functions is not yet known where they run.
    RoleAtWork,
    /// A thing of Connect is not yet seen by its other operations.
    Connect,
    /// A function that was associated is not yet known to the validation of flows.
    Association,
    /// A flow is not yet in the index that is searched.
    SearchCreation,
    /// Its content in the index is the old one.
    SearchContent,
    /// Its tags in the index are the old ones.
    SearchTags,
    /// A deleted flow is still in the index.
    SearchDeletion,
    /// A change set is still being made.
    ChangeSetCreation,
    /// A change set is still being deleted.
    ChangeSetDeletion,
    /// The resource policy of a function is still being written.
    PolicyWrite,
    /// An alias is not yet known to the operations on policies.
    Alias,
    /// A phone number is still being claimed.
    Claim,
    /// An instance is still being made.
    Instance,
}

/// How long something lasts, in milliseconds: mostly this, and in one case of so many that.
struct Spans {
    mostly: (u64, u64),
    seldom: (u64, u64),
    one_in: u64,
}

impl Lag {
    /// Seconds to minutes, by the reports that the services' own files name; where AWS says
    /// "typically less than a few seconds, in some cases several minutes" (Connect's API
    /// reference, "eventual consistency"), both are there.
    fn spans(self) -> Spans {
        let (mostly, seldom, one_in) = match self {
            Self::Role => ((5_000, 25_000), (60_000, 300_000), 8),
            Self::RoleAtWork => ((0, 10_000), (15_000, 60_000), 6),
            Self::Connect => ((500, 4_000), (10_000, 90_000), 12),
            Self::Association => ((0, 5_000), (10_000, 60_000), 8),
            Self::SearchCreation => ((1_000, 8_000), (20_000, 60_000), 8),
            Self::SearchContent | Self::SearchTags => ((1_000, 10_000), (20_000, 90_000), 8),
            Self::SearchDeletion => ((5_000, 30_000), (60_000, 180_000), 6),
            Self::ChangeSetCreation => ((1_500, 5_000), (8_000, 20_000), 10),
            Self::ChangeSetDeletion => ((500, 4_000), (8_000, 30_000), 6),
            Self::PolicyWrite => ((150, 900), (1_000, 3_000), 10),
            Self::Alias => ((0, 1_500), (2_000, 8_000), 8),
            Self::Claim => ((3_000, 20_000), (40_000, 120_000), 8),
            Self::Instance => ((60_000, 120_000), (150_000, 240_000), 8),
        };
        Spans {
            mostly,
            seldom,
            one_in,
        }
    }

    /// How long the `ordinal`-th of its kind lasts.
    pub fn length(self, seed: u64, ordinal: u64) -> Duration {
        let spans = self.spans();
        let drawn = draw(&[seed, self as u64, ordinal]);
        let (least, most) = if drawn.is_multiple_of(spans.one_in) {
            spans.seldom
        } else {
            spans.mostly
        };
        let within = draw(&[drawn]) % (most - least + 1);
        Duration::from_millis(least + within)
    }
}

/// What nobody has proved of AWS; each seed has one of the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// What `$SAVED` is of a flow whose last content went live: the same, not there, or what
    /// was saved before.
    Saved,
    /// Whether an EXACT search by a name of more than 25 characters is refused.
    LongExactSearch,
    /// Whether `BatchGetFlowAssociation` knows phone numbers.
    VoiceAssociations,
    /// Whether a claim that somebody else won is refused at once, or accepted and failed.
    LostClaim,
    /// Whether the client token of a deleted change set is remembered.
    ChangeSetTokens,
}

impl Truth {
    /// Which of `of` answers is true, from 0.
    pub fn answer(self, seed: u64, of: u64) -> u64 {
        draw(&[seed, 1000 + self as u64]) % of.max(1)
    }
}

/// A number that looks drawn and is always the same for the same parts (SplitMix64).
pub fn draw(parts: &[u64]) -> u64 {
    parts.iter().fold(0x9e37_79b9_7f4a_7c15, |sum, part| {
        let mut mixed = sum ^ part.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_have_names() {
        assert_eq!("immediate".parse(), Ok(Model::Immediate));
        assert_eq!("real".parse(), Ok(Model::Real { seed: 0 }));
        assert_eq!("real:7".parse(), Ok(Model::Real { seed: 7 }));
        for wrong in ["", "Real", "real:", "real:x", "immediate:1", "real:-1"] {
            assert_eq!(wrong.parse::<Model>(), Err(NoModel), "{wrong}");
        }
    }

    #[test]
    fn a_length_is_one_of_the_span_and_the_same_for_the_same_seed() {
        for lag in [Lag::Role, Lag::PolicyWrite, Lag::SearchDeletion] {
            let spans = lag.spans();
            let mut seldom = 0;
            for ordinal in 0..800 {
                let length = lag.length(3, ordinal);
                assert_eq!(length, lag.length(3, ordinal));
                let milliseconds = u64::try_from(length.as_millis()).unwrap();
                let within = |(least, most): (u64, u64)| (least..=most).contains(&milliseconds);
                assert!(
                    within(spans.mostly) || within(spans.seldom),
                    "{lag:?} {length:?}"
                );
                seldom += u64::from(within(spans.seldom));
            }
            // One in so many, give or take half.
            let expected = 800 / spans.one_in;
            assert!(
                (expected / 2..=expected * 2).contains(&seldom),
                "{lag:?}: {seldom}"
            );
        }
        assert_ne!(Lag::Role.length(3, 0), Lag::Role.length(4, 0));
    }

    #[test]
    fn twenty_seeds_try_every_answer() {
        for (truth, of) in [
            (Truth::Saved, 3),
            (Truth::LongExactSearch, 2),
            (Truth::VoiceAssociations, 2),
            (Truth::LostClaim, 2),
            (Truth::ChangeSetTokens, 2),
        ] {
            let answers: std::collections::BTreeSet<u64> =
                (0..20).map(|seed| truth.answer(seed, of)).collect();
            assert_eq!(answers, (0..of).collect(), "{truth:?}");
        }
    }
}
