//! REST APIs: made through CloudFormation, read through `/restapis`, answered
//! by [`execute`].
//!
//! [`model`] has the values, [`apis`] changes them. A deployment is a picture
//! of the definition, [`compiled`] makes it ready to answer. A request becomes
//! an [`exchange`]; it is found its resource ([`matching`]), validated
//! ([`validation`], [`schema`]), mapped ([`template`], [`mapping`]), answered
//! ([`integrate`], [`services`], [`proxy`]) and mapped back ([`answer`]). What
//! API Gateway answers for itself is a [`gateway_response`].

mod answer;
pub mod apis;
mod check_method;
pub mod cloudformation;
pub mod compiled;
pub mod control;
mod control_domains;
mod describe;
pub mod domains;
mod exchange;
pub mod execute;
mod gateway_response;
mod integrate;
pub mod java_regex;
pub mod json_path;
mod logging;
pub mod mapping;
mod matching;
mod media;
pub(super) mod metrics;
pub mod model;
mod proxy;
pub mod schema;
mod services;
mod target;
pub mod template;
mod validation;

pub use compiled::Cache;
pub use model::State;
