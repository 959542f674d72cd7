//! Parameters against the table.

use crate::path::{self, Path};
use crate::spec::check::{ActionCheck, integer};
use crate::spec::{Binding, Parameter, Shape};
use serde_json::{Map, Value};

/// Checks the parameters; false when they are so wrong that the service does
/// not look any further.
pub(super) fn check(action: &mut ActionCheck<'_>) -> bool {
    if has_boolean_for_text(action.parameters(), action.spec.parameters) {
        // Misleading, but that is what it says.
        let message = format!("Invalid Action type. Type: {}", action.spec.name);
        action.problem(&message, "Parameters");
        return false;
    }
    let parameters = action.parameters();
    members(action, parameters, action.spec.parameters, "Parameters");
    empty_strings(action);
    groups(action);
    true
}

/// The designer writes booleans as strings, and the service takes no others.
fn has_boolean_for_text(values: &Map<String, Value>, specs: &[Parameter]) -> bool {
    specs
        .iter()
        .any(|spec| match (values.get(spec.name), &spec.shape) {
            (Some(Value::Bool(_)), Shape::Choice(_) | Shape::Text(_)) => true,
            (Some(Value::Object(inner)), Shape::Object(specs)) => {
                has_boolean_for_text(inner, specs)
            }
            _ => false,
        })
}

fn members(
    action: &mut ActionCheck<'_>,
    values: &Map<String, Value>,
    specs: &[Parameter],
    route: &str,
) {
    for (name, value) in values {
        let route = format!("{route}.{name}");
        match specs.iter().find(|spec| spec.name == name) {
            Some(spec) => shape(action, value, &spec.shape, &route),
            None => action.unknown_name(&route),
        }
    }
    for spec in specs.iter().filter(|spec| spec.required) {
        if !values.contains_key(spec.name) {
            action.missing(&format!("{route}.{}", spec.name));
        }
    }
}

fn shape(action: &mut ActionCheck<'_>, value: &Value, shape: &Shape, route: &str) {
    let fits = match shape {
        Shape::Any => true,
        Shape::Text(binding) => value
            .as_str()
            .is_some_and(|text| text.is_empty() || bound(text, *binding)),
        Shape::Choice(choices) => value
            .as_str()
            .is_some_and(|text| text.is_empty() || choices.contains(&text)),
        Shape::Integer { min, max, path } => {
            let by_path = *path && value.as_str().and_then(Path::parse).is_some();
            let empty = value.as_str() == Some("");
            empty || by_path || integer(value).is_some_and(|number| (*min..=*max).contains(&number))
        }
        Shape::Id => {
            identify(action, value, route);
            true
        }
        Shape::Map => map(action, value, route),
        Shape::Object(specs) => match value {
            Value::Object(inner) => {
                members(action, inner, specs, route);
                true
            }
            _ => false,
        },
        Shape::List(element) => match value {
            Value::Array(values) => {
                for (index, value) in values.iter().enumerate() {
                    self::shape(action, value, element, &format!("{route}[{index}]"));
                }
                true
            }
            _ => false,
        },
    };
    if !fits {
        action.invalid_value(route);
    }
}

/// Scalars are strings in what the designer writes; whether the service takes
/// numbers and booleans in maps is not known, so they pass.
fn map(action: &mut ActionCheck<'_>, value: &Value, route: &str) -> bool {
    let Some(entries) = value.as_object() else {
        return false;
    };
    if entries.values().any(Value::is_array) {
        action.invalid_value(route);
    }
    true
}

fn bound(text: &str, binding: Binding) -> bool {
    match binding {
        Binding::Dynamic => true,
        Binding::Static => !path::has_path(text),
        Binding::Path => Path::parse(text).is_some(),
        Binding::StaticOrPath => !path::has_path(text) || Path::parse(text).is_some(),
    }
}

/// Ids are UUIDs, possibly with a version or an alias, or ARNs; names are refused.
fn identify(action: &mut ActionCheck<'_>, value: &Value, route: &str) {
    let good = value.as_str().is_some_and(|text| {
        text.is_empty() || Path::parse(text).is_some() || is_arn(text) || is_uuid(text)
    });
    if !good {
        action.problem("Not a supported id format", route);
    }
}

fn is_arn(text: &str) -> bool {
    // Real flows build ARNs from paths, as in arn:aws:lambda:$.AwsRegion:…
    text.starts_with("arn:") && text.split(':').count() >= 6
}

fn is_uuid(text: &str) -> bool {
    let id = text.split(':').next().unwrap_or_default();
    let lengths = id.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && id.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

/// The service takes `" "` but no empty string anywhere in the parameters.
fn empty_strings(action: &mut ActionCheck<'_>) {
    let mut found = Vec::new();
    for (name, value) in action.parameters() {
        // Published guides show views whose data has empty texts: accepted there.
        if name == "ViewData" {
            continue;
        }
        find_empty(value, &format!("Parameters.{name}"), &mut found);
    }
    for route in found {
        let message = if route.starts_with("Parameters.Attributes") {
            "Empty value in Parameters.Attributes".to_owned()
        } else {
            format!(
                "Invalid Action property value. Path: {}.Parameter",
                action.index
            )
        };
        action.problem(&message, &route);
    }
}

fn find_empty(value: &Value, route: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.is_empty() => found.push(route.to_owned()),
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                find_empty(value, &format!("{route}[{index}]"), found);
            }
        }
        Value::Object(members) => {
            let parent = crate::Route::from(route);
            for (name, value) in members {
                find_empty(value, &parent.key(name).to_string(), found);
            }
        }
        _ => {}
    }
}

fn groups(action: &mut ActionCheck<'_>) {
    for group in action.spec.groups {
        let given: Vec<&str> = group
            .names
            .iter()
            .copied()
            .filter(|name| action.parameter(name).is_some())
            .collect();
        if group.at_most_one && given.len() > 1 {
            let message = format!(
                "Only one of these properties may be defined. Properties: [{}]",
                given.join(", ")
            );
            action.problem(&message, "Parameters");
        }
        if group.at_least_one && given.is_empty() {
            let message = format!("At least one of [{}] must be set", group.names.join(", "));
            action.problem(&message, "Parameters");
        }
    }
}
