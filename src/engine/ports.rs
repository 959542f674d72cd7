//! What the engine needs of the world, as traits, a file per service. The adapters in `aws/`
//! implement them; no AWS type is named here.
//!
//! Every method that reads "nothing there" answers `None` or an empty list;
//! AccessDenied is never taken for "not found". Methods that start long work
//! wait until it is done and report on the way through [`Progress`].

mod account;
mod data;
mod flows;
mod functions;
mod resources;
mod stacks;
mod words;

use std::collections::BTreeMap;

use super::error::ServiceFailure;

pub use account::{Account, Identity, Instance};
pub use data::{Bucket, ObjectInput, Objects, ObservedObject, Tables};
pub use flows::{FlowInput, FlowVersion, Flows, ObservedFlow};
pub use functions::{
    FunctionConfiguration, FunctionUrl, Functions, Invocation, ObservedFunction, PolicyStatement,
};
pub use resources::{ListedNumber, PhoneNumber, Resources};
pub use stacks::{ChangeSet, ObservedStack, StackChange, StackInput, StackResource, Stacks};
pub use words::{
    ChangeAction, FlowState, FlowStatus, InstanceStatus, Replacement, ResourceStatus, StackStatus,
};

/// The result of a port.
pub type PortResult<T> = Result<T, ServiceFailure>;

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// Is told what happens during long work; the words are for people.
pub trait Progress: Send + Sync {
    /// One line, e.g. `Table CREATE_IN_PROGRESS`.
    fn note(&self, line: &str);
}

/// Whether what a request refers to was made or changed in this run: AWS may not know it
/// everywhere yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// Something of it was: a refusal may pass.
    Young,
    /// Nothing of it was, as far as this run knows.
    Settled,
}

/// Everything the engine works with.
pub struct Ports {
    /// STS and instances.
    pub account: Box<dyn Account>,
    /// CloudFormation.
    pub stacks: Box<dyn Stacks>,
    /// Lambda.
    pub functions: Box<dyn Functions>,
    /// Connect: flows.
    pub flows: Box<dyn Flows>,
    /// Connect: the rest.
    pub resources: Box<dyn Resources>,
    /// DynamoDB.
    pub tables: Box<dyn Tables>,
    /// S3.
    pub objects: Box<dyn Objects>,
}

/// Tells nobody.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Progress for Silent {
    fn note(&self, _line: &str) {}
}
