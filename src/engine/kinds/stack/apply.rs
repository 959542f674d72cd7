//! A stack: its change set, executed.

use super::preview::{data_loss, stack_input};
use crate::engine::apply::Work;
use crate::engine::error::EngineError;
use crate::engine::plan::Change;
use crate::engine::ports::{ChangeSet, StackStatus};
use crate::engine::prepare::check_permits;

pub(in crate::engine) async fn apply(
    work: &Work<'_>,
    change: &Change,
) -> Result<String, EngineError> {
    let name = &change.resource.name;
    let token: String = work.prepared.plan.digest().chars().take(32).collect();
    work.clear_away(change, &token).await?;
    let change_set = match work.prepared.change_sets.get(name) {
        Some(change_set) => Some(change_set.clone()),
        None => work.change_set(change, &token).await?,
    };
    let Some(change_set) = change_set else {
        return Ok("no changes".to_owned());
    };
    let stack = work
        .ports
        .stacks
        .execute(&change_set, &token, &work.notes(change))
        .await
        .map_err(work.failed(change, "applying the stack"))?;
    work.learn(|values| values.set_outputs(name, stack.outputs));
    Ok(stack.status.to_string())
}

impl Work<'_> {
    /// A stack that failed to be made cannot be updated: it is deleted, then made anew.
    async fn clear_away(&self, change: &Change, token: &str) -> Result<(), EngineError> {
        let Some(there) = self.prepared.observed.stacks.get(&change.resource.name) else {
            return Ok(());
        };
        if !there.status.never_was() || there.status == StackStatus::ReviewInProgress {
            return Ok(());
        }
        let notes = self.notes(change);
        self.ports
            .stacks
            .delete(&there.arn, token, &notes)
            .await
            .map_err(self.failed(change, "deleting the stack that failed before"))
    }

    /// A change set that could not be made for the plan, because a parameter was
    /// not known then. It may not do what the plan could not show and nobody asked for.
    async fn change_set(
        &self,
        change: &Change,
        token: &str,
    ) -> Result<Option<ChangeSet>, EngineError> {
        let values = self.values();
        let desired = &self.prepared.desired;
        let name = &change.resource.name;
        if let Some(stack) = desired.stacks.get(name) {
            for text in stack.parameters.values() {
                values.resolve(&change.resource, text)?;
            }
        }
        let Some(input) = stack_input(desired, &self.prepared.observed, &values, name, token)
        else {
            return Ok(None);
        };
        let change_set = self
            .ports
            .stacks
            .change_set(&input, &self.notes(change))
            .await
            .map_err(self.failed(change, "making a change set"))?;
        if let Some(change_set) = &change_set {
            let seen = Change {
                irreversible: data_loss(&change_set.changes),
                ..change.clone()
            };
            check_permits(&seen, self.permits)?;
        }
        Ok(change_set)
    }
}
