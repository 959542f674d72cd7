//! What CloudFormation says that an update of a stack would do: its change set.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::desired::Desired;
use crate::engine::error::EngineError;
use crate::engine::observe::{Observed, on};
use crate::engine::plan::{Action, Irreversible, Plan, ResourceKind};
use crate::engine::ports::{
    ChangeAction, ChangeSet, Ports, Progress, Replacement, StackChange, StackInput,
};
use crate::engine::values::Values;

/// Makes change sets for the stacks that would be updated and have none, as far as their
/// parameters are known, and shows in the plan what each does. Names the stacks of which
/// CloudFormation says that nothing would change: a plan that is made anew knows what they
/// give.
pub(in crate::engine) async fn preview(
    ports: &Ports,
    desired: &Desired,
    observed: &Observed,
    plan: &mut Plan,
    change_sets: &mut BTreeMap<String, ChangeSet>,
    progress: &dyn Progress,
) -> Result<BTreeSet<String>, EngineError> {
    let mut values = Values::new(desired, observed);
    // As in the plan: a stack that changes gives what nobody knows yet.
    for change in &plan.changes {
        if change.resource.kind == ResourceKind::Stack && change.action != Action::Keep {
            values.forget_outputs(&change.resource.name);
        }
    }
    let mut unchanged = BTreeSet::new();
    let token = plan.digest();
    for change in &mut plan.changes {
        if change.resource.kind != ResourceKind::Stack || change.action != Action::Update {
            continue;
        }
        let name = change.resource.name.clone();
        let made = match change_sets.get(&name) {
            Some(earlier) => Some(earlier.clone()),
            None => {
                let Some(input) = stack_input(desired, observed, &values, &name, &token) else {
                    continue;
                };
                let made = ports.stacks.change_set(&input, progress).await;
                made.map_err(on(ResourceKind::Stack, &name, "making a change set"))?
            }
        };
        match made {
            None => {
                unchanged.insert(name);
            }
            Some(change_set) => {
                change.stack_changes.clone_from(&change_set.changes);
                change.irreversible = data_loss(&change_set.changes);
                change_sets.insert(name, change_set);
            }
        }
    }
    Ok(unchanged)
}

/// Forgets change sets that are not executed, by the stacks' names.
pub(in crate::engine) async fn discard(
    ports: &Ports,
    change_sets: &BTreeMap<String, ChangeSet>,
) -> Result<(), EngineError> {
    for (name, change_set) in change_sets {
        let done = ports.stacks.discard(change_set).await;
        done.map_err(on(ResourceKind::Stack, name, "deleting a change set"))?;
    }
    Ok(())
}

/// What a stack is sent, if all its parameters are known.
pub(super) fn stack_input(
    desired: &Desired,
    observed: &Observed,
    values: &Values,
    name: &str,
    token: &str,
) -> Option<StackInput> {
    let stack = desired.stacks.get(name)?;
    let parameters: BTreeMap<String, String> = stack
        .parameters
        .iter()
        .map(|(key, text)| values.known(text).map(|value| (key.clone(), value)))
        .collect::<Option<_>>()?;
    let there = observed
        .stacks
        .get(name)
        .filter(|stack| !stack.status.never_was());
    Some(StackInput {
        stack: there.map_or_else(|| stack.physical.clone(), |there| there.arn.clone()),
        create: there.is_none(),
        template: stack.template.clone(),
        parameters,
        tags: desired.tags(),
        token: token.chars().take(32).collect(),
    })
}

/// Types that hold what cannot be made again.
pub(in crate::engine) const STATEFUL: &[&str] = &[
    "AWS::DynamoDB::Table",
    "AWS::DynamoDB::GlobalTable",
    "AWS::S3::Bucket",
];

/// What of a change set would lose data.
pub(super) fn data_loss(changes: &[StackChange]) -> Vec<Irreversible> {
    changes
        .iter()
        .filter(|change| STATEFUL.contains(&change.resource_type.as_str()))
        .filter(|change| {
            let replaced = matches!(
                change.replacement,
                Some(Replacement::True | Replacement::Conditional)
            );
            change.action == ChangeAction::Remove
                || (change.action == ChangeAction::Modify && replaced)
        })
        .map(|change| Irreversible::DataLoss {
            logical_id: change.logical_id.clone(),
            resource_type: change.resource_type.clone(),
            physical_id: None,
        })
        .collect()
}
