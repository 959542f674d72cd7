//! Phone numbers: which one answers, and with which flow.

use std::collections::BTreeMap;

use super::wanted::parts;
use crate::engine::desired::{Desired, NumberChoice, PhoneNumber, TAG_NAME, TAG_SOLUTION};
use crate::engine::diff::{Allowances, Compared, digest_parts, with};
use crate::engine::drift;
use crate::engine::observe::Observed;
use crate::engine::plan::{Action, Change, ResourceId, ResourceKind};
use crate::engine::ports;
use crate::engine::text::Reference;
use crate::engine::values::Values;

/// The types that ClaimPhoneNumber gives; the others come by a request to AWS (Connect
/// administrator guide, "Request numbers").
const CLAIMABLE: [&str; 2] = ["TOLL_FREE", "DID"];

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
        absent(number, allowances, &mut change);
        change.details.extend(doubt(observed, number));
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
        if let Some(before) = renamed(desired, chosen) {
            change.details.push(format!("was {before}"));
        }
    }
    note_drift(desired, observed, &mut change);
    change
}

/// There is no number for the name: one is claimed, or it is said why not.
fn absent(number: &PhoneNumber, allowances: Allowances, change: &mut Change) {
    let (physical, detail) = match &number.choice {
        NumberChoice::Certain(exact) => (
            "none".to_owned(),
            format!("{exact} is not there, or rings something else; it is not claimed for you"),
        ),
        NumberChoice::Any { number_type, .. } if !CLAIMABLE.contains(&number_type.as_str()) => (
            "none".to_owned(),
            format!(
                "the instance has no free {number_type} number; such a number comes by a request \
                 to AWS, not by a claim"
            ),
        ),
        NumberChoice::Any {
            country,
            number_type,
        } if allowances.claim_numbers => {
            change.action = Action::Create;
            (
                format!("a new {country} {number_type} number"),
                format!("claimed, and bound to the flow {}", number.flow),
            )
        }
        NumberChoice::Any {
            country,
            number_type,
        } => (
            "none".to_owned(),
            format!(
                "the instance has no free {country} {number_type} number; --claim-numbers claims one"
            ),
        ),
    };
    change.physical = physical;
    change.details.push(detail);
}

/// Why a number that fits is not taken: what it rings cannot be told.
fn doubt(observed: &Observed, wanted: &PhoneNumber) -> Option<String> {
    let all = observed.phone_numbers.iter();
    let mut fitting = all.filter(|there| wanted.choice.fits(there));
    fitting.find_map(|there| {
        let doubt = there.doubt.as_ref()?;
        Some(format!(
            "{} is not taken: whether it rings another flow cannot be told ({doubt})",
            there.number
        ))
    })
}

/// The name that a number of ours had, if the manifest no longer has that name.
fn renamed<'a>(desired: &Desired, number: &'a ports::PhoneNumber) -> Option<&'a str> {
    let name = number
        .tags
        .get(TAG_NAME)
        .filter(|_| desired.owns(&number.tags))?;
    (!desired.phone_numbers.contains_key(name)).then_some(name)
}

/// Notes on a change that somebody gave the number another flow: it would no longer ring it.
pub(super) fn note_drift(desired: &Desired, observed: &Observed, change: &mut Change) {
    for finding in drift::of(desired, observed, &change.resource) {
        change.irreversible.push(finding.loss(&change.physical));
    }
}

