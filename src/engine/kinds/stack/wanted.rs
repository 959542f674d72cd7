//! What is wanted of a stack, part by part, as a plan shows it. Its structure is taken apart
//! without `..`: a field that is added must be shown, or left out with a reason.

use crate::engine::desired::{Desired, Stack};
use crate::engine::text::{Reference, Text};
use crate::engine::values::Values;
use crate::engine::wanted::Part;

/// The parts of a stack. Its tags are the plan's.
pub(super) fn parts(desired: &Desired, values: &Values, stack: &Stack) -> Vec<Part> {
    let Stack {
        physical,
        template,
        origin,
        parameters,
        declared,
        // Read from the template, whose digest is a part.
        resources: _,
        outputs: _,
        exports: _,
        // An order, which changes nothing that is deployed.
        depends_on: _,
    } = stack;
    let mut parts = vec![
        Part::plain("name", physical),
        Part::file("template", origin, template.as_bytes()),
    ];
    parts.extend(parameters.iter().map(|(key, text)| {
        let name = format!("parameter {key}");
        let is_no_echo = declared
            .get(key)
            .is_some_and(|declared| declared.is_no_echo);
        if is_no_echo || names_secret(desired, text) {
            Part::hidden(physical, name, text, values)
        } else {
            Part::text(name, text, values)
        }
    }));
    parts
}

/// Whether a text has a value that nobody may read.
pub(in crate::engine) fn names_secret(desired: &Desired, text: &Text) -> bool {
    text.references().any(|(reference, _)| match reference {
        Reference::Parameter(name) => desired
            .parameters
            .get(name)
            .is_some_and(|parameter| parameter.is_secret),
        _ => false,
    })
}
