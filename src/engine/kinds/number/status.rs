//! How phone numbers stand.

use super::diff::choose;
use crate::engine::desired::Desired;
use crate::engine::drift;
use crate::engine::observe::Observed;
use crate::engine::plan::{ResourceId, ResourceKind};
use crate::engine::status::Row;

/// A row for each that is wanted.
pub(in crate::engine) fn rows(desired: &Desired, observed: &Observed) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, number) in &desired.phone_numbers {
        let flow = observed.flows.get(&number.flow);
        let chosen = choose(desired, observed, name);
        let is_bound = chosen.is_some_and(|there| {
            there.flow_id.is_some() && there.flow_id.as_ref() == flow.map(|flow| &flow.id)
        });
        let resource = ResourceId::new(ResourceKind::PhoneNumber, name);
        let finding = drift::of(desired, observed, &resource).into_iter().next();
        let physical = chosen.map_or("none", |there| there.number.as_str());
        rows.push(match finding {
            Some(finding) => Row {
                state: finding.to_string(),
                drifted: true,
                ..Row::absent(ResourceKind::PhoneNumber, name, physical)
            },
            None if is_bound => Row {
                state: format!("rings {}", number.flow),
                ok: true,
                ..Row::absent(ResourceKind::PhoneNumber, name, physical)
            },
            None => Row {
                state: "not bound".to_owned(),
                ..Row::absent(ResourceKind::PhoneNumber, name, "none")
            },
        });
    }
    rows
}
