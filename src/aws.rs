//! Adapters: the engine's ports over the AWS SDK. SDK types stop here.
//!
//! - [`config`]: clients for AWS and for the embedded one, with the credentials and the network
//!   that the AWS CLI would have; [`keys`]: given by the environment.
//! - [`failure`]: SDK errors in the engine's terms; [`retry`]: which are tried again.
//! - [`regions`]: which of them an account must enable first.
//! - [`wait`]: waiting by polling; [`young`]: for what; [`pace`]: not faster than Connect lets;
//!   [`consistency`]: what Connect does not know everywhere yet.
//! - One file per service: [`instances`] (with STS), [`cloudformation`], [`lambda`],
//!   [`flows`], [`resources`], [`dynamodb`], [`s3`].
#![allow(
    clippy::result_large_err,
    reason = "a failure ends the work that made it: nothing is gained by boxing it"
)]

pub mod cloudformation;
pub mod config;
pub mod consistency;
#[cfg(test)]
mod deployment_tests;
pub mod dynamodb;
pub mod failure;
pub mod flows;
pub mod instances;
pub mod keys;
pub mod lambda;
pub mod pace;
pub mod regions;
pub mod resources;
pub mod retry;
pub mod s3;
#[cfg(test)]
mod testing;
pub mod wait;
pub mod young;

pub use config::{
    Bundle, Chosen, ConnectError, Connection, LocalEndpoint, Options, ProfileKind, Selection,
    Setting, Source, connect, connect_waiting,
};
pub use failure::credentials::Refusal;
pub use keys::Keys;
