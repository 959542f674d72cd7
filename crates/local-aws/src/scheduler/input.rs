//! Requests that make and change schedules: constraints of the service model (botocore,
//! scheduler/2021-06-30), then what this emulation has. Pure.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::GROUP;
use super::expression::Expression;
use super::state::{Settings, Target};
use crate::core::constraint::Checks;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Unread, absent};
use crate::core::world::ACCOUNT;

/// The body of `CreateSchedule` and `UpdateSchedule`.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Input {
    #[serde(default)]
    action_after_completion: Option<String>,
    #[serde(default)]
    client_token: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    end_date: Option<f64>,
    flexible_time_window: Window,
    #[serde(default)]
    group_name: Option<String>,
    schedule_expression: String,
    #[serde(default)]
    schedule_expression_timezone: Option<String>,
    #[serde(default)]
    start_date: Option<f64>,
    #[serde(default)]
    state: Option<String>,
    target: TargetInput,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Window {
    mode: String,
    #[serde(default)]
    maximum_window_in_minutes: Option<i64>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct TargetInput {
    arn: String,
    role_arn: String,
    #[serde(default)]
    input: Option<String>,
    #[serde(default)]
    retry_policy: Option<RetryPolicy>,
    #[serde(default)]
    dead_letter_config: Option<DeadLetterConfig>,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase", default)]
struct RetryPolicy {
    maximum_event_age_in_seconds: Option<i64>,
    maximum_retry_attempts: Option<i64>,
}

#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase", default)]
struct DeadLetterConfig {
    arn: Option<String>,
}

/// The defaults of a retry policy, which are the most too (user guide, "Managing a schedule").
pub(super) const RETRIES: i64 = 185;
pub(super) const LONGEST: i64 = 86_400;

pub(super) fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "ValidationException", message)
}

/// Reads a body.
///
/// # Errors
/// 501 for a member that is not implemented, `ValidationException` for one that is missing.
pub(super) fn read(operation: &str, body: Map<String, Value>) -> ServiceResult<Input> {
    serde_json::from_value(without_nulls(Value::Object(body))).map_err(|error| {
        let message = error.to_string();
        match Unread::of(&message) {
            Unread::Unknown(name) => {
                ServiceError::not_implemented(format!("the member {name} of scheduler:{operation}"))
            }
            Unread::Missing(name) => invalid(absent(name)),
            Unread::Other => ServiceError::new(400, "SerializationException", message),
        }
    })
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect(),
        other => other,
    }
}

/// Checks the name of a schedule, or what such a name starts with.
pub(super) fn check_name(checks: &mut Checks, member: &str, name: &str) {
    checks.length(member, name, 1, 64);
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !name.chars().all(allowed) {
        checks.pattern(member, name, "^[0-9a-zA-Z-_.]+$");
    }
}

/// That a group is the one that there is.
///
/// # Errors
/// `ResourceNotFoundException`, `ValidationException` for what cannot be the name of one.
pub(super) fn check_group(group: Option<&str>) -> ServiceResult<()> {
    let mut checks = Checks::default();
    if let Some(group) = group {
        check_name(&mut checks, "groupName", group);
    }
    checks.done()?;
    match group {
        None | Some(GROUP) => Ok(()),
        Some(other) => Err(ServiceError::new(
            404,
            "ResourceNotFoundException",
            format!("Schedule group {other} does not exist."),
        )),
    }
}

/// A role of this account.
fn is_role(arn: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@/-".contains(c);
    let name = arn.strip_prefix(&format!("arn:aws:iam::{ACCOUNT}:role/"));
    name.is_some_and(|name| !name.is_empty() && name.chars().all(allowed))
}

fn time(member: &str, seconds: Option<f64>) -> ServiceResult<Option<Timestamp>> {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "what is too large is no time, which is checked"
    )]
    let milliseconds = seconds.map(|seconds| (seconds * 1000.0) as i64);
    milliseconds
        .map(Timestamp::from_millisecond)
        .transpose()
        .map_err(|_| invalid(format!("{member} is no date")))
}

impl Input {
    pub(super) fn group(&self) -> Option<&str> {
        self.group_name.as_deref()
    }

