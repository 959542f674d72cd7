//! What the function logs of each event. No name, and of a number the last four digits.

use function_kit::log::{LogLine, masked};

use crate::answer::{Answer, NotFound};
use crate::table::TableError;

/// A customer was found.
pub(crate) fn found(number: &str, answer: &Answer, not_recorded: Option<&TableError>) -> LogLine {
    let left_out = &answer.left_out;
    let level = match not_recorded {
        Some(_) => "ERROR",
        None if left_out.is_empty() && answer.reserved.is_empty() => "INFO",
        None => "WARN",
    };
    let mut line = LogLine::new(level, "lookup")
        .with("number", masked(number))
        .with("found", true);
    if !left_out.is_empty() {
        line = line.with("leftOut", left_out.clone());
    }
    if !answer.reserved.is_empty() {
        line = line.with("reserved", answer.reserved.clone());
    }
    match not_recorded {
        Some(error) => line.with("notRecorded", error.to_string()),
        None => line,
    }
}

/// No customer was found.
pub(crate) fn not_found(why: &NotFound) -> LogLine {
    let level = match why {
        NotFound::Table { .. } => "ERROR",
        NotFound::Event => "WARN",
        NotFound::Number(_) | NotFound::Unknown { .. } => "INFO",
    };
    let line = LogLine::new(level, "lookup")
        .with("found", false)
        .with("reason", why.reason());
    match why {
        NotFound::Unknown { number } => line.with("number", masked(number)),
        NotFound::Table { number, error } => line
            .with("number", masked(number))
            .with("problem", error.to_string()),
        NotFound::Number(_) | NotFound::Event => line,
    }
}

pub(crate) fn probe(problem: Option<String>) -> LogLine {
    match problem {
        None => LogLine::new("INFO", "probe"),
        Some(problem) => LogLine::new("ERROR", "probe").with("problem", problem),
    }
}
