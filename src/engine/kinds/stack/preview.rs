//! What CloudFormation says that an update of a stack would do: its change set.

use std::collections::BTreeMap;

use crate::engine::desired::Desired;
use crate::engine::error::EngineError;
use crate::engine::observe::Observed;
use crate::engine::plan::{Action, Irreversible, Plan, ResourceKind, digest};
use crate::engine::ports::{ChangeAction, ChangeSet, Ports, Replacement, StackChange, StackInput};
use crate::engine::values::Values;

/// Change sets for the stacks that would be updated, as far as their
/// parameters are known; a change set that says "no changes" takes the change
/// out of the plan.
pub(in crate::engine) async fn preview(
    ports: &Ports,
    desired: &Desired,
    observed: &Observed,
    plan: &mut Plan,
) -> Result<BTreeMap<String, ChangeSet>, EngineError> {
    let mut values = Values::new(desired, observed);
    // As in the plan: a stack that changes gives what nobody knows yet.
    for change in &plan.changes {
        if change.resource.kind == ResourceKind::Stack && change.action != Action::Keep {
            values.forget_outputs(&change.resource.name);
        }
    }
    let mut change_sets = BTreeMap::new();
    let token = digest(format!("{}{:?}", plan.digest(), observed.stacks).as_bytes());
    for change in &mut plan.changes {
        if change.resource.kind != ResourceKind::Stack || change.action != Action::Update {
            continue;
        }
        let name = change.resource.name.clone();
        let Some(input) = stack_input(desired, observed, &values, &name, &token) else {
            continue;
        };
        let change_set =
            ports
                .stacks
                .change_set(&input)
                .await
                .map_err(|failure| EngineError::Service {
                    resource: change.resource.clone(),
                    doing: "making a change set",
                    failure: Box::new(failure),
                })?;
        match change_set {
            None => {
                change.action = Action::Keep;
                change.details.clear();
            }
            Some(change_set) => {
                change.stack_changes = change_set.changes.clone();
                change.irreversible = data_loss(&change_set.changes);
                change_sets.insert(name, change_set);
            }
        }
    }
    Ok(change_sets)
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
