//! Undoes a deployment: what needs others goes before what it needs. Keeps what
//! holds data, unless that is named.

mod planning;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use futures::future::try_join_all;

use super::desired::Desired;
use super::error::{EngineError, ServiceFailure};
use super::events::{Event, Notes, Reporter};
use super::graph::Graph;
use super::kinds::{self, Holdings};
use super::observe::Observed;
use super::plan::{Change, Plan, ResourceId, ResourceKind};
use super::ports::Ports;
use super::schedule;

pub use planning::plan;
pub(super) use planning::{check_owner, gone};

/// What may go with it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope {
    /// Tables and buckets that stacks would keep are deleted too.
    pub delete_data: bool,
    /// Phone numbers are given back.
    pub release_numbers: bool,
}

/// A plan to undo, with everything it needs.
pub struct Undoing {
    pub(super) desired: Desired,
    pub(super) observed: Observed,
    graph: Graph,
    /// What would go.
    pub plan: Plan,
    /// What becomes of what stacks hold, by the stack's name.
    pub(super) holdings: BTreeMap<String, Holdings>,
    pub(super) scope: Scope,
}

/// Undoes it.
///
/// # Errors
/// The first failure; what was undone before stays undone, a new run goes on.
pub async fn destroy(
    ports: &Ports,
    undoing: &Undoing,
    reporter: &dyn Reporter,
) -> Result<(), EngineError> {
    let work = Destroy {
        ports,
        undoing,
        reporter,
    };
    let of_kind = |kind: ResourceKind| {
        undoing
            .plan
            .pending()
            .filter(move |change| change.resource.kind == kind)
    };
    for kind in kinds::FIRST_TO_GO {
        try_join_all(of_kind(kind).map(|change| work.reported(change))).await?;
    }
    work.rest().await
}

/// What every piece of work knows.
pub(super) struct Destroy<'a> {
    pub(super) ports: &'a Ports,
    pub(super) undoing: &'a Undoing,
    pub(super) reporter: &'a dyn Reporter,
}

impl Destroy<'_> {
    pub(super) fn notes<'n>(&'n self, change: &'n Change) -> Notes<'n> {
        Notes {
            reporter: self.reporter,
            resource: &change.resource,
        }
    }

    /// All other kinds, each resource after everything that needs it.
    async fn rest(&self) -> Result<(), EngineError> {
        let pending: BTreeMap<&ResourceId, &Change> = self
            .undoing
            .plan
            .pending()
            .filter(|change| !kinds::FIRST_TO_GO.contains(&change.resource.kind))
            .map(|change| (&change.resource, change))
            .collect();
        let waits: BTreeMap<&ResourceId, BTreeSet<&ResourceId>> = pending
            .keys()
            .map(|resource| {
                // Also through what does not go itself, such as an object.
                let graph = &self.undoing.graph;
                let needed_by = pending
                    .keys()
                    .copied()
                    .filter(|other| other != resource && graph.reaches(other, resource));
                (*resource, needed_by.collect())
            })
            .collect();
        schedule::run(waits, |resource| self.reported(pending[resource])).await
    }

    async fn reported(&self, change: &Change) -> Result<(), EngineError> {
        self.reporter.event(&Event::Started {
            resource: change.resource.clone(),
            action: change.action,
        });
        let start = Instant::now();
        let done = kinds::destroy(self, change).await;
        match &done {
            Ok(()) => self.reporter.event(&Event::Finished {
                resource: change.resource.clone(),
                action: change.action,
                outcome: String::new(),
                seconds: start.elapsed().as_secs_f64(),
            }),
            Err(error) => self.reporter.event(&Event::Failed {
                resource: change.resource.clone(),
                reason: error.to_string(),
            }),
        }
        done
    }
}

pub(super) fn failed<'c>(
    change: &'c Change,
    doing: &'static str,
) -> impl FnOnce(ServiceFailure) -> EngineError + 'c {
    move |failure| EngineError::Service {
        resource: change.resource.clone(),
        doing,
        failure: Box::new(failure),
    }
}
