//! A change of a resource as `DescribeChangeSet` shows it.

use serde_json::{Map, Value, json};

use crate::cloudformation::diff::{Change, ChangeAction, Detail};
use crate::core::property::scalar;

/// `ResourceChange`; with `values`, what properties were and will be.
pub(super) fn shown(change: &Change, values: bool) -> Value {
    let action = match change.action {
        ChangeAction::Add => "Add",
        ChangeAction::Modify => "Modify",
        ChangeAction::Remove => "Remove",
    };
    let details: Vec<Value> = change
        .details
        .iter()
        .map(|cause| detail(cause, values))
        .collect();
    let text = |value: &Option<Value>| {
        value
            .as_ref()
            .filter(|_| values)
            .map(|value| value.to_string())
    };
    json!({
        "PolicyAction": change.policy_action,
        "Action": action,
        "LogicalResourceId": change.logical_id,
        "PhysicalResourceId": change.physical_id,
        "ResourceType": change.kind,
        "Replacement": change.replacement,
        "Scope": change.scope(),
        "Details": details,
        "BeforeContext": text(&change.before),
        "AfterContext": text(&change.after),
    })
}

fn detail(detail: &Detail, values: bool) -> Value {
    let text = |value: &Option<Value>| {
        value
            .as_ref()
            .filter(|_| values)
            .map(|value| scalar(value).unwrap_or_else(|| value.to_string()))
    };
    let mut target = Map::new();
    target.insert("Attribute".to_owned(), json!(detail.attribute));
    target.insert("Name".to_owned(), json!(detail.name));
    target.insert(
        "RequiresRecreation".to_owned(),
        json!(detail.recreation.as_str()),
    );
    if values {
        let path = match &detail.name {
            Some(name) => format!("/Properties/{name}"),
            None => format!("/{}", detail.attribute),
        };
        let kind = match (&detail.before, &detail.after) {
            (None, Some(_)) => "Add",
            (Some(_), None) => "Remove",
            _ => "Modify",
        };
        target.insert("Path".to_owned(), json!(path));
        target.insert("BeforeValue".to_owned(), json!(text(&detail.before)));
        target.insert("AfterValue".to_owned(), json!(text(&detail.after)));
        target.insert("AttributeChangeType".to_owned(), json!(kind));
    }
    json!({
        "Target": target,
        "Evaluation": if detail.dynamic { "Dynamic" } else { "Static" },
        "ChangeSource": detail.source,
        "CausingEntity": detail.causing_entity,
    })
}
