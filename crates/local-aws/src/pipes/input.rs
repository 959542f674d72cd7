//! Requests that make and change pipes: constraints of the service model
//! (botocore, pipes/2015-10-07), then what this emulation has.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::pattern::Pattern;
use super::shapes::{
    ARN, ARN_SHAPE, GROUP_ARN, GROUP_SHAPE, ROLE_ARN, ROLE_SHAPE, check_name, check_tags, shaped,
};
use super::state::{
    DeadLetterConfig, Desired, InvocationType, LogConfiguration, LogLevel, OnPartialFailure,
    Settings, StartingPosition, StreamParameters,
};
use crate::core::constraint::Checks;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Unread, absent};
use crate::core::world::ACCOUNT;
use crate::lambda::names::FunctionName;

/// The body of `CreatePipe` and `UpdatePipe`; which of them has what is checked.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase", default)]
pub struct Input {
    description: Option<String>,
    desired_state: Option<String>,
    source: Option<String>,
    source_parameters: Option<SourceParameters>,
    target: Option<String>,
    target_parameters: Option<TargetParameters>,
    role_arn: Option<String>,
    pub(super) tags: Option<BTreeMap<String, String>>,
    log_configuration: Option<LogParameters>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase", default)]
struct SourceParameters {
    filter_criteria: Option<FilterCriteria>,
    #[serde(rename = "DynamoDBStreamParameters")]
    stream: Option<Stream>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase", default)]
struct FilterCriteria {
    filters: Vec<Filter>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase", default)]
struct Filter {
    pattern: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase", default)]
struct Stream {
    starting_position: Option<String>,
    batch_size: Option<i64>,
    dead_letter_config: Option<DeadLetterConfig>,
    on_partial_batch_item_failure: Option<String>,
    maximum_batching_window_in_seconds: Option<i64>,
    maximum_record_age_in_seconds: Option<i64>,
    maximum_retry_attempts: Option<i64>,
    parallelization_factor: Option<i64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase", default)]
struct TargetParameters {
    lambda_function_parameters: Option<FunctionParameters>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase", default)]
struct FunctionParameters {
    invocation_type: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase", default)]
struct LogParameters {
    level: Option<String>,
    cloudwatch_logs_log_destination: Option<LogDestination>,
    include_execution_data: Option<Vec<String>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase", default)]
struct LogDestination {
    log_group_arn: Option<String>,
}

/// A refusal.
pub fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "ValidationException", message)
}

/// Reads a body.
///
/// # Errors
/// Not implemented, naming the member; `ValidationException` for one that is
/// absent; `SerializationException`.
pub fn read<T: DeserializeOwned>(operation: &str, body: Map<String, Value>) -> ServiceResult<T> {
    let body = without_nulls(Value::Object(body));
    serde_json::from_value(body).map_err(|error| {
        let message = error.to_string();
        match Unread::of(&message) {
            Unread::Unknown(name) => {
                ServiceError::not_implemented(format!("the member {name} of pipes:{operation}"))
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

impl Input {
    /// What `CreatePipe` asks for.
    ///
    /// # Errors
    /// `ValidationException`; not implemented for other sources and targets.
    pub fn create(self, name: &str, region: &str) -> ServiceResult<(Settings, Desired)> {
        let mut checks = Checks::default();
        check_name(&mut checks, "name", name);
        checks.required("source", self.source.as_ref());
        checks.required("target", self.target.as_ref());
        self.check(&mut checks);
        let position = self.source_parameters.as_ref().and_then(|parameters| {
            let stream = parameters.stream.as_ref()?;
            Some(stream.starting_position.as_ref())
        });
        if let Some(position) = position {
            checks.required(
                "sourceParameters.dynamoDBStreamParameters.startingPosition",
                position,
            );
        }
        checks.done()?;
        let source = self.source.clone().unwrap_or_default();
        check_source(&source, region)?;
        let target = self.target.clone().unwrap_or_default();
        check_target(&target, region)?;
        let parameters = self.source_parameters.clone().unwrap_or_default();
        let Some(stream) = parameters.stream else {
            return Err(invalid(
                "DynamoDBStreamParameters with a StartingPosition must be given for a DynamoDB stream",
            ));
        };
        let position = match stream.starting_position.as_deref() {
            Some("LATEST") => StartingPosition::Latest,
            _ => StartingPosition::TrimHorizon,
        };
        let desired = self.desired();
        let settings = Settings {
            description: self.description,
            role_arn: self.role_arn.unwrap_or_default(),
            source,
            filters: filters(parameters.filter_criteria)?,
            stream: stream.parameters(position)?,
            target,
            invocation_type: invocation_type(self.target_parameters),
            log: log(self.log_configuration)?,
        };
        Ok((settings, desired.unwrap_or(Desired::Running)))
    }

    /// What `UpdatePipe` makes of a pipe. What is not given stays; a parameters
    /// object that is given replaces the one before (AWS docs, `UpdatePipe`).
    ///
    /// # Errors
    /// `ValidationException`; not implemented for other targets.
    pub fn update(
        self,
        region: &str,
        now: &Settings,
    ) -> ServiceResult<(Settings, Option<Desired>)> {
        for (there, member) in [
            (self.source.is_some(), "Source"),
            (self.tags.is_some(), "Tags"),
        ] {
            if there {
                return Err(ServiceError::not_implemented(format!(
                    "the member {member} of pipes:UpdatePipe"
                )));
            }
        }
        let desired = self.desired();
        let mut settings = now.clone();
        if let Some(role) = self.role_arn {
            settings.role_arn = role;
        }
        if let Some(description) = self.description {
            settings.description = Some(description);
        }
        if let Some(target) = self.target {
            check_target(&target, region)?;
            settings.target = target;
        }
        if let Some(parameters) = self.source_parameters {
            settings.filters = filters(parameters.filter_criteria)?;
            let stream = parameters.stream.unwrap_or_default();
            if stream.starting_position.is_some() {
                return Err(ServiceError::not_implemented(
                    "the member StartingPosition of pipes:UpdatePipe",
                ));
            }
            settings.stream = stream.parameters(now.stream.starting_position)?;
        }
        if self.target_parameters.is_some() {
            settings.invocation_type = invocation_type(self.target_parameters);
        }
        if self.log_configuration.is_some() {
            settings.log = log(self.log_configuration)?;
        }
        Ok((settings, desired))
    }

    /// What the service model says of `UpdatePipe`, whatever there is to be changed.
    ///
    /// # Errors
    /// `ValidationException`.
    pub fn check_update(&self, name: &str) -> ServiceResult<()> {
        let mut checks = Checks::default();
        check_name(&mut checks, "name", name);
        self.check(&mut checks);
        checks.done()
    }

    fn desired(&self) -> Option<Desired> {
        self.desired_state.as_deref().map(|state| match state {
            "STOPPED" => Desired::Stopped,
            _ => Desired::Running,
        })
    }

    /// The constraints of the service model.
    fn check(&self, checks: &mut Checks) {
        if let Some(description) = &self.description {
            checks.length("description", description, 0, 512);
            if description.contains('\n') {
                checks.pattern("description", description, ".*");
            }
        }
        if let Some(state) = &self.desired_state {
            checks.one_of("desiredState", state, &["RUNNING", "STOPPED"]);
        }
        for (member, arn) in [("source", &self.source), ("target", &self.target)] {
            if let Some(arn) = arn {
                shaped(checks, member, arn, 1600, (&ARN_SHAPE, ARN));
            }
        }
        checks.required("roleArn", self.role_arn.as_ref());
        if let Some(role) = &self.role_arn {
            shaped(checks, "roleArn", role, 1600, (&ROLE_SHAPE, ROLE_ARN));
        }
        if let Some(tags) = &self.tags {
            check_tags(checks, tags);
        }
        if let Some(parameters) = &self.source_parameters {
            parameters.check(checks);
        }
        if let Some(kind) = self
            .target_parameters
            .as_ref()
            .and_then(|parameters| parameters.lambda_function_parameters.as_ref())
            .and_then(|function| function.invocation_type.as_ref())
        {
            checks.one_of(
                "targetParameters.lambdaFunctionParameters.invocationType",
                kind,
                &["REQUEST_RESPONSE", "FIRE_AND_FORGET"],
            );
        }
        if let Some(log) = &self.log_configuration {
            log.check(checks);
        }
    }
}

impl SourceParameters {
    fn check(&self, checks: &mut Checks) {
        if let Some(criteria) = &self.filter_criteria {
            if criteria.filters.len() > 5 {
                let most = "sourceParameters.filterCriteria.filters";
                checks.range(most, criteria.filters.len() as i64, 0, 5);
            }
            for filter in &criteria.filters {
                let pattern = filter.pattern.as_deref().unwrap_or_default();
                let member = "sourceParameters.filterCriteria.filters.1.member.pattern";
                checks.length(member, pattern, 0, 4096);
            }
        }
        let Some(stream) = &self.stream else { return };
        let member = |name: &str| format!("sourceParameters.dynamoDBStreamParameters.{name}");
        for (name, value, least, most) in [
            ("batchSize", stream.batch_size, 1, 10_000),
            (
                "maximumBatchingWindowInSeconds",
                stream.maximum_batching_window_in_seconds,
                0,
                300,
            ),
            (
                "maximumRecordAgeInSeconds",
                stream.maximum_record_age_in_seconds,
                -1,
                604_800,
            ),
            (
                "maximumRetryAttempts",
                stream.maximum_retry_attempts,
                -1,
                10_000,
            ),
            (
                "parallelizationFactor",
                stream.parallelization_factor,
                1,
                10,
            ),
        ] {
            if let Some(value) = value {
                checks.range(&member(name), value, least, most);
            }
        }
        for (name, value, words) in [
            (
                "startingPosition",
                &stream.starting_position,
                &["TRIM_HORIZON", "LATEST"][..],
            ),
            (
                "onPartialBatchItemFailure",
                &stream.on_partial_batch_item_failure,
                &["AUTOMATIC_BISECT"][..],
            ),
        ] {
            if let Some(value) = value {
                checks.one_of(&member(name), value, words);
            }
        }
        if let Some(arn) = stream
            .dead_letter_config
            .as_ref()
            .and_then(|config| config.arn.as_ref())
        {
            shaped(
                checks,
                &member("deadLetterConfig.arn"),
                arn,
                1600,
                (&ARN_SHAPE, ARN),
            );
        }
    }
}

impl Stream {
    /// With the defaults of DynamoDB streams as a source.
    fn parameters(self, position: StartingPosition) -> ServiceResult<StreamParameters> {
        let small = |value: Option<i64>, default: u32| {
            value.map_or(default, |value| u32::try_from(value).unwrap_or(default))
        };
        if let Some(arn) = self
            .dead_letter_config
            .as_ref()
            .and_then(|config| config.arn.as_deref())
            && arn.split(':').nth(2) != Some("sqs")
        {
            return Err(ServiceError::not_implemented(format!(
                "the dead-letter target {arn} of a pipe: queues of SQS alone"
            )));
        }
        Ok(StreamParameters {
            batch_size: small(self.batch_size, 1),
            dead_letter_config: self.dead_letter_config,
            on_partial_batch_item_failure: self
                .on_partial_batch_item_failure
                .map(|_| OnPartialFailure::AutomaticBisect),
            maximum_batching_window_in_seconds: small(self.maximum_batching_window_in_seconds, 0),
            maximum_record_age_in_seconds: self.maximum_record_age_in_seconds.unwrap_or(-1),
            maximum_retry_attempts: self.maximum_retry_attempts.unwrap_or(-1),
            parallelization_factor: small(self.parallelization_factor, 1),
            starting_position: position,
        })
    }
}

impl LogParameters {
    fn check(&self, checks: &mut Checks) {
        checks.required("logConfiguration.level", self.level.as_ref());
        if let Some(level) = &self.level {
            let levels = ["OFF", "ERROR", "INFO", "TRACE"];
            checks.one_of("logConfiguration.level", level, &levels);
        }
        for data in self.include_execution_data.iter().flatten() {
            checks.one_of("logConfiguration.includeExecutionData", data, &["ALL"]);
        }
        if let Some(destination) = &self.cloudwatch_logs_log_destination {
            let member = "logConfiguration.cloudwatchLogsLogDestination.logGroupArn";
            checks.required(member, destination.log_group_arn.as_ref());
            if let Some(arn) = &destination.log_group_arn {
                shaped(checks, member, arn, 1600, (&GROUP_SHAPE, GROUP_ARN));
            }
        }
    }
}

fn filters(criteria: Option<FilterCriteria>) -> ServiceResult<Vec<String>> {
    let patterns: Vec<String> = criteria
        .unwrap_or_default()
        .filters
        .into_iter()
        .map(|filter| filter.pattern.unwrap_or_default())
        .collect();
    for pattern in &patterns {
        Pattern::parse(pattern)
            .map_err(|error| invalid(format!("Event pattern is not valid. Reason: {error}")))?;
    }
    Ok(patterns)
}

fn invocation_type(parameters: Option<TargetParameters>) -> Option<InvocationType> {
    let kind = parameters?.lambda_function_parameters?.invocation_type?;
    Some(match kind.as_str() {
        "FIRE_AND_FORGET" => InvocationType::FireAndForget,
        _ => InvocationType::RequestResponse,
    })
}

fn log(parameters: Option<LogParameters>) -> ServiceResult<Option<LogConfiguration>> {
    let Some(parameters) = parameters else {
        return Ok(None);
    };
    let level = match parameters.level.as_deref() {
        Some("TRACE") => LogLevel::Trace,
        Some("INFO") => LogLevel::Info,
        Some("ERROR") => LogLevel::Error,
        _ => LogLevel::Off,
    };
    let group_arn = parameters
        .cloudwatch_logs_log_destination
        .and_then(|destination| destination.log_group_arn);
    if level != LogLevel::Off && group_arn.is_none() {
        return Err(invalid(
            "A log destination must be given for a log level other than OFF",
        ));
    }
    Ok(Some(LogConfiguration {
        level,
        group_arn,
        execution_data: parameters
            .include_execution_data
            .is_some_and(|data| !data.is_empty()),
    }))
}

/// Only DynamoDB streams of this account and Region.
fn check_source(arn: &str, region: &str) -> ServiceResult<()> {
    let tables = format!("arn:aws:dynamodb:{region}:{ACCOUNT}:table/");
    match arn.strip_prefix(&tables) {
        Some(rest) if rest.contains("/stream/") => Ok(()),
        Some(_) => Err(invalid(format!(
            "The source {arn} is a table: give the ARN of its stream"
        ))),
        None => Err(ServiceError::not_implemented(format!(
            "the source {arn} of a pipe: streams of DynamoDB tables in {region} alone"
        ))),
    }
}

/// Only functions of this account and Region.
fn check_target(arn: &str, region: &str) -> ServiceResult<()> {
    let functions = format!("arn:aws:lambda:{region}:{ACCOUNT}:function:");
    if !arn.starts_with(&functions) {
        return Err(ServiceError::not_implemented(format!(
            "the target {arn} of a pipe: functions in {region} alone"
        )));
    }
    FunctionName::read(arn, None, region)
        .map(|_| ())
        .map_err(|error| invalid(error.message))
}

#[cfg(test)]
mod tests;
