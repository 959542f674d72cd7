//! Undoes a deployment: what needs others goes before what it needs. Keeps what
//! holds data, unless that is named.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use futures::future::try_join_all;
use futures::stream::{FuturesUnordered, StreamExt};

use super::desired::{Desired, TAG_ENVIRONMENT, TAG_INSTANCE, TAG_NAME, TAG_SOLUTION};
use super::error::{EngineError, ServiceFailure};
use super::events::{Event, Notes, Reporter};
use super::graph::{Graph, graph};
use super::observe::Observed;
use super::plan::{Action, Change, FORMAT, Irreversible, Plan, ResourceId, ResourceKind, digest};
use super::ports::{ObservedStack, PhoneNumber, Ports, StackResource};
use super::prepare::STATEFUL;
use super::template;
use super::values::LIVE;

/// What may go with it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Scope {
    /// Tables that stacks would keep are deleted too.
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
    scope: Scope,
}

/// Plans to undo what is there of a solution.
///
/// # Errors
/// A resource that is not ours, a number of others that rings a flow of ours.
pub async fn plan(
    ports: &Ports,
    desired: Desired,
    observed: Observed,
    target: &str,
    scope: Scope,
) -> Result<Undoing, EngineError> {
    let graph = graph(&desired)?;
    let mut kept = BTreeMap::new();
    let mut changes = numbers(&desired, &observed, scope)?;
    changes.extend(
        observed
            .flows
            .iter()
            .map(|(name, flow)| gone(ResourceKind::Flow, name, &flow.name, &flow.arn)),
    );
    for (name, function) in &observed.functions {
        let resource = ResourceId::new(ResourceKind::Function, name);
        check_owner(&desired, &resource, &function.tags, &function.arn)?;
        if observed
            .associated
            .contains(&format!("{}:{LIVE}", function.arn))
        {
            let physical = desired
                .functions
                .get(name)
                .map_or(name, |function| &function.physical);
            changes.push(gone(ResourceKind::Access, name, physical, &function.arn));
        }
        let physical = desired
            .functions
            .get(name)
            .map_or(name, |function| &function.physical);
        changes.push(gone(ResourceKind::Function, name, physical, &function.arn));
    }
    for (name, stack) in &observed.stacks {
        let resource = ResourceId::new(ResourceKind::Stack, name);
        if stack.status != "REVIEW_IN_PROGRESS" {
            check_owner(&desired, &resource, &stack.tags, &stack.arn)?;
        }
        if stack.termination_protection {
            return Err(EngineError::State {
                resource,
                reason: format!(
                    "termination protection is on; turn it off first: aws cloudformation \
                     update-termination-protection --no-enable-termination-protection --stack-name {}",
                    stack.arn
                ),
            });
        }
        let (retained, lost) = resources(ports, name, stack).await?;
        let physical = desired
            .stacks
            .get(name)
            .map_or(name, |stack| &stack.physical);
        let mut change = gone(ResourceKind::Stack, name, physical, &stack.arn);
        if let Some(resource) = lost.first().filter(|_| !scope.delete_data) {
            return Err(EngineError::Refused {
                reason: format!(
                    "{} would go with the stack {name}, and its data with it: its template does \
                     not retain it; --delete-data asks for it",
                    described(resource)
                ),
            });
        }
        for resource in &lost {
            let what = described(resource);
            change.details.push(format!("deletes {what}"));
            change.irreversible.push(Irreversible::DataLoss { what });
        }
        for resource in &retained {
            let what = described(resource);
            // Only tables can be deleted here; whatever else is retained stays.
            if scope.delete_data && resource.resource_type == TABLE {
                change.details.push(format!("deletes {what}"));
                change.irreversible.push(Irreversible::DataLoss { what });
            } else {
                change.details.push(format!("keeps {what}"));
            }
        }
        changes.push(change);
        kept.insert(name.clone(), retained);
    }
    let plan = Plan {
        format: FORMAT,
        solution: desired.solution.clone(),
        environment: desired.environment.clone(),
        target: target.to_owned(),
        account: observed.identity.account.clone(),
        region: observed.identity.region.clone(),
        instance: observed.instance.arn.clone(),
        changes,
    };
    Ok(Undoing {
        desired,
        observed,
        graph,
        plan,
        kept,
        scope,
    })
}

fn gone(kind: ResourceKind, name: &str, physical: &str, observed: &str) -> Change {
    Change {
        resource: ResourceId::new(kind, name),
        physical: physical.to_owned(),
        action: Action::Delete,
        details: Vec::new(),
        stack_changes: Vec::new(),
        irreversible: Vec::new(),
        desired: String::new(),
        observed: digest(observed.as_bytes()),
    }
}

fn check_owner(
    desired: &Desired,
    resource: &ResourceId,
    tags: &BTreeMap<String, String>,
    arn: &str,
) -> Result<(), EngineError> {
    if desired.owns(tags) {
        return Ok(());
    }
    Err(EngineError::Taken {
        resource: resource.clone(),
        reason: format!("{arn} stays: {}", desired.owner(tags)),
    })
}

