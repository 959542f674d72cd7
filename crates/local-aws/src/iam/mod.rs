//! IAM: roles, their policies, and whether they allow what a session asks for.
//!
//! [`roles`] and [`policies`] change plain values, [`policy`] reads and
//! evaluates policy documents, [`authorize()`] is what the gateway asks.

pub mod authorize;
pub mod managed;
mod names;
mod policies;
pub mod policy;
pub mod roles;

use std::sync::Arc;

use async_trait::async_trait;

use crate::error::{ServiceError, ServiceResult};
use crate::gateway::response::Response;
use crate::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::world::World;

pub use authorize::{assumable_by, authorize, trusts};
pub use roles::{NewRole, Role, State};

const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// The service.
pub struct Iam;

#[async_trait]
impl Service for Iam {
    fn protocol(&self) -> Protocol {
        Protocol::Query {
            namespace: NAMESPACE,
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
