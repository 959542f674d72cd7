//! How a batch of stream records is delivered, retried, split and given up: a
//! state machine without I/O and without a clock. It says what to do next
//! ([`Delivery::next`]) and is told what came of it ([`Delivery::settle`]).
//!
//! The rules (AWS docs, "EventBridge Pipes batching and concurrency", "error
//! handling and troubleshooting", "Reporting batch item failures" of Lambda's
//! stream sources):
//! - Records are tried in their order; nothing later is tried before what is
//!   earlier is done or given up.
//! - A partial failure moves the checkpoint to the first failed record; what
//!   follows is tried again, also what succeeded.
//! - With `AUTOMATIC_BISECT` a batch that failed is halved, and each half is tried
//!   by itself. Halving does not count as a retry.
//! - A batch that failed more often than it may be retried is given up, and
//!   records that are too old are given up untried.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// When to stop trying.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// `OnPartialBatchItemFailure: AUTOMATIC_BISECT`.
    pub bisect: bool,
    /// `MaximumRetryAttempts`; `None`: as long as the stream keeps the records.
    pub most_retries: Option<u32>,
    /// `MaximumRecordAgeInSeconds`; `None`: any.
    pub oldest: Option<Duration>,
}

/// What to do next. Ranges are of the records given to [`Delivery::new`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Invoke the target with these; then [`Delivery::settle`].
    Invoke(Range<usize>),
    /// Wait, then ask again.
    Wait(Duration),
    /// These are given up; go on asking.
    GiveUp(Range<usize>, Condition),
    /// All are delivered or given up.
    Done,
}

/// Why records are given up, as the dead-letter queue is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Tried too often.
    RetryAttemptsExhausted,
    /// Older than they may be.
    MaximumRecordAgeExceeded,
}

impl Condition {
    /// The word in the message.
    pub fn word(self) -> &'static str {
        match self {
            Self::RetryAttemptsExhausted => "RetryAttemptsExhausted",
            Self::MaximumRecordAgeExceeded => "MaximumRecordAgeExceeded",
        }
    }
}

/// What came of an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// All records were handled.
    Success,
    /// The records before this one (counted within the batch) were handled.
    Partial(usize),
    /// The target failed on the batch.
    Failure,
    /// The target cannot be invoked; smaller batches would not help.
    Refused,
    /// The service could not take it now; this is no retry that counts.
    Later,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    range: Range<usize>,
    failures: u32,
    delays: u32,
    pause: Option<Duration>,
}

/// The delivery of some records.
#[derive(Debug, Clone)]
pub struct Delivery {
    policy: Policy,
    parts: VecDeque<Part>,
    count: usize,
}

impl Delivery {
    /// Of batches that follow each other.
    pub fn new(batches: Vec<Range<usize>>, policy: Policy) -> Self {
        let count = batches.last().map_or(0, |batch| batch.end);
        let parts = batches.into_iter().map(|range| Part {
            range,
            failures: 0,
            delays: 0,
            pause: None,
        });
        Self {
            policy,
            parts: parts.collect(),
            count,
        }
    }

    /// How many records, from the first on, are done with.
    pub fn done(&self) -> usize {
        self.parts
            .front()
            .map_or(self.count, |part| part.range.start)
    }

    /// What to do next; `age` tells how old a record is.
    pub fn next(&mut self, age: impl Fn(usize) -> Duration) -> Step {
        let policy = self.policy;
        let Some(part) = self.parts.front_mut() else {
            return Step::Done;
        };
        if policy.most_retries.is_some_and(|most| part.failures > most) {
            let range = part.range.clone();
            self.parts.pop_front();
            return Step::GiveUp(range, Condition::RetryAttemptsExhausted);
        }
        if let Some(oldest) = policy.oldest {
            let start = part.range.start;
            let young = part.range.clone().find(|record| age(*record) <= oldest);
            let from = young.unwrap_or(part.range.end);
            if from > start {
                self.advance(from - start);
                return Step::GiveUp(start..from, Condition::MaximumRecordAgeExceeded);
            }
        }
        match part.pause.take() {
            Some(pause) => Step::Wait(pause),
            None => Step::Invoke(part.range.clone()),
        }
    }

