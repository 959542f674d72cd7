//! An AWS on loopback: the services that vanity-deploy uses, strict and without an account.
//!
//! It is an emulation and says so. What it does not implement is a loud error
//! that names the operation, parameter, resource type or property.
//!
//! ## Map
//! - `core`: what every service builds on and what knows none of them: the state and its
//!   [`store`], clock and ids ([`ports`]), the trait of a [`service`] and what it answers
//!   ([`error`]), the trait of CloudFormation's resource types ([`resource`]), wire protocols,
//!   [`faults`], how long AWS takes to agree with itself ([`consistency`]).
//! - [`server`]: start and stop; [`Config`] and [`Running`].
//! - [`gateway`]: one port. Who calls (SigV4 credential scope), which service and
//!   operation, faults and throttling, then the service.
//! - `services`: the one list. A service says itself what it is and has, in one value
//!   (`core::registration`).
//! - `operations`: which operations AWS has, by botocore's service models.
//! - One folder per service: [`cloudformation`], [`cloudwatch`], [`connect`], [`dynamodb`],
//!   [`iam`], [`lambda`], [`logs`], [`pipes`], [`s3`], [`scheduler`], [`secretsmanager`], [`ses`], [`sns`],
//!   [`sqs`], [`ssm`], [`sts`], [`apigateway`].
//!
//! Services keep their state as plain values under one lock and change it in
//! functions without I/O; CloudFormation provisions through the same functions
//! as the direct APIs.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub(crate) mod apigateway;
pub mod cloudformation;
pub(crate) mod cloudwatch;
pub(crate) mod connect;
pub(crate) mod core;
pub(crate) mod dynamodb;
pub mod gateway;
pub mod iam;
pub mod lambda;
pub(crate) mod logs;
mod operations;
pub(crate) mod pipes;
pub(crate) mod s3;
pub(crate) mod scheduler;
pub(crate) mod secretsmanager;
pub mod server;
pub(crate) mod services;
pub mod ses;
pub mod sns;
pub(crate) mod sqs;
pub(crate) mod ssm;
pub mod sts;

pub use self::connect::quotas::{Grant, Quota};
pub use self::core::calls::call_as;
pub use self::core::store::{Key, StateFolder};
pub use self::core::{consistency, error, faults, ports, resource, service, store};
pub use http::Method;
pub use server::{Access, Config, Running, StartError};

/// The services by their folders, each with the services that it says it uses.
pub fn peers() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    let all = gateway::services::all().iter();
    all.map(|service| (service.name, service.peers))
}
