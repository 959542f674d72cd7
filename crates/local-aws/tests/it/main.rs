//! The embedded AWS over HTTP, a module per service.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod client;
mod connect;
mod lambda;
mod sts;
