//! How phone numbers stand.

use super::diff::choose;
use crate::engine::desired::Desired;
use crate::engine::observe::Observed;
use crate::engine::plan::ResourceKind;
use crate::engine::status::Row;

/// A row for each that is wanted.
pub(in crate::engine) fn rows(desired: &Desired, observed: &Observed) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, number) in &desired.phone_numbers {
        let flow = observed.flows.get(&number.flow);
        let bound = choose(desired, observed, name).filter(|there| {
            there.flow_id.is_some() && there.flow_id.as_ref() == flow.map(|flow| &flow.id)
        });
        rows.push(match bound {
            Some(there) => Row {
                state: format!("rings {}", number.flow),
                ok: true,
                ..Row::absent(ResourceKind::PhoneNumber, name, &there.number)
            },
            None => Row {
                state: "not bound".to_owned(),
                ..Row::absent(ResourceKind::PhoneNumber, name, "none")
            },
        });
    }
    rows
}
