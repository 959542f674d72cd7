//! What is there, read through the ports, as much at once as possible.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{try_join, try_join_all, try_join3, try_join4};

use super::desired::Desired;
use super::drift::StackContents;
use super::error::{EngineError, ServiceFailure};
use super::item::{BadItem, KeyAttribute};
use super::kinds;
use super::plan::{ResourceId, ResourceKind};
use super::ports::{
    Identity, Instance, ObservedFlow, ObservedFunction, ObservedObject, ObservedStack, PhoneNumber,
    Ports,
};
use super::text::{LookupKind, Reference, Text};
use super::values::Values;

pub use kinds::number::all as all_phone_numbers;

/// What is there of a solution.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Who deploys.
    pub identity: Identity,
    /// The instance.
    pub instance: Instance,
    /// Stacks that exist, by their name in the manifest.
    pub stacks: BTreeMap<String, ObservedStack>,
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
    pub lookups: BTreeMap<LookupKind, BTreeMap<String, String>>,
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
    let connect = try_join(
        kinds::access::observe(ports, instance, desired),
        kinds::number::observe(ports, instance, desired),
    );
    let (stacks, functions, flows, ((associated, phone_numbers), lookups)) = try_join4(
        kinds::stack::observe(ports, desired),
        kinds::function::observe(ports, desired),
        kinds::flow::observe(ports, instance, desired),
        try_join(connect, lookups(ports, instance, desired)),
    )
    .await?;
    let kinds::flow::ObservedFlows {
        flows,
        taken,
        contents,
    } = flows;
    // A number may still ring a flow that is about to go.
    let leaving = flows.keys().any(|name| !desired.flows.contains_key(name));
    let phone_numbers = if leaving && desired.phone_numbers.is_empty() {
        all_phone_numbers(ports, instance).await?
    } else {
        phone_numbers
    };
    Ok(Observed {
        identity: identity.clone(),
        instance: instance.clone(),
        stacks,
        objects: BTreeMap::new(),
        seeds: BTreeMap::new(),
        functions,
        stack_contents: Vec::new(),
        flows,
        taken,
        contents,
        associated,
        phone_numbers,
        reserved: BTreeSet::new(),
        lookups,
    })
}

/// Reads what stacks hold, as far as it is known where: objects, what of the seeds is in
/// its table, and the resources that tell whose a function's statements are. The stacks must have been read before.
///
/// # Errors
/// The first refusal of a service.
pub async fn observe_data(
    ports: &Ports,
    desired: &Desired,
    observed: &mut Observed,
) -> Result<(), EngineError> {
    let values = Values::new(desired, observed);
    let (seeds, objects, contents) = try_join3(
        kinds::seed::observe(ports, desired, &values),
        kinds::object::observe(ports, desired, observed, &values),
        kinds::stack::observe_contents(ports, observed),
    )
    .await?;
    observed.seeds = seeds;
    observed.objects = objects;
    observed.stack_contents = contents;
    Ok(())
}

async fn lookups(
    ports: &Ports,
    instance: &Instance,
    desired: &Desired,
) -> Result<BTreeMap<LookupKind, BTreeMap<String, String>>, EngineError> {
    let kinds: BTreeSet<LookupKind> = ResourceKind::ALL
        .into_iter()
        .flat_map(|kind| kinds::texts(kind, desired))
        .flat_map(Text::references)
        .filter_map(|(reference, _)| match reference {
            Reference::Lookup(kind, _) => Some(*kind),
            _ => None,
        })
        .collect();
    let found = try_join_all(kinds.into_iter().map(|kind| async move {
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
