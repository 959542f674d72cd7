//! Reading a policy document, strictly.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::condition::{Condition, Operator};
use super::keys::key_is_known;
use super::{Effect, Kind, Matching, Policy, PolicyError, PrincipalPattern, Statement, Version};

/// Reads a policy document.
///
/// # Errors
/// [`PolicyError`]: what IAM refuses, and what this evaluator does not know.
pub fn parse(text: &str, kind: Kind) -> Result<Policy, PolicyError> {
    if text.starts_with([' ', '\t', '\r', '\n']) {
        return Err(PolicyError::LeadingSpaces);
    }
    let value: Value = serde_json::from_str(text).map_err(|_| PolicyError::Json)?;
    from_value(&value, kind)
}

/// Reads a policy document that is a JSON value already.
fn from_value(value: &Value, kind: Kind) -> Result<Policy, PolicyError> {
    let document = object(value, "the policy")?;
    known(document, &["Version", "Id", "Statement"])?;
    let version = match document.get("Version") {
        None => Version::V2008,
        Some(Value::String(text)) if text == "2012-10-17" => Version::V2012,
        Some(Value::String(text)) if text == "2008-10-17" => Version::V2008,
        Some(other) => return Err(PolicyError::Version(other.to_string())),
    };
    if document.get("Id").is_some_and(|id| !id.is_string()) {
        return Err(PolicyError::Syntax("Id is no string".to_owned()));
    }
    let statements = match document.get("Statement") {
        None => return Err(PolicyError::Missing("Statement")),
        Some(Value::Array(items)) => items.iter().map(|item| statement(item, kind)).collect(),
        Some(single) => statement(single, kind).map(|statement| vec![statement]),
    }?;
    if statements.is_empty() {
        return Err(PolicyError::Syntax("Statement is empty".to_owned()));
    }
    let mut sids = BTreeSet::new();
    let twice = statements
        .iter()
        .filter_map(|statement| statement.sid.as_deref())
        .any(|sid| !sid.is_empty() && !sids.insert(sid.to_owned()));
    if twice {
        return Err(PolicyError::SidTwice);
    }
    Ok(Policy {
        version,
        statements,
    })
}

fn statement(value: &Value, kind: Kind) -> Result<Statement, PolicyError> {
    let members = object(value, "a statement")?;
    known(
        members,
        &[
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ],
    )?;
    let sid = match members.get("Sid") {
        None => None,
        Some(Value::String(sid)) => {
            // Resource policies allow more (e.g. Lambda: letters, digits, - and _).
            let plain = |c: char| {
                c.is_ascii_alphanumeric() || (kind == Kind::Resource && matches!(c, '-' | '_'))
            };
            if !sid.chars().all(plain) {
                return Err(PolicyError::Sid);
            }
            Some(sid.clone())
        }
        Some(_) => return Err(PolicyError::Syntax("Sid is no string".to_owned())),
    };
    let effect = match members.get("Effect") {
        None => return Err(PolicyError::Missing("Effect")),
        Some(Value::String(text)) if text == "Allow" => Effect::Allow,
        Some(Value::String(text)) if text == "Deny" => Effect::Deny,
        Some(other) => return Err(PolicyError::Syntax(format!("Effect {other}"))),
    };
    Ok(Statement {
        sid,
        effect,
        principal: principal(members, kind)?,
        action: action(members, kind)?,
        resource: resource(members, kind)?,
        conditions: conditions(members.get("Condition"), kind)?,
    })
}

fn principal(
    members: &Map<String, Value>,
    kind: Kind,
) -> Result<Option<Matching<PrincipalPattern>>, PolicyError> {
    let value = match (members.get("Principal"), members.get("NotPrincipal")) {
        (None, None) if kind == Kind::Identity => return Ok(None),
        (None, None) => return Err(PolicyError::Missing("Principal")),
        _ if kind == Kind::Identity => return Err(PolicyError::PrincipalProhibited),
        (Some(value), None) => value,
        (None, Some(_)) if kind == Kind::Trust => {
            return Err(PolicyError::Prohibited("NotPrincipal"));
        }
        (None, Some(_)) => {
            return Err(PolicyError::NotImplemented("NotPrincipal".to_owned()));
        }
        (Some(_), Some(_)) => {
            return Err(PolicyError::Syntax(
                "both Principal and NotPrincipal".to_owned(),
            ));
        }
    };
    let patterns = match value {
        Value::String(text) if text == "*" => vec![PrincipalPattern::Everyone],
        Value::String(text) => {
            return Err(PolicyError::Principal {
                kind: "AWS".to_owned(),
                value: text.clone(),
            });
        }
        other => {
            let mut patterns = Vec::new();
            for (principal_kind, values) in object(other, "Principal")? {
                for text in texts(values, "Principal")? {
                    patterns.push(PrincipalPattern::parse(principal_kind, &text)?);
                }
            }
            patterns
        }
    };
    if patterns.is_empty() {
        return Err(PolicyError::Missing("Principal"));
    }
    Ok(Some(Matching::Any(patterns)))
}

