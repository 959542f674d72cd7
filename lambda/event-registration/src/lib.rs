//! The function that confirms registrations for an event by SMS.
//!
//! EventBridge Pipes reads the stream of the registrations' table and sends the new ones here.
//!
//! - `record`: what the pipe sent, each record a registration or the reason why it is none
//! - `handler`: a batch in, the records to try again and log lines out
//! - `confirm`: one registration: claimed, texted, marked
//! - `message`: the text of the SMS
//! - `settings`: the event and the text, from the environment
//! - `ports`: what is needed of the table and of the SMS service; `dynamo`, `sns`: those on AWS
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod confirm;
pub mod dynamo;
pub mod handler;
pub mod message;
pub mod ports;
pub mod record;
pub mod settings;
pub mod sns;

#[cfg(test)]
mod tests;
