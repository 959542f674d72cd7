//! What every function here needs, whatever it does.
//!
//! - [`client`]: the configuration of an AWS client from Lambda's environment variables.
//! - [`failure`]: the name of an error, as Lambda tells it.
//! - [`limit`]: calls that may take so long.
//! - [`log`]: one log line for each event, as JSON.
//! - [`probe`]: how the deployer's probe fails.
//!
//! None reads the environment, a clock or a file: a function's `main` hands those in.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod client;
pub mod failure;
pub mod limit;
pub mod log;
pub mod probe;
