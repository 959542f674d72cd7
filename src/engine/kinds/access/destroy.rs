//! Ends the association of a function with the instance.

use crate::engine::desired::Desired;
use crate::engine::destroy::{Destroy, failed, gone};
use crate::engine::error::EngineError;
use crate::engine::observe::Observed;
use crate::engine::plan::{Change, ResourceKind};
use crate::engine::values::LIVE;

/// The associations of our functions, which all go.
pub(in crate::engine) fn plan_destroy(desired: &Desired, observed: &Observed) -> Vec<Change> {
    observed
        .functions
        .iter()
        .filter(|(_, function)| {
            let alias = format!("{}:{LIVE}", function.arn);
            observed.associated.contains(&alias)
        })
        .map(|(name, function)| {
            let wanted = desired.functions.get(name);
            let physical = wanted.map_or(name, |function| &function.physical);
            gone(ResourceKind::Access, name, physical, &function.arn)
        })
        .collect()
}

pub(in crate::engine) async fn destroy(
    work: &Destroy<'_>,
    change: &Change,
) -> Result<(), EngineError> {
    let observed = &work.undoing.observed;
    let Some(function) = observed.functions.get(&change.resource.name) else {
        return Ok(());
    };
    // The permission goes with the function.
    work.ports
        .resources
        .disassociate_function(&observed.instance.id, &format!("{}:{LIVE}", function.arn))
        .await
        .map_err(failed(change, "ending the association"))
}
