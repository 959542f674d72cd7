//! What a resource type is to CloudFormation: its properties, what a change of
//! each means, and how the service behind it creates, updates and deletes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};

use super::property;
use crate::core::error::ServiceError;
use crate::core::service::Call;
use crate::core::state::State;
use crate::core::world::World;

/// What a change of a property does ("Update requires" in the AWS resource reference).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnChange {
    /// "No interruption" or "Some interruptions": updated in place.
    Update,
    /// "Replacement".
    Replace,
    /// Depends on the values; [`ResourceType::replaces`] decides.
    Conditional,
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
    /// The stack's tags; see [`Context::tags`].
    pub stack_tags: &'a BTreeMap<String, String>,
    /// Twelve random characters, chosen (and saved) before the resource is made,
    /// so that a create that is repeated after a crash makes the same name.
    pub token: &'a str,
}

impl Context<'_> {
    /// A physical name as CloudFormation makes one: `STACK-LOGICAL-XXXXXXXXXXXX`,
    /// cut to `limit` characters; the same at every call for one resource.
    pub fn generated_name(&self, limit: usize) -> String {
        let room = limit.saturating_sub(self.token.len() + 1);
        let mut head = format!("{}-{}", self.stack_name, self.logical_id);
        head.truncate(room);
        format!("{head}-{}", self.token)
    }

    /// The tags a resource carries: the stack's, over them its own (`Tags` of its
    /// properties, a list of `Key`/`Value` or a map), and the three `aws:cloudformation:*`.
    pub fn tags(&self, own: Option<&Value>) -> BTreeMap<String, String> {
        let mut tags = self.stack_tags.clone();
        match own {
            Some(Value::Array(items)) => {
                tags.extend(items.iter().filter_map(|item| {
                    let key = property::scalar(item.get("Key")?)?;
                    let value = property::scalar(item.get("Value")?)?;
                    Some((key, value))
                }));
            }
            Some(Value::Object(map)) => {
                tags.extend(
                    map.iter()
                        .filter_map(|(key, value)| Some((key.clone(), property::scalar(value)?))),
                );
            }
            _ => {}
        }
        for (name, value) in [
            ("stack-name", self.stack_name),
            ("stack-id", self.stack_id),
            ("logical-id", self.logical_id),
        ] {
            tags.insert(format!("aws:cloudformation:{name}"), value.to_owned());
        }
        tags
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

    /// The property that gives the resource a name of the author's choice, e.g.
    /// `RoleName`. A resource named so cannot be replaced under the same name.
    fn name_property(&self) -> Option<&'static str> {
        None
    }

    /// Whether a resource of that name is there already, whoever made it; `name` is what
    /// [`ResourceType::name_property`] gives.
    fn exists(&self, _state: &State, _name: &str) -> bool {
        false
    }

    /// Whether this change of a property with [`OnChange::Conditional`] replaces
    /// the resource. `None` is an absent property.
    fn replaces(&self, _property: &str, _before: Option<&Value>, _after: Option<&Value>) -> bool {
        true
    }

    /// Whether making one needs `CAPABILITY_IAM` or `CAPABILITY_NAMED_IAM`.
    /// `properties` are as in the template: intrinsic functions are still there.
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

    /// What a create that was cut off by the end of the process left behind, if
    /// anything: known by its name and the tags `aws:cloudformation:stack-id` and
    /// `:logical-id`. Asked before a create is repeated.
    ///
    /// # Errors
    /// The service's own error.
    async fn adopt(
        &self,
        _context: &Context<'_>,
        _properties: &Map<String, Value>,
    ) -> Result<Option<Created>, ServiceError> {
        Ok(None)
    }

    /// Updates in place; only called when no changed property asks for a
    /// replacement, also when only the stack's tags changed. May be repeated
    /// after a crash: brings the resource to `after` whatever it is now.
    /// Answers the attributes anew; the physical id stays.
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
