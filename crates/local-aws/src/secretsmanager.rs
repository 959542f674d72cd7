//! Secrets Manager: what stacks read through `{{resolve:secretsmanager:…}}`.

mod operations;
mod secrets;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::core::error::ServiceResult;
use crate::core::registration::Registration;
use crate::core::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::core::wire::response::Response;
use crate::core::world::World;

pub use secrets::State;

/// The service.
pub struct SecretsManager;

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration::new(
    "secretsmanager",
    "secretsmanager",
    &SecretsManager,
    crate::core::state::State::with::<State>,
);

#[async_trait]
impl Service for SecretsManager {
    fn protocol(&self) -> Protocol {
        Protocol::Json {
            content_type: "application/x-amz-json-1.1",
        }
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        crate::operations::SECRETS_MANAGER.in_target(
            request,
            "secretsmanager.",
            operations::OPERATIONS,
        )
    }

    fn permissions(
        &self,
        world: &World,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        let body: Value = request.json()?;
        let named = |name: &str| body.get(name).and_then(Value::as_str);
        let id = named("SecretId").or(named("Name")).unwrap_or_default();
        let known = world.read(|state| state.of::<crate::secretsmanager::State>().arn(id));
        // Of a secret that is not there, the ARN that its name would begin.
        let resource = known.unwrap_or_else(|| {
            if id.starts_with("arn:") {
                id.to_owned()
            } else {
                world.arn("secretsmanager", format_args!("secret:{id}"))
            }
        });
        Ok(vec![Permission {
            action: format!("secretsmanager:{}", route.operation),
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
        operations::run(world, call, route.operation, request)
    }
}
