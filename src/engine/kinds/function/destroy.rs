//! Functions are deleted, with what others have on them.

use super::diff::note_drift;
use crate::engine::desired::Desired;
use crate::engine::destroy::{Destroy, check_owner, failed, gone};
use crate::engine::error::EngineError;
use crate::engine::events::Notes;
use crate::engine::observe::Observed;
use crate::engine::plan::{Change, ResourceKind};

/// The functions that are there, which all go.
///
/// # Errors
/// [`EngineError::Taken`]: one is not ours.
pub(in crate::engine) fn plan_destroy(
    desired: &Desired,
    observed: &Observed,
) -> Result<Vec<Change>, EngineError> {
    let functions = observed.functions.iter().map(|(name, function)| {
        let wanted = desired.functions.get(name);
        let physical = wanted.map_or(name, |function| &function.physical);
        let mut change = gone(ResourceKind::Function, name, physical, &function.arn);
        check_owner(desired, &change.resource, &function.tags, &function.arn)?;
        note_drift(desired, observed, &mut change);
        Ok(change)
    });
    functions.collect()
}

pub(in crate::engine) async fn destroy(
    work: &Destroy<'_>,
    change: &Change,
) -> Result<(), EngineError> {
    let notes = Notes {
        reporter: work.reporter,
        resource: &change.resource,
    };
    work.ports
        .functions
        .delete(&change.physical, &notes)
        .await
        .map_err(failed(change, "deleting the function"))
}
