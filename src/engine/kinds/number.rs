//! A phone number and the flow that answers it.

mod apply;
mod destroy;
mod diff;
mod observe;
mod status;
mod wanted;

use std::collections::BTreeSet;

pub(in crate::engine) use apply::{apply, leave};
pub(in crate::engine) use destroy::{destroy, plan_destroy};
pub(in crate::engine) use diff::diff;
pub use diff::{assign, choose};
pub(in crate::engine) use observe::{observe, observe_rung};
pub(in crate::engine) use status::rows;

use crate::engine::desired::Desired;
use crate::engine::observe::Observed;
use crate::engine::plan::{ResourceId, ResourceKind};
use crate::engine::text::Reference;
use crate::engine::values::Values;

/// Ids of the numbers that a solution has or takes.
pub(in crate::engine) fn assigned(desired: &Desired, observed: &Observed) -> BTreeSet<String> {
    let numbers = assign(desired, observed).into_values();
    numbers.map(|number| number.id.clone()).collect()
}

/// The numbers, each with its flow.
pub(in crate::engine) fn needs(desired: &Desired) -> Vec<(ResourceId, BTreeSet<ResourceId>)> {
    desired
        .phone_numbers
        .iter()
        .map(|(name, number)| {
            let flow = ResourceId::new(ResourceKind::Flow, &number.flow);
            (
                ResourceId::new(ResourceKind::PhoneNumber, name),
                BTreeSet::from([flow]),
            )
        })
        .collect()
}

/// Sets what refs to them stand for, as far as it is known.
pub(in crate::engine) fn values(desired: &Desired, observed: &Observed, values: &mut Values) {
    for (name, number) in assign(desired, observed) {
        if number.flow_id.is_some() {
            values.set(Reference::Phone(name), &number.number);
        }
    }
}
