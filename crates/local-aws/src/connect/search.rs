//! `SearchContactFlows`: by tags, type, state, status, name and description.

use serde::Deserialize;
use serde_json::{Value, json};

use super::flows::Flow;
use super::page::page;
use super::values::{ApiEnum, FlowState, FlowStatus, FlowType, StringComparison};
use super::{Exchange, errors, present};
use crate::error::ServiceResult;
use crate::gateway::response::Response;

/// `ContactFlowSearchFilter`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SearchFilter {
    tag_filter: Option<TagFilter>,
    flow_attribute_filter: Option<AttributeFilter>,
}

/// `ControlPlaneTagFilter`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagFilter {
    or_conditions: Option<Vec<Vec<TagCondition>>>,
    and_conditions: Option<Vec<TagCondition>>,
    tag_condition: Option<TagCondition>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TagCondition {
    tag_key: Option<String>,
    tag_value: Option<String>,
}

/// `ContactFlowAttributeFilter`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AttributeFilter {
    or_conditions: Option<Vec<AttributeConditions>>,
    and_condition: Option<AttributeConditions>,
    tag_condition: Option<TagCondition>,
    contact_flow_type_condition: Option<TypeCondition>,
}

/// `ContactFlowAttributeAndCondition`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AttributeConditions {
    tag_conditions: Option<Vec<TagCondition>>,
    contact_flow_type_condition: Option<TypeCondition>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct TypeCondition {
    contact_flow_type: Option<FlowType>,
}

/// `ContactFlowSearchCriteria`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SearchCriteria {
    or_conditions: Option<Vec<SearchCriteria>>,
    and_conditions: Option<Vec<SearchCriteria>>,
    string_condition: Option<StringCondition>,
    type_condition: Option<FlowType>,
    state_condition: Option<FlowState>,
    status_condition: Option<FlowStatus>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct StringCondition {
    field_name: Option<String>,
    value: Option<String>,
    comparison_type: Option<String>,
}

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

impl TryFrom<TagCondition> for Condition {
    type Error = String;

    fn try_from(tag: TagCondition) -> Result<Self, String> {
        let key = tag.tag_key.filter(|key| !key.is_empty());
        Ok(Self::Tag(
            key.ok_or("a TagCondition needs a TagKey")?,
            tag.tag_value,
        ))
    }
}

impl TryFrom<TypeCondition> for Condition {
    type Error = String;

    fn try_from(condition: TypeCondition) -> Result<Self, String> {
        condition
            .contact_flow_type
            .map(Self::Type)
            .ok_or_else(|| "a ContactFlowTypeCondition needs a ContactFlowType".to_owned())
    }
}

fn all<T: TryInto<Condition, Error = String>>(parts: Vec<T>) -> Result<Vec<Condition>, String> {
    parts.into_iter().map(TryInto::try_into).collect()
}

/// The one condition that is given. The model does not say what several beside
/// each other mean, so that is refused.
fn exactly_one(what: &str, given: Vec<Option<Condition>>) -> Result<Condition, String> {
    let mut given: Vec<Condition> = given.into_iter().flatten().collect();
    match (given.pop(), given.is_empty()) {
        (Some(condition), true) => Ok(condition),
        (None, _) => Err(format!("{what} has no condition")),
        (Some(_), false) => Err(format!(
            "{what} has several conditions beside each other: join them in AndConditions or OrConditions"
        )),
    }
}

impl TryFrom<TagFilter> for Condition {
    type Error = String;

    fn try_from(filter: TagFilter) -> Result<Self, String> {
        let any = filter
            .or_conditions
            .map(|groups| {
                let groups: Result<Vec<Self>, String> = groups
                    .into_iter()
                    .map(|group| all(group).map(Self::All))
                    .collect();
                groups.map(Self::Any)
            })
            .transpose()?;
        let every = filter.and_conditions.map(all).transpose()?.map(Self::All);
        let one = filter.tag_condition.map(TryInto::try_into).transpose()?;
        exactly_one("TagFilter", vec![any, every, one])
    }
}

impl TryFrom<AttributeConditions> for Condition {
    type Error = String;

