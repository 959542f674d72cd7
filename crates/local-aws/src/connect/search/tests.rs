use super::model::{SearchCriteria, SearchFilter};
use super::*;
use crate::connect::fixture;

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
