//! Flows of ours are deleted; one that has a name of ours and no longer our tags stays.

use super::diff::note_drift;
use crate::engine::desired::Desired;
use crate::engine::destroy::{Destroy, failed, gone};
use crate::engine::error::EngineError;
use crate::engine::observe::Observed;
use crate::engine::plan::{Action, Change, ResourceKind};

/// The flows of ours, which all go, and those of others that have a name that is wanted:
/// they stay, and it is said that they do.
pub(in crate::engine) fn plan_destroy(desired: &Desired, observed: &Observed) -> Vec<Change> {
    observed
        .flows
        .iter()
        .map(|(name, flow)| {
            let mut change = gone(ResourceKind::Flow, name, &flow.name, &flow.arn);
            note_drift(desired, observed, &mut change, &flow.name);
            change
        })
        .chain(observed.taken.iter().map(|(name, flow)| {
            let mut change = gone(ResourceKind::Flow, name, &flow.name, &flow.arn);
            change.action = Action::Keep;
            change.details.push(format!(
                "stays: {}, say its tags; delete it by hand if it is yours",
                desired.owner(&flow.tags)
            ));
            change
        }))
        .collect()
}

pub(in crate::engine) async fn destroy(
    work: &Destroy<'_>,
    change: &Change,
) -> Result<(), EngineError> {
    let observed = &work.undoing.observed;
    let Some(flow) = observed.flows.get(&change.resource.name) else {
        return Ok(());
    };
    work.ports
        .flows
        .delete(&observed.instance.id, &flow.id, &work.notes(change))
        .await
        .map_err(failed(change, "deleting the flow"))
}
