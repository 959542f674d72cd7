//! Who deploys, and to which instance.

use async_trait::async_trait;

use super::words::InstanceStatus;
use super::{PortResult, Progress};

/// Who deploys, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account's 12 digits.
    pub account: String,
    /// The caller's ARN.
    pub arn: String,
    /// The Region of the clients.
    pub region: String,
}

/// A Connect instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Its ARN.
    pub arn: String,
    /// Its id.
    pub id: String,
    /// Its alias, when it has one.
    pub alias: Option<String>,
    /// How it stands.
    pub status: InstanceStatus,
}

/// Identity and instance.
#[async_trait]
pub trait Account: Send + Sync {
    /// Who the credentials belong to.
    async fn identity(&self) -> PortResult<Identity>;
    /// An instance by its ARN or id.
    async fn instance(&self, arn_or_id: &str) -> PortResult<Option<Instance>>;
    /// All instances (for a search by alias, and for hints).
    async fn instances(&self) -> PortResult<Vec<Instance>>;
    /// Makes an instance (inbound and outbound calls, Connect-managed users) and waits until it is ACTIVE.
    async fn create_instance(&self, alias: &str, progress: &dyn Progress) -> PortResult<Instance>;
}
