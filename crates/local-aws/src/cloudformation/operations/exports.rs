//! Exports and who imports them.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{page, refused};
use crate::core::error::ServiceResult;
use crate::core::world::World;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Exports {
    next_token: Option<String>,
}

pub(super) fn exports(world: &Arc<World>, input: &Exports) -> ServiceResult<Value> {
    let exchange = world.read(|state| state.of::<crate::cloudformation::State>().exchange(None));
    let all = exchange.exports.into_iter().collect();
    let (items, next) = page(all, input.next_token.as_deref(), 100)?;
    let exports: Vec<Value> = items
        .into_iter()
        .map(|(name, export)| {
            json!({
                "ExportingStackId": export.stack_id,
                "Name": name,
                "Value": export.value,
            })
        })
        .collect();
    Ok(json!({ "Exports": exports, "NextToken": next }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Imports {
    export_name: String,
    next_token: Option<String>,
}

pub(super) fn imports(world: &Arc<World>, input: &Imports) -> ServiceResult<Value> {
    let name = &input.export_name;
    let mut exchange =
        world.read(|state| state.of::<crate::cloudformation::State>().exchange(None));
    let stacks = exchange
        .importers
        .remove(name)
        .ok_or_else(|| refused(format!("Export '{name}' is not imported by any stack.")))?;
    let (items, next) = page(stacks, input.next_token.as_deref(), 100)?;
    Ok(json!({ "Imports": items, "NextToken": next }))
}
