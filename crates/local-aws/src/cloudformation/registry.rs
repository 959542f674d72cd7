//! Every resource type that is implemented: the services bring theirs.

use crate::core::resource::ResourceType;
use crate::services::SERVICES;

/// The resource type of that name.
pub fn find(name: &str) -> Option<&'static dyn ResourceType> {
    SERVICES
        .iter()
        .flat_map(|service| service.resource_types)
        .copied()
        .find(|resource_type| resource_type.name() == name)
}
