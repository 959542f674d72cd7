//! The Amazon Connect Flow language (version 2019-10-30): read, validate and
//! play flows, without I/O, clock or randomness.
//!
//! | room | its job |
//! |---|---|
//! | [`document`] | strict JSON with positions, and the [`Flow`] in it |
//! | [`locate`] | from a route such as `Actions[3].Parameters.Text` to a place in the text; every string with its place |
//! | [`flow_type`] | the kinds of flow, by their names in the API |
//! | [`path`] | the JSONPaths inside texts: `$.External.name` |
//! | [`route`] | a place in a flow's JSON, as Connect names it; `problem`: what Connect says of one |
//! | [`spec`] | what an entry of the table says, and what its own rules may ask |
//! | [`actions`] | the table of all action types: one entry each, with its rules |
//! | [`mod@validate`] | what Amazon Connect says when content is published |
//! | [`mod@stub`] | the smallest valid content of each flow type |
//! | [`simulate`] | a call as a state machine: effects out, answers in |
//!
//! ```
//! use connect_flow::{Document, FlowType, Route, validate};
//!
//! let text = r#"{
//!   "Version": "2019-10-30",
//!   "StartAction": "Goodbye",
//!   "Actions": [
//!     {"Identifier": "Goodbye", "Type": "HangUp", "Parameters": {}, "Transitions": {}}
//!   ]
//! }"#;
//! let problems = validate(text, FlowType::ContactFlow);
//! assert_eq!(problems[0].message, "Invalid Action type. Type: HangUp, Path: Actions[0].Type");
//!
//! let document = Document::parse(text).unwrap();
//! let place = document.locate(&Route::from(problems[0].route.as_deref().unwrap_or_default()));
//! assert_eq!((place.span.line, place.span.column), (5, 39));
//! assert_eq!(place.action.unwrap().identifier.as_deref(), Some("Goodbye"));
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod actions;
pub mod document;
pub mod flow_type;
pub mod locate;
pub mod path;
pub(crate) mod problem;
pub mod route;
pub mod simulate;
pub mod spec;
pub mod stub;
pub mod validate;

pub use document::{Action, Document, Flow, ParseError};
pub use flow_type::FlowType;
pub use locate::{Location, Span};
pub use route::Route;
pub use stub::stub;
pub use validate::{Problem, module_request_error, validate, validate_module};
