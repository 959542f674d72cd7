//! The end of a creation or an update: outputs, exports, and what is left over.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::apply::{StackLookup, fail};
use super::{Ports, Remembering, Step, list, set_status};
use crate::cloudformation::state::{Exchange, Output, Phase, Remnant, Stack};
use crate::cloudformation::status::StackStatus;
use crate::cloudformation::template::Policy;
use crate::cloudformation::template::desired::Desired;

/// Every resource is as it shall be.
pub(super) fn finish(stack: &mut Stack, desired: &Desired, ports: &Ports<'_>) -> Step {
    let lookup = StackLookup {
        resources: &stack.resources,
        exports: &ports.exchange.exports,
    };
    let remembering = Remembering::new(&lookup);
    let resolved = desired.outputs(&remembering).and_then(|outputs| {
        for wanted in desired.resources.values() {
            desired.properties(wanted, &remembering)?;
            desired.metadata(wanted, &remembering)?;
        }
        Ok(outputs)
    });
    let imports = remembering.imports();
    let outputs: IndexMap<String, Output> = match resolved {
        Ok(outputs) => outputs
            .into_iter()
            .map(|(key, output)| {
                let description = desired.outputs[&key].description.clone();
                let output = Output {
                    value: output.value,
                    description,
                    export: output.export,
                };
                (key, output)
            })
            .collect(),
        Err(error) => return fail(stack, error.to_string(), ports),
    };
    if let Some(reason) = export_conflict(stack, &outputs, ports.exchange) {
        return fail(stack, reason, ports);
    }
    stack.outputs = outputs;
    stack.imports = imports;
    let Some(operation) = &mut stack.operation else {
        return Step::Over;
    };
    if operation.phase == Phase::Create {
        set_status(stack, StackStatus::CreateComplete, None, ports);
        stack.operation = None;
        return Step::Over;
    }
    let removed: Vec<Remnant> = stack
        .resources
        .iter()
        .filter(|(id, resource)| resource.exists() && !desired.resources.contains_key(*id))
        .map(|(id, resource)| Remnant {
            logical_id: id.clone(),
            resource: resource.clone(),
            retain: resource.deletion_policy != Policy::Delete,
            leaves: true,
        })
        .collect();
    operation.remnants.extend(removed);
    operation.phase = Phase::Cleanup;
    stack
        .resources
        .retain(|id, resource| resource.exists() || desired.resources.contains_key(id));
    set_status(
        stack,
        StackStatus::UpdateCompleteCleanupInProgress,
        None,
        ports,
    );
    Step::Again
}

/// Export names belong to one stack; those in use neither change nor go.
fn export_conflict(
    stack: &Stack,
    outputs: &IndexMap<String, Output>,
    exchange: &Exchange,
) -> Option<String> {
    let mut seen = BTreeSet::new();
    for output in outputs.values() {
        let Some(name) = &output.export else { continue };
        if !seen.insert(name) {
            return Some(format!("Duplicate Export names: [{name}]"));
        }
        if let Some(other) = exchange.exports.get(name) {
            return Some(format!(
                "Export with name {name} is already exported by stack {}",
                other.stack_name
            ));
        }
    }
    stack.outputs.values().find_map(|old| {
        let name = old.export.as_ref()?;
        let users = exchange.importers.get(name)?;
        let new = outputs
            .values()
            .find(|output| output.export.as_ref() == Some(name));
        match new {
            None => Some(format!(
                "Cannot delete export {name} as it is in use by {}",
                list(users)
            )),
            Some(new) if new.value != old.value => Some(format!(
                "Cannot update export {name} as it is in use by {}",
                list(users)
            )),
            Some(_) => None,
        }
    })
}
