//! The API, an operation per function: reads the request, asks the pure parts,
//! changes the state.

mod change_sets;
mod describe;
mod exports;
mod input;
mod stacks;
mod templates;

use std::sync::Arc;

use serde_json::Value;

use crate::error::{ServiceError, ServiceResult};
use crate::gateway::query::Query;
use crate::world::World;

/// The operations that are implemented.
pub const NAMES: &[&str] = &[
    "CancelUpdateStack",
    "ContinueUpdateRollback",
    "CreateChangeSet",
    "CreateStack",
    "DeleteChangeSet",
    "DeleteStack",
    "DescribeChangeSet",
    "DescribeStackEvents",
    "DescribeStackResource",
    "DescribeStackResources",
    "DescribeStacks",
    "ExecuteChangeSet",
    "GetTemplate",
    "GetTemplateSummary",
    "ListChangeSets",
    "ListExports",
    "ListImports",
    "ListStackResources",
    "ListStacks",
    "UpdateStack",
    "UpdateTerminationProtection",
    "ValidateTemplate",
];

/// Does an operation of [`NAMES`].
///
/// # Errors
/// The errors of the service model.
pub fn handle(world: &Arc<World>, operation: &str, query: &Query) -> ServiceResult<Option<Value>> {
    match operation {
        "CancelUpdateStack" => stacks::cancel_update(world, &input::read(query)?).map(|()| None),
        "ContinueUpdateRollback" => {
            stacks::continue_update_rollback(world, &input::read(query)?).map(Some)
        }
        "CreateChangeSet" => change_sets::create(world, input::read(query)?).map(Some),
        "CreateStack" => stacks::create(world, input::read(query)?).map(Some),
        "DeleteChangeSet" => change_sets::delete(world, &input::read(query)?).map(Some),
        "DeleteStack" => stacks::delete(world, &input::read(query)?).map(|()| None),
        "DescribeChangeSet" => change_sets::describe(world, &input::read(query)?).map(Some),
        "DescribeStackEvents" => describe::events(world, &input::read(query)?).map(Some),
        "DescribeStackResource" => describe::resource(world, &input::read(query)?).map(Some),
        "DescribeStackResources" => describe::resources(world, &input::read(query)?).map(Some),
        "DescribeStacks" => describe::stacks(world, &input::read(query)?).map(Some),
        "ExecuteChangeSet" => change_sets::execute(world, &input::read(query)?).map(Some),
        "GetTemplate" => templates::get(world, &input::read(query)?).map(Some),
        "GetTemplateSummary" => templates::summary(world, input::read(query)?).map(Some),
        "ListChangeSets" => change_sets::list(world, &input::read(query)?).map(Some),
        "ListExports" => exports::exports(world, &input::read(query)?).map(Some),
        "ListImports" => exports::imports(world, &input::read(query)?).map(Some),
        "ListStackResources" => describe::list_resources(world, &input::read(query)?).map(Some),
        "ListStacks" => describe::list_stacks(world, &input::read(query)?).map(Some),
        "UpdateStack" => stacks::update(world, input::read(query)?).map(Some),
        "UpdateTerminationProtection" => {
            stacks::update_termination_protection(world, &input::read(query)?).map(Some)
        }
        "ValidateTemplate" => templates::validate(&input::read(query)?).map(Some),
        other => Err(ServiceError::not_implemented(format!(
            "cloudformation:{other}"
        ))),
    }
}
