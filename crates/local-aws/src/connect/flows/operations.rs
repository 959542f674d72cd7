//! The operations on flows.

use serde_json::{Value, json};

use super::{Flow, LONGEST_DESCRIPTION, LONGEST_NAME, NewFlow};
use crate::connect::arns::FlowReference;
use crate::connect::consistency::{self, Saved};
use crate::connect::page::page;
use crate::connect::quotas::Quota;
use crate::connect::values::{FlowState, FlowStatus, FlowType};
use crate::connect::{Exchange, content, errors, present};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::response::Response;

/// `CreateContactFlow`.
pub fn create(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let members = ["Name", "Type", "Description", "Content", "Status", "Tags"];
    let input = exchange.input(&members, &[])?;
    let new = NewFlow {
        id: exchange.world.ids.uuid(),
        name: input.required("Name", 1, LONGEST_NAME)?.to_owned(),
        flow_type: input.required_choice("Type")?,
        description: input
            .bounded("Description", 0, LONGEST_DESCRIPTION)?
            .map(str::to_owned),
        content: input
            .required("Content", 1, content::MOST_CHARACTERS)?
            .to_owned(),
        status: input.choice("Status")?.unwrap_or(FlowStatus::Published),
        tags: input.tags("Tags")?,
    };
    let id = new.id.clone();
    let sha256 = content::sha256(&new.content);
    let arn = exchange.world.write(|state| {
        let connect = state.of_mut::<crate::connect::State>();
        let instance_id = input.instance()?;
        let there = connect.instance(instance_id)?.flows.len();
        connect.check_quota(Quota::FlowsPerInstance, there)?;
        let instance = connect.instance_mut(instance_id)?;
        instance.create_flow(new, exchange.call.now)?;
        Ok::<_, ServiceError>(instance.flow(&id)?.arn(instance))
    })?;
    Response::json(&json!({
        "ContactFlowId": id,
        "ContactFlowArn": arn,
        "FlowContentSha256": sha256,
    }))
}

/// `DescribeContactFlow`.
pub fn describe(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &[])?;
    let (instance_id, flow_id) = (input.instance()?, input.label("ContactFlowId")?);
    let description = exchange.world.read(|state| {
        let instance = state.of::<crate::connect::State>().instance(instance_id)?;
        let reference = FlowReference::parse(&instance.arn, flow_id)?;
        let flow = instance.flow(&reference.id)?;
        let nothing_saved = reference.saved && flow.draft.is_none() && flow.before.is_some();
        match consistency::saved(state) {
            Saved::Absent if nothing_saved => Err(errors::not_found("not found")),
            Saved::Older if nothing_saved => flow.saved_before().description(instance, true),
            _ => flow.description(instance, reference.saved),
        }
    })?;
    Response::json(&json!({ "ContactFlow": description }))
}

/// `UpdateContactFlowContent`.
pub fn update_content(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&["Content"], &[])?;
    let (instance_id, flow_id) = (input.instance()?, input.label("ContactFlowId")?);
    let content = input.required("Content", 1, content::MOST_CHARACTERS)?;
    exchange.world.write(|state| {
        let saved = consistency::saved(state);
        let instance = state
            .of_mut::<crate::connect::State>()
            .instance_mut(instance_id)?;
        let reference = FlowReference::parse(&instance.arn, flow_id)?;
        let before = instance.flow(&reference.id)?.last_saved();
        instance.update_flow_content(&reference, content, exchange.call.now)?;
        if saved != Saved::Equal && !reference.saved {
            instance.keep_before(&reference.id, before);
        }
        Ok::<_, ServiceError>(())
    })?;
    Response::json(&json!({}))
}

/// `UpdateContactFlowMetadata` and, without `ContactFlowState`, `UpdateContactFlowName`.
pub fn update_metadata(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let members: &[&str] = if exchange.route.operation == "UpdateContactFlowName" {
        &["Name", "Description"]
    } else {
        &["Name", "Description", "ContactFlowState"]
    };
    let input = exchange.input(members, &[])?;
    let (instance_id, flow_id) = (input.instance()?, input.label("ContactFlowId")?);
    let name = input.bounded("Name", 1, LONGEST_NAME)?;
    let description = input.bounded("Description", 0, LONGEST_DESCRIPTION)?;
    let flow_state: Option<FlowState> = input.choice("ContactFlowState")?;
    exchange.world.write(|state| {
        let instance = state
            .of_mut::<crate::connect::State>()
            .instance_mut(instance_id)?;
        let reference = FlowReference::parse(&instance.arn, flow_id)?;
        instance.update_flow_metadata(
            &reference.id,
            name,
            description,
            flow_state,
            exchange.call.now,
        )
    })?;
    Response::json(&json!({}))
}

/// `DeleteContactFlow`.
pub fn delete(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &[])?;
    let (instance_id, flow_id) = (input.instance()?, input.label("ContactFlowId")?);
    exchange.world.write(|state| {
        state
            .of_mut::<crate::connect::State>()
            .delete_flow(instance_id, flow_id)
    })?;
    Response::json(&json!({}))
}

/// `ListContactFlows`.
pub fn list(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &["contactFlowTypes", "nextToken", "maxResults"])?;
    let instance_id = input.instance()?;
    let types: Vec<FlowType> = input.query_choices("contactFlowTypes", 10)?;
    let most = input.query_max_results(1000, 100)?;
    exchange.world.read(|state| {
        let instance = state.of::<crate::connect::State>().instance(instance_id)?;
        let flows: Vec<&Flow> = instance
            .flows
            .values()
            .filter(|flow| types.is_empty() || types.contains(&flow.flow_type))
            .filter(|flow| consistency::is_listed(state, &flow.id, exchange.call.now))
            .collect();
        let page = page(
            "ListContactFlows",
            flows,
            |flow| format!("{}\n{}", flow.name, flow.id),
            input.query("nextToken"),
            most,
        )?;
        let items: Vec<Value> = page
            .items
            .into_iter()
            .map(|flow| {
                json!({
                    "Id": flow.id,
                    "Arn": flow.arn(instance),
                    "Name": flow.name,
                    "ContactFlowType": flow.flow_type,
                    "ContactFlowState": flow.state,
                    "ContactFlowStatus": flow.status(),
                })
            })
            .collect();
        Response::json(&present(
            json!({ "ContactFlowSummaryList": items, "NextToken": page.next_token }),
        ))
    })
}
