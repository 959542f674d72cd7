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

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::apply::Work;
use super::desired::Desired;
use super::destroy::{Destroy, Scope};
use super::diff::Compared;
use super::error::EngineError;
use super::observe::{Observed, Purpose};
use super::plan::{Change, ResourceId, ResourceKind};
use super::ports::{Instance, Ports, Progress};
use super::status::Row;
use super::text::{Reference, Text};
use super::values::Values;

pub use flow::FlowQuota;
pub(super) use flow::{drafts, foresee};
pub(super) use number::assigned;
pub(super) use stack::{Holdings, discard, preview};

/// What a resource is to the others of a deployment, beyond what refs say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Makes what data may lie in.
    Ground,
    /// Lies in what a ground made, which may be named outright.
    Data,
    /// What a call may come to.
    Part,
    /// Where calls come in.
    Entrance,
}

/// What a resource of this kind is to the others.
pub(super) fn role(kind: ResourceKind) -> Role {
    match kind {
        ResourceKind::Stack => Role::Ground,
        ResourceKind::Object | ResourceKind::Seed => Role::Data,
        ResourceKind::Instance
        | ResourceKind::Function
        | ResourceKind::Access
        | ResourceKind::Flow => Role::Part,
        ResourceKind::PhoneNumber => Role::Entrance,
    }
}

/// Whether a resource of this kind can exist, and be named, before its content is known.
pub(super) fn may_be_stub(kind: ResourceKind) -> bool {
    match kind {
        ResourceKind::Flow => true,
        ResourceKind::Instance
        | ResourceKind::Stack
        | ResourceKind::Object
        | ResourceKind::Seed
        | ResourceKind::Function
        | ResourceKind::Access
        | ResourceKind::PhoneNumber => false,
    }
}

/// The kinds that go before all others, in this order: what calls come in by, and what they
/// come to first. Nothing of a deployment needs them once nobody rings.
pub(super) const FIRST_TO_GO: [ResourceKind; 2] = [ResourceKind::PhoneNumber, ResourceKind::Flow];

/// The resource that a ref names; `None`: it names no resource of the solution.
pub(super) fn named(desired: &Desired, reference: &Reference) -> Option<ResourceId> {
    let (kind, name) = match reference {
        Reference::StackOutput { stack, .. } => (ResourceKind::Stack, stack),
        // A function that the instance invokes is ready when it may.
        Reference::Function(name) => match desired.functions.get(name) {
            Some(function) if function.connect => (ResourceKind::Access, name),
            _ => (ResourceKind::Function, name),
        },
        Reference::ObjectBucket(name) | Reference::ObjectKey(name) => (ResourceKind::Object, name),
        Reference::Flow(name) => (ResourceKind::Flow, name),
        Reference::Phone(name) => (ResourceKind::PhoneNumber, name),
        // Known before it is there.
        Reference::FunctionName(_)
        | Reference::Lookup(..)
        | Reference::InstanceArn
        | Reference::InstanceId
        | Reference::Region
        | Reference::Account
        | Reference::Parameter(_) => return None,
    };
    Some(ResourceId::new(kind, name))
}

