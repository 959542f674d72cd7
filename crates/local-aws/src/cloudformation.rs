//! CloudFormation.
//!
//! - [`template`]: what templates say. Pure.
//! - [`diff`]: what a change set shows. Pure.
//! - [`machine`]: what an operation does next. Pure.
//! - [`executor`]: does it, through the [`resource`] types.
//! - [`operations`]: the API.
//! - `consistency`: what is shown while it works. `early_validation`: what a change set
//!   fails for before it is executed.

pub mod change_set;
#[cfg(test)]
mod change_set_tests;
mod consistency;
pub mod diff;
mod early_validation;
pub mod executor;
pub mod failure;
pub mod machine;
pub mod operations;
pub mod registry;
mod secrets;
pub mod state;
pub mod status;
pub mod template;

use std::sync::Arc;

use async_trait::async_trait;

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::registration::Registration;
use crate::core::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::core::wire::query::Query;
use crate::core::wire::response::Response;
use crate::core::world::World;

pub use executor::resume;
pub use state::State;

const NAMESPACE: &str = "http://cloudformation.amazonaws.com/doc/2010-05-15/";

/// The service.
pub struct CloudFormation;

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration {
    resume,
    peers: &["apigateway", "secretsmanager", "services", "ssm"],
    ..Registration::new(
        "cloudformation",
        "cloudformation",
        &CloudFormation,
        crate::core::state::State::with::<State>,
    )
};

#[async_trait]
impl Service for CloudFormation {
    fn protocol(&self) -> Protocol {
        Protocol::Query {
            namespace: NAMESPACE,
        }
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        crate::operations::CLOUDFORMATION.in_form(&Query::parse(request)?, operations::NAMES)
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
        world: &Arc<World>,
        call: &Call,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Response> {
        let query = Query::parse(request)?;
        let answer = operations::handle(world, route.operation, &query)?;
        if let Some(stack_id) = answer.begun {
            // What is begun must be saved before it is worked on.
            world.flush()?;
            executor::start_and_wait(world, stack_id).await;
        }
        Ok(Response::query(
            route.operation,
            NAMESPACE,
            answer.result.as_ref(),
            &call.request_id,
        ))
    }
}
