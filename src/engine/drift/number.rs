//! Whether somebody gave a number of ours another flow. The flows of the deployment are
//! known by their tags, those too that left the manifest.

use crate::engine::desired::{Desired, TAG_NAME};
use crate::engine::observe::Observed;

/// The id of the flow of others that a number rings, by its name in the manifest.
pub(super) fn rebound(desired: &Desired, observed: &Observed, name: &str) -> Option<String> {
    let number = observed.phone_numbers.iter().find(|number| {
        desired.owns(&number.tags) && number.tags.get(TAG_NAME).is_some_and(|tag| tag == name)
    })?;
    let rung = number.flow_id.as_ref()?;
    let is_ours = observed.flows.values().any(|flow| flow.id == *rung);
    (!is_ours).then(|| rung.clone())
}
