//! The function that tells a caller the vanity numbers for the number they call from.
//!
//! - `event`: what was asked (Amazon Connect, API Gateway, the deployer's probe)
//! - `handler`: an event in, an answer and a log line out
//! - `lookup`: the table first, the word list if need be
//! - `answer`, `page`, `log`: what goes out
//! - `table`: the port to the table; `dynamo`: the table in DynamoDB
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod answer;
pub mod dynamo;
pub mod event;
pub mod handler;
pub mod log;
pub mod lookup;
pub mod page;
pub mod table;

#[cfg(test)]
mod tests;
