//! What a role needs for a DynamoDB operation.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Permission, Request};
use crate::core::world::World;

/// One permission per table (and index) that the request names.
pub(super) fn required(
    world: &World,
    operation: &str,
    request: &Request,
) -> ServiceResult<Vec<Permission>> {
    let body: Value = request.json()?;
    let tables = match operation {
        "GetItem"
        | "PutItem"
        | "UpdateItem"
        | "DeleteItem"
        | "Query"
        | "Scan"
        | "DescribeTable"
        | "DescribeTimeToLive"
        | "DescribeContinuousBackups" => {
            let table = table_arn(world, text(&body, "TableName"));
            BTreeSet::from([match body.get("IndexName").and_then(Value::as_str) {
                Some(index) => format!("{table}/index/{index}"),
                None => table,
            }])
        }
        "BatchGetItem" | "BatchWriteItem" => body
            .get("RequestItems")
            .and_then(Value::as_object)
            .map(|items| items.keys().map(|name| table_arn(world, name)).collect())
            .unwrap_or_default(),
        "TransactGetItems" | "TransactWriteItems" => {
            return transaction(world, &body);
        }
        "ListTables" => BTreeSet::from(["*".to_owned()]),
        "DescribeStream" | "GetShardIterator" => {
            BTreeSet::from([text(&body, "StreamArn").to_owned()])
        }
        "GetRecords" => {
            let iterator = text(&body, "ShardIterator");
            BTreeSet::from([super::streams::arn_of_iterator(iterator).to_owned()])
        }
        // Whatever the label: a policy on `table/NAME/stream/*` allows it.
        "ListStreams" => {
            let table = body.get("TableName").and_then(Value::as_str).unwrap_or("*");
            BTreeSet::from([format!("{}/stream/*", table_arn(world, table))])
        }
        other => {
            return Err(ServiceError::not_implemented(format!(
                "dynamodb:{other} for a role"
            )));
        }
    };
    Ok(tables
        .into_iter()
        .map(|resource| Permission {
            action: format!("dynamodb:{operation}"),
            resource,
        })
        .collect())
}

/// A transaction needs the permission of each of its actions
/// (AWS docs, "Using IAM with DynamoDB transactions").
fn transaction(world: &World, body: &Value) -> ServiceResult<Vec<Permission>> {
    let mut permissions = Vec::new();
    for item in body
        .get("TransactItems")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        for (kind, action) in item.as_object().into_iter().flatten() {
            let operation = match kind.as_str() {
                "Get" => "GetItem",
                "Put" => "PutItem",
                "Update" => "UpdateItem",
                "Delete" => "DeleteItem",
                "ConditionCheck" => "ConditionCheckItem",
                other => {
                    return Err(ServiceError::new(
                        400,
                        "ValidationException",
                        format!("unknown action {other} in a transaction"),
                    ));
                }
            };
            permissions.push(Permission {
                action: format!("dynamodb:{operation}"),
                resource: table_arn(world, text(action, "TableName")),
            });
        }
    }
    Ok(permissions)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn table_arn(world: &World, name: &str) -> String {
    if name.starts_with("arn:") {
        return name.to_owned();
    }
    world.arn("dynamodb", format!("table/{name}"))
}
