//! Undoes a deployment: what needs others goes before what it needs. Keeps what
//! holds data, unless that is named.

mod planning;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use futures::future::try_join_all;

use super::desired::{Desired, OWNERSHIP_TAGS};
use super::error::{EngineError, ServiceFailure};
use super::events::{Event, Notes, Reporter};
use super::graph::Graph;
use super::observe::Observed;
use super::plan::{Change, Plan, ResourceId, ResourceKind, digest};
use super::ports::{Bucket, Ports, StackResource};
use super::schedule;
use super::values::LIVE;

pub use planning::plan;
use planning::{BUCKET, TABLE, described, ours};

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
    desired: Desired,
    observed: Observed,
    graph: Graph,
    /// What would go.
    pub plan: Plan,
    kept: BTreeMap<String, Vec<StackResource>>,
    /// Names of the buckets that go with each stack: they must be empty then.
    lost_buckets: BTreeMap<String, Vec<String>>,
    scope: Scope,
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
    // Numbers and flows first: nothing of ours needs them once nobody rings.
    let of_kind = |kind: ResourceKind| {
        undoing
            .plan
            .pending()
            .filter(move |change| change.resource.kind == kind)
    };
    try_join_all(of_kind(ResourceKind::PhoneNumber).map(|change| work.told(change))).await?;
    try_join_all(of_kind(ResourceKind::Flow).map(|change| work.told(change))).await?;
    work.rest().await
}

struct Destroy<'a> {
    ports: &'a Ports,
    undoing: &'a Undoing,
    reporter: &'a dyn Reporter,
}

impl Destroy<'_> {
    /// Access, functions and stacks, each after everything that needs it.
    async fn rest(&self) -> Result<(), EngineError> {
        let pending: BTreeMap<&ResourceId, &Change> = self
            .undoing
            .plan
            .pending()
            .filter(|change| {
                !matches!(
                    change.resource.kind,
                    ResourceKind::PhoneNumber | ResourceKind::Flow
                )
            })
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
        schedule::run(waits, |resource| self.told(pending[resource])).await
    }

    async fn told(&self, change: &Change) -> Result<(), EngineError> {
        self.reporter.event(&Event::Started {
            resource: change.resource.clone(),
            action: change.action,
        });
        let start = Instant::now();
        let done = match change.resource.kind {
            ResourceKind::PhoneNumber => self.phone_number(change).await,
            ResourceKind::Flow => self.flow(change).await,
            ResourceKind::Access => self.access(change).await,
            ResourceKind::Function => self
                .ports
                .functions
                .delete(&change.physical)
                .await
                .map_err(failed(change, "deleting the function")),
            ResourceKind::Stack => self.stack(change).await,
            // Data goes and stays with what holds it.
            ResourceKind::Object | ResourceKind::Seed | ResourceKind::Instance => Ok(()),
        };
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

    async fn phone_number(&self, change: &Change) -> Result<(), EngineError> {
        let observed = &self.undoing.observed;
        let numbers = ours(&self.undoing.desired, observed);
        let Some((_, number)) = numbers
            .into_iter()
            .find(|(_, number)| number.number == change.physical)
        else {
            return Ok(());
        };
        if number.flow_id.is_some() {
            self.ports
                .resources
                .unbind_phone_number(&observed.instance.id, &number.id)
                .await
                .map_err(failed(change, "unbinding the number"))?;
        }
        if self.undoing.scope.release_numbers {
            let token = digest(format!("release {}", number.id).as_bytes());
            return self
                .ports
                .resources
                .release_phone_number(&number.id, &token)
                .await
                .map_err(failed(change, "releasing the number"));
        }
        self.ports
            .flows
            .untag(&number.arn, &OWNERSHIP_TAGS)
            .await
            .map_err(failed(change, "untagging the number"))?;
        self.reporter.event(&Event::Kept {
            resource: change.resource.clone(),
            what: format!("number {}", number.number),
        });
        Ok(())
    }

    async fn flow(&self, change: &Change) -> Result<(), EngineError> {
        let observed = &self.undoing.observed;
        let Some(flow) = observed.flows.get(&change.resource.name) else {
            return Ok(());
        };
        self.ports
            .flows
            .delete(&observed.instance.id, &flow.id)
            .await
            .map_err(failed(change, "deleting the flow"))
    }

    async fn access(&self, change: &Change) -> Result<(), EngineError> {
        let observed = &self.undoing.observed;
        let Some(function) = observed.functions.get(&change.resource.name) else {
            return Ok(());
        };
        // The permission goes with the function.
        self.ports
            .resources
            .disassociate_function(&observed.instance.id, &format!("{}:{LIVE}", function.arn))
            .await
            .map_err(failed(change, "ending the association"))
    }

    async fn stack(&self, change: &Change) -> Result<(), EngineError> {
        let name = &change.resource.name;
        let Some(stack) = self.undoing.observed.stacks.get(name) else {
            return Ok(());
        };
        let token: String = self.undoing.plan.digest().chars().take(32).collect();
        let notes = Notes {
            reporter: self.reporter,
            resource: &change.resource,
        };
        for bucket in self.undoing.lost_buckets.get(name).into_iter().flatten() {
            self.empty(change, bucket).await?;
        }
        self.ports
            .stacks
            .delete(&stack.arn, &token, &notes)
            .await
            .map_err(failed(change, "deleting the stack"))?;
        for resource in self.undoing.kept.get(name).into_iter().flatten() {
            let physical = &resource.physical_id;
            match resource.resource_type.as_str() {
                TABLE if self.undoing.scope.delete_data => {
                    let deleted = self.ports.tables.delete(physical).await;
                    deleted.map_err(failed(change, "deleting the table"))?;
                }
                BUCKET if self.undoing.scope.delete_data => {
                    self.empty(change, physical).await?;
                    let deleted = self
                        .ports
                        .objects
                        .delete_bucket(self.bucket(physical))
                        .await;
                    deleted.map_err(failed(change, "deleting the bucket"))?;
                }
                _ => self.reporter.event(&Event::Kept {
                    resource: change.resource.clone(),
                    what: described(resource),
                }),
            }
        }
        Ok(())
    }

    fn bucket<'b>(&'b self, name: &'b str) -> Bucket<'b> {
        Bucket {
            name,
            owner: &self.undoing.observed.identity.account,
        }
    }

    async fn empty(&self, change: &Change, bucket: &str) -> Result<(), EngineError> {
        let notes = Notes {
            reporter: self.reporter,
            resource: &change.resource,
        };
        let emptied = self.ports.objects.empty(self.bucket(bucket), &notes).await;
        emptied.map_err(failed(change, "emptying the bucket"))
    }
}

fn failed<'c>(
    change: &'c Change,
    doing: &'static str,
) -> impl FnOnce(ServiceFailure) -> EngineError + 'c {
    move |failure| EngineError::Service {
        resource: change.resource.clone(),
        doing,
        failure: Box::new(failure),
    }
}
