//! Phone numbers: which one answers, and with which flow.

use std::collections::BTreeMap;

use super::wanted::parts;
use crate::engine::desired::{Desired, PhoneNumber, TAG_NAME, TAG_SOLUTION};
use crate::engine::diff::{Allowances, Compared, digest_parts, with};
use crate::engine::drift;
use crate::engine::observe::Observed;
use crate::engine::plan::{Action, Change, ResourceId, ResourceKind};
use crate::engine::ports;
use crate::engine::text::Reference;
use crate::engine::values::Values;

/// The changes of all phone numbers, and of those that left the manifest.
pub(in crate::engine) fn diff(compared: &Compared<'_>, values: &Values) -> Vec<Change> {
    let Compared {
        desired,
        observed,
        allowances,
        ..
    } = compared;
    let mut changes = Vec::new();
    for (name, number) in &desired.phone_numbers {
        let change = one(desired, observed, values, name, number, *allowances);
        changes.push(with(change, parts(values, number)));
    }
    changes.extend(orphans(desired, observed));
    changes
}

fn one(
    desired: &Desired,
    observed: &Observed,
    values: &Values,
    name: &str,
    number: &PhoneNumber,
    allowances: Allowances,
) -> Change {
    let mut change = Change {
        resource: ResourceId::new(ResourceKind::PhoneNumber, name),
        physical: String::new(),
        action: Action::Keep,
        details: Vec::new(),
        wanted: Vec::new(),
        stack_changes: Vec::new(),
        irreversible: Vec::new(),
        desired: String::new(),
        observed: String::new(),
    };
    let Some(chosen) = choose(desired, observed, name) else {
        let kind = format!("{} {}", number.country, number.number_type);
        if let Some(exact) = &number.number {
            change.physical = "none".to_owned();
            change.details.push(format!(
                "{exact} is not there, or rings something else; it is not claimed for you"
            ));
        } else if allowances.claim_numbers {
            change.action = Action::Create;
            change.physical = format!("a new {kind} number");
            change
                .details
                .push(format!("claimed, and bound to the flow {}", number.flow));
        } else {
            change.physical = "none".to_owned();
            change.details.push(format!(
                "the instance has no free {kind} number; --claim-numbers claims one"
            ));
        }
        return change;
    };
    change.physical = chosen.number.clone();
    change.observed = digest_parts([
        chosen.id.as_str(),
        chosen.flow_id.as_deref().unwrap_or_default(),
    ]);
    let flow = values.get(&Reference::Flow(number.flow.clone()));
    let bound = match (&flow, &chosen.flow_id) {
        (Some(arn), Some(id)) => arn.ends_with(&format!("/{id}")),
        _ => false,
    };
    let ours = is_ours(desired, chosen, name);
    if !bound || !ours {
        change.action = if chosen.flow_id.is_some() {
            Action::Update
        } else {
            Action::Create
        };
        change
            .details
            .push(format!("bound to the flow {}", number.flow));
    }
    note_drift(desired, observed, &mut change);
    change
}

/// Notes on a change that somebody gave the number another flow: it would no longer ring it.
pub(super) fn note_drift(desired: &Desired, observed: &Observed, change: &mut Change) {
    for finding in drift::of(desired, observed, &change.resource) {
        change.irreversible.push(finding.loss(&change.physical));
    }
}

/// Numbers of ours that the manifest no longer has: unbound, not given back.
fn orphans(desired: &Desired, observed: &Observed) -> Vec<Change> {
    observed
        .phone_numbers
        .iter()
        .filter(|number| desired.owns(&number.tags))
        .filter_map(|number| {
            let name = number.tags.get(TAG_NAME)?;
            (!desired.phone_numbers.contains_key(name)).then(|| {
                let mut change = Change {
                    resource: ResourceId::new(ResourceKind::PhoneNumber, name),
                    physical: number.number.clone(),
                    action: Action::Delete,
                    details: vec!["no longer in the manifest; the number stays claimed".to_owned()],
                    wanted: Vec::new(),
                    stack_changes: Vec::new(),
                    irreversible: Vec::new(),
                    desired: String::new(),
                    observed: digest_parts([number.id.as_str()]),
                };
                note_drift(desired, observed, &mut change);
                change
            })
        })
        .collect()
}

fn is_ours(desired: &Desired, number: &ports::PhoneNumber, name: &str) -> bool {
    desired.owns(&number.tags) && number.tags.get(TAG_NAME).map(String::as_str) == Some(name)
}

/// The number for every name of the manifest: ours already, else the one named,
/// else one of the right kind that no flow and no solution has. A number in use
/// by others is never taken, and none twice.
pub fn assign<'a>(
    desired: &Desired,
    observed: &'a Observed,
) -> BTreeMap<String, &'a ports::PhoneNumber> {
    let all = &observed.phone_numbers;
    let mut assigned: BTreeMap<String, &ports::PhoneNumber> = desired
        .phone_numbers
        .iter()
        .filter_map(|(name, wanted)| {
            let ours = all.iter().find(|number| {
                is_ours(desired, number, name)
                    && wanted
                        .number
                        .as_ref()
                        .is_none_or(|exact| *exact == number.number)
            })?;
            Some((name.clone(), ours))
        })
        .collect();
    // Those that want a certain number choose before those that take any.
    let (exact, any): (Vec<_>, Vec<_>) = desired
        .phone_numbers
        .iter()
        .filter(|(name, _)| !assigned.contains_key(*name))
        .partition(|(_, wanted)| wanted.number.is_some());
    for (name, wanted) in exact.into_iter().chain(any) {
        let fits = |number: &&ports::PhoneNumber| match &wanted.number {
            Some(exact) => number.number == *exact,
            None => number.country == wanted.country && number.number_type == wanted.number_type,
        };
        let free = |number: &&ports::PhoneNumber| {
            number.flow_id.is_none()
                && !number.tags.contains_key(TAG_SOLUTION)
                && !observed.reserved.contains(&number.id)
                && !assigned.values().any(|other| other.id == number.id)
        };
        if let Some(number) = all.iter().filter(free).find(fits) {
            assigned.insert(name.clone(), number);
        }
    }
    assigned
}

/// The number for one name of the manifest.
pub fn choose<'a>(
    desired: &Desired,
    observed: &'a Observed,
    name: &str,
) -> Option<&'a ports::PhoneNumber> {
    assign(desired, observed).remove(name)
}
