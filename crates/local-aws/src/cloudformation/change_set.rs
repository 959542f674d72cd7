//! What a version would change of a stack, if anything.

use std::collections::BTreeMap;

use super::diff::{self, Change, Side};
use super::machine::StackLookup;
use super::state::{Export, Stack, Version};
use super::template::desired::Desired;
use super::template::intrinsics::Environment;
use super::template::{self, Template, TemplateError};

/// The reason of a change set without changes.
pub const NO_CHANGES: &str = "The submitted information didn't contain changes. Submit different information to create a change set.";

/// What a version means for a stack.
#[derive(Debug, Clone, PartialEq)]
pub struct Consequence {
    /// Changes of resources.
    pub changes: Vec<Change>,
    /// Whether anything changes: resources, outputs or the stack's tags.
    pub any: bool,
}

/// Compares a stack with what it shall be.
///
/// # Errors
/// What the template and its parameters make impossible.
pub fn consequence(
    stack: &Stack,
    version: &Version,
    template: &Template,
    environment: Environment,
    exports: &BTreeMap<String, Export>,
) -> Result<Consequence, TemplateError> {
    let desired = Desired::new(template, &version.parameters, environment.clone())?;
    let after = Side {
        template,
        parameters: &version.parameters,
        tags: &version.tags,
        desired: &desired,
    };
    let old = (!stack.version.template.is_empty())
        .then(|| -> Result<_, TemplateError> {
            let template = template::read(&stack.version.template)?;
            let desired = Desired::new(&template, &stack.version.parameters, environment)?;
            Ok((template, desired))
        })
        .transpose()?;
    let before = old.as_ref().map(|(template, desired)| Side {
        template,
        parameters: &stack.version.parameters,
        tags: &stack.version.tags,
        desired,
    });
    let changes = diff::changes(before.as_ref(), &after, &stack.resources, exports)?;
    let any = !changes.is_empty()
        || version.tags != stack.version.tags
        || outputs_differ(stack, &desired, exports)?;
    Ok(Consequence { changes, any })
}

/// Whether outputs change although no resource does.
fn outputs_differ(
    stack: &Stack,
    desired: &Desired,
    exports: &BTreeMap<String, Export>,
) -> Result<bool, TemplateError> {
    let lookup = StackLookup {
        resources: &stack.resources,
        exports,
    };
    let outputs = desired.outputs(&lookup)?;
    if outputs.len() != stack.outputs.len() {
        return Ok(true);
    }
    Ok(outputs.iter().any(|(key, output)| {
        stack.outputs.get(key).is_none_or(|old| {
            old.value != output.value
                || old.export != output.export
                || old.description != desired.outputs[key].description
        })
    }))
}
