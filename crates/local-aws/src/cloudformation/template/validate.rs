//! What can be refused before any parameter is known.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::dynamic;
use super::error::TemplateError;
use super::functions::{self, Reference, references};
use super::intrinsics::PSEUDO;
use super::{Resource, Template, graph};
use crate::cloudformation::registry;
use crate::core::resource::ResourceType;

/// Checks the template as a whole.
///
/// # Errors
/// Unknown types, properties, attributes, conditions and references; circles.
pub fn validate(template: &Template) -> Result<(), TemplateError> {
    types(template)?;
    conditions(template)?;
    resources(template)?;
    outputs(template)?;
    let edges = template
        .resources
        .iter()
        .map(|(id, resource)| Ok((id.clone(), edges(template, resource)?)))
        .collect::<Result<_, TemplateError>>()?;
    graph::order(&edges).map(|_| ())
}

fn types(template: &Template) -> Result<(), TemplateError> {
    let unknown: BTreeSet<String> = template
        .resources
        .values()
        .filter(|resource| registry::find(&resource.kind).is_none())
        .map(|resource| resource.kind.clone())
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(TemplateError::UnrecognizedTypes(
        unknown.into_iter().collect(),
    ))
}

fn conditions(template: &Template) -> Result<(), TemplateError> {
    let known = |name: &str, whose: &str| {
        if template.conditions.contains_key(name) {
            return Ok(());
        }
        Err(TemplateError::Format(format!(
            "Unresolved condition dependency {name} in {whose}"
        )))
    };
    for (name, condition) in &template.conditions {
        named_in(condition, &mut |other| {
            known(other, &format!("condition {name}"))
        })?;
        let mut found = BTreeSet::new();
        references(condition, &mut found)?;
        let unresolved: Vec<String> = found
            .into_iter()
            .map(|reference| match reference {
                Reference::Name(name) | Reference::Attribute(name, _) => name,
            })
            .filter(|name| {
                !template.parameters.contains_key(name) && !PSEUDO.contains(&name.as_str())
            })
            .collect();
        if !unresolved.is_empty() {
            return Err(TemplateError::Format(format!(
                "Unresolved dependencies [{}]. Cannot reference resources in the Conditions block of the template",
                unresolved.join(", ")
            )));
        }
    }
    for (id, resource) in &template.resources {
        if let Some(condition) = &resource.condition {
            known(condition, &format!("resource {id}"))?;
        }
    }
    for (key, output) in &template.outputs {
        if let Some(condition) = &output.condition {
            known(condition, &format!("output {key}"))?;
        }
    }
    Ok(())
}

/// The conditions that a condition names.
fn named_in(
    condition: &Value,
    check: &mut dyn FnMut(&str) -> Result<(), TemplateError>,
) -> Result<(), TemplateError> {
    match condition {
        Value::Object(map) => map.iter().try_for_each(|(key, value)| match value {
            Value::String(name) if key == "Condition" => check(name),
            _ => named_in(value, check),
        }),
        Value::Array(items) => items.iter().try_for_each(|item| named_in(item, check)),
        _ => Ok(()),
    }
}

fn resources(template: &Template) -> Result<(), TemplateError> {
    let mut unresolved = BTreeSet::new();
    for (id, resource) in &template.resources {
        if template.parameters.contains_key(id) {
            return Err(TemplateError::Format(format!(
                "Resource name {id} is also the name of a parameter."
            )));
        }
        let Some(kind) = registry::find(&resource.kind) else {
            continue;
        };
        properties(id, resource, kind)?;
        for value in resource.properties.values().chain(&resource.metadata) {
            expression(template, value)?;
            dynamic::check(value)?;
            unresolved.extend(undefined(template, value)?);
        }
        unresolved.extend(
            resource
                .depends_on
                .iter()
                .filter(|needed| !template.resources.contains_key(*needed))
                .cloned(),
        );
    }
    refuse(unresolved, "Resources")
}

fn properties(id: &str, resource: &Resource, kind: &dyn ResourceType) -> Result<(), TemplateError> {
    let known = |name: &String| {
        kind.properties()
            .iter()
            .any(|property| property.name == name)
    };
    match resource.properties.keys().find(|name| !known(name)) {
        None => Ok(()),
        Some(property) if property.starts_with("Fn::") => Err(TemplateError::NotImplemented(
            format!("{property} in place of the properties of resource {id}"),
        )),
        Some(property) => Err(TemplateError::UnsupportedProperty {
            property: property.clone(),
            logical_id: id.to_owned(),
            kind: resource.kind.clone(),
        }),
    }
}

