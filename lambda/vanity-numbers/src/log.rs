//! One log line for each event, as JSON, without anybody's full number.

use serde_json::{Map, Value};

use crate::answer::Told;
use crate::lookup::Source;

/// A log line before it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine(Map<String, Value>);

impl LogLine {
    fn new(level: &str, event: &str) -> Self {
        let mut map = Map::new();
        map.insert("level".to_owned(), level.into());
        map.insert("event".to_owned(), event.into());
        Self(map)
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    pub(crate) fn told(event: &str, told: &Told) -> Self {
        match told {
            Told::NoNumber(error) => Self::new("INFO", event).with("reason", error.code()),
            Told::Found(number, lookup) => {
                let level = if lookup.problem.is_some() {
                    "WARN"
                } else {
                    "INFO"
                };
                let line = Self::new(level, event)
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

    pub(crate) fn http(status: u64) -> Self {
        Self::new("INFO", "http").with("status", status)
    }

    pub(crate) fn probe(problem: Option<String>) -> Self {
        match problem {
            None => Self::new("INFO", "probe"),
            Some(problem) => Self::new("ERROR", "probe").with("problem", problem),
        }
    }

    pub(crate) fn unknown() -> Self {
        Self::new("WARN", "unknown").with(
            "reason",
            "neither Amazon Connect nor API Gateway sends such an event",
        )
    }

    /// The line, without its end.
    #[must_use]
    pub fn to_json(&self) -> String {
        Value::from(self.0.clone()).to_string()
    }
}
