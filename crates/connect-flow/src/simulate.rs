//! A call as a state machine without I/O.
//!
//! [`Machine::advance`] gives the next [`Effect`] and is told, the next time,
//! how the world answered it. What needs the outside is an effect of its own
//! (speak, gather keys, invoke a function, find a flow, draw a number, ask for
//! opening hours); what merely happened is an [`Event`] and is answered with
//! [`Answer::Go`]. The same machine serves a person at a terminal, a script and
//! a search through all paths: they differ in who answers.
//!
//! ```
//! use connect_flow::Flow;
//! use connect_flow::simulate::{Answer, Contact, Effect, End, FlowContent, Machine};
//!
//! let flow = Flow::parse(r#"{"Version": "2019-10-30", "StartAction": "Greet", "Actions": [
//!     {"Identifier": "Greet", "Type": "MessageParticipant",
//!      "Parameters": {"Text": "Hello $.CustomerEndpoint.Address"},
//!      "Transitions": {"NextAction": "Bye"}},
//!     {"Identifier": "Bye", "Type": "DisconnectParticipant"}]}"#).unwrap();
//! let contact = Contact::inbound_call("0f0e0d0c-0b0a-0908-0706-050403020100", Some("+18007246837"));
//! let mut call = Machine::new(contact, FlowContent::new("inbound", flow));
//! let mut heard = Vec::new();
//! let end = loop {
//!     match call.advance(Answer::Go).unwrap() {
//!         Effect::Speak(speech) => heard.push(speech.plain),
//!         Effect::Ended(end) => break end,
//!         _ => {}
//!     }
//! };
//! assert_eq!(heard, ["Hello +18007246837"]);
//! assert_eq!(end, End::Disconnected);
//! ```

mod answer;
mod behaviours;
mod branch;
mod call;
mod contact;
mod effect;
mod function_event;
mod keypad;
mod machine;
mod namespaces;
mod operators;
mod phone_number;
mod speech;
mod ssml;

pub use answer::{AdvanceError, Answer, FunctionAnswer, HoursAnswer, QueueAnswer};
pub use contact::{Contact, Endpoint, Queue};
pub use effect::{
    Effect, End, Event, Gather, GatherMode, InputValidation, Invocation, ResponseType, StopReason,
    Why,
};
pub use machine::{FlowContent, Machine};
pub use speech::{Speech, SpeechKind};
pub use ssml::{SsmlError, plain as ssml_to_plain};

#[cfg(test)]
mod tests;