    fn try_from(conditions: AttributeConditions) -> Result<Self, String> {
        let mut parts = all(conditions.tag_conditions.unwrap_or_default())?;
        if let Some(flow_type) = conditions.contact_flow_type_condition {
            parts.push(flow_type.try_into()?);
        }
        Ok(Self::All(parts))
    }
}

impl TryFrom<AttributeFilter> for Condition {
    type Error = String;

    fn try_from(filter: AttributeFilter) -> Result<Self, String> {
        let any = filter.or_conditions.map(all).transpose()?.map(Self::Any);
        let every = filter.and_condition.map(TryInto::try_into).transpose()?;
        let tag = filter.tag_condition.map(TryInto::try_into).transpose()?;
        let flow_type = filter
            .contact_flow_type_condition
            .map(TryInto::try_into)
            .transpose()?;
        exactly_one("FlowAttributeFilter", vec![any, every, tag, flow_type])
    }
}

impl TryFrom<SearchFilter> for Condition {
    type Error = String;

    fn try_from(filter: SearchFilter) -> Result<Self, String> {
        let mut parts = Vec::new();
        if let Some(tags) = filter.tag_filter {
            parts.push(tags.try_into()?);
        }
        if let Some(attributes) = filter.flow_attribute_filter {
            parts.push(attributes.try_into()?);
        }
        Ok(Self::All(parts))
    }
}

impl TryFrom<StringCondition> for Condition {
    type Error = String;

    fn try_from(condition: StringCondition) -> Result<Self, String> {
        let field = match condition.field_name.as_deref() {
            Some("name") => Field::Name,
            Some("description") => Field::Description,
            other => {
                return Err(format!(
                    "the FieldName of a StringCondition is name or description, not {other:?}"
                ));
            }
        };
        let comparison = condition
            .comparison_type
            .as_deref()
            .and_then(StringComparison::from_api_name)
            .ok_or_else(|| {
                format!(
                    "the ComparisonType of a StringCondition is one of {:?}",
                    StringComparison::api_names()
                )
            })?;
        let value = condition.value.ok_or("a StringCondition needs a Value")?;
        // "Any queries with character lengths outside of this range will result
        // in invalid results" (service model): said here, not answered wrongly.
        let length = value.chars().count();
        if comparison == StringComparison::Contains && !(2..=25).contains(&length) {
            return Err("the Value of a CONTAINS condition has 2 to 25 characters".to_owned());
        }
        Ok(Self::Text(field, comparison, value))
    }
}

impl TryFrom<SearchCriteria> for Condition {
    type Error = String;

