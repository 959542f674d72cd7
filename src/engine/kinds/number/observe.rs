//! The instance's phone numbers.

use crate::engine::desired::Desired;
use crate::engine::error::EngineError;
use crate::engine::observe::request;
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

/// The numbers of the instance, also when the manifest wants none.
///
/// # Errors
/// Connect's refusal.
pub async fn all(ports: &Ports, instance: &Instance) -> Result<Vec<PhoneNumber>, EngineError> {
    ports
        .resources
        .phone_numbers(&instance.arn)
        .await
        .map_err(request("reading the phone numbers of the instance"))
}
