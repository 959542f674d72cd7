//! Flows of an instance.

use async_trait::async_trait;

use super::words::{FlowState, FlowStatus};
use super::{PortResult, Tags};

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

/// Flows of an instance. Flows are addressed by id.
#[async_trait]
pub trait Flows: Send + Sync {
    /// All flows that carry these tags.
    async fn tagged(&self, instance: &str, tags: &Tags) -> PortResult<Vec<ObservedFlow>>;
    /// The flow of that exact name, whoever made it.
    async fn named(&self, instance: &str, name: &str) -> PortResult<Option<ObservedFlow>>;
    /// How many flows there are, of whomever.
    async fn count(&self, instance: &str) -> PortResult<usize>;
    /// The published content.
    async fn content(&self, instance: &str, id: &str) -> PortResult<String>;
    /// Makes and publishes a flow.
    async fn create(&self, instance: &str, input: &FlowInput) -> PortResult<ObservedFlow>;
    /// Replaces and publishes the content; the service's new digest.
    async fn update_content(
        &self,
        instance: &str,
        id: &str,
        content: &str,
    ) -> PortResult<Option<String>>;
    /// Renames, and sets the description; also takes it out of the archive.
    async fn update_metadata(
        &self,
        instance: &str,
        id: &str,
        name: &str,
        description: &str,
    ) -> PortResult<()>;
    /// Adds tags to a flow or a phone number, by ARN.
    async fn tag(&self, arn: &str, tags: &Tags) -> PortResult<()>;
    /// Takes tags off a flow or a phone number, by ARN.
    async fn untag(&self, arn: &str, keys: &[&str]) -> PortResult<()>;
    /// Deletes a flow; gone already is done.
    async fn delete(&self, instance: &str, id: &str) -> PortResult<()>;
}
