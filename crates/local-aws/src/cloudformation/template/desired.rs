//! A template with its parameters: which resources there shall be, in which
//! order, and what each needs.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde_json::{Map, Value};

use super::error::TemplateError;
use super::functions::{Reference, prune, references};
use super::intrinsics::{Environment, Lookup, Nothing, Scope};
use super::{Policy, Template, conditions, graph};

/// What a stack shall be.
#[derive(Debug, Clone)]
pub struct Desired {
    /// Resources whose condition is met, each after those it depends on.
    pub resources: IndexMap<String, Wanted>,
    /// Outputs whose condition is met.
    pub outputs: IndexMap<String, WantedOutput>,
    parameters: IndexMap<String, Value>,
    mappings: Map<String, Value>,
    environment: Environment,
}

/// A resource that there shall be.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// Its type.
    pub kind: String,
    /// Its properties: branches taken, other functions still there.
    pub properties: Map<String, Value>,
    /// Its metadata, likewise.
    pub metadata: Option<Value>,
    /// What it depends on.
    pub depends: BTreeSet<String>,
    /// When it leaves the stack.
    pub deletion_policy: Policy,
    /// When it is replaced.
    pub update_replace_policy: Policy,
}

/// An output that there shall be.
#[derive(Debug, Clone, PartialEq)]
pub struct WantedOutput {
    value: Value,
    /// Its description.
    pub description: Option<String>,
    export: Option<Value>,
}

/// The value of an output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputValue {
    /// The value.
    pub value: String,
    /// The name of the export.
    pub export: Option<String>,
}

impl Desired {
    /// Applies bound parameters to a template.
    ///
    /// # Errors
    /// What conditions make wrong: references to resources that are not there.
    pub fn new(
        template: &Template,
        bound: &IndexMap<String, String>,
        environment: Environment,
    ) -> Result<Self, TemplateError> {
        let parameters: IndexMap<String, Value> = template
            .parameters
            .iter()
            .filter_map(|(key, declaration)| {
                Some((key.clone(), declaration.value(bound.get(key)?)))
            })
            .collect();
        let conditions = conditions::evaluate(
            &template.conditions,
            &Scope {
                parameters: &parameters,
                mappings: &template.mappings,
                environment: &environment,
                lookup: &Nothing,
            },
        )?;
        let met = |condition: &Option<String>| {
            condition
                .as_ref()
                .is_none_or(|name| conditions.get(name).copied().unwrap_or(false))
        };
        let mut wanted = IndexMap::new();
        for (id, resource) in &template.resources {
            if met(&resource.condition) {
                wanted.insert(id.clone(), want(template, resource, &conditions)?);
            }
        }
        let mut outputs = IndexMap::new();
        for (key, output) in &template.outputs {
            if !met(&output.condition) {
                continue;
            }
            let Some(value) = prune(&output.value, &conditions)? else {
                continue;
            };
            let export = output
                .export
                .as_ref()
                .map(|export| prune(export, &conditions))
                .transpose()?
                .flatten();
            outputs.insert(
                key.clone(),
                WantedOutput {
                    value,
                    description: output.description.clone(),
                    export,
                },
            );
        }
        refuse_absent(template, &wanted, &outputs)?;
        let edges = wanted
            .iter()
            .map(|(id, wanted): (&String, &Wanted)| (id.clone(), wanted.depends.clone()))
            .collect();
        let mut resources = IndexMap::new();
        for id in graph::order(&edges)? {
            if let Some(mut resource) = wanted.shift_remove(&id) {
                // DependsOn of a resource whose condition is not met means nothing.
                resource.depends.retain(|needed| edges.contains_key(needed));
                resources.insert(id, resource);
            }
        }
        Ok(Self {
            resources,
            outputs,
            parameters,
            mappings: template.mappings.clone(),
            environment,
        })
    }

    fn scope<'a>(&'a self, lookup: &'a dyn Lookup) -> Scope<'a> {
        Scope {
            parameters: &self.parameters,
            mappings: &self.mappings,
            environment: &self.environment,
            lookup,
        }
    }

    /// The properties of a resource without any function.
    ///
    /// # Errors
    /// What cannot be resolved.
    pub fn properties(
        &self,
        wanted: &Wanted,
        lookup: &dyn Lookup,
    ) -> Result<Map<String, Value>, TemplateError> {
        let scope = self.scope(lookup);
        wanted
            .properties
            .iter()
            .map(|(name, value)| Ok((name.clone(), scope.resolve(value)?)))
            .collect()
    }

    /// The metadata of a resource without any function.
    ///
    /// # Errors
    /// What cannot be resolved.
    pub fn metadata(
        &self,
        wanted: &Wanted,
        lookup: &dyn Lookup,
    ) -> Result<Option<Value>, TemplateError> {
        wanted
            .metadata
            .as_ref()
            .map(|metadata| self.scope(lookup).resolve(metadata))
            .transpose()
    }

