//! Whether the instance may not have as many flows as the plan makes: foreseen, so that an
//! apply does not find out in the middle.

use std::fmt;

use serde::Serialize;

use crate::engine::error::EngineError;
use crate::engine::observe::request;
use crate::engine::plan::{Action, Plan, ResourceKind};
use crate::engine::ports::Ports;

/// Flows per instance of an account that never asked for more (AWS docs, "Amazon Connect
/// service quotas"). What an account was granted is told by Service Quotas alone.
const DEFAULT_QUOTA: usize = 100;

/// An instance that would have more flows than an account may have by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FlowQuota {
    /// Flows that the instance has, of whomever.
    pub has: usize,
    /// Flows that it would have.
    pub would_have: usize,
    /// The default quota.
    pub default_quota: usize,
}

impl fmt::Display for FlowQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            has,
            would_have,
            default_quota,
        } = self;
        write!(
            f,
            "the instance has {has} flows and would have {would_have}; the default quota is \
             {default_quota} flows per instance. If yours is not higher, ask for more in Service \
             Quotas before the plan is applied"
        )
    }
}

/// What the plan would come to on an instance with so many flows, when it is more than the
/// default quota. New flows are made before old ones go: those that go make no room.
fn foreseen(has: usize, created: usize) -> Option<FlowQuota> {
    let would_have = has + created;
    (would_have > DEFAULT_QUOTA).then_some(FlowQuota {
        has,
        would_have,
        default_quota: DEFAULT_QUOTA,
    })
}

/// Counts the flows of the instance, where the plan makes new ones.
///
/// # Errors
/// A refusal of Connect.
pub(in crate::engine) async fn foresee(
    ports: &Ports,
    instance: &str,
    plan: &Plan,
) -> Result<Option<FlowQuota>, EngineError> {
    let created = plan
        .changes
        .iter()
        .filter(|change| change.resource.kind == ResourceKind::Flow)
        .filter(|change| change.action == Action::Create)
        .count();
    if created == 0 {
        return Ok(None);
    }
    let has = ports.flows.count(instance).await;
    let has = has.map_err(request("counting the flows of the instance"))?;
    Ok(foreseen(has, created))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_goes_over_the_default_is_told() {
        assert_eq!(foreseen(90, 10), None);
        let told = foreseen(90, 11).unwrap();
        assert_eq!((told.has, told.would_have), (90, 101));
        insta::assert_snapshot!(told, @"the instance has 90 flows and would have 101; the default quota is 100 flows per instance. If yours is not higher, ask for more in Service Quotas before the plan is applied");
    }
}
