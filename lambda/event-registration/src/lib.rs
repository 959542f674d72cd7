//! The function that confirms registrations for an event by SMS, and by e-mail beside it.
//!
//! EventBridge Pipes reads the stream of the registrations' table and sends the new ones here.
//!
//! - `record`: what the pipe sent, each record a registration or the reason why it is none
//! - `handler`: a batch in, the records to try again and log lines out; the probe
//! - `recover`: what is open in the table, confirmed
//! - `confirm`: one registration: claimed, told, marked
//! - `message`: the text
//! - `numbers`: which numbers can exist, and where
//! - `settings`: the event, the text and the rest, from the environment
//! - `tally`: what is counted and logged
//! - `ports`: what is needed of the table and of the services that send; `dynamo`, `sns`, `ses`: those
//!   on AWS
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod confirm;
pub mod dynamo;
pub mod handler;
pub mod message;
pub mod numbers;
pub mod ports;
pub mod record;
pub mod recover;
pub mod ses;
pub mod settings;
pub mod sns;
pub mod tally;

#[cfg(test)]
mod tests;
