//! What Amazon Connect says to flow content that is to be published, in its own
//! words. All problems are told at once, at most [`MAXIMUM_PROBLEMS`].
//!
//! Saving (`Status` `SAVED`) is not validated by the service, so callers that
//! play the service must not call this then.

mod document;
mod parameters;
mod transitions;

pub use crate::problem::{MAXIMUM_PROBLEMS, Problem};

use crate::FlowType;
use crate::document::Document;
use crate::problem::Problems;
use crate::spec::Host;
use serde_json::Value;

/// Most characters of a flow's content (`FlowContent` documentation of the API).
pub const MAXIMUM_CONTENT: usize = 256_000;
/// Most actions of a flow.
pub const MAXIMUM_ACTIONS: usize = 250;

/// Validates the content of a flow of this type as if it were published.
pub fn validate(text: &str, flow_type: FlowType) -> Vec<Problem> {
    check(text, Host::Flow(flow_type), None)
}

/// Validates the content of a flow module as if it were published.
///
/// `settings` is the member `Settings` of the API request (not the one within
/// the content): a JSON text that declares input, results and branches.
pub fn validate_module(text: &str, settings: Option<&str>) -> Vec<Problem> {
    check(text, Host::Module, settings)
}

/// What the service refuses in a module's content before it looks for problems:
/// the message of its `InvalidRequestException`.
pub fn module_request_error(text: &str) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let settings = document.value().get("Settings");
    settings
        .is_none_or(Value::is_null)
        .then(|| "JSON field is missing or null for field name: settings".to_owned())
}

fn check(text: &str, host: Host, settings: Option<&str>) -> Vec<Problem> {
    let mut problems = Problems::default();
    if text.chars().count() > MAXIMUM_CONTENT {
        // The API's own length constraint refuses the request.
        problems.add(
            format!("Flow content is longer than {MAXIMUM_CONTENT} characters"),
            None,
        );
        return problems.done();
    }
    match Document::parse(text) {
        Ok(content) => document::check(content.value(), host, settings, &mut problems),
        // The service's own words for content that is no JSON are not known.
        Err(error) => problems.add(format!("Invalid JSON: {error}"), None),
    }
    problems.done()
}

#[cfg(test)]
mod tests;
