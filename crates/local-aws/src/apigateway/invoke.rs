//! Invoking the function behind an integration.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Principal;
use crate::core::world::World;
use crate::lambda::{self, InvokeRequest, Invoked};

/// What came of it, as API Gateway tells outcomes apart.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    world: &Arc<World>,
    function: &str,
    event: String,
    source_arn: String,
    time_limit: Duration,
) -> ServiceResult<Outcome> {
    let caller = Principal::Service {
        service: "apigateway.amazonaws.com".to_owned(),
        source_arn,
    };
    let request = InvokeRequest {
        time_limit: Some(time_limit),
        ..InvokeRequest::new(function, event, caller)
    };
    tell_apart(lambda::invoke(world, request).await)
}

fn tell_apart(invoked: ServiceResult<Invoked>) -> ServiceResult<Outcome> {
    match invoked {
        Ok(invoked) => Ok(match invoked.function_error {
            None => Outcome::Answer(invoked.payload),
            Some(_) => Outcome::Failed(String::from_utf8_lossy(&invoked.payload).into_owned()),
        }),
        Err(error) if error.status == 501 => Err(error),
        Err(error) => Ok(failed(&error)),
    }
}

fn failed(error: &ServiceError) -> Outcome {
    let problem = error.to_string();
    // AWS docs, "HTTP API quotas" and "Troubleshooting": a timeout is a 503.
    if error.status == 429 || error.code == lambda::TIME_LIMIT_EXCEEDED {
        return Outcome::Unavailable(problem);
    }
    Outcome::Failed(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_a_function_from_answering() {
        let outcome =
            |status, code: &'static str| tell_apart(Err(ServiceError::new(status, code, "why")));
        assert!(matches!(
            outcome(403, "AccessDeniedException"),
            Ok(Outcome::Failed(problem)) if problem == "AccessDeniedException: why"
        ));
        assert!(matches!(
            outcome(504, lambda::TIME_LIMIT_EXCEEDED),
            Ok(Outcome::Unavailable(_))
        ));
        assert!(matches!(
            outcome(429, "TooManyRequestsException"),
            Ok(Outcome::Unavailable(_))
        ));
        assert!(outcome(501, "NotImplementedByLocalAws").is_err());
    }
}