fn ours<'a>(desired: &Desired, observed: &'a Observed) -> Vec<(String, &'a PhoneNumber)> {
    observed
        .phone_numbers
        .iter()
        .filter(|number| desired.owns(&number.tags))
        .map(|number| {
            let name = number.tags.get(TAG_NAME).cloned();
            (name.unwrap_or_else(|| number.number.clone()), number)
        })
        .collect()
}

fn numbers(
    desired: &Desired,
    observed: &Observed,
    scope: Scope,
) -> Result<Vec<Change>, EngineError> {
    let ours = ours(desired, observed);
    for (name, flow) in &observed.flows {
        let other = observed.phone_numbers.iter().find(|number| {
            number.flow_id.as_ref() == Some(&flow.id)
                && !ours.iter().any(|(_, ours)| ours.id == number.id)
        });
        if let Some(other) = other {
            return Err(EngineError::Refused {
                reason: format!(
                    "{} still rings the flow {name}, and was not bound by vanity-deploy; \
                     give it another flow first",
                    other.number
                ),
            });
        }
    }
    Ok(ours
        .into_iter()
        .map(|(name, number)| {
            let mut change = gone(ResourceKind::PhoneNumber, &name, &number.number, &number.id);
            if scope.release_numbers {
                change.details.push("unbound and given back".to_owned());
                change.irreversible.push(Irreversible::ReleaseNumber {
                    number: number.number.clone(),
                });
            } else {
                change
                    .details
                    .push("unbound; the number stays claimed".to_owned());
            }
            change
        })
        .collect())
}

const TABLE: &str = "AWS::DynamoDB::Table";

/// What of a stack stays when it is deleted, and what of it would be lost. The
/// template that was deployed decides, not the one that is wanted now.
async fn resources(
    ports: &Ports,
    name: &str,
    stack: &ObservedStack,
) -> Result<(Vec<StackResource>, Vec<StackResource>), EngineError> {
    let resources = ports
        .stacks
        .resources(&stack.arn)
        .await
        .map_err(|failure| EngineError::Service {
            resource: ResourceId::new(ResourceKind::Stack, name),
            doing: "reading the resources of the stack",
            failure: Box::new(failure),
        })?;
    let declared = match stack.template.as_deref().map(template::read) {
        Some(Ok(template)) => template.resources,
        // Without a template there is nothing that it made.
        None => Vec::new(),
        Some(Err(error)) => {
            return Err(EngineError::State {
                resource: ResourceId::new(ResourceKind::Stack, name),
                reason: format!(
                    "its template cannot be read, so what it keeps is not known: {error}"
                ),
            });
        }
    };
    let is_retained = |resource: &StackResource| {
        declared
            .iter()
            .any(|declared| declared.logical_id == resource.logical_id && declared.is_retained())
    };
    let (retained, gone): (Vec<_>, Vec<_>) = resources
        .into_iter()
        .filter(|resource| {
            !resource.physical_id.is_empty() && !resource.status.starts_with("DELETE")
        })
        .partition(is_retained);
    let lost = gone
        .into_iter()
        .filter(|resource| STATEFUL.contains(&resource.resource_type.as_str()))
        .collect();
    Ok((retained, lost))
}

fn described(resource: &StackResource) -> String {
    let kind = resource
        .resource_type
        .rsplit("::")
        .next()
        .unwrap_or_default();
    format!("{kind} {}", resource.physical_id)
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
        let mut dependents: BTreeMap<&ResourceId, BTreeSet<&ResourceId>> = pending
            .keys()
            .map(|resource| {
                let needed_by = self
                    .undoing
                    .graph
                    .needs
                    .iter()
                    .filter(|(_, needs)| needs.contains(*resource))
                    .map(|(dependent, _)| dependent)
                    .filter(|dependent| pending.contains_key(*dependent));
                (*resource, needed_by.collect())
            })
            .collect();
        let mut running = FuturesUnordered::new();
        let mut failure = None;
        loop {
            if failure.is_none() {
                let ready: Vec<&ResourceId> = dependents
                    .iter()
                    .filter(|(_, dependents)| dependents.is_empty())
                    .map(|(resource, _)| *resource)
                    .collect();
                for resource in ready {
                    dependents.remove(resource);
                    let change = pending[resource];
                    running.push(async move { (resource, self.told(change).await) });
                }
            }
            let Some((resource, outcome)) = running.next().await else {
                break;
            };
            match outcome {
                Ok(()) => dependents.values_mut().for_each(|of_it| {
                    of_it.remove(resource);
                }),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        failure.map_or(Ok(()), Err)
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
            ResourceKind::Instance => Ok(()),
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
            .untag(
                &number.arn,
                &[TAG_SOLUTION, TAG_ENVIRONMENT, TAG_INSTANCE, TAG_NAME],
            )
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
        self.ports
            .stacks
            .delete(&stack.arn, &token, &notes)
            .await
            .map_err(failed(change, "deleting the stack"))?;
        for resource in self.undoing.kept.get(name).into_iter().flatten() {
            let is_table = resource.resource_type == TABLE;
            if self.undoing.scope.delete_data && is_table {
                self.ports
                    .tables
                    .delete(&resource.physical_id)
                    .await
                    .map_err(failed(change, "deleting the table"))?;
            } else {
                self.reporter.event(&Event::Kept {
                    resource: change.resource.clone(),
                    what: described(resource),
                });
            }
        }
        Ok(())
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
