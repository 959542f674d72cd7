//! A stack: its change set, executed.

use super::preview::{data_loss, stack_input};
use crate::engine::apply::Work;
use crate::engine::desired::TemplateResource;
use crate::engine::error::{EngineError, FailureKind, ServiceFailure};
use crate::engine::plan::{Action, Change};
use crate::engine::ports::{Age, ChangeSet, Progress as _, StackStatus};
use crate::engine::prepare::check_permits;

pub(in crate::engine) async fn apply(
    work: &Work<'_>,
    change: &Change,
) -> Result<String, EngineError> {
    let name = &change.resource.name;
    let token: String = work.prepared.plan.digest().chars().take(32).collect();
    work.clear_away(change, &token).await?;
    let mut attempt = 1;
    loop {
        let again = format!("{token}-{attempt}");
        let change_set = match work.prepared.change_sets.get(name) {
            Some(change_set) if attempt == 1 => Some(change_set.clone()),
            _ => work.change_set(change, &again).await?,
        };
        let Some(change_set) = change_set else {
            return Ok("no changes".to_owned());
        };
        let notes = work.notes(change);
        let done = work.ports.stacks.execute(&change_set, &again, &notes).await;
        match done {
            Ok(stack) => {
                work.learn(|values| values.set_outputs(name, stack.outputs));
                return Ok(stack.status.to_string());
            }
            Err(failure) if attempt < ATTEMPTS && work.may_begin_anew(change, &failure) => {
                notes.note(&format!(
                    "what it needs is not known everywhere yet; it is made once more ({failure})"
                ));
                work.delete_failed(change, &change_set.stack_arn, &again)
                    .await?;
                attempt += 1;
            }
            Err(failure) => return Err(work.failed(change, "applying the stack")(failure)),
        }
    }
}

/// So often is a stack made whose creation was refused because something that it needs is
/// young. Each attempt takes CloudFormation most of a minute.
const ATTEMPTS: u32 = 16;

impl Work<'_> {
    /// A stack that failed to be made cannot be updated: it is deleted, then made anew.
    async fn clear_away(&self, change: &Change, token: &str) -> Result<(), EngineError> {
        let Some(there) = self.prepared.observed.stacks.get(&change.resource.name) else {
            return Ok(());
        };
        if !there.status.never_was() || there.status == StackStatus::ReviewInProgress {
            return Ok(());
        }
        self.delete_failed(change, &there.arn, token).await
    }

    async fn delete_failed(
        &self,
        change: &Change,
        arn: &str,
        token: &str,
    ) -> Result<(), EngineError> {
        let notes = self.notes(change);
        self.ports
            .stacks
            .delete(arn, token, &notes)
            .await
            .map_err(self.failed(change, "deleting the stack that failed before"))
    }

    /// Whether a stack that could not be made is made once more in this run: it needs what
    /// this run made, and keeps nothing that would be left behind each time.
    fn may_begin_anew(&self, change: &Change, failure: &ServiceFailure) -> bool {
        let keeps_nothing = self
            .prepared
            .desired
            .stacks
            .get(&change.resource.name)
            .is_some_and(|stack| !stack.resources.iter().any(TemplateResource::is_retained));
        failure.kind == FailureKind::NotYet
            && change.action == Action::Create
            && self.age(&change.resource) == Age::Young
            && keeps_nothing
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
