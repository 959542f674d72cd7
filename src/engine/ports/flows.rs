//! Flows of an instance.

use std::collections::BTreeMap;
use std::time::SystemTime;

use async_trait::async_trait;

use super::words::{FlowState, FlowStatus};
use super::{PortResult, Progress, Tags};

/// A flow as it is on the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedFlow {
    /// Its id.
    pub id: String,
    /// Its ARN.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// API value, e.g. `CONTACT_FLOW`.
    pub flow_type: String,
    /// For people.
    pub description: String,
    /// Whether it was published.
    pub status: FlowStatus,
    /// Whether it is in use.
    pub state: FlowState,
    /// Tags.
    pub tags: Tags,
    /// The service's digest of the published content.
    pub content_sha256: Option<String>,
}

/// A flow to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowInput {
    /// Display name.
    pub name: String,
    /// API value.
    pub flow_type: String,
    /// For people.
    pub description: String,
    /// Content; published.
    pub content: String,
    /// Tags.
    pub tags: Tags,
}

/// What a flow says in one of its versions: what is published, or what was saved last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowVersion {
    /// Its content, JSON.
    pub content: String,
    /// When it was written last, where the service tells.
    pub modified: Option<SystemTime>,
}

/// Flows of an instance. Flows are addressed by id. What is told of one is what it is when
/// it is looked at by its id: a search or a list only finds it.
#[async_trait]
pub trait Flows: Send + Sync {
    /// All flows that carry these tags.
    async fn tagged(&self, instance: &str, tags: &Tags) -> PortResult<Vec<ObservedFlow>>;
    /// The flows of exactly these names, whoever made them, by name.
    async fn all_named(
        &self,
        instance: &str,
        names: &[&str],
    ) -> PortResult<BTreeMap<String, ObservedFlow>>;
    /// The flow of that exact name, whoever made it.
    async fn named(&self, instance: &str, name: &str) -> PortResult<Option<ObservedFlow>> {
        Ok(self.all_named(instance, &[name]).await?.remove(name))
    }
    /// How many flows there are, of whomever.
    async fn count(&self, instance: &str) -> PortResult<usize>;
    /// What is published; what was saved last by `ID:$SAVED`.
    async fn version(&self, instance: &str, id: &str) -> PortResult<FlowVersion>;
    /// The published content.
    async fn content(&self, instance: &str, id: &str) -> PortResult<String> {
        Ok(self.version(instance, id).await?.content)
    }
    /// Makes and publishes a flow.
    async fn create(
        &self,
        instance: &str,
        input: &FlowInput,
        progress: &dyn Progress,
    ) -> PortResult<ObservedFlow>;
    /// Replaces and publishes the content; the service's new digest. `None`: it still told
    /// the old content when it was looked at for long enough.
    async fn update_content(
        &self,
        instance: &str,
        id: &str,
        content: &str,
        progress: &dyn Progress,
    ) -> PortResult<Option<String>>;
    /// Renames, and sets the description; also takes it out of the archive.
    async fn update_metadata(
        &self,
        instance: &str,
        id: &str,
        name: &str,
        description: &str,
        progress: &dyn Progress,
    ) -> PortResult<()>;
    /// Adds tags to a flow or a phone number, by ARN.
    async fn tag(&self, arn: &str, tags: &Tags, progress: &dyn Progress) -> PortResult<()>;
    /// Takes tags off a flow or a phone number, by ARN.
    async fn untag(&self, arn: &str, keys: &[&str]) -> PortResult<()>;
    /// Deletes a flow that nothing points to any more; gone already is done.
    async fn delete(&self, instance: &str, id: &str, progress: &dyn Progress) -> PortResult<()>;
}
