//! S3: buckets, objects and their versions.
//!
//! - [`address`], [`routes`], [`input`]: what a request asks for. Pure.
//! - [`state`], [`versions`], [`list`]: buckets and versions as values. Pure.
//! - [`body`], [`checksums`], [`conditions`], [`range`], [`xml`]: the protocol. Pure.
//! - [`access`]: permissions and bucket policies.
//! - [`lifecycle`]: expires what is due.
//! - [`blobs`]: the bytes of objects, in files.
//! - [`operations`]: the API; [`cloudformation`]: the resource types.
//!
//! Not here, and refused by name: multipart uploads, copies, ACLs, KMS keys, storage
//! classes other than `STANDARD`, public (unsigned) requests.

pub mod access;
pub mod address;
pub mod blobs;
pub mod body;
pub mod checksums;
pub mod cloudformation;
pub mod conditions;
pub mod configuration;
pub mod errors;
pub mod input;
mod lifecycle;
pub mod list;
pub mod names;
mod operations;
pub mod range;
pub mod routes;
pub mod state;
pub mod versions;
pub mod xml;

use std::sync::Arc;

use async_trait::async_trait;

use crate::core::error::ServiceResult;
use crate::core::registration::Registration;
use crate::core::resource::Typed;
use crate::core::service::{Call, Permission, Principal, Protocol, Request, Route, Service};
use crate::core::wire::response::Response;
use crate::core::world::World;

pub use state::State;

/// The service.
pub struct S3;

/// At the start: removes what a process that ended in the middle of a write left behind.
pub fn resume(world: &World) {
    let blobs = blobs::Blobs::below(&world.service_dir("s3"));
    if let Err(error) = world.read(|state| blobs.sweep(state.of::<crate::s3::State>())) {
        tracing::warn!(%error, "what was left behind of S3 objects could not be removed");
    }
}

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration {
    resource_types: &[
        &Typed::<cloudformation::Bucket>::TYPE,
        &Typed::<cloudformation::BucketPolicy>::TYPE,
    ],
    resume: |world| resume(world),
    peers: &["iam"],
    ..Registration::new("s3", "s3", &S3, crate::core::state::State::with::<State>)
};

#[async_trait]
impl Service for S3 {
    fn protocol(&self) -> Protocol {
        Protocol::RestXml
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        routes::route(request)
    }

    fn permissions(
        &self,
        _world: &World,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        Ok(access::permissions(route, request))
    }

    fn authorize(
        &self,
        world: &World,
        principal: &Principal,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<()> {
        input::check_expiry(request, world.clock.now())?;
        lifecycle::catch_up(world)?;
        let bucket = route.label("Bucket");
        if !matches!(route.operation, "ListBuckets" | "CreateBucket") {
            names::check_bucket(bucket)?;
            // That a bucket is missing is no secret: names are global.
            world.read(|state| state.of::<crate::s3::State>().bucket(bucket).map(drop))?;
        }
        let supplied = access::supplied(request);
        for permission in self.permissions(world, route, request)? {
            access::check(world, principal, &permission, bucket, &supplied)?;
        }
        Ok(())
    }

    async fn handle(
        &self,
        world: &Arc<World>,
        call: &Call,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Response> {
        input::check(route.operation, request)?;
        operations::run(world, call, route, request).await
    }
}
