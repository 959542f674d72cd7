//! From what is wanted to a plan that can be shown and applied: reads what is
//! there, compares, and lets CloudFormation say what a change of a stack would do.

use std::collections::{BTreeMap, BTreeSet};

use super::desired::Desired;
use super::diff::{self, Allowances};
use super::drift;
use super::error::{EngineError, ServiceFailure};
use super::graph::{Graph, graph};
use super::observe::{Observed, observe, observe_data};
use super::plan::{Action, Change, Irreversible, Plan, ResourceId, ResourceKind, digest};
use super::ports::{ChangeSet, Identity, Instance, Ports, Progress, StackChange, StackInput};
use super::values::Values;

/// Where a solution is deployed to.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// The services.
    pub ports: &'a Ports,
    /// Who deploys.
    pub identity: &'a Identity,
    /// The instance.
    pub instance: &'a Instance,
    /// `local` or `aws`.
    pub target: &'a str,
}

/// A plan with everything its apply needs.
pub struct Prepared {
    /// What is wanted.
    pub desired: Desired,
    /// What was there.
    pub observed: Observed,
    /// The order of work.
    pub graph: Graph,
    /// What would change.
    pub plan: Plan,
    /// Change sets made to see what an update of a stack does; apply executes
    /// these and no others.
    pub change_sets: BTreeMap<String, ChangeSet>,
}

impl Prepared {
    /// Ids of the numbers that this plan takes.
    pub fn numbers(&self) -> BTreeSet<String> {
        diff::assign(&self.desired, &self.observed)
            .into_values()
            .map(|number| number.id.clone())
            .collect()
    }
}

/// Reads, compares, previews. `reserved` are numbers that others of the same run take.
///
/// # Errors
/// [`EngineError`]; nothing has been changed then, but for change sets made.
pub async fn prepare(
    site: Site<'_>,
    mut desired: Desired,
    allowances: Allowances,
    reserved: &BTreeSet<String>,
    progress: &dyn Progress,
) -> Result<Prepared, EngineError> {
    let Site {
        ports,
        identity,
        instance,
        target,
    } = site;
    desired.instance.clone_from(&instance.id);
    let graph = graph(&desired)?;
    let mut observed = observe(ports, identity, instance, &desired).await?;
    observed.reserved.clone_from(reserved);
    settle(ports, &mut observed, progress).await?;
    observe_data(ports, &desired, &mut observed).await?;
    let mut plan = diff::diff(&desired, &observed, &graph, target, allowances)?;
    drafts(ports, &observed, &mut plan).await?;
    let change_sets = preview(ports, &desired, &observed, &mut plan).await?;
    Ok(Prepared {
        desired,
        observed,
        graph,
        plan,
        change_sets,
    })
}

/// Waits for stacks that somebody is changing just now.
async fn settle(
    ports: &Ports,
    observed: &mut Observed,
    progress: &dyn Progress,
) -> Result<(), EngineError> {
    for (name, stack) in observed.stacks.clone() {
        let busy = stack.status.ends_with("_IN_PROGRESS") && stack.status != "REVIEW_IN_PROGRESS";
        if !busy {
            continue;
        }
        progress.note(&format!("stack {name} is {}: waiting", stack.status));
        let settled = ports
            .stacks
            .settle(&stack.arn, progress)
            .await
            .map_err(|failure| EngineError::Service {
                resource: ResourceId::new(ResourceKind::Stack, &name),
                doing: "waiting for the stack",
                failure: Box::new(failure),
            })?;
        match settled {
            Some(stack) => observed.stacks.insert(name, stack),
            None => observed.stacks.remove(&name),
        };
    }
    Ok(())
}

/// Finds edits that somebody saved on the instance and has not published:
/// writing the content would lose them.
async fn drafts(ports: &Ports, observed: &Observed, plan: &mut Plan) -> Result<(), EngineError> {
    for change in &mut plan.changes {
        if change.resource.kind != ResourceKind::Flow || change.action != Action::Update {
            continue;
        }
        let Some(flow) = observed.flows.get(&change.resource.name) else {
            continue;
        };
        let resource = change.resource.clone();
        let failed = |failure: ServiceFailure| EngineError::Service {
            resource: resource.clone(),
            doing: "looking for an unpublished draft",
            failure: Box::new(failure),
        };
        let instance = &observed.instance.id;
        let published = match ports.flows.content(instance, &flow.id).await {
            Ok(content) => Some(content),
            // Never published: all there is, is the draft.
            Err(failure) if failure.code == "ContactFlowNotPublishedException" => None,
            Err(failure) => return Err(failed(failure)),
        };
        let saved = ports
            .flows
            .content(instance, &format!("{}:$SAVED", flow.id))
            .await
            .map_err(failed)?;
        let draft = drift::Draft {
            published: published.as_deref(),
            saved: &saved,
        };
        if draft.is_unpublished() && change.irreversible.is_empty() {
            change
                .details
                .push("has an unpublished draft on the instance".to_owned());
            change.irreversible.push(Irreversible::Overwrite {
                flow: flow.name.clone(),
            });
        }
    }
    Ok(())
}

