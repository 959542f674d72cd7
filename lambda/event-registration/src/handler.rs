//! The function: a batch in, the records to try again and log lines out.

use std::collections::BTreeMap;

use function_kit::log::{LogLine, masked};
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use crate::confirm::{Outcome, confirm};
use crate::ports::{Registrations, Sms};
use crate::record::{self, Record, Registration};
use crate::settings::{Settings, SettingsError};

/// How many registrations are worked at once.
pub const AT_ONCE: usize = 10;
/// The deployer's probe asks under this name.
const PROBE_NAME: &str = "vanity-deploy.probe";

/// What the function works with.
pub struct Context<'function> {
    /// The event and its text.
    pub settings: &'function Settings,
    /// The table.
    pub registrations: &'function dyn Registrations,
    /// The SMS service.
    pub sms: &'function dyn Sms,
    /// Milliseconds since 1970.
    pub now: &'function (dyn Fn() -> u64 + Sync),
}

/// The event could not be answered at all: the pipe tries the whole batch again, and the
/// function's error alarm rings.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The function was not told what it needs.
    #[error("{0}")]
    Settings(#[from] SettingsError),
    /// Neither a batch nor the probe.
    #[error("this is neither a batch of records from EventBridge Pipes nor the deployer's probe")]
    UnknownEvent,
    /// The deployer's probe failed: this version must not go live.
    #[error("registrations cannot be written to: {0}")]
    Probe(crate::ports::Failure),
}

/// Answers an event.
///
/// # Errors
///
/// [`HandlerError`] when there are no settings, when the event is unknown, or when the probe fails.
pub async fn handle(
    event: &Value,
    context: Result<&Context<'_>, &SettingsError>,
) -> (Result<Value, HandlerError>, Vec<LogLine>) {
    let (answer, lines) = match (event, context) {
        (_, Err(error)) => (Err(error.clone().into()), Vec::new()),
        (Value::Array(records), Ok(context)) => {
            let (answer, lines) = batch(records, context).await;
            (Ok(answer), lines)
        }
        (event, Ok(context)) if event["Name"] == PROBE_NAME => {
            (probe(context).await, vec![LogLine::new("INFO", "probe")])
        }
        _ => (Err(HandlerError::UnknownEvent), Vec::new()),
    };
    match answer {
        Ok(answer) => (Ok(answer), lines),
        Err(error) => {
            let line = LogLine::new("ERROR", "failed").with("error", error.to_string());
            (Err(error), vec![line])
        }
    }
}

async fn probe(context: &Context<'_>) -> Result<Value, HandlerError> {
    context
        .registrations
        .probe()
        .await
        .map_err(HandlerError::Probe)?;
    Ok(json!({ "ok": "true" }))
}

async fn batch(records: &[Value], context: &Context<'_>) -> (Value, Vec<LogLine>) {
    let mut tally = Tally::default();
    // One try for each phone and event, however often a batch names it: an item that was deleted
    // and made anew is in it twice. The last is what is in the table.
    let mut new: BTreeMap<(String, String), (Registration, Vec<String>)> = BTreeMap::new();
    for record in records {
        match record::read(record) {
            Record::New { id, registration } => {
                let key = (registration.phone.clone(), registration.event.clone());
                let (last, ids) = new
                    .entry(key)
                    .or_insert_with(|| (registration.clone(), Vec::new()));
                *last = registration;
                ids.push(id);
            }
            Record::Other => tally.ignored += 1,
            Record::Malformed { id, reason } => tally.malformed(id, reason),
        }
    }
    let mut outcomes = stream::iter(new.into_values())
        .map(|(registration, ids)| async move {
            let outcome = confirm(
                &registration,
                context.settings,
                context.registrations,
                context.sms,
                context.now,
            )
            .await;
            (registration, ids, outcome)
        })
        .buffer_unordered(AT_ONCE);
    let mut again = Vec::new();
    while let Some((registration, ids, outcome)) = outcomes.next().await {
        if matches!(outcome, Outcome::Again { .. }) {
            again.extend(ids.iter().cloned());
        }
        tally.add(&registration, &ids, &outcome);
    }
    again.sort();
    let failures: Vec<_> = again
        .into_iter()
        .map(|id| json!({ "itemIdentifier": id }))
        .collect();
    let answer = json!({ "batchItemFailures": failures });
    (answer, tally.lines(records.len()))
}

/// What is logged of a batch: a line for each record that was not simply confirmed, and one that
/// counts.
#[derive(Default)]
struct Tally {
    confirmed: usize,
    already_confirmed: usize,
    ignored: usize,
    permanent: usize,
    again: usize,
    lines: Vec<LogLine>,
}

impl Tally {
    fn malformed(&mut self, id: Option<String>, reason: &str) {
        self.permanent += 1;
        self.lines.push(
            LogLine::new("ERROR", "malformed record")
                .with("record", id)
                .with("reason", reason),
        );
    }

    fn add(&mut self, registration: &Registration, ids: &[String], outcome: &Outcome) {
        let count = ids.len();
        let line = |level: &str, event: &str| {
            LogLine::new(level, event)
                .with("record", ids.join(" "))
                .with("phone", masked(&registration.phone))
        };
        match outcome {
            Outcome::Confirmed {
                unmarked,
                message_id,
            } => {
                self.confirmed += 1;
                self.already_confirmed += count - 1;
                if let Some(failure) = unmarked {
                    let line = line("ERROR", "sent but not marked")
                        .with("messageId", message_id.as_str())
                        .with("reason", failure.to_string());
                    self.lines.push(line);
                }
            }
            Outcome::AlreadyConfirmed => self.already_confirmed += count,
            Outcome::Refused { reason } => {
                self.permanent += count;
                let reason = without(reason, &registration.phone);
                self.lines
                    .push(line("WARN", "number refused").with("reason", reason));
            }
            Outcome::OtherEvent => {
                self.permanent += count;
                let line =
                    line("ERROR", "other event").with("event_id", registration.event.as_str());
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

    fn lines(self, records: usize) -> Vec<LogLine> {
        let mut lines = self.lines;
        lines.push(
            LogLine::new("INFO", "batch")
                .with("records", records)
                .with("confirmed", self.confirmed)
                .with("alreadyConfirmed", self.already_confirmed)
                .with("ignored", self.ignored)
                .with("permanent", self.permanent)
                .with("again", self.again),
        );
        lines
    }
}

/// Services name the number in their words.
fn without(text: &str, phone: &str) -> String {
    text.replace(phone, &masked(phone))
}
