//! A function's resource policy, read.

use serde_json::{Map, Value};

use crate::engine::function_policy::{Condition, Place, Principal, Statement};

/// The statements of a policy; `None` for what is no policy.
pub fn statements(policy: &str, place: Place) -> Option<Vec<Statement>> {
    let policy: Value = serde_json::from_str(policy).ok()?;
    let statements = match policy.get("Statement")? {
        Value::Array(statements) => statements.as_slice(),
        one => std::slice::from_ref(one),
    };
    statements
        .iter()
        .map(|statement| statement.as_object().map(|one| read(one, place)))
        .collect()
}

fn read(statement: &Map<String, Value>, place: Place) -> Statement {
    let mut read = Statement {
        place,
        id: None,
        allows: true,
        principals: Vec::new(),
        actions: Vec::new(),
        conditions: Vec::new(),
        unread: Vec::new(),
    };
    for (element, value) in statement {
        let understood = match element.as_str() {
            "Sid" => value.as_str().map(|id| read.id = Some(id.to_owned())),
            // Whatever is no `Deny` is taken to allow.
            "Effect" => value.as_str().map(|effect| read.allows = effect != "Deny"),
            "Principal" => principals(value).map(|all| read.principals = all),
            "Action" => texts(value).map(|all| read.actions = all),
            "Condition" => conditions(value).map(|all| read.conditions = all),
            // Of the function or alias whose policy it is.
            "Resource" => Some(()),
            _ => None,
        };
        if understood.is_none() {
            read.unread.push(format!("{element} {value}"));
        }
    }
    read
}

/// `"*"`, or `{"Service": …, "AWS": …}` with one or more values each.
fn principals(value: &Value) -> Option<Vec<Principal>> {
    if value.as_str() == Some("*") {
        return Some(vec![Principal::Anyone]);
    }
    let mut all = Vec::new();
    for (kind, value) in value.as_object()? {
        for text in texts(value)? {
            all.push(match kind.as_str() {
                // `*` here means the same as alone (AWS docs, "AWS JSON policy elements:
                // Principal").
                "AWS" if text == "*" => Principal::Anyone,
                "AWS" => Principal::Aws(text),
                "Service" => Principal::Service(text),
                other => Principal::Other(format!("{other} {text}")),
            });
        }
    }
    Some(all)
}

/// Operators with their keys with their values.
fn conditions(value: &Value) -> Option<Vec<Condition>> {
    let mut all = Vec::new();
    for (operator, keys) in value.as_object()? {
        for (key, values) in keys.as_object()? {
            all.push(Condition {
                operator: operator.clone(),
                key: key.clone(),
                values: texts(values)?,
            });
        }
    }
    Some(all)
}

/// A text, or a list of them. Policies may have booleans and numbers for texts.
fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Bool(flag) => Some(vec![flag.to_string()]),
        Value::Number(number) => Some(vec![number.to_string()]),
        Value::Array(values) => {
            let lists: Option<Vec<Vec<String>>> = values.iter().map(texts).collect();
            lists.map(|lists| lists.concat())
        }
        Value::Null | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(policy: &str) -> Statement {
        statements(policy, Place::Live).unwrap().remove(0)
    }

    #[test]
    fn statements_of_addpermission_are_read() {
        let policy = r#"{"Version":"2012-10-17","Id":"default","Statement":[
            {"Sid":"a","Effect":"Allow","Principal":{"Service":"connect.amazonaws.com"},
             "Action":"lambda:InvokeFunction","Resource":"arn:x",
             "Condition":{"ArnLike":{"AWS:SourceArn":"arn:aws:connect:us-east-1:111122223333:instance/i"},
                          "StringEquals":{"AWS:SourceAccount":"111122223333"}}},
            {"Sid":"b","Effect":"Allow","Principal":"*","Action":["lambda:InvokeFunctionUrl"],"Resource":"arn:x",
             "Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":true}}}]}"#;
        let statements = statements(policy, Place::Function).unwrap();
        let condition = |operator: &str, key: &str, value: &str| Condition {
            operator: operator.to_owned(),
            key: key.to_owned(),
            values: vec![value.to_owned()],
        };
        assert_eq!(
            statements[0],
            Statement {
                place: Place::Function,
                id: Some("a".to_owned()),
                allows: true,
                principals: vec![Principal::Service("connect.amazonaws.com".to_owned())],
                actions: vec!["lambda:InvokeFunction".to_owned()],
                conditions: vec![
                    condition(
                        "ArnLike",
                        "AWS:SourceArn",
                        "arn:aws:connect:us-east-1:111122223333:instance/i"
                    ),
                    condition("StringEquals", "AWS:SourceAccount", "111122223333"),
                ],
                unread: Vec::new(),
            }
        );
        assert_eq!(statements[1].principals, [Principal::Anyone]);
        assert_eq!(statements[1].actions, ["lambda:InvokeFunctionUrl"]);
        assert_eq!(
            statements[1].conditions,
            [condition("Bool", "lambda:InvokedViaFunctionUrl", "true")]
        );
    }

    #[test]
    fn anyone_is_anyone_in_each_spelling() {
        for principal in [r#""*""#, r#"{"AWS":"*"}"#, r#"{"AWS":["*"]}"#] {
            let policy = format!(
                r#"{{"Statement":{{"Sid":"a","Effect":"Allow","Action":"*","Principal":{principal}}}}}"#
            );
            assert_eq!(one(&policy).principals, [Principal::Anyone], "{principal}");
        }
    }

    #[test]
    fn a_statement_that_cannot_be_judged_is_kept_with_what_it_says() {
        let unjudged = one(
            r#"{"Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"1"},"NotAction":"lambda:X"}]}"#,
        );
        assert_eq!(unjudged.id, None);
        assert_eq!(unjudged.unread.len(), 2);
        let denied =
            one(r#"{"Statement":[{"Sid":"a","Effect":"Deny","Principal":"*","Action":"*"}]}"#);
        assert!(!denied.allows);
    }

    #[test]
    fn what_is_no_policy_is_none() {
        for text in ["{}", "no", r#"{"Statement":["a"]}"#] {
            assert_eq!(statements(text, Place::Live), None, "{text}");
        }
    }
}
