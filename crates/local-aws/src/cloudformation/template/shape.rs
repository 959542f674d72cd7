//! A template's JSON as a [`Template`]: sections, attributes and their types.

use serde_json::{Map, Value};

use super::error::TemplateError;
use super::{Output, Policy, Resource, Template, parameters};
use crate::core::property::scalar;

const MAX_RESOURCES: usize = 500;
const MAX_PARAMETERS: usize = 200;
const MAX_OUTPUTS: usize = 200;
const MAX_MAPPINGS: usize = 200;

/// Takes the value apart.
///
/// # Errors
/// Unknown sections and attributes, wrong types, too many of a thing.
pub fn shape(value: Value) -> Result<Template, TemplateError> {
    let Value::Object(sections) = value else {
        return Err(TemplateError::UnsupportedStructure);
    };
    let mut template = Template::default();
    let mut unknown = Vec::new();
    for (name, section) in sections {
        match name.as_str() {
            "AWSTemplateFormatVersion" => {
                if section != "2010-09-09" {
                    return Err(TemplateError::Format(
                        "unsupported value for AWSTemplateFormatVersion.".to_owned(),
                    ));
                }
                template.version = Some("2010-09-09".to_owned());
            }
            "Description" => template.description = Some(description(&section)?),
            "Metadata" => template.metadata = Some(Value::Object(object(section, "/Metadata")?)),
            "Parameters" => {
                for (key, declaration) in members(section, "Parameters", MAX_PARAMETERS)? {
                    let read = parameters::Declaration::read(&key, declaration)?;
                    template.parameters.insert(key, read);
                }
            }
            "Mappings" => template.mappings = mappings(section)?,
            "Conditions" => template.conditions = object(section, "/Conditions")?,
            "Resources" => {
                for (id, resource) in members(section, "Resources", MAX_RESOURCES)? {
                    let read = self::resource(&id, resource)?;
                    template.resources.insert(id, read);
                }
            }
            "Outputs" => {
                for (key, output) in members(section, "Outputs", MAX_OUTPUTS)? {
                    let read = self::output(&key, output)?;
                    template.outputs.insert(key, read);
                }
            }
            "Transform" | "Rules" | "Hooks" => {
                return Err(TemplateError::NotImplemented(format!(
                    "the template section {name}"
                )));
            }
            _ => unknown.push(name),
        }
    }
    if !unknown.is_empty() {
        return Err(TemplateError::UnknownSections(unknown));
    }
    if template.resources.is_empty() {
        return Err(TemplateError::Format(
            "At least one Resources member must be defined.".to_owned(),
        ));
    }
    Ok(template)
}

fn description(value: &Value) -> Result<String, TemplateError> {
    let text = value.as_str().ok_or_else(|| {
        TemplateError::Format("Template Description must be a string.".to_owned())
    })?;
    // AWS docs, CloudFormation quotas: 1,024 bytes.
    if text.len() > 1024 {
        return Err(TemplateError::Format(
            "'Description' length is greater than 1024.".to_owned(),
        ));
    }
    Ok(text.to_owned())
}

fn object(value: Value, path: &str) -> Result<Map<String, Value>, TemplateError> {
    match value {
        Value::Object(map) => Ok(map),
        _ => Err(at(path, "must be an object")),
    }
}

pub(super) fn at(path: &str, problem: &str) -> TemplateError {
    TemplateError::At {
        path: path.to_owned(),
        problem: problem.to_owned(),
    }
}

fn members(value: Value, section: &str, most: usize) -> Result<Map<String, Value>, TemplateError> {
    let map = object(value, &format!("/{section}"))?;
    if map.len() > most {
        return Err(TemplateError::Format(format!(
            "Number of {}, {}, is greater than maximum allowed, {most}",
            section.to_lowercase(),
            map.len()
        )));
    }
    let kind = section.trim_end_matches('s');
    for name in map.keys() {
        if name.is_empty() || name.len() > 255 || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Err(TemplateError::Format(format!(
                "{kind} name {name} is non alphanumeric."
            )));
        }
    }
    Ok(map)
}

