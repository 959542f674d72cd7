//! What is wanted of a phone number, part by part, as a plan shows it. Its structure is taken apart
//! without `..`: a field that is added must be shown, or left out with a reason.

use crate::engine::desired::{NumberChoice, PhoneNumber};
use crate::engine::text::Reference;
use crate::engine::values::Values;
use crate::engine::wanted::Part;

/// The parts of a phone number.
pub(super) fn parts(values: &Values, number: &PhoneNumber) -> Vec<Part> {
    let PhoneNumber { flow, choice } = number;
    let reference = Reference::Flow(flow.clone());
    let flow = Part {
        value: values.get(&reference),
        ..Part::plain("flow", reference.to_string())
    };
    match choice {
        NumberChoice::Certain(number) => vec![flow, Part::plain("number", number)],
        NumberChoice::Any {
            country,
            number_type,
        } => vec![
            flow,
            Part::plain("country", country),
            Part::plain("type", number_type),
            Part::plain("number", "any that is free"),
        ],
    }
}
