//! The little that must be known of a CloudFormation template before it is
//! sent: its resources, their deletion policies, and its parameters.

mod exports;
pub mod problem;

use serde_yaml::{Mapping, Value};
use std::collections::BTreeMap;

pub use exports::Exports;

use super::desired::{TemplateParameter, TemplateResource};

/// What is known of a template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    /// Its resources in their order.
    pub resources: Vec<TemplateResource>,
    /// Its parameters.
    pub parameters: BTreeMap<String, TemplateParameter>,
    /// The names of its outputs.
    pub outputs: Vec<String>,
    /// The exports that it gives and takes, as far as their names are written out.
    pub exports: Exports,
}

/// Why a template cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// No YAML, and so no JSON.
    #[error(transparent)]
    Syntax(#[from] serde_yaml::Error),
    /// Nothing to make.
    #[error("the template has no Resources")]
    NoResources,
}

/// Reads a template, YAML or JSON. CloudFormation checks it; here only what
/// would leave nothing to send is an error.
///
/// # Errors
/// [`TemplateError`]
pub fn read(text: &str) -> Result<Template, TemplateError> {
    let value: Value = serde_yaml::from_str(text)?;
    let resources = section(&value, "Resources").ok_or(TemplateError::NoResources)?;
    let text_of = |value: &Value, key: &str| {
        value
            .get(key)
            .and_then(Value::as_str)
            .map(ToOwned::to_owned)
    };
    Ok(Template {
        resources: entries(resources)
            .map(|(logical_id, resource)| TemplateResource {
                logical_id,
                resource_type: text_of(resource, "Type").unwrap_or_default(),
                deletion_policy: text_of(resource, "DeletionPolicy"),
            })
            .collect(),
        parameters: section(&value, "Parameters")
            .into_iter()
            .flat_map(entries)
            .map(|(name, parameter)| {
                let of = |key: &str| parameter.get(key).and_then(scalar);
                let parameter = TemplateParameter {
                    default: of("Default"),
                    is_no_echo: of("NoEcho").is_some_and(|flag| flag.eq_ignore_ascii_case("true")),
                };
                (name, parameter)
            })
            .collect(),
        outputs: section(&value, "Outputs")
            .into_iter()
            .flat_map(entries)
            .map(|(name, _)| name)
            .collect(),
        exports: exports::read(&value),
    })
}

fn section<'a>(template: &'a Value, name: &str) -> Option<&'a Mapping> {
    template.get(name).and_then(Value::as_mapping)
}

fn entries(mapping: &Mapping) -> impl Iterator<Item = (String, &Value)> {
    mapping
        .iter()
        .filter_map(|(key, value)| key.as_str().map(|key| (key.to_owned(), value)))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_tags_are_read_and_policies_kept() {
        let template = read(
            "Parameters:\n  Days:\n    Type: Number\n    Default: 30\nResources:\n  Table:\n    Type: AWS::DynamoDB::Table\n    DeletionPolicy: Retain\n    Properties:\n      Name: !Sub '${AWS::StackName}'\n",
        )
        .unwrap();
        assert_eq!(template.parameters["Days"].default.as_deref(), Some("30"));
        assert!(template.resources[0].is_retained());
    }

    #[test]
    fn what_shall_not_be_echoed_is_known() {
        for (flag, expected) in [("true", true), ("'true'", true), ("false", false)] {
            let text =
                format!("Parameters:\n  A: {{ Type: String, NoEcho: {flag} }}\nResources: {{}}\n");
            let template = read(&text).unwrap();
            assert_eq!(template.parameters["A"].is_no_echo, expected, "{flag}");
        }
    }

    #[test]
    fn a_broken_template_says_where() {
        let TemplateError::Syntax(error) = read("Resources:\n  A: [\n").unwrap_err() else {
            panic!("the syntax is wrong");
        };
        assert!(error.location().is_some(), "{error}");
    }
}
