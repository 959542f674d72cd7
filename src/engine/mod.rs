//! The engine: what is wanted and what is there become a plan, and a plan
//! becomes deeds. Knows no AWS type.
//!
//! - [`desired`]: what is wanted, with refs still in it.
//! - [`observe`]: what is there, read through the [`ports`].
//! - [`plan`]: what would change, as a value; [`diff`] makes it.
//! - [`apply`]: does it, telling [`events`]; [`destroy`] undoes a deployment.
//! - [`text`]: refs in text. [`error`]: what can go wrong.

pub mod apply;
pub mod desired;
pub mod destroy;
pub mod diff;
pub mod error;
pub mod events;
pub mod graph;
pub mod nearest;
pub mod observe;
pub mod outputs;
pub mod plan;
pub mod ports;
pub mod prepare;
pub mod template;
pub mod text;
pub mod values;
