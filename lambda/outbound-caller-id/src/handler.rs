//! The function: an event in, an answer and a log line out.

use function_kit::log::LogLine;
use function_kit::probe::ProbeFailed;
use serde_json::{Value, json};

use crate::cache::{Cache, Current};
use crate::choice::choose;
use crate::event::{self, Request};
use crate::list::RoutingList;
use crate::log;
use crate::store::Store;

/// Answers an event. Only a failed probe is an error: a call always gets its six keys.
///
/// # Errors
///
/// [`ProbeFailed`] when the event is the deployer's probe and the list cannot be used as it is.
pub async fn handle<S: Store>(
    event: &Value,
    cache: &Cache<S>,
) -> (Result<Value, ProbeFailed>, LogLine) {
    let request = event::read(event);
    let current = cache.current().await;
    match request {
        Request::Contact(contact) => {
            let choice = choose(&contact, current.list.as_deref());
            let line = log::chosen(&choice, &current);
            (Ok(Value::from(choice.flat_map())), line)
        }
        Request::Probe => {
            let result = probe(&current);
            let unknown = current.list.as_deref().map(RoutingList::unknown_ranges);
            let line = log::probe(result.as_ref().err(), unknown.unwrap_or_default());
            (result, line)
        }
    }
}

/// Checks that the list is there and every entry can be used. A number of a range that the numbering
/// plans do not know is told and stops nothing: the instance may own it.
fn probe(current: &Current) -> Result<Value, ProbeFailed> {
    if let Some(problem) = &current.problem {
        return Err(ProbeFailed(problem.to_string()));
    }
    let list = current.list.as_deref().cloned().unwrap_or_default();
    let invalid = list.invalid();
    if !invalid.is_empty() {
        return Err(ProbeFailed(format!(
            "the list has entries that are no phone numbers in E.164: {}",
            invalid.join(", ")
        )));
    }
    Ok(json!({ "ok": "true", "entries": list.len().to_string() }))
}