    /// Checks it and gives what it says.
    ///
    /// # Errors
    /// `ValidationException`; 501 for what is not implemented.
    pub(super) fn settings(self, name: &str, region: &str) -> ServiceResult<Settings> {
        self.check(name)?;
        let timezone = self.schedule_expression_timezone;
        if let Some(zone) = timezone.as_deref().filter(|zone| *zone != "UTC") {
            return Err(ServiceError::not_implemented(format!(
                "schedules in the time zone {zone}, only UTC"
            )));
        }
        Expression::parse(&self.schedule_expression)?;
        let window = &self.flexible_time_window;
        let window = match (window.mode.as_str(), window.maximum_window_in_minutes) {
            ("OFF", None) => None,
            ("FLEXIBLE", Some(minutes)) => Some(minutes),
            ("OFF", Some(_)) => {
                return Err(invalid(
                    "MaximumWindowInMinutes must not be given where the flexible time window is OFF.",
                ));
            }
            _ => {
                return Err(invalid(
                    "MaximumWindowInMinutes must be given where the flexible time window is FLEXIBLE.",
                ));
            }
        };
        let (start, end) = (
            time("StartDate", self.start_date)?,
            time("EndDate", self.end_date)?,
        );
        if start.zip(end).is_some_and(|(start, end)| end <= start) {
            return Err(invalid("EndDate must be after StartDate."));
        }
        Ok(Settings {
            description: self.description,
            expression: self.schedule_expression,
            timezone,
            start,
            end,
            window,
            enabled: self.state.as_deref() != Some("DISABLED"),
            delete_after: self.action_after_completion.as_deref() == Some("DELETE"),
            target: self.target.read(region)?,
        })
    }

    fn check(&self, name: &str) -> ServiceResult<()> {
        let mut checks = Checks::default();
        check_name(&mut checks, "name", name);
        if let Some(group) = &self.group_name {
            check_name(&mut checks, "groupName", group);
        }
        checks.length("scheduleExpression", &self.schedule_expression, 1, 256);
        if let Some(zone) = &self.schedule_expression_timezone {
            checks.length("scheduleExpressionTimezone", zone, 1, 50);
        }
        if let Some(description) = &self.description {
            checks.length("description", description, 0, 512);
        }
        if let Some(token) = &self.client_token {
            checks.length("clientToken", token, 1, 64);
        }
        if let Some(state) = &self.state {
            checks.one_of("state", state, &["ENABLED", "DISABLED"]);
        }
        if let Some(action) = &self.action_after_completion {
            checks.one_of("actionAfterCompletion", action, &["NONE", "DELETE"]);
        }
        let window = &self.flexible_time_window;
        checks.one_of(
            "flexibleTimeWindow.mode",
            &window.mode,
            &["OFF", "FLEXIBLE"],
        );
        if let Some(minutes) = window.maximum_window_in_minutes {
            checks.range(
                "flexibleTimeWindow.maximumWindowInMinutes",
                minutes,
                1,
                1440,
            );
        }
        let target = &self.target;
        checks.length("target.arn", &target.arn, 1, 1600);
        checks.length("target.roleArn", &target.role_arn, 1, 1600);
        if !is_role(&target.role_arn) {
            let pattern = r"^arn:aws(-[a-z]+)?:iam::\d{12}:role\/[\w+=,.@\/-]+$";
            checks.pattern("target.roleArn", &target.role_arn, pattern);
        }
        if let Some(policy) = &target.retry_policy {
            if let Some(seconds) = policy.maximum_event_age_in_seconds {
                checks.range(
                    "target.retryPolicy.maximumEventAgeInSeconds",
                    seconds,
                    60,
                    LONGEST,
                );
            }
            if let Some(attempts) = policy.maximum_retry_attempts {
                checks.range(
                    "target.retryPolicy.maximumRetryAttempts",
                    attempts,
                    0,
                    RETRIES,
                );
            }
        }
        checks.done()
    }
}

