//! What CloudFormation shows while it works: change sets are made and deleted in the
//! background, resources take their time, and text beyond ASCII comes back as it can.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::diff::Change;
use super::early_validation;
use super::state::{Action, ChangeSet, Task};
use super::status::{ChangeSetStatus, ExecutionStatus};
use crate::core::consistency::{Lag, Model, Settling, Truth, begin, is_one_of, truth, young};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::state::State;
use crate::core::world::World;

/// How far a change set is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Being made: nothing of it is told yet.
    Making,
    /// Made.
    Done,
    /// Being deleted.
    Deleting,
}

impl Progress {
    /// The status that is told instead of the change set's own.
    pub fn status(self) -> Option<ChangeSetStatus> {
        match self {
            Self::Making => Some(ChangeSetStatus::CreateInProgress),
            Self::Done => None,
            Self::Deleting => Some(ChangeSetStatus::DeleteInProgress),
        }
    }
}

/// How far a change set is.
pub fn progress(state: &State, change_set: &ChangeSet, now: Timestamp) -> Progress {
    if change_set.deleting.is_some() {
        Progress::Deleting
    } else if young(state, Lag::ChangeSetCreation, &change_set.id, now).is_some() {
        Progress::Making
    } else {
        Progress::Done
    }
}

/// A change set as it is shown now.
pub struct Shown<'a> {
    /// `Status`.
    pub status: ChangeSetStatus,
    /// `ExecutionStatus`.
    pub execution_status: ExecutionStatus,
    /// `StatusReason`.
    pub reason: Option<&'a str>,
    /// What is told of its changes.
    pub changes: &'a [Change],
}

impl<'a> Shown<'a> {
    /// As it is shown now.
    pub fn of(state: &State, change_set: &'a ChangeSet, now: Timestamp) -> Self {
        match progress(state, change_set, now).status() {
            Some(status) => Self {
                status,
                execution_status: ExecutionStatus::Unavailable,
                reason: None,
                changes: &[],
            },
            None => Self {
                status: change_set.status,
                execution_status: change_set.execution_status,
                reason: change_set.status_reason.as_deref(),
                changes: &change_set.changes,
            },
        }
    }
}

/// Whether a change set that was just made is not known at all: suspected, of one in three,
/// for less than a second (aws/aws-cdk #6674 has `ChangeSetNotFound` from time to time).
pub fn is_unknown(state: &State, change_set: &ChangeSet, now: Timestamp) -> bool {
    young(state, Lag::ChangeSetCreation, &change_set.id, now).is_some_and(|young| {
        is_one_of(state, young, 3) && now.duration_since(young.since).as_secs() < 1
    })
}

/// A change set was made.
pub fn made(state: &mut State, id: &str, now: Timestamp) {
    begin(state, Lag::ChangeSetCreation, id, now);
}

/// Early validation of a change set that was just made.
pub fn validate(state: &mut State, id: &str) {
    let known = state.of::<super::State>().change_sets.get(id);
    let Some(change_set) = known.filter(|_| state.of::<Settling>().model() != Model::Immediate)
    else {
        return;
    };
    let conflicts = early_validation::conflicts(state, &change_set.changes);
    let stacks = state.of_mut::<super::State>();
    if let Some(change_set) = stacks.change_sets.get_mut(id)
        && !conflicts.is_empty()
    {
        change_set.status = ChangeSetStatus::Failed;
        change_set.execution_status = ExecutionStatus::Unavailable;
        change_set.status_reason = Some(early_validation::FAILED.to_owned());
        change_set.conflicts = conflicts;
    }
}

/// That a change set can be executed or deleted now.
///
/// # Errors
/// `InvalidChangeSetStatus` (its words: aws/aws-cdk #26182).
pub fn check_done(state: &State, change_set: &ChangeSet, now: Timestamp) -> ServiceResult<()> {
    match progress(state, change_set, now) {
        Progress::Done => Ok(()),
        Progress::Making | Progress::Deleting => Err(ServiceError::new(
            400,
            "InvalidChangeSetStatus",
            "An operation on this ChangeSet is currently in progress.  Please attempt this \
             operation again later.",
        )),
    }
}

