//! The function: an event in, an answer and a log line out.

use function_kit::limit::in_time;
use function_kit::log::LogLine;
use function_kit::probe::ProbeFailed;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::answer::{self, MAXIMUM_BYTES, NotFound};
use crate::event::{self, PROBE_NAME, Request};
use crate::log;
use crate::lookup::{Caller, Patience, lookup};
use crate::number::{DefaultCountry, e164};
use crate::settings::Settings;
use crate::table::{Change, Changed, DateChange, Table, TableError};

/// What the function is given to work with.
pub struct Context<'function> {
    /// `None` when the function was not told its table.
    pub table: Option<&'function dyn Table>,
    /// What the deployment sets.
    pub settings: &'function Settings,
    /// How long the table may take.
    pub patience: Patience,
    /// When the call is.
    pub now: Timestamp,
}

/// Answers an event. Only a failed probe is an error: a caller is always answered.
///
/// # Errors
///
/// [`ProbeFailed`] when the event is the deployer's probe and this function could not do its work.
pub async fn handle(event: &Value, context: &Context<'_>) -> (Result<Value, ProbeFailed>, LogLine) {
    match event::read(event) {
        Request::Connect { number, contact } => {
            let (answer, line) = find(number.as_deref(), contact.as_deref(), context).await;
            (Ok(answer), line)
        }
        Request::Probe => {
            let result = probe(context).await;
            let line = log::probe(result.as_ref().err().map(ToString::to_string));
            (result, line)
        }
        Request::Unknown => {
            let (answer, line) = nobody(&NotFound::Event);
            (Ok(answer), line)
        }
    }
}

async fn find(
    number: Option<&str>,
    contact: Option<&str>,
    context: &Context<'_>,
) -> (Value, LogLine) {
    let number = match e164(number, context.settings.default_country) {
        Ok(number) => number,
        Err(error) => return nobody(&NotFound::Number(error)),
    };
    let found = match context.table {
        Some(table) => {
            let caller = Caller {
                number: &number,
                contact,
                now: context.now,
            };
            lookup(table, context.patience, caller).await
        }
        None => Err(TableError::NotConfigured),
    };
    let found = match found {
        Ok(found) => found,
        Err(error) => return nobody(&NotFound::Table { number, error }),
    };
    let Some(row) = found.row else {
        return nobody(&NotFound::Unknown { number });
    };
    let answer = answer::found(&row, context.settings, MAXIMUM_BYTES);
    let line = log::found(&number, &answer, found.not_recorded.as_ref());
    (Value::from(answer.map), line)
}

fn nobody(why: &NotFound) -> (Value, LogLine) {
    (Value::from(answer::not_found(why)), log::not_found(why))
}

/// Checks that this version can do its work, without touching anybody's row: the table is asked to
/// record a call, and to read, under a key that no number has and that is never written.
async fn probe(context: &Context<'_>) -> Result<Value, ProbeFailed> {
    if context.settings.default_country == DefaultCountry::Unknown {
        let problem = "DEFAULT_COUNTRY is no country of ISO 3166";
        return Err(ProbeFailed(problem.to_owned()));
    }
    if context.settings.zone.is_none() {
        let problem = "TIME_ZONE is no zone of the IANA time zone database";
        return Err(ProbeFailed(problem.to_owned()));
    }
    let failed = |what: &str| {
        let what = what.to_owned();
        move |error: TableError| ProbeFailed(format!("{what}: {error}"))
    };
    let table = context.table.ok_or(TableError::NotConfigured);
    let table = table.map_err(failed("there is no table"))?;
    let changed = in_time(
        context.patience.record,
        TableError::Timeout,
        table.change(
            PROBE_NAME,
            &Change {
                contact: None,
                date: DateChange::Leave,
            },
        ),
    )
    .await
    .map_err(failed("a call cannot be recorded"))?;
    if changed != Changed::Missing {
        let problem = format!("the table has a row of the key {PROBE_NAME}, which is no number");
        return Err(ProbeFailed(problem));
    }
    in_time(
        context.patience.read,
        TableError::Timeout,
        table.get(PROBE_NAME),
    )
    .await
    .map_err(failed("the table cannot be read"))?;
    Ok(json!({ "ok": "true" }))
}
