//! CloudWatch Logs: groups, streams and their lines.

mod append;
pub mod groups;
mod lines;

use std::sync::Arc;

use async_trait::async_trait;

use crate::error::{ServiceError, ServiceResult};
use crate::gateway::response::Response;
use crate::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::world::World;

pub use append::{append, append_for_role};
pub use groups::State;

/// The service.
pub struct Logs;

#[async_trait]
impl Service for Logs {
    fn protocol(&self) -> Protocol {
        Protocol::RestJson {
            message_member: "message",
        }
    }

    fn route(&self, _request: &Request) -> ServiceResult<Route> {
        Err(ServiceError::not_implemented("logs"))
    }

    fn permissions(
        &self,
        _world: &World,
        route: &Route,
        _request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        Err(ServiceError::not_implemented(format!(
            "logs:{} for a role",
            route.operation
        )))
    }

    async fn handle(
        &self,
        _world: &Arc<World>,
        _call: &Call,
        route: &Route,
        _request: &Request,
    ) -> ServiceResult<Response> {
        Err(ServiceError::not_implemented(format!(
            "logs:{}",
            route.operation
        )))
    }
}
