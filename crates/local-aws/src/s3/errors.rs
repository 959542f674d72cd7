//! S3's errors (AWS docs, "Error responses", list of error codes).

use crate::core::error::ServiceError;

/// `NoSuchBucket`.
pub fn no_such_bucket(bucket: &str) -> ServiceError {
    ServiceError::new(404, "NoSuchBucket", "The specified bucket does not exist")
        .with("BucketName", bucket)
}

/// `NoSuchKey`.
pub fn no_such_key(key: &str) -> ServiceError {
    ServiceError::new(404, "NoSuchKey", "The specified key does not exist.").with("Key", key)
}

/// `NoSuchVersion`.
pub fn no_such_version(key: &str, version_id: &str) -> ServiceError {
    ServiceError::new(
        404,
        "NoSuchVersion",
        "The specified version does not exist.",
    )
    .with("Key", key)
    .with("VersionId", version_id)
}

/// `MethodNotAllowed`.
pub fn method_not_allowed(method: &str, resource_type: &str) -> ServiceError {
    ServiceError::new(
        405,
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
    )
    .with("Method", method)
    .with("ResourceType", resource_type)
}

/// `PreconditionFailed`, with the condition that did not hold.
pub fn precondition_failed(condition: &str) -> ServiceError {
    ServiceError::new(
        412,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
    )
    .with("Condition", condition)
}

/// `InvalidArgument` about one argument.
pub fn invalid_argument(name: &str, value: &str, message: &str) -> ServiceError {
    ServiceError::new(400, "InvalidArgument", message)
        .with("ArgumentName", name)
        .with("ArgumentValue", value)
}

/// `InvalidRequest`.
pub fn invalid_request(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "InvalidRequest", message)
}

/// `MalformedXML`.
pub fn malformed_xml() -> ServiceError {
    ServiceError::new(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
}

/// `AccessDenied` without a reason.
pub fn access_denied(message: &str) -> ServiceError {
    ServiceError::new(403, "AccessDenied", message)
}
