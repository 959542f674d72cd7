//! The form of intrinsic functions: which one a value is, what it is made of, and
//! which names it refers to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::error::TemplateError;

/// The function that a value is, with its argument.
pub fn call(value: &Value) -> Option<(&str, &Value)> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    let (name, argument) = map.iter().next()?;
    (name == "Ref" || name.starts_with("Fn::")).then_some((name.as_str(), argument))
}

/// Takes the branch of every `Fn::If` and drops what becomes `AWS::NoValue`.
///
/// # Errors
/// `Fn::If` of a wrong form or of an unknown condition.
pub fn prune(
    value: &Value,
    conditions: &BTreeMap<String, bool>,
) -> Result<Option<Value>, TemplateError> {
    match call(value) {
        Some(("Fn::If", argument)) => {
            let (condition, yes, no) = if_parts(argument)?;
            let met = conditions.get(condition).ok_or_else(|| {
                TemplateError::Error(format!(
                    "unresolved condition dependency {condition} in Fn::If"
                ))
            })?;
            prune(if *met { yes } else { no }, conditions)
        }
        Some(("Ref", Value::String(name))) if name == "AWS::NoValue" => Ok(None),
        _ => Ok(Some(match value {
            Value::Array(items) => Value::Array(
                items
                    .iter()
                    .filter_map(|item| prune(item, conditions).transpose())
                    .collect::<Result<_, _>>()?,
            ),
            Value::Object(map) => Value::Object(
                map.iter()
                    .filter_map(|(key, item)| {
                        prune(item, conditions)
                            .map(|pruned| Some((key.clone(), pruned?)))
                            .transpose()
                    })
                    .collect::<Result<_, _>>()?,
            ),
            plain => plain.clone(),
        })),
    }
}

/// Condition and branches of a `Fn::If`.
///
/// # Errors
/// When it is not a list of a name and two values.
pub fn if_parts(argument: &Value) -> Result<(&str, &Value, &Value), TemplateError> {
    match argument.as_array().map(Vec::as_slice) {
        Some([Value::String(condition), yes, no]) => Ok((condition, yes, no)),
        _ => Err(error(
            "Fn::If requires a list argument with the first element being a condition",
        )),
    }
}

pub(super) fn error(words: &str) -> TemplateError {
    TemplateError::Error(words.to_owned())
}

/// The error for a function that is not there.
pub fn unknown_function(name: &str) -> TemplateError {
    match name {
        "Fn::Cidr"
        | "Fn::ForEach"
        | "Fn::GetAZs"
        | "Fn::Length"
        | "Fn::ToJsonString"
        | "Fn::Transform"
        | "Fn::GetStackOutput"
        | "Fn::Contains"
        | "Fn::EachMemberEquals"
        | "Fn::EachMemberIn"
        | "Fn::RefAll"
        | "Fn::ValueOf"
        | "Fn::ValueOfAll" => TemplateError::NotImplemented(format!("the function {name}")),
        "Fn::And" | "Fn::Equals" | "Fn::Not" | "Fn::Or" => error(&format!(
            "{name} cannot be used outside the Conditions block of the template"
        )),
        _ => error(&format!("Encountered unsupported function: {name}")),
    }
}

/// Resource and attribute (which may itself be a `Ref`) of a `Fn::GetAtt`.
///
/// # Errors
/// When either is missing.
pub fn get_att_parts(argument: &Value) -> Result<(String, Value), TemplateError> {
    let parts = match argument {
        Value::String(text) => text
            .split_once('.')
            .map(|(resource, attribute)| (resource.to_owned(), Value::from(attribute))),
        Value::Array(items) => match items.as_slice() {
            [Value::String(resource), attribute] => Some((resource.clone(), attribute.clone())),
            // `Fn::GetAtt: [Nested, Outputs, X]` is the dotted name taken apart.
            [Value::String(resource), rest @ ..] if rest.iter().all(Value::is_string) => {
                let names: Vec<&str> = rest.iter().filter_map(Value::as_str).collect();
                Some((resource.clone(), Value::from(names.join("."))))
            }
            _ => None,
        },
        _ => None,
    };
    parts
        .filter(|(resource, attribute)| !resource.is_empty() && attribute != "")
        .ok_or_else(|| {
            error("Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute")
        })
}

/// Text and own variables of a `Fn::Sub`.
pub type SubParts<'a> = (&'a str, Option<&'a Map<String, Value>>);

/// Takes a `Fn::Sub` apart.
///
/// # Errors
/// When it is neither text nor a list of text and a map.
pub fn sub_parts(argument: &Value) -> Result<SubParts<'_>, TemplateError> {
    match argument {
        Value::String(text) => return Ok((text, None)),
        Value::Array(items) => {
            if let [Value::String(text), Value::Object(variables)] = items.as_slice() {
                return Ok((text, Some(variables)));
            }
        }
        _ => {}
    }
    Err(error(
        "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
    ))
}

