//! Finds a customer's row and records the call in it.
//!
//! Mostly this is one conditional `UpdateItem` that gives the row as it was before: the caller
//! hears the date of the call before, and of calls at the same time each is counted and the latest
//! date stays. A row that cannot be written is read, so that the customer is greeted all the same.

use std::time::Duration;

use function_kit::limit::in_time;
use jiff::Timestamp;

use crate::date;
use crate::table::{
    AttributeValue, CALL_COUNT, CONTACT_ID, Change, Changed, DATE_BEFORE, DateChange,
    LAST_CALL_DATE, Row, Table, TableError,
};

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

/// Who calls, and when.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'call> {
    /// E.164.
    pub number: &'call str,
    /// The contact's id. Within one contact every lookup after the first tells what the first told
    /// and writes nothing, unless another contact of the number came between them.
    pub contact: Option<&'call str>,
    /// When.
    pub now: Timestamp,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Lookup {
    /// The row as it was before this call; `None` when there is none.
    pub row: Option<Row>,
    /// Why the call could not be recorded although there is a row.
    pub not_recorded: Option<TableError>,
}

/// Finds the row of a caller and records the call in it.
///
/// # Errors
///
/// [`TableError`] when the row could be neither written nor read: what the recording failed of.
pub async fn lookup(
    table: &dyn Table,
    patience: Patience,
    caller: Caller<'_>,
) -> Result<Lookup, TableError> {
    let failure = match in_time(patience.record, TableError::Timeout, record(table, caller)).await {
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
    let read = in_time(patience.read, TableError::Timeout, table.get(caller.number)).await;
    match read {
        // The write was done: only its answer did not come.
        Ok(Some(row)) if is_recorded(&row, caller.contact) => Ok(Lookup {
            row: Some(before(row)),
            not_recorded: None,
        }),
        Ok(row) => Ok(Lookup {
            not_recorded: row.is_some().then_some(failure),
            row,
        }),
        Err(_) => Err(failure),
    }
}

/// Records a call, and gives the row as it was before; `None` when there is none.
async fn record(table: &dyn Table, caller: Caller<'_>) -> Result<Option<Row>, TableError> {
    let now = date::whole_seconds(caller.now);
    let to = date::written(now);
    let mut change = Change {
        contact: caller.contact.map(str::to_owned),
        date: DateChange::Advance { to: to.clone() },
    };
    for _ in 0..ROUNDS {
        match table.change(caller.number, &change).await? {
            Changed::Done(row) => return Ok(Some(row)),
            Changed::Missing => return Ok(None),
            Changed::Refused(row) if is_recorded(&row, caller.contact) => {
                return Ok(Some(before(row)));
            }
            Changed::Refused(row) => change.date = next(&row, now, &to),
        }
    }
    // Others change the date faster than this can: theirs stays, and the call is counted.
    change.date = DateChange::Leave;
    match table.change(caller.number, &change).await? {
        Changed::Done(row) => Ok(Some(row)),
        Changed::Refused(row) if is_recorded(&row, caller.contact) => Ok(Some(before(row))),
        Changed::Refused(row) => Ok(Some(row)),
        Changed::Missing => Ok(None),
    }
}

/// Whether the contact is the one that was recorded last.
fn is_recorded(row: &Row, contact: Option<&str>) -> bool {
    match (row.get(CONTACT_ID), contact) {
        (Some(AttributeValue::S(recorded)), Some(contact)) => recorded == contact,
        _ => false,
    }
}

/// The row as it was before the contact that was recorded last.
fn before(mut row: Row) -> Row {
    match row.get(DATE_BEFORE).cloned() {
        Some(AttributeValue::S(nothing)) if nothing.is_empty() => {
            row.remove(LAST_CALL_DATE);
        }
        Some(date) => {
            row.insert(LAST_CALL_DATE.to_owned(), date);
        }
        None => {}
    }
    if let Some(AttributeValue::N(count)) = row.get(CALL_COUNT) {
        match count.parse::<i64>().map(|count| count.saturating_sub(1)) {
            // The first call made it.
            Ok(0) => {
                row.remove(CALL_COUNT);
            }
            Ok(count) => {
                row.insert(CALL_COUNT.to_owned(), AttributeValue::N(count.to_string()));
            }
            Err(_) => {}
        }
    }
    row
}

/// What to do about a row whose date did not let itself be advanced.
fn next(row: &Row, now: Timestamp, to: &str) -> DateChange {
    let to = to.to_owned();
    let Some(seen) = row.get(LAST_CALL_DATE) else {
        // It was taken away since.
        return DateChange::Advance { to };
    };
    let is_later = match seen {
        AttributeValue::S(text) => date::read(text).is_some_and(|seen| seen > now),
        _ => false,
    };
    if is_later {
        DateChange::Leave
    } else {
        // Somebody else's way of writing a date, which the table could not compare.
        DateChange::Replace {
            to,
            seen: seen.clone(),
        }
    }
}
