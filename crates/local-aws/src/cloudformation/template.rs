//! Templates: text to a checked value, and what it means with parameters.
//!
//! - [`parse`]: text to JSON. [`shape`]: JSON to a [`Template`].
//! - [`validate`]: everything that can be refused without parameters.
//! - [`functions`]: the form of intrinsic functions. [`parameters`], [`conditions`],
//!   [`intrinsics`]: what they give.
//! - [`desired`]: resources in the order of their dependencies, ready to resolve.

mod bounds;
pub mod conditions;
pub mod desired;
pub mod dynamic;
pub mod error;
pub mod functions;
pub mod graph;
pub mod intrinsics;
mod json;
pub mod parameters;
pub mod parse;
pub mod shape;
pub mod validate;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub use error::TemplateError;

/// The largest `TemplateBody`, in bytes (AWS docs, CloudFormation quotas).
pub const MAX_BODY: usize = 51_200;

/// A template whose form is right.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Template {
    /// `AWSTemplateFormatVersion`.
    pub version: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// `Metadata`.
    pub metadata: Option<Value>,
    /// `Parameters`.
    pub parameters: IndexMap<String, parameters::Declaration>,
    /// `Mappings`: map, top-level key, second-level key.
    pub mappings: Map<String, Value>,
    /// `Conditions`, not evaluated.
    pub conditions: Map<String, Value>,
    /// `Resources`.
    pub resources: IndexMap<String, Resource>,
    /// `Outputs`.
    pub outputs: IndexMap<String, Output>,
}

/// A resource as the template has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resource {
    /// `Type`.
    pub kind: String,
    /// `Properties`, with functions.
    pub properties: Map<String, Value>,
    /// `DependsOn`.
    pub depends_on: Vec<String>,
    /// `Condition`.
    pub condition: Option<String>,
    /// `DeletionPolicy`.
    pub deletion_policy: Policy,
    /// `UpdateReplacePolicy`.
    pub update_replace_policy: Policy,
    /// `Metadata`, with functions.
    pub metadata: Option<Value>,
}

/// What happens to a resource that the stack has no more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Policy {
    /// It is deleted.
    #[default]
    Delete,
    /// It stays.
    Retain,
    /// It stays, unless the operation that made it is rolled back.
    RetainExceptOnCreate,
}

/// An output as the template has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Output {
    /// `Value`, with functions.
    pub value: Value,
    /// `Description`.
    pub description: Option<String>,
    /// `Export: Name`, with functions.
    pub export: Option<Value>,
    /// `Condition`.
    pub condition: Option<String>,
}

/// Reads and checks a template.
///
/// # Errors
/// [`TemplateError`]: everything that is wrong without knowing parameters.
pub fn read(body: &str) -> Result<Template, TemplateError> {
    let template = shape::shape(parse::parse(body)?)?;
    validate::validate(&template)?;
    Ok(template)
}
