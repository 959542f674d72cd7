//! Invoking the function behind an integration.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::error::{ServiceError, ServiceResult};
use crate::world::World;

/// What came of it, as API Gateway tells outcomes apart.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(dead_code, reason = "constructed once functions can be invoked")]
pub(super) enum Outcome {
    /// The function's answer.
    Answer(Bytes),
    /// It failed, is missing, or may not be invoked: 500.
    Failed(String),
    /// It did not answer in time, or is throttled: 503.
    Unavailable(String),
}

/// Invokes a function as `apigateway.amazonaws.com` for the route.
///
/// # Errors
/// What the embedded AWS does not implement.
pub(super) async fn invoke(
    _world: &Arc<World>,
    function: &str,
    _payload: String,
    _source_arn: String,
    _time_limit: Duration,
) -> ServiceResult<Outcome> {
    Err(ServiceError::not_implemented(format!(
        "invoking {function}"
    )))
}
