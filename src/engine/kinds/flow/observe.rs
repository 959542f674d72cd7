//! Flows as they are: ours, and those of others that have a name that is wanted.

use std::collections::BTreeMap;

use futures::future::try_join_all;

use crate::engine::desired::{Desired, TAG_NAME};
use crate::engine::drift::may_be_modified;
use crate::engine::error::EngineError;
use crate::engine::observe::{on, request};
use crate::engine::plan::ResourceKind;
use crate::engine::ports::{Instance, ObservedFlow, PortResult, Ports};

/// The flows of an instance, as far as they matter to a solution.
pub(in crate::engine) struct ObservedFlows {
    /// Ours, by their name in the manifest.
    pub(in crate::engine) flows: BTreeMap<String, ObservedFlow>,
    /// Of others, by the name in the manifest whose display name they have.
    pub(in crate::engine) taken: BTreeMap<String, ObservedFlow>,
    /// Published contents of those that may have been edited, by flow id.
    pub(in crate::engine) contents: BTreeMap<String, String>,
}

/// The flows of the instance. Contents are read only where the digest does not tell.
pub(in crate::engine) async fn observe(
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
    let absent: BTreeMap<&str, &str> = desired
        .flows
        .iter()
        .filter(|(name, _)| !ours.contains_key(*name))
        .map(|(name, flow)| (flow.physical.as_str(), name.as_str()))
        .collect();
    let names: Vec<&str> = absent.keys().copied().collect();
    let taken = ports
        .flows
        .all_named(&instance.id, &names)
        .await
        .map_err(request("looking for the names of the flows"))?;
    // The search may not know yet what the list does: ours by its tags is ours.
    let mut ours = ours;
    let mut others = BTreeMap::new();
    for (physical, flow) in taken {
        let Some(name) = absent.get(physical.as_str()) else {
            continue;
        };
        let name = (*name).to_owned();
        if desired.owns(&flow.tags) {
            // Known by another name of the manifest until now.
            ours.retain(|_, known| known.id != flow.id);
            ours.insert(name, flow);
        } else {
            others.insert(name, flow);
        }
    }
    let modified = ours.iter().filter(|(_, flow)| may_be_modified(flow));
    let contents = try_join_all(modified.map(|(name, flow)| async move {
        let content: PortResult<String> = ports.flows.content(&instance.id, &flow.id).await;
        content
            .map(|content| (flow.id.clone(), content))
            .map_err(on(ResourceKind::Flow, name, "reading the flow's content"))
    }))
    .await?;
    Ok(ObservedFlows {
        flows: ours,
        taken: others,
        contents: contents.into_iter().collect(),
    })
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
