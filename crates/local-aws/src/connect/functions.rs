//! What Connect asks of Lambda, all in one place.

use crate::error::{ServiceError, ServiceResult};
use crate::world::{State, World};

/// That the function (and the alias or version of its ARN) exists.
///
/// # Errors
/// Until Lambda is here: not implemented.
pub fn check_exists(_world: &World, _state: &State, _function_arn: &str) -> ServiceResult<()> {
    Err(ServiceError::not_implemented(
        "lambda functions for connect",
    ))
}

/// Lets Connect invoke the function for an instance: the statement that an
/// association adds to the function's policy, Sid `connect-INSTANCE-ID`.
///
/// # Errors
/// Until Lambda is here: not implemented.
pub fn permit(
    _world: &World,
    _state: &mut State,
    _function_arn: &str,
    _instance_id: &str,
    _instance_arn: &str,
) -> ServiceResult<()> {
    Err(ServiceError::not_implemented(
        "lambda functions for connect",
    ))
}
