//! What the function needs of the world, and nothing of how.

use std::future::Future;
use std::pin::Pin;

use crate::record::Registration;

/// What a call gives, later.
pub type Answer<'call, T> = Pin<Box<dyn Future<Output = T> + Send + 'call>>;

/// A service did not do what it was asked; another try may.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// It answered with an error: the service's code and words.
    #[error("{code}: {message}")]
    Service {
        /// The error code, such as `ThrottledException`.
        code: String,
        /// The service's own words.
        message: String,
    },
    /// It could not be asked, or its answer was lost.
    #[error("no answer: {0}")]
    Unreachable(String),
}

/// Whose turn it is to confirm a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Ours, until the time that was asked for.
    Ours,
    /// It was confirmed before.
    Confirmed,
    /// It was found before that its number takes no SMS.
    Refused,
    /// Another invocation is at it, or died at it a moment ago.
    Busy,
    /// There is no such registration any more.
    Gone,
}

/// The table of the registrations. Times are milliseconds since 1970.
pub trait Registrations: Send + Sync {
    /// Claims a registration until `until`, unless it is done or claimed beyond `now`: one
    /// conditional write.
    fn claim<'call>(
        &'call self,
        registration: &'call Registration,
        now: u64,
        until: u64,
    ) -> Answer<'call, Result<Claim, Failure>>;

    /// Notes that it was confirmed. A registration that is gone is left alone.
    fn confirmed<'call>(
        &'call self,
        registration: &'call Registration,
        now: u64,
        message_id: &'call str,
    ) -> Answer<'call, Result<(), Failure>>;

    /// Notes that its number takes no SMS. A registration that is gone is left alone.
    fn refused<'call>(
        &'call self,
        registration: &'call Registration,
        now: u64,
        reason: &'call str,
    ) -> Answer<'call, Result<(), Failure>>;

    /// Gives back the claim that was made until `until`.
    fn release<'call>(
        &'call self,
        registration: &'call Registration,
        until: u64,
    ) -> Answer<'call, Result<(), Failure>>;

    /// Checks that registrations can be written to, and writes none.
    fn probe(&self) -> Answer<'_, Result<(), Failure>>;
}

/// Why an SMS was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// This number takes none, now or later: it is no mobile number, or it opted out.
    #[error("the number takes no SMS: {code}: {message}")]
    Refused {
        /// The service's error code.
        code: String,
        /// Its own words.
        message: String,
    },
    /// Another try may succeed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// A service that sends SMS.
pub trait Sms: Send + Sync {
    /// Sends a text to a number (E.164), and gives the id of the message.
    fn send<'call>(
        &'call self,
        phone: &'call str,
        text: &'call str,
    ) -> Answer<'call, Result<String, NotSent>>;
}
