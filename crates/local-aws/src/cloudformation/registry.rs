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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::resource::Property;

    fn property(declared: &Property) -> String {
        let need = if declared.required {
            "required"
        } else {
            "optional"
        };
        format!("  {}: {need}, {:?}\n", declared.name, declared.on_change)
    }

    /// What a template may say of every type, and what a change of it does; to be held against
    /// the AWS resource reference.
    #[test]
    fn every_type_says_what_it_has() {
        let declared: String = SERVICES
            .iter()
            .flat_map(|service| service.resource_types)
            .map(|kind| {
                let properties: String = kind.properties().iter().map(property).collect();
                let named = kind.name_property().unwrap_or("nothing");
                let attributes = kind.attributes().join(", ");
                format!(
                    "{}, named by {named}, gives [{attributes}]\n{properties}",
                    kind.name()
                )
            })
            .collect();
        insta::assert_snapshot!(declared);
    }
}
