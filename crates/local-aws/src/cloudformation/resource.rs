//! What a resource type is to CloudFormation: its properties, what a change of
//! each means, and how the service behind it creates, updates and deletes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::error::ServiceError;
use crate::service::Call;
use crate::world::World;

/// What a change of a property does ("Update requires" in the AWS resource reference).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnChange {
    /// "No interruption" or "Some interruptions": updated in place.
    Update,
    /// "Replacement".
    Replace,
}

/// A top-level property of a resource type.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// Whether a template must give it.
    pub required: bool,
    /// What a change of it does.
    pub on_change: OnChange,
}

impl Property {
    /// A property that need not be given.
    pub const fn optional(name: &'static str, on_change: OnChange) -> Self {
        Self {
            name,
            required: false,
            on_change,
        }
    }

    /// A property that must be given.
    pub const fn required(name: &'static str, on_change: OnChange) -> Self {
        Self {
            name,
            required: true,
            on_change,
        }
    }
}

/// The resource that an operation is about.
pub struct Context<'a> {
    /// The embedded AWS.
    pub world: &'a Arc<World>,
    /// On whose behalf.
    pub call: &'a Call,
    /// The stack's name.
    pub stack_name: &'a str,
    /// The stack's ARN.
    pub stack_id: &'a str,
    /// The resource's logical id.
    pub logical_id: &'a str,
    /// The stack's tags; resource types that carry tags add them to their own,
    /// with `aws:cloudformation:stack-name`, `:stack-id` and `:logical-id`.
    pub stack_tags: &'a BTreeMap<String, String>,
}

impl Context<'_> {
    /// A physical name as CloudFormation makes one: `STACK-LOGICAL-XXXXXXXXXXXX`,
    /// cut to `limit` characters.
    pub fn generated_name(&self, limit: usize) -> String {
        let suffix = self.world.ids.token(
            12,
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz",
        );
        let room = limit.saturating_sub(suffix.len() + 1);
        let mut head = format!("{}-{}", self.stack_name, self.logical_id);
        head.truncate(room);
        format!("{head}-{suffix}")
    }
}

/// A resource that exists.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Created {
    /// What `Ref` gives.
    pub physical_id: String,
    /// What `Fn::GetAtt` gives, by attribute name.
    pub attributes: BTreeMap<String, Value>,
}

/// A resource type.
#[async_trait]
pub trait ResourceType: Send + Sync {
    /// E.g. `AWS::IAM::Role`.
    fn name(&self) -> &'static str;

    /// Every top-level property that is implemented. A template that uses
    /// another is refused.
    fn properties(&self) -> &'static [Property];

    /// The attributes that `Fn::GetAtt` knows.
    fn attributes(&self) -> &'static [&'static str];

    /// Whether making one needs `CAPABILITY_IAM` or `CAPABILITY_NAMED_IAM`.
    fn capability(&self, _properties: &Map<String, Value>) -> Option<&'static str> {
        None
    }

    /// Creates one. `properties` are resolved: no intrinsic functions are left.
    ///
    /// # Errors
    /// The service's own error; CloudFormation wraps it.
    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Created, ServiceError>;

    /// Updates in place; only called when no changed property asks for a replacement.
    ///
    /// # Errors
    /// The service's own error.
    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) -> Result<Created, ServiceError>;

    /// Deletes; a resource that is gone already is a success.
    ///
    /// # Errors
    /// The service's own error.
    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        properties: &Map<String, Value>,
    ) -> Result<(), ServiceError>;
}

/// Every resource type that is implemented, by name.
pub fn registry() -> &'static [&'static dyn ResourceType] {
    &[]
}

/// The resource type of that name.
pub fn find(name: &str) -> Option<&'static dyn ResourceType> {
    registry()
        .iter()
        .copied()
        .find(|resource_type| resource_type.name() == name)
}
