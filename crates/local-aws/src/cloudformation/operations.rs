//! The API, an operation per function: reads the request, asks the pure parts,
//! changes the state.

mod change;
mod change_sets;
mod describe;
mod events;
mod exports;
mod input;
mod stacks;
mod templates;

use std::sync::Arc;

use serde_json::Value;

use crate::cloudformation::consistency;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::query::Query;
use crate::core::world::World;

/// The operations that are implemented.
pub const NAMES: &[&str] = &[
    "CancelUpdateStack",
    "ContinueUpdateRollback",
    "CreateChangeSet",
    "CreateStack",
    "DeleteChangeSet",
    "DeleteStack",
    "DescribeChangeSet",
    "DescribeEvents",
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

/// The answer to a request.
#[derive(Debug, Default)]
pub struct Answer {
    /// The result; `None` for operations that have none.
    pub result: Option<Value>,
    /// ARN of the stack on which work was begun.
    pub begun: Option<String>,
}

impl Answer {
    fn of(result: Value) -> Self {
        Self {
            result: Some(result),
            begun: None,
        }
    }
}

/// Does an operation of [`NAMES`].
///
/// # Errors
/// The errors of the service model.
pub fn handle(world: &Arc<World>, operation: &str, query: &Query) -> ServiceResult<Answer> {
    consistency::forget_deleted(world)?;
    let result = match operation {
        "CancelUpdateStack" => {
            stacks::cancel_update(world, &input::read(query)?)?;
            return Ok(Answer::default());
        }
        "ContinueUpdateRollback" => {
            return stacks::continue_update_rollback(world, &input::read(query)?);
        }
        "CreateStack" => return stacks::create(world, input::read(query)?),
        "DeleteStack" => return stacks::delete(world, &input::read(query)?),
        "ExecuteChangeSet" => return change_sets::execute(world, &input::read(query)?),
        "UpdateStack" => return stacks::update(world, input::read(query)?),
        "CreateChangeSet" => change_sets::create(world, input::read(query)?),
        "DeleteChangeSet" => change_sets::delete(world, &input::read(query)?),
        "DescribeChangeSet" => change_sets::describe(world, &input::read(query)?),
        "DescribeEvents" => events::describe(world, &input::read(query)?),
        "DescribeStackEvents" => describe::events(world, &input::read(query)?),
        "DescribeStackResource" => describe::resource(world, &input::read(query)?),
        "DescribeStackResources" => describe::resources(world, &input::read(query)?),
        "DescribeStacks" => describe::stacks(world, &input::read(query)?),
        "GetTemplate" => templates::get(world, &input::read(query)?),
        "GetTemplateSummary" => templates::summary(world, input::read(query)?),
        "ListChangeSets" => change_sets::list(world, &input::read(query)?),
        "ListExports" => exports::exports(world, &input::read(query)?),
        "ListImports" => exports::imports(world, &input::read(query)?),
        "ListStackResources" => describe::list_resources(world, &input::read(query)?),
        "ListStacks" => describe::list_stacks(world, &input::read(query)?),
        "UpdateTerminationProtection" => {
            stacks::update_termination_protection(world, &input::read(query)?)
        }
        "ValidateTemplate" => templates::validate(&input::read(query)?),
        other => Err(ServiceError::not_implemented(format!(
            "cloudformation:{other}"
        ))),
    };
    result.map(Answer::of)
}
