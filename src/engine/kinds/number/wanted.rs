//! What is wanted of a phone number, part by part, as a plan shows it. Its structure is taken apart
//! without `..`: a field that is added must be shown, or left out with a reason.

use crate::engine::desired::PhoneNumber;
use crate::engine::text::Reference;
use crate::engine::values::Values;
use crate::engine::wanted::Part;

/// The parts of a phone number.
pub(super) fn parts(values: &Values, number: &PhoneNumber) -> Vec<Part> {
    let PhoneNumber {
        flow,
        country,
        number_type,
        number,
    } = number;
    let reference = Reference::Flow(flow.clone());
    vec![
        Part {
            value: values.get(&reference),
            ..Part::plain("flow", reference.to_string())
        },
        Part::plain("country", country),
        Part::plain("type", number_type),
        Part::plain("number", number.as_deref().unwrap_or("any that is free")),
    ]
}
