//! Phone numbers: which one answers, and with which flow.

use super::{Allowances, digest_parts};
use crate::engine::desired::{Desired, PhoneNumber, TAG_NAME, owns};
use crate::engine::observe::Observed;
use crate::engine::plan::{Action, Change, ResourceId, ResourceKind};
use crate::engine::ports;
use crate::engine::text::Reference;
use crate::engine::values::Values;

pub(super) fn diff(
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
        stack_changes: Vec::new(),
        irreversible: Vec::new(),
        desired: digest_parts([number.flow.as_str(), &number.country, &number.number_type]),
        observed: String::new(),
    };
    let Some(chosen) = choose(desired, observed, name, number) else {
        let kind = format!("{} {}", number.country, number.number_type);
        if allowances.claim_numbers {
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
    change
}

fn is_ours(desired: &Desired, number: &ports::PhoneNumber, name: &str) -> bool {
    owns(&number.tags, &desired.solution, &desired.environment)
        && number.tags.get(TAG_NAME).map(String::as_str) == Some(name)
}

/// The number to bind: ours already, else the one named, else one of the right
/// kind that no flow and no solution has. A number in use by others is never taken.
pub fn choose<'a>(
    desired: &Desired,
    observed: &'a Observed,
    name: &str,
    number: &PhoneNumber,
) -> Option<&'a ports::PhoneNumber> {
    let all = &observed.phone_numbers;
    let ours = all
        .iter()
        .find(|candidate| is_ours(desired, candidate, name));
    let free = |candidate: &&ports::PhoneNumber| {
        candidate.flow_id.is_none()
            && !candidate
                .tags
                .contains_key(crate::engine::desired::TAG_SOLUTION)
    };
    ours.or_else(|| match &number.number {
        Some(exact) => all
            .iter()
            .filter(free)
            .find(|candidate| candidate.number == *exact),
        None => all.iter().filter(free).find(|candidate| {
            candidate.country == number.country && candidate.number_type == number.number_type
        }),
    })
}
