//! The filter and criteria of `SearchContactFlows` as they are sent, and what
//! they mean.

use serde::Deserialize;

use super::{Condition, Field};
use crate::connect::values::{ApiEnum, FlowState, FlowStatus, FlowType, StringComparison};

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