/// Change sets for the stacks that would be updated, as far as their
/// parameters are known; a change set that says "no changes" takes the change
/// out of the plan.
async fn preview(
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
        .filter(|stack| !diff::stack_never_was(&stack.status));
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
            let replaced = matches!(change.replacement.as_deref(), Some("True" | "Conditional"));
            change.action == "Remove" || (change.action == "Modify" && replaced)
        })
        .map(|change| Irreversible::DataLoss {
            logical_id: change.logical_id.clone(),
            resource_type: change.resource_type.clone(),
            physical_id: None,
        })
        .collect()
}

/// Forgets the change sets of a plan that is not applied.
///
/// # Errors
/// The first refusal of CloudFormation.
pub async fn discard(ports: &Ports, prepared: &Prepared) -> Result<(), EngineError> {
    for (name, change_set) in &prepared.change_sets {
        ports
            .stacks
            .discard(change_set)
            .await
            .map_err(|failure| EngineError::Service {
                resource: ResourceId::new(ResourceKind::Stack, name),
                doing: "deleting a change set",
                failure: Box::new(failure),
            })?;
    }
    Ok(())
}

/// What may be done that cannot be undone.
#[derive(Debug, Clone, Default)]
pub struct Permits {
    /// Edits made on the instance, objects of others, and what others have on functions,
    /// may be overwritten and taken back.
    pub overwrite_drift: bool,
    /// Logical ids of resources with data that may be replaced or deleted.
    pub replace: Vec<String>,
}

/// Whether everything irreversible in a change was asked for.
///
/// # Errors
/// [`EngineError::Drift`] or [`EngineError::Refused`], with the flag that asks for it.
pub fn check_permits(change: &Change, permits: &Permits) -> Result<(), EngineError> {
    if !permits.overwrite_drift && change.irreversible.iter().any(drift::is_drift) {
        return Err(EngineError::Drift {
            resource: change.resource.clone(),
            findings: change.irreversible.iter().filter_map(finding).collect(),
        });
    }
    for irreversible in &change.irreversible {
        let Irreversible::DataLoss { logical_id, .. } = irreversible else {
            continue;
        };
        if !permits.replace.iter().any(|named| named == logical_id) {
            return Err(EngineError::Refused {
                reason: format!(
                    "{} would replace or delete {irreversible}, and its data with it; \
                     --replace {logical_id} asks for it",
                    change.resource
                ),
            });
        }
    }
    Ok(())
}

fn finding(irreversible: &Irreversible) -> Option<String> {
    match irreversible {
        Irreversible::TakeBack { what } => Some(what.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn losing(logical_id: &str, physical_id: Option<&str>) -> Change {
        Change {
            resource: ResourceId::new(ResourceKind::Stack, "storage"),
            physical: "numbers-storage".to_owned(),
            action: Action::Update,
            details: Vec::new(),
            wanted: Vec::new(),
            stack_changes: Vec::new(),
            irreversible: vec![Irreversible::DataLoss {
                logical_id: logical_id.to_owned(),
                resource_type: "AWS::DynamoDB::Table".to_owned(),
                physical_id: physical_id.map(ToOwned::to_owned),
            }],
            desired: String::new(),
            observed: String::new(),
        }
    }

    fn permits(replace: &str) -> Permits {
        Permits {
            overwrite_drift: false,
            replace: vec![replace.to_owned()],
        }
    }

    #[test]
    fn data_is_lost_only_where_its_logical_id_was_named() {
        assert!(check_permits(&losing("Numbers", None), &permits("Numbers")).is_ok());
        let refused = check_permits(&losing("Numbers", None), &permits("Other")).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "refused: stack storage would replace or delete Numbers (AWS::DynamoDB::Table), and \
             its data with it; --replace Numbers asks for it"
        );
        // The words that people read begin with the type here: they ask for nothing.
        let losing = losing("Numbers", Some("numbers-1"));
        assert_eq!(losing.irreversible[0].to_string(), "Table numbers-1");
        assert!(check_permits(&losing, &permits("Table")).is_err());
        assert!(check_permits(&losing, &permits("Numbers")).is_ok());
    }
}