fn outputs(template: &Template) -> Result<(), TemplateError> {
    let mut unresolved = BTreeSet::new();
    for output in template.outputs.values() {
        no_dynamic_reference(&output.value)?;
        expression(template, &output.value)?;
        unresolved.extend(undefined(template, &output.value)?);
        if let Some(export) = &output.export {
            no_dynamic_reference(export)?;
            expression(template, export)?;
            unresolved.extend(undefined(template, export)?);
            if resource_references(template, export)? {
                return Err(TemplateError::Error(
                    "Output export names cannot reference resources".to_owned(),
                ));
            }
        }
    }
    refuse(unresolved, "Outputs")
}

fn resource_references(template: &Template, value: &Value) -> Result<bool, TemplateError> {
    let mut found = BTreeSet::new();
    references(value, &mut found)?;
    Ok(found.iter().any(|reference| match reference {
        Reference::Name(name) | Reference::Attribute(name, _) => {
            template.resources.contains_key(name)
        }
    }))
}

fn refuse(unresolved: BTreeSet<String>, section: &'static str) -> Result<(), TemplateError> {
    if unresolved.is_empty() {
        return Ok(());
    }
    Err(TemplateError::Unresolved {
        names: unresolved.into_iter().collect(),
        section,
    })
}

/// Names that `Ref` and `Fn::Sub` use and nothing has; attributes are errors at once.
fn undefined(template: &Template, value: &Value) -> Result<BTreeSet<String>, TemplateError> {
    let mut found = BTreeSet::new();
    references(value, &mut found)?;
    let mut names = BTreeSet::new();
    for reference in found {
        match reference {
            Reference::Name(name) => {
                let known = template.parameters.contains_key(&name)
                    || template.resources.contains_key(&name)
                    || PSEUDO.contains(&name.as_str());
                if !known {
                    names.insert(name);
                }
            }
            Reference::Attribute(id, attribute) => {
                let Some(resource) = template.resources.get(&id) else {
                    return Err(TemplateError::Error(format!(
                        "instance of Fn::GetAtt references undefined resource {id}"
                    )));
                };
                let Some(attribute) = attribute else { continue };
                let known = registry::find(&resource.kind)
                    .is_some_and(|kind| kind.attributes().contains(&attribute.as_str()));
                if !known {
                    return Err(TemplateError::Error(format!(
                        "resource {id} does not support attribute type {attribute} in Fn::GetAtt"
                    )));
                }
            }
        }
    }
    Ok(names)
}

/// Outside the properties of resources there is no telling what AWS makes of one.
fn no_dynamic_reference(value: &Value) -> Result<(), TemplateError> {
    if dynamic::is_in(value) {
        return Err(TemplateError::NotImplemented(
            "dynamic references outside the properties of resources".to_owned(),
        ));
    }
    Ok(())
}

/// Functions and conditions at any depth.
fn expression(template: &Template, value: &Value) -> Result<(), TemplateError> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| expression(template, item)),
        Value::Object(map) => {
            function(template, map)?;
            map.values().try_for_each(|item| expression(template, item))
        }
        _ => Ok(()),
    }
}

fn function(template: &Template, map: &Map<String, Value>) -> Result<(), TemplateError> {
    let Some((name, argument)) = map.iter().find(|(name, _)| name.starts_with("Fn::")) else {
        return Ok(());
    };
    if map.len() > 1 {
        return Err(TemplateError::Format(format!(
            "{name} must be the only member of its object"
        )));
    }
    match name.as_str() {
        "Fn::FindInMap" => mapping(template, argument),
        "Fn::Base64" | "Fn::GetAtt" | "Fn::ImportValue" | "Fn::Join" | "Fn::Select"
        | "Fn::Split" | "Fn::Sub" => Ok(()),
        "Fn::If" => {
            let (condition, _, _) = functions::if_parts(argument)?;
            if template.conditions.contains_key(condition) {
                return Ok(());
            }
            Err(TemplateError::Error(format!(
                "unresolved condition dependency {condition} in Fn::If"
            )))
        }
        other => Err(functions::unknown_function(other)),
    }
}

/// A mapping that is named by a plain text must be there; its keys are looked
/// up when the parameters are known.
fn mapping(template: &Template, argument: &Value) -> Result<(), TemplateError> {
    match argument.get(0) {
        Some(Value::String(map)) if !template.mappings.contains_key(map) => {
            Err(TemplateError::Error(format!(
                "Mapping named '{map}' is not present in the 'Mappings' section of template."
            )))
        }
        _ => Ok(()),
    }
}

