//! A phone number: claimed when none is free and that was asked for, then bound.

use super::diff::choose;
use crate::engine::apply::Work;
use crate::engine::desired::{NumberChoice, OWNERSHIP_TAGS, TAG_NAME};
use crate::engine::error::EngineError;
use crate::engine::plan::{Change, digest};
use crate::engine::ports::{ListedNumber, PhoneNumber};
use crate::engine::text::Reference;

pub(in crate::engine) async fn apply(
    work: &Work<'_>,
    change: &Change,
) -> Result<String, EngineError> {
    let name = &change.resource.name;
    let prepared = work.prepared;
    let Some(wanted) = prepared.desired.phone_numbers.get(name) else {
        return Ok(String::new());
    };
    let instance = &prepared.observed.instance;
    let resources = &work.ports.resources;
    let mut tags = prepared.desired.tags();
    tags.insert(TAG_NAME.to_owned(), name.clone());
    let reference = Reference::Flow(wanted.flow.clone());
    let values = work.values();
    let flow = values
        .get(&reference)
        .ok_or_else(|| values.unresolved(&change.resource, &reference))?;
    let flow_id = flow.rsplit('/').next().unwrap_or(&flow);
    let notes = work.notes(change);
    let number = match choose(&prepared.desired, &prepared.observed, name) {
        Some(number) => {
            if !prepared.desired.owns(&number.tags) {
                still_free(work, change, number).await?;
            }
            number.clone()
        }
        None => {
            let NumberChoice::Any {
                country,
                number_type,
            } = &wanted.choice
            else {
                // The plan keeps a certain number that is not there as it is: none is claimed.
                return Err(EngineError::State {
                    resource: change.resource.clone(),
                    reason: "a certain number is not claimed, and it is not there".to_owned(),
                });
            };
            // The same for every run of this plan: a repeated claim is the same claim.
            let token = digest(format!("{}{name}", prepared.plan.digest()).as_bytes());
            resources
                .claim_phone_number(&instance.arn, country, number_type, &tags, &token, &notes)
                .await
                .map_err(work.failed(change, "claiming a number"))?
        }
    };
    // Tagged first: a number that is bound and not marked as ours would be nobody's.
    work.ports
        .flows
        .tag(&number.arn, &tags, &notes)
        .await
        .map_err(work.failed(change, "tagging the number"))?;
    resources
        .bind_phone_number(&instance.id, &number.id, flow_id, &notes)
        .await
        .map_err(work.failed(change, "binding the number"))?;
    work.learn(|values| values.set(Reference::Phone(name.clone()), &number.number));
    Ok(format!("{} rings the flow {}", number.number, wanted.flow))
}

/// That a number of nobody's, which is about to be taken, still rings nothing: it was looked
/// at before the plan was agreed to.
async fn still_free(
    work: &Work<'_>,
    change: &Change,
    number: &PhoneNumber,
) -> Result<(), EngineError> {
    let listed = work
        .ports
        .resources
        .listed_numbers(&work.prepared.observed.instance.arn)
        .await
        .map_err(work.failed(change, "looking whether the number is free"))?;
    let now = listed.into_iter().find(|listed| listed.id == number.id);
    let reason = match now {
        None => "it is no longer on the instance".to_owned(),
        Some(ListedNumber {
            flow_id: Some(flow),
            ..
        }) => format!("it rings the flow {flow} by now"),
        Some(ListedNumber {
            doubt: Some(doubt), ..
        }) => format!("whether it rings another flow cannot be told ({doubt})"),
        Some(_) => return Ok(()),
    };
    Err(EngineError::State {
        resource: change.resource.clone(),
        reason: format!("{} is not taken: {reason}", number.number),
    })
}

/// Unbinds a number that the manifest no longer has; it stays claimed.
pub(in crate::engine) async fn leave(
    work: &Work<'_>,
    change: &Change,
) -> Result<String, EngineError> {
    let observed = &work.prepared.observed;
    let Some(number) = observed
        .phone_numbers
        .iter()
        .find(|number| number.number == change.physical)
    else {
        return Ok(String::new());
    };
    if number.flow_id.is_some() {
        work.ports
            .resources
            .unbind_phone_number(&observed.instance.id, &number.id)
            .await
            .map_err(work.failed(change, "unbinding the number"))?;
    }
    work.ports
        .flows
        .untag(&number.arn, &OWNERSHIP_TAGS)
        .await
        .map_err(work.failed(change, "untagging the number"))?;
    Ok("the number stays claimed".to_owned())
}
