//! Connect's errors, with the status codes of the service model.

use serde_json::json;

use crate::core::error::ServiceError;

/// At most this many problems are told (`Problems` in the service model).
const MAX_PROBLEMS: usize = 50;
/// At most this many characters of each (`ProblemMessageString`).
const MAX_PROBLEM_LENGTH: usize = 256;

/// `ResourceNotFoundException`.
pub fn not_found(message: impl Into<String>) -> ServiceError {
    ServiceError::new(404, "ResourceNotFoundException", message)
}

/// `InvalidParameterException`.
pub fn invalid_parameter(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "InvalidParameterException", message)
}

/// `InvalidRequestException`.
pub fn invalid_request(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "InvalidRequestException", message)
}

/// `DuplicateResourceException`.
pub fn duplicate(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "DuplicateResourceException", message)
}

/// `ResourceConflictException`.
pub fn conflict(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "ResourceConflictException", message)
}

/// `IdempotencyException`: a client token came back with other parameters.
pub fn idempotency(message: impl Into<String>) -> ServiceError {
    ServiceError::new(409, "IdempotencyException", message)
}

/// `LimitExceededException`: a quota, whatever its status 429 makes clients think.
pub fn limit_exceeded(message: impl Into<String>) -> ServiceError {
    ServiceError::new(429, "LimitExceededException", message)
}

/// `ServiceQuotaExceededException`.
pub fn quota_exceeded(message: impl Into<String>) -> ServiceError {
    ServiceError::new(402, "ServiceQuotaExceededException", message)
}

/// `ContactFlowNotPublishedException`: only a draft exists.
pub fn not_published(message: impl Into<String>) -> ServiceError {
    ServiceError::new(404, "ContactFlowNotPublishedException", message)
}

/// `InvalidContactFlowException`: its shape has `problems` and no message.
pub fn invalid_flow(problems: &[String]) -> ServiceError {
    ServiceError::new(400, "InvalidContactFlowException", "").with("problems", listed(problems))
}

/// `InvalidContactFlowModuleException`: `Problems`, with a capital, and no message.
pub fn invalid_module(problems: &[String]) -> ServiceError {
    ServiceError::new(400, "InvalidContactFlowModuleException", "")
        .with("Problems", listed(problems))
}

fn listed(problems: &[String]) -> serde_json::Value {
    problems
        .iter()
        .take(MAX_PROBLEMS)
        .map(|problem| {
            let message: String = problem.chars().take(MAX_PROBLEM_LENGTH).collect();
            json!({ "message": message })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_flow_has_problems_and_no_message() {
        let error = invalid_flow(&["first".to_owned(), "x".repeat(300)]);
        assert_eq!(error.status, 400);
        assert!(error.message.is_empty());
        let body = error.to_json(None);
        assert_eq!(body["problems"][0], json!({ "message": "first" }));
        assert_eq!(body["problems"][1]["message"].as_str().unwrap().len(), 256);
        assert!(body.get("Message").is_none());
    }

    #[test]
    fn no_more_than_fifty_problems_are_told() {
        let many: Vec<String> = (0..80).map(|n| n.to_string()).collect();
        let body = invalid_module(&many).to_json(None);
        assert_eq!(body["Problems"].as_array().unwrap().len(), 50);
    }
}
