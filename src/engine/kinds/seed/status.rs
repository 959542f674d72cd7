//! How seeds stand.

use crate::engine::desired::Desired;
use crate::engine::observe::Observed;
use crate::engine::plan::ResourceKind;
use crate::engine::status::Row;

/// A row for each that is wanted.
pub(in crate::engine) fn rows(desired: &Desired, observed: &Observed) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, seed) in &desired.seeds {
        let row = Row::absent(ResourceKind::Seed, name, seed.table.to_string());
        rows.push(match observed.seeds.get(name) {
            Some(there) => {
                let all = seed.items.len();
                let (state, ok) = match &there.present {
                    Ok(present) => {
                        let present = present.iter().filter(|present| **present).count();
                        (format!("{present} of {all} there"), present == all)
                    }
                    Err(problem) => (format!("item {}: {problem}", problem.item + 1), false),
                };
                Row {
                    physical: there.table.clone(),
                    state,
                    ok,
                    ..row
                }
            }
            None => row,
        });
    }
    rows
}
