//! What is there, read through the ports, as much at once as possible.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::{try_join, try_join_all, try_join3, try_join4};

use super::desired::{Desired, TAG_NAME};
use super::drift::{self, StackContents};
use super::error::{EngineError, ServiceFailure};
use super::item::{self, BadItem, Item, KeyAttribute};
use super::plan::{ResourceId, ResourceKind};
use super::ports::{
    Bucket, Identity, Instance, ObservedFlow, ObservedFunction, ObservedObject, ObservedStack,
    PhoneNumber, PortResult, Ports,
};
use super::text::{LookupKind, Reference, Text};
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

fn on(
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

fn request(doing: &'static str) -> impl FnOnce(ServiceFailure) -> EngineError {
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
    let stacks = try_join_all(desired.stacks.iter().map(|(name, stack)| async move {
        let observed = ports.stacks.describe(&stack.physical).await;
        observed
            .map(|stack| stack.map(|stack| (name.clone(), stack)))
            .map_err(on(ResourceKind::Stack, name, "reading the stack"))
    }));
    let functions = try_join_all(desired.functions.iter().map(|(name, function)| async move {
        let observed = ports.functions.describe(&function.physical).await;
        observed
            .map(|function| function.map(|function| (name.clone(), function)))
            .map_err(on(ResourceKind::Function, name, "reading the function"))
    }));
    let connect = try_join(
        associated(ports, instance, desired),
        phone_numbers(ports, instance, desired),
    );
    let (stacks, functions, (flows, taken, contents), ((associated, phone_numbers), lookups)) =
        try_join4(
            stacks,
            functions,
            flows(ports, instance, desired),
            try_join(connect, lookups(ports, instance, desired)),
        )
        .await?;
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
        stacks: stacks.into_iter().flatten().collect(),
        objects: BTreeMap::new(),
        seeds: BTreeMap::new(),
        functions: functions.into_iter().flatten().collect(),
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
    let owner = observed.identity.account.as_str();
    let seeds = try_join_all(desired.seeds.iter().map(|(name, seed)| {
        let table = values.known(&seed.table);
        async move {
            let seed = match table {
                Some(table) => observed_seed(ports, name, seed, table).await?,
                None => None,
            };
            Ok::<_, EngineError>(seed.map(|seed| (name.clone(), seed)))
        }
    }));
    let objects = try_join_all(desired.objects.iter().map(|(name, object)| {
        let place = values.known(&object.bucket).zip(values.known(&object.key));
        async move {
            let Some((bucket, key)) = place else {
                return Ok(None);
            };
            let of = Bucket {
                name: &bucket,
                owner,
            };
            let object = ports.objects.head(of, &key).await;
            let object = object.map_err(on(ResourceKind::Object, name, "reading the object"))?;
            let place = ObservedPlace {
                bucket,
                key,
                object,
            };
            Ok::<_, EngineError>(Some((name.clone(), place)))
        }
    }));
    let contents = stack_contents(ports, observed);
    let (seeds, objects, contents) = try_join3(seeds, objects, contents).await?;
    observed.seeds = seeds.into_iter().flatten().collect();
    observed.objects = objects.into_iter().flatten().collect();
    observed.stack_contents = contents;
    Ok(())
}

/// Nothing is read while nothing asks for it: each stack is a call of its own.
async fn stack_contents(
    ports: &Ports,
    observed: &Observed,
) -> Result<Vec<StackContents>, EngineError> {
    if !drift::asks_stacks(observed) {
        return Ok(Vec::new());
    }
    let granting = observed
        .stacks
        .iter()
        .filter(|(_, stack)| drift::may_grant(stack.template.as_deref()));
    let contents = try_join_all(granting.map(|(name, stack)| contents_of(ports, name, stack)));
    Ok(contents.await?.into_iter().flatten().collect())
}

/// A stack with its resources, and those nested in it.
async fn contents_of(
    ports: &Ports,
    name: &str,
    stack: &ObservedStack,
) -> Result<Vec<StackContents>, EngineError> {
    let failed = || on(ResourceKind::Stack, name, "reading the stack's resources");
    let mut all: Vec<StackContents> = Vec::new();
    let mut next = vec![stack.clone()];
    while let Some(stack) = next.pop() {
        let resources = ports.stacks.resources(&stack.arn).await.map_err(failed())?;
        for arn in drift::nested(&resources) {
            next.extend(ports.stacks.describe(arn).await.map_err(failed())?);
        }
        all.push(StackContents { stack, resources });
    }
    Ok(all)
}

async fn observed_seed(
    ports: &Ports,
    name: &str,
    seed: &super::desired::Seed,
    table: String,
) -> Result<Option<ObservedSeed>, EngineError> {
    let key = ports.tables.key(&table).await;
    let key = key.map_err(on(ResourceKind::Seed, name, "reading the table"))?;
    let Some(key) = key else {
        return Ok(None);
    };
    let items = || seed.items.iter().map(|item| &item.attributes);
    let present = match item::check_keys(items(), &key) {
        Ok(()) => {
            let keys: Vec<Item> = items().map(|one| item::key_of(one, &key)).collect();
            let present = ports.tables.present(&table, &key, &keys).await;
            Ok(present.map_err(on(ResourceKind::Seed, name, "reading the items"))?)
        }
        Err(problem) => Err(problem),
    };
    Ok(Some(ObservedSeed {
        table,
        key,
        present,
    }))
}

async fn associated(
    ports: &Ports,
    instance: &Instance,
    desired: &Desired,
) -> Result<Vec<String>, EngineError> {
    if !desired.functions.values().any(|function| function.connect) {
        return Ok(Vec::new());
    }
    ports
        .resources
        .associated_functions(&instance.id)
        .await
        .map_err(request("reading the functions of the instance"))
}

async fn phone_numbers(
    ports: &Ports,
    instance: &Instance,
    desired: &Desired,
) -> Result<Vec<PhoneNumber>, EngineError> {
    if desired.phone_numbers.is_empty() {
        return Ok(Vec::new());
    }
    all_phone_numbers(ports, instance).await
}

/// The numbers of the instance, also when the manifest wants none.
///
/// # Errors
/// Connect's refusal.
pub async fn all_phone_numbers(
    ports: &Ports,
    instance: &Instance,
) -> Result<Vec<PhoneNumber>, EngineError> {
    ports
        .resources
        .phone_numbers(&instance.arn)
        .await
        .map_err(request("reading the phone numbers of the instance"))
}

type ObservedFlows = (
    BTreeMap<String, ObservedFlow>,
    BTreeMap<String, ObservedFlow>,
    BTreeMap<String, String>,
);

async fn flows(
    ports: &Ports,
    instance: &Instance,
    desired: &Desired,
) -> Result<ObservedFlows, EngineError> {
    let tagged = ports
        .flows
        .tagged(&instance.id, &desired.tags())
        .await
        .map_err(request("reading the flows of the instance"))?;
    let ours: BTreeMap<String, ObservedFlow> = tagged
        .into_iter()
        .map(|flow| (manifest_name(desired, &flow), flow))
        .collect();
    let absent = desired
        .flows
        .iter()
        .filter(|(name, _)| !ours.contains_key(*name));
    let taken = try_join_all(absent.map(|(name, flow)| async move {
        let other = ports.flows.named(&instance.id, &flow.physical).await;
        other
            .map(|other| other.map(|other| (name.clone(), other)))
            .map_err(on(ResourceKind::Flow, name, "looking for the flow's name"))
    }))
    .await?;
    // The search may not know yet what the list does: ours by its tags is ours.
    let mut ours = ours;
    let mut others = BTreeMap::new();
    for (name, flow) in taken.into_iter().flatten() {
        if desired.owns(&flow.tags) {
            // Known by another name of the manifest until now.
            ours.retain(|_, known| known.id != flow.id);
            ours.insert(name, flow);
        } else {
            others.insert(name, flow);
        }
    }
    let edited = ours.iter().filter(|(_, flow)| drift::may_be_edited(flow));
    let contents = try_join_all(edited.map(|(name, flow)| async move {
        let content: PortResult<String> = ports.flows.content(&instance.id, &flow.id).await;
        content
            .map(|content| (flow.id.clone(), content))
            .map_err(on(ResourceKind::Flow, name, "reading the flow's content"))
    }))
    .await?;
    Ok((ours, others, contents.into_iter().collect()))
}

/// The name that a flow of ours has in the manifest: by its tag, else by its display name.
fn manifest_name(desired: &Desired, flow: &ObservedFlow) -> String {
    flow.tags.get(TAG_NAME).cloned().unwrap_or_else(|| {
        desired
            .flows
            .iter()
            .find(|(_, wanted)| wanted.physical == flow.name)
            .map_or_else(|| flow.name.clone(), |(name, _)| name.clone())
    })
}

async fn lookups(
    ports: &Ports,
    instance: &Instance,
    desired: &Desired,
) -> Result<BTreeMap<LookupKind, BTreeMap<String, String>>, EngineError> {
    let kinds: BTreeSet<LookupKind> = texts(desired)
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

/// Every text of a solution that may hold refs.
fn texts(desired: &Desired) -> impl Iterator<Item = &Text> {
    let stacks = desired
        .stacks
        .values()
        .flat_map(|stack| stack.parameters.values());
    let functions = desired
        .functions
        .values()
        .flat_map(|function| function.environment.values().chain([&function.role]));
    let flows = desired.flows.values().map(|flow| &flow.content);
    let seeds = desired.seeds.values().map(|seed| &seed.table);
    let objects = desired
        .objects
        .values()
        .flat_map(|object| [&object.bucket, &object.key]);
    stacks
        .chain(functions)
        .chain(flows)
        .chain(seeds)
        .chain(objects)
}
