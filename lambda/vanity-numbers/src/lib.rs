//! The function that tells a caller the vanity numbers for the number they call from.
//!
//! - `event`: what was asked (Amazon Connect, API Gateway, the deployer's probe)
//! - `handler`: an event in, an answer and a log line out
//! - `number`, `settings`: what was typed, and what the function is told
//! - `decide`: from what the table holds to what is told and stored. Pure
//! - `lookup`: the table first, the word list if need be
//! - `answer`, `page`, `log`: what goes out
//! - `table`: the port to the table; `dynamo`, `item`: the table in DynamoDB
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod answer;
pub mod decide;
pub mod dynamo;
pub mod event;
pub mod handler;
mod item;
pub mod log;
pub mod lookup;
pub mod number;
pub mod page;
pub mod settings;
pub mod table;

#[cfg(test)]
mod tests;
