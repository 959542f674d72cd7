//! A resource type as a Rust type: its properties are the fields, declared with
//! [`declare!`](crate::core::property::declare), and what it does are functions of them.

use std::future::Future;
use std::marker::PhantomData;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{Context, Created, Property, ResourceType};
use crate::core::error::ServiceResult;
use crate::core::property;
use crate::core::state::State;

/// What a declaration says of a resource type.
pub trait Declared: DeserializeOwned + Send + Sync + 'static {
    /// E.g. `AWS::IAM::Role`.
    const NAME: &'static str;
    /// The attributes that `Fn::GetAtt` knows.
    const ATTRIBUTES: &'static [&'static str];

    /// See [`ResourceType::properties`].
    fn properties() -> &'static [Property];

    /// A resource that exists: what `Ref` gives, and the values of the attributes in the order
    /// of their declaration.
    fn created(physical_id: &str, attributes: &[&str]) -> Created {
        debug_assert_eq!(attributes.len(), Self::ATTRIBUTES.len());
        let named = Self::ATTRIBUTES.iter().zip(attributes);
        Created {
            physical_id: physical_id.to_owned(),
            attributes: named
                .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
                .collect(),
        }
    }
}

/// A resource of a stack: its physical id, and what the stack last gave it.
pub struct Known<'a, T> {
    /// What `Ref` gives.
    pub physical_id: &'a str,
    logical_id: &'a str,
    properties: &'a Map<String, Value>,
    is: PhantomData<T>,
}

impl<T: DeserializeOwned> Known<'_, T> {
    /// The properties it was last given. Read when asked: who does not need them is not
    /// hindered by what cannot be read.
    ///
    /// # Errors
    /// See [`property::read`].
    pub fn properties(&self) -> ServiceResult<T> {
        property::read(self.logical_id, self.properties)
    }
}

/// What a resource type does; see [`ResourceType`] for when, and for the errors.
pub trait Resource: Declared {
    /// [`ResourceType::create`].
    fn create(self, context: &Context<'_>) -> impl Future<Output = ServiceResult<Created>> + Send;

    /// [`ResourceType::adopt`].
    fn adopt(
        self,
        _context: &Context<'_>,
    ) -> impl Future<Output = ServiceResult<Option<Created>>> + Send {
        async { Ok(None) }
    }

    /// [`ResourceType::update`]; `self` is what it shall be.
    fn update(
        self,
        context: &Context<'_>,
        known: Known<'_, Self>,
    ) -> impl Future<Output = ServiceResult<Created>> + Send;

    /// [`ResourceType::delete`].
    fn delete(
        context: &Context<'_>,
        known: Known<'_, Self>,
    ) -> impl Future<Output = ServiceResult<()>> + Send;

    /// [`ResourceType::replaces`].
    fn replaces(_before: Option<&Value>, _after: Option<&Value>) -> bool {
        true
    }

    /// [`ResourceType::exists`].
    fn exists(_state: &State, _name: &str) -> bool {
        false
    }

    /// [`ResourceType::capability`].
    fn capability(_properties: &Map<String, Value>) -> Option<&'static str> {
        None
    }
}

/// A [`Resource`] as CloudFormation takes it.
pub struct Typed<T>(PhantomData<fn() -> T>);

impl<T> Typed<T> {
    /// The one value.
    pub const TYPE: Self = Self(PhantomData);
}

#[async_trait]
impl<T: Resource> ResourceType for Typed<T> {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn properties(&self) -> &'static [Property] {
        T::properties()
    }

    fn attributes(&self) -> &'static [&'static str] {
        T::ATTRIBUTES
    }

    fn replaces(&self, before: Option<&Value>, after: Option<&Value>) -> bool {
        T::replaces(before, after)
    }

    fn exists(&self, state: &State, name: &str) -> bool {
        T::exists(state, name)
    }

    fn capability(&self, properties: &Map<String, Value>) -> Option<&'static str> {
        T::capability(properties)
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> ServiceResult<Created> {
        let wanted: T = property::read(context.logical_id, properties)?;
        wanted.create(context).await
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> ServiceResult<Option<Created>> {
        let wanted: T = property::read(context.logical_id, properties)?;
        wanted.adopt(context).await
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) -> ServiceResult<Created> {
        let wanted: T = property::read(context.logical_id, after)?;
        wanted
            .update(context, known(context, physical_id, before))
            .await
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        properties: &Map<String, Value>,
    ) -> ServiceResult<()> {
        T::delete(context, known(context, physical_id, properties)).await
    }
}

fn known<'a, T>(
    context: &Context<'a>,
    physical_id: &'a str,
    properties: &'a Map<String, Value>,
) -> Known<'a, T> {
    Known {
        physical_id,
        logical_id: context.logical_id,
        properties,
        is: PhantomData,
    }
}
