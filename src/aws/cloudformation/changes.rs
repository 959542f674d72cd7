//! What a change set does to each resource.

use std::collections::BTreeSet;

use aws_sdk_cloudformation::types::{
    Change, ResourceAttribute, ResourceChange, ResourceChangeDetail,
};

use crate::engine::ports::{self, StackChange};

pub(super) fn stack_change(change: Change) -> Option<StackChange> {
    let change = change.resource_change?;
    let properties = properties(&change);
    Some(StackChange {
        action: ports::ChangeAction::parse(
            change
                .action
                .as_ref()
                .map(|action| action.as_str())
                .unwrap_or_default(),
        ),
        logical_id: change.logical_resource_id.unwrap_or_default(),
        resource_type: change.resource_type.unwrap_or_default(),
        replacement: change
            .replacement
            .map(|replacement| ports::Replacement::parse(replacement.as_str())),
        properties,
    })
}

/// The names of what changes in a resource, each once: properties by name, other
/// attributes (`Tags`, `UpdatePolicy`, …) by theirs.
fn properties(change: &ResourceChange) -> Vec<String> {
    let detailed: BTreeSet<String> = change.details().iter().filter_map(changed).collect();
    if !detailed.is_empty() {
        return detailed.into_iter().collect();
    }
    let scope: BTreeSet<String> = change
        .scope()
        .iter()
        .map(|attribute| attribute.as_str().to_owned())
        .collect();
    scope.into_iter().collect()
}

fn changed(detail: &ResourceChangeDetail) -> Option<String> {
    let target = detail.target.as_ref()?;
    let attribute = target.attribute.as_ref()?;
    match (attribute, &target.name) {
        (ResourceAttribute::Properties, Some(name)) => Some(name.clone()),
        (attribute, _) => Some(attribute.as_str().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_cloudformation::types::{ChangeAction, Replacement, ResourceTargetDefinition};

    use super::*;

    #[test]
    fn a_change_names_each_property_once() {
        let detail = |attribute, name: Option<&str>| {
            ResourceChangeDetail::builder()
                .target(
                    ResourceTargetDefinition::builder()
                        .attribute(attribute)
                        .set_name(name.map(str::to_owned))
                        .build(),
                )
                .build()
        };
        let change = Change::builder()
            .resource_change(
                ResourceChange::builder()
                    .action(ChangeAction::Modify)
                    .logical_resource_id("Table")
                    .resource_type("AWS::DynamoDB::Table")
                    .replacement(Replacement::Conditional)
                    .details(detail(ResourceAttribute::Properties, Some("TableName")))
                    .details(detail(ResourceAttribute::Properties, Some("TableName")))
                    .details(detail(ResourceAttribute::Tags, None))
                    .build(),
            )
            .build();
        assert_eq!(
            stack_change(change),
            Some(StackChange {
                action: ports::ChangeAction::Modify,
                logical_id: "Table".to_owned(),
                resource_type: "AWS::DynamoDB::Table".to_owned(),
                replacement: Some(ports::Replacement::Conditional),
                properties: vec!["TableName".to_owned(), "Tags".to_owned()],
            })
        );
    }
}
