//! IAM: roles, their policies, and whether they allow what a session asks for.
//!
//! [`roles`] and [`policies`] change plain values, [`policy`] reads and
//! evaluates policy documents, [`authorize()`] is what the gateway asks.

pub mod authorize;
pub mod cloudformation;
mod consistency;
pub mod managed;
mod names;
mod operations;
mod policies;
mod resource_policy;
pub mod roles;

use std::sync::Arc;

use async_trait::async_trait;

use crate::core::error::ServiceResult;
use crate::core::registration::Registration;
use crate::core::resource::Typed;
use crate::core::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::core::wire::query::Query;
use crate::core::wire::response::Response;
use crate::core::world::{ACCOUNT, World};

pub use authorize::{assumable_by, authorize, trusts};
pub use consistency::{unknown, unknown_at_work};
pub use resource_policy::authorize_on;
pub use roles::{NewRole, Role, State};

const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// The service.
pub struct Iam;

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration {
    resource_types: &[
        &Typed::<cloudformation::Policy>::TYPE,
        &Typed::<cloudformation::Role>::TYPE,
    ],
    authorize: Some(authorize),
    ..Registration::new("iam", "iam", &Iam, crate::core::state::State::with::<State>)
};

#[async_trait]
impl Service for Iam {
    fn protocol(&self) -> Protocol {
        Protocol::Query {
            namespace: NAMESPACE,
        }
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        crate::operations::IAM.in_form(&Query::parse(request)?, operations::OPERATIONS)
    }

    fn permissions(
        &self,
        world: &World,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        let query = Query::parse(request)?;
        let name = query.text("RoleName").unwrap_or_default();
        let existing = world.read(|state| {
            state
                .of::<crate::iam::State>()
                .role(name)
                .map(Role::arn)
                .ok()
        });
        let resource = existing.unwrap_or_else(|| {
            let path = query.text("Path").unwrap_or("/");
            format!("arn:aws:iam::{ACCOUNT}:role{path}{name}")
        });
        Ok(vec![Permission {
            action: format!("iam:{}", route.operation),
            resource,
        }])
    }

    async fn handle(
        &self,
        world: &Arc<World>,
        call: &Call,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Response> {
        let query = Query::parse(request)?;
        let result = operations::run(world, call, route.operation, &query)?;
        Ok(Response::query(
            route.operation,
            NAMESPACE,
            result.as_ref(),
            &call.request_id,
        ))
    }
}