/// Numbers of ours that the manifest no longer has, by any name: unbound, not given back.
fn orphans(desired: &Desired, observed: &Observed) -> Vec<Change> {
    let assigned = assign(desired, observed);
    observed
        .phone_numbers
        .iter()
        .filter(|number| !assigned.values().any(|other| other.id == number.id))
        .filter_map(|number| {
            renamed(desired, number).map(|name| {
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

pub(super) fn is_ours(desired: &Desired, number: &ports::PhoneNumber, name: &str) -> bool {
    desired.owns(&number.tags) && number.tags.get(TAG_NAME).map(String::as_str) == Some(name)
}

/// The number for every name of the manifest: ours already, else the one named, else one that
/// fits: of those that lost their name in the manifest, so that a renamed number never stops
/// ringing, else of those that no flow and no solution has. A number in use by others is never
/// taken, and none twice.
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
                let is_another = matches!(&wanted.choice,
                    NumberChoice::Certain(exact) if *exact != number.number);
                is_ours(desired, number, name) && !is_another
            })?;
            Some((name.clone(), ours))
        })
        .collect();
    // Those that want a certain number choose before those that take any.
    let (exact, any): (Vec<_>, Vec<_>) = desired
        .phone_numbers
        .iter()
        .filter(|(name, _)| !assigned.contains_key(*name))
        .partition(|(_, wanted)| matches!(wanted.choice, NumberChoice::Certain(_)));
    for (name, wanted) in exact.into_iter().chain(any) {
        let fits = |number: &&ports::PhoneNumber| {
            wanted.choice.fits(number) && !assigned.values().any(|other| other.id == number.id)
        };
        let free = |number: &&ports::PhoneNumber| {
            number.flow_id.is_none()
                && number.doubt.is_none()
                && !number.tags.contains_key(TAG_SOLUTION)
                && !observed.reserved.contains(&number.id)
        };
        let set_free = |number: &&ports::PhoneNumber| is_set_free(desired, observed, number);
        let fitting = || all.iter().filter(fits);
        if let Some(number) = fitting().find(set_free).or_else(|| fitting().find(free)) {
            assigned.insert(name.clone(), number);
        }
    }
    assigned
}

/// Whether the manifest lost the name of a number of ours, which rings a flow of ours or none.
fn is_set_free(desired: &Desired, observed: &Observed, number: &ports::PhoneNumber) -> bool {
    renamed(desired, number).is_some_and(|name| {
        let resource = ResourceId::new(ResourceKind::PhoneNumber, name);
        drift::of(desired, observed, &resource).is_empty()
    })
}

/// The number for one name of the manifest.
pub fn choose<'a>(
    desired: &Desired,
    observed: &'a Observed,
    name: &str,
) -> Option<&'a ports::PhoneNumber> {
    assign(desired, observed).remove(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_which_it_cannot_be_told_what_it_rings_is_not_taken() {
        let exact = "+18005550199";
        let plan = |choice: NumberChoice, doubt: Option<&str>, claim_numbers: bool| {
            let wanted = PhoneNumber {
                flow: "main".to_owned(),
                choice,
            };
            let mut desired = Desired::default();
            desired
                .phone_numbers
                .insert("main".to_owned(), wanted.clone());
            let mut observed = crate::engine::wanted::tests::observed();
            observed.phone_numbers = vec![ports::PhoneNumber {
                id: "n".to_owned(),
                arn: "arn".to_owned(),
                number: exact.to_owned(),
                country: "US".to_owned(),
                number_type: "TOLL_FREE".to_owned(),
                flow_id: None,
                doubt: doubt.map(str::to_owned),
                tags: BTreeMap::new(),
            }];
            let values = Values::new(&desired, &observed);
            let allowances = Allowances { claim_numbers };
            let change = one(&desired, &observed, &values, "main", &wanted, allowances);
            (change.action, change.physical, change.details)
        };
        let any = || NumberChoice::Any {
            country: "US".to_owned(),
            number_type: "TOLL_FREE".to_owned(),
        };
        let certain = || NumberChoice::Certain(exact.to_owned());
        let words = "+18005550199 is not taken: whether it rings another flow cannot be told \
                     (denied)";
        for choice in [any(), certain()] {
            let (action, physical, _) = plan(choice.clone(), None, false);
            assert_eq!((action, physical.as_str()), (Action::Create, exact));
            let (action, physical, details) = plan(choice, Some("denied"), false);
            assert_eq!((action, physical.as_str()), (Action::Keep, "none"));
            assert_eq!(details.last().unwrap(), words);
        }
        let (action, physical, _) = plan(any(), Some("denied"), true);
        let claimed = "a new US TOLL_FREE number";
        assert_eq!((action, physical.as_str()), (Action::Create, claimed));
    }
}
