//! How an invocation fails when it is not the function itself that says so, and
//! the payloads that callers get for it (AWS docs, "Troubleshoot invocation
//! issues", and the payloads that the service sends).

use std::process::ExitStatus;
use std::time::Duration;

use serde_json::{Value, json};

use super::api::RESPONSE_LIMIT;

/// Why there is no answer of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The process ended.
    Exited(ExitStatus),
    /// The function took longer than its timeout.
    TimedOut(Duration),
    /// The process did not ask for work in time.
    InitTimedOut(Duration),
    /// The process reported that it cannot start.
    Init(bytes::Bytes),
    /// There is no process to start.
    Entrypoint(String),
    /// The answer is too large.
    TooLarge,
    /// This emulation could not do its part.
    Internal(String),
}

impl Failure {
    /// The payload that the caller gets.
    pub fn payload(&self, request_id: &str) -> Value {
        let message = |text: String| format!("RequestId: {request_id} Error: {text}");
        let (kind, text) = match self {
            Self::Exited(status) => ("Runtime.ExitError", message(exit_text(*status))),
            Self::TimedOut(limit) | Self::InitTimedOut(limit) => {
                ("Sandbox.Timedout", message(timeout_text(*limit)))
            }
            Self::Init(payload) => {
                if let Ok(value) = serde_json::from_slice(payload) {
                    return value;
                }
                (
                    "Runtime.Unknown",
                    message("initialization failed".to_owned()),
                )
            }
            Self::Entrypoint(reason) => ("Runtime.InvalidEntrypoint", message(reason.clone())),
            Self::TooLarge => (
                "Function.ResponseSizeTooLarge",
                format!(
                    "Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
                ),
            ),
            Self::Internal(reason) => (
                "Runtime.Unknown",
                message(format!("the embedded AWS failed: {reason}")),
            ),
        };
        json!({ "errorType": kind, "errorMessage": text })
    }

    /// What the log says of it, before `END`.
    pub fn log_line(&self, request_id: &str, now: jiff::Timestamp) -> Option<String> {
        match self {
            Self::TimedOut(limit) | Self::InitTimedOut(limit) => Some(format!(
                "{} {request_id} {}\n",
                now.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"),
                timeout_text(*limit)
            )),
            Self::TooLarge | Self::Init(_) => None,
            Self::Exited(_) | Self::Entrypoint(_) | Self::Internal(_) => {
                let payload = self.payload(request_id);
                let text = |member: &str| payload[member].as_str().unwrap_or_default().to_owned();
                Some(format!("{}\n{}\n", text("errorMessage"), text("errorType")))
            }
        }
    }

    /// `Status: …` and `Error Type: …` of the `REPORT` line.
    pub fn report(&self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::TimedOut(_) | Self::InitTimedOut(_) => ("timeout", None),
            Self::Exited(_) => ("error", Some("Runtime.ExitError")),
            Self::Entrypoint(_) => ("error", Some("Runtime.InvalidEntrypoint")),
            Self::TooLarge => ("error", Some("Function.ResponseSizeTooLarge")),
            Self::Init(_) | Self::Internal(_) => ("error", Some("Runtime.Unknown")),
        }
    }
}

fn timeout_text(limit: Duration) -> String {
    format!("Task timed out after {:.2} seconds", limit.as_secs_f64())
}

/// The end of a process in the words of Lambda, which are those of Go.
fn exit_text(status: ExitStatus) -> String {
    if status.success() {
        return "Runtime exited without providing a reason".to_owned();
    }
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(signal) = status.signal() {
            let core = if status.core_dumped() {
                " (core dumped)"
            } else {
                ""
            };
            let name = signal_name(signal);
            return format!("Runtime exited with error: signal: {name}{core}");
        }
    }
    let code = status.code().unwrap_or(-1);
    format!("Runtime exited with error: exit status {code}")
}

#[cfg(unix)]
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(unix)]
    use std::os::unix::process::ExitStatusExt as _;

    #[test]
    fn a_timeout_names_the_seconds() {
        let failure = Failure::TimedOut(Duration::from_secs(3));
        insta::assert_snapshot!(failure.payload("7"), @r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: 7 Error: Task timed out after 3.00 seconds"}"#);
        let now = "2026-01-31T10:00:00.5Z".parse().unwrap();
        insta::assert_snapshot!(failure.log_line("7", now).unwrap(), @"2026-01-31T10:00:00.500Z 7 Task timed out after 3.00 seconds");
    }

    #[cfg(unix)]
    #[test]
    fn the_end_of_a_process_is_told_as_lambda_tells_it() {
        let text = |raw| {
            let payload = Failure::Exited(ExitStatus::from_raw(raw)).payload("7");
            payload["errorMessage"].as_str().unwrap().to_owned()
        };
        insta::assert_snapshot!(text(0x100), @"RequestId: 7 Error: Runtime exited with error: exit status 1");
        insta::assert_snapshot!(text(9), @"RequestId: 7 Error: Runtime exited with error: signal: killed");
        insta::assert_snapshot!(text(6 | 0x80), @"RequestId: 7 Error: Runtime exited with error: signal: aborted (core dumped)");
        insta::assert_snapshot!(text(0), @"RequestId: 7 Error: Runtime exited without providing a reason");
    }

    #[test]
    fn an_init_error_is_passed_on_as_it_is() {
        let failure = Failure::Init(r#"{"errorMessage":"no table"}"#.into());
        assert_eq!(failure.payload("7"), json!({ "errorMessage": "no table" }));
    }
}
