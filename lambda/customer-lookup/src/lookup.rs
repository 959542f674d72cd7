//! Finds a customer's row and records the call in it.
//!
//! Mostly this is one conditional `UpdateItem` that gives the row as it was before: the caller
//! hears the date of the call before, and of calls at the same time each is counted and the latest
//! date stays. A row that cannot be written is read, so that the customer is greeted all the same.

use std::time::Duration;

use function_kit::limit::in_time;
use jiff::Timestamp;

use crate::date;
use crate::table::{AttributeValue, Change, Changed, LAST_CALL_DATE, Row, Table, TableError};

/// How often a date is looked at again that others change at the same time.
const ROUNDS: usize = 4;

/// How long the table may take. Together well under the 8 seconds that Connect waits at most.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For recording the call.
    pub record: Duration,
    /// For reading the row when the call could not be recorded.
    pub read: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            record: Duration::from_millis(3000),
            read: Duration::from_millis(1000),
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// The row as it was before this call; `None` when there is none.
    pub row: Option<Row>,
    /// Why the call could not be recorded although there is a row.
    pub not_recorded: Option<TableError>,
}

/// Finds the row of a number and records a call at this time in it.
///
/// # Errors
///
/// [`TableError`] when the row could be neither written nor read: what the recording failed of.
pub async fn lookup(
    table: &dyn Table,
    patience: Patience,
    number: &str,
    now: Timestamp,
) -> Result<Lookup, TableError> {
    let failure = match in_time(
        patience.record,
        TableError::Timeout,
        record(table, number, now),
    )
    .await
    {
        Ok(row) => {
            return Ok(Lookup {
                row,
                not_recorded: None,
            });
        }
        Err(failure) => failure,
    };
    if matches!(failure, TableError::NotConfigured) {
        return Err(failure);
    }
    match in_time(patience.read, TableError::Timeout, table.get(number)).await {
        Ok(row) => Ok(Lookup {
            not_recorded: row.is_some().then_some(failure),
            row,
        }),
        Err(_) => Err(failure),
    }
}

/// Records a call, and gives the row as it was before; `None` when there is none.
async fn record(
    table: &dyn Table,
    number: &str,
    now: Timestamp,
) -> Result<Option<Row>, TableError> {
    let now = date::whole_seconds(now);
    let to = date::written(now);
    let mut change = Change::Advance { to: to.clone() };
    for _ in 0..ROUNDS {
        match table.change(number, &change).await? {
            Changed::Done(row) => return Ok(Some(row)),
            Changed::Missing => return Ok(None),
            Changed::Refused(row) => change = next(&row, now, &to),
        }
    }
    // Others change the date faster than this can: theirs stays, and the call is counted.
    match table.change(number, &Change::CountOnly).await? {
        Changed::Done(row) | Changed::Refused(row) => Ok(Some(row)),
        Changed::Missing => Ok(None),
    }
}

/// What to do about a row whose date did not let itself be advanced.
fn next(row: &Row, now: Timestamp, to: &str) -> Change {
    let to = to.to_owned();
    let Some(seen) = row.get(LAST_CALL_DATE) else {
        // It was taken away since.
        return Change::Advance { to };
    };
    let is_later = match seen {
        AttributeValue::S(text) => date::read(text).is_some_and(|seen| seen > now),
        _ => false,
    };
    if is_later {
        Change::CountOnly
    } else {
        // Somebody else's way of writing a date, which the table could not compare.
        Change::Replace {
            to,
            seen: seen.clone(),
        }
    }
}
