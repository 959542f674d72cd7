//! What the function logs of each event. No name, and of a number the last four digits.

use function_kit::log::{LogLine, masked};

use crate::answer::NotFound;
use crate::table::TableError;

/// A customer was found.
pub(crate) fn found(
    number: &str,
    left_out: &[String],
    not_recorded: Option<&TableError>,
) -> LogLine {
    let level = match (not_recorded, left_out) {
        (Some(_), _) => "ERROR",
        (None, []) => "INFO",
        _ => "WARN",
    };
    let mut line = LogLine::new(level, "lookup")
        .with("number", masked(number))
        .with("found", true);
    if !left_out.is_empty() {
        line = line.with("leftOut", left_out.to_vec());
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
