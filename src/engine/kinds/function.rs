//! A Lambda function.

mod apply;
mod destroy;
mod diff;
mod observe;
mod status;
mod take_back;
mod wanted;
mod warnings;

use std::collections::BTreeSet;

pub(in crate::engine) use apply::apply;
pub(in crate::engine) use destroy::{destroy, plan_destroy};
pub(in crate::engine) use diff::diff;
pub(in crate::engine) use observe::observe;
pub(in crate::engine) use status::rows;

use crate::engine::desired::{Desired, Function};
use crate::engine::graph::named_by;
use crate::engine::observe::Observed;
use crate::engine::plan::{ResourceId, ResourceKind};
use crate::engine::text::{Reference, Text};
use crate::engine::values::{LIVE, Values};

/// The texts that may have refs, each with the name of the resource that has it.
pub(in crate::engine) fn texts(desired: &Desired) -> impl Iterator<Item = (&str, &Text)> {
    let all = desired.functions.iter();
    all.flat_map(|(name, function)| texts_of(function).map(move |text| (name.as_str(), text)))
}

fn texts_of(function: &Function) -> impl Iterator<Item = &Text> {
    function.environment.values().chain([&function.role])
}

/// The functions, each with what it has refs to.
pub(in crate::engine) fn needs(desired: &Desired) -> Vec<(ResourceId, BTreeSet<ResourceId>)> {
    desired
        .functions
        .iter()
        .map(|(name, function)| {
            let mut needs = named_by(desired, texts_of(function));
            // A function's own access comes after it, whatever its environment says of it.
            needs.remove(&ResourceId::new(ResourceKind::Access, name));
            needs.extend(function.depends_on.iter().cloned());
            (ResourceId::new(ResourceKind::Function, name), needs)
        })
        .collect()
}

/// Sets what refs to them stand for, as far as it is known.
pub(in crate::engine) fn values(desired: &Desired, observed: &Observed, values: &mut Values) {
    for (name, function) in &desired.functions {
        values.set(Reference::FunctionName(name.clone()), &function.physical);
    }
    for (name, function) in &observed.functions {
        if function.live_version.is_some() {
            set_live(values, name, &function.arn);
        }
    }
}

/// Sets a function's alias by the function's ARN.
fn set_live(values: &mut Values, name: &str, arn: &str) {
    values.set(
        Reference::Function(name.to_owned()),
        format!("{arn}:{LIVE}"),
    );
}
