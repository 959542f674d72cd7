//! Lets the instance invoke a function: the permission on the alias, and the association.

use super::diff::{is_permitted, statement, statement_id};
use crate::engine::apply::Work;
use crate::engine::error::EngineError;
use crate::engine::plan::Change;
use crate::engine::ports::Age;
use crate::engine::text::Reference;
use crate::engine::values::LIVE;

fn instance_name(instance: &crate::engine::ports::Instance) -> &str {
    instance.alias.as_deref().unwrap_or(&instance.id)
}

pub(in crate::engine) async fn apply(
    work: &Work<'_>,
    change: &Change,
) -> Result<String, EngineError> {
    let name = &change.resource.name;
    let reference = Reference::Function(name.clone());
    let values = work.values();
    let Some(function) = work.prepared.desired.functions.get(name) else {
        return Ok(String::new());
    };
    let alias = values
        .get(&reference)
        .ok_or_else(|| values.unresolved(&change.resource, &reference))?;
    let observed = &work.prepared.observed;
    let permission = statement(&observed.instance, &observed.identity.account);
    let id = statement_id(&observed.instance);
    // The association edits the policy that the permission was just written to.
    let age = if is_permitted(observed, name) {
        Age::Settled
    } else {
        Age::Young
    };
    // One after the other: Connect writes a statement of its own when it associates, and a
    // policy has one writer at a time.
    work.ports
        .functions
        .permit(&function.physical, LIVE, &id, &permission)
        .await
        .map_err(work.failed(change, "giving the permission"))?;
    if !observed.associated.contains(&alias) {
        work.ports
            .resources
            .associate_function(&observed.instance.id, &alias, age, &work.notes(change))
            .await
            .map_err(work.failed(change, "associating the function"))?;
    }
    Ok(format!(
        "{} may invoke it",
        instance_name(&observed.instance)
    ))
}
