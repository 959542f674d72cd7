//! The little that must be known of a CloudFormation template before it is
//! sent: its resources, their deletion policies, and its parameters.

use std::collections::BTreeMap;
use std::path::Path;

use serde_yaml::{Mapping, Value};

use super::source::SourceError;
use crate::engine::desired::TemplateResource;

/// What is known of a template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    /// Its resources in their order.
    pub resources: Vec<TemplateResource>,
    /// Its parameters and their defaults.
    pub parameters: BTreeMap<String, Option<String>>,
    /// The names of its outputs.
    pub outputs: Vec<String>,
}

/// Reads a template, YAML or JSON. CloudFormation checks it; here only what
/// would leave nothing to send is an error.
///
/// # Errors
/// No YAML, or no `Resources`.
pub fn read(path: &Path, text: &str) -> Result<Template, SourceError> {
    let value: Value = serde_yaml::from_str(text).map_err(|error| {
        let source = SourceError::new(path, text, error.to_string());
        match error.location() {
            Some(location) => source.at_line(location.line(), location.column()),
            None => source,
        }
    })?;
    let resources = section(&value, "Resources")
        .ok_or_else(|| SourceError::new(path, text, "the template has no Resources"))?;
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
            .map(|(name, parameter)| (name, parameter.get("Default").and_then(scalar)))
            .collect(),
        outputs: section(&value, "Outputs")
            .into_iter()
            .flat_map(entries)
            .map(|(name, _)| name)
            .collect(),
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
            Path::new("t.yaml"),
            "Parameters:\n  Days:\n    Type: Number\n    Default: 30\nResources:\n  Table:\n    Type: AWS::DynamoDB::Table\n    DeletionPolicy: Retain\n    Properties:\n      Name: !Sub '${AWS::StackName}'\n",
        )
        .unwrap();
        assert_eq!(template.parameters["Days"].as_deref(), Some("30"));
        assert!(template.resources[0].is_retained());
    }

    #[test]
    fn a_broken_template_says_where() {
        let error = read(Path::new("t.yaml"), "Resources:\n  A: [\n").unwrap_err();
        assert!(error.line_column().is_some(), "{error}");
    }
}
