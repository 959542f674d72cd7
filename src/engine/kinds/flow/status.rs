//! How flows stand.

use crate::engine::desired::Desired;
use crate::engine::drift;
use crate::engine::observe::Observed;
use crate::engine::plan::{ResourceId, ResourceKind};
use crate::engine::status::Row;

/// A row for each that is wanted.
pub(in crate::engine) fn rows(desired: &Desired, observed: &Observed) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, flow) in &desired.flows {
        let row = Row::absent(ResourceKind::Flow, name, &flow.physical);
        rows.push(match observed.flows.get(name) {
            Some(there) => {
                let resource = ResourceId::new(ResourceKind::Flow, name);
                let modified = !drift::of(desired, observed, &resource).is_empty();
                Row {
                    state: if modified {
                        "edited on the instance".to_owned()
                    } else {
                        there.status.as_str().to_lowercase()
                    },
                    ok: !modified,
                    drifted: modified,
                    ..row
                }
            }
            None => row,
        });
    }
    rows
}
