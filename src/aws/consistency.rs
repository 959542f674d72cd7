//! What this run made in Amazon Connect is not known to all of its servers at once.
//!
//! "You might get unexpected errors, such as a `ResourceNotFoundException` or an
//! `InvalidRequestException`", for seconds and "in some cases … several minutes" (Amazon
//! Connect API Reference, "Eventual consistency"). Such a refusal is waited for when it may be
//! about something that is young: made in this run, or referred to by what is written. What
//! was there before and is refused is refused for good; but what was seen in this run and is
//! not found then, a run before may have made a moment ago, and a few looks more tell.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::wait::Waiting;
use crate::engine::error::ServiceFailure;
use crate::engine::flow_problem;
use crate::engine::ports::{PortResult, Progress};

/// What was just made may be unknown for so long; minutes are documented, not how many.
const APPEARANCE: Duration = Duration::from_secs(3 * 60);
/// What was seen in this run and is not found then is called for so long.
pub(super) const CONTRADICTION: Duration = Duration::from_secs(30);
/// Who waits so long is told for what.
const FIRST_WORD: Duration = Duration::from_secs(5);
/// And again after so long.
const NEXT_WORD: Duration = Duration::from_secs(30);

/// What is waited for.
const UNTIL: &str = "Amazon Connect knows everywhere what was made a moment ago";

/// Whom a refusal may be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// What the request names, and what the content in it refers to.
    Request,
    /// What each problem of the content is about.
    EachProblem,
}

/// A refusal that may mean no more than that something is young.
struct Refusal {
    code: &'static str,
    /// The operations that it is so of; empty: all.
    operations: &'static [&'static str],
    of: Of,
}

/// All of them.
const REFUSALS: &[Refusal] = &[
    Refusal {
        code: "ResourceNotFoundException",
        operations: &[],
        of: Of::Request,
    },
    Refusal {
        code: "InvalidRequestException",
        operations: &[],
        of: Of::Request,
    },
    // The models of these operations have no InvalidRequestException: what cannot be used yet
    // is an invalid parameter of theirs.
    Refusal {
        code: "InvalidParameterException",
        operations: &["AssociatePhoneNumberContactFlow", "DescribePhoneNumber"],
        of: Of::Request,
    },
    // The validation of a flow that names a function just associated, or a flow just made.
    Refusal {
        code: "InvalidContactFlowException",
        operations: &["CreateContactFlow", "UpdateContactFlowContent"],
        of: Of::EachProblem,
    },
];

/// What a request is about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct About<'a> {
    /// Ids and ARNs that it names.
    pub(super) names: &'a [&'a str],
    /// The flow content that it writes.
    pub(super) content: &'a str,
}

impl<'a> About<'a> {
    /// A request without content.
    pub(super) fn names(names: &'a [&'a str]) -> Self {
        Self { names, content: "" }
    }
}

/// Whether a refusal may mean no more than that what this run `made` is young.
fn may_be_young(failure: &ServiceFailure, about: About<'_>, made: &BTreeSet<String>) -> bool {
    let is_it = |refusal: &&Refusal| {
        refusal.code == failure.code
            && (refusal.operations.is_empty() || refusal.operations.contains(&failure.operation))
    };
    let names_young = |text: &str| made.iter().any(|young| text.contains(young.as_str()));
    match REFUSALS.iter().find(is_it).map(|refusal| refusal.of) {
        None => false,
        Some(Of::Request) => {
            about.names.iter().any(|name| made.contains(*name)) || names_young(about.content)
        }
        Some(Of::EachProblem) => {
            !failure.problems.is_empty()
                && failure.problems.iter().all(|problem| {
                    let part = flow_problem::part_of(problem, about.content);
                    names_young(problem) || part.is_some_and(|part| names_young(&part))
                })
        }
    }
}

/// Whether a refusal may say that what was `seen` is not there, or cannot be used: a run before
/// may just have made it. What is wrong with the rest of a request is told after the wait.
fn is_contradiction(failure: &ServiceFailure, about: About<'_>, seen: &BTreeSet<String>) -> bool {
    let says_so = matches!(
        failure.code.as_str(),
        "ResourceNotFoundException" | "InvalidRequestException"
    );
    says_so && about.names.iter().any(|name| seen.contains(*name))
}

/// What this run made in Connect; shared by its adapters.
#[derive(Clone)]
pub struct Consistency {
    made: Arc<Mutex<BTreeSet<String>>>,
    seen: Arc<Mutex<BTreeSet<String>>>,
    waiting: Waiting,
}

impl Consistency {
    /// Nothing is made yet.
    pub fn new(waiting: Waiting) -> Self {
        Self {
            made: Arc::default(),
            seen: Arc::default(),
            waiting,
        }
    }

    /// Remembers the id (of a function: the ARN) of what was made.
    pub(super) fn made(&self, name: &str) {
        self.made
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned());
    }

    /// Remembers the id of what was seen to be there.
    pub(super) fn seen(&self, name: &str) {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.to_owned());
    }

    /// Forgets what is gone.
    pub(super) fn gone(&self, name: &str) {
        for names in [&self.made, &self.seen] {
            names
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(name);
        }
    }

    /// How long a refusal may need to pass; nothing: it is final.
    fn patience(&self, failure: &ServiceFailure, about: About<'_>) -> Duration {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if may_be_young(failure, about, &made) {
            return APPEARANCE;
        }
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if is_contradiction(failure, about, &seen) {
            CONTRADICTION
        } else {
            Duration::ZERO
        }
    }

    /// Calls until Connect knows what the call is about.
    ///
    /// # Errors
    /// Any other refusal at once; this one when it was waited for long enough.
    pub(super) async fn settled<T, Call, Answer>(
        &self,
        about: About<'_>,
        progress: &dyn Progress,
        mut call: Call,
    ) -> PortResult<T>
    where
        Call: FnMut() -> Answer + Send,
        Answer: Future<Output = PortResult<T>> + Send,
        T: Send,
    {
        let mut wait = self.waiting.at_most(APPEARANCE);
        let mut words = Words::default();
        loop {
            let failure = match call().await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let patience = self.patience(&failure, about);
            if patience.is_zero() {
                return Err(failure);
            }
            words.say(progress, wait.waited(), || {
                format!(
                    "waiting until {UNTIL} ({}: {})",
                    failure.operation, failure.code
                )
            });
            if wait.waited() >= patience || !wait.pause().await {
                return Err(given_up(failure, wait.waited()));
            }
        }
    }
}

/// The service's last words, with how long was waited.
fn given_up(mut failure: ServiceFailure, waited: Duration) -> ServiceFailure {
    let words = format!("waited {} s until {UNTIL}", waited.as_secs());
    failure.message = format!("{} ({words})", failure.message);
    failure
}

/// When a wait is worth a word: after a few seconds, and then now and then.
#[derive(Default)]
pub(super) struct Words {
    next: Option<Duration>,
}

impl Words {
    /// Says for what it is waited, when it is time.
    pub(super) fn say(
        &mut self,
        progress: &dyn Progress,
        waited: Duration,
        what: impl FnOnce() -> String,
    ) {
        if waited >= self.next.unwrap_or(FIRST_WORD) {
            self.next = Some(waited + NEXT_WORD);
            progress.note(&what());
        }
    }
}

#[cfg(test)]
#[path = "consistency_tests.rs"]
mod tests;
