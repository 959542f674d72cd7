//! One run of a schedule: the target is invoked with the schedule's role, tried again when that
//! fails, and given up into the dead-letter queue.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::arn;
use super::operations::{circumstances, lets_in};
use super::state::{Run, Schedule};
use crate::core::calls::call_as;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Principal, Request};
use crate::core::world::World;

/// The first pause; each is twice the one before (user guide: exponential backoff; its figures
/// are not told).
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The longest.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// From 0 (included) to 1 (excluded).
pub(super) fn chance(world: &World) -> f64 {
    let digits = world.ids.token(9, "0123456789");
    digits.parse::<f64>().unwrap_or_default() / 1e9
}

/// Whether a role lets the service assume it.
///
/// # Errors
/// `InternalFailure` for a policy that cannot be read.
pub(super) fn trusted(world: &World, role_arn: &str) -> ServiceResult<bool> {
    let circumstances = circumstances(world);
    world.read(|state| lets_in(state, role_arn, &circumstances))
}

/// Why it is not tried again.
fn exhausted(attempts: i64, retries: i64, age: Duration, longest: i64) -> Option<&'static str> {
    if attempts > retries {
        Some("MaximumRetryAttempts")
    } else if age >= Duration::from_secs(longest.unsigned_abs()) {
        Some("MaximumEventAgeInSeconds")
    } else {
        None
    }
}

/// The pause behind so many attempts.
fn pause(attempts: i64) -> Duration {
    let doubled = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    (FIRST_PAUSE * 2_u32.pow(doubled)).min(LONGEST_PAUSE)
}

/// The input with what stands for circumstances of the run (user guide, "Adding context
/// attributes in EventBridge Scheduler").
fn filled(input: &str, arn: &str, run: Run, execution_id: &str, attempt: i64) -> String {
    input
        .replace("<aws.scheduler.schedule-arn>", arn)
        .replace("<aws.scheduler.scheduled-time>", &scheduled(run))
        .replace("<aws.scheduler.execution-id>", execution_id)
        .replace("<aws.scheduler.attempt-number>", &attempt.to_string())
}