fn mappings(section: Value) -> Result<Map<String, Value>, TemplateError> {
    let maps = members(section, "Mappings", MAX_MAPPINGS)?;
    for (name, map) in &maps {
        let path = format!("/Mappings/{name}");
        let keys = map
            .as_object()
            .ok_or_else(|| at(&path, "must be an object"))?;
        for (key, attributes) in keys {
            let path = format!("{path}/{key}");
            let attributes = attributes
                .as_object()
                .ok_or_else(|| at(&path, "must be an object"))?;
            for (attribute, value) in attributes {
                let plain = scalar(value).is_some()
                    || value
                        .as_array()
                        .is_some_and(|items| items.iter().all(|item| scalar(item).is_some()));
                if !plain {
                    return Err(at(
                        &format!("{path}/{attribute}"),
                        "Every Mappings attribute must be a String or a List.",
                    ));
                }
            }
        }
    }
    Ok(maps)
}

fn resource(id: &str, value: Value) -> Result<Resource, TemplateError> {
    let path = format!("/Resources/{id}");
    let Value::Object(attributes) = value else {
        return Err(at(&path, "resource definition is malformed"));
    };
    let mut resource = Resource::default();
    for (name, value) in attributes {
        let path = format!("{path}/{name}");
        match name.as_str() {
            "Type" => resource.kind = text(&value, &path)?,
            "Properties" => resource.properties = object(value, &path)?,
            "DependsOn" => {
                resource.depends_on = match value {
                    Value::String(one) => vec![one],
                    Value::Array(items) => items
                        .iter()
                        .map(|item| text(item, &path))
                        .collect::<Result<_, _>>()?,
                    _ => return Err(at(&path, "must be a string or a list of strings")),
                };
            }
            "Condition" => resource.condition = Some(text(&value, &path)?),
            "DeletionPolicy" => resource.deletion_policy = policy(id, "DeletionPolicy", &value)?,
            "UpdateReplacePolicy" => {
                resource.update_replace_policy = policy(id, "UpdateReplacePolicy", &value)?;
            }
            "Metadata" => resource.metadata = Some(Value::Object(object(value, &path)?)),
            "Description" => {
                text(&value, &path)?;
            }
            "CreationPolicy" | "UpdatePolicy" | "Version" => {
                return Err(TemplateError::NotImplemented(format!(
                    "the attribute {name} of resource {id}"
                )));
            }
            _ => return Err(TemplateError::UnknownResourceAttribute(name)),
        }
    }
    if resource.kind.is_empty() {
        return Err(at(
            &path,
            "Every Resources object must contain a Type member.",
        ));
    }
    Ok(resource)
}

fn policy(id: &str, attribute: &str, value: &Value) -> Result<Policy, TemplateError> {
    match (value.as_str(), attribute) {
        (Some("Delete"), _) => Ok(Policy::Delete),
        (Some("Retain"), _) => Ok(Policy::Retain),
        (Some("RetainExceptOnCreate"), "DeletionPolicy") => Ok(Policy::RetainExceptOnCreate),
        (Some("Snapshot"), _) => Err(TemplateError::NotImplemented(format!(
            "{attribute} Snapshot of resource {id}"
        ))),
        (Some(other), _) => Err(TemplateError::Error(format!(
            "Unrecognized {attribute} {other} for resource {id}"
        ))),
        (None, _) => Err(TemplateError::Format(format!(
            "Every {attribute} member must be a string."
        ))),
    }
}