/// The resources that one depends on.
fn edges(template: &Template, resource: &Resource) -> Result<BTreeSet<String>, TemplateError> {
    let mut found = BTreeSet::new();
    for value in resource.properties.values().chain(&resource.metadata) {
        references(value, &mut found)?;
    }
    let mut needed: BTreeSet<String> = found
        .into_iter()
        .map(|reference| match reference {
            Reference::Name(name) | Reference::Attribute(name, _) => name,
        })
        .filter(|name| template.resources.contains_key(name))
        .collect();
    needed.extend(resource.depends_on.iter().cloned());
    Ok(needed)
}

/// The capabilities that the caller must acknowledge, with the resources that
/// ask for them.
pub fn capabilities(template: &Template) -> Option<(&'static str, Vec<String>)> {
    let mut asked = Vec::new();
    let mut named = false;
    for resource in template.resources.values() {
        let Some(kind) = registry::find(&resource.kind) else {
            continue;
        };
        if let Some(capability) = kind.capability(&resource.properties) {
            named |= capability == "CAPABILITY_NAMED_IAM";
            if !asked.contains(&resource.kind) {
                asked.push(resource.kind.clone());
            }
        }
    }
    let capability = if named {
        "CAPABILITY_NAMED_IAM"
    } else {
        "CAPABILITY_IAM"
    };
    (!asked.is_empty()).then_some((capability, asked))
}

