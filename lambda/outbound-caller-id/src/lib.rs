//! The function that picks the caller ID of an outbound call by the customer's country.
//!
//! - `event`: what was asked (Amazon Connect, the deployer's probe)
//! - `handler`: an event in, an answer and a log line out
//! - `choice`: the country's number, else the default, else the queue's; pure
//! - `number`, `country`: what a number says about itself
//! - `list`: the country routing list; `cache`: the list as it is now
//! - `store`: the port to the object that holds it; `s3`: the object in S3
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod cache;
pub mod choice;
pub mod country;
pub mod event;
pub mod handler;
pub mod list;
mod log;
pub mod number;
pub mod s3;
pub mod store;

#[cfg(test)]
mod tests;