/// Begins to delete a change set; false: nothing takes its time, delete it now. Its name is
/// taken until it is gone (aws/aws-cdk-cli #1404), and perhaps its token is remembered.
pub fn delete(state: &mut State, id: &str, now: Timestamp) -> bool {
    let Some(until) = begin(state, Lag::ChangeSetDeletion, id, now) else {
        return false;
    };
    let remembers = truth(state, Truth::ChangeSetTokens, 2) == 1;
    let stacks = state.of_mut::<super::State>();
    if let Some(change_set) = stacks.change_sets.get_mut(id) {
        change_set.deleting = Some(until);
        let key = change_set
            .client_token
            .as_ref()
            .map(|token| remembered_key(&change_set.stack_name, &change_set.name, token));
        let answer = (change_set.id.clone(), change_set.stack_id.clone());
        if let Some(key) = key.filter(|_| remembers) {
            stacks.spent_tokens.insert(key, answer);
        }
    }
    true
}

fn remembered_key(stack: &str, name: &str, token: &str) -> String {
    format!("{stack} {name} {token}")
}

/// The answer to a request whose token belonged to a change set that was deleted: that one's
/// again, as to any request that is repeated.
pub fn remembered(state: &State, stack: &str, name: &str, token: Option<&str>) -> Option<Value> {
    let key = remembered_key(stack, name, token?);
    let (id, stack_id) = state.of::<super::State>().spent_tokens.get(&key)?;
    Some(json!({ "Id": id, "StackId": stack_id }))
}

/// Takes away the change sets whose deletion is over.
///
/// # Errors
/// None of AWS.
pub fn forget_deleted(world: &World) -> ServiceResult<()> {
    let now = world.clock.now();
    let is_over = |change_set: &ChangeSet| change_set.deleting.is_some_and(|until| until <= now);
    let any = world.read(|state| {
        let stacks = state.of::<super::State>();
        stacks.change_sets.values().any(is_over)
    });
    if !any {
        return Ok(());
    }
    world.write(|state| {
        let stacks = state.of_mut::<super::State>();
        stacks
            .change_sets
            .retain(|_, change_set| !is_over(change_set));
        Ok(())
    })
}

/// Whether work takes the time that it takes on AWS.
pub fn takes_time(world: &World) -> bool {
    world.read(|state| state.of::<Settling>().model() != Model::Immediate)
}

/// How long a resource takes, about; nobody has measured it for us. Here one is made after
/// the other and on AWS many at once, so each is told shorter than it is.
pub fn duration(task: &Task) -> Duration {
    let creates = matches!(task.action, Action::Create { .. });
    let milliseconds = match task.kind.as_str() {
        // CloudFormation waits until it takes a role for known.
        "AWS::IAM::Role" if creates => 15_000,
        "AWS::DynamoDB::Table" => 8_000,
        "AWS::Pipes::Pipe" => 25_000,
        "AWS::S3::Bucket" | "AWS::SQS::Queue" if creates => 10_000,
        _ => 1_500,
    };
    Duration::from_millis(milliseconds)
}

/// Text as DescribeStacks and GetTemplate tell it: what is beyond ASCII comes back as `?`
/// (aws-cloudformation/cloudformation-coverage-roadmap #814 and #1220).
pub fn as_told(world: &World, mut value: Value) -> Value {
    if takes_time(world) {
        question_marks(&mut value);
    }
    value
}

fn question_marks(value: &mut Value) {
    match value {
        Value::String(text) if !text.is_ascii() => {
            let told = |letter: char| if letter.is_ascii() { letter } else { '?' };
            *text = text.chars().map(told).collect();
        }
        Value::Array(items) => items.iter_mut().for_each(question_marks),
        Value::Object(members) => members.values_mut().for_each(question_marks),
        _ => {}
    }
}
