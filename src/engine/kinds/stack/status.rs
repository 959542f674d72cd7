//! How stacks stand.

use crate::engine::desired::Desired;
use crate::engine::observe::Observed;
use crate::engine::plan::ResourceKind;
use crate::engine::status::Row;

/// A row for each that is wanted.
pub(in crate::engine) fn rows(desired: &Desired, observed: &Observed) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, stack) in &desired.stacks {
        let row = Row::absent(ResourceKind::Stack, name, &stack.physical);
        rows.push(match observed.stacks.get(name) {
            Some(there) => Row {
                state: there.status.to_string(),
                ok: there.status.is_well(),
                ..row
            },
            None => row,
        });
    }
    rows
}
