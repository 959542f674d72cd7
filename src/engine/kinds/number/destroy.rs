//! A phone number is unbound; given back only when that was asked for.

use super::diff::note_drift;
use crate::engine::desired::{Desired, OWNERSHIP_TAGS, TAG_NAME};
use crate::engine::destroy::{Destroy, Scope, failed, gone};
use crate::engine::error::EngineError;
use crate::engine::events::Event;
use crate::engine::observe::Observed;
use crate::engine::plan::{Change, Irreversible, ResourceKind, digest};
use crate::engine::ports::PhoneNumber;

/// The numbers of ours, which all go.
///
/// # Errors
/// [`EngineError::Refused`]: a number of others rings a flow of ours.
pub(in crate::engine) fn plan_destroy(
    desired: &Desired,
    observed: &Observed,
    scope: Scope,
) -> Result<Vec<Change>, EngineError> {
    let ours = ours(desired, observed);
    for (name, flow) in &observed.flows {
        let other = observed.phone_numbers.iter().find(|number| {
            number.flow_id.as_ref() == Some(&flow.id)
                && !ours.iter().any(|(_, ours)| ours.id == number.id)
        });
        if let Some(other) = other {
            return Err(EngineError::Refused {
                reason: format!(
                    "{} still rings the flow {name}, and was not bound by vanity-deploy; \
                     give it another flow first",
                    other.number
                ),
            });
        }
    }
    Ok(ours
        .into_iter()
        .map(|(name, number)| {
            let mut change = gone(ResourceKind::PhoneNumber, &name, &number.number, &number.id);
            if scope.release_numbers {
                change.details.push("unbound and given back".to_owned());
                change.irreversible.push(Irreversible::ReleaseNumber {
                    number: number.number.clone(),
                });
            } else {
                change
                    .details
                    .push("unbound; the number stays claimed".to_owned());
            }
            note_drift(desired, observed, &mut change);
            change
        })
        .collect())
}

fn ours<'a>(desired: &Desired, observed: &'a Observed) -> Vec<(String, &'a PhoneNumber)> {
    observed
        .phone_numbers
        .iter()
        .filter(|number| desired.owns(&number.tags))
        .map(|number| {
            let name = number.tags.get(TAG_NAME).cloned();
            (name.unwrap_or_else(|| number.number.clone()), number)
        })
        .collect()
}

pub(in crate::engine) async fn destroy(
    work: &Destroy<'_>,
    change: &Change,
) -> Result<(), EngineError> {
    let observed = &work.undoing.observed;
    let numbers = ours(&work.undoing.desired, observed);
    let Some((_, number)) = numbers
        .into_iter()
        .find(|(_, number)| number.number == change.physical)
    else {
        return Ok(());
    };
    if number.flow_id.is_some() {
        work.ports
            .resources
            .unbind_phone_number(&observed.instance.id, &number.id)
            .await
            .map_err(failed(change, "unbinding the number"))?;
    }
    if work.undoing.scope.release_numbers {
        let token = digest(format!("release {}", number.id).as_bytes());
        return work
            .ports
            .resources
            .release_phone_number(&number.id, &token)
            .await
            .map_err(failed(change, "releasing the number"));
    }
    work.ports
        .flows
        .untag(&number.arn, &OWNERSHIP_TAGS)
        .await
        .map_err(failed(change, "untagging the number"))?;
    work.reporter.event(&Event::Kept {
        resource: change.resource.clone(),
        what: format!("number {}", number.number),
    });
    Ok(())
}
