//! What may be young: answers of AWS that say no more than that something was made or changed
//! a moment ago and is not yet known everywhere, or that it is being changed just now. They are
//! waited for; nothing else is.
//!
//! A table: each service has its rows in a file of its own. A row is one refusal, by its code,
//! and by words only where the code alone does not tell it from a fault of the user's.

mod cloudformation;
mod lambda;

use std::collections::BTreeMap;
use std::time::Duration;

pub use lambda::{AT_WORK, CHANGE, VERSION};

use super::wait::{Wait, Waiting};
use crate::engine::error::{FailureKind, ServiceFailure};
use crate::engine::ports::{Age, PortResult, Progress};

/// The rows of all services.
const TABLES: &[&[Row]] = &[cloudformation::ROWS, lambda::ROWS];

/// A refusal that passes by itself.
#[derive(Debug)]
pub struct Row {
    /// As in [`ServiceFailure::service`].
    pub service: &'static str,
    /// The operations that refuse so.
    pub operations: &'static [&'static str],
    /// The error's code.
    pub code: &'static str,
    /// What the message must have, all of it; empty where the code says enough.
    pub phrases: &'static [&'static str],
    /// What is waited for.
    pub thing: &'static Thing,
    /// Who says that AWS answers so.
    pub source: &'static str,
}

/// Something that may be young.
#[derive(Debug)]
pub struct Thing {
    /// What is waited for, after "waiting until".
    pub until: &'static str,
    /// How long at most, if it was made or changed in this run.
    pub young: Duration,
    /// How long at most otherwise: a run before may have made it and ended.
    pub settled: Duration,
    /// What to look at when it never comes; empty: there is nothing.
    pub advice: &'static str,
}

impl Thing {
    /// How long it is waited for at most.
    pub fn patience(&self, age: Age) -> Duration {
        match age {
            Age::Young => self.young,
            Age::Settled => self.settled,
        }
    }
}

impl Row {
    fn fits(&self, failure: &ServiceFailure) -> bool {
        self.service == failure.service
            && self.operations.contains(&failure.operation)
            && self.code == failure.code
            && self
                .phrases
                .iter()
                .all(|phrase| failure.message.contains(phrase))
    }
}

/// What a failure says to be young, if it says that.
pub fn thing(failure: &ServiceFailure) -> Option<&'static Thing> {
    TABLES
        .iter()
        .flat_map(|rows| rows.iter())
        .find(|row| row.fits(failure))
        .map(|row| row.thing)
}

/// The patience with one piece of work: goes on while what it needs is young.
pub struct Patience<'a> {
    waiting: &'a Waiting,
    age: Age,
    progress: &'a dyn Progress,
    /// A wait for each thing, by what it is waited for.
    waits: BTreeMap<&'static str, Wait>,
}

impl<'a> Patience<'a> {
    /// With work on things of this age.
    pub fn new(waiting: &'a Waiting, age: Age, progress: &'a dyn Progress) -> Self {
        Self {
            waiting,
            age,
            progress,
            waits: BTreeMap::new(),
        }
    }

    /// After a failure: waits before the next try, if something is young.
    ///
    /// # Errors
    /// The failure, if it says something else; when the time is over, the last one with how
    /// long was waited and what to look at.
    pub async fn after(&mut self, failure: ServiceFailure) -> PortResult<()> {
        let Some(thing) = thing(&failure) else {
            return Err(failure);
        };
        if self.goes_on(thing).await {
            return Ok(());
        }
        let wait = self.waits.get(thing.until);
        Err(given_up(
            failure,
            thing,
            wait.map_or(Duration::ZERO, Wait::waited),
        ))
    }

    /// Waits for a thing before the next look; false: the time is over.
    pub async fn goes_on(&mut self, thing: &'static Thing) -> bool {
        let wait = self
            .waits
            .entry(thing.until)
            .or_insert_with(|| self.waiting.at_most(thing.patience(self.age)));
        wait.pause_until(thing.until, self.progress).await
    }
}

/// AWS's last words, with how long was waited and what to look at.
fn given_up(mut failure: ServiceFailure, thing: &Thing, waited: Duration) -> ServiceFailure {
    // Not the rights of whoever deploys are missing.
    if failure.kind == FailureKind::AccessDenied {
        failure.kind = FailureKind::Other;
    }
    if waited.is_zero() {
        return failure;
    }
    let mut words = format!("waited {} s until {}", waited.as_secs(), thing.until);
    if !thing.advice.is_empty() {
        words.push_str("; ");
        words.push_str(thing.advice);
    }
    failure.message = format!("{} ({words})", failure.message);
    failure
}

#[cfg(test)]
#[path = "young_tests.rs"]
mod tests;
