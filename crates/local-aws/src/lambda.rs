//! Lambda: functions, versions, aliases and policies as AWS keeps them, and
//! functions that really run.
//!
//! - Pure: [`names`], [`validate`], [`configuration`], [`layers`], [`state`], [`functions`],
//!   [`aliases`], [`policy`], [`urls`], [`tags`], [`errors`].
//! - [`consistency`]: what is answered while what was just made is not known everywhere.
//! - [`operations`]: the API, from requests to the pure parts and back.
//! - [`package`]: zips on disk. [`runtime`]: processes. [`invoke`]: invocations,
//!   also for other services.
//! - [`cloudformation`] has `AWS::Lambda::Permission`.

pub mod aliases;
pub mod cloudformation;
pub mod configuration;
pub mod consistency;
pub mod errors;
pub mod functions;
pub mod layers;
mod metrics;
pub mod names;
pub mod operations;
pub mod package;
pub mod policy;
pub mod runtime;
pub mod state;
pub mod tags;
mod tree;
pub mod urls;
pub mod validate;

mod invoke;

use std::sync::Arc;

use async_trait::async_trait;

use crate::core::error::ServiceResult;
use crate::core::registration::Registration;
use crate::core::resource::Typed;
use crate::core::service::{Call, Permission, Protocol, Request, Route, Service};
use crate::core::wire::response::Response;
use crate::core::world::World;

pub use invoke::{
    EVENT_LIMIT, InvokeRequest, Invoked, PAYLOAD_LIMIT, TIME_LIMIT_EXCEEDED, dry_run, invoke,
    invoke_event,
};
pub use operations::resume;
pub use package::Packages;
pub use runtime::pool::Functions;
pub use state::State;

/// The service.
pub struct Lambda;

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration {
    handles: |handles, store| {
        handles.insert(Functions::default());
        handles.insert(Packages::below(
            &store.dir().join("lambda"),
            store.key().clone(),
        ));
    },
    resource_types: &[&Typed::<cloudformation::Permission>::TYPE],
    resume,
    metric: metrics::known,
    peers: &["cloudwatch", "iam", "logs", "sts"],
    ..Registration::new(
        "lambda",
        "lambda",
        &Lambda,
        crate::core::state::State::with::<State>,
    )
};

#[async_trait]
impl Service for Lambda {
    fn protocol(&self) -> Protocol {
        // Some shapes spell it `Message`; [`errors`] gives those the member itself.
        Protocol::RestJson {
            message_member: "message",
        }
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        crate::operations::LAMBDA.route(request, operations::IMPLEMENTED)
    }

    fn permissions(
        &self,
        world: &World,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        operations::permissions(world, route, request)
    }

    async fn handle(
        &self,
        world: &Arc<World>,
        call: &Call,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Response> {
        operations::handle(world, call, route, request).await
    }
}
