//! From a number to what is told: the table first, the word list if need be.
//!
//! No failure and no slowness of the table keeps the caller waiting for more than its time or
//! without an answer: the words can always be made anew. What the caller has chosen is told as
//! kept only when the table has said that it is.

use std::time::Duration;

use function_kit::limit::in_time;

use crate::decide::{Asker, Decision, Question, Source, decide};
use crate::table::{Table, TableError, Written};

/// How often an item that moves is read again and written.
const ATTEMPTS: usize = 4;

/// How long the table may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the first read.
    pub read: Duration,
    /// For the writes, and for the reads between them.
    pub write: Duration,
}

impl Default for Patience {
    /// Together well under the 8 seconds that Connect waits at most, and short enough for a caller.
    fn default() -> Self {
        Self {
            read: Duration::from_millis(1500),
            write: Duration::from_millis(1000),
        }
    }
}

/// What became of a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chosen {
    /// It is stored.
    Kept,
    /// It is not stored, or not for certain.
    NotKept,
    /// There is no such number.
    Unknown,
}

impl Chosen {
    /// The word in an answer and in the log.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::NotKept => "not_kept",
            Self::Unknown => "unknown",
        }
    }
}

/// What only the caller is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfCaller {
    /// Whether the number called before this contact.
    pub called_before: bool,
    /// The one that the caller has chosen, now or before, and that is stored.
    pub chosen_number: Option<String>,
    /// What became of the choice that was to be made now; `None` when there was none.
    pub choice: Option<Chosen>,
}

/// What is told about a number, and what went wrong on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// As displayed, best first, at most [`STORED`](crate::decide::STORED).
    pub vanity_numbers: Vec<String>,
    /// Where they came from.
    pub source: Source,
    /// `None` for somebody on the web: what a caller did is no one else's business.
    pub caller: Option<OfCaller>,
    /// What the table could not do.
    pub problem: Option<TableError>,
}

/// Looks a number up, and stores what is to be stored.
pub async fn lookup(table: &dyn Table, patience: Patience, question: &Question<'_>) -> Lookup {
    let key = question.number.e164();
    let read = in_time(patience.read, TableError::Timeout, table.get(&key)).await;
    let (decision, problem) = match read {
        Ok(read) => {
            let decision = decide(read.as_ref(), question);
            let first = decision.clone();
            let stored = store(table, &key, question, read, decision);
            in_time(patience.write, TableError::Timeout, async {
                Ok(stored.await)
            })
            .await
            // It may be stored all the same. Nobody is told so.
            .unwrap_or_else(|problem| (first, Some(problem)))
        }
        // A table that has just failed to answer is not asked again: the caller is waiting.
        Err(problem) => (decide(None, question), Some(problem)),
    };
    told(decision, question.asker, problem)
}

/// Writes what is wanted. When somebody else wrote the item since it was read, it is read again,
/// and what is wanted is decided anew: neither what they wrote is lost, nor what is wanted here.
async fn store(
    table: &dyn Table,
    key: &str,
    question: &Question<'_>,
    mut read: Option<crate::table::Stored>,
    mut decision: Decision,
) -> (Decision, Option<TableError>) {
    for _ in 0..ATTEMPTS {
        let Some(wanted) = &decision.wanted else {
            return (decision, None);
        };
        match table.update(key, wanted, read.as_ref()).await {
            Ok(Written::Done) => return (decision, None),
            Ok(Written::Moved) => {}
            Err(problem) => return (decision, Some(problem)),
        }
        read = match table.get(key).await {
            Ok(read) => read,
            Err(problem) => return (decision, Some(problem)),
        };
        decision = decide(read.as_ref(), question);
    }
    match &decision.wanted {
        None => (decision, None),
        Some(_) => (decision, Some(TableError::Contended(ATTEMPTS))),
    }
}

fn told(decision: Decision, asker: Asker<'_>, problem: Option<TableError>) -> Lookup {
    let choice = decision.chosen_now.as_ref().map(|chosen| match chosen {
        None => Chosen::Unknown,
        Some(_) if problem.is_some() => Chosen::NotKept,
        Some(_) => Chosen::Kept,
    });
    let chosen_number = match choice {
        Some(Chosen::Kept) => decision.chosen_now.flatten(),
        _ => decision.chosen_before,
    };
    Lookup {
        vanity_numbers: decision.vanity_numbers,
        source: decision.source,
        caller: matches!(asker, Asker::Caller { .. }).then_some(OfCaller {
            called_before: decision.called_before,
            chosen_number,
            choice,
        }),
        problem,
    }
}
