//! What the function logs of each event.

use function_kit::log::LogLine;

use crate::answer::Told;
use crate::decide::Source;

pub(crate) fn told(event: &str, told: &Told) -> LogLine {
    match told {
        Told::NoNumber(error) => LogLine::new("INFO", event).with("reason", error.code()),
        Told::Found(number, lookup) => {
            // Answered all the same; but somebody must hear of it, and the alarm is on such lines.
            let level = if lookup.problem.is_some() {
                "ERROR"
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
            let choice = lookup.caller.as_ref().and_then(|caller| caller.choice);
            let line = match choice {
                Some(choice) => line.with("choice", choice.code()),
                None => line,
            };
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
