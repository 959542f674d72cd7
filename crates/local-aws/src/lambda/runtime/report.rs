//! The lines that Lambda itself writes to a function's log.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use super::failure::Failure;

/// Bytes of the log that `LogType: Tail` gives.
const TAIL: usize = 4096;

/// What a `REPORT` line tells.
#[derive(Debug, Clone)]
pub struct Report<'a> {
    /// The invocation.
    pub request_id: &'a str,
    /// How long the function took.
    pub duration: Duration,
    /// The memory that it has, in MB.
    pub memory_size: u32,
    /// The most memory that it used, in MB, where the system can tell.
    pub memory_used: Option<u64>,
    /// How long its start took, when it was started for this invocation.
    pub init: Option<Duration>,
    /// Why it failed, if so.
    pub failure: Option<&'a Failure>,
}

/// `START RequestId: …`.
pub fn start(request_id: &str, version: &str) -> String {
    format!("START RequestId: {request_id} Version: {version}\n")
}

/// `END RequestId: …`.
pub fn end(request_id: &str) -> String {
    format!("END RequestId: {request_id}\n")
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

impl Report<'_> {
    /// `REPORT RequestId: …`.
    pub fn line(&self) -> String {
        // Since August 2025 the start is billed like the rest.
        let billed = milliseconds(self.duration + self.init.unwrap_or_default()).ceil();
        let mut line = format!(
            "REPORT RequestId: {}\tDuration: {:.2} ms\tBilled Duration: {billed:.0} ms\tMemory Size: {} MB\t",
            self.request_id,
            milliseconds(self.duration),
            self.memory_size,
        );
        // Writing to a String cannot fail.
        if let Some(used) = self.memory_used {
            let _ = write!(line, "Max Memory Used: {used} MB\t");
        }
        if let Some(init) = self.init {
            let _ = write!(line, "Init Duration: {:.2} ms\t", milliseconds(init));
        }
        if let Some(failure) = self.failure {
            let (status, kind) = failure.report();
            let _ = write!(line, "Status: {status}");
            if let Some(kind) = kind {
                let _ = write!(line, "\tError Type: {kind}");
            }
        }
        line.push('\n');
        line
    }
}

/// The name of an environment's log stream.
pub fn log_stream(now: Timestamp, version: &str, id: &str) -> String {
    let id: String = id.chars().filter(char::is_ascii_hexdigit).collect();
    format!("{}[{version}]{id}", now.strftime("%Y/%m/%d/"))
}

/// The end of a log, at most 4 KB, cut at a character.
pub fn tail(log: &str) -> &str {
    let mut from = log.len().saturating_sub(TAIL);
    while !log.is_char_boundary(from) {
        from += 1;
    }
    &log[from..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_those_of_lambda() {
        let failure = Failure::TimedOut(Duration::from_secs(3));
        let mut report = Report {
            request_id: "7",
            duration: Duration::from_micros(1_234),
            memory_size: 128,
            memory_used: Some(9),
            init: Some(Duration::from_micros(10_500)),
            failure: None,
        };
        insta::assert_snapshot!(report.line().replace('\t', " | "), @"REPORT RequestId: 7 | Duration: 1.23 ms | Billed Duration: 12 ms | Memory Size: 128 MB | Max Memory Used: 9 MB | Init Duration: 10.50 ms |");
        report.init = None;
        report.failure = Some(&failure);
        insta::assert_snapshot!(report.line().replace('\t', " | "), @"REPORT RequestId: 7 | Duration: 1.23 ms | Billed Duration: 2 ms | Memory Size: 128 MB | Max Memory Used: 9 MB | Status: timeout");
    }

    #[test]
    fn the_tail_is_cut_between_characters() {
        let log = format!("{}{}", "é".repeat(10), "a".repeat(4095));
        assert_eq!(tail(&log), "a".repeat(4095));
        assert_eq!(tail("short"), "short");
    }

    #[test]
    fn a_stream_is_named_by_day_version_and_id() {
        let now = "2026-01-31T10:00:00Z".parse().unwrap();
        assert_eq!(
            log_stream(now, "$LATEST", "0a-1b"),
            "2026/01/31/[$LATEST]0a1b"
        );
    }
}
