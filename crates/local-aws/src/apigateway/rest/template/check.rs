//! What can be said of a reference without rendering it.

use serde_json::Value;

use super::methods;
use super::{Access, Expression, Location, Reference, Target, TemplateError};
use crate::apigateway::rest::java_regex;
use crate::apigateway::rest::json_path::JsonPath;

/// Names that a template cannot set.
const OURS: &[&str] = &["context", "foreach", "input", "stageVariables", "util"];

fn unknown(what: impl Into<String>) -> TemplateError {
    TemplateError::NotImplemented(what.into())
}

/// Refuses functions and methods that are not implemented.
pub(super) fn reference(reference: &Reference) -> Result<(), TemplateError> {
    let mut path = reference.path.iter();
    match reference.root.as_str() {
        "input" => match path.next() {
            Some(Access::Property(name)) if name == "body" => {}
            Some(Access::Method(name, arguments)) => match (name.as_str(), arguments.as_slice()) {
                ("json" | "path", [argument]) => literal_path(argument)?,
                ("params", [] | [_]) => {}
                _ => return Err(unknown(format!("$input.{name} with such arguments"))),
            },
            _ => return Err(unknown(&reference.source)),
        },
        "util" => match path.next() {
            Some(Access::Method(name, arguments))
                if methods::UTIL.contains(&name.as_str()) && arguments.len() == 1 => {}
            _ => return Err(unknown(&reference.source)),
        },
        _ => {}
    }
    for access in path {
        if let Access::Method(name, arguments) = access {
            if !methods::KNOWN.contains(&(name.as_str(), arguments.len())) {
                return Err(unknown(format!(
                    "the method {name} with {} arguments",
                    arguments.len()
                )));
            }
            if matches!(
                name.as_str(),
                "matches" | "replaceAll" | "replaceFirst" | "split"
            ) && let Some(Expression::Literal(Value::String(pattern))) = arguments.first()
            {
                java_regex::find(pattern).map_err(|error| unknown(error.to_string()))?;
            }
        }
    }
    Ok(())
}

fn literal_path(argument: &Expression) -> Result<(), TemplateError> {
    match argument {
        Expression::Literal(Value::String(path)) => JsonPath::parse(path)
            .map(|_| ())
            .map_err(|error| unknown(error.to_string())),
        _ => Ok(()),
    }
}

/// Refuses a name that is not a template's own.
pub(super) fn variable(name: &str) -> Result<(), TemplateError> {
    if OURS.contains(&name) {
        return Err(unknown(format!("setting ${name}")));
    }
    Ok(())
}

/// What `#set` sets.
pub(super) fn target(reference: &Reference) -> Result<Target, TemplateError> {
    let refused = || unknown(format!("setting {}", reference.source));
    if reference.root == "context" {
        let mut names = Vec::new();
        for access in &reference.path {
            names.push(match access {
                Access::Property(name) => name.clone(),
                Access::Index(Expression::Literal(Value::String(name))) => name.clone(),
                _ => return Err(refused()),
            });
        }
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        return match names.as_slice() {
            ["responseOverride", "status"] => Ok(Target::Status),
            ["responseOverride", "header", name] => Ok(Target::ResponseHeader((*name).to_owned())),
            ["requestOverride", location, name] => Location::parse(location)
                .map(|location| Target::Request(location, (*name).to_owned()))
                .ok_or_else(refused),
            _ => Err(refused()),
        };
    }
    variable(&reference.root)?;
    if reference.path.is_empty() {
        return Ok(Target::Variable(reference.root.clone()));
    }
    Err(refused())
}
