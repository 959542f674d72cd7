//! An S3 object.

mod apply;
mod diff;
mod observe;
mod status;
mod wanted;

use std::collections::BTreeSet;

pub(in crate::engine) use apply::apply;
pub(in crate::engine) use diff::diff;
pub(in crate::engine) use observe::observe;
pub(in crate::engine) use status::rows;

use crate::engine::desired::{Desired, Object};
use crate::engine::graph::named_by;
use crate::engine::plan::{ResourceId, ResourceKind};
use crate::engine::text::{Reference, Text};
use crate::engine::values::Values;

/// The texts that may have refs, each with the name of the resource that has it.
pub(in crate::engine) fn texts(desired: &Desired) -> impl Iterator<Item = (&str, &Text)> {
    let all = desired.objects.iter();
    all.flat_map(|(name, object)| texts_of(object).map(move |text| (name.as_str(), text)))
}

fn texts_of(object: &Object) -> impl Iterator<Item = &Text> {
    [&object.bucket, &object.key].into_iter()
}

/// The resources, each with those that it has refs to.
pub(in crate::engine) fn needs(desired: &Desired) -> Vec<(ResourceId, BTreeSet<ResourceId>)> {
    desired
        .objects
        .iter()
        .map(|(name, object)| {
            let resource = ResourceId::new(ResourceKind::Object, name);
            (resource, named_by(desired, texts_of(object)))
        })
        .collect()
}

/// Sets what refs to them stand for, as far as it is known.
pub(in crate::engine) fn values(desired: &Desired, values: &mut Values) {
    for (name, object) in &desired.objects {
        values.set_text(Reference::ObjectBucket(name.clone()), &object.bucket);
        values.set_text(Reference::ObjectKey(name.clone()), &object.key);
    }
}
