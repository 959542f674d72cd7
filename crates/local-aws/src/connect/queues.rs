//! What a queue shows who is called from it: caller id and outbound whisper flow.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::instances::Instance;
use super::lookups::Named;
use super::phone_numbers::PhoneNumber;
use super::values::FlowType;
use super::{Exchange, State, arns, epoch, errors, present};
use crate::core::error::ServiceResult;
use crate::core::wire::response::Response;

/// `OutboundCallerConfig` of the service model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub struct OutboundCallerConfig {
    /// The name that is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbound_caller_id_name: Option<String>,
    /// The id of the number that is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbound_caller_id_number_id: Option<String>,
    /// The id of the outbound whisper flow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbound_flow_id: Option<String>,
}

impl Instance {
    /// A queue by its id or ARN.
    fn queue(&self, reference: &str) -> ServiceResult<&Named> {
        let id = arns::id_of(&self.arn, "queue", reference)?;
        let queue = self.queues.get(id);
        queue.ok_or_else(|| errors::not_found(format!("The queue {reference} does not exist.")))
    }

    /// `Queue` of the service model.
    fn queue_description(&self, queue: &Named) -> Value {
        present(json!({
            "Name": queue.name,
            "QueueArn": format!("{}/queue/{}", self.arn, queue.id),
            "QueueId": queue.id,
            "Description": queue.description,
            "OutboundCallerConfig": self.outbound.get(&queue.id),
            // Every queue here keeps the only hours there are.
            "HoursOfOperationId": self.hours.keys().next(),
            "Status": "ENABLED",
            "Tags": (!queue.tags.is_empty()).then_some(&queue.tags),
            "LastModifiedTime": epoch(queue.modified),
            "LastModifiedRegion": self.region(),
        }))
    }
}

/// `DescribeQueue`.
pub fn describe(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &[])?;
    let (instance_id, queue_id) = (input.instance()?, input.label("QueueId")?);
    exchange.world.read(|state| {
        let instance = state.of::<State>().instance(instance_id)?;
        let queue = instance.queue(queue_id)?;
        Response::json(&json!({ "Queue": instance.queue_description(queue) }))
    })
}

/// `UpdateQueueOutboundCallerConfig`: all of it, what is not given goes.
pub fn update_outbound(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&["OutboundCallerConfig"], &[])?;
    let (instance_id, queue_id) = (input.instance()?, input.label("QueueId")?);
    let config: OutboundCallerConfig = input
        .structure("OutboundCallerConfig")?
        .ok_or_else(|| input.missing("OutboundCallerConfig"))?;
    if let Some(name) = &config.outbound_caller_id_name {
        input.check_length("OutboundCallerConfig.OutboundCallerIdName", name, 1, 255)?;
    }
    if let Some(flow) = &config.outbound_flow_id {
        input.check_length("OutboundCallerConfig.OutboundFlowId", flow, 0, 500)?;
    }
    exchange.world.write(|state| {
        let connect = state.of::<State>();
        let instance = connect.instance(instance_id)?;
        let queue = instance.queue(queue_id)?.id.clone();
        let config = checked(instance, connect.phone_numbers.values(), config)?;
        let instance = state.of_mut::<State>().instance_mut(instance_id)?;
        if let Some(queue) = instance.queues.get_mut(&queue) {
            queue.modified = exchange.call.now;
        }
        if config == OutboundCallerConfig::default() {
            instance.outbound.remove(&queue);
        } else {
            instance.outbound.insert(queue, config);
        }
        Ok(Response::empty(200))
    })
}

/// The same with ids in place of ARNs; what it names is there and can be it.
fn checked<'a>(
    instance: &Instance,
    mut numbers: impl Iterator<Item = &'a PhoneNumber>,
    config: OutboundCallerConfig,
) -> ServiceResult<OutboundCallerConfig> {
    let number = |reference: &String| {
        let of_instance = numbers.find(|number| {
            (&number.id == reference || &number.arn == reference)
                && number.instance_id == instance.id
        });
        of_instance.map(|number| number.id.clone()).ok_or_else(|| {
            errors::not_found(format!("The phone number {reference} does not exist."))
        })
    };
    let flow = |reference: &String| {
        let flow = instance.flow(arns::id_of(&instance.arn, "contact-flow", reference)?)?;
        // Administrator guide, "Create a queue": the outbound whisper flow is one of that type.
        if flow.flow_type == FlowType::OutboundWhisper && flow.published.is_some() {
            return Ok(flow.id.clone());
        }
        Err(errors::invalid_parameter(format!(
            "The flow {reference} is no published outbound whisper flow."
        )))
    };
    Ok(OutboundCallerConfig {
        outbound_caller_id_number_id: config
            .outbound_caller_id_number_id
            .as_ref()
            .map(number)
            .transpose()?,
        outbound_flow_id: config.outbound_flow_id.as_ref().map(flow).transpose()?,
        outbound_caller_id_name: config.outbound_caller_id_name,
    })
}
