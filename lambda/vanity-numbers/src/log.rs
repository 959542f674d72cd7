//! What the function logs of each event.

use function_kit::log::LogLine;

use crate::answer::Told;
use crate::lookup::Source;

pub(crate) fn told(event: &str, told: &Told) -> LogLine {
    match told {
        Told::NoNumber(error) => LogLine::new("INFO", event).with("reason", error.code()),
        Told::Found(number, lookup) => {
            let level = if lookup.problem.is_some() {
                "WARN"
            } else {
                "INFO"
            };
            let line = LogLine::new(level, event)
                .with("number", number.masked())
                .with("count", lookup.vanity_numbers.len())
                .with(
                    "source",
                    match lookup.source {
                        Source::Table => "table",
                        Source::WordList => "word list",
                    },
                );
            match &lookup.problem {
                Some(problem) => line.with("problem", problem.to_string()),
                None => line,
            }
        }
    }
}

pub(crate) fn http(status: u64) -> LogLine {
    LogLine::new("INFO", "http").with("status", status)
}

pub(crate) fn probe(problem: Option<String>) -> LogLine {
    match problem {
        None => LogLine::new("INFO", "probe"),
        Some(problem) => LogLine::new("ERROR", "probe").with("problem", problem),
    }
}

pub(crate) fn unknown() -> LogLine {
    LogLine::new("WARN", "unknown").with(
        "reason",
        "neither Amazon Connect nor API Gateway sends such an event",
    )
}
