//! `SearchContactFlows`: by tags, type, state, status, name and description.

pub mod index;
mod model;
#[cfg(test)]
mod tests;

use serde_json::{Value, json};

use model::{SearchCriteria, SearchFilter};

use super::flows::Flow;
use super::page::page;
use super::values::{FlowState, FlowStatus, FlowType, StringComparison};
use super::{Exchange, consistency, errors, present};
use crate::core::consistency::{Model, Settling};
use crate::core::error::ServiceResult;
use crate::core::wire::response::Response;

/// The longest text that a search surely takes ("valid values are 2-25", service model).
const LONGEST_TEXT: usize = 25;

/// A condition on a flow, checked and ready to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// One of them.
    Any(Vec<Condition>),
    /// All of them.
    All(Vec<Condition>),
    /// It has the tag; without a value, with any.
    Tag(String, Option<String>),
    /// Its type.
    Type(FlowType),
    /// Its state.
    State(FlowState),
    /// Its status.
    Status(FlowStatus),
    /// Its name or description.
    Text(Field, StringComparison, String),
}

/// A field that can be searched by text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The name.
    Name,
    /// The description.
    Description,
}

impl Condition {
    /// Whether an exact text in it is longer than those that the model knows.
    fn has_a_long_exact_text(&self) -> bool {
        match self {
            Self::Any(conditions) | Self::All(conditions) => {
                conditions.iter().any(Self::has_a_long_exact_text)
            }
            Self::Text(_, StringComparison::Exact, text) => text.chars().count() > LONGEST_TEXT,
            _ => false,
        }
    }

    /// Whether it is true of a flow. Letter case counts.
    pub fn holds(&self, flow: &Flow) -> bool {
        match self {
            Self::Any(conditions) => conditions.iter().any(|condition| condition.holds(flow)),
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(flow)),
            Self::Tag(key, value) => flow
                .tags
                .get(key)
                .is_some_and(|tag| value.as_ref().is_none_or(|value| value == tag)),
            Self::Type(flow_type) => flow.flow_type == *flow_type,
            Self::State(state) => flow.state == *state,
            Self::Status(status) => flow.status() == *status,
            Self::Text(field, comparison, value) => {
                let text = match field {
                    Field::Name => Some(flow.name.as_str()),
                    Field::Description => flow.description.as_deref(),
                };
                text.is_some_and(|text| match comparison {
                    StringComparison::StartsWith => text.starts_with(value.as_str()),
                    StringComparison::Contains => text.contains(value.as_str()),
                    StringComparison::Exact => text == value,
                })
            }
        }
    }
}

/// `SearchContactFlows`.
pub fn search(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let members = [
        "InstanceId",
        "NextToken",
        "MaxResults",
        "SearchFilter",
        "SearchCriteria",
    ];
    let input = exchange.input(&members, &[])?;
    let instance_id = input.required("InstanceId", 1, 100)?;
    let token = input.bounded("NextToken", 1, 2500)?;
    let most = input.max_results(100)?;
    let mut conditions = Vec::new();
    if let Some(filter) = input.structure::<SearchFilter>("SearchFilter")? {
        conditions.push(filter.try_into().map_err(errors::invalid_request)?);
    }
    if let Some(criteria) = input.structure::<SearchCriteria>("SearchCriteria")? {
        conditions.push(criteria.try_into().map_err(errors::invalid_request)?);
    }
    let condition = Condition::All(conditions);
    exchange.world.read(|state| {
        let connect = state.of::<crate::connect::State>();
        let instance = connect.instance(instance_id)?;
        if consistency::refuses_long_texts(state) && condition.has_a_long_exact_text() {
            return Err(errors::invalid_parameter("Invalid search value length"));
        }
        let indexed = match state.of::<Settling>().model() {
            Model::Immediate => None,
            Model::Real { .. } => Some(connect.index.found(&instance.id, exchange.call.now)),
        };
        let flows: Vec<&Flow> = match &indexed {
            None => instance.flows.values().collect(),
            Some(indexed) => indexed.iter().collect(),
        };
        let found: Vec<&Flow> = flows
            .into_iter()
            .filter(|flow| condition.holds(flow))
            .collect();
        let total = found.len();
        let page = page(
            "SearchContactFlows",
            found,
            |flow| format!("{}\n{}", flow.name, flow.id),
            token,
            most,
        )?;
        let items: Vec<Value> = page
            .items
            .into_iter()
            .map(|flow| flow.found(instance))
            .collect();
        Response::json(&present(json!({
            "ContactFlows": items,
            "NextToken": page.next_token,
            "ApproximateTotalCount": total,
        })))
    })
}
