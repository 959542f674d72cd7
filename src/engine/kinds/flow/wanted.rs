//! What is wanted of a flow, part by part, as a plan shows it. Its structure is taken apart
//! without `..`: a field that is added must be shown, or left out with a reason.

use crate::engine::desired::Flow;
use crate::engine::text::Reference;
use crate::engine::values::Values;
use crate::engine::wanted::Part;
use std::collections::BTreeSet;

/// The parts of a flow. Its refs stand in its file: what each stands for is a part of
/// its own, named by the ref.
pub(super) fn parts(values: &Values, flow: &Flow) -> Vec<Part> {
    let Flow {
        physical,
        flow_type,
        description,
        content,
        origin,
        source,
        // Where problems are shown.
        file: _,
    } = flow;
    let references: BTreeSet<&Reference> = content
        .references()
        .map(|(reference, _)| reference)
        .collect();
    let mut parts = vec![
        Part::plain("name", physical),
        Part::plain("type", flow_type),
        Part::plain("description", description),
        Part::file("file", origin, source.as_bytes()),
    ];
    parts.extend(references.into_iter().map(|reference| Part {
        value: values.get(reference),
        ..Part::plain(reference.to_string(), reference.to_string())
    }));
    parts
}
