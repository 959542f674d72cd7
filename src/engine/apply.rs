//! Does what a plan says: resources in the order of the graph, independent ones
//! side by side. A failure lets what is running end and starts nothing more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use futures::future::try_join_all;

use super::error::{EngineError, ServiceFailure};
use super::events::{Event, Notes, Reporter};
use super::kinds;
use super::plan::{Action, Change, ResourceId, ResourceKind};
use super::ports::{Age, ObservedFlow, Ports};
use super::prepare::{Permits, Prepared, check_all_permits};
use super::schedule;
use super::text::Reference;
use super::values::Values;

/// What every piece of work knows.
pub(super) struct Work<'a> {
    pub(super) ports: &'a Ports,
    pub(super) prepared: &'a Prepared,
    pub(super) permits: &'a Permits,
    pub(super) reporter: &'a dyn Reporter,
    pub(super) values: Mutex<Values>,
    /// Flows that were made as stubs in this run, by name.
    pub(super) stubs: Mutex<BTreeMap<String, ObservedFlow>>,
}

/// Applies a plan; the values of all refs afterwards.
///
/// # Errors
/// The first failure. What was done before stays; a new run goes on from there.
pub async fn apply(
    ports: &Ports,
    prepared: &Prepared,
    permits: &Permits,
    reporter: &dyn Reporter,
) -> Result<Values, EngineError> {
    let pending: Vec<&Change> = prepared.plan.pending().collect();
    check_all_permits(&pending, permits)?;
    let work = Work {
        ports,
        prepared,
        permits,
        reporter,
        values: Mutex::new(Values::new(&prepared.desired, &prepared.observed)),
        stubs: Mutex::new(BTreeMap::new()),
    };
    work.stubs().await?;
    work.resources().await?;
    work.orphans().await?;
    Ok(work
        .values
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner))
}

impl Work<'_> {
    /// Makes the flows that must exist before their content can be written.
    async fn stubs(&self) -> Result<(), EngineError> {
        let absent = self
            .prepared
            .graph
            .stubs
            .iter()
            .filter(|name| !self.prepared.observed.flows.contains_key(*name));
        try_join_all(absent.map(|name| kinds::flow::stub(self, name))).await?;
        Ok(())
    }

    async fn resources(&self) -> Result<(), EngineError> {
        let waits: BTreeMap<&ResourceId, BTreeSet<&ResourceId>> = self
            .prepared
            .graph
            .needs
            .iter()
            .map(|(resource, needs)| (resource, needs.iter().collect()))
            .collect();
        schedule::run(waits, |resource| self.resource(resource)).await
    }

    async fn resource(&self, resource: &ResourceId) -> Result<(), EngineError> {
        let Some(change) = self.prepared.plan.change(resource) else {
            return Ok(());
        };
        if change.action == Action::Keep {
            return Ok(());
        }
        self.reported(change, kinds::apply(self, change)).await
    }

    /// Takes away what the manifest no longer has; last, when nothing refers to it.
    async fn orphans(&self) -> Result<(), EngineError> {
        let leaving = |kind: ResourceKind| {
            self.prepared.plan.pending().filter(move |change| {
                change.resource.kind == kind && change.action == Action::Delete
            })
        };
        for kind in kinds::FIRST_TO_GO {
            let work = |change| self.reported(change, kinds::leave(self, change));
            try_join_all(leaving(kind).map(work)).await?;
        }
        Ok(())
    }

    /// Reports the beginning and the end of a resource's work.
    async fn reported(
        &self,
        change: &Change,
        work: impl Future<Output = Result<String, EngineError>>,
    ) -> Result<(), EngineError> {
        self.reporter.event(&Event::Started {
            resource: change.resource.clone(),
            action: change.action,
        });
        let start = Instant::now();
        match work.await {
            Ok(outcome) => {
                self.reporter.event(&Event::Finished {
                    resource: change.resource.clone(),
                    action: change.action,
                    outcome,
                    seconds: start.elapsed().as_secs_f64(),
                });
                Ok(())
            }
            Err(error) => {
                self.reporter.event(&Event::Failed {
                    resource: change.resource.clone(),
                    reason: error.to_string(),
                });
                Err(error)
            }
        }
    }

    pub(super) fn notes<'n>(&'n self, change: &'n Change) -> Notes<'n> {
        Notes {
            reporter: self.reporter,
            resource: &change.resource,
        }
    }

    /// The age of what a resource refers to: young, if this run makes or changes any of it.
    pub(super) fn age(&self, resource: &ResourceId) -> Age {
        let plan = &self.prepared.plan;
        let is_changed = |need| {
            plan.change(need)
                .is_some_and(|one| one.action != Action::Keep)
        };
        let mut needs = self
            .prepared
            .graph
            .needs
            .get(resource)
            .into_iter()
            .flatten();
        if needs.any(is_changed) {
            Age::Young
        } else {
            Age::Settled
        }
    }

    pub(super) fn failed<'c>(
        &self,
        change: &'c Change,
        doing: &'static str,
    ) -> impl FnOnce(ServiceFailure) -> EngineError + 'c {
        move |failure| EngineError::Service {
            resource: change.resource.clone(),
            doing,
            failure: Box::new(failure),
        }
    }

    /// The values as they are now.
    pub(super) fn values(&self) -> Values {
        self.values
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn learn(&self, learn: impl FnOnce(&mut Values)) {
        learn(&mut self.values.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn learn_flow(&self, name: &str, arn: &str) {
        self.learn(|values| values.set(Reference::Flow(name.to_owned()), arn));
    }
}
