//! An AWS on loopback: the services that vanity-deploy uses, strict and without an account.
//!
//! It is an emulation and says so. What it does not implement is a loud error
//! that names the operation, parameter, resource type or property.
//!
//! ## Map
//! - [`server`]: start and stop; [`Config`] and [`Running`].
//! - [`gateway`]: one port. Who calls (SigV4 credential scope), which service and
//!   operation, faults and throttling, then the service; wire protocols.
//! - [`world`]: what all services share: the [`world::State`], clock, ids, region.
//! - [`store`]: the state on disk, one process at a time.
//! - `operations`: which operations AWS has, by botocore's service models.
//! - [`service`]: the trait every service implements, [`error`]: what it answers.
//! - One folder per service: [`cloudformation`], [`cloudwatch`], [`connect`], [`dynamodb`],
//!   [`iam`], [`lambda`], [`logs`], [`pipes`], [`s3`], [`secretsmanager`], [`sns`], [`sqs`],
//!   [`ssm`], [`sts`], [`apigateway`].
//!
//! Services keep their state as plain values under one lock and change it in
//! functions without I/O; CloudFormation provisions through the same functions
//! as the direct APIs.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod apigateway;
pub mod cloudformation;
pub mod cloudwatch;
pub mod connect;
pub mod constraint;
pub mod dynamodb;
pub mod error;
pub mod gateway;
pub mod iam;
pub mod lambda;
pub mod logs;
mod operations;
pub mod pipes;
pub mod ports;
pub mod s3;
pub mod secretsmanager;
pub mod server;
pub mod service;
pub mod sns;
pub mod sqs;
pub mod ssm;
pub mod store;
pub mod sts;
pub mod world;

pub use http::Method;
pub use server::{Access, Config, Running, StartError};
pub use store::{Key, StateFolder};
