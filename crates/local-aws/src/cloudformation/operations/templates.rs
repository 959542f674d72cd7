//! Templates: hand back, summarise, validate.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::change_sets;
use super::input::{refused, template_text};
use crate::cloudformation::consistency;
use crate::cloudformation::template::{Template, read, validate as checks};
use crate::core::constraint::{self, Shown};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::query::list;
use crate::core::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Get {
    stack_name: Option<String>,
    change_set_name: Option<String>,
    template_stage: Option<String>,
}

pub(super) fn get(world: &Arc<World>, input: &Get) -> ServiceResult<Value> {
    // Without transforms the processed template is the original one.
    if let Some(stage) = &input.template_stage
        && !matches!(stage.as_str(), "Original" | "Processed")
    {
        return Err(refused(constraint::message(
            Shown::Value(&stage),
            "templateStage",
            "Member must satisfy enum value set: [Original, Processed]",
        )));
    }
    world
        .read(|state| {
            let state = state.of::<crate::cloudformation::State>();
            let body = match (&input.change_set_name, &input.stack_name) {
                (Some(change_set), stack) => {
                    let change_set = change_sets::find(state, change_set, stack.as_deref())?;
                    change_set.version.template.clone()
                }
                (None, Some(name)) => {
                    let stack = state
                        .stack(name)
                        .ok_or_else(|| refused(format!("Stack with id {name} does not exist")))?;
                    stack.version.template.clone()
                }
                (None, None) => {
                    return Err(refused(
                        "Either StackName or ChangeSetName must be specified",
                    ));
                }
            };
            Ok(json!({ "TemplateBody": body, "StagesAvailable": ["Original", "Processed"] }))
        })
        .map(|answer| consistency::as_told(world, answer))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Summary {
    template_body: Option<String>,
    stack_name: Option<String>,
    template_summary_config: Option<SummaryConfig>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct SummaryConfig {
    #[serde(default, deserialize_with = "list")]
    treat_unrecognized_resource_types_as_warnings: Vec<String>,
}

pub(super) fn summary(world: &Arc<World>, input: Summary) -> ServiceResult<Value> {
    if let Some(config) = input.template_summary_config
        && config.treat_unrecognized_resource_types_as_warnings != ["false"]
    {
        return Err(ServiceError::not_implemented(
            "TreatUnrecognizedResourceTypesAsWarnings",
        ));
    }
    let body = match (input.template_body, input.stack_name) {
        (Some(body), None) => body,
        (None, Some(name)) => world.read(|state| {
            state
                .of::<crate::cloudformation::State>()
                .stack(&name)
                .map(|stack| stack.version.template.clone())
                .ok_or_else(|| refused(format!("Stack with id {name} does not exist")))
        })?,
        _ => {
            return Err(refused(
                "Exactly one of TemplateBody and StackName must be specified",
            ));
        }
    };
    let template = read(template_text(Some(&body))?)?;
    let parameters: Vec<Value> = template
        .parameters
        .iter()
        .map(|(key, declaration)| {
            let allowed = &declaration.allowed_values;
            let constraints = if allowed.is_empty() {
                json!({})
            } else {
                json!({ "AllowedValues": allowed })
            };
            json!({
                "ParameterKey": key,
                "DefaultValue": declaration.default,
                "ParameterType": declaration.kind.name(),
                "NoEcho": declaration.no_echo,
                "Description": declaration.description,
                "ParameterConstraints": constraints,
            })
        })
        .collect();
    let types: BTreeSet<&str> = template
        .resources
        .values()
        .map(|resource| resource.kind.as_str())
        .collect();
    let mut result = common(&template);
    result["Parameters"] = json!(parameters);
    result["ResourceTypes"] = json!(types);
    result["Version"] = json!(template.version);
    result["Metadata"] = json!(template.metadata.as_ref().map(Value::to_string));
    Ok(result)
}

fn common(template: &Template) -> Value {
    let (capabilities, reason) = match checks::capabilities(template) {
        Some((capability, types)) => (
            Some(vec![capability]),
            Some(format!(
                "The following resource(s) require capabilities: [{}]",
                types.join(", ")
            )),
        ),
        None => (None, None),
    };
    json!({
        "Description": template.description,
        "Capabilities": capabilities,
        "CapabilitiesReason": reason,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Validate {
    template_body: Option<String>,
}

pub(super) fn validate(input: &Validate) -> ServiceResult<Value> {
    let template = read(template_text(input.template_body.as_deref())?)?;
    let parameters: Vec<Value> = template
        .parameters
        .iter()
        .map(|(key, declaration)| {
            json!({
                "ParameterKey": key,
                "DefaultValue": declaration.default,
                "NoEcho": declaration.no_echo,
                "Description": declaration.description,
            })
        })
        .collect();
    let mut result = common(&template);
    result["Parameters"] = json!(parameters);
    Ok(result)
}
