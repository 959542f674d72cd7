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
    /// Ours, until the time that was asked for: this is to be done.
    Ours(Due),
    /// It was confirmed before.
    Confirmed,
    /// It was found before that its number takes no SMS.
    Refused,
    /// Another invocation is at it, or died at it a moment ago.
    Busy,
    /// There is no such registration any more.
    Gone,
}

/// What has neither been done nor been found impossible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The SMS.
    pub sms: bool,
    /// The e-mail, if one was wanted when the registration was first claimed.
    pub email: bool,
}

/// What is noted on a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark<'call> {
    /// SNS accepted the SMS under this id. What a carrier makes of it is not known here.
    Confirmed(&'call str),
    /// Its number takes no SMS, for this reason.
    Refused(&'call str),
    /// SES accepted the e-mail under this id.
    Emailed(&'call str),
    /// Its address takes no e-mail, for this reason.
    EmailRefused(&'call str),
}

/// The key of a registration: phone and event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// E.164.
    pub phone: String,
    /// Id of the event.
    pub event: String,
}

/// Some of the registrations that are not done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Those that can be read.
    pub registrations: Vec<Registration>,
    /// How many cannot.
    pub malformed: usize,
    /// Where the next page begins; `None`: this was the last.
    pub next: Option<Key>,
}

/// The table of the registrations. Times are milliseconds since 1970.
pub trait Registrations: Send + Sync {
    /// Claims a registration until `until`, unless it is done or claimed beyond `now`: one
    /// conditional write. `email`: whether it is to be told by e-mail as well, if this is the first
    /// claim.
    fn claim<'call>(
        &'call self,
        registration: &'call Registration,
        now: u64,
        until: u64,
        email: bool,
    ) -> Answer<'call, Result<Claim, Failure>>;

    /// Notes what was done; `last` gives the claim back in the same write. A registration that is
    /// gone is left alone.
    fn mark<'call>(
        &'call self,
        registration: &'call Registration,
        now: u64,
        mark: Mark<'call>,
        last: bool,
    ) -> Answer<'call, Result<(), Failure>>;

    /// Gives back the claim that was made until `until`.
    fn release<'call>(
        &'call self,
        registration: &'call Registration,
        until: u64,
    ) -> Answer<'call, Result<(), Failure>>;

    /// Registrations from before `before` that are not done, from a key on.
    fn open<'call>(
        &'call self,
        before: u64,
        from: Option<&'call Key>,
    ) -> Answer<'call, Result<Page, Failure>>;

    /// Checks that registrations can be written to, and writes none.
    fn probe(&self) -> Answer<'_, Result<(), Failure>>;
}

/// Why a message was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// This number or address takes none, now or later.
    #[error("{code}: {message}")]
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

/// What the account may do with SMS.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SmsAccount {
    /// Whether it is in the sandbox, which reaches verified numbers alone.
    pub is_in_sandbox: bool,
    /// `MonthlySpendLimit` in US dollars, where it was set; the service's default is one dollar
    /// (AWS docs, `SetSMSAttributes`).
    pub monthly_spend_limit: Option<String>,
}

/// A service that sends SMS.
pub trait Sms: Send + Sync {
    /// Sends a text to a number (E.164), and gives the id of the message.
    fn send<'call>(
        &'call self,
        phone: &'call str,
        text: &'call str,
    ) -> Answer<'call, Result<String, NotSent>>;

    /// Whether the owner of a number said that it wants no SMS. Sending to it all the same is
    /// answered as if it had been delivered.
    fn has_opted_out<'call>(&'call self, phone: &'call str)
    -> Answer<'call, Result<bool, Failure>>;

    /// What the account may do.
    fn account(&self) -> Answer<'_, Result<SmsAccount, Failure>>;
}

/// A service that sends e-mails.
pub trait Email: Send + Sync {
    /// Sends a text to an address, and gives the id of the message.
    fn send<'call>(
        &'call self,
        address: &'call str,
        subject: &'call str,
        text: &'call str,
    ) -> Answer<'call, Result<String, NotSent>>;
}
