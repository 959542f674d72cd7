//! The event that a function is invoked with.

use super::Endpoint;
use super::call::Call;
use super::namespaces::texts;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};

/// The `ContactFlowEvent` of the documentation, with the members that a live
/// call's payload has besides. Flow attributes are not part of it.
pub(super) fn event(call: &Call, parameters: &IndexMap<String, String>) -> Value {
    let contact = &call.contact;
    let segment_attributes: Map<String, Value> = contact
        .segment_attributes
        .iter()
        .map(|(key, value)| (key.clone(), json!({"ValueString": value})))
        .collect();
    let queue = contact.queue.as_ref().map(|queue| {
        json!({
            "ARN": queue.arn,
            "Name": queue.name,
            "OutboundCallerId": queue.outbound_caller_id.as_ref().map(
                |number| json!({"Address": number, "Type": "TELEPHONE_NUMBER"})),
        })
    });
    json!({
        "Name": "ContactFlowEvent",
        "Details": {
            "Parameters": texts(parameters),
            "ContactData": {
                "Attributes": texts(&contact.attributes),
                "AwsRegion": contact.aws_region,
                "Channel": contact.channel,
                "ContactId": contact.contact_id,
                "InitialContactId": contact.initial_contact_id,
                "PreviousContactId": contact.previous_contact_id,
                "RelatedContactId": null,
                "CustomerEndpoint": endpoint(contact.customer_endpoint.as_ref()),
                "CustomerId": contact.customer_id,
                "Description": contact.description,
                "InitiationMethod": contact.initiation_method,
                "InstanceARN": contact.instance_arn,
                "LanguageCode": contact.language_code,
                "MediaStreams": {"Customer": {"Audio": null}},
                "Name": contact.name,
                "Queue": queue,
                "References": {},
                "SegmentAttributes": segment_attributes,
                "SystemEndpoint": endpoint(contact.system_endpoint.as_ref()),
                "Tags": texts(&contact.tags),
            },
        },
    })
}

fn endpoint(endpoint: Option<&Endpoint>) -> Value {
    endpoint.map_or(
        Value::Null,
        |endpoint| json!({"Address": endpoint.address, "Type": endpoint.kind}),
    )
}
