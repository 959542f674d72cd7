//! Seeds: which items have a key that the table lacks. What is there is neither
//! compared nor written.

use super::wanted::parts;
use crate::engine::desired::Seed;
use crate::engine::diff::{Compared, with};
use crate::engine::error::EngineError;
use crate::engine::observe::Observed;
use crate::engine::plan::{Action, Change, ResourceId, ResourceKind, digest};
use crate::engine::values::Values;

/// The changes of all seeds.
pub(in crate::engine) fn diff(
    compared: &Compared<'_>,
    values: &Values,
) -> Result<Vec<Change>, EngineError> {
    let Compared {
        desired, observed, ..
    } = compared;
    let mut changes = Vec::new();
    for (name, seed) in &desired.seeds {
        let change = one(observed, values, name, seed)?;
        changes.push(with(change, parts(values, seed)));
    }

    Ok(changes)
}

fn one(
    observed: &Observed,
    values: &Values,
    name: &str,
    seed: &Seed,
) -> Result<Change, EngineError> {
    let resource = ResourceId::new(ResourceKind::Seed, name);
    let table = values.known(&seed.table);
    let there = observed.seeds.get(name);
    let all = seed.items.len();
    let mut change = Change {
        resource,
        physical: values.shown(&seed.table),
        action: Action::Create,
        details: vec![format!("{all} new")],
        wanted: Vec::new(),
        stack_changes: Vec::new(),
        irreversible: Vec::new(),
        desired: String::new(),
        observed: there.map_or_else(String::new, |there| {
            digest(format!("{} {:?}", there.table, there.present).as_bytes())
        }),
    };
    match (table, there) {
        _ if all == 0 => {
            change.action = Action::Keep;
            change.details.clear();
        }
        (Some(table), Some(there)) if there.table == table => {
            let present = there
                .present
                .as_ref()
                .map_err(|problem| EngineError::Item {
                    resource: change.resource.clone(),
                    problem: problem.clone(),
                })?;
            let new = present.iter().filter(|present| !**present).count();
            change.action = match new {
                0 => Action::Keep,
                new if new == all => Action::Create,
                _ => Action::Update,
            };
            change.details = match new {
                0 => Vec::new(),
                new if new == all => vec![format!("{all} new")],
                new => vec![format!("{new} new of {all}")],
            };
        }
        // The stack that has the table changes: perhaps it is another table then.
        (None, Some(_)) => {
            change.action = Action::Update;
            change.details = vec![format!("{all}, those that the table lacks then")];
        }
        _ => {}
    }
    Ok(change)
}
