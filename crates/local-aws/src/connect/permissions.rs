//! What a role needs for each operation (AWS docs, "Service Authorization
//! Reference", Amazon Connect).

use super::input::Input;
use crate::core::error::ServiceResult;
use crate::core::service::{Permission, Request, Route};
use crate::core::world::World;

/// Action and resource of an operation. Where an ARN is in the request it is
/// taken, where only ids are the ARN is made of them.
pub fn required(world: &World, route: &Route, request: &Request) -> ServiceResult<Vec<Permission>> {
    let operation = route.operation;
    let body: serde_json::Map<String, serde_json::Value> = request.json()?;
    let member = |name: &str| body.get(name).and_then(serde_json::Value::as_str);
    let instance = [
        Some(route.label("InstanceId")).filter(|label| !label.is_empty()),
        member("InstanceId"),
        member("TargetArn"),
        request.query_value("instanceId"),
    ]
    .into_iter()
    .flatten()
    .next()
    .map(|reference| qualified(world, "instance", reference));
    let within = |word: &str, id: &str| {
        if id.starts_with("arn:") {
            id.to_owned()
        } else {
            format!("{}/{word}/{id}", instance.as_deref().unwrap_or("*"))
        }
    };
    let number = route.label("PhoneNumberId");
    let number = (!number.is_empty()).then(|| qualified(world, "phone-number", number));
    let resources: Vec<String> = match operation {
        "ListInstances" | "CreateInstance" => vec!["*".to_owned()],
        "TagResource" | "UntagResource" | "ListTagsForResource" => {
            vec![route.label("resourceArn").to_owned()]
        }
        "CreateContactFlow" => vec![within("contact-flow", "*")],
        "CreateContactFlowModule" => vec![within("flow-module", "*")],
        "DescribeContactFlow"
        | "DeleteContactFlow"
        | "UpdateContactFlowContent"
        | "UpdateContactFlowMetadata"
        | "UpdateContactFlowName" => {
            // The draft (`ID:$SAVED`) is no resource of its own.
            let flow = route.label("ContactFlowId");
            let flow = flow.strip_suffix(":$SAVED").unwrap_or(flow);
            vec![within("contact-flow", flow)]
        }
        "DescribeContactFlowModule"
        | "DeleteContactFlowModule"
        | "UpdateContactFlowModuleContent"
        | "UpdateContactFlowModuleMetadata" => {
            vec![within("flow-module", route.label("ContactFlowModuleId"))]
        }
        "DescribeQueue" | "UpdateQueueOutboundCallerConfig" => {
            vec![within("queue", route.label("QueueId"))]
        }
        "AssociatePhoneNumberContactFlow" => number
            .into_iter()
            .chain(member("ContactFlowId").map(|id| within("contact-flow", id)))
            .collect(),
        "ClaimPhoneNumber" => instance
            .clone()
            .into_iter()
            .chain([world.arn("connect", "phone-number/*")])
            .collect(),
        "UpdatePhoneNumber" => number.into_iter().chain(instance.clone()).collect(),
        "DescribePhoneNumber" | "ReleasePhoneNumber" | "DisassociatePhoneNumberContactFlow" => {
            number.into_iter().collect()
        }
        _ => vec![instance.clone().unwrap_or_else(|| "*".to_owned())],
    };
    let mut permissions: Vec<Permission> = resources
        .into_iter()
        .map(|resource| Permission {
            action: format!("connect:{operation}"),
            resource,
        })
        .collect();
    // The one dependent action: Connect adds to the function's policy for the caller.
    if operation == "AssociateLambdaFunction" {
        let input = Input::read(route, request, &["FunctionArn", "ClientToken"], &[])?;
        permissions.push(Permission {
            action: "lambda:AddPermission".to_owned(),
            resource: input.required("FunctionArn", 1, 140)?.to_owned(),
        });
    }
    Ok(permissions)
}

fn qualified(world: &World, word: &str, reference: &str) -> String {
    if reference.starts_with("arn:") {
        reference.to_owned()
    } else {
        world.arn("connect", format_args!("{word}/{reference}"))
    }
}
