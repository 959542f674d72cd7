//! What the validation of a flow does not know yet: a function that was associated a moment
//! ago, a flow that was made a moment ago. Nobody has reported either; both are tried.

use jiff::Timestamp;
use serde_json::Value;

use super::super::{Exchange, errors};
use super::{id_of, is_listed};
use crate::core::consistency::{Lag, young};
use crate::core::error::ServiceResult;
use crate::core::state::State;

/// Where an action names something, and what.
const REFERENCES: [(&str, &str); 2] = [
    ("LambdaFunctionARN", "Lambda function"),
    ("ContactFlowId", "Contact flow"),
];

/// That content that would go live names nothing that is not known yet.
///
/// # Errors
/// `InvalidContactFlowException` with a problem for each.
pub(super) fn check(state: &State, exchange: &Exchange<'_>) -> ServiceResult<()> {
    let saved = |label: &str| label.ends_with(":$SAVED");
    let body: Value = match exchange.route.operation {
        "CreateContactFlow" => exchange.request.json()?,
        "UpdateContactFlowContent" if !exchange.route.labels.values().any(|label| saved(label)) => {
            exchange.request.json()?
        }
        _ => return Ok(()),
    };
    let content = body["Content"].as_str().unwrap_or_default();
    if body["Status"] == "SAVED" {
        return Ok(());
    }
    let problems = problems(state, content, exchange.call.now);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(errors::invalid_flow(&problems))
    }
}

fn problems(state: &State, content: &str, now: Timestamp) -> Vec<String> {
    let Ok(flow) = serde_json::from_str::<Value>(content) else {
        return Vec::new();
    };
    let actions = flow["Actions"].as_array();
    let mut problems = Vec::new();
    for (index, action) in actions.into_iter().flatten().enumerate() {
        for (member, what) in REFERENCES {
            let Some(reference) = action["Parameters"][member].as_str() else {
                continue;
            };
            let known = match member {
                "LambdaFunctionARN" => young(state, Lag::Association, reference, now).is_none(),
                _ => is_listed(state, id_of(reference), now),
            };
            if !known {
                problems.push(format!(
                    "Invalid value. Path: Actions[{index}].Parameters.{member}. {what} not found"
                ));
            }
        }
    }
    problems
}
