//! Pipes as they are kept.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::core::rows::{AnyRows, Rows};

/// The pipes by name.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// By name.
    #[serde(skip)]
    pub pipes: Rows<Pipe>,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "pipes";

    fn collections(&mut self) -> Vec<(String, &mut dyn AnyRows)> {
        vec![("pipes".to_owned(), &mut self.pipes)]
    }
}

/// A pipe from a DynamoDB stream to a function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pipe {
    /// Its name.
    pub name: String,
    /// Tells it from an earlier one of the name.
    pub id: String,
    /// Counts the changes of it, so that work begun before one is not mixed with it.
    pub revision: u64,
    /// What is configured.
    pub settings: Settings,
    /// What is asked for.
    pub desired: Desired,
    /// What is.
    pub current: Current,
    /// Why.
    pub reason: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
    /// The sequence number up to which the stream is done with; set when the pipe
    /// first starts.
    pub checkpoint: Option<String>,
}

/// What a request configures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// `Description`.
    pub description: Option<String>,
    /// ARN of the role it works with.
    pub role_arn: String,
    /// ARN of the stream.
    pub source: String,
    /// The filters' patterns.
    pub filters: Vec<String>,
    /// How the stream is read.
    pub stream: StreamParameters,
    /// ARN of the function, with or without a qualifier.
    pub target: String,
    /// `InvocationType`, when it was given.
    pub invocation_type: Option<InvocationType>,
    /// `LogConfiguration`.
    pub log: Option<LogConfiguration>,
}

/// `DynamoDBStreamParameters`, with the defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct StreamParameters {
    /// 1 to 10,000 records a batch.
    pub batch_size: u32,
    /// The dead-letter queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letter_config: Option<DeadLetterConfig>,
    /// `AUTOMATIC_BISECT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_partial_batch_item_failure: Option<OnPartialFailure>,
    /// How long a batch may wait for more records.
    pub maximum_batching_window_in_seconds: u32,
    /// -1: any age.
    pub maximum_record_age_in_seconds: i64,
    /// -1: as often as needed.
    pub maximum_retry_attempts: i64,
    /// How many batches at a time.
    pub parallelization_factor: u32,
    /// Where it begins to read.
    pub starting_position: StartingPosition,
}

/// The dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct DeadLetterConfig {
    /// ARN of an SQS queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
}

/// Where a new pipe begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum StartingPosition {
    /// With the oldest record.
    TrimHorizon,
    /// With the next one.
    Latest,
}

/// What to do with a batch that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OnPartialFailure {
    /// Halve it.
    AutomaticBisect,
}

/// Whether the function's answer is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InvocationType {
    /// Yes; the default.
    RequestResponse,
    /// No.
    FireAndForget,
}

/// What is logged, to CloudWatch Logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogConfiguration {
    /// How much.
    pub level: LogLevel,
    /// ARN of the group as it was given; absent only when the level is `OFF`.
    pub group_arn: Option<String>,
    /// Whether the records and answers are written, too.
    pub execution_data: bool,
}

/// How much is logged; each with what is before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum LogLevel {
    /// Nothing.
    Off,
    /// Failed executions.
    Error,
    /// Every execution.
    Info,
    /// Every stage.
    Trace,
}

/// `DesiredState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Desired {
    /// Delivering.
    Running,
    /// Not delivering.
    Stopped,
    /// Being deleted.
    Deleted,
}

/// `CurrentState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Current {
    /// Being made.
    Creating,
    /// It could not be made.
    CreateFailed,
    /// Being changed.
    Updating,
    /// It could not be changed.
    UpdateFailed,
    /// Being started.
    Starting,
    /// It could not be started.
    StartFailed,
    /// Delivering.
    Running,
    /// Being stopped.
    Stopping,
    /// Not delivering.
    Stopped,
    /// Being deleted.
    Deleting,
}

impl Current {
    /// Whether it will change without being asked.
    pub fn in_transit(self) -> bool {
        matches!(
            self,
            Self::Creating | Self::Updating | Self::Starting | Self::Stopping | Self::Deleting
        )
    }

    /// What it comes to when what it is about to do cannot be done.
    pub fn failed(self) -> Self {
        match self {
            Self::Creating => Self::CreateFailed,
            Self::Updating => Self::UpdateFailed,
            _ => Self::StartFailed,
        }
    }
}
