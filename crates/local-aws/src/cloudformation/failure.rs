//! A service's error as the reason of a resource's status.

use crate::core::error::ServiceError;
use crate::core::property::INVALID_PROPERTIES;

/// The reason that CloudFormation gives for a failed call to a service.
/// `request_id` and `token` are UUIDs.
pub fn reason(kind: &str, error: &ServiceError, request_id: &str, token: &str) -> String {
    if error.code == INVALID_PROPERTIES || error.status == 501 {
        return error.message.clone();
    }
    format!(
        "Resource handler returned message: \"{} (Service: {}, Status Code: {}, Request ID: {request_id})\" (RequestToken: {token}, HandlerErrorCode: {})",
        error.message,
        service(kind),
        error.status,
        handler_error_code(error),
    )
}

/// The name that the SDK for Java gives the service of a resource type.
fn service(kind: &str) -> &str {
    match kind.split("::").nth(1).unwrap_or(kind) {
        "DynamoDB" => "DynamoDb",
        "IAM" => "Iam",
        "Logs" => "CloudWatchLogs",
        other => other,
    }
}

/// AWS docs, CloudFormation CLI, "Handler error codes".
fn handler_error_code(error: &ServiceError) -> &'static str {
    let code = error.code.as_ref();
    let has = |part: &str| code.contains(part);
    if has("AlreadyExists") || has("ResourceInUse") || has("ResourceConflict") || has("Duplicate") {
        "AlreadyExists"
    } else if has("NotFound") || has("NoSuchEntity") {
        "NotFound"
    } else if has("AccessDenied") || has("Unauthorized") {
        "AccessDenied"
    } else if has("LimitExceeded") {
        "ServiceLimitExceeded"
    } else if has("Throttl") || has("TooManyRequests") {
        "Throttling"
    } else if error.status >= 500 {
        "ServiceInternalError"
    } else if has("DeleteConflict") || has("Conflict") {
        "ResourceConflict"
    } else if error.status == 400 {
        "InvalidRequest"
    } else {
        "GeneralServiceException"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_services_own_words_are_kept() {
        let error = ServiceError::new(
            400,
            "ResourceInUseException",
            "Table already exists: numbers",
        );
        insta::assert_snapshot!(
            reason("AWS::DynamoDB::Table", &error, "R", "T"),
            @r#"Resource handler returned message: "Table already exists: numbers (Service: DynamoDb, Status Code: 400, Request ID: R)" (RequestToken: T, HandlerErrorCode: AlreadyExists)"#
        );
    }

    #[test]
    fn what_this_emulation_lacks_is_not_said_in_the_name_of_a_service() {
        let error = ServiceError::not_implemented("KinesisStreamSpecification");
        insta::assert_snapshot!(
            reason("AWS::DynamoDB::Table", &error, "R", "T"),
            @"the embedded AWS does not implement KinesisStreamSpecification"
        );
    }
}
