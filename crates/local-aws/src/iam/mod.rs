//! Iam.

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
pub struct Iam;

#[async_trait]
impl Service for Iam {
    fn protocol(&self) -> Protocol {
        Protocol::RestJson {
            message_member: "message",
        }
    }

    fn route(&self, _request: &Request) -> ServiceResult<Route> {
        Err(ServiceError::not_implemented("iam"))
    }

    fn permissions(
        &self,
        _world: &World,
        route: &Route,
        _request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        Err(ServiceError::not_implemented(format!(
            "iam:{} for a role",
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
            "iam:{}",
            route.operation
        )))
    }
}

/// Whether a role's session may do something, by the role's policies.
///
/// # Errors
/// `AccessDeniedException` (400/403) in AWS's words.
pub fn authorize(
    _world: &World,
    _role_name: &str,
    _session_name: &str,
    _permission: &Permission,
) -> ServiceResult<()> {
    Err(ServiceError::not_implemented("permissions of roles"))
}
