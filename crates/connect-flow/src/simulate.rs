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
//!
//! ## Map
//! What goes in and out, who moves it, and what the actions do:
//!
//! | room | its job |
//! |---|---|
//! | `contact` | who calls whom: what a contact brings into its first flow |
//! | `effect`, `answer` | what a call does and what happens in it; what the driver says to that |
//! | `machine` | one action after the other, as far as it gets by itself |
//! | `call` | the state of a call: what the contact carries from action to action |
//! | `behaviours` | what the actions do, a file per action or family; `behaviours.rs` has the table |
//! | `branch`, `operators` | which way leads out of an action; the tests of its conditions |
//! | `namespaces` | what the roots of JSONPaths stand for |
//! | `keypad`, `phone_number` | what becomes of the keys that a caller presses; numbers among them |
//! | `speech`, `ssml` | what a caller hears, and SSML as a listener would write it down |
//! | `function_event` | the event that a function is invoked with |
//!
//! An action's way through them: `machine` takes the next one, its behaviour reads parameters
//! through `namespaces`, changes the `call`, gives an effect or an outcome, and `branch` turns the
//! outcome into the next action. A new action is a file in `behaviours` and a line in its table.

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
