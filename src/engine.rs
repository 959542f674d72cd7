//! The engine: what is wanted and what is there become a plan, and a plan
//! becomes deeds. Knows no AWS type.
//!
//! - [`kinds`]: what one kind of resource is, whole. The rest knows a kind by its name alone.
//! - [`desired`]: what is wanted, with refs still in it.
//! - [`defaults`]: parameters that go back to their defaults.
//! - [`observe`]: what is there, read through the [`ports`].
//! - [`order`]: which of several solutions goes first.
//! - [`plan`]: what would change, as a value; [`diff`] makes it. [`wanted`]: what is
//!   wanted, part by part, as plans show it; [`compare`]: what differs between two plans.
//! - [`apply`]: does it, telling [`events`]; [`destroy`] undoes a deployment.
//! - [`status`]: how what is there stands. [`drift`]: what somebody else did since; [`function_policy`]: who may invoke a function.
//! - [`rights`]: what whoever deploys must be allowed to do.
//! - [`text`]: refs in text; [`lookups`]: those to things of the instance. [`item`]: items of tables. [`error`]: what can go wrong.
//!
//! Not there yet, each with its place: the ledger (a record of deployments and the
//! lock between two deployers of one environment) belongs beside [`prepare`] and
//! [`apply`]; `rollback` to an earlier deployment needs it. Functions and stacks
//! that left the manifest are not found again: [`observe`] reads by wanted name.

pub mod apply;
pub mod compare;
pub mod defaults;
pub mod desired;
pub mod destroy;
pub mod diff;
pub mod drift;
pub mod error;
pub mod events;
pub mod flow_problem;
pub mod function_policy;
pub mod graph;
pub mod item;
pub mod kinds;
pub mod lookups;
pub mod nearest;
pub mod observe;
pub mod order;
pub mod outputs;
pub mod plan;
pub mod ports;
pub mod prepare;
pub mod rights;
mod schedule;
pub mod status;
pub mod template;
pub mod text;
pub mod values;
pub mod wanted;