/// Every text that may have refs, with the name of the resource that has it.
pub(super) fn texts(kind: ResourceKind, desired: &Desired) -> Vec<(&str, &Text)> {
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

/// What was read of a kind, to be noted.
pub(super) type Seen = Box<dyn FnOnce(&mut Observed) + Send>;

fn seen(note: impl FnOnce(&mut Observed) + Send + 'static) -> Seen {
    Box::new(note)
}

/// Reads what is there of a kind.
///
/// # Errors
/// A refusal of a service.
pub(super) async fn observe(
    kind: ResourceKind,
    ports: &Ports,
    instance: &Instance,
    desired: &Desired,
) -> Result<Seen, EngineError> {
    Ok(match kind {
        ResourceKind::Stack => {
            let stacks = stack::observe(ports, desired).await?;
            seen(|observed| observed.stacks = stacks)
        }
        ResourceKind::Function => {
            let functions = function::observe(ports, desired).await?;
            seen(|observed| observed.functions = functions)
        }
        ResourceKind::Access => {
            let associated = access::observe(ports, instance, desired).await?;
            seen(|observed| observed.associated = associated)
        }
        ResourceKind::Flow => {
            let found = flow::observe(ports, instance, desired).await?;
            seen(|observed| {
                observed.flows = found.flows;
                observed.taken = found.taken;
                observed.contents = found.contents;
            })
        }
        // The instance is known; where data lies, stacks say, and whose a number is, flows.
        ResourceKind::Instance
        | ResourceKind::Object
        | ResourceKind::Seed
        | ResourceKind::PhoneNumber => seen(|_| {}),
    })
}

/// Reads what of a kind can be found when the other kinds are known.
///
/// # Errors
/// A refusal of a service.
pub(super) async fn observe_related(
    kind: ResourceKind,
    ports: &Ports,
    desired: &Desired,
    observed: &Observed,
) -> Result<Seen, EngineError> {
    Ok(match kind {
        ResourceKind::PhoneNumber => {
            let numbers = number::observe(ports, desired, observed).await?;
            seen(|observed| observed.phone_numbers = numbers)
        }
        ResourceKind::Instance
        | ResourceKind::Stack
        | ResourceKind::Object
        | ResourceKind::Seed
        | ResourceKind::Function
        | ResourceKind::Access
        | ResourceKind::Flow => seen(|_| {}),
    })
}

/// Reads what of a kind can only be read when the rest is known.
///
/// # Errors
/// A refusal of a service.
pub(super) async fn observe_inside(
    kind: ResourceKind,
    purpose: Purpose,
    ports: &Ports,
    desired: &Desired,
    observed: &Observed,
    values: &Values,
) -> Result<Seen, EngineError> {
    Ok(match kind {
        ResourceKind::Stack => {
            let contents = stack::observe_contents(ports, observed).await?;
            seen(|observed| observed.stack_contents = contents)
        }
        ResourceKind::Object => {
            let objects = object::observe(ports, desired, observed, values).await?;
            seen(|observed| observed.objects = objects)
        }
        ResourceKind::Seed if purpose == Purpose::Compare => {
            let seeds = seed::observe(ports, desired, values).await?;
            seen(|observed| observed.seeds = seeds)
        }
        ResourceKind::PhoneNumber => {
            match number::observe_rung(ports, desired, observed, purpose).await? {
                Some(numbers) => seen(|observed| observed.phone_numbers = numbers),
                None => seen(|_| {}),
            }
        }
        ResourceKind::Instance
        | ResourceKind::Seed
        | ResourceKind::Function
        | ResourceKind::Access
        | ResourceKind::Flow => seen(|_| {}),
    })
}

/// Waits for what somebody is changing just now.
///
/// # Errors
/// A refusal of a service.
pub(super) async fn settle(
    ports: &Ports,
    observed: &mut Observed,
    progress: &dyn Progress,
) -> Result<(), EngineError> {
    for kind in ResourceKind::ALL {
        match kind {
            ResourceKind::Stack => stack::settle(ports, observed, progress).await?,
            // The calls that change these end when they are done.
            ResourceKind::Instance
            | ResourceKind::Object
            | ResourceKind::Seed
            | ResourceKind::Function
            | ResourceKind::Access
            | ResourceKind::Flow
            | ResourceKind::PhoneNumber => {}
        }
    }
    Ok(())
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

/// What goes of a kind when a deployment is undone, and what becomes of what it holds.
///
/// # Errors
/// What is not ours, or would take data with it unasked.
pub(super) async fn plan_destroy(
    kind: ResourceKind,
    ports: &Ports,
    desired: &Desired,
    observed: &Observed,
    scope: Scope,
) -> Result<(Vec<Change>, BTreeMap<String, Holdings>), EngineError> {
    let changes = match kind {
        ResourceKind::Stack => return stack::plan_destroy(ports, desired, observed, scope).await,
        ResourceKind::Function => function::plan_destroy(desired, observed)?,
        ResourceKind::Access => access::plan_destroy(desired, observed),
        ResourceKind::Flow => flow::plan_destroy(desired, observed),
        ResourceKind::PhoneNumber => number::plan_destroy(desired, observed, scope)?,
        // Data goes and stays with what holds it.
        ResourceKind::Object | ResourceKind::Seed | ResourceKind::Instance => Vec::new(),
    };
    Ok((changes, BTreeMap::new()))
}

/// Where a resource stands among those that go: what calls come in by first, each access
/// before its function.
pub(super) fn undoing_order(
    resource: &ResourceId,
) -> (Reverse<ResourceKind>, String, Reverse<ResourceKind>) {
    let group = match resource.kind {
        ResourceKind::Access => ResourceKind::Function,
        other => other,
    };
    let name = resource.name.clone();
    (Reverse(group), name, Reverse(resource.kind))
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
