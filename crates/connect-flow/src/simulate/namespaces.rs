//! What the roots of JSONPaths stand for.

use super::Endpoint;
use super::call::Call;
use crate::path::Path;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// The value that the path leads to; `None` when there is nothing, or null.
pub(super) fn resolve(call: &Call, path: &Path) -> Option<Value> {
    let root = root(call, path.root())?;
    let mut value = &root;
    for key in &path.keys()[1..] {
        value = match value {
            Value::Object(members) => members.get(key)?,
            // The index of a list is a key like any other: $.External.items.0
            Value::Array(values) => values.get(key.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    (!value.is_null()).then(|| value.clone())
}

fn root(call: &Call, name: &str) -> Option<Value> {
    let contact = &call.contact;
    Some(match name {
        "Attributes" => texts(&contact.attributes),
        "FlowAttributes" => texts(&call.flow_attributes),
        "External" => call.external.clone(),
        "LambdaInvocation" => json!({"ResultData": call.external}),
        "StoredCustomerInput" => json!(call.stored_input),
        "SegmentAttributes" => texts(&contact.segment_attributes),
        "Tags" => texts(&contact.tags),
        "CustomerEndpoint" => endpoint(contact.customer_endpoint.as_ref()),
        "SystemEndpoint" => endpoint(contact.system_endpoint.as_ref()),
        "Queue" => {
            let queue = contact.queue.as_ref()?;
            json!({
                "Name": queue.name,
                "ARN": queue.arn,
                "OutboundCallerId": queue.outbound_caller_id.as_ref().map(
                    |number| json!({"Address": number, "Type": "TELEPHONE_NUMBER"})),
            })
        }
        "ContactId" => json!(contact.contact_id),
        "InitialContactId" => json!(contact.initial_contact_id),
        "PreviousContactId" => json!(contact.previous_contact_id),
        "InstanceARN" => json!(contact.instance_arn),
        "AwsRegion" => json!(contact.aws_region),
        "Channel" => json!(contact.channel),
        "InitiationMethod" => json!(contact.initiation_method),
        "LanguageCode" => json!(contact.language_code),
        "TextToSpeechVoiceId" => json!(call.voice),
        "CustomerId" => json!(contact.customer_id),
        "Name" => json!(contact.name),
        "Description" => json!(contact.description),
        // Namespaces of actions that are not simulated, and inventions.
        _ => return None,
    })
}

fn endpoint(endpoint: Option<&Endpoint>) -> Value {
    endpoint.map_or(
        Value::Null,
        |endpoint| json!({"Address": endpoint.address, "Type": endpoint.kind}),
    )
}

pub(super) fn texts(map: &IndexMap<String, String>) -> Value {
    let members: Map<String, Value> = map
        .iter()
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    Value::Object(members)
}
