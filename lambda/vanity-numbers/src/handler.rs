//! The function: an event in, an answer and a log line out.

use function_kit::limit::in_time;
use function_kit::log::LogLine;
use function_kit::probe::ProbeFailed;
use serde_json::{Value, json};
use vanity::{NumberError, PhoneNumber, WORD_LIST_VERSION};

use crate::answer::{self, Told};
use crate::decide::{Asker, Choice, Question};
use crate::event::{self, HttpRequest, Request};
use crate::log;
use crate::lookup::{Patience, lookup};
use crate::number;
use crate::page;
use crate::settings::{BadSetting, Settings};
use crate::table::{Caller, Table, TableError};

/// What the function is given to work with.
pub struct Context<'function> {
    /// `None` when the function was not told its table.
    pub table: Option<&'function dyn Table>,
    /// How long the table may take.
    pub patience: Patience,
    /// What may be stored, and for how long; or why that is not known.
    pub settings: &'function Result<Settings, BadSetting>,
    /// Milliseconds since 1970.
    pub now: u64,
}

impl Context<'_> {
    /// With a setting that cannot be used a caller is answered all the same. The probe is not.
    fn settings(&self) -> Settings {
        self.settings.as_ref().copied().unwrap_or_default()
    }
}

/// Answers an event. Only a failed probe is an error: a caller is always answered.
///
/// # Errors
///
/// [`ProbeFailed`] when the event is the deployer's probe and this function could not do its work.
pub async fn handle(event: &Value, context: &Context<'_>) -> (Result<Value, ProbeFailed>, LogLine) {
    match event::read(event) {
        Request::Connect {
            number,
            contact,
            chosen,
            told,
        } => {
            let choice = chosen.as_deref().map(|place| Choice {
                place,
                told: told.as_deref(),
            });
            let asker = Asker::Caller {
                contact: contact.as_deref(),
                choice,
            };
            // Connect gives no address for a caller who withholds it.
            let number = number.ok_or(NumberError::Withheld);
            let told = tell(
                context,
                number.and_then(|number| number::read(&number)),
                asker,
            )
            .await;
            let line = log::told("connect", &told);
            (Ok(Value::from(answer::flat_map(&told))), line)
        }
        Request::Http(request) => {
            let (answer, line) = handle_http(&request, context).await;
            (Ok(answer), line)
        }
        Request::Probe => {
            let result = probe(context).await;
            let line = log::probe(result.as_ref().err().map(ToString::to_string));
            (result, line)
        }
        Request::Unknown => {
            let answer = json!({
                "Count": "0",
                "Reason": "unknown_event",
                "Message": "This is neither an event of Amazon Connect nor of API Gateway.",
            });
            (Ok(answer), log::unknown())
        }
    }
}

async fn handle_http(request: &HttpRequest, context: &Context<'_>) -> (Value, LogLine) {
    let answered = |answer: Value| {
        let line = log::http(answer["statusCode"].as_u64().unwrap_or_default());
        (answer, line)
    };
    match (request.method.as_str(), request.path.as_str()) {
        ("OPTIONS", _) => answered(answer::http_response(204, "text/plain", "")),
        ("GET" | "HEAD", "/vanitynumbers") => {
            let number = request.phone_number.as_deref().ok_or(NumberError::Missing);
            let told = tell(context, number.and_then(number::read), Asker::Web).await;
            let line = log::told("http", &told);
            (answer::http(&told), line)
        }
        ("GET" | "HEAD", "/") => {
            let callers = last_callers(context).await;
            answered(answer::http_page(
                &page::render(callers.as_deref()),
                &page::policy(),
            ))
        }
        (_, "/" | "/vanitynumbers") => {
            answered(answer::http_error(405, "method_not_allowed", "Use GET."))
        }
        _ => answered(answer::http_error(
            404,
            "not_found",
            "There is nothing here. Ask for /vanitynumbers?phonenumber=+18007246837.",
        )),
    }
}

async fn tell(
    context: &Context<'_>,
    number: Result<PhoneNumber, NumberError>,
    asker: Asker<'_>,
) -> Told {
    match number {
        Ok(number) => {
            let table = context.table.unwrap_or(&NoTable);
            let question = Question {
                number: &number,
                asker,
                now: context.now,
                settings: context.settings(),
            };
            let found = lookup(table, context.patience, &question).await;
            Told::Found(number, found)
        }
        Err(error) => Told::NoNumber(error),
    }
}

async fn last_callers(context: &Context<'_>) -> Option<Vec<Caller>> {
    let table = context.table?;
    in_time(
        context.patience.read,
        TableError::Timeout,
        table.last_callers(5, context.settings().kept_since(context.now)),
    )
    .await
    .ok()
}

/// Checks that this version can do its work, without touching anybody's data: words can be made,
/// and the table answers a read of a key that is never written.
async fn probe(context: &Context<'_>) -> Result<Value, ProbeFailed> {
    if let Err(problem) = context.settings {
        return Err(ProbeFailed(problem.to_string()));
    }
    let number =
        PhoneNumber::parse("+18007246837").map_err(|error| ProbeFailed(error.to_string()))?;
    if vanity::best(&number, 1).is_empty() {
        return Err(ProbeFailed(
            "no words can be made: the word list is empty".to_owned(),
        ));
    }
    let table = context
        .table
        .ok_or_else(|| ProbeFailed("the environment variable TABLE_NAME is not set".to_owned()))?;
    in_time(
        context.patience.read,
        TableError::Timeout,
        table.get(event::PROBE_NAME),
    )
    .await
    .map_err(|error| ProbeFailed(format!("the table cannot be read: {error}")))?;
    Ok(json!({ "ok": "true", "wordListVersion": WORD_LIST_VERSION }))
}

/// Stands in for a table that the function was not told of.
struct NoTable;

impl Table for NoTable {
    fn get<'call>(
        &'call self,
        _: &'call str,
    ) -> crate::table::Answer<'call, Option<crate::table::Stored>> {
        Box::pin(async { Err(not_set()) })
    }

    fn update<'call>(
        &'call self,
        _: &'call str,
        _: &'call crate::table::Stored,
        _: Option<&'call crate::table::Stored>,
    ) -> crate::table::Answer<'call, crate::table::Written> {
        Box::pin(async { Err(not_set()) })
    }

    fn last_callers(&self, _: usize, _: u64) -> crate::table::Answer<'_, Vec<Caller>> {
        Box::pin(async { Err(not_set()) })
    }
}

fn not_set() -> TableError {
    TableError::Unreachable("TABLE_NAME is not set".to_owned())
}
