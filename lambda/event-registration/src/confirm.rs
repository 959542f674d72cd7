//! One registration: claimed, texted, marked.
//!
//! A stream delivers at least once: after a failure the pipe goes back to the lowest record that
//! failed, and the records behind it come again. So what was done is kept on the registration
//! itself: `claimedUntil` before the SMS is handed over, `confirmedAt` (or `refusedAt`) after.
//! Both are written under a condition. Those writes make MODIFY records, which the pipe's filter
//! drops; and whoever deletes a registration deletes with it that it was confirmed.
//!
//! SNS takes no token that would make a second `Publish` the same as the first. So a process that
//! dies, or loses the answer, between `Publish` and the mark leaves open whether an SMS went out.
//! That registration is tried again once the claim has run out: **at least once**. Somebody who
//! is told twice is better off than somebody who is never told. In all other cases it is once.

use crate::ports::{Claim, Failure, NotSent, Registrations, Sms};
use crate::record::Registration;
use crate::settings::Settings;

/// How long a claim keeps others off, in milliseconds: longer than everything that is done under
/// one (see the patience of `sns` and `dynamo`), and shorter than the pipe's patience.
pub const CLAIM: u64 = 20_000;

/// What became of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// An SMS was sent.
    Confirmed {
        /// The id of the message.
        message_id: String,
        /// That this could not be kept: should the record come again, so does the SMS.
        unmarked: Option<Failure>,
    },
    /// It had been confirmed before.
    AlreadyConfirmed,
    /// Its number takes no SMS. Not tried again.
    Refused {
        /// The service's words.
        reason: String,
    },
    /// It was for another event than this function's. Not tried again.
    OtherEvent,
    /// It was deleted before it was confirmed. Not tried again.
    Gone,
    /// Something failed that another try can mend.
    Again {
        /// What failed.
        reason: String,
    },
}

/// Confirms a registration, once. `now` gives milliseconds since 1970.
pub async fn confirm(
    registration: &Registration,
    settings: &Settings,
    registrations: &dyn Registrations,
    sms: &dyn Sms,
    now: &(dyn Fn() -> u64 + Sync),
) -> Outcome {
    if registration.event != settings.event_id {
        return Outcome::OtherEvent;
    }
    let claimed_at = now();
    let until = claimed_at.saturating_add(CLAIM);
    match registrations.claim(registration, claimed_at, until).await {
        Ok(Claim::Ours) => {}
        Ok(Claim::Confirmed) => return Outcome::AlreadyConfirmed,
        Ok(Claim::Refused) => {
            return Outcome::Refused {
                reason: "its number was refused before".to_owned(),
            };
        }
        Ok(Claim::Gone) => return Outcome::Gone,
        Ok(Claim::Busy) => {
            return Outcome::Again {
                reason: "another invocation has claimed it".to_owned(),
            };
        }
        Err(failure) => {
            return Outcome::Again {
                reason: format!("it cannot be claimed: {failure}"),
            };
        }
    }
    let text = settings.template.write(&registration.name);
    match sms.send(&registration.phone, &text).await {
        Ok(message_id) => {
            let marked = registrations.confirmed(registration, now(), &message_id);
            Outcome::Confirmed {
                unmarked: marked.await.err(),
                message_id,
            }
        }
        Err(refused @ NotSent::Refused { .. }) => {
            let reason = refused.to_string();
            // Unmarked, it is refused again should it come again.
            let _ = registrations.refused(registration, now(), &reason).await;
            Outcome::Refused { reason }
        }
        Err(NotSent::Failed(failure)) => {
            // Unreleased, it waits until the claim has run out.
            let _ = registrations.release(registration, until).await;
            Outcome::Again {
                reason: format!("the SMS was not sent: {failure}"),
            }
        }
    }
}
