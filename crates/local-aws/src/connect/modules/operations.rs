//! The operations on flow modules.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Module;
use crate::connect::input::Input;
use crate::connect::page::page;
use crate::connect::quotas::Quota;
use crate::connect::tokens::Claim;
use crate::connect::values::FlowState;
use crate::connect::{Exchange, consistency, content, present};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::response::Response;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ExternalInvocationConfiguration {
    enabled: Option<bool>,
}

/// `.*\S.*`: the name or description is not blank.
fn not_blank<'a>(
    input: &Input<'_>,
    name: &str,
    value: Option<&'a str>,
) -> ServiceResult<Option<&'a str>> {
    if value.is_some_and(|value| value.trim().is_empty()) {
        return Err(input.invalid(format!(
            "Value at '{name}' failed to satisfy constraint: Member must satisfy regular expression pattern: .*\\S.*"
        )));
    }
    Ok(value)
}

/// `CreateContactFlowModule`.
pub fn create(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let members = [
        "Name",
        "Description",
        "Content",
        "Tags",
        "ClientToken",
        "Settings",
        "ExternalInvocationConfiguration",
    ];
    let input = exchange.input(&members, &[])?;
    let now = exchange.call.now;
    let name = input.required("Name", 1, 127)?;
    not_blank(&input, "Name", Some(name))?;
    let description = not_blank(&input, "Description", input.bounded("Description", 0, 500)?)?;
    let external: Option<ExternalInvocationConfiguration> =
        input.structure("ExternalInvocationConfiguration")?;
    let module = Module {
        id: exchange.world.ids.uuid(),
        name: name.to_owned(),
        description: description.map(str::to_owned),
        content: input
            .required("Content", 1, content::MOST_CHARACTERS)?
            .to_owned(),
        settings: input.text("Settings")?.map(str::to_owned),
        external_invocation: external.and_then(|external| external.enabled),
        state: FlowState::Active,
        tags: input.tags("Tags")?,
        modified: now,
    };
    let instance_id = input.instance()?;
    let token = input.bounded("ClientToken", 0, 500)?;
    let claim = Claim::new("CreateContactFlowModule", instance_id, token, input.body());
    let (id, arn) = exchange.world.write(|state| {
        let connect = state.of_mut::<crate::connect::State>();
        let arn = connect.instance(instance_id)?.arn.clone();
        let arn_of = |id: &str| format!("{arn}/flow-module/{id}");
        if let Some(id) = connect.tokens.recall(&claim, now)? {
            let arn = arn_of(&id);
            return Ok((id, arn));
        }
        let id = module.id.clone();
        let there = connect.instance(instance_id)?.modules.len();
        connect.check_quota(Quota::FlowModulesPerInstance, there)?;
        connect.instance_mut(instance_id)?.create_module(module)?;
        connect.tokens.remember(claim, id.clone(), now);
        let arn = arn_of(&id);
        Ok::<_, ServiceError>((id, arn))
    })?;
    Response::json(&json!({ "Id": id, "Arn": arn }))
}

/// `DescribeContactFlowModule`.
pub fn describe(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &[])?;
    let (instance_id, module_id) = (input.instance()?, input.label("ContactFlowModuleId")?);
    let description = exchange.world.read(|state| {
        let instance = state.of::<crate::connect::State>().instance(instance_id)?;
        Ok::<_, ServiceError>(instance.module(module_id)?.description(instance))
    })?;
    Response::json(&json!({ "ContactFlowModule": description }))
}

/// `UpdateContactFlowModuleContent`.
pub fn update_content(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&["Content", "Settings"], &[])?;
    let (instance_id, module_id) = (input.instance()?, input.label("ContactFlowModuleId")?);
    let content = input.bounded("Content", 1, content::MOST_CHARACTERS)?;
    let settings = input.text("Settings")?;
    exchange.world.write(|state| {
        state
            .of_mut::<crate::connect::State>()
            .instance_mut(instance_id)?
            .update_module_content(module_id, content, settings, exchange.call.now)
    })?;
    Response::json(&json!({}))
}

/// `UpdateContactFlowModuleMetadata`.
pub fn update_metadata(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&["Name", "Description", "State"], &[])?;
    let (instance_id, module_id) = (input.instance()?, input.label("ContactFlowModuleId")?);
    let name = not_blank(&input, "Name", input.bounded("Name", 1, 127)?)?;
    let description = not_blank(&input, "Description", input.bounded("Description", 0, 500)?)?;
    let module_state: Option<FlowState> = input.choice("State")?;
    exchange.world.write(|state| {
        state
            .of_mut::<crate::connect::State>()
            .instance_mut(instance_id)?
            .update_module_metadata(
                module_id,
                name,
                description,
                module_state,
                exchange.call.now,
            )
    })?;
    Response::json(&json!({}))
}

/// `DeleteContactFlowModule`.
pub fn delete(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &[])?;
    let (instance_id, module_id) = (input.instance()?, input.label("ContactFlowModuleId")?);
    exchange.world.write(|state| {
        let instance = state
            .of_mut::<crate::connect::State>()
            .instance_mut(instance_id)?;
        let id = instance.module(module_id)?.id.clone();
        instance.modules.remove(&id);
        Ok::<_, ServiceError>(())
    })?;
    Response::json(&json!({}))
}

/// `ListContactFlowModules`.
pub fn list(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &["nextToken", "maxResults", "state"])?;
    let instance_id = input.instance()?;
    let most = input.query_max_results(1000, 100)?;
    let states: Vec<FlowState> = input.query_choices("state", 1)?;
    exchange.world.read(|state| {
        let instance = state.of::<crate::connect::State>().instance(instance_id)?;
        let modules: Vec<&Module> = instance
            .modules
            .values()
            .filter(|module| states.is_empty() || states.contains(&module.state))
            .filter(|module| consistency::is_listed(state, &module.id, exchange.call.now))
            .collect();
        let page = page(
            "ListContactFlowModules",
            modules,
            |module| format!("{}\n{}", module.name, module.id),
            input.query("nextToken"),
            most,
        )?;
        let items: Vec<Value> = page
            .items
            .into_iter()
            .map(|module| {
                json!({
                    "Id": module.id,
                    "Arn": module.arn(instance),
                    "Name": module.name,
                    "State": module.state,
                })
            })
            .collect();
        Response::json(&present(json!({
            "ContactFlowModulesSummaryList": items,
            "NextToken": page.next_token,
        })))
    })
}
