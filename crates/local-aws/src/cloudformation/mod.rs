//! CloudFormation.

pub mod property;
pub mod resource;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::error::{ServiceError, ServiceResult};
use crate::gateway::response::Response;
use crate::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::world::World;

/// What the service keeps.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {}

/// The service.
pub struct CloudFormation;

#[async_trait]
impl Service for CloudFormation {
    fn protocol(&self) -> Protocol {
        Protocol::RestJson {
            message_member: "message",
        }
    }

    fn route(&self, _request: &Request) -> ServiceResult<Route> {
        Err(ServiceError::not_implemented("cloudformation"))
    }

    fn permissions(
        &self,
        _world: &World,
        route: &Route,
        _request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        Err(ServiceError::not_implemented(format!(
            "cloudformation:{} for a role",
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
            "cloudformation:{}",
            route.operation
        )))
    }
}

/// Goes on with the stacks that were in progress when the process before ended.
pub fn resume(_world: &Arc<World>) {}
