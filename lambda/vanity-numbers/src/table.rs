//! The port to the table: what the function needs of it, and nothing of how.

use std::future::Future;
use std::pin::Pin;

/// What the table holds for a number.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stored {
    /// As displayed, best first, at most five.
    pub vanity_numbers: Vec<String>,
    /// The word list that they were made with.
    pub word_list_version: String,
    /// When the number last called, in milliseconds since 1970; `None` if it was only looked up.
    pub called_at: Option<u64>,
    /// The contact that the number called with for the first time.
    pub first_contact: Option<String>,
    /// The one that the caller has chosen, as displayed.
    pub chosen_number: Option<String>,
    /// When the item may be forgotten, in seconds since 1970; `None` for never. The table deletes
    /// it some time after that.
    pub expires_at: Option<u64>,
}

/// A number that called, for the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// E.164. Mask it before anybody sees it.
    pub phone_number: String,
}

/// What became of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is stored.
    Done,
    /// The item is no longer what was read: nothing was written.
    Moved,
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
    /// An item is not as this function writes it.
    #[error("the item is not as this function writes it: {0}")]
    Malformed(&'static str),
    /// Others wrote the same item again and again.
    #[error("the item changed {0} times while it was to be written")]
    Contended(usize),
}

/// What a call to the table gives, later.
pub type Answer<'call, T> = Pin<Box<dyn Future<Output = Result<T, TableError>> + Send + 'call>>;

/// The table of vanity numbers, by E.164 number.
pub trait Table: Send + Sync {
    /// Reads the item of a number as it was last written: one strongly consistent `GetItem`.
    fn get<'call>(&'call self, phone_number: &'call str) -> Answer<'call, Option<Stored>>;

    /// Makes the item of a number what is `wanted`, unless its words or its lifetime are others than
    /// when it was `read`: one conditional `UpdateItem` of what differs. What somebody else wrote
    /// beside that stays.
    fn update<'call>(
        &'call self,
        phone_number: &'call str,
        wanted: &'call Stored,
        read: Option<&'call Stored>,
    ) -> Answer<'call, Written>;

    /// The numbers that called last, latest first, and not before `since` (milliseconds since 1970):
    /// one `Query` of the index.
    fn last_callers(&self, most: usize, since: u64) -> Answer<'_, Vec<Caller>>;
}
