//! EventBridge Pipes: from a DynamoDB stream to a function.
//!
//! - Pure: [`pattern`] (filters), [`batch`] (gathering and cutting), [`delivery`]
//!   (retries), [`answer`] (partial failures), [`dead_letter`], [`input`], [`shapes`], [`state`].
//! - [`operations`]: the API. [`cloudformation`]: `AWS::Pipes::Pipe`.
//! - [`worker`]: one task a pipe, which brings it from state to state and, while it
//!   runs, delivers; [`calls`]: what it does to other services, with the pipe's role.

pub mod answer;
pub mod batch;
pub mod cloudformation;
pub mod dead_letter;
pub mod delivery;
pub mod input;
pub mod pattern;
pub mod state;

mod calls;
mod consistency;
mod logging;
mod metrics;
mod operations;
mod shapes;
mod worker;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use crate::core::error::ServiceResult;
use crate::core::registration::Registration;
use crate::core::resource::Typed;
use crate::core::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::core::wire::response::Response;
use crate::core::world::World;

pub use state::State;
pub use worker::resume;

/// The service principal that roles of pipes trust.
const PRINCIPAL: &str = "pipes.amazonaws.com";

/// Tells the workers, and who waits for them, that a pipe has changed.
#[derive(Debug)]
pub struct Changes(watch::Sender<u64>);

impl Default for Changes {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl Changes {
    fn tell(&self) {
        self.0.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn watch(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}

/// The service.
pub struct Pipes;

/// The ARN of a pipe.
fn arn(world: &World, name: &str) -> String {
    world.arn("pipes", format_args!("pipe/{name}"))
}

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration {
    handles: |handles, _| handles.insert(Changes::default()),
    resource_types: &[&Typed::<cloudformation::Pipe>::TYPE],
    resume,
    metric: metrics::known,
    peers: &["cloudwatch", "dynamodb", "iam", "lambda", "logs", "sqs"],
    ..Registration::new(
        "pipes",
        "pipes",
        &Pipes,
        crate::core::state::State::with::<State>,
    )
};

#[async_trait]
impl Service for Pipes {
    fn protocol(&self) -> Protocol {
        Protocol::RestJson {
            message_member: "message",
        }
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        crate::operations::PIPES.route(request, operations::OPERATIONS)
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
