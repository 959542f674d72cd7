//! The function: a batch in, the records to try again and log lines out; and two events by name, the
//! deployer's probe and the recovery.

use std::collections::BTreeMap;

use function_kit::failure::{Failure as NamedFailure, diagnostic};
use function_kit::log::LogLine;
use futures_util::stream::{self, StreamExt as _};
use lambda_runtime::Diagnostic;
use serde_json::{Value, json};

use crate::confirm::{Means, Outcome, confirm};
use crate::ports::{Failure, SmsAccount};
use crate::record::{self, Record, Registration};
use crate::recover::{self, recover};
use crate::settings::SettingsError;
use crate::tally::Tally;

/// How many registrations are worked at once.
pub const AT_ONCE: usize = 10;
/// The deployer's probe asks under this name.
const PROBE_NAME: &str = "vanity-deploy.probe";

/// What the function works with in an invocation.
#[derive(Clone, Copy)]
pub struct Context<'function> {
    /// What confirms.
    pub means: Means<'function>,
    /// When the invocation is ended, in milliseconds since 1970.
    pub deadline: u64,
}

/// The event could not be answered at all: the pipe tries the whole batch again, and the
/// function's error alarm rings.
#[derive(Debug, thiserror::Error)]
pub enum HandlerError {
    /// The function was not told what it needs.
    #[error("{0}")]
    Settings(#[from] SettingsError),
    /// Neither a batch nor a known name.
    #[error(
        "this is neither a batch of records from EventBridge Pipes, nor the deployer's probe, nor {}",
        recover::NAME
    )]
    UnknownEvent,
    /// The deployer's probe failed: this version must not go live.
    #[error("registrations cannot be written to: {0}")]
    Probe(Failure),
    /// The recovery ended early.
    #[error("registrations cannot be read: {0}")]
    Recovery(Failure),
}

impl NamedFailure for HandlerError {
    fn error_type(&self) -> &'static str {
        match self {
            Self::Settings(_) => "BadSetting",
            Self::UnknownEvent => "UnknownEvent",
            Self::Probe(_) => "ProbeFailed",
            Self::Recovery(_) => "RecoveryFailed",
        }
    }
}

impl From<HandlerError> for Diagnostic {
    fn from(error: HandlerError) -> Self {
        diagnostic(&error)
    }
}

/// Answers an event.
///
/// # Errors
///
/// [`HandlerError`] when there are no settings, when the event is unknown, when the probe fails, or
/// when the recovery cannot read the table.
pub async fn handle(
    event: &Value,
    context: Result<Context<'_>, &SettingsError>,
) -> (Result<Value, HandlerError>, Vec<LogLine>) {
    let is_probe = event["Name"] == PROBE_NAME;
    let (answer, mut lines) = match (event, context) {
        (_, Err(error)) => (Err(error.clone().into()), Vec::new()),
        (Value::Array(records), Ok(context)) => {
            let (answer, lines) = batch(records, context.means).await;
            (Ok(answer), lines)
        }
        (_, Ok(context)) if is_probe => probe(context.means).await,
        (event, Ok(context)) => match recover::Request::read(event) {
            Some(request) => {
                let mut tally = Tally::default();
                let answer = recover(request, context.means, context.deadline, &mut tally).await;
                let answer = answer.map_err(HandlerError::Recovery);
                let found = answer
                    .as_ref()
                    .ok()
                    .and_then(|answer| answer["found"].as_u64());
                let found = found.and_then(|found| usize::try_from(found).ok());
                let lines = tally.lines("recovery", found.unwrap_or_default());
                (answer, lines)
            }
            None => (Err(HandlerError::UnknownEvent), Vec::new()),
        },
    };
    if let Err(error) = &answer {
        // A version whose probe fails serves nobody: that is no alarm's business.
        let event = if is_probe { "probe" } else { "failed" };
        lines.push(LogLine::new("ERROR", event).with("error", error.to_string()));
    }
    (answer, lines)
}

/// Whether this version can do its work; and what the account will not let it do, which refuses no
/// version: it is the account's owner who changes it.
async fn probe(means: Means<'_>) -> (Result<Value, HandlerError>, Vec<LogLine>) {
    let mut lines = vec![LogLine::new("INFO", "probe")];
    if let Err(failure) = means.registrations.probe().await {
        return (Err(HandlerError::Probe(failure)), lines);
    }
    let warnings = match means.sms.account().await {
        Ok(account) => warnings(&account),
        Err(failure) => vec![format!(
            "what the account may do with SMS is not known: {failure}"
        )],
    };
    for warning in &warnings {
        lines.push(LogLine::new("WARN", "account").with("warning", warning.as_str()));
    }
    let mut answer = json!({ "ok": "true" });
    if !warnings.is_empty() {
        answer["warnings"] = warnings.into();
    }
    (Ok(answer), lines)
}

/// What keeps SMS from people although SNS accepts them (SNS Developer Guide, "Using the Amazon SNS
/// SMS sandbox"; API reference, `SetSMSAttributes`: `MonthlySpendLimit`, one US dollar by default).
fn warnings(account: &SmsAccount) -> Vec<String> {
    let mut warnings = Vec::new();
    if account.is_in_sandbox {
        warnings
            .push("the account is in the SMS sandbox: only verified numbers get an SMS".to_owned());
    }
    let limit = account.monthly_spend_limit.as_deref().unwrap_or("1");
    if limit.parse::<f64>().is_ok_and(|dollars| dollars <= 1.0) {
        warnings.push(format!(
            "SMS stop when they have cost {limit} US dollars in a month (MonthlySpendLimit)"
        ));
    }
    warnings
}

async fn batch(records: &[Value], means: Means<'_>) -> (Value, Vec<LogLine>) {
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
            Record::Other => tally.ignored(),
            Record::Malformed { id, reason } => tally.malformed(id, reason),
        }
    }
    let mut outcomes = stream::iter(new.into_values())
        .map(|(registration, ids)| async move {
            let outcome = confirm(&registration, means).await;
            (registration, ids, outcome)
        })
        .buffer_unordered(AT_ONCE);
    let mut again = Vec::new();
    while let Some((registration, ids, outcome)) = outcomes.next().await {
        if matches!(outcome, Outcome::Again { .. } | Outcome::Unknown { .. }) {
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
    (answer, tally.lines("batch", records.len()))
}
