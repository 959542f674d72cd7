//! What a resource type is to CloudFormation: its properties, what a change of
//! each means, and how the service behind it creates, updates and deletes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};

mod typed;

use super::property;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Call;
use crate::core::state::{Slice, State};
use crate::core::world::World;

pub use typed::{Declared, Known, Resource, Typed};

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
    /// Whether it gives the resource a name of the author's choice, e.g. `RoleName`.
    pub names: bool,
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

    /// Changes a service's state wholly or, at an error, not at all.
    ///
    /// # Errors
    /// What the change answers.
    pub fn atomically<S: Slice + Clone, T>(
        &self,
        change: impl FnOnce(&mut S) -> ServiceResult<T>,
    ) -> ServiceResult<T> {
        self.world.write(|state| {
            let mut copy = state.of::<S>().clone();
            let answer = change(&mut copy)?;
            *state.of_mut::<S>() = copy;
            Ok(answer)
        })
    }

    /// The name that the author chose, or else a generated one; see [`Context::generated_name`].
    pub fn name(&self, chosen: Option<&String>, limit: usize) -> String {
        chosen.map_or_else(|| self.generated_name(limit), Clone::clone)
    }

    /// Whether what carries these tags was made as this very resource of this very stack.
    pub fn owns(&self, tags: &BTreeMap<String, String>) -> bool {
        let is = |name: &str, value: &str| {
            tags.get(&format!("aws:cloudformation:{name}"))
                .is_some_and(|tag| tag == value)
        };
        is("stack-id", self.stack_id) && is("logical-id", self.logical_id)
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

/// The keys of tags that a resource has and shall not have.
pub fn obsolete(now: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>) -> Vec<String> {
    now.keys()
        .filter(|key| !wanted.contains_key(*key))
        .cloned()
        .collect()
}

/// What came of a deletion, where the error with this code says that all was gone already.
///
/// # Errors
/// Every other one.
pub fn deleted<T>(result: ServiceResult<T>, gone: &str) -> ServiceResult<()> {
    match result {
        Err(error) if error.code != gone => Err(error),
        _ => Ok(()),
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

/// A resource type, as CloudFormation sees it; a service declares a [`Resource`].
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
        let mut properties = self.properties().iter();
        let named = properties.find(|property| property.names)?;
        Some(named.name)
    }

    /// Whether a resource of that name is there already, whoever made it; `name` is what
    /// [`ResourceType::name_property`] gives.
    fn exists(&self, _state: &State, _name: &str) -> bool {
        false
    }

    /// Whether this change of the property with [`OnChange::Conditional`] replaces
    /// the resource. `None` is an absent property.
    fn replaces(&self, before: Option<&Value>, after: Option<&Value>) -> bool;

    /// Whether making one needs `CAPABILITY_IAM` or `CAPABILITY_NAMED_IAM`.
    /// `properties` are as in the template: intrinsic functions are still there.
    fn capability(&self, properties: &Map<String, Value>) -> Option<&'static str>;

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
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Option<Created>, ServiceError>;

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
