//! Items that a table begins with.

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

use crate::engine::desired::{Desired, Seed};
use crate::engine::graph::named_by;
use crate::engine::plan::{ResourceId, ResourceKind};
use crate::engine::text::Text;

/// The texts that may have refs, each with the name of the resource that has it.
pub(in crate::engine) fn texts(desired: &Desired) -> impl Iterator<Item = (&str, &Text)> {
    let all = desired.seeds.iter();
    all.flat_map(|(name, seed)| texts_of(seed).map(move |text| (name.as_str(), text)))
}

fn texts_of(seed: &Seed) -> impl Iterator<Item = &Text> {
    std::iter::once(&seed.table)
}

/// The resources, each with those that it has refs to.
pub(in crate::engine) fn needs(desired: &Desired) -> Vec<(ResourceId, BTreeSet<ResourceId>)> {
    desired
        .seeds
        .iter()
        .map(|(name, seed)| {
            let resource = ResourceId::new(ResourceKind::Seed, name);
            (resource, named_by(desired, texts_of(seed)))
        })
        .collect()
}
