//! What somebody saved on the instance and has not published.

use crate::engine::drift::Draft;
use crate::engine::error::{EngineError, ServiceFailure};
use crate::engine::observe::Observed;
use crate::engine::plan::{Action, Irreversible, Plan, ResourceKind};
use crate::engine::ports::Ports;

/// Finds edits that somebody saved on the instance and has not published:
/// writing the content would lose them.
pub(in crate::engine) async fn drafts(
    ports: &Ports,
    observed: &Observed,
    plan: &mut Plan,
) -> Result<(), EngineError> {
    for change in &mut plan.changes {
        if change.resource.kind != ResourceKind::Flow || change.action != Action::Update {
            continue;
        }
        let Some(flow) = observed.flows.get(&change.resource.name) else {
            continue;
        };
        let resource = change.resource.clone();
        let failed = |failure: ServiceFailure| EngineError::Service {
            resource: resource.clone(),
            doing: "looking for an unpublished draft",
            failure: Box::new(failure),
        };
        let instance = &observed.instance.id;
        let published = match ports.flows.content(instance, &flow.id).await {
            Ok(content) => Some(content),
            // Never published: all there is, is the draft.
            Err(failure) if failure.code == "ContactFlowNotPublishedException" => None,
            Err(failure) => return Err(failed(failure)),
        };
        let saved = ports
            .flows
            .content(instance, &format!("{}:$SAVED", flow.id))
            .await
            .map_err(failed)?;
        let draft = Draft {
            published: published.as_deref(),
            saved: &saved,
        };
        if draft.is_unpublished() && change.irreversible.is_empty() {
            change
                .details
                .push("has an unpublished draft on the instance".to_owned());
            change.irreversible.push(Irreversible::Overwrite {
                flow: flow.name.clone(),
            });
        }
    }
    Ok(())
}
