//! What the function logs of each event. Nobody's full number is in it.

use function_kit::log::{LogLine, masked};
use function_kit::probe::ProbeFailed;

use crate::cache::Current;
use crate::choice::{Choice, Reason};

pub(crate) fn chosen(choice: &Choice, current: &Current) -> LogLine {
    // An alarm rings for errors: a list that is late is none while the last good one serves.
    let level = if choice.reasons.iter().any(Reason::is_a_fault) {
        "ERROR"
    } else if current.problem.is_some() {
        "WARN"
    } else {
        "INFO"
    };
    let reasons: Vec<String> = choice.reasons.iter().map(Reason::code).collect();
    let line = LogLine::new(level, "caller_id")
        .with("customer", masked(&choice.customer.number))
        .with("customerCountry", choice.customer.country.as_str())
        .with("outbound", masked(&choice.outbound.number))
        .with("outboundCountry", choice.outbound.country.as_str())
        .with("source", choice.source.code())
        .with("reasons", reasons);
    match &current.problem {
        None => line,
        Some(problem) => line
            .with(
                "list",
                if current.list.is_some() {
                    "stale"
                } else {
                    "none"
                },
            )
            .with("problem", problem.to_string()),
    }
}

pub(crate) fn probe(problem: Option<&ProbeFailed>, unknown_ranges: Vec<String>) -> LogLine {
    match problem {
        None if unknown_ranges.is_empty() => LogLine::new("INFO", "probe"),
        None => LogLine::new("WARN", "probe").with("unknownRanges", unknown_ranges),
        Some(problem) => LogLine::new("ERROR", "probe").with("problem", problem.to_string()),
    }
}
