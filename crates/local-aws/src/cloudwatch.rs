//! CloudWatch: alarms on the metrics that this emulation really has.
//!
//! - [`alarms`]: what an alarm is and must be. Pure.
//! - [`evaluate`]: datapoints to a state. Pure.
//! - [`metrics`]: the datapoints, in a database of their own; [`known`]: which there are.
//! - [`watch`]: brings the states up to date and does the actions.

mod alarms;
pub mod cloudformation;
mod evaluate;
mod known;
mod metrics;
mod operations;
mod watch;

use std::sync::Arc;

use async_trait::async_trait;

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::registration::Registration;
use crate::core::resource::Typed;
use crate::core::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::core::wire::response::{self, Response};
use crate::core::world::World;

pub use alarms::State;
pub use metrics::{Metrics, record, record_unless_there};
pub use watch::resume;

/// `arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME`.
fn alarm_arn(world: &World, name: &str) -> String {
    world.arn("cloudwatch", format_args!("alarm:{name}"))
}

/// The prefix of `X-Amz-Target` (botocore, cloudwatch/2010-08-01).
const TARGET: &str = "GraniteServiceVersion20100801.";

/// The service.
pub struct CloudWatch;

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration {
    handles: |handles, store| {
        handles.insert(Metrics::of(&store.dir().join("cloudwatch")));
    },
    resource_types: &[&Typed::<cloudformation::MetricAlarm>::TYPE],
    resume,
    peers: &["sns"],
    ..Registration::new(
        "cloudwatch",
        "monitoring",
        &CloudWatch,
        crate::core::state::State::with::<State>,
    )
};

#[async_trait]
impl Service for CloudWatch {
    fn protocol(&self) -> Protocol {
        Protocol::Json {
            content_type: "application/x-amz-json-1.0",
        }
    }

    fn cbor_target(&self) -> Option<&'static str> {
        Some(TARGET)
    }

    fn refusal(&self, error: &ServiceError, request_id: &str) -> Response {
        // The codes of the query protocol, which clients still show.
        let code = match error.code.as_ref() {
            "AccessDeniedException" => "AccessDenied",
            "InvalidParameterValueException" => "InvalidParameterValue",
            other => other,
        };
        response::error(error, self.protocol(), request_id).with_query_error(error, code)
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        if request.header("x-amz-target").is_none() {
            return Err(ServiceError::not_implemented(
                "the query protocol of CloudWatch, only CBOR and JSON",
            ));
        }
        crate::operations::CLOUDWATCH.in_target(request, TARGET, operations::OPERATIONS)
    }

    fn permissions(
        &self,
        _world: &World,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        let body: serde_json::Value = request.json()?;
        let resource = body.get("ResourceARN").and_then(serde_json::Value::as_str);
        Ok(vec![Permission {
            action: format!("cloudwatch:{}", route.operation),
            resource: resource.unwrap_or("*").to_owned(),
        }])
    }

    async fn handle(
        &self,
        world: &Arc<World>,
        call: &Call,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Response> {
        Response::json(&operations::run(world, call, route.operation, request)?)
    }
}
