//! Whether content may be published: the adapter to the Flow language.

use sha2::{Digest, Sha256};

use super::errors;
use super::values::FlowType;
use crate::core::error::{ServiceError, ServiceResult};

/// The most characters of a content (AWS docs, `CreateContactFlow`).
pub const MOST_CHARACTERS: usize = connect_flow::validate::MAXIMUM_CONTENT;

/// `FlowContentSha256`: the digest of the content, in hexadecimal digits.
pub fn sha256(content: &str) -> String {
    const_hex::encode(Sha256::digest(content.as_bytes()))
}

/// Checks the content of a flow as Connect does when it is published.
///
/// # Errors
/// `InvalidContactFlowException` with every problem.
pub fn check_flow(content: &str, flow_type: FlowType) -> ServiceResult<()> {
    let flow_type = connect_flow::FlowType::from_api_name(flow_type.api_name())
        .ok_or_else(|| ServiceError::internal("a flow type that the Flow language has not"))?;
    let problems = messages(connect_flow::validate(content, flow_type));
    if problems.is_empty() {
        Ok(())
    } else {
        Err(errors::invalid_flow(&problems))
    }
}

/// Checks the content of a flow module; `settings` is the member of the request.
///
/// # Errors
/// `InvalidContactFlowModuleException` with every problem;
/// `InvalidRequestException` for content without `Settings`.
pub fn check_module(content: &str, settings: Option<&str>) -> ServiceResult<()> {
    if let Some(message) = connect_flow::module_request_error(content) {
        return Err(errors::invalid_request(message));
    }
    let problems = messages(connect_flow::validate_module(content, settings));
    if problems.is_empty() {
        Ok(())
    } else {
        Err(errors::invalid_module(&problems))
    }
}

fn messages(problems: Vec<connect_flow::Problem>) -> Vec<String> {
    problems
        .into_iter()
        .map(|problem| problem.message)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    #[test]
    fn the_digest_is_64_hexadecimal_digits() {
        // SHA-256 of the empty text.
        assert_eq!(
            sha256(""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }

    #[test]
    fn every_flow_type_is_known_to_the_flow_language() {
        for flow_type in FlowType::ALL {
            let outcome = check_flow("{}", *flow_type).unwrap_err();
            assert_eq!(outcome.code, "InvalidContactFlowException");
        }
    }

    #[test]
    fn problems_are_told_in_connects_words() {
        let broken = fixture::FLOW.replace("DisconnectParticipant", "Disconnect");
        let error = check_flow(&broken, FlowType::ContactFlow).unwrap_err();
        assert_eq!(
            error.members["problems"][0]["message"],
            "Invalid Action type. Type: Disconnect, Path: Actions[0].Type"
        );
        assert!(check_flow(fixture::FLOW, FlowType::ContactFlow).is_ok());
        assert!(check_module(fixture::MODULE, None).is_ok());
    }
}