/// A part of the text of a `Fn::Sub`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// As it is.
    Text(String),
    /// `${…}`.
    Variable(String),
}

/// Takes the text of a `Fn::Sub` apart; `${!x}` is the text `${x}`.
///
/// # Errors
/// Variables with other characters than letters, digits, `_`, `.` and `:`.
pub fn sub_text(text: &str) -> Result<Vec<Part>, TemplateError> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start + 2..].find('}') else {
            break;
        };
        plain.push_str(&rest[..start]);
        let name = &rest[start + 2..start + 2 + length];
        rest = &rest[start + 2 + length + 1..];
        if let Some(literal) = name.strip_prefix('!') {
            plain.push_str(&format!("${{{literal}}}"));
            continue;
        }
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':');
        if name.is_empty() || !name.chars().all(good) {
            return Err(error(
                "variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and colons",
            ));
        }
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut plain)));
        }
        parts.push(Part::Variable(name.to_owned()));
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok(parts)
}

/// A name that an expression refers to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// `Ref` or `${Name}`: a parameter, a pseudo parameter or a resource.
    Name(String),
    /// `Fn::GetAtt` or `${Name.Attribute}`; the attribute may be known only later.
    Attribute(String, Option<String>),
}

/// Every name in an expression. Functions of a wrong form are errors.
///
/// # Errors
/// As [`Scope::resolve`] would find them.
pub fn references(value: &Value, found: &mut BTreeSet<Reference>) -> Result<(), TemplateError> {
    match call(value) {
        Some(("Ref", argument)) => {
            let name = argument
                .as_str()
                .ok_or_else(|| error("every Ref object must have a single String value."))?;
            found.insert(Reference::Name(name.to_owned()));
            return Ok(());
        }
        Some(("Fn::GetAtt", argument)) => {
            let (resource, attribute) = get_att_parts(argument)?;
            references(&attribute, found)?;
            let attribute = attribute.as_str().map(str::to_owned);
            found.insert(Reference::Attribute(resource, attribute));
            return Ok(());
        }
        Some(("Fn::Sub", argument)) => {
            let (text, variables) = sub_parts(argument)?;
            for part in sub_text(text)? {
                let Part::Variable(name) = part else { continue };
                if variables.is_some_and(|map| map.contains_key(&name)) {
                    continue;
                }
                found.insert(match name.split_once('.') {
                    Some((resource, attribute)) => {
                        Reference::Attribute(resource.to_owned(), Some(attribute.to_owned()))
                    }
                    None => Reference::Name(name),
                });
            }
            for expression in variables.into_iter().flat_map(Map::values) {
                references(expression, found)?;
            }
            return Ok(());
        }
        _ => {}
    }
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| references(item, found)),
        Value::Object(map) => map.values().try_for_each(|item| references(item, found)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_branch_of_an_if_is_taken_and_no_value_drops_what_has_it() {
        let conditions = BTreeMap::from([("Prod".to_owned(), false)]);
        let pruned = prune(
            &json!({
                "A": {"Fn::If": ["Prod", 1, {"Fn::If": ["Prod", 2, {"Ref": "X"}]}]},
                "B": {"Ref": "AWS::NoValue"},
                "C": [{"Fn::If": ["Prod", 1, {"Ref": "AWS::NoValue"}]}, 2],
            }),
            &conditions,
        )
        .unwrap();
        assert_eq!(pruned, Some(json!({"A": {"Ref": "X"}, "C": [2]})));
        let error = prune(&json!({"Fn::If": ["Nope", 1, 2]}), &conditions).unwrap_err();
        insta::assert_snapshot!(error, @"Template error: unresolved condition dependency Nope in Fn::If");
    }

    #[test]
    fn references_are_found_at_any_depth() {
        let mut found = BTreeSet::new();
        references(
            &json!({"A": [{"Fn::Join": ["", [{"Ref": "B"}, {"Fn::Sub": ["${C}${D.E}${F}", {"F": {"Ref": "G"}}]}]]}], "H": {"Fn::GetAtt": ["I", {"Ref": "J"}]}}),
            &mut found,
        )
        .unwrap();
        let name = |name: &str| Reference::Name(name.to_owned());
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [
                name("B"),
                name("C"),
                name("G"),
                name("J"),
                Reference::Attribute("D".to_owned(), Some("E".to_owned())),
                Reference::Attribute("I".to_owned(), None),
            ]
        );
    }
}
