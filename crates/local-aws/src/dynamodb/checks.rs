//! What dynoxide lets pass and must not: members that it does not know, and
//! bounds of the service model that it does not look at.

use serde_json::{Map, Value};

use crate::core::constraint::{self, Shown};
use crate::core::error::{ServiceError, ServiceResult};

/// Per line an operation and the members that dynoxide has of its request
/// (service model dynamodb 2012-08-10).
const MEMBERS: &str = include_str!("members.txt");

/// The longest name of an attribute.
const LONGEST_ATTRIBUTE: usize = 65_535;

/// Checks a request before it is handed on. What is no JSON object is left to
/// dynoxide, which refuses it in DynamoDB's words.
///
/// # Errors
/// Not implemented, naming the member; `ValidationException`.
pub fn check(operation: &str, body: &[u8]) -> ServiceResult<()> {
    let Ok(members) = serde_json::from_slice::<Map<String, Value>>(body) else {
        return Ok(());
    };
    known(operation, &members)?;
    tags(&members)?;
    if let Some(Value::String(index)) = members.get("IndexName") {
        index_name(index)?;
    }
    for name in ["Key", "Item", "ExclusiveStartKey"] {
        let Some(Value::Object(attributes)) = members.get(name) else {
            continue;
        };
        if attributes.keys().any(|key| key.len() > LONGEST_ATTRIBUTE) {
            return Err(violated(
                name,
                "",
                &format!(
                    "Map keys must satisfy constraint: [Member must have length less than or equal to {LONGEST_ATTRIBUTE}]"
                ),
            ));
        }
    }
    Ok(())
}

fn known(operation: &str, members: &Map<String, Value>) -> ServiceResult<()> {
    let known = MEMBERS
        .lines()
        .filter_map(|line| line.split_once(' ').or(Some((line, ""))))
        .find(|(name, _)| *name == operation)
        .map_or("", |(_, members)| members);
    match members
        .keys()
        .find(|member| !known.split(' ').any(|name| name == member.as_str()))
    {
        None => Ok(()),
        Some(member) => Err(ServiceError::not_implemented(format!(
            "the member {member} of dynamodb:{operation}"
        ))),
    }
}

fn tags(members: &Map<String, Value>) -> ServiceResult<()> {
    let list = |name: &str| members.get(name).and_then(Value::as_array);
    for (at, tag) in list("Tags").into_iter().flatten().enumerate() {
        let text = |name: &str| tag.get(name).and_then(Value::as_str);
        if let Some(key) = text("Key") {
            length(&format!("tags.{}.member.key", at + 1), key, 1, 128)?;
        }
        if let Some(value) = text("Value") {
            length(&format!("tags.{}.member.value", at + 1), value, 0, 256)?;
        }
    }
    for (at, key) in list("TagKeys").into_iter().flatten().enumerate() {
        if let Some(key) = key.as_str() {
            length(&format!("tagKeys.{}.member", at + 1), key, 1, 128)?;
        }
    }
    Ok(())
}

fn index_name(name: &str) -> ServiceResult<()> {
    length("indexName", name, 3, 255)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    if name.chars().all(allowed) {
        return Ok(());
    }
    Err(violated(
        "indexName",
        name,
        "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+",
    ))
}

fn length(at: &str, value: &str, least: usize, most: usize) -> ServiceResult<()> {
    let length = value.chars().count();
    let constraint = if length < least {
        format!("Member must have length greater than or equal to {least}")
    } else if length > most {
        format!("Member must have length less than or equal to {most}")
    } else {
        return Ok(());
    };
    Err(violated(at, value, &constraint))
}

fn violated(at: &str, value: &str, constraint: &str) -> ServiceError {
    ServiceError::new(
        400,
        "ValidationException",
        constraint::message(Shown::Value(&value), at, constraint),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(operation: &str, body: &Value) -> Option<ServiceError> {
        check(operation, body.to_string().as_bytes()).err()
    }

    #[test]
    fn a_member_that_dynoxide_has_not_is_named() {
        let error = refused(
            "CreateTable",
            &json!({ "TableName": "a", "ResourcePolicy": "{}" }),
        )
        .unwrap();
        insta::assert_snapshot!(error.message, @"the embedded AWS does not implement the member ResourcePolicy of dynamodb:CreateTable");
        assert_eq!(refused("ListTables", &json!({ "Limit": 1 })), None);
        assert!(refused("ListTables", &json!({ "TableName": "a" })).is_some());
    }

    #[test]
    fn every_operation_that_is_handed_on_has_its_members() {
        let mut named: Vec<&str> = MEMBERS
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        named.sort_unstable();
        let mut forwarded = super::super::FORWARDED.to_vec();
        forwarded.sort_unstable();
        assert_eq!(named, forwarded);
    }

    #[test]
    fn tags_and_index_names_have_bounds() {
        let tag = |key: &str| json!({ "Tags": [{ "Key": key, "Value": "" }] });
        assert_eq!(refused("CreateTable", &tag("a")), None);
        for wrong in [
            refused("CreateTable", &tag("")),
            refused("TagResource", &tag(&"k".repeat(129))),
            refused("UntagResource", &json!({ "TagKeys": [""] })),
            refused("Query", &json!({ "IndexName": "ab" })),
            refused("Query", &json!({ "IndexName": "a b c" })),
        ] {
            assert_eq!(wrong.unwrap().code, "ValidationException");
        }
    }

    #[test]
    fn what_is_no_object_is_left_to_dynoxide() {
        assert!(check("PutItem", b"[]").is_ok());
        assert!(check("PutItem", b"{").is_ok());
    }
}
