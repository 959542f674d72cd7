//! What is not yet known everywhere. It is forgotten once it is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Lag, Model, Truth, draw};
use crate::core::state::{Slice, State};

/// What happened a short while ago, and how often it happened.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settling {
    /// Not a part of what is kept: whoever starts says it.
    #[serde(skip)]
    model: Model,
    /// How many there were of each.
    counts: BTreeMap<Lag, u64>,
    /// By what it is and what it is about.
    young: BTreeMap<String, Young>,
    /// When it was left: a clock that was put forward is ahead of the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left: Option<Timestamp>,
}

impl Slice for Settling {
    const NAME: &str = "consistency";
}

/// Something that is not yet known everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Young {
    /// When it happened.
    pub since: Timestamp,
    /// From when on it is known.
    pub until: Timestamp,
    /// The how many-eth of its kind it is, from 0.
    pub ordinal: u64,
}

impl Young {
    /// A number that another second of its age has another of, below `of`: services have
    /// many servers, and each look may find another one.
    pub fn turn(&self, now: Timestamp, of: u64) -> u64 {
        let age = now.duration_since(self.since).as_secs();
        draw(&[self.ordinal, age.unsigned_abs()]) % of.max(1)
    }
}

impl Settling {
    /// Whether anything takes its time.
    pub fn model(&self) -> Model {
        self.model
    }

    /// Says whether anything takes its time.
    pub fn set_model(&mut self, model: Model) {
        self.model = model;
    }

    /// The latest moment that is remembered.
    pub fn latest(&self) -> Option<Timestamp> {
        let since = self.young.values().map(|young| young.since);
        since.chain(self.left).max()
    }

    /// It is left now.
    pub fn leave(&mut self, now: Timestamp) {
        self.left = Some(now);
    }

    fn begin(&mut self, lag: Lag, subject: &str, now: Timestamp) -> Option<Timestamp> {
        let Model::Real { seed } = self.model else {
            return None;
        };
        let count = self.counts.entry(lag).or_default();
        let ordinal = *count;
        *count += 1;
        let until = now + lag.length(seed, ordinal);
        self.young.retain(|_, young| young.until > now);
        let young = Young {
            since: now,
            until,
            ordinal,
        };
        self.young.insert(key(lag, subject), young);
        Some(until)
    }

    fn young(&self, lag: Lag, subject: &str, now: Timestamp) -> Option<Young> {
        if self.model == Model::Immediate {
            return None;
        }
        let young = self.young.get(&key(lag, subject)).copied();
        young.filter(|young| (young.since..young.until).contains(&now))
    }
}

fn key(lag: Lag, subject: &str) -> String {
    format!("{lag:?} {subject}")
}

/// Something happened, and is known everywhere from the moment on that is given back; `None`:
/// at once.
pub fn begin(state: &mut State, lag: Lag, subject: &str, now: Timestamp) -> Option<Timestamp> {
    // Not to be saved for nothing.
    if state.of::<Settling>().model == Model::Immediate {
        return None;
    }
    state.of_mut::<Settling>().begin(lag, subject, now)
}

/// What is not yet known everywhere of a subject.
pub fn young(state: &State, lag: Lag, subject: &str, now: Timestamp) -> Option<Young> {
    state.of::<Settling>().young(lag, subject, now)
}

/// Whether this is one of those of which there is one in so many.
pub fn is_one_of(state: &State, young: Young, one_in: u64) -> bool {
    match state.of::<Settling>().model {
        Model::Immediate => false,
        Model::Real { seed } => draw(&[seed, 2000, young.ordinal]).is_multiple_of(one_in),
    }
}

/// Which of `of` answers is true of what nobody has proved; 0 when nothing takes its time.
pub fn truth(state: &State, truth: Truth, of: u64) -> u64 {
    match state.of::<Settling>().model {
        Model::Immediate => 0,
        Model::Real { seed } => truth.answer(seed, of),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-01-31T12:00:00Z".parse().unwrap()
    }

    fn state(model: Model) -> State {
        let mut state = State::default().with::<Settling>();
        state.of_mut::<Settling>().set_model(model);
        state.saved();
        state
    }

    #[test]
    fn what_happened_is_young_until_its_time_and_then_forgotten() {
        let mut state = state(Model::Real { seed: 1 });
        let until = begin(&mut state, Lag::Role, "r", now()).unwrap();
        assert_eq!(until, now() + Lag::Role.length(1, 0));
        let just_before = until - jiff::SignedDuration::from_millis(1);
        assert!(young(&state, Lag::Role, "r", now()).is_some());
        assert!(young(&state, Lag::Role, "r", just_before).is_some());
        assert!(young(&state, Lag::Role, "r", until).is_none());
        assert!(young(&state, Lag::Role, "other", now()).is_none());
        assert!(young(&state, Lag::Connect, "r", now()).is_none());
        begin(&mut state, Lag::Role, "s", until);
        let settling = state.of::<Settling>();
        assert_eq!(settling.young.len(), 1);
        assert_eq!(settling.counts[&Lag::Role], 2);
    }

    #[test]
    fn nothing_is_young_and_nothing_is_saved_when_all_is_known_at_once() {
        let mut state = state(Model::Immediate);
        assert_eq!(begin(&mut state, Lag::Role, "r", now()), None);
        assert!(young(&state, Lag::Role, "r", now()).is_none());
        assert!(!state.is_changed());
    }

    #[test]
    fn turns_change_with_the_age_and_come_back() {
        let young = Young {
            since: now(),
            until: now() + jiff::SignedDuration::from_secs(60),
            ordinal: 4,
        };
        let turns: Vec<u64> = (0..60)
            .map(|second| young.turn(now() + jiff::SignedDuration::from_secs(second), 3))
            .collect();
        for turn in 0..3 {
            assert!(turns.contains(&turn), "{turns:?}");
        }
        assert_eq!(
            turns[7],
            young.turn(now() + jiff::SignedDuration::from_secs(7), 3)
        );
    }
}
