//! What is wanted of a seed, part by part, as a plan shows it. Its structure is taken apart
//! without `..`: a field that is added must be shown, or left out with a reason.

use crate::engine::desired::{Seed, SeedItem};
use crate::engine::plan::digest;
use crate::engine::values::Values;
use crate::engine::wanted::Part;

/// The parts of a seed.
pub(super) fn parts(values: &Values, seed: &Seed) -> Vec<Part> {
    let Seed {
        table,
        items,
        origin,
        source,
        // Where problems are shown.
        file: _,
    } = seed;
    let attributes: Vec<_> = items
        .iter()
        .map(|item| {
            let SeedItem {
                attributes,
                span: _,
                places: _,
            } = item;
            attributes
        })
        .collect();
    let mut parts = vec![Part::text("table", table, values)];
    // The manifest has more than the items that stand in it.
    if let Some(origin) = origin {
        parts.push(Part::file("file", origin, source.as_bytes()));
    }
    parts.push(Part {
        sha256: Some(digest(format!("{attributes:?}").as_bytes())),
        ..Part::plain("items", items.len().to_string())
    });
    parts
}
