//! The function that finds a customer by the number that calls.
//!
//! - `event`: what was asked (Amazon Connect, the deployer's probe)
//! - `number`: the key of a row, from a number however it was written
//! - `settings`: what a deployment sets
//! - `handler`: an event in, an answer and a log line out
//! - `lookup`: finds the row and records the call
//! - `table`: the port to the table; `dynamo`: the table in DynamoDB
//! - `answer`: the flat map that goes out; `text`: an attribute as a string; `date`: dates read
//!   and spoken
//! - `log`: what is logged
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod answer;
pub mod date;
pub mod dynamo;
pub mod event;
pub mod handler;
pub mod log;
pub mod lookup;
pub mod number;
pub mod settings;
pub mod table;
pub mod text;

#[cfg(test)]
mod tests;