fn output(key: &str, value: Value) -> Result<Output, TemplateError> {
    let path = format!("/Outputs/{key}");
    let Value::Object(attributes) = value else {
        return Err(at(&path, "output definition is malformed"));
    };
    let mut output = Output::default();
    let mut unknown = Vec::new();
    for (name, value) in attributes {
        let path = format!("{path}/{name}");
        match name.as_str() {
            "Value" => output.value = value,
            "Description" => output.description = Some(text(&value, &path)?),
            "Condition" => output.condition = Some(text(&value, &path)?),
            "Export" => {
                let mut export = object(value, &path)?;
                match (export.remove("Name"), export.is_empty()) {
                    (Some(name), true) => output.export = Some(name),
                    _ => return Err(at(&path, "must have the member Name and no other")),
                }
            }
            _ => unknown.push(name),
        }
    }
    if !unknown.is_empty() {
        return Err(TemplateError::Format(format!(
            "Output {key} is malformed. Invalid members [{}]",
            unknown.join(", ")
        )));
    }
    if output.value.is_null() {
        return Err(TemplateError::Format(
            "Every Outputs member must contain a Value object".to_owned(),
        ));
    }
    Ok(output)
}

fn text(value: &Value, path: &str) -> Result<String, TemplateError> {
    value
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| at(path, "must be a string"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(value: Value) -> String {
        shape(value).unwrap_err().to_string()
    }

    fn with(resource: Value) -> Value {
        json!({"Resources": {"A": resource}})
    }

    #[test]
    fn every_attribute_of_a_resource_is_read() {
        let template = shape(with(json!({
            "Type": "X", "Properties": {"P": 1}, "DependsOn": "B", "Condition": "C",
            "DeletionPolicy": "RetainExceptOnCreate", "UpdateReplacePolicy": "Retain",
            "Metadata": {"M": 1},
        })))
        .unwrap();
        let resource = &template.resources["A"];
        assert_eq!(resource.depends_on, ["B"]);
        assert_eq!(resource.condition.as_deref(), Some("C"));
        assert_eq!(resource.deletion_policy, Policy::RetainExceptOnCreate);
        assert_eq!(resource.update_replace_policy, Policy::Retain);
        assert_eq!(resource.metadata, Some(json!({"M": 1})));
    }

    #[test]
    fn sections_and_attributes_that_are_not_there_are_refused() {
        insta::assert_snapshot!(refused(json!({"Resource": {}, "Stuff": 1})), @"Invalid template property or properties [Resource, Stuff]");
        insta::assert_snapshot!(refused(with(json!({"Type": "X", "Property": {}}))), @"Invalid template resource property 'Property'");
        insta::assert_snapshot!(refused(with(json!({"Properties": {}}))), @"Template format error: [/Resources/A] Every Resources object must contain a Type member.");
        insta::assert_snapshot!(refused(json!({})), @"Template format error: At least one Resources member must be defined.");
        insta::assert_snapshot!(refused(json!({"Resources": {"A-b": {"Type": "X"}}})), @"Template format error: Resource name A-b is non alphanumeric.");
        insta::assert_snapshot!(refused(json!({"AWSTemplateFormatVersion": "2020-01-01"})), @"Template format error: unsupported value for AWSTemplateFormatVersion.");
        insta::assert_snapshot!(refused(with(json!({"Type": "X", "DeletionPolicy": "Keep"}))), @"Template error: Unrecognized DeletionPolicy Keep for resource A");
        insta::assert_snapshot!(refused(json!({"Outputs": {"A": {"Description": "x"}}})), @"Template format error: Every Outputs member must contain a Value object");
    }

    #[test]
    fn what_is_not_implemented_is_named() {
        insta::assert_snapshot!(refused(json!({"Transform": "AWS::Serverless-2016-10-31"})), @"the embedded AWS does not implement the template section Transform");
        insta::assert_snapshot!(refused(with(json!({"Type": "X", "CreationPolicy": {}}))), @"the embedded AWS does not implement the attribute CreationPolicy of resource A");
    }

    #[test]
    fn five_hundred_resources_are_the_most() {
        let resources: Map<String, Value> = (0..501)
            .map(|n| (format!("R{n}"), json!({"Type": "X"})))
            .collect();
        insta::assert_snapshot!(refused(json!({ "Resources": resources })), @"Template format error: Number of resources, 501, is greater than maximum allowed, 500");
    }
}
