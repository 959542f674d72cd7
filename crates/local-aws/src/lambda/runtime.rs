//! Functions as they run: one process of `bootstrap` per execution environment,
//! each with a Runtime API of its own.
//!
//! - [`api`]: the Runtime API's HTTP side.
//! - [`environment`]: a process with its API, from its start to its end.
//! - [`output`]: the lines that it writes.
//! - [`variables`]: its environment variables; [`failure`]: how things go wrong;
//!   [`report`]: the lines that Lambda itself writes. All three pure.
//! - [`pool`]: the environments of all functions.

pub mod api;
pub mod environment;
pub mod failure;
pub mod output;
pub mod pool;
pub mod report;
pub mod variables;
