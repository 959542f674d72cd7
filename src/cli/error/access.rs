//! What to do when a service denies access: the right that the call needs, and all that the
//! solution needs, so that nobody finds them out one a run.

use super::CommandError;
use crate::engine::desired::Desired;
use crate::engine::error::{EngineError, FailureKind, ServiceFailure};
use crate::engine::rights::{Rights, operations};

/// Where the rights are as a policy document.
const DOCUMENT: &str = "docs/on-aws.md";

impl CommandError {
    /// With the right that a denied call needs.
    pub(super) fn with_needed_right(self, failure: &ServiceFailure) -> Self {
        let actions = operations::actions(failure.service, failure.operation);
        if actions.is_empty() {
            return self;
        }
        self.hint(format!(
            "whoever deploys needs {} for this call",
            actions.join(", ")
        ))
    }

    /// With all rights of the solution, if access was denied.
    pub(super) fn with_all_rights(mut self, error: &EngineError, desired: &Desired) -> Self {
        let denied = match error {
            EngineError::Service { failure, .. } | EngineError::Request { failure, .. } => {
                failure.kind == FailureKind::AccessDenied
            }
            _ => false,
        };
        if !denied {
            return self;
        }
        let rights = Rights::of(desired);
        self = self.hint(format!(
            "all that {} needs, from plan to down ({DOCUMENT} has it as a policy):",
            desired.solution
        ));
        for (service, actions) in rights.by_service() {
            self = self.hint(format!("  {service}: {}", actions.join(", ")));
        }
        if !rights.unknown_types.is_empty() {
            let types: Vec<&str> = rights.unknown_types.iter().map(String::as_str).collect();
            self = self.hint(format!(
                "  and what the schemas of these types ask for (`aws cloudformation describe-type \
                 --type RESOURCE --type-name TYPE`): {}",
                types.join(", ")
            ));
        }
        self
    }
}
