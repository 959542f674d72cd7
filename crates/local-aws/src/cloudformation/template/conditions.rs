//! The `Conditions` section.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::TemplateError;
use super::intrinsics::Scope;
use crate::core::property::scalar;

/// Evaluates every condition.
///
/// # Errors
/// Wrong forms, unknown conditions and circles of them.
pub fn evaluate(
    conditions: &Map<String, Value>,
    scope: &Scope<'_>,
) -> Result<BTreeMap<String, bool>, TemplateError> {
    let mut known = BTreeMap::new();
    for name in conditions.keys() {
        named(name, conditions, scope, &mut known, &mut Vec::new())?;
    }
    Ok(known)
}

fn named(
    name: &str,
    conditions: &Map<String, Value>,
    scope: &Scope<'_>,
    known: &mut BTreeMap<String, bool>,
    path: &mut Vec<String>,
) -> Result<bool, TemplateError> {
    if let Some(value) = known.get(name) {
        return Ok(*value);
    }
    let expression = conditions.get(name).ok_or_else(|| {
        TemplateError::Format(format!(
            "Unresolved condition dependency {name} in the Conditions block of the template"
        ))
    })?;
    if path.iter().any(|above| above == name) {
        return Err(TemplateError::Format(format!(
            "Circular dependencies for condition {name}"
        )));
    }
    path.push(name.to_owned());
    let value = condition(expression, conditions, scope, known, path)?;
    path.pop();
    known.insert(name.to_owned(), value);
    Ok(value)
}

fn condition(
    expression: &Value,
    conditions: &Map<String, Value>,
    scope: &Scope<'_>,
    known: &mut BTreeMap<String, bool>,
    path: &mut Vec<String>,
) -> Result<bool, TemplateError> {
    let single = expression.as_object().filter(|map| map.len() == 1);
    let Some((function, argument)) = single.and_then(|map| map.iter().next()) else {
        return Err(TemplateError::Format(
            "Conditions can only be boolean operations on parameters and other conditions"
                .to_owned(),
        ));
    };
    let mut several = |least: usize, most: usize, words: &str| {
        let items = argument
            .as_array()
            .filter(|items| (least..=most).contains(&items.len()))
            .ok_or_else(|| TemplateError::Error(words.to_owned()))?;
        items
            .iter()
            .map(|item| condition(item, conditions, scope, known, path))
            .collect::<Result<Vec<bool>, _>>()
    };
    match function.as_str() {
        "Condition" => {
            let name = argument.as_str().ok_or_else(|| {
                TemplateError::Error("every Condition member must be a string.".to_owned())
            })?;
            named(name, conditions, scope, known, path)
        }
        "Fn::And" => Ok(several(
            2,
            10,
            "every Fn::And object requires a list of at least 2 and at most 10 boolean parameters.",
        )?
        .into_iter()
        .all(|met| met)),
        "Fn::Or" => Ok(several(
            2,
            10,
            "every Fn::Or object requires a list of at least 2 and at most 10 boolean parameters.",
        )?
        .into_iter()
        .any(|met| met)),
        "Fn::Not" => Ok(several(
            1,
            1,
            "every Fn::Not object requires a list of 1 boolean parameter.",
        )?
        .into_iter()
        .all(|met| !met)),
        "Fn::Equals" => {
            let Some([left, right]) = argument.as_array().map(Vec::as_slice) else {
                return Err(TemplateError::Error(
                    "every Fn::Equals object requires a list of 2 string parameters.".to_owned(),
                ));
            };
            let side = |value: &Value| {
                scope.resolve(value).map_err(|error| match error {
                    TemplateError::Unresolved { names, .. } => TemplateError::Format(format!(
                        "Unresolved dependencies [{}]. Cannot reference resources in the Conditions block of the template",
                        names.join(", ")
                    )),
                    other => other,
                })
            };
            let (left, right) = (side(left)?, side(right)?);
            Ok(match (scalar(&left), scalar(&right)) {
                (Some(left), Some(right)) => left == right,
                _ => left == right,
            })
        }
        _ => Err(TemplateError::Format(
            "Conditions can only be boolean operations on parameters and other conditions"
                .to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::intrinsics::{Environment, Nothing};
    use super::*;
    use indexmap::IndexMap;
    use serde_json::json;

    fn evaluated(conditions: Value) -> Result<BTreeMap<String, bool>, String> {
        let parameters = IndexMap::from([("Env".to_owned(), json!("prod"))]);
        let environment = Environment {
            region: "us-east-1".to_owned(),
            account: String::new(),
            stack_name: String::new(),
            stack_id: String::new(),
        };
        let scope = Scope {
            parameters: &parameters,
            mappings: &Map::new(),
            environment: &environment,
            lookup: &Nothing,
        };
        evaluate(conditions.as_object().unwrap(), &scope).map_err(|error| error.to_string())
    }

    #[test]
    fn all_operations_and_conditions_before_their_definition() {
        let values = evaluated(json!({
            "Both": {"Fn::And": [{"Condition": "Prod"}, {"Fn::Not": [{"Condition": "East"}]}]},
            "Prod": {"Fn::Equals": [{"Ref": "Env"}, "prod"]},
            "East": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]},
            "Either": {"Fn::Or": [{"Condition": "Both"}, {"Condition": "East"}]},
            "Number": {"Fn::Equals": ["1", 1]},
        }))
        .unwrap();
        let met: Vec<&str> = values
            .iter()
            .filter(|(_, met)| **met)
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(met, ["East", "Either", "Number", "Prod"]);
    }

    #[test]
    fn wrong_conditions_are_refused() {
        insta::assert_snapshot!(evaluated(json!({"A": {"Fn::Equals": [{"Ref": "Table"}, ""]}})).unwrap_err(), @"Template format error: Unresolved dependencies [Table]. Cannot reference resources in the Conditions block of the template");
        insta::assert_snapshot!(evaluated(json!({"A": {"Condition": "B"}})).unwrap_err(), @"Template format error: Unresolved condition dependency B in the Conditions block of the template");
        insta::assert_snapshot!(evaluated(json!({"A": {"Fn::Not": [{"Condition": "A"}]}})).unwrap_err(), @"Template format error: Circular dependencies for condition A");
        insta::assert_snapshot!(evaluated(json!({"A": {"Fn::And": [{"Condition": "A"}]}})).unwrap_err(), @"Template error: every Fn::And object requires a list of at least 2 and at most 10 boolean parameters.");
        insta::assert_snapshot!(evaluated(json!({"A": "yes"})).unwrap_err(), @"Template format error: Conditions can only be boolean operations on parameters and other conditions");
    }
}