impl TargetInput {
    fn read(self, region: &str) -> ServiceResult<Target> {
        let own = |service: &str| format!("arn:aws:{service}:{region}:{ACCOUNT}:");
        let function = self
            .arn
            .strip_prefix(&format!("{}function:", own("lambda")));
        if function.is_none_or(str::is_empty) {
            return Err(ServiceError::not_implemented(format!(
                "schedules whose target is no function of this account and Region: {}",
                self.arn
            )));
        }
        let Some(input) = self.input else {
            return Err(ServiceError::not_implemented(
                "schedules without Input, whose target gets a default notification",
            ));
        };
        // API reference, `Target`: what a function gets is JSON.
        if serde_json::from_str::<serde::de::IgnoredAny>(&input).is_err() {
            return Err(invalid("The input of a function must be well-formed JSON."));
        }
        let queue = self.dead_letter_config.and_then(|config| config.arn);
        if let Some(queue) = &queue {
            let name = queue.strip_prefix(&own("sqs")).unwrap_or_default();
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            // A FIFO queue, whose name has a point, is none for this (user guide).
            if name.is_empty() || !name.chars().all(allowed) {
                return Err(invalid(format!(
                    "The dead-letter queue {queue} is no standard queue of this account and Region."
                )));
            }
        }
        let policy = self.retry_policy.unwrap_or_default();
        Ok(Target {
            arn: self.arn,
            role_arn: self.role_arn,
            input,
            retries: policy.maximum_retry_attempts.unwrap_or(RETRIES),
            longest: policy.maximum_event_age_in_seconds.unwrap_or(LONGEST),
            dead_letter_queue: queue,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn with(changes: &Value) -> ServiceResult<Settings> {
        let mut body = json!({
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ScheduleExpression": "rate(1 hour)",
            "Target": {
                "Arn": "arn:aws:lambda:us-east-1:000000000000:function:f:live",
                "RoleArn": "arn:aws:iam::000000000000:role/r",
                "Input": "{}",
            },
        });
        merge(&mut body, changes);
        let Value::Object(body) = body else {
            panic!("an object")
        };
        read("CreateSchedule", body)?.settings("s", "us-east-1")
    }

    fn merge(into: &mut Value, changes: &Value) {
        match (into, changes) {
            (Value::Object(into), Value::Object(changes)) => {
                for (name, value) in changes {
                    merge(into.entry(name.clone()).or_insert(Value::Null), value);
                }
            }
            (into, changes) => *into = changes.clone(),
        }
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let settings = with(&json!({})).unwrap();
        assert!(settings.enabled && !settings.delete_after);
        assert_eq!(
            (settings.target.retries, settings.target.longest),
            (RETRIES, LONGEST)
        );
        assert_eq!(settings.window, None);
        let settings = with(&json!({"State": "DISABLED", "StartDate": 1.5})).unwrap();
        assert!(!settings.enabled);
        assert_eq!(settings.start, Timestamp::from_millisecond(1500).ok());
    }

    #[test]
    fn what_cannot_be_is_refused() {
        for changes in [
            json!({"ScheduleExpression": "hourly"}),
            json!({"State": "ON"}),
            json!({"FlexibleTimeWindow": {"Mode": "FLEXIBLE"}}),
            json!({"FlexibleTimeWindow": {"MaximumWindowInMinutes": 5}}),
            json!({"FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 1441}}),
            json!({"FlexibleTimeWindow": null}),
            json!({"StartDate": 2, "EndDate": 1}),
            json!({"Target": {"Input": "{"}}),
            json!({"Target": {"RoleArn": "r"}}),
            json!({"Target": {"RetryPolicy": {"MaximumRetryAttempts": 186}}}),
            json!({"Target": {"RetryPolicy": {"MaximumEventAgeInSeconds": 59}}}),
            json!({"Target": {"DeadLetterConfig": {"Arn": "arn:aws:sqs:us-east-1:000000000000:q.fifo"}}}),
        ] {
            assert_eq!(
                with(&changes).unwrap_err().code,
                "ValidationException",
                "{changes}"
            );
        }
        for changes in [
            json!({"ScheduleExpressionTimezone": "Europe/Berlin"}),
            json!({"KmsKeyArn": "k"}),
            json!({"Target": {"Arn": "arn:aws:sqs:us-east-1:000000000000:q"}}),
            json!({"Target": {"Input": null}}),
            json!({"Target": {"SqsParameters": {}}}),
        ] {
            assert!(
                with(&changes).unwrap_err().is_not_implemented(),
                "{changes}"
            );
        }
    }
}
