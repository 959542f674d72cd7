//! The port to the table: what the function needs of it, and nothing of how.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

pub use aws_sdk_dynamodb::types::AttributeValue;

/// The attribute that is the table's key: the caller's number in E.164.
pub const KEY: &str = "CalledNumber";
/// The attribute that says when the customer last called.
pub const LAST_CALL_DATE: &str = "LastCallDate";
/// The attribute that counts the customer's calls.
pub const CALL_COUNT: &str = "CallCount";
/// The attribute with the id of the contact that was recorded last: who asks again in the same
/// contact is not counted twice. The function's own, and not answered.
pub const CONTACT_ID: &str = "LookupContactId";
/// The attribute with what [`LAST_CALL_DATE`] was before that contact, an empty text for nothing.
/// The function's own, and not answered.
pub const DATE_BEFORE: &str = "LookupDateBefore";

/// A row: its attributes by name.
pub type Row = BTreeMap<String, AttributeValue>;

/// How a call is recorded. Whatever it is, the row must exist, [`CALL_COUNT`] goes up by one, and no
/// other attribute of the user's is touched: what others change in the row meanwhile stays.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The contact that calls: kept as [`CONTACT_ID`], beside [`DATE_BEFORE`]. A row that has the
    /// id already is refused.
    pub contact: Option<String>,
    /// What becomes of the date.
    pub date: DateChange,
}

/// What a [`Change`] does to the date.
#[derive(Debug, Clone, PartialEq)]
pub enum DateChange {
    /// Sets the date, unless the row has a later one or one that cannot be compared.
    Advance {
        /// As [`crate::date::written`].
        to: String,
    },
    /// Sets the date, if it still is the one that was seen.
    Replace {
        /// As [`crate::date::written`].
        to: String,
        /// What the row had.
        seen: AttributeValue,
    },
    /// Leaves the date: a later call has set it.
    Leave,
}

/// What a [`Change`] came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Changed {
    /// Done. The row as it was just before.
    Done(Row),
    /// Not done: there is such a row, but its date is another than the change is for, or the
    /// contact has been recorded.
    Refused(Row),
    /// There is no such row.
    Missing,
}

/// The table did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// It did not answer in time.
    #[error("no answer from the table in {0} ms")]
    Timeout(u64),
    /// It answered with an error: the service's code and words.
    #[error("{code}: {message}")]
    Service {
        /// The error code, such as `ResourceNotFoundException`.
        code: String,
        /// The service's own words.
        message: String,
    },
    /// It could not be asked.
    #[error("the table cannot be reached: {0}")]
    Unreachable(String),
    /// The function was not told its table.
    #[error("the environment variable TABLE_NAME is not set")]
    NotConfigured,
}

impl TableError {
    /// A word for flows to branch on.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::NotConfigured => "not_configured",
            Self::Timeout(_) => "timeout",
            Self::Unreachable(_) => "unreachable",
            Self::Service { code, .. } => match code.as_str() {
                "ResourceNotFoundException" => "table_missing",
                "AccessDeniedException" => "access_denied",
                "ProvisionedThroughputExceededException"
                | "RequestLimitExceeded"
                | "ThrottlingException" => "throttled",
                _ => "table_error",
            },
        }
    }
}

/// What a call to the table gives, later.
pub type Answer<'call, T> = Pin<Box<dyn Future<Output = Result<T, TableError>> + Send + 'call>>;

/// The table of customers, by E.164 number.
pub trait Table: Send + Sync {
    /// Reads a row: one `GetItem`.
    fn get<'call>(&'call self, number: &'call str) -> Answer<'call, Option<Row>>;

    /// Records a call: one conditional `UpdateItem`, which is atomic.
    fn change<'call>(
        &'call self,
        number: &'call str,
        change: &'call Change,
    ) -> Answer<'call, Changed>;
}
