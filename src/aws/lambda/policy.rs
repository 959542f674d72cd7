//! A function's resource policy, read.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::ports::PolicyStatement;

/// The statements that allow an invocation, by Sid. A statement that is not of the
/// shape that AddPermission makes (a `Deny`, several principals) is kept with what
/// can be said of it, so that it never looks like one of ours.
pub fn statements(policy: &str) -> Option<BTreeMap<String, PolicyStatement>> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let statements = match policy.get("Statement")? {
        Value::Array(statements) => statements.clone(),
        one => vec![one.clone()],
    };
    Some(
        statements
            .iter()
            .filter_map(|statement| {
                let sid = statement.get("Sid")?.as_str()?;
                Some((sid.to_owned(), read(statement)))
            })
            .collect(),
    )
}

fn read(statement: &Value) -> PolicyStatement {
    let allows = statement.get("Effect").and_then(Value::as_str) == Some("Allow")
        && text(statement.get("Action")).as_deref() == Some("lambda:InvokeFunction");
    let principal = principal(statement.get("Principal"));
    PolicyStatement {
        principal: match (allows, principal) {
            (true, Some(principal)) => principal,
            // The whole statement instead of a principal: like nothing we would ask for.
            _ => statement.to_string(),
        },
        source_arn: condition(statement, "aws:SourceArn"),
        source_account: condition(statement, "aws:SourceAccount"),
    }
}

/// `"*"`, `{"Service": …}` or `{"AWS": …}` with one value.
fn principal(principal: Option<&Value>) -> Option<String> {
    match principal? {
        Value::String(principal) => Some(principal.clone()),
        Value::Object(kinds) if kinds.len() == 1 => text(kinds.values().next()),
        _ => None,
    }
}

/// The value of a condition key, whose case does not matter, under one of the
/// operators that ask for equality.
fn condition(statement: &Value, key: &str) -> Option<String> {
    const EQUAL: &[&str] = &["ArnLike", "ArnEquals", "StringEquals", "StringLike"];
    let operators = statement.get("Condition")?.as_object()?;
    operators
        .iter()
        .filter(|(operator, _)| EQUAL.contains(&operator.as_str()))
        .filter_map(|(_, keys)| keys.as_object())
        .flatten()
        .find(|(name, _)| name.eq_ignore_ascii_case(key))
        .and_then(|(_, value)| text(Some(value)))
}

/// A string, or a list of one.
fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Array(values) if values.len() == 1 => text(values.first()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_of_addpermission_are_read() {
        let policy = r#"{"Version":"2012-10-17","Id":"default","Statement":[
            {"Sid":"a","Effect":"Allow","Principal":{"Service":"connect.amazonaws.com"},
             "Action":"lambda:InvokeFunction","Resource":"arn:x",
             "Condition":{"StringEquals":{"AWS:SourceAccount":"111122223333"},
                          "ArnLike":{"AWS:SourceArn":"arn:aws:connect:us-east-1:111122223333:instance/i"}}},
            {"Sid":"b","Effect":"Allow","Principal":"*","Action":["lambda:InvokeFunction"],"Resource":"arn:x",
             "Condition":{"ArnEquals":{"aws:sourcearn":["arn:y"]}}}]}"#;
        let statements = statements(policy).unwrap();
        assert_eq!(
            statements["a"],
            PolicyStatement {
                principal: "connect.amazonaws.com".to_owned(),
                source_arn: Some("arn:aws:connect:us-east-1:111122223333:instance/i".to_owned()),
                source_account: Some("111122223333".to_owned()),
            }
        );
        assert_eq!(statements["b"].principal, "*");
        assert_eq!(statements["b"].source_arn.as_deref(), Some("arn:y"));
        assert_eq!(statements["b"].source_account, None);
    }

    #[test]
    fn a_statement_that_denies_or_allows_something_else_is_not_taken_for_ours() {
        for (effect, action) in [
            ("Deny", "lambda:InvokeFunction"),
            ("Allow", "lambda:InvokeFunctionUrl"),
        ] {
            let policy = format!(
                r#"{{"Statement":{{"Sid":"a","Effect":"{effect}","Action":"{action}","Principal":{{"Service":"connect.amazonaws.com"}}}}}}"#
            );
            let statements = statements(&policy).unwrap();
            assert_ne!(statements["a"].principal, "connect.amazonaws.com");
        }
    }

    #[test]
    fn what_is_no_policy_is_none() {
        assert_eq!(statements("{}"), None);
        assert_eq!(statements("no"), None);
    }
}