    /// Takes the first records off the first batch.
    fn advance(&mut self, count: usize) {
        if let Some(part) = self.parts.front_mut() {
            part.range.start += count;
            if part.range.is_empty() {
                self.parts.pop_front();
            }
        }
    }

    /// What came of the invocation that was asked for.
    pub fn settle(&mut self, outcome: Outcome) {
        let bisect = self.policy.bisect;
        let Some(part) = self.parts.front_mut() else {
            return;
        };
        match outcome {
            Outcome::Success => {
                self.parts.pop_front();
            }
            Outcome::Later => {
                part.pause = Some(pause(part.delays));
                part.delays = part.delays.saturating_add(1);
            }
            Outcome::Refused => fail(part),
            Outcome::Failure => self.split_or_fail(bisect),
            Outcome::Partial(handled) => {
                self.advance(handled);
                self.split_or_fail(bisect);
            }
        }
    }

    fn split_or_fail(&mut self, bisect: bool) {
        let Some(mut part) = self.parts.pop_front() else {
            return;
        };
        if bisect && part.range.len() > 1 {
            let middle = part.range.start + part.range.len() / 2;
            let second = Part {
                range: middle..part.range.end,
                ..part.clone()
            };
            part.range.end = middle;
            self.parts.push_front(second);
        } else {
            fail(&mut part);
        }
        self.parts.push_front(part);
    }
}

fn fail(part: &mut Part) {
    part.pause = Some(pause(part.failures));
    part.failures = part.failures.saturating_add(1);
}

