//! What CloudFormation keeps: stacks, their resources and events, change sets.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::diff::Change;
use super::early_validation::Conflict;
use super::status::{ChangeSetStatus, ExecutionStatus, ResourceStatus, StackStatus};
use super::template::Policy;
use crate::core::rows::{AnyRows, Rows};

/// What the service keeps.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// By ARN, oldest first; deleted ones are among them.
    pub stacks: IndexMap<String, Stack>,
    /// By ARN, oldest first.
    pub change_sets: IndexMap<String, ChangeSet>,
    /// The client tokens of change sets that were deleted, where they are remembered: by
    /// stack, name and token the ARNs of change set and stack.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub spent_tokens: BTreeMap<String, (String, String)>,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "cloudformation";

    fn collections(&mut self) -> Vec<(String, &mut dyn AnyRows)> {
        let stacks = self.stacks.iter_mut();
        stacks
            .map(|(id, stack)| {
                let events: &mut dyn AnyRows = &mut stack.events;
                (format!("events {id}"), events)
            })
            .collect()
    }
}

/// What a stack is made from.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// The template as sent.
    pub template: String,
    /// Values of the parameters, in the template's order.
    pub parameters: IndexMap<String, String>,
    /// The stack's tags.
    pub tags: BTreeMap<String, String>,
    /// The acknowledged capabilities.
    pub capabilities: Vec<String>,
}

/// A stack.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    /// ARN.
    pub id: String,
    /// Name; unique among stacks that are not deleted.
    pub name: String,
    /// Status.
    pub status: StackStatus,
    /// Why it has this status.
    pub status_reason: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When the last update began.
    pub updated: Option<Timestamp>,
    /// When it was deleted.
    pub deleted: Option<Timestamp>,
    /// What it is made from; during an operation what it shall be.
    pub version: Version,
    /// The change set that was executed last.
    pub change_set_id: Option<String>,
    /// Outputs by key.
    pub outputs: IndexMap<String, Output>,
    /// Names of the exports it uses.
    pub imports: BTreeSet<String>,
    /// Resources by logical id.
    pub resources: IndexMap<String, Resource>,
    /// Events, oldest first.
    #[serde(skip)]
    pub events: Rows<Event>,
    /// Whether `DeleteStack` is refused.
    pub termination_protection: bool,
    /// Whether failures are left as they are.
    pub disable_rollback: bool,
    /// What is going on.
    pub operation: Option<Operation>,
    /// A rollback that failed and can be continued, or an update that failed
    /// and was told not to roll back.
    pub suspended: Option<Operation>,
    /// Client request tokens seen, and the operation each came with.
    pub tokens: BTreeMap<String, String>,
}

/// An output with its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The value.
    pub value: String,
    /// From the template.
    pub description: Option<String>,
    /// The export's name.
    pub export: Option<String>,
}

/// A resource of a stack.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Type.
    pub kind: String,
    /// What `Ref` gives; `None` until it exists.
    pub physical_id: Option<String>,
    /// What `Fn::GetAtt` gives.
    pub attributes: BTreeMap<String, Value>,
    /// Resolved properties that it has.
    pub properties: Map<String, Value>,
    /// Resolved properties of an update that failed: it may have a part of them.
    pub attempted: Option<Map<String, Value>>,
    /// Resolved metadata.
    pub metadata: Option<Value>,
    /// Logical ids that it depends on.
    pub depends: BTreeSet<String>,
    /// When it leaves the stack.
    pub deletion_policy: Policy,
    /// When it is replaced.
    pub update_replace_policy: Policy,
    /// The stack's tags when it was made or updated.
    pub stack_tags: BTreeMap<String, String>,
    /// Twelve random characters for generated names.
    pub token: String,
    /// Status.
    pub status: ResourceStatus,
    /// Why.
    pub status_reason: Option<String>,
    /// When the status changed.
    pub updated: Timestamp,
}

