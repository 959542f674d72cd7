//! From a number to what is told: the table first, the word list if need be.
//!
//! No failure and no slowness of the table keeps the caller waiting for more than its time or
//! without an answer: the words can always be made anew.

use std::time::Duration;

use function_kit::limit::in_time;
use vanity::{PhoneNumber, WORD_LIST_VERSION};

use crate::table::{Stored, Table, TableError};

/// How many are made and stored.
pub const STORED: usize = 5;

/// How long a known caller is not stamped again, so that a known number costs one read.
const STAMP_INTERVAL_MS: u64 = 24 * 60 * 60 * 1000;

/// How long the table may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a read.
    pub read: Duration,
    /// For a write.
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

/// Where an answer came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Stored by an earlier call.
    Table,
    /// Made now.
    WordList,
}

/// What is told about a number, and what went wrong on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// As displayed, best first, at most [`STORED`].
    pub vanity_numbers: Vec<String>,
    /// Where they came from.
    pub source: Source,
    /// The one that the caller has chosen, now or before.
    pub chosen_number: Option<String>,
    /// Whether what the caller has chosen now is one of them; `None` when nothing was chosen now.
    pub choice: Option<bool>,
    /// What the table could not do.
    pub problem: Option<TableError>,
}

/// Who asks, which decides what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker<'request> {
    /// A caller, at this time (milliseconds since 1970), who may have chosen one of the numbers
    /// (from 1).
    Caller {
        /// Milliseconds since 1970.
        now: u64,
        /// From 1, as pressed.
        chosen: Option<&'request str>,
    },
    /// Somebody on the web.
    Web,
}

/// Looks a number up, and stores what was not stored.
pub async fn lookup(
    table: &dyn Table,
    patience: Patience,
    number: &PhoneNumber,
    asker: Asker<'_>,
) -> Lookup {
    let key = number.e164();
    let read = in_time(patience.read, TableError::Timeout, table.get(&key)).await;
    let (stored, problem) = match read {
        Ok(stored) => (stored, None),
        Err(problem) => (None, Some(problem)),
    };
    let fresh = stored
        .as_ref()
        .is_some_and(|stored| is_fresh(stored, number));
    let (vanity_numbers, source) = match &stored {
        Some(stored) if fresh => (stored.vanity_numbers.clone(), Source::Table),
        _ => (compute(number), Source::WordList),
    };
    let previous = stored.clone().unwrap_or_default();
    let choice = match asker {
        Asker::Caller { chosen, .. } => chosen.map(|chosen| choose(&vanity_numbers, chosen)),
        Asker::Web => None,
    };
    let item = Stored {
        called_at: match asker {
            Asker::Caller { now, .. } if stamp_is_due(previous.called_at, now) => Some(now),
            _ => previous.called_at,
        },
        chosen_number: choice
            .clone()
            .flatten()
            .or_else(|| previous.chosen_number.clone()),
        word_list_version: WORD_LIST_VERSION.to_owned(),
        vanity_numbers,
    };
    // A table that has just failed to answer is not asked again: the caller is waiting.
    let problem = match problem {
        None if stored.as_ref() != Some(&item) => in_time(
            patience.write,
            TableError::Timeout,
            table.put(&key, &item, stored.as_ref()),
        )
        .await
        .err(),
        problem => problem,
    };
    Lookup {
        vanity_numbers: item.vanity_numbers,
        source,
        chosen_number: item.chosen_number,
        choice: choice.map(|chosen| chosen.is_some()),
        problem,
    }
}

fn compute(number: &PhoneNumber) -> Vec<String> {
    vanity::told(number, STORED)
}

/// Whether a stored item may be told: made with this word list, and every letter dials this number.
/// The second cannot fail unless somebody edited the table, and then it must.
fn is_fresh(stored: &Stored, number: &PhoneNumber) -> bool {
    stored.word_list_version == WORD_LIST_VERSION
        && stored.vanity_numbers.len() <= STORED
        && stored
            .vanity_numbers
            .iter()
            .all(|displayed| vanity::dials(displayed, number))
}

fn stamp_is_due(called_at: Option<u64>, now: u64) -> bool {
    called_at.is_none_or(|called_at| now.saturating_sub(called_at) >= STAMP_INTERVAL_MS)
}

fn choose(vanity_numbers: &[String], chosen: &str) -> Option<String> {
    let index = chosen.trim().parse::<usize>().ok()?.checked_sub(1)?;
    vanity_numbers.get(index).cloned()
}
