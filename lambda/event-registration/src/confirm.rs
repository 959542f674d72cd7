//! One registration: claimed, told by SMS and by e-mail, marked.
//!
//! A stream delivers at least once: after a failure the pipe goes back to the lowest record that
//! failed, and the records behind it come again. So what was done is kept on the registration
//! itself: `claimedUntil` before anything is handed over, and after it `confirmedAt` (or `refusedAt`)
//! for the SMS and `emailedAt` (or `emailRefusedAt`) for the e-mail: the failure of one does not repeat
//! the other. All are written under a condition. Those writes make MODIFY records, which the pipe's
//! filter drops; and whoever deletes a registration deletes with it that it was confirmed.
//!
//! SNS takes no token that would make a second `Publish` the same as the first, nor does SES. So a
//! process that dies, or loses the answer, between sending and the mark leaves open whether it went
//! out. That registration is tried again once the claim has run out: **at least once**. Somebody who
//! is told twice is better off than somebody who is never told. In all other cases it is once.

use crate::message::Template;
use crate::ports::{Claim, Email, Failure, Mark, NotSent, Registrations, Sms};
use crate::record::Registration;
use crate::settings::Settings;

/// How long a claim keeps others off, in milliseconds: longer than everything that is done under
/// one (see the patience of `sns`, `ses` and `dynamo`), and shorter than the pipe's patience.
pub const CLAIM: u64 = 30_000;

/// What became of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Everything that was due was handed over.
    Confirmed {
        /// The id of the SMS, if it was due.
        message_id: Option<String>,
        /// The id of the e-mail, if it was due and its address takes one.
        email_id: Option<String>,
        /// That this could not be kept: should the record come again, so does the message.
        unmarked: Option<Failure>,
    },
    /// It had been confirmed before.
    AlreadyConfirmed,
    /// Its number takes no SMS. Not tried again.
    Refused {
        /// Why not.
        reason: String,
        /// Whether an e-mail told in its place.
        emailed: bool,
    },
    /// Nobody knows with which words to confirm it: tried again, for a version that does.
    Unknown {
        /// Why not.
        reason: String,
    },
    /// It was deleted before it was confirmed. Not tried again.
    Gone,
    /// Something failed that another try can mend.
    Again {
        /// What failed.
        reason: String,
    },
}

/// What confirms with.
#[derive(Clone, Copy)]
pub struct Means<'function> {
    /// The text, and what is allowed.
    pub settings: &'function Settings,
    /// The table.
    pub registrations: &'function dyn Registrations,
    /// The SMS service.
    pub sms: &'function dyn Sms,
    /// The e-mail service; used where the settings have a sender.
    pub email: &'function dyn Email,
    /// Milliseconds since 1970.
    pub now: &'function (dyn Fn() -> u64 + Sync),
}

/// Confirms a registration, once.
pub async fn confirm(registration: &Registration, means: Means<'_>) -> Outcome {
    let claimed_at = (means.now)();
    let until = claimed_at.saturating_add(CLAIM);
    let by_email = means.settings.email.is_some() && registration.email.is_some();
    let claimed = means
        .registrations
        .claim(registration, claimed_at, until, by_email);
    let due = match claimed.await {
        Ok(Claim::Ours(due)) => due,
        Ok(Claim::Confirmed) => return Outcome::AlreadyConfirmed,
        Ok(Claim::Refused) => {
            return Outcome::Refused {
                reason: "its number was refused before".to_owned(),
                emailed: false,
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
    };
    let template = match means.settings.template_of(registration) {
        Ok(template) => template,
        Err(reason) => {
            // Unreleased, it waits until the claim has run out.
            let _ = means.registrations.release(registration, until).await;
            return Outcome::Unknown { reason };
        }
    };
    let mut told = Told::default();
    if due.sms {
        told.by_sms(registration, means, &template, !due.email)
            .await;
    }
    if due.email {
        let last = told.failed.is_none();
        told.by_email(registration, means, &template, last).await;
    }
    if told.failed.is_some() {
        let _ = means.registrations.release(registration, until).await;
    }
    told.outcome()
}

/// What was done under a claim.
#[derive(Default)]
struct Told {
    message_id: Option<String>,
    email_id: Option<String>,
    refused: Option<String>,
    failed: Option<String>,
    unmarked: Option<Failure>,
}

impl Told {
    async fn by_sms(
        &mut self,
        registration: &Registration,
        means: Means<'_>,
        template: &Template,
        last: bool,
    ) {
        let sent = send_sms(registration, means, template).await;
        let mark = match &sent {
            Ok(id) => Mark::Confirmed(id),
            Err(NotSent::Refused { message, .. }) => Mark::Refused(message),
            Err(NotSent::Failed(failure)) => {
                self.failed = Some(format!("the SMS was not sent: {failure}"));
                return;
            }
        };
        let marked = means
            .registrations
            .mark(registration, (means.now)(), mark, last);
        let unmarked = marked.await.err();
        match sent {
            Ok(id) => {
                self.unmarked = unmarked;
                self.message_id = Some(id);
            }
            // Unmarked, it is refused again should it come again.
            Err(refused) => self.refused = Some(refused.to_string()),
        }
    }

    async fn by_email(
        &mut self,
        registration: &Registration,
        means: Means<'_>,
        template: &Template,
        last: bool,
    ) {
        let sent = send_email(registration, means, template).await;
        let mark = match &sent {
            Ok(id) => Mark::Emailed(id),
            Err(NotSent::Refused { message, .. }) => Mark::EmailRefused(message),
            Err(NotSent::Failed(failure)) => {
                let reason = format!("the e-mail was not sent: {failure}");
                self.failed = Some(match self.failed.take() {
                    Some(before) => format!("{before}; {reason}"),
                    None => reason,
                });
                return;
            }
        };
        let marked = means
            .registrations
            .mark(registration, (means.now)(), mark, last);
        let unmarked = marked.await.err();
        if let Ok(id) = sent {
            self.unmarked = self.unmarked.take().or(unmarked);
            self.email_id = Some(id);
        }
    }

    fn outcome(self) -> Outcome {
        if let Some(reason) = self.failed {
            return Outcome::Again { reason };
        }
        if let Some(reason) = self.refused {
            return Outcome::Refused {
                reason,
                emailed: self.email_id.is_some(),
            };
        }
        Outcome::Confirmed {
            message_id: self.message_id,
            email_id: self.email_id,
            unmarked: self.unmarked,
        }
    }
}

async fn send_sms(
    registration: &Registration,
    means: Means<'_>,
    template: &Template,
) -> Result<String, NotSent> {
    let phone = registration.phone.as_str();
    let refused = |code: &str, message: &str| NotSent::Refused {
        code: code.to_owned(),
        message: message.to_owned(),
    };
    if let Some(objection) = means.settings.objection(phone) {
        return Err(refused("NotTexted", objection));
    }
    if means.sms.has_opted_out(phone).await? {
        return Err(refused("OptedOut", "its owner wants no SMS"));
    }
    let text = template.write(&registration.name);
    means.sms.send(phone, &text).await
}

async fn send_email(
    registration: &Registration,
    means: Means<'_>,
    template: &Template,
) -> Result<String, NotSent> {
    let (Some(settings), Some(address)) = (&means.settings.email, &registration.email) else {
        return Err(NotSent::Refused {
            code: "NoSender".to_owned(),
            message: "there is no sender any more, or no address".to_owned(),
        });
    };
    let subject = template.line(&settings.subject, &registration.name);
    let text = template.write(&registration.name);
    means.email.send(address, &subject, &text).await
}
