//! From what is wanted to a plan that can be shown and applied: reads what is
//! there, compares, and lets CloudFormation say what a change of a stack would do.

use std::collections::{BTreeMap, BTreeSet};

use super::defaults::{Returned, returned};
use super::desired::Desired;
use super::diff::{self, Allowances};
use super::drift;
use super::error::EngineError;
use super::graph::{Graph, graph};
use super::kinds;
pub use super::kinds::FlowQuota;
use super::lookups::Names;
use super::observe::{Observed, Purpose, observe_data, observe_resources};
use super::plan::{Change, Irreversible, Plan};
use super::ports::{ChangeSet, Identity, Instance, Ports, Progress};

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
    /// More flows than an account may have by default. No part of the plan: others make
    /// flows too, and a plan does not change by that.
    pub flow_quota: Option<FlowQuota>,
    /// Parameters that go back to their defaults. No part of the plan: it says what they change.
    pub returned: Vec<Returned>,
}

impl Prepared {
    /// Ids of the numbers that this plan takes.
    pub fn numbers(&self) -> BTreeSet<String> {
        kinds::assigned(&self.desired, &self.observed)
    }
}

/// Reads, compares, previews. `reserved` are numbers that others of the same run take,
/// `names` what the instance has of what is looked up.
///
/// # Errors
/// [`EngineError`]; nothing has been changed then, but for change sets made.
pub async fn prepare(
    site: Site<'_>,
    mut desired: Desired,
    allowances: Allowances,
    reserved: &BTreeSet<String>,
    names: &Names,
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
    let mut observed = observe_resources(ports, identity, instance, &desired).await?;
    observed.lookups.clone_from(names);
    observed.reserved.clone_from(reserved);
    kinds::settle(ports, &mut observed, progress).await?;
    observe_data(ports, &desired, &mut observed, Purpose::Compare).await?;
    let mut change_sets = BTreeMap::new();
    // A stack of which CloudFormation says that nothing changes gives what it gave: what
    // needs that is planned anew, with the values.
    let mut plan = loop {
        let mut plan = diff::diff(&desired, &observed, &graph, target, allowances)?;
        let unchanged = kinds::preview(
            ports,
            &desired,
            &observed,
            &mut plan,
            &mut change_sets,
            progress,
        )
        .await?;
        if unchanged.is_empty() {
            break plan;
        }
        observed.unchanged.extend(unchanged);
    };
    kinds::drafts(ports, &observed, &mut plan.changes).await?;
    let flow_quota = kinds::foresee(ports, &instance.id, &plan).await?;
    let returned = returned(&desired, &observed);
    Ok(Prepared {
        desired,
        observed,
        graph,
        plan,
        change_sets,
        flow_quota,
        returned,
    })
}

/// Forgets the change sets of a plan that is not applied.
///
/// # Errors
/// The first refusal of CloudFormation.
pub async fn discard(ports: &Ports, prepared: &Prepared) -> Result<(), EngineError> {
    kinds::discard(ports, &prepared.change_sets).await
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
    check_all_permits(&[change], permits)
}

/// The same for all changes of a run: drift is told of all of them together.
///
/// # Errors
/// As [`check_permits`].
pub fn check_all_permits(changes: &[&Change], permits: &Permits) -> Result<(), EngineError> {
    if !permits.overwrite_drift {
        drift::check(changes.iter().copied())?;
    }
    changes
        .iter()
        .try_for_each(|change| check_data(change, permits))
}

fn check_data(change: &Change, permits: &Permits) -> Result<(), EngineError> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::{Action, ResourceId, ResourceKind};

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
