//! CloudFormation: stacks and their change sets.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::words::{ChangeAction, Replacement, ResourceStatus, StackStatus};
use super::{PortResult, Progress, Tags};

/// A stack as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedStack {
    /// Its ARN; everything after the first read is pinned to it.
    pub arn: String,
    /// How it stands.
    pub status: StackStatus,
    /// Why it is in that status.
    pub status_reason: Option<String>,
    /// Parameters; a `NoEcho` one reads `****`.
    pub parameters: BTreeMap<String, String>,
    /// Outputs.
    pub outputs: BTreeMap<String, String>,
    /// Tags.
    pub tags: Tags,
    /// The template as it was sent; `None` when the stack has none yet.
    pub template: Option<String>,
    /// Whether termination protection is on.
    pub termination_protection: bool,
}

/// What a stack shall become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackInput {
    /// The stack's name, or its ARN for an update.
    pub stack: String,
    /// Whether the stack is made by this.
    pub create: bool,
    /// The template's text.
    pub template: String,
    /// All its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Tags of the stack and its resources.
    pub tags: Tags,
    /// The plan that it is of: letters, digits and hyphens. Each change set of a plan has a
    /// name of its own.
    pub token: String,
}

/// A change set that is ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    /// Its ARN.
    pub arn: String,
    /// The stack's ARN.
    pub stack_arn: String,
    /// What it does to each resource.
    pub changes: Vec<StackChange>,
}

/// What a change set does to a resource of the stack.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StackChange {
    /// What is done to it.
    pub action: ChangeAction,
    /// The resource's logical id.
    pub logical_id: String,
    /// Its type, e.g. `AWS::DynamoDB::Table`.
    pub resource_type: String,
    /// Whether it is replaced, of [`ChangeAction::Modify`].
    pub replacement: Option<Replacement>,
    /// The properties that change.
    pub properties: Vec<String>,
}

/// A resource of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackResource {
    /// Logical id.
    pub logical_id: String,
    /// Physical id; empty when it was never made.
    pub physical_id: String,
    /// E.g. `AWS::DynamoDB::Table`.
    pub resource_type: String,
    /// How it stands.
    pub status: ResourceStatus,
    /// Why.
    pub status_reason: Option<String>,
}

/// CloudFormation.
#[async_trait]
pub trait Stacks: Send + Sync {
    /// A stack by name or ARN; a deleted one is none.
    async fn describe(&self, stack: &str) -> PortResult<Option<ObservedStack>>;
    /// Makes a change set and waits for it. `None`: nothing would change (the
    /// empty change set is deleted again).
    async fn change_set(
        &self,
        input: &StackInput,
        progress: &dyn Progress,
    ) -> PortResult<Option<ChangeSet>>;
    /// Executes a change set and waits until the stack is done. A failure says the
    /// first resource that failed, in its own words (root cause first).
    async fn execute(
        &self,
        change_set: &ChangeSet,
        token: &str,
        progress: &dyn Progress,
    ) -> PortResult<ObservedStack>;
    /// Forgets a change set; of a stack that never was, the empty stack too.
    async fn discard(&self, change_set: &ChangeSet) -> PortResult<()>;
    /// Waits while a stack is `*_IN_PROGRESS`, with a limit: the work is somebody else's.
    async fn settle(&self, arn: &str, progress: &dyn Progress)
    -> PortResult<Option<ObservedStack>>;
    /// Deletes a stack by ARN and waits; resources whose policy says so are kept.
    async fn delete(&self, arn: &str, token: &str, progress: &dyn Progress) -> PortResult<()>;
    /// The stack's resources, also of one just deleted, by ARN.
    async fn resources(&self, arn: &str) -> PortResult<Vec<StackResource>>;
}
