//! A CloudFormation stack.

mod apply;
mod destroy;
mod diff;
mod observe;
mod preview;
mod status;
mod wanted;

use std::collections::BTreeSet;

pub(in crate::engine) use apply::apply;
pub(in crate::engine) use destroy::{Holdings, destroy, plan_destroy};
pub(in crate::engine) use diff::diff;
pub(in crate::engine) use observe::{observe, observe_contents, settle};
pub(in crate::engine) use preview::{discard, preview};
pub(in crate::engine) use status::rows;

use crate::engine::desired::{Desired, Stack};
use crate::engine::graph::named_by;
use crate::engine::observe::Observed;
use crate::engine::plan::{ResourceId, ResourceKind};
use crate::engine::text::Text;
use crate::engine::values::Values;

/// The texts that may have refs, each with the name of the resource that has it.
pub(in crate::engine) fn texts(desired: &Desired) -> impl Iterator<Item = (&str, &Text)> {
    let all = desired.stacks.iter();
    all.flat_map(|(name, stack)| texts_of(stack).map(move |text| (name.as_str(), text)))
}

fn texts_of(stack: &Stack) -> impl Iterator<Item = &Text> {
    stack.parameters.values()
}

/// The resources, each with those that it has refs to, or takes exports from.
pub(in crate::engine) fn needs(desired: &Desired) -> Vec<(ResourceId, BTreeSet<ResourceId>)> {
    desired
        .stacks
        .iter()
        .map(|(name, stack)| {
            let resource = ResourceId::new(ResourceKind::Stack, name);
            let mut needs = named_by(desired, texts_of(stack));
            let givers = desired.stacks.iter().filter(|(other, giver)| {
                *other != name && stack.exports.takes_from(&giver.exports)
            });
            needs.extend(givers.map(|(other, _)| ResourceId::new(ResourceKind::Stack, other)));
            needs.extend(stack.depends_on.iter().cloned());
            (resource, needs)
        })
        .collect()
}

/// Sets what refs to them stand for, as far as it is known.
pub(in crate::engine) fn values(observed: &Observed, values: &mut Values) {
    for (name, stack) in &observed.stacks {
        values.set_outputs(name, stack.outputs.clone());
    }
}