    /// The values of the outputs.
    ///
    /// # Errors
    /// What cannot be resolved or is no text.
    pub fn outputs(
        &self,
        lookup: &dyn Lookup,
    ) -> Result<IndexMap<String, OutputValue>, TemplateError> {
        let scope = self.scope(lookup);
        let text = |key: &str, value: &Value| {
            crate::core::property::scalar(&scope.resolve(value)?).ok_or_else(|| {
                TemplateError::Format(format!(
                    "The Value field of every Outputs member must evaluate to a String: {key}"
                ))
            })
        };
        self.outputs
            .iter()
            .map(|(key, output)| {
                let value = OutputValue {
                    value: text(key, &output.value)?,
                    export: output
                        .export
                        .as_ref()
                        .map(|export| text(key, export))
                        .transpose()?,
                };
                Ok((key.clone(), value))
            })
            .collect()
    }
}

fn want(
    template: &Template,
    resource: &super::Resource,
    conditions: &BTreeMap<String, bool>,
) -> Result<Wanted, TemplateError> {
    let properties = match prune(&Value::Object(resource.properties.clone()), conditions)? {
        Some(Value::Object(map)) => map,
        _ => Map::new(),
    };
    let metadata = resource
        .metadata
        .as_ref()
        .map(|metadata| prune(metadata, conditions))
        .transpose()?
        .flatten();
    let mut found = BTreeSet::new();
    for value in properties.values().chain(&metadata) {
        references(value, &mut found)?;
    }
    let mut depends: BTreeSet<String> = found
        .into_iter()
        .map(|reference| match reference {
            Reference::Name(name) | Reference::Attribute(name, _) => name,
        })
        .filter(|name| template.resources.contains_key(name))
        .collect();
    depends.extend(resource.depends_on.iter().cloned());
    Ok(Wanted {
        kind: resource.kind.clone(),
        properties,
        metadata,
        depends,
        deletion_policy: resource.deletion_policy,
        update_replace_policy: resource.update_replace_policy,
    })
}

/// Refuses references to resources whose condition is not met.
fn refuse_absent(
    template: &Template,
    wanted: &IndexMap<String, Wanted>,
    outputs: &IndexMap<String, WantedOutput>,
) -> Result<(), TemplateError> {
    let absent = |values: &mut dyn Iterator<Item = &Value>, section| {
        let mut found = BTreeSet::new();
        for value in values {
            references(value, &mut found)?;
        }
        let names: BTreeSet<String> = found
            .into_iter()
            .map(|reference| match reference {
                Reference::Name(name) | Reference::Attribute(name, _) => name,
            })
            .filter(|name| template.resources.contains_key(name) && !wanted.contains_key(name))
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        Err(TemplateError::Unresolved {
            names: names.into_iter().collect(),
            section,
        })
    };
    let mut in_resources = wanted
        .values()
        .flat_map(|resource| resource.properties.values().chain(&resource.metadata));
    absent(&mut in_resources, "Resources")?;
    let mut in_outputs = outputs
        .values()
        .flat_map(|output| std::iter::once(&output.value).chain(&output.export));
    absent(&mut in_outputs, "Outputs")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloudformation::template::shape::shape;
    use serde_json::json;

    fn desired(template: Value, parameters: &[(&str, &str)]) -> Result<Desired, String> {
        let template = shape(template).unwrap();
        let given = parameters
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        let environment = Environment {
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            stack_name: "s".to_owned(),
            stack_id: "arn".to_owned(),
        };
        Desired::new(&template, &given, environment).map_err(|error| error.to_string())
    }

    fn conditional(output: Value) -> Value {
        json!({
            "Parameters": {"Env": {"Type": "String"}},
            "Conditions": {"Prod": {"Fn::Equals": [{"Ref": "Env"}, "prod"]}},
            "Resources": {
                "Last": {"Type": "X", "DependsOn": ["Alarm"], "Properties": {
                    "P": {"Fn::If": ["Prod", {"Ref": "Alarm"}, {"Ref": "AWS::NoValue"}]},
                }},
                "Alarm": {"Type": "X", "Condition": "Prod"},
            },
            "Outputs": {"O": output},
        })
    }

    #[test]
    fn conditions_decide_which_resources_there_are_and_their_order() {
        let template = conditional(json!({"Value": {"Ref": "Alarm"}, "Condition": "Prod"}));
        let prod = desired(template.clone(), &[("Env", "prod")]).unwrap();
        assert_eq!(prod.resources.keys().collect::<Vec<_>>(), ["Alarm", "Last"]);
        assert!(prod.outputs.contains_key("O"));
        let dev = desired(template, &[("Env", "dev")]).unwrap();
        assert_eq!(dev.resources.keys().collect::<Vec<_>>(), ["Last"]);
        assert!(dev.resources["Last"].properties.is_empty());
        assert!(dev.resources["Last"].depends.is_empty());
        assert!(dev.outputs.is_empty());
    }

    #[test]
    fn a_reference_to_a_resource_whose_condition_is_not_met_is_refused() {
        let error = desired(
            conditional(json!({"Value": {"Ref": "Alarm"}})),
            &[("Env", "dev")],
        )
        .unwrap_err();
        insta::assert_snapshot!(error, @"Template format error: Unresolved resource dependencies [Alarm] in the Outputs block of the template");
    }
}
