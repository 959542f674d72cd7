//! Point-in-time recovery: kept as a setting; nothing can be restored from it here.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Request, Unread, absent};
use crate::core::wire::response::Response;
use crate::core::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Describe {
    table_name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Update {
    table_name: String,
    point_in_time_recovery_specification: Specification,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Specification {
    point_in_time_recovery_enabled: bool,
}

fn read<T: DeserializeOwned>(operation: &str, request: &Request) -> ServiceResult<T> {
    request
        .json()
        .map_err(|error| match Unread::of(&error.message) {
            Unread::Unknown(name) => {
                ServiceError::not_implemented(format!("the member {name} of dynamodb:{operation}"))
            }
            Unread::Missing(name) => ServiceError::new(400, "ValidationException", absent(name)),
            Unread::Other => error,
        })
}

pub(super) async fn describe(world: &World, request: &Request) -> ServiceResult<Response> {
    let input: Describe = read("DescribeContinuousBackups", request)?;
    answer(world, &input.table_name).await
}

pub(super) async fn update(world: &World, request: &Request) -> ServiceResult<Response> {
    let input: Update = read("UpdateContinuousBackups", request)?;
    let enabled = input
        .point_in_time_recovery_specification
        .point_in_time_recovery_enabled;
    set_point_in_time_recovery(world, &input.table_name, enabled).await?;
    answer(world, &input.table_name).await
}

async fn answer(world: &World, table: &str) -> ServiceResult<Response> {
    let description = continuous_backups(world, table).await?;
    Response::json(&json!({ "ContinuousBackupsDescription": description }))
}

/// Turns point-in-time recovery of a table on or off.
///
/// # Errors
/// `TableNotFoundException` (400) when there is no such table.
pub async fn set_point_in_time_recovery(
    world: &World,
    table: &str,
    enabled: bool,
) -> ServiceResult<()> {
    exists(world, table).await?;
    world.write(|state| {
        state
            .of_mut::<crate::dynamodb::State>()
            .point_in_time_recovery
            .insert(table.to_owned(), enabled);
        Ok(())
    })
}

/// `ContinuousBackupsDescription` of a table.
///
/// # Errors
/// `TableNotFoundException` (400) when there is no such table.
pub async fn continuous_backups(world: &World, table: &str) -> ServiceResult<Value> {
    exists(world, table).await?;
    let enabled = world.read(|state| {
        state
            .of::<crate::dynamodb::State>()
            .point_in_time_recovery
            .get(table)
            .copied()
            .unwrap_or(false)
    });
    let status = if enabled { "ENABLED" } else { "DISABLED" };
    Ok(json!({
        "ContinuousBackupsStatus": "ENABLED",
        "PointInTimeRecoveryDescription": { "PointInTimeRecoveryStatus": status },
    }))
}

/// Forgets the setting of a table that was deleted by this request: a new table
/// of that name begins without.
pub(super) fn forget(world: &World, request: &Request) -> ServiceResult<()> {
    let input: Describe = read("DescribeContinuousBackups", request)?;
    // A table may be named by its ARN.
    let name = input.table_name.rsplit('/').next().unwrap_or_default();
    world.write(|state| {
        state
            .of_mut::<crate::dynamodb::State>()
            .point_in_time_recovery
            .remove(name);
        Ok(())
    })
}

async fn exists(world: &World, table: &str) -> ServiceResult<()> {
    let described: ServiceResult<Value> = world
        .handle::<crate::dynamodb::Tables>()
        .call("DescribeTable", &json!({ "TableName": table }))
        .await;
    described.map(|_| ()).map_err(|mut error| {
        if error.code == "ResourceNotFoundException" {
            error.code = "TableNotFoundException".into();
            error.message = format!("Table not found: {table}");
        }
        error
    })
}
