//! Lambda's errors, with the status, code and members of the service model
//! (botocore, lambda/2015-03-31). Their messages are those that AWS gives.

use crate::core::error::ServiceError;

fn user(status: u16, code: &'static str, message: impl Into<String>) -> ServiceError {
    ServiceError::new(status, code, message).with("Type", "User")
}

/// Shapes that spell their message member with a capital letter.
fn user_capital(status: u16, code: &'static str, message: impl Into<String>) -> ServiceError {
    let message = message.into();
    user(status, code, message.clone()).with("Message", message)
}

/// A value that the service refuses.
pub fn invalid(message: impl Into<String>) -> ServiceError {
    user(400, "InvalidParameterValueException", message)
}

/// The state of the resource forbids the operation, or its name is taken.
pub fn conflict(message: impl Into<String>) -> ServiceError {
    user(409, "ResourceConflictException", message)
}

/// What is asked for does not exist.
pub fn not_found(message: impl Into<String>) -> ServiceError {
    user_capital(404, "ResourceNotFoundException", message)
}

/// No function, version or alias has that ARN.
pub fn function_not_found(arn: &str) -> ServiceError {
    not_found(format!("Function not found: {arn}"))
}

/// A stale `RevisionId` of a function or alias.
pub fn stale_revision() -> ServiceError {
    user(
        412,
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. Call the \
         GetFunction/GetAlias API to retrieve the latest Revision Id",
    )
}

/// The caller may not invoke the function.
pub fn access_denied(message: impl Into<String>) -> ServiceError {
    let message = message.into();
    ServiceError::new(403, "AccessDeniedException", message.clone()).with("Message", message)
}

/// KMS does not let the function's variables be read.
pub fn kms_access_denied(message: impl Into<String>) -> ServiceError {
    user_capital(502, "KMSAccessDeniedException", message)
}

/// A payload that is too large.
pub fn request_too_large(limit: usize) -> ServiceError {
    user(
        413,
        "RequestTooLargeException",
        format!("Request must be smaller than {limit} bytes for the InvokeFunction operation"),
    )
}

/// A payload that is not JSON.
pub fn invalid_content(reason: impl std::fmt::Display) -> ServiceError {
    user(
        400,
        "InvalidRequestContentException",
        format!("Could not parse request body into json: {reason}"),
    )
}

/// Too many invocations at a time; `reason` is one of the model's `ThrottleReason`.
pub fn too_many_requests(reason: &'static str) -> ServiceError {
    user(429, "TooManyRequestsException", "Rate Exceeded.").with("Reason", reason)
}

/// The resource policy has grown beyond its limit.
pub fn policy_too_long(size: usize, limit: usize) -> ServiceError {
    user(
        400,
        "PolicyLengthExceededException",
        format!("The final policy size ({size}) is bigger than the limit ({limit})."),
    )
}

/// Whether a revision given matches the one that is.
///
/// # Errors
/// `PreconditionFailedException` when it does not.
pub fn check_revision(given: Option<&str>, current: &str) -> Result<(), ServiceError> {
    match given {
        Some(given) if given != current => Err(stale_revision()),
        _ => Ok(()),
    }
}
