//! A pipe's own log in CloudWatch Logs (AWS docs, "Logging Amazon EventBridge
//! Pipes performance").

use jiff::Timestamp;
use serde_json::{Value, json};

use super::calls::Invocation;
use super::delivery::Outcome;
use super::state::{LogConfiguration, LogLevel, Pipe};
use crate::core::world::World;

/// The longest payload that is written; what is longer is cut and named.
const LONGEST: usize = 10_000;

/// The lines of one execution: its beginning and its end, as the level asks for.
pub(super) struct Log<'a> {
    world: &'a World,
    pipe: &'a Pipe,
    configuration: Option<&'a LogConfiguration>,
    execution_id: String,
    lines: Vec<(Timestamp, String)>,
}

impl<'a> Log<'a> {
    /// Begins an execution with that payload.
    pub(super) fn begin(world: &'a World, pipe: &'a Pipe, payload: &str) -> Self {
        let configuration = pipe
            .settings
            .log
            .as_ref()
            .filter(|log| log.level > LogLevel::Off && log.group_arn.is_some());
        let mut log = Self {
            world,
            pipe,
            configuration,
            execution_id: configuration.map_or_else(String::new, |_| world.ids.uuid()),
            lines: Vec::new(),
        };
        log.line(LogLevel::Info, "ExecutionStarted", Some(payload), None);
        log.line(LogLevel::Trace, "TargetInvocationStarted", None, None);
        log
    }

    /// Ends it and writes its lines.
    pub(super) fn end(mut self, invocation: &Invocation) {
        let (level, target, execution) = match invocation.outcome {
            Outcome::Success => (
                LogLevel::Info,
                "TargetInvocationSucceeded",
                "ExecutionSucceeded",
            ),
            Outcome::Partial(_) => (
                LogLevel::Error,
                "TargetInvocationPartiallyFailed",
                "ExecutionPartiallyFailed",
            ),
            Outcome::Later if invocation.status == 429 => (
                LogLevel::Error,
                "TargetInvocationFailed",
                "ExecutionThrottled",
            ),
            Outcome::Failure | Outcome::Refused | Outcome::Later => {
                (LogLevel::Error, "TargetInvocationFailed", "ExecutionFailed")
            }
        };
        let error = (invocation.outcome != Outcome::Success).then_some(invocation);
        let target_level = if error.is_some() {
            LogLevel::Error
        } else {
            LogLevel::Trace
        };
        self.line(target_level, target, Some(&invocation.answer), error);
        self.line(level, execution, None, None);
        let Some(group) = self.configuration.and_then(|log| log.group_arn.as_deref()) else {
            return;
        };
        let group = group_name(group);
        if let Err(error) = crate::logs::append(self.world, group, &self.pipe.name, self.lines) {
            tracing::error!(pipe = self.pipe.name, %error, "the pipe's log is not kept");
        }
    }

    fn line(
        &mut self,
        level: LogLevel,
        message_type: &str,
        payload: Option<&str>,
        error: Option<&Invocation>,
    ) {
        let Some(configuration) = self.configuration.filter(|log| log.level >= level) else {
            return;
        };
        let now = self.world.clock.now();
        let mut line = json!({
            "resourceArn": super::arn(self.world, &self.pipe.name),
            "timestamp": now.as_millisecond(),
            "executionId": self.execution_id,
            "messageType": message_type,
            "logLevel": level,
        });
        if let Some(invocation) = error {
            line["error"] = json!({
                "httpStatusCode": invocation.status,
                "message": cut(&invocation.answer).0,
                "awsService": "lambda",
            });
        }
        if let (true, Some(payload)) = (configuration.execution_data, payload) {
            let (payload, whole) = cut(payload);
            line["payload"] = Value::from(payload);
            if !whole {
                line["truncatedFields"] = json!(["payload"]);
            }
        }
        self.lines.push((now, line.to_string()));
    }
}

/// The start of a text, and whether that is all of it.
fn cut(text: &str) -> (&str, bool) {
    if text.len() <= LONGEST {
        return (text, true);
    }
    let end = (0..=LONGEST).rev().find(|end| text.is_char_boundary(*end));
    (text.get(..end.unwrap_or(0)).unwrap_or_default(), false)
}

/// The group of an ARN `arn:aws:logs:REGION:ACCOUNT:log-group:NAME[:*]`.
pub(super) fn group_name(arn: &str) -> &str {
    let name = arn.splitn(7, ':').nth(6).unwrap_or_default();
    name.strip_suffix(":*").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_named_with_and_without_a_star() {
        for arn in [
            "arn:aws:logs:us-east-1:000000000000:log-group:/aws/pipes/p",
            "arn:aws:logs:us-east-1:000000000000:log-group:/aws/pipes/p:*",
        ] {
            assert_eq!(group_name(arn), "/aws/pipes/p");
        }
    }

    #[test]
    fn long_payloads_are_cut_between_letters() {
        let text = "é".repeat(LONGEST);
        let (start, whole) = cut(&text);
        assert!(!whole && start.len() <= LONGEST && start.ends_with('é'));
        assert_eq!(cut("short"), ("short", true));
    }
}
