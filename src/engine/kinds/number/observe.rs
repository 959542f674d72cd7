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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::desired::{self, NumberChoice, TAG_NAME};
    use crate::engine::ports::{FlowState, FlowStatus, ObservedFlow, Tags};

    fn desired() -> Desired {
        let wanted = desired::PhoneNumber {
            flow: "main".to_owned(),
            choice: NumberChoice::Any {
                country: "US".to_owned(),
                number_type: "TOLL_FREE".to_owned(),
            },
        };
        Desired {
            solution: "numbers".to_owned(),
            phone_numbers: [("main".to_owned(), wanted)].into_iter().collect(),
            ..Desired::default()
        }
    }

    fn observed(flow: Option<&str>) -> Observed {
        let mut observed = crate::engine::wanted::tests::observed();
        let flows = flow.into_iter().map(|id| {
            let flow = ObservedFlow {
                id: id.to_owned(),
                arn: "arn".to_owned(),
                name: "Flow".to_owned(),
                flow_type: "CONTACT_FLOW".to_owned(),
                description: String::new(),
                status: FlowStatus::Published,
                state: FlowState::Active,
                tags: Tags::new(),
                content_sha256: None,
            };
            ("main".to_owned(), flow)
        });
        observed.flows = flows.collect();
        observed
    }

    fn listed(country: &str, flow: Option<&str>, doubt: Option<&str>) -> ListedNumber {
        ListedNumber {
            id: "n".to_owned(),
            number: "+18005550199".to_owned(),
            country: country.to_owned(),
            number_type: "TOLL_FREE".to_owned(),
            flow_id: flow.map(str::to_owned),
            doubt: doubt.map(str::to_owned),
        }
    }

    #[test]
    fn only_numbers_that_may_be_ours_or_be_taken_are_looked_at() {
        let (desired, observed) = (desired(), observed(Some("ours")));
        let matters = |number: &ListedNumber| {
            may_matter(&desired, &observed, number).then(|| is_near(&observed, number))
        };
        assert_eq!(matters(&listed("US", None, None)), Some(true));
        assert_eq!(matters(&listed("US", Some("ours"), None)), Some(true));
        assert_eq!(matters(&listed("US", Some("theirs"), None)), Some(false));
        assert_eq!(matters(&listed("US", None, Some("denied"))), Some(true));
        // Of another kind than is wanted: one that left the manifest, or nobody's.
        assert_eq!(matters(&listed("GB", None, None)), Some(true));
        assert_eq!(matters(&listed("GB", Some("ours"), None)), Some(true));
        assert_eq!(matters(&listed("GB", Some("theirs"), None)), None);
        assert_eq!(matters(&listed("GB", None, Some("denied"))), None);
    }

    #[test]
    fn what_rings_others_is_looked_at_only_while_one_of_ours_is_missing() {
        let desired = desired();
        let mut tags = desired.tags();
        tags.insert(TAG_NAME.to_owned(), "main".to_owned());
        let number = |tags: &Tags| PhoneNumber {
            id: "n".to_owned(),
            arn: "arn".to_owned(),
            number: "+18005550199".to_owned(),
            country: "US".to_owned(),
            number_type: "TOLL_FREE".to_owned(),
            flow_id: None,
            doubt: None,
            tags: tags.clone(),
        };
        let nobodys = Tags::new();
        let first = observed(None);
        assert!(!may_be_rebound(&desired, &first, &[number(&nobodys)]));
        let later = observed(Some("ours"));
        assert!(!may_be_rebound(&desired, &later, &[number(&tags)]));
        assert!(may_be_rebound(&desired, &later, &[number(&nobodys)]));
    }
}
