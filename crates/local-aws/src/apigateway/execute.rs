//! A deployed API as the internet sees it.

use std::sync::Arc;

use crate::error::{ServiceError, ServiceResult};
use crate::gateway::response::Response;
use crate::service::Request;
use crate::world::World;

/// Answers `/_vanity-deploy/execute-api/API_ID/…`.
///
/// # Errors
/// What the API answers when it refuses.
pub async fn handle(_world: &Arc<World>, _request: &Request) -> ServiceResult<Response> {
    Err(ServiceError::not_implemented("execute-api"))
}
