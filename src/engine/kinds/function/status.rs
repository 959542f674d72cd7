//! How functions stand.

use crate::engine::desired::Desired;
use crate::engine::drift;
use crate::engine::observe::Observed;
use crate::engine::plan::{ResourceId, ResourceKind};
use crate::engine::status::Row;
use crate::engine::values::LIVE;

/// A row for each that is wanted.
pub(in crate::engine) fn rows(desired: &Desired, observed: &Observed) -> Vec<Row> {
    let mut rows = Vec::new();
    for (name, function) in &desired.functions {
        let row = Row::absent(ResourceKind::Function, name, &function.physical);
        rows.push(match observed.functions.get(name) {
            Some(there) => {
                let alias = format!("{}:{LIVE}", there.arn);
                let reachable = !function.connect || observed.associated.contains(&alias);
                let live = match &there.live_version {
                    Some(version) => format!("version {version} is {LIVE}"),
                    None => format!("has no alias {LIVE}"),
                };
                let access = if reachable { "" } else { ", not associated" };
                let mut state = format!("{live}{access}");
                let resource = ResourceId::new(ResourceKind::Function, name);
                let findings = drift::of(desired, observed, &resource);
                for finding in &findings {
                    state.push_str(&format!(", {finding}"));
                }
                let drifted = !findings.is_empty();
                Row {
                    state,
                    ok: there.live_version.is_some() && reachable && !drifted,
                    drifted,
                    ..row
                }
            }
            None => row,
        });
    }
    rows
}