/// Twice as long each time.
fn pause(before: u32) -> Duration {
    FIRST_PAUSE
        .saturating_mul(1 << before.min(16))
        .min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    fn young(_: usize) -> Duration {
        Duration::ZERO
    }

    fn retries(most: u32) -> Policy {
        Policy {
            most_retries: Some(most),
            ..Policy::default()
        }
    }

    /// Of one batch.
    fn one(count: usize, policy: Policy) -> Delivery {
        Delivery::new(std::iter::once(0..count).collect(), policy)
    }

    /// Runs a delivery to its end against a target; what was done, in words.
    fn run(mut delivery: Delivery, target: impl Fn(Range<usize>) -> Outcome) -> Vec<String> {
        let mut told = Vec::new();
        loop {
            match delivery.next(young) {
                Step::Invoke(range) => {
                    let outcome = target(range.clone());
                    told.push(format!("{range:?} {outcome:?}"));
                    delivery.settle(outcome);
                }
                Step::Wait(pause) => told.push(format!("wait {}", pause.as_millis())),
                Step::GiveUp(range, condition) => {
                    told.push(format!("{range:?} {}", condition.word()))
                }
                Step::Done => return told,
            }
        }
    }

    #[test]
    fn batches_go_one_after_the_other() {
        let delivery = Delivery::new(vec![0..3, 3..5], Policy::default());
        assert_eq!(
            run(delivery, |_| Outcome::Success),
            ["0..3 Success", "3..5 Success"]
        );
    }

    #[test]
    fn a_failure_is_retried_with_growing_pauses_and_then_given_up() {
        let delivery = one(2, retries(2));
        assert_eq!(
            run(delivery, |_| Outcome::Failure),
            [
                "0..2 Failure",
                "wait 100",
                "0..2 Failure",
                "wait 200",
                "0..2 Failure",
                "0..2 RetryAttemptsExhausted",
            ]
        );
    }

    #[test]
    fn a_partial_failure_moves_the_checkpoint() {
        // The third record is bad: what is before it is not sent again.
        let delivery = one(5, retries(1));
        let target = |range: Range<usize>| Outcome::Partial(2 - range.start);
        assert_eq!(
            run(delivery, target),
            [
                "0..5 Partial(2)",
                "wait 100",
                "2..5 Partial(0)",
                "2..5 RetryAttemptsExhausted"
            ]
        );
    }

    #[test]
    fn bisection_sends_the_rest_and_retries_only_the_bad_one() {
        let policy = Policy {
            bisect: true,
            ..retries(1)
        };
        let target = |range: Range<usize>| match range.contains(&2) {
            true => Outcome::Partial(2 - range.start),
            false => Outcome::Success,
        };
        assert_eq!(
            run(one(5, policy), target),
            [
                "0..5 Partial(2)",
                "2..3 Partial(0)",
                "wait 100",
                "2..3 Partial(0)",
                "2..3 RetryAttemptsExhausted",
                "3..5 Success",
            ]
        );
    }

    #[test]
    fn what_cannot_be_invoked_is_not_halved() {
        let policy = Policy {
            bisect: true,
            ..retries(0)
        };
        assert_eq!(
            run(one(4, policy), |_| Outcome::Refused),
            ["0..4 Refused", "0..4 RetryAttemptsExhausted"]
        );
    }

    #[test]
    fn later_is_no_retry() {
        let mut delivery = one(1, retries(0));
        for _ in 0..20 {
            assert_eq!(delivery.next(young), Step::Invoke(0..1));
            delivery.settle(Outcome::Later);
            let Step::Wait(pause) = delivery.next(young) else {
                panic!()
            };
            assert!(pause <= LONGEST_PAUSE);
        }
        delivery.settle(Outcome::Success);
        assert_eq!(delivery.next(young), Step::Done);
    }

    #[test]
    fn old_records_are_given_up_untried() {
        let policy = Policy {
            oldest: Some(Duration::from_secs(60)),
            ..Policy::default()
        };
        let mut delivery = one(3, policy);
        let age = |record: usize| Duration::from_secs(if record < 2 { 61 } else { 60 });
        assert_eq!(
            delivery.next(age),
            Step::GiveUp(0..2, Condition::MaximumRecordAgeExceeded)
        );
        assert_eq!(delivery.done(), 2);
        assert_eq!(delivery.next(age), Step::Invoke(2..3));
        let all = |_: usize| Duration::from_secs(61);
        assert_eq!(
            delivery.next(all),
            Step::GiveUp(2..3, Condition::MaximumRecordAgeExceeded)
        );
        assert_eq!(delivery.next(all), Step::Done);
        assert_eq!(delivery.done(), 3);
    }

    proptest! {
        /// Whatever fails: each record is handled or given up, in order, and with
        /// bisection nothing but what is bad is given up.
        #[test]
        fn nothing_is_lost(
            count in 1usize..40,
            batch in 1usize..12,
            bad in proptest::collection::btree_set(0usize..40, 0..6),
            bisect: bool,
            partial: bool,
            most in 0u32..4,
        ) {
            let batches = (0..count).step_by(batch).map(|from| from..(from + batch).min(count)).collect();
            let policy = Policy { bisect, most_retries: Some(most), oldest: None };
            let mut delivery = Delivery::new(batches, policy);
            let mut handled: BTreeMap<usize, u32> = BTreeMap::new();
            let mut tries: BTreeMap<usize, u32> = BTreeMap::new();
            let mut given_up = BTreeSet::new();
            let mut done = 0;
            for _ in 0..10_000 {
                prop_assert!(delivery.done() >= done, "the checkpoint went back");
                done = delivery.done();
                match delivery.next(young) {
                    Step::Invoke(range) => {
                        prop_assert_eq!(range.start, done);
                        let first_bad = range.clone().find(|record| bad.contains(record));
                        for record in range.clone() {
                            *tries.entry(record).or_default() += 1;
                        }
                        let good_until = match (first_bad, partial) {
                            (None, _) => range.end,
                            (Some(first), true) => first,
                            (Some(_), false) => range.start,
                        };
                        for record in range.start..good_until {
                            *handled.entry(record).or_default() += 1;
                        }
                        delivery.settle(match first_bad {
                            None => Outcome::Success,
                            Some(first) if partial => Outcome::Partial(first - range.start),
                            Some(_) => Outcome::Failure,
                        });
                    }
                    Step::Wait(_) => {}
                    Step::GiveUp(range, _) => given_up.extend(range),
                    Step::Done => break,
                }
            }
            prop_assert_eq!(delivery.done(), count);
            for record in 0..count {
                let was_handled = handled.contains_key(&record);
                prop_assert!(was_handled != given_up.contains(&record), "record {}", record);
                if bad.contains(&record) {
                    prop_assert!(given_up.contains(&record));
                    prop_assert!(tries[&record] > most);
                } else if bisect {
                    prop_assert!(was_handled, "record {} is good and was given up", record);
                }
            }
        }
    }
}
