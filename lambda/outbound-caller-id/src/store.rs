//! The port to the object that holds the list: what the function needs of it, and nothing of how.

use std::future::Future;
use std::pin::Pin;

/// The object as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// It is the version that is known already.
    Unchanged,
    /// Another version.
    New {
        /// Its entity tag, to ask with the next time.
        etag: Option<String>,
        /// Its bytes.
        bytes: Vec<u8>,
    },
}

/// The object could not be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The function was not told where it is.
    #[error("the environment variable {0} is not set")]
    NotConfigured(&'static str),
    /// No answer in time.
    #[error("no answer in {0} ms")]
    Timeout(u64),
    /// The service answered with an error: its code and words.
    #[error("{code}: {message}")]
    Service {
        /// The error code, such as `NoSuchKey`.
        code: String,
        /// The service's own words.
        message: String,
    },
    /// It could not be asked, or its answer not be read.
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    /// It is larger than any list.
    #[error("it has {0} bytes, more than any list")]
    TooLarge(u64),
}

/// What the store gives, later.
pub type Answer<'call> = Pin<Box<dyn Future<Output = Result<Fetched, StoreError>> + Send + 'call>>;

/// Where the list lies.
pub trait Store: Send + Sync {
    /// Reads the object unless it is still the version with the entity tag `known`: one `GetObject`.
    fn fetch<'call>(&'call self, known: Option<&'call str>) -> Answer<'call>;
}