fn action(members: &Map<String, Value>, kind: Kind) -> Result<Matching<String>, PolicyError> {
    let matching = one_of(members, "Action", "NotAction")?.ok_or(PolicyError::Missing("Action"))?;
    if matching.items().is_empty() {
        return Err(PolicyError::NoAction);
    }
    for action in matching.items() {
        if action == "*" && kind != Kind::Trust {
            continue;
        }
        let invalid = || PolicyError::Action(action.clone());
        let (vendor, name) = action.split_once(':').ok_or_else(invalid)?;
        let vendor_is_valid = !vendor.is_empty()
            && vendor
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-');
        let name_is_valid = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '*' | '?'));
        if !vendor_is_valid || !name_is_valid {
            return Err(invalid());
        }
        if kind == Kind::Trust {
            if !vendor.eq_ignore_ascii_case("sts") {
                return Err(PolicyError::TrustAction);
            }
            if matches!(matching, Matching::None(_)) {
                return Err(PolicyError::TrustAction);
            }
        }
    }
    Ok(matching)
}

fn resource(
    members: &Map<String, Value>,
    kind: Kind,
) -> Result<Option<Matching<String>>, PolicyError> {
    let matching = one_of(members, "Resource", "NotResource")?;
    let matching = match (matching, kind) {
        (None, Kind::Trust) => return Ok(None),
        (Some(_), Kind::Trust) => return Err(PolicyError::Prohibited("Resource")),
        (None, _) => return Err(PolicyError::NoResource),
        (Some(matching), _) => matching,
    };
    if matching.items().is_empty() {
        return Err(PolicyError::NoResource);
    }
    for arn in matching.items() {
        check_arn(arn)?;
        check_variables(arn, kind)?;
    }
    Ok(Some(matching))
}

/// A variable that is never supplied would match nothing, silently.
fn check_variables(text: &str, kind: Kind) -> Result<(), PolicyError> {
    for (at, _) in text.match_indices("${") {
        let inside = &text[at + 2..];
        let name = inside.split_once('}').map(|(name, _)| name);
        let name =
            name.ok_or_else(|| PolicyError::Syntax(format!("unclosed variable in {text}")))?;
        let key = name.split(',').next().unwrap_or_default().trim();
        if !matches!(key, "*" | "?" | "$") && !key_is_known(key, kind) {
            return Err(PolicyError::NotImplemented(format!("the variable {name}")));
        }
    }
    Ok(())
}

/// `*`, or `arn:PARTITION:SERVICE:…`; trailing parts may be left out.
fn check_arn(arn: &str) -> Result<(), PolicyError> {
    if arn == "*" {
        return Ok(());
    }
    let invalid = || PolicyError::Arn(arn.to_owned());
    let mut parts = arn.splitn(6, ':');
    if parts.next() != Some("arn") {
        return Err(invalid());
    }
    let partition = parts.next().ok_or_else(invalid)?;
    if !matches!(partition, "aws" | "*") {
        return Err(PolicyError::Partition {
            partition: partition.to_owned(),
            arn: arn.to_owned(),
        });
    }
    match parts.next() {
        Some(service) if !service.is_empty() => {}
        _ => return Err(invalid()),
    }
    let (_region, _account) = (parts.next(), parts.next());
    if parts.next() == Some("") {
        return Err(invalid());
    }
    Ok(())
}

fn conditions(value: Option<&Value>, kind: Kind) -> Result<Vec<Condition>, PolicyError> {
    let mut conditions = Vec::new();
    let Some(value) = value else {
        return Ok(conditions);
    };
    for (name, keys) in object(value, "Condition")? {
        let operator = Operator::parse(name)?;
        for (key, values) in object(keys, name)? {
            if !key.contains(':') {
                return Err(PolicyError::Action(key.clone()));
            }
            if !key_is_known(key, kind) {
                return Err(PolicyError::NotImplemented(format!(
                    "the condition key {key}"
                )));
            }
            let values = texts(values, key)?;
            values
                .iter()
                .try_for_each(|value| check_variables(value, kind))?;
            conditions.push(Condition {
                operator,
                key: key.clone(),
                values,
            });
        }
    }
    Ok(conditions)
}

fn object<'a>(value: &'a Value, what: &str) -> Result<&'a Map<String, Value>, PolicyError> {
    value
        .as_object()
        .ok_or_else(|| PolicyError::Syntax(format!("{what} is no object")))
}

fn known(members: &Map<String, Value>, names: &[&str]) -> Result<(), PolicyError> {
    match members.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(PolicyError::Syntax(format!("unknown element {name}"))),
        None => Ok(()),
    }
}

fn one_of(
    members: &Map<String, Value>,
    name: &str,
    negated: &str,
) -> Result<Option<Matching<String>>, PolicyError> {
    match (members.get(name), members.get(negated)) {
        (None, None) => Ok(None),
        (Some(value), None) => texts(value, name).map(Matching::Any).map(Some),
        (None, Some(value)) => texts(value, negated).map(Matching::None).map(Some),
        (Some(_), Some(_)) => Err(PolicyError::Syntax(format!("both {name} and {negated}"))),
    }
}

/// A string or a list of strings; conditions also take booleans and numbers.
fn texts(value: &Value, what: &str) -> Result<Vec<String>, PolicyError> {
    let text = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(PolicyError::Syntax(format!("{what} is no string"))),
    };
    match value {
        Value::Array(items) => items.iter().map(text).collect(),
        single => text(single).map(|text| vec![text]),
    }
}
