//! CloudWatch Logs: groups, streams and their lines.

mod append;
pub mod cloudformation;
mod filter;
pub mod groups;
mod lines;
mod metric_filters;
mod operations;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::core::error::ServiceResult;
use crate::core::registration::Registration;
use crate::core::resource::Typed;
use crate::core::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::core::wire::response::Response;
use crate::core::world::World;

pub use append::{append, append_for_role};
pub use groups::State;

/// The ARN of a group as `arn` and `Fn::GetAtt` give it, with `:*` at its end.
pub fn group_arn(world: &World, name: &str) -> String {
    world.arn("logs", format_args!("log-group:{name}:*"))
}

/// The service.
pub struct Logs;

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration {
    resource_types: &[
        &Typed::<cloudformation::LogGroup>::TYPE,
        &Typed::<cloudformation::MetricFilter>::TYPE,
    ],
    metric: metric_filters::known,
    peers: &["cloudwatch", "iam"],
    ..Registration::new(
        "logs",
        "logs",
        &Logs,
        crate::core::state::State::with::<State>,
    )
};

#[async_trait]
impl Service for Logs {
    fn protocol(&self) -> Protocol {
        Protocol::Json {
            content_type: "application/x-amz-json-1.1",
        }
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        crate::operations::LOGS.in_target(request, "Logs_20140328.", operations::OPERATIONS)
    }

    fn permissions(
        &self,
        world: &World,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        let body: Value = request.json()?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let resource = match text("resourceArn") {
            // Service authorization reference: about no group.
            "" if route.operation == "TestMetricFilter" => "*".to_owned(),
            "" => append::stream_arn(world, text("logGroupName"), text("logStreamName")),
            arn => arn.to_owned(),
        };
        Ok(vec![Permission {
            action: format!("logs:{}", route.operation),
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
        match operations::run(world, call, route.operation, request)? {
            Some(value) => Response::json(&value),
            None => Ok(Response::empty(200)),
        }
    }
}
