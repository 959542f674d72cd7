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
    /// The one that the caller has chosen, as displayed.
    pub chosen_number: Option<String>,
}

/// A number that called, for the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// E.164. Mask it before anybody sees it.
    pub phone_number: String,
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
}

/// What a call to the table gives, later.
pub type Answer<'call, T> = Pin<Box<dyn Future<Output = Result<T, TableError>> + Send + 'call>>;

/// The table of vanity numbers, by E.164 number.
pub trait Table: Send + Sync {
    /// Reads the item of a number: one `GetItem`.
    fn get<'call>(&'call self, phone_number: &'call str) -> Answer<'call, Option<Stored>>;

    /// Writes the item of a number unless one with the same word list version was written since it
    /// was read (`read` is that item): one conditional `PutItem`. To find that another was quicker
    /// is no error.
    fn put<'call>(
        &'call self,
        phone_number: &'call str,
        item: &'call Stored,
        read: Option<&'call Stored>,
    ) -> Answer<'call, ()>;

    /// The numbers that called last, latest first: one `Query` of the index.
    fn last_callers(&self, most: usize) -> Answer<'_, Vec<Caller>>;
}
