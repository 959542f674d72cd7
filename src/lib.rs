//! vanity-deploy: Amazon Connect solutions from a checkout to a line that answers.
//!
//! ## The map
//! - [`cli`]: one file per command; arguments; errors to exit codes.
//! - [`ui`]: the one door to stdout and stderr.
//! - [`manifest`]: reads `vanity-deploy.yaml`, makes what is wanted of it.
//! - [`engine`]: what is wanted and what is there → plan → apply. Knows no AWS type.
//! - [`aws`]: one file per service; adapters that implement the engine's ports.
//! - [`artifact`]: builds, checks and zips a function.
//!
//! `engine` imports nothing above it; `aws`, `artifact` and `ui` import `engine`
//! and never each other; `cli` wires. A test keeps these walls.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod artifact;
pub mod aws;
pub mod cli;
pub mod engine;
pub mod manifest;
pub mod ui;
