//! The instance's phone numbers.

use crate::engine::desired::Desired;
use crate::engine::error::EngineError;
use crate::engine::observe::{Observed, Purpose, request};
use crate::engine::ports::{Instance, PhoneNumber, Ports};

/// The numbers of the instance; none when none is wanted.
pub(in crate::engine) async fn observe(
    ports: &Ports,
    instance: &Instance,
    desired: &Desired,
) -> Result<Vec<PhoneNumber>, EngineError> {
    if desired.phone_numbers.is_empty() {
        return Ok(Vec::new());
    }
    all(ports, instance).await
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
    all(ports, &observed.instance).await.map(Some)
}

async fn all(ports: &Ports, instance: &Instance) -> Result<Vec<PhoneNumber>, EngineError> {
    ports
        .resources
        .phone_numbers(&instance.arn)
        .await
        .map_err(request("reading the phone numbers of the instance"))
}
