//! Which functions the instance knows.

use crate::engine::desired::Desired;
use crate::engine::error::EngineError;
use crate::engine::observe::request;
use crate::engine::ports::{Instance, Ports};

/// ARNs of the functions associated with the instance; none when none shall be.
pub(in crate::engine) async fn observe(
    ports: &Ports,
    instance: &Instance,
    desired: &Desired,
) -> Result<Vec<String>, EngineError> {
    if !desired.functions.values().any(|function| function.connect) {
        return Ok(Vec::new());
    }
    ports
        .resources
        .associated_functions(&instance.id)
        .await
        .map_err(request("reading the functions of the instance"))
}
