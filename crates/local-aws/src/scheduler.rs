//! EventBridge Scheduler: functions that are invoked at times.
//!
//! - Pure: [`expression`] (when), [`input`] (requests), [`state`].
//! - [`operations`]: the API, of the group `default`. [`cloudformation`]: `AWS::Scheduler::Schedule`.
//! - [`worker`]: looks what is due while a server runs; [`delivery`]: invokes with the schedule's
//!   role, tries again, and gives up into a dead-letter queue.

pub mod cloudformation;
mod delivery;
mod expression;
mod input;
mod operations;
mod state;
mod worker;

use std::sync::Arc;

use async_trait::async_trait;

use crate::core::error::ServiceResult;
use crate::core::registration::Registration;
use crate::core::resource::Typed;
use crate::core::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::core::wire::response::Response;
use crate::core::world::World;

pub use state::State;
pub use worker::resume;

/// The service principal that roles of schedules trust.
const PRINCIPAL: &str = "scheduler.amazonaws.com";

/// The one group that every account has.
const GROUP: &str = "default";

/// The ARN of a schedule.
fn arn(world: &World, name: &str) -> String {
    world.arn("scheduler", format_args!("schedule/{GROUP}/{name}"))
}

/// The ARN of the group, which is `aws:SourceArn` where a role is assumed (user guide, "Confused
/// deputy prevention in EventBridge Scheduler").
fn group_arn(world: &World) -> String {
    world.arn("scheduler", format_args!("schedule-group/{GROUP}"))
}

/// The service.
pub struct Scheduler;

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration {
    resource_types: &[&Typed::<cloudformation::Schedule>::TYPE],
    resume,
    peers: &["iam", "sqs"],
    ..Registration::new(
        "scheduler",
        "scheduler",
        &Scheduler,
        crate::core::state::State::with::<State>,
    )
};

#[async_trait]
impl Service for Scheduler {
    fn protocol(&self) -> Protocol {
        Protocol::RestJson {
            message_member: "Message",
        }
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        crate::operations::SCHEDULER.route(request, operations::OPERATIONS)
    }

    fn permissions(
        &self,
        world: &World,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        operations::permissions(world, route, request)
    }

    async fn handle(
        &self,
        world: &Arc<World>,
        call: &Call,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Response> {
        operations::handle(world, call, route, request)
    }
}