/// To the second, e.g. `2026-01-31T12:00:00Z`.
fn scheduled(run: Run) -> String {
    run.scheduled.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Does a run, however long it takes.
pub(super) async fn deliver(world: &Arc<World>, schedule: &Schedule, run: Run) {
    let target = &schedule.settings.target;
    let (own, execution_id) = (arn(world, &schedule.name), world.ids.uuid());
    let began = world.clock.now();
    let mut attempts = 0;
    loop {
        attempts += 1;
        let input = filled(&target.input, &own, run, &execution_id, attempts);
        let Err(error) = invoke(world, schedule, input.clone()).await else {
            return;
        };
        tracing::warn!(schedule = schedule.name, %error, "the target is not invoked");
        let passed = world.clock.now().duration_since(began);
        let age = Duration::try_from(passed).unwrap_or_default() + pause(attempts);
        let Some(reason) = exhausted(attempts, target.retries, age, target.longest) else {
            world.clock.sleep(pause(attempts)).await;
            continue;
        };
        let Some(queue) = &target.dead_letter_queue else {
            tracing::error!(schedule = schedule.name, %error, "a run is given up");
            return;
        };
        let text = |value: &str| json!({ "DataType": "String", "StringValue": value });
        let message = json!({
            "QueueUrl": crate::sqs::queue_url(world, queue.rsplit(':').next().unwrap_or_default()),
            "MessageBody": json!({
                "FunctionName": target.arn, "InvocationType": "Event", "Payload": input,
            }).to_string(),
            // User guide, "Configuring a schedule's dead-letter queue in EventBridge Scheduler".
            "MessageAttributes": {
                "ERROR_CODE": text(&error.code),
                "ERROR_MESSAGE": text(&error.message),
                "EXECUTION_ID": text(&execution_id),
                "EXHAUSTED_RETRY_CONDITION": text(reason),
                "IS_PAYLOAD_TRUNCATED": text("false"),
                "RETRY_ATTEMPTS": text(&(attempts - 1).to_string()),
                "SCHEDULED_TIME": text(&scheduled(run)),
                "SCHEDULE_ARN": text(&own),
                "TARGET_ARN": text(&target.arn),
            },
        });
        let headers = [
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", "AmazonSQS.SendMessage"),
        ];
        let sent = call(world, schedule, "sqs", "/", &headers, message.to_string()).await;
        if let Err(error) = sent {
            tracing::error!(schedule = schedule.name, %error, "a run is lost: its dead-letter queue takes nothing");
        }
        return;
    }
}

/// Invokes the function, without waiting for what it answers (user guide, "Using templated
/// targets": `lambda:Invoke`, asynchronous).
async fn invoke(world: &Arc<World>, schedule: &Schedule, input: String) -> ServiceResult<()> {
    let function = utf8_percent_encode(&schedule.settings.target.arn, NON_ALPHANUMERIC);
    let path = format!("/2015-03-31/functions/{function}/invocations");
    let headers = [
        ("content-type", "application/json"),
        ("x-amz-invocation-type", "Event"),
    ];
    call(world, schedule, "lambda", &path, &headers, input).await
}

/// A call with the schedule's role.
async fn call(
    world: &Arc<World>,
    schedule: &Schedule,
    service: &str,
    path: &str,
    headers: &[(&'static str, &str)],
    body: String,
) -> ServiceResult<()> {
    let role_arn = &schedule.settings.target.role_arn;
    if !trusted(world, role_arn)? {
        return Err(ServiceError::new(
            403,
            "AccessDenied",
            format!("The role {role_arn} does not let the schedule assume it."),
        ));
    }
    let mut all = HeaderMap::new();
    for (name, value) in headers {
        let value = HeaderValue::from_str(value).map_err(ServiceError::internal)?;
        all.insert(HeaderName::from_static(name), value);
    }
    let request = Request {
        method: Method::POST,
        path: path.to_owned(),
        query: Vec::new(),
        headers: all,
        body: Bytes::from(body),
    };
    let principal = Principal::AssumedRole {
        role_name: role_arn.rsplit('/').next().unwrap_or_default().to_owned(),
        session_name: schedule.name.clone(),
    };
    let response = call_as(world, principal, service, &request).await?;
    if response.status < 300 {
        return Ok(());
    }
    let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let text = |names: [&str; 2]| {
        let found = names.iter().find_map(|name| answer[*name].as_str());
        found.unwrap_or_default().to_owned()
    };
    let named = response
        .headers
        .iter()
        .find(|(name, _)| *name == "x-amzn-errortype")
        .map(|(_, value)| value.to_string());
    let code = named.unwrap_or_else(|| text(["__type", "code"]));
    Err(ServiceError::new(
        response.status,
        code.rsplit('#').next().unwrap_or_default().to_owned(),
        text(["message", "Message"]),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_so_often_and_so_long() {
        let minute = Duration::from_secs(60);
        assert_eq!(
            exhausted(1, 0, Duration::ZERO, 60),
            Some("MaximumRetryAttempts")
        );
        assert_eq!(exhausted(1, 1, Duration::ZERO, 60), None);
        assert_eq!(
            exhausted(2, 1, Duration::ZERO, 60),
            Some("MaximumRetryAttempts")
        );
        assert_eq!(
            exhausted(1, 1, minute, 60),
            Some("MaximumEventAgeInSeconds")
        );
    }

    #[test]
    fn pauses_grow_to_a_bound() {
        assert_eq!([1, 2, 3].map(|count| pause(count).as_secs()), [1, 2, 4]);
        assert_eq!(pause(185), LONGEST_PAUSE);
    }

    #[test]
    fn an_input_tells_of_its_run() {
        let time = "2026-01-31T12:00:00.5Z".parse().unwrap();
        let run = Run {
            scheduled: time,
            due: time,
        };
        let input =
            r#"{"at":"<aws.scheduler.scheduled-time>","try":<aws.scheduler.attempt-number>}"#;
        assert_eq!(
            filled(input, "arn", run, "id", 2),
            r#"{"at":"2026-01-31T12:00:00Z","try":2}"#
        );
    }
}