impl Resource {
    /// Whether there is something behind it.
    pub fn exists(&self) -> bool {
        self.physical_id.is_some()
            && !matches!(
                self.status,
                ResourceStatus::DeleteComplete | ResourceStatus::DeleteSkipped
            )
    }
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Unique.
    pub id: String,
    /// When.
    pub timestamp: Timestamp,
    /// The resource, or the stack by its name.
    pub logical_id: String,
    /// Its physical id; the stack's is its ARN.
    pub physical_id: String,
    /// Its type.
    pub kind: String,
    /// Its status.
    pub status: String,
    /// Why.
    pub reason: Option<String>,
    /// The client request token of the operation.
    pub token: Option<String>,
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Creating a stack.
    Create,
    /// Updating it.
    Update,
    /// Deleting what a failed creation made.
    Rollback,
    /// Restoring what a failed update changed.
    UpdateRollback,
    /// Deleting what an update made superfluous.
    Cleanup,
    /// Deleting what a failed update made.
    RollbackCleanup,
    /// Deleting the stack.
    Delete,
}

/// What happens when a resource fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnFailure {
    /// The stack goes back.
    #[default]
    Rollback,
    /// It stays as it is.
    DoNothing,
    /// It is deleted.
    Delete,
}

/// An operation on a stack, from its start to its last status.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Where it is.
    pub phase: Phase,
    /// The client's token, for events.
    pub token: Option<String>,
    /// What happens when a resource fails.
    pub on_failure: OnFailure,
    /// Whether `Retain` does not hold for what this operation made and rolls back.
    pub retain_except_on_create: bool,
    /// Logical ids that this phase is done with.
    pub done: BTreeSet<String>,
    /// Logical ids that failed in this phase.
    pub failed: Vec<String>,
    /// The call to a service that is under way.
    pub current: Option<Task>,
    /// What to delete when all else is done.
    pub remnants: Vec<Remnant>,
    /// What to go back to.
    pub before: Option<Box<Snapshot>>,
    /// Logical ids that `DeleteStack` leaves alone.
    pub retain: BTreeSet<String>,
    /// The change set being executed.
    pub change_set: Option<String>,
}

/// A stack as it was before an update.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// What it was made from.
    pub version: Version,
    /// Its outputs.
    pub outputs: IndexMap<String, Output>,
    /// Its imports.
    pub imports: BTreeSet<String>,
    /// Its resources.
    pub resources: IndexMap<String, Resource>,
}

/// A physical resource that is no longer needed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remnant {
    /// Its logical id.
    pub logical_id: String,
    /// The resource as it was.
    pub resource: Resource,
    /// Whether it stays, by its policy.
    pub retain: bool,
    /// Whether the logical id leaves the stack with it.
    pub leaves: bool,
}

/// One call to a resource type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// The resource.
    pub logical_id: String,
    /// Its type.
    pub kind: String,
    /// For generated names.
    pub token: String,
    /// The stack's tags.
    pub stack_tags: BTreeMap<String, String>,
    /// What to do.
    pub action: Action,
    /// Whether the process ended since it was begun: it may be done already.
    #[serde(skip)]
    pub repeated: bool,
}

/// What to do with a resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Action {
    /// Create it.
    Create {
        /// Resolved.
        properties: Map<String, Value>,
        /// Whether it takes the place of another.
        replaces: bool,
    },
    /// Update it in place.
    Update {
        /// What it is.
        physical_id: String,
        /// Resolved, before.
        before: Map<String, Value>,
        /// Resolved, after.
        after: Map<String, Value>,
    },
    /// Delete it.
    Delete {
        /// What it is.
        physical_id: String,
        /// Resolved.
        properties: Map<String, Value>,
    },
}

/// A change set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeSet {
    /// ARN.
    pub id: String,
    /// Name, unique in its stack.
    pub name: String,
    /// ARN of its stack.
    pub stack_id: String,
    /// Name of its stack.
    pub stack_name: String,
    /// Whether it creates the stack.
    pub creates: bool,
    /// From the request.
    pub description: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// Status.
    pub status: ChangeSetStatus,
    /// Why.
    pub status_reason: Option<String>,
    /// Whether it can be executed.
    pub execution_status: ExecutionStatus,
    /// What the stack shall be.
    pub version: Version,
    /// What it would change.
    pub changes: Vec<Change>,
    /// From the request.
    pub on_stack_failure: Option<OnFailure>,
    /// From the request.
    pub client_token: Option<String>,
    /// The names that it would give and that are taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    /// When it will be gone, once it is being deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleting: Option<Timestamp>,
}

/// An export of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// ARN of the stack.
    pub stack_id: String,
    /// Its name.
    pub stack_name: String,
    /// The value.
    pub value: String,
}