/// Refuses a template whose capability was not acknowledged.
///
/// # Errors
/// [`TemplateError::Capabilities`].
pub fn require_capabilities(template: &Template, given: &[String]) -> Result<(), TemplateError> {
    let Some((needed, _)) = capabilities(template) else {
        return Ok(());
    };
    // CAPABILITY_NAMED_IAM includes CAPABILITY_IAM (AWS docs, CreateStack).
    let enough = given
        .iter()
        .any(|capability| capability == needed || capability == "CAPABILITY_NAMED_IAM");
    if enough {
        return Ok(());
    }
    Err(TemplateError::Capabilities(vec![needed.to_owned()]))
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    /// The error for a template of one table with these attributes and properties.
    fn refused(attributes: &str, properties: &str, rest: &str) -> String {
        let template = format!(
            "Parameters: {{P: {{Type: String, Default: x}}}}\nConditions: {{Yes: !Equals [1, 1]}}\nResources:\n  A: {{Type: 'AWS::DynamoDB::Table', Properties: {{KeySchema: []}}}}\n  T:\n    Type: AWS::DynamoDB::Table\n    {attributes}\n    Properties: {{KeySchema: [], {properties}}}\n{rest}"
        );
        read(&template).unwrap_err().to_string()
    }

    #[test]
    fn a_template_that_is_right_passes() {
        let template = "Parameters: {P: {Type: String, Default: x}}\nConditions: {Yes: !Equals [!Ref P, x]}\nResources:\n  A: {Type: 'AWS::DynamoDB::Table', Condition: Yes, Properties: {KeySchema: [], TableName: !If [Yes, !Sub '${P}-a', !Ref 'AWS::NoValue']}}\n  B: {Type: 'AWS::DynamoDB::Table', DependsOn: A, Properties: {KeySchema: []}}\nOutputs: {O: {Value: !GetAtt B.Arn, Export: {Name: !Sub '${AWS::StackName}-o'}}}\n";
        assert_eq!(read(template).unwrap().resources.len(), 2);
    }

    #[test]
    fn references_to_nothing_are_refused() {
        insta::assert_snapshot!(refused("", "TableName: !Ref Nothing", ""), @"Template format error: Unresolved resource dependencies [Nothing] in the Resources block of the template");
        insta::assert_snapshot!(refused("DependsOn: [A, Gone]", "TableName: !Sub '${Nope}'", ""), @"Template format error: Unresolved resource dependencies [Gone, Nope] in the Resources block of the template");
        insta::assert_snapshot!(refused("", "TableName: !GetAtt Nothing.Arn", ""), @"Template error: instance of Fn::GetAtt references undefined resource Nothing");
        insta::assert_snapshot!(refused("", "TableName: !Sub '${Nothing.Arn}'", ""), @"Template error: instance of Fn::GetAtt references undefined resource Nothing");
        insta::assert_snapshot!(refused("", "TableName: !GetAtt A.Size", ""), @"Template error: resource A does not support attribute type Size in Fn::GetAtt");
        insta::assert_snapshot!(refused("", "TableName: !GetAtt A", ""), @"Template error: Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute");
        insta::assert_snapshot!(refused("", "", "Outputs: {O: {Value: !Ref Nothing}}"), @"Template format error: Unresolved resource dependencies [Nothing] in the Outputs block of the template");
        insta::assert_snapshot!(refused("", "", "Outputs: {O: {Value: x, Export: {Name: !Ref T}}}"), @"Template error: Output export names cannot reference resources");
    }

    #[test]
    fn circles_are_refused_also_through_branches_not_taken() {
        insta::assert_snapshot!(refused("DependsOn: T", "", ""), @"Circular dependency between resources: [T]");
        insta::assert_snapshot!(refused("DependsOn: X", "", "  X: {Type: 'AWS::DynamoDB::Table', Properties: {KeySchema: [], TableName: !If [Yes, a, !Ref T]}}"), @"Circular dependency between resources: [T, X]");
    }

    #[test]
    fn unknown_types_properties_functions_and_conditions_are_refused() {
        insta::assert_snapshot!(refused("", "", "  X: {Type: 'AWS::EC2::Rocket'}\n  Y: {Type: 'Custom::Thing'}"), @"Template format error: Unrecognized resource types: [AWS::EC2::Rocket, Custom::Thing]");
        insta::assert_snapshot!(refused("", "Tablename: x", ""), @"Encountered unsupported property Tablename in resource T of type AWS::DynamoDB::Table");
        insta::assert_snapshot!(refused("", "TableName: {'Fn::Nope': x}", ""), @"Template error: Encountered unsupported function: Fn::Nope");
        insta::assert_snapshot!(refused("", "TableName: !Select [0, !GetAZs '']", ""), @"the embedded AWS does not implement the function Fn::GetAZs");
        insta::assert_snapshot!(refused("", "TableName: !Equals [a, b]", ""), @"Template error: Fn::Equals cannot be used outside the Conditions block of the template");
        insta::assert_snapshot!(refused("", "TableName: {'Fn::Sub': x, Other: 1}", ""), @"Template format error: Fn::Sub must be the only member of its object");
        insta::assert_snapshot!(refused("", "TableName: !If [No, a, b]", ""), @"Template error: unresolved condition dependency No in Fn::If");
        insta::assert_snapshot!(refused("Condition: No", "", ""), @"Template format error: Unresolved condition dependency No in resource T");
        insta::assert_snapshot!(refused("", "TableName: '{{resolve:vault:name}}'", ""), @"Template error: Invalid dynamic reference service name vault in {{resolve:vault:name}}");
    }

    #[test]
    fn conditions_know_parameters_and_each_other_alone() {
        let with = |condition: &str| {
            let template = format!(
                "Conditions: {{C: {condition}}}\nResources: {{A: {{Type: 'AWS::DynamoDB::Table', Properties: {{KeySchema: []}}}}}}"
            );
            read(&template).unwrap_err().to_string()
        };
        insta::assert_snapshot!(with("!Equals [!Ref A, x]"), @"Template format error: Unresolved dependencies [A]. Cannot reference resources in the Conditions block of the template");
        insta::assert_snapshot!(with("!Not [!Condition D]"), @"Template format error: Unresolved condition dependency D in condition C");
    }

    #[test]
    fn roles_need_to_be_acknowledged_and_named_ones_by_name() {
        let template = |name: &str| {
            read(&format!(
                "Resources: {{R: {{Type: 'AWS::IAM::Role', Properties: {{{name} AssumeRolePolicyDocument: {{}}}}}}}}"
            ))
            .unwrap()
        };
        let given = |template: &Template, capabilities: &[&str]| {
            let capabilities: Vec<String> = capabilities.iter().map(|c| (*c).to_owned()).collect();
            require_capabilities(template, &capabilities).map_err(|error| error.to_string())
        };
        let (plain, named) = (template(""), template("RoleName: x,"));
        insta::assert_snapshot!(given(&plain, &[]).unwrap_err(), @"Requires capabilities : [CAPABILITY_IAM]");
        insta::assert_snapshot!(given(&named, &["CAPABILITY_IAM"]).unwrap_err(), @"Requires capabilities : [CAPABILITY_NAMED_IAM]");
        assert_eq!(given(&plain, &["CAPABILITY_IAM"]), Ok(()));
        assert_eq!(given(&plain, &["CAPABILITY_NAMED_IAM"]), Ok(()));
        assert_eq!(given(&named, &["CAPABILITY_NAMED_IAM"]), Ok(()));
    }
}
