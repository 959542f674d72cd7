//! What is there, read through the ports, as much at once as possible.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{try_join, try_join_all};

use super::desired::Desired;
use super::drift::StackContents;
use super::error::{EngineError, ServiceFailure};
use super::item::{BadItem, KeyAttribute};
use super::kinds;
use super::lookups::{self, Names};
use super::plan::{ResourceId, ResourceKind};
use super::ports::{
    Identity, Instance, ObservedFlow, ObservedFunction, ObservedObject, ObservedStack, PhoneNumber,
    Ports,
};
use super::text::LookupKind;
use super::values::Values;

/// What is there of a solution.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Who deploys.
    pub identity: Identity,
    /// The instance.
    pub instance: Instance,
    /// Stacks that exist, by their name in the manifest.
    pub stacks: BTreeMap<String, ObservedStack>,
    /// Stacks, by their name in the manifest, of which CloudFormation said that what is
    /// wanted would change nothing.
    pub unchanged: BTreeSet<String>,
    /// Objects by their name in the manifest, as far as it is known where they are;
    /// read by [`observe_data`].
    pub objects: BTreeMap<String, ObservedPlace>,
    /// Tables of seeds that exist, by the seed's name in the manifest; read by
    /// [`observe_data`].
    pub seeds: BTreeMap<String, ObservedSeed>,
    /// Functions that exist, by their name in the manifest.
    pub functions: BTreeMap<String, ObservedFunction>,
    /// Stacks of the solution, and those nested in them, with their resources: as far as
    /// they are needed to tell whose a function's statements are; read by [`observe_data`].
    pub stack_contents: Vec<StackContents>,
    /// Flows of this solution and environment, by their name in the manifest.
    pub flows: BTreeMap<String, ObservedFlow>,
    /// Flows of others that have a name that is wanted, by the name in the manifest.
    pub taken: BTreeMap<String, ObservedFlow>,
    /// Published contents of the flows that may have been edited, by flow id.
    pub contents: BTreeMap<String, String>,
    /// ARNs of the functions associated with the instance.
    pub associated: Vec<String>,
    /// The instance's phone numbers; empty when none is wanted and no flow goes.
    pub phone_numbers: Vec<PhoneNumber>,
    /// Ids of numbers that another solution of the same run is about to take.
    pub reserved: BTreeSet<String>,
    /// Names and ARNs of what is looked up, by kind.
    pub lookups: Names,
}

impl Observed {
    fn nothing(identity: &Identity, instance: &Instance) -> Self {
        Self {
            identity: identity.clone(),
            instance: instance.clone(),
            stacks: BTreeMap::new(),
            unchanged: BTreeSet::new(),
            objects: BTreeMap::new(),
            seeds: BTreeMap::new(),
            functions: BTreeMap::new(),
            stack_contents: Vec::new(),
            flows: BTreeMap::new(),
            taken: BTreeMap::new(),
            contents: BTreeMap::new(),
            associated: Vec::new(),
            phone_numbers: Vec::new(),
            reserved: BTreeSet::new(),
            lookups: Names::new(),
        }
    }
}

/// A place in a bucket, and what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedPlace {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// The object, if there is one.
    pub object: Option<ObservedObject>,
}

/// A seed's table as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedSeed {
    /// Its name.
    pub table: String,
    /// Its key.
    pub key: Vec<KeyAttribute>,
    /// Which of the seed's items have a key that the table has; or which item cannot
    /// be in it, as it is now.
    pub present: Result<Vec<bool>, BadItem>,
}

pub(super) fn on(
    kind: ResourceKind,
    name: &str,
    doing: &'static str,
) -> impl FnOnce(ServiceFailure) -> EngineError {
    let resource = ResourceId::new(kind, name);
    move |failure| EngineError::Service {
        resource,
        doing,
        failure: Box::new(failure),
    }
}

pub(super) fn request(doing: &'static str) -> impl FnOnce(ServiceFailure) -> EngineError {
    move |failure| EngineError::Request {
        doing,
        failure: Box::new(failure),
    }
}

/// Reads everything that the plan of `desired` needs to know.
///
/// # Errors
/// The first refusal of a service.
pub async fn observe(
    ports: &Ports,
    identity: &Identity,
    instance: &Instance,
    desired: &Desired,
) -> Result<Observed, EngineError> {
    let names = lookups(ports, instance, [desired]);
    let rest = observe_resources(ports, identity, instance, desired);
    let (names, observed) = try_join(names, rest).await?;
    Ok(Observed {
        lookups: names,
        ..observed
    })
}

/// The same without what is looked up.
///
/// # Errors
/// The first refusal of a service.
pub(super) async fn observe_resources(
    ports: &Ports,
    identity: &Identity,
    instance: &Instance,
    desired: &Desired,
) -> Result<Observed, EngineError> {
    let all = ResourceKind::ALL.map(|kind| kinds::observe(kind, ports, instance, desired));
    let mut observed = Observed::nothing(identity, instance);
    for seen in try_join_all(all).await? {
        seen(&mut observed);
    }
    let related =
        ResourceKind::ALL.map(|kind| kinds::observe_related(kind, ports, desired, &observed));
    for seen in try_join_all(related).await? {
        seen(&mut observed);
    }
    Ok(observed)
}

/// Reads what can only be read when the rest is known: what stacks hold (objects, what of
/// the seeds is in its table, the resources that tell whose a function's statements are),
/// and numbers that ring what goes.
///
/// # Errors
/// The first refusal of a service.
pub async fn observe_data(
    ports: &Ports,
    desired: &Desired,
    observed: &mut Observed,
    purpose: Purpose,
) -> Result<(), EngineError> {
    let values = Values::new(desired, observed);
    let known = &*observed;
    let all = ResourceKind::ALL
        .map(|kind| kinds::observe_inside(kind, purpose, ports, desired, known, &values));
    for seen in try_join_all(all).await? {
        seen(observed);
    }
    Ok(())
}

/// What is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To see how it stands against what is wanted.
    Compare,
    /// To take it away: which items tables have is nothing to that.
    Undo,
}

/// Names and ARNs of what the instance has, of the kinds that solutions have refs to.
///
/// # Errors
/// The first refusal of Connect.
pub async fn lookups<'a>(
    ports: &Ports,
    instance: &Instance,
    desired: impl IntoIterator<Item = &'a Desired>,
) -> Result<Names, EngineError> {
    let kinds = lookups::kinds_of(desired).into_iter();
    let found = try_join_all(kinds.map(|kind| async move {
        let names = ports.resources.lookup(&instance.id, kind).await;
        names
            .map(|names| (kind, names))
            .map_err(request(match kind {
                LookupKind::Module => "reading the modules of the instance",
                LookupKind::Queue => "reading the queues of the instance",
                LookupKind::Hours => "reading the hours of operation of the instance",
                LookupKind::Prompt => "reading the prompts of the instance",
            }))
    }))
    .await?;
    Ok(found.into_iter().collect())
}
