//! A flow.

mod apply;
mod destroy;
mod diff;
mod drafts;
mod observe;
mod quota;
mod status;
mod wanted;

use std::collections::BTreeSet;

pub(in crate::engine) use apply::{apply, leave, stub};
pub(in crate::engine) use destroy::{destroy, plan_destroy};
pub(in crate::engine) use diff::{diff, digest_of};
pub(in crate::engine) use drafts::drafts;
pub(in crate::engine) use observe::observe;
pub use quota::FlowQuota;
pub(in crate::engine) use quota::foresee;
pub(in crate::engine) use status::rows;

use crate::engine::desired::{Desired, Flow};
use crate::engine::graph::named_by;
use crate::engine::observe::Observed;
use crate::engine::plan::{ResourceId, ResourceKind};
use crate::engine::text::{Reference, Text};
use crate::engine::values::Values;

/// The texts that may have refs, each with the name of the resource that has it.
pub(in crate::engine) fn texts(desired: &Desired) -> impl Iterator<Item = (&str, &Text)> {
    let all = desired.flows.iter();
    all.flat_map(|(name, flow)| texts_of(flow).map(move |text| (name.as_str(), text)))
}

fn texts_of(flow: &Flow) -> impl Iterator<Item = &Text> {
    std::iter::once(&flow.content)
}

/// The resources, each with those that it has refs to.
pub(in crate::engine) fn needs(desired: &Desired) -> Vec<(ResourceId, BTreeSet<ResourceId>)> {
    desired
        .flows
        .iter()
        .map(|(name, flow)| {
            let resource = ResourceId::new(ResourceKind::Flow, name);
            (resource, named_by(desired, texts_of(flow)))
        })
        .collect()
}

/// Sets what refs to them stand for, as far as it is known.
pub(in crate::engine) fn values(observed: &Observed, values: &mut Values) {
    for (name, flow) in &observed.flows {
        values.set(Reference::Flow(name.clone()), &flow.arn);
    }
}
