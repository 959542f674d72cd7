//! One log line for each event, as JSON. Nobody's full number belongs in one.

use serde_json::{Map, Value};

/// A log line before it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine(Map<String, Value>);

impl LogLine {
    /// A line of a level (`INFO`, `WARN`, `ERROR`) about an event.
    #[must_use]
    pub fn new(level: &str, event: &str) -> Self {
        let mut map = Map::new();
        map.insert("level".to_owned(), level.into());
        map.insert("event".to_owned(), event.into());
        Self(map)
    }

    /// Adds a field, or replaces it.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.0.insert(key.to_owned(), value.into());
        self
    }

    /// The line, without its end.
    #[must_use]
    pub fn to_json(&self) -> String {
        Value::from(self.0.clone()).to_string()
    }
}

/// The last four characters, the others as dots: enough to find a call again.
#[must_use]
pub fn masked(number: &str) -> String {
    let shown = number.chars().count().saturating_sub(4);
    number
        .chars()
        .enumerate()
        .map(|(at, character)| if at < shown { '•' } else { character })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_json_in_the_order_it_was_written() {
        let line = LogLine::new("INFO", "call")
            .with("count", 3)
            .with("b", "x\n");
        assert_eq!(
            line.to_json(),
            r#"{"level":"INFO","event":"call","count":3,"b":"x\n"}"#
        );
    }

    #[test]
    fn only_the_end_of_a_number_shows() {
        assert_eq!(masked("+18007246837"), "••••••••6837");
        assert_eq!(masked("12"), "12");
        assert_eq!(masked(""), "");
    }
}
