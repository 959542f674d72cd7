//! What is counted and logged of registrations.

use function_kit::log::{LogLine, masked};
use serde_json::{Value, json};

use crate::confirm::Outcome;
use crate::record::Registration;

/// What became of registrations: a line for each record that was not simply confirmed, and one that
/// counts.
#[derive(Debug, Default)]
pub struct Tally {
    confirmed: usize,
    already_confirmed: usize,
    ignored: usize,
    permanent: usize,
    again: usize,
    emailed: usize,
    lines: Vec<LogLine>,
}

impl Tally {
    /// A change or a removal.
    pub fn ignored(&mut self) {
        self.ignored += 1;
    }

    /// What is no registration.
    pub fn malformed(&mut self, id: Option<String>, reason: &str) {
        self.permanent += 1;
        self.lines.push(
            LogLine::new("ERROR", "malformed record")
                .with("record", id)
                .with("reason", reason),
        );
    }

    /// What became of a registration, and the records that it came by; none came by the table.
    pub fn add(&mut self, registration: &Registration, ids: &[String], outcome: &Outcome) {
        let count = ids.len().max(1);
        let line = |level: &str, event: &str| {
            let line = LogLine::new(level, event);
            let line = if ids.is_empty() {
                line
            } else {
                line.with("record", ids.join(" "))
            };
            line.with("phone", masked(&registration.phone))
        };
        match outcome {
            Outcome::Confirmed {
                message_id,
                email_id,
                unmarked,
            } => {
                self.confirmed += 1;
                self.already_confirmed += count - 1;
                self.emailed += usize::from(email_id.is_some());
                if let Some(failure) = unmarked {
                    let line = line("ERROR", "sent but not marked")
                        .with("messageId", message_id.clone())
                        .with("emailMessageId", email_id.clone())
                        .with("reason", failure.to_string());
                    self.lines.push(line);
                }
            }
            Outcome::AlreadyConfirmed => self.already_confirmed += count,
            Outcome::Refused { reason, emailed } => {
                self.permanent += count;
                self.emailed += usize::from(*emailed);
                let reason = without(reason, &registration.phone);
                self.lines.push(
                    line("WARN", "number refused")
                        .with("reason", reason)
                        .with("emailed", *emailed),
                );
            }
            Outcome::Unknown { reason } => {
                self.again += count;
                let line = line("ERROR", "unknown event")
                    .with("event_id", registration.event.as_str())
                    .with("reason", reason.as_str());
                self.lines.push(line);
            }
            Outcome::Gone => {
                self.permanent += count;
                self.lines.push(line("WARN", "registration deleted"));
            }
            Outcome::Again { reason } => {
                self.again += count;
                let reason = without(reason, &registration.phone);
                self.lines
                    .push(line("WARN", "to be tried again").with("reason", reason));
            }
        }
    }

    /// The counts, for whoever asked.
    #[must_use]
    pub fn counts(&self) -> Value {
        json!({
            "confirmed": self.confirmed,
            "alreadyConfirmed": self.already_confirmed,
            "permanent": self.permanent,
            "again": self.again,
            "emailed": self.emailed,
        })
    }

    /// The lines, the last of which counts.
    #[must_use]
    pub fn lines(self, event: &str, records: usize) -> Vec<LogLine> {
        let mut lines = self.lines;
        lines.push(
            LogLine::new("INFO", event)
                .with("records", records)
                .with("confirmed", self.confirmed)
                .with("alreadyConfirmed", self.already_confirmed)
                .with("ignored", self.ignored)
                .with("permanent", self.permanent)
                .with("again", self.again)
                .with("emailed", self.emailed),
        );
        lines
    }
}

/// Services name the number in their words.
fn without(text: &str, phone: &str) -> String {
    text.replace(phone, &masked(phone))
}
