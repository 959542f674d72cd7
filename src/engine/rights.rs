//! What whoever deploys must be allowed to do, as IAM actions: for the calls that the adapters
//! make ([`operations`]), and for what CloudFormation does in the caller's name with the
//! resources of a template ([`resource_types`]).

pub mod operations;
pub mod resource_types;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::desired::Desired;
use super::plan::ResourceKind;

/// IAM actions, and what is not known about them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    /// E.g. `lambda:CreateFunction`.
    pub actions: BTreeSet<String>,
    /// Resource types of templates whose actions are not known here.
    pub unknown_types: BTreeSet<String>,
}

impl Rights {
    /// What the commands need for one solution: `plan`, `up`, `status`, `outputs` and `down`.
    pub fn of(desired: &Desired) -> Self {
        let mut rights = Self::default();
        for kind in kinds(desired) {
            rights.kind(kind);
        }
        for resource in desired.stacks.values().flat_map(|stack| &stack.resources) {
            rights.resource_type(&resource.resource_type);
        }
        rights
    }

    /// Adds what one kind of resource needs.
    pub fn kind(&mut self, kind: ResourceKind) {
        for (service, operation) in operations::of_kind(kind) {
            self.actions.extend(operations::actions(service, operation));
        }
    }

    /// Adds what CloudFormation needs for a resource type.
    pub fn resource_type(&mut self, name: &str) {
        match resource_types::actions(name) {
            Some(actions) => self.actions.extend(actions.map(str::to_owned)),
            None => {
                self.unknown_types.insert(name.to_owned());
            }
        }
    }

    /// The actions by their service, e.g. `lambda` → `CreateFunction`.
    pub fn by_service(&self) -> BTreeMap<&str, Vec<&str>> {
        let mut services: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (service, action) in self
            .actions
            .iter()
            .filter_map(|action| action.split_once(':'))
        {
            services.entry(service).or_default().push(action);
        }
        services
    }
}

impl fmt::Display for Rights {
    /// One line a service.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (service, actions)) in self.by_service().into_iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{service}: {}", actions.join(", "))?;
        }
        Ok(())
    }
}

/// The kinds that a solution has. The instance is looked at by every command.
fn kinds(desired: &Desired) -> Vec<ResourceKind> {
    ResourceKind::ALL
        .into_iter()
        .filter(|kind| match kind {
            ResourceKind::Instance => true,
            ResourceKind::Stack => !desired.stacks.is_empty(),
            ResourceKind::Object => !desired.objects.is_empty(),
            ResourceKind::Seed => !desired.seeds.is_empty(),
            ResourceKind::Function => !desired.functions.is_empty(),
            ResourceKind::Access => desired.functions.values().any(|function| function.connect),
            ResourceKind::Flow => !desired.flows.is_empty(),
            ResourceKind::PhoneNumber => !desired.phone_numbers.is_empty(),
        })
        .collect()
}
