//! What somebody saved on the instance and has not published: writing the content, or
//! deleting the flow, would lose it.

use futures::future::try_join_all;

use crate::engine::drift::Draft;
use crate::engine::error::{EngineError, FailureKind};
use crate::engine::observe::{Observed, on};
use crate::engine::plan::{Action, Change, Irreversible, ResourceKind};
use crate::engine::ports::{ObservedFlow, Ports};

/// Notes the drafts that a plan would lose on its changes.
pub(in crate::engine) async fn drafts(
    ports: &Ports,
    observed: &Observed,
    changes: &mut [Change],
) -> Result<(), EngineError> {
    // Where an edit would be lost anyway, that is said already.
    let may_lose = |change: &&mut Change| {
        change.resource.kind == ResourceKind::Flow
            && matches!(change.action, Action::Update | Action::Delete)
            && change.irreversible.is_empty()
    };
    let looked = changes.iter_mut().filter(may_lose).map(|change| async {
        let Some(flow) = observed.flows.get(&change.resource.name) else {
            return Ok::<(), EngineError>(());
        };
        if has_draft(ports, observed, &change.resource.name, flow).await? {
            change
                .details
                .push("has an unpublished draft on the instance".to_owned());
            change.irreversible.push(Irreversible::Overwrite {
                flow: flow.name.clone(),
            });
        }
        Ok(())
    });
    try_join_all(looked).await?;
    Ok(())
}

async fn has_draft(
    ports: &Ports,
    observed: &Observed,
    name: &str,
    flow: &ObservedFlow,
) -> Result<bool, EngineError> {
    let failed = || on(ResourceKind::Flow, name, "looking for an unpublished draft");
    let instance = &observed.instance.id;
    let published = match ports.flows.version(instance, &flow.id).await {
        Ok(published) => Some(published),
        // Never published: all there is, is the draft.
        Err(failure) if failure.code == "ContactFlowNotPublishedException" => None,
        // Deleted since it was looked at.
        Err(failure) if failure.kind == FailureKind::NotFound => return Ok(false),
        Err(failure) => return Err(failed()(failure)),
    };
    let saved = format!("{}:$SAVED", flow.id);
    let saved = match ports.flows.version(instance, &saved).await {
        Ok(saved) => saved,
        // Nothing is saved beside what is published. What else is told then, nobody has
        // proved: the same, or what was saved before.
        Err(failure) if failure.kind == FailureKind::NotFound => return Ok(false),
        Err(failure) => return Err(failed()(failure)),
    };
    let draft = Draft {
        published: published.as_ref(),
        saved: &saved,
    };
    Ok(draft.is_unpublished())
}
