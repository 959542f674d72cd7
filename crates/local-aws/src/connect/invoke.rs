//! A function as Connect invokes it.

use std::sync::Arc;

use crate::error::{ServiceError, ServiceResult};
use crate::gateway::response::Response;
use crate::service::Request;
use crate::world::World;

/// Invokes a function for an instance: it must be associated, and its resource
/// policy must let `connect.amazonaws.com` invoke it for the instance.
///
/// # Errors
/// What stands in the way.
pub async fn handle(_world: &Arc<World>, _request: &Request) -> ServiceResult<Response> {
    Err(ServiceError::not_implemented("connect/invoke"))
}
