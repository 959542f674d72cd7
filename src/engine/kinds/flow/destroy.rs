//! Flows of ours are deleted; what somebody else wrote in them is told.

use crate::engine::desired::Desired;
use crate::engine::destroy::{Destroy, failed, gone};
use crate::engine::drift;
use crate::engine::error::EngineError;
use crate::engine::observe::Observed;
use crate::engine::plan::{Change, ResourceKind};

/// The flows of ours, which all go.
pub(in crate::engine) fn plan_destroy(desired: &Desired, observed: &Observed) -> Vec<Change> {
    observed
        .flows
        .iter()
        .map(|(name, flow)| {
            let mut change = gone(ResourceKind::Flow, name, &flow.name, &flow.arn);
            for finding in drift::of(desired, observed, &change.resource) {
                change
                    .details
                    .push(format!("{finding} since it was deployed"));
            }
            change
        })
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
        .delete(&observed.instance.id, &flow.id)
        .await
        .map_err(failed(change, "deleting the flow"))
}
