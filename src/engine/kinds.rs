//! The kinds of resources, each whole in its folder: what it is, how it is read, compared,
//! made, undone and told. A kind uses the engine and never another kind's inside.
//!
//! Every match here is exhaustive: a kind that is added is its folder and the arms that
//! the compiler asks for.

pub(super) mod access;
pub(super) mod flow;
pub(super) mod function;
pub mod number;
pub(super) mod object;
pub(super) mod seed;
pub(super) mod stack;

use std::collections::BTreeSet;

use super::apply::Work;
use super::desired::Desired;
use super::destroy::Destroy;
use super::diff::Compared;
use super::error::EngineError;
use super::observe::Observed;
use super::plan::{Change, ResourceId, ResourceKind};
use super::status::Row;
use super::text::Text;
use super::values::Values;

/// Every text that may have refs.
pub(super) fn texts(kind: ResourceKind, desired: &Desired) -> Vec<&Text> {
    match kind {
        ResourceKind::Stack => stack::texts(desired).collect(),
        ResourceKind::Object => object::texts(desired).collect(),
        ResourceKind::Seed => seed::texts(desired).collect(),
        ResourceKind::Function => function::texts(desired).collect(),
        ResourceKind::Flow => flow::texts(desired).collect(),
        ResourceKind::Instance | ResourceKind::Access | ResourceKind::PhoneNumber => Vec::new(),
    }
}

/// What is wanted, each with what it needs first.
pub(super) fn needs(
    kind: ResourceKind,
    desired: &Desired,
) -> Vec<(ResourceId, BTreeSet<ResourceId>)> {
    match kind {
        ResourceKind::Stack => stack::needs(desired),
        ResourceKind::Object => object::needs(desired),
        ResourceKind::Seed => seed::needs(desired),
        ResourceKind::Function => function::needs(desired),
        ResourceKind::Access => access::needs(desired),
        ResourceKind::Flow => flow::needs(desired),
        ResourceKind::PhoneNumber => number::needs(desired),
        ResourceKind::Instance => Vec::new(),
    }
}

/// Sets what refs stand for, as far as it is known.
pub(super) fn values(
    kind: ResourceKind,
    desired: &Desired,
    observed: &Observed,
    values: &mut Values,
) {
    match kind {
        ResourceKind::Stack => stack::values(observed, values),
        ResourceKind::Object => object::values(desired, values),
        ResourceKind::Function => function::values(desired, observed, values),
        ResourceKind::Flow => flow::values(observed, values),
        ResourceKind::PhoneNumber => number::values(desired, observed, values),
        // No ref stands for any of these; the instance's are set with the rest of it.
        ResourceKind::Instance | ResourceKind::Seed | ResourceKind::Access => {}
    }
}

/// What changes.
///
/// # Errors
/// A name that is taken, a ref that names nothing, a state that cannot be worked with.
pub(super) fn diff(
    kind: ResourceKind,
    compared: &Compared<'_>,
    values: &mut Values,
) -> Result<Vec<Change>, EngineError> {
    match kind {
        ResourceKind::Stack => stack::diff(compared, values),
        ResourceKind::Object => object::diff(compared, values),
        ResourceKind::Seed => seed::diff(compared, values),
        ResourceKind::Function => function::diff(compared, values),
        ResourceKind::Access => Ok(access::diff(compared)),
        ResourceKind::Flow => flow::diff(compared, values),
        ResourceKind::PhoneNumber => Ok(number::diff(compared, values)),
        ResourceKind::Instance => Ok(Vec::new()),
    }
}

/// Where a resource stands among others for who reads: by kind and as the manifest has
/// them, each access after its function; what left the manifest is last of its kind.
pub(super) fn reading_order(
    desired: &Desired,
    resource: &ResourceId,
) -> (ResourceKind, usize, ResourceKind) {
    let name = resource.name.as_str();
    let (group, index) = match resource.kind {
        ResourceKind::Instance => (ResourceKind::Instance, None),
        ResourceKind::Stack => (ResourceKind::Stack, desired.stacks.get_index_of(name)),
        ResourceKind::Object => (ResourceKind::Object, desired.objects.get_index_of(name)),
        ResourceKind::Seed => (ResourceKind::Seed, desired.seeds.get_index_of(name)),
        ResourceKind::Function | ResourceKind::Access => {
            (ResourceKind::Function, desired.functions.get_index_of(name))
        }
        ResourceKind::Flow => (ResourceKind::Flow, desired.flows.get_index_of(name)),
        ResourceKind::PhoneNumber => (
            ResourceKind::PhoneNumber,
            desired.phone_numbers.get_index_of(name),
        ),
    };
    (group, index.unwrap_or(usize::MAX), resource.kind)
}

/// Makes a resource, or changes it; what came of it, in a few words.
///
/// # Errors
/// The first failure.
pub(super) async fn apply(work: &Work<'_>, change: &Change) -> Result<String, EngineError> {
    match change.resource.kind {
        ResourceKind::Stack => stack::apply(work, change).await,
        ResourceKind::Object => object::apply(work, change).await,
        ResourceKind::Seed => seed::apply(work, change).await,
        ResourceKind::Function => function::apply(work, change).await,
        ResourceKind::Access => access::apply(work, change).await,
        ResourceKind::Flow => flow::apply(work, change).await,
        ResourceKind::PhoneNumber => number::apply(work, change).await,
        ResourceKind::Instance => Ok(String::new()),
    }
}

/// Takes away a resource that the manifest no longer has; what came of it.
///
/// # Errors
/// The first failure.
pub(super) async fn leave(work: &Work<'_>, change: &Change) -> Result<String, EngineError> {
    match change.resource.kind {
        ResourceKind::Flow => flow::leave(work, change).await,
        ResourceKind::PhoneNumber => number::leave(work, change).await,
        // These are read by the names that are wanted: none that left is ever seen.
        ResourceKind::Instance
        | ResourceKind::Stack
        | ResourceKind::Object
        | ResourceKind::Seed
        | ResourceKind::Function
        | ResourceKind::Access => Ok(String::new()),
    }
}

/// Undoes a resource.
///
/// # Errors
/// The first failure.
pub(super) async fn destroy(work: &Destroy<'_>, change: &Change) -> Result<(), EngineError> {
    match change.resource.kind {
        ResourceKind::Stack => stack::destroy(work, change).await,
        ResourceKind::Function => function::destroy(work, change).await,
        ResourceKind::Access => access::destroy(work, change).await,
        ResourceKind::Flow => flow::destroy(work, change).await,
        ResourceKind::PhoneNumber => number::destroy(work, change).await,
        // Data goes and stays with what holds it.
        ResourceKind::Object | ResourceKind::Seed | ResourceKind::Instance => Ok(()),
    }
}

/// How what is wanted stands.
pub(super) fn status(kind: ResourceKind, desired: &Desired, observed: &Observed) -> Vec<Row> {
    match kind {
        ResourceKind::Stack => stack::rows(desired, observed),
        ResourceKind::Object => object::rows(desired, observed),
        ResourceKind::Seed => seed::rows(desired, observed),
        ResourceKind::Function => function::rows(desired, observed),
        ResourceKind::Flow => flow::rows(desired, observed),
        ResourceKind::PhoneNumber => number::rows(desired, observed),
        // Told with its function.
        ResourceKind::Access | ResourceKind::Instance => Vec::new(),
    }
}
