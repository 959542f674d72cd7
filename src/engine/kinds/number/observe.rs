//! The instance's phone numbers, as far as they matter: whose a number is, only a look at it
//! tells, and an instance may have hundreds.

use futures::future::try_join_all;

use super::diff::is_ours;
use crate::engine::desired::Desired;
use crate::engine::error::{EngineError, ServiceFailure};
use crate::engine::observe::{Observed, Purpose, request};
use crate::engine::ports::{ListedNumber, PhoneNumber, Ports};

/// The numbers that may be ours or become ours; none when none is wanted. The flows are
/// known.
pub(in crate::engine) async fn observe(
    ports: &Ports,
    desired: &Desired,
    observed: &Observed,
) -> Result<Vec<PhoneNumber>, EngineError> {
    if desired.phone_numbers.is_empty() {
        return Ok(Vec::new());
    }
    candidates(ports, desired, observed).await
}

/// The numbers of the instance when the manifest wants none: one of an earlier manifest may
/// still ring a flow that goes now. `None`: they are known, or nothing goes.
pub(in crate::engine) async fn observe_rung(
    ports: &Ports,
    desired: &Desired,
    observed: &Observed,
    purpose: Purpose,
) -> Result<Option<Vec<PhoneNumber>>, EngineError> {
    let leaves = |name: &String| !desired.flows.contains_key(name);
    let goes = purpose == Purpose::Undo || observed.flows.keys().any(leaves);
    if !desired.phone_numbers.is_empty() || !goes {
        return Ok(None);
    }
    candidates(ports, desired, observed).await.map(Some)
}

async fn candidates(
    ports: &Ports,
    desired: &Desired,
    observed: &Observed,
) -> Result<Vec<PhoneNumber>, EngineError> {
    let listed = ports
        .resources
        .listed_numbers(&observed.instance.arn)
        .await
        .map_err(failed)?;
    let (near, far): (Vec<&ListedNumber>, Vec<&ListedNumber>) = listed
        .iter()
        .filter(|number| may_matter(desired, observed, number))
        .partition(|number| is_near(observed, number));
    let mut numbers = looked_at(ports, &near).await?;
    if may_be_rebound(desired, observed, &numbers) {
        numbers.extend(looked_at(ports, &far).await?);
    }
    Ok(numbers)
}

fn failed(failure: ServiceFailure) -> EngineError {
    request("reading the phone numbers of the instance")(failure)
}

async fn looked_at(
    ports: &Ports,
    listed: &[&ListedNumber],
) -> Result<Vec<PhoneNumber>, EngineError> {
    let looked = listed
        .iter()
        .map(|number| ports.resources.described_number(number));
    let numbers = try_join_all(looked).await.map_err(failed)?;
    Ok(numbers.into_iter().flatten().collect())
}

/// Whether a number can be ours, or be taken.
fn may_matter(desired: &Desired, observed: &Observed, number: &ListedNumber) -> bool {
    let mut wanted = desired.phone_numbers.values();
    // One that left the manifest may be unbound since.
    let is_idle = number.flow_id.is_none() && number.doubt.is_none();
    is_idle
        || rings_ours(observed, number)
        || wanted.any(|wanted| wanted.choice.fits_listed(number))
}

fn rings_ours(observed: &Observed, number: &ListedNumber) -> bool {
    let mut flows = observed.flows.values();
    flows.any(|flow| number.flow_id.as_ref() == Some(&flow.id))
}

/// Whether a number rings a flow of ours, or none.
fn is_near(observed: &Observed, number: &ListedNumber) -> bool {
    number.flow_id.is_none() || rings_ours(observed, number)
}

/// Whether a number of ours may ring a flow of others: something of us is there, and a
/// number that is wanted was not found so far.
fn may_be_rebound(desired: &Desired, observed: &Observed, found: &[PhoneNumber]) -> bool {
    let is_found = |name: &String| found.iter().any(|number| is_ours(desired, number, name));
    !observed.flows.is_empty() && !desired.phone_numbers.keys().all(is_found)
}
