//! Systems Manager Parameter Store: what stacks read through `{{resolve:ssm:…}}`.

mod operations;
mod parameters;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::core::error::ServiceResult;
use crate::core::registration::Registration;
use crate::core::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::core::wire::response::Response;
use crate::core::world::World;

pub use parameters::{Kind, State};

/// The service.
pub struct Ssm;

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration =
    Registration::new("ssm", "ssm", &Ssm, crate::core::state::State::with::<State>);

#[async_trait]
impl Service for Ssm {
    fn protocol(&self) -> Protocol {
        Protocol::Json {
            content_type: "application/x-amz-json-1.1",
        }
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        crate::operations::SSM.in_target(request, "AmazonSSM.", operations::OPERATIONS)
    }

    fn permissions(
        &self,
        world: &World,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        let body: Value = request.json()?;
        let one = body.get("Name").and_then(Value::as_str);
        let many = body.get("Names").and_then(Value::as_array);
        let names = one
            .into_iter()
            .chain(many.into_iter().flatten().filter_map(Value::as_str));
        Ok(names
            .map(|name| Permission {
                action: format!("ssm:{}", route.operation),
                resource: parameters::arn(&world.region, parameters::selector(name).0),
            })
            .collect())
    }

    async fn handle(
        &self,
        world: &Arc<World>,
        call: &Call,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Response> {
        operations::run(world, call, route.operation, request)
    }
}