/// What stacks have to do with each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exchange {
    /// Exports by name.
    pub exports: BTreeMap<String, Export>,
    /// Names of the stacks that use an export, by its name.
    pub importers: BTreeMap<String, Vec<String>>,
}

impl State {
    /// A stack by name (not deleted) or ARN.
    pub fn stack(&self, name_or_id: &str) -> Option<&Stack> {
        if name_or_id.starts_with("arn:") {
            return self.stacks.get(name_or_id);
        }
        self.stacks
            .values()
            .find(|stack| stack.name == name_or_id && stack.status != StackStatus::DeleteComplete)
    }

    /// The ARN of a stack by name (not deleted) or ARN.
    pub fn stack_id(&self, name_or_id: &str) -> Option<String> {
        self.stack(name_or_id).map(|stack| stack.id.clone())
    }

    /// Forgets stacks deleted ninety days ago or earlier (AWS docs, ListStacks).
    pub fn forget_old(&mut self, now: Timestamp) {
        let days = |deleted: Timestamp| now.duration_since(deleted).as_hours() / 24;
        self.stacks
            .retain(|_, stack| stack.deleted.is_none_or(|deleted| days(deleted) < 90));
    }

    /// Exports and imports of all stacks but one.
    pub fn exchange(&self, without: Option<&str>) -> Exchange {
        let mut exchange = Exchange::default();
        for stack in self.stacks.values() {
            if stack.status == StackStatus::DeleteComplete || Some(stack.id.as_str()) == without {
                continue;
            }
            for output in stack.outputs.values() {
                if let Some(name) = &output.export {
                    exchange.exports.insert(
                        name.clone(),
                        Export {
                            stack_id: stack.id.clone(),
                            stack_name: stack.name.clone(),
                            value: output.value.clone(),
                        },
                    );
                }
            }
            for name in &stack.imports {
                exchange
                    .importers
                    .entry(name.clone())
                    .or_default()
                    .push(stack.name.clone());
            }
        }
        exchange
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudformation::machine::new_stack;

    #[test]
    fn deleted_stacks_are_known_by_arn_for_ninety_days() {
        let day = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut stack = new_stack(
            "arn:1".to_owned(),
            "one".to_owned(),
            StackStatus::DeleteComplete,
            day("2026-01-01T00:00:00Z"),
        );
        stack.deleted = Some(day("2026-01-01T00:00:00Z"));
        let mut state = State::default();
        state.stacks.insert(stack.id.clone(), stack);
        assert!(state.stack("one").is_none());
        state.forget_old(day("2026-03-31T00:00:00Z"));
        assert!(state.stack("arn:1").is_some());
        state.forget_old(day("2026-04-01T00:00:00Z"));
        assert!(state.stack("arn:1").is_none());
    }

    #[test]
    fn an_event_is_saved_by_itself_and_goes_with_its_stack() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let event = |id: &str| Event {
            id: id.to_owned(),
            timestamp: now,
            logical_id: "one".to_owned(),
            physical_id: "arn:1".to_owned(),
            kind: "AWS::CloudFormation::Stack".to_owned(),
            status: "CREATE_IN_PROGRESS".to_owned(),
            reason: None,
            token: None,
        };
        let status = StackStatus::CreateInProgress;
        let stack = new_stack("arn:1".to_owned(), "one".to_owned(), status, now);
        let mut state = crate::core::state::State::default().with::<State>();
        let stacks = &mut state.of_mut::<State>().stacks;
        stacks.insert(stack.id.clone(), stack);
        stacks["arn:1"].events.push(event("first"));
        state.saved();

        state.of_mut::<State>().stacks["arn:1"]
            .events
            .push(event("second"));
        let changes = state.changes().unwrap();
        assert!(!changes.slices[0].1.contains("first"), "{changes:?}");
        let [row] = changes.rows.as_slice() else {
            panic!("one row: {changes:?}");
        };
        assert_eq!(row.collection, "events arn:1");
        assert!(row.json.as_ref().unwrap().contains("second"));

        state.of_mut::<State>().stacks.clear();
        let gone = state.changes().unwrap().gone;
        assert_eq!(gone, [("cloudformation", "events arn:1".to_owned())]);
    }
}