    fn try_from(criteria: SearchCriteria) -> Result<Self, String> {
        let any = criteria.or_conditions.map(all).transpose()?.map(Self::Any);
        let every = criteria.and_conditions.map(all).transpose()?.map(Self::All);
        let text = criteria
            .string_condition
            .map(TryInto::try_into)
            .transpose()?;
        exactly_one(
            "SearchCriteria",
            vec![
                any,
                every,
                text,
                criteria.type_condition.map(Self::Type),
                criteria.state_condition.map(Self::State),
                criteria.status_condition.map(Self::Status),
            ],
        )
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
        let instance = state.connect.instance(instance_id)?;
        let found: Vec<&Flow> = instance
            .flows
            .values()
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

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn flow() -> Flow {
        let state = fixture::state();
        let mut flow = fixture::instance(&state)
            .flows
            .values()
            .find(|flow| flow.name == "Default agent hold")
            .unwrap()
            .clone();
        flow.tags.insert("a".to_owned(), "1".to_owned());
        flow.tags.insert("b".to_owned(), "2".to_owned());
        flow
    }

    fn filter(value: Value) -> Result<Condition, String> {
        serde_json::from_value::<SearchFilter>(value)
            .map_err(|error| error.to_string())?
            .try_into()
    }

    fn criteria(value: Value) -> Result<Condition, String> {
        serde_json::from_value::<SearchCriteria>(value)
            .map_err(|error| error.to_string())?
            .try_into()
    }

    fn tag(key: &str, value: &str) -> Value {
        json!({ "TagKey": key, "TagValue": value })
    }

    #[test]
    fn tags_are_one_all_or_any_of_all() {
        let flow = flow();
        for (tags, expected) in [
            (json!({ "TagCondition": tag("a", "1") }), true),
            (json!({ "TagCondition": { "TagKey": "a" } }), true),
            (json!({ "TagCondition": tag("a", "2") }), false),
            (json!({ "TagCondition": { "TagKey": "c" } }), false),
            (
                json!({ "AndConditions": [tag("a", "1"), tag("b", "2")] }),
                true,
            ),
            (
                json!({ "AndConditions": [tag("a", "1"), tag("b", "3")] }),
                false,
            ),
            (
                json!({ "OrConditions": [[tag("a", "9")], [tag("a", "1"), tag("b", "2")]] }),
                true,
            ),
            (
                json!({ "OrConditions": [[tag("a", "9")], [tag("a", "1"), tag("b", "3")]] }),
                false,
            ),
        ] {
            let condition = filter(json!({ "TagFilter": tags })).unwrap();
            assert_eq!(condition.holds(&flow), expected, "{condition:?}");
        }
    }

    #[test]
    fn attributes_are_tags_and_types() {
        let flow = flow();
        let hold = json!({ "ContactFlowType": "AGENT_HOLD" });
        let inbound = json!({ "ContactFlowType": "CONTACT_FLOW" });
        for (attributes, expected) in [
            (json!({ "ContactFlowTypeCondition": hold }), true),
            (json!({ "ContactFlowTypeCondition": inbound }), false),
            (
                json!({ "AndCondition": { "TagConditions": [tag("a", "1")], "ContactFlowTypeCondition": hold } }),
                true,
            ),
            (
                json!({ "OrConditions": [{ "ContactFlowTypeCondition": inbound }, { "TagConditions": [tag("b", "2")] }] }),
                true,
            ),
            (json!({ "TagCondition": tag("b", "1") }), false),
        ] {
            let condition = filter(json!({ "FlowAttributeFilter": attributes })).unwrap();
            assert_eq!(condition.holds(&flow), expected, "{condition:?}");
        }
    }

    #[test]
    fn criteria_nest() {
        let flow = flow();
        let name = |comparison: &str, value: &str| json!({ "StringCondition": { "FieldName": "name", "ComparisonType": comparison, "Value": value } });
        for (given, expected) in [
            (name("EXACT", "Default agent hold"), true),
            (name("EXACT", "Default agent"), false),
            (name("STARTS_WITH", "Default agent"), true),
            (name("CONTAINS", "agent h"), true),
            (json!({ "TypeCondition": "AGENT_HOLD" }), true),
            (json!({ "StateCondition": "ARCHIVED" }), false),
            (json!({ "StatusCondition": "PUBLISHED" }), true),
            (
                json!({ "AndConditions": [
                    { "OrConditions": [{ "TypeCondition": "CAMPAIGN" }, name("CONTAINS", "hold")] },
                    { "StateCondition": "ACTIVE" },
                ] }),
                true,
            ),
        ] {
            let condition = criteria(given).unwrap();
            assert_eq!(condition.holds(&flow), expected, "{condition:?}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for wrong in [
            json!({}),
            json!({ "TypeCondition": "AGENT_HOLD", "StateCondition": "ACTIVE" }),
            json!({ "TypeCondition": "HOLD" }),
            json!({ "Colour": "red" }),
            json!({ "StringCondition": { "FieldName": "colour", "ComparisonType": "EXACT", "Value": "red" } }),
            json!({ "StringCondition": { "FieldName": "name", "ComparisonType": "LIKE", "Value": "red" } }),
            json!({ "StringCondition": { "FieldName": "name", "ComparisonType": "CONTAINS", "Value": "r" } }),
            json!({ "StringCondition": { "FieldName": "name", "ComparisonType": "EXACT" } }),
        ] {
            assert!(criteria(wrong.clone()).is_err(), "{wrong}");
        }
        for wrong in [
            json!({ "TagFilter": {} }),
            json!({ "TagFilter": { "TagCondition": { "TagValue": "1" } } }),
            json!({ "TagFilter": { "TagCondition": { "TagKey": "a" }, "AndConditions": [] } }),
        ] {
            assert!(filter(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
