//! What lets the instance invoke a function: the permission on its alias, and the association.
//! How it stands is told with its function.

mod apply;
mod destroy;
mod diff;
mod observe;
mod wanted;

use std::collections::BTreeSet;

pub(in crate::engine) use apply::apply;
pub(in crate::engine) use destroy::{destroy, plan_destroy};
pub(in crate::engine) use diff::diff;
pub(in crate::engine) use observe::observe;

use crate::engine::desired::Desired;
use crate::engine::plan::{ResourceId, ResourceKind};

/// The accesses, each with its function.
pub(in crate::engine) fn needs(desired: &Desired) -> Vec<(ResourceId, BTreeSet<ResourceId>)> {
    desired
        .functions
        .iter()
        .filter(|(_, function)| function.connect)
        .map(|(name, _)| {
            let function = ResourceId::new(ResourceKind::Function, name);
            (
                ResourceId::new(ResourceKind::Access, name),
                BTreeSet::from([function]),
            )
        })
        .collect()
}
