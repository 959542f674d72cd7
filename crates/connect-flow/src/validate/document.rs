//! Rules for the document as a whole, and the walk over its actions.

use super::{MAXIMUM_ACTIONS, parameters, transitions};
use crate::actions;
use crate::problem::Problems;
use crate::spec::Host;
use crate::spec::check::ActionCheck;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Characters that no identifier may hold.
const FORBIDDEN_CHARACTERS: &[char] = &[
    '%', ':', '(', '\\', '/', ')', '=', '$', ',', ';', '[', ']', '{', '}',
];
/// Identifiers that mean something to the service's own code.
const FORBIDDEN_IDENTIFIERS: &[&str] = &[
    "__proto__",
    "constructor",
    "__defineGetter__",
    "__defineSetter__",
    "toString",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "valueOf",
];
/// Most characters of an identifier.
const MAXIMUM_IDENTIFIER: usize = 50;

pub(super) fn check(content: &Value, host: Host, settings: Option<&str>, problems: &mut Problems) {
    let Some(content) = content.as_object() else {
        problems.add("Invalid flow. A JSON object is expected", None);
        return;
    };
    // How the service words problems of the frame is not known; these follow
    // its way with actions.
    match content.get("Version") {
        None => missing("Version", problems),
        Some(Value::String(version)) if version == "2019-10-30" => {}
        Some(_) => invalid("Version", problems),
    }
    let Some(list) = content.get("Actions") else {
        missing("Actions", problems);
        return;
    };
    let Some(list) = list.as_array() else {
        invalid("Actions", problems);
        return;
    };
    if list.len() > MAXIMUM_ACTIONS {
        problems.add(
            format!(
                "Flow has too many actions. Maximum: {MAXIMUM_ACTIONS}, found: {}",
                list.len()
            ),
            Some("Actions".to_owned()),
        );
    }
    let identifiers = identifiers(list, problems);
    match content.get("StartAction") {
        None => missing("StartAction", problems),
        Some(Value::String(start)) if identifiers.contains(start.as_str()) => {}
        Some(_) => invalid("StartAction", problems),
    }
    for (index, action) in list.iter().enumerate() {
        one(index, action, host, settings, &identifiers, problems);
    }
}

fn missing(key: &str, problems: &mut Problems) {
    let message = format!("Flow is missing required property. Path: {key}");
    problems.add(message, Some(key.to_owned()));
}

fn invalid(key: &str, problems: &mut Problems) {
    let message = format!("Invalid flow property value. Path: {key}");
    problems.add(message, Some(key.to_owned()));
}

/// Collects the identifiers, and refuses those that are malformed or taken.
fn identifiers<'a>(list: &'a [Value], problems: &mut Problems) -> HashSet<&'a str> {
    let mut seen = HashSet::new();
    for (index, action) in list.iter().enumerate() {
        let path = format!("Actions[{index}].Identifier");
        match action.get("Identifier") {
            None => problems.add(
                format!("Action is missing required property. Path: {path}"),
                Some(format!("Actions[{index}]")),
            ),
            Some(Value::String(name)) if is_identifier(name) && seen.insert(name.as_str()) => {}
            Some(_) => problems.add(
                format!("Invalid Action property value. Path: {path}"),
                Some(path),
            ),
        }
    }
    seen
}

fn is_identifier(name: &str) -> bool {
    let length = name.chars().count();
    (1..=MAXIMUM_IDENTIFIER).contains(&length)
        && !name.contains(FORBIDDEN_CHARACTERS)
        && !FORBIDDEN_IDENTIFIERS.contains(&name)
}

fn one(
    index: usize,
    action: &Value,
    host: Host,
    settings: Option<&str>,
    identifiers: &HashSet<&str>,
    problems: &mut Problems,
) {
    let route = format!("Actions[{index}]");
    let Some(members) = action.as_object() else {
        problems.add(
            format!("Invalid Action property value. Path: {route}"),
            Some(route),
        );
        return;
    };
    let kind = members.get("Type").and_then(Value::as_str).unwrap_or("");
    let spec = actions::find(kind).filter(|spec| spec.hosts.contain(host));
    // The service's word for a type that exists but not in flows of this type
    // is not known; it is told as an unknown type.
    let Some(spec) = spec else {
        problems.add(
            format!("Invalid Action type. Type: {kind}, Path: {route}.Type"),
            Some(format!("{route}.Type")),
        );
        return;
    };
    let empty = Map::new();
    let mut check = ActionCheck::new(index, members, spec, host, settings, &empty, problems);
    if parameters::check(&mut check) {
        transitions::check(&mut check, identifiers);
        if let Some(special) = spec.check {
            special(&mut check);
        }
    }
}
