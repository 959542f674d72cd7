//! Calls, played by drivers that say always the same.

mod actions;
mod any_flow;
mod functions;
mod input;
mod protocol;

use super::*;
use crate::Flow;
use serde_json::{Value, json};

/// A flow of these actions; the first is the start.
fn flow(actions: Value) -> FlowContent {
    let start = actions[0]["Identifier"].clone();
    let text = json!({"Version": "2019-10-30", "StartAction": start, "Actions": actions});
    FlowContent::new("flow", Flow::parse(&text.to_string()).unwrap())
}

fn contact() -> Contact {
    Contact::inbound_call("contact", Some("+18007246837"))
}

fn say(identifier: &str, text: &str, next: &str) -> Value {
    json!({"Identifier": identifier, "Type": "MessageParticipant", "Parameters": {"Text": text},
           "Transitions": {"NextAction": next}})
}

fn hang_up() -> Value {
    json!({"Identifier": "End", "Type": "DisconnectParticipant"})
}

fn condition(operator: &str, operand: &str, next: &str) -> Value {
    json!({"NextAction": next, "Condition": {"Operator": operator, "Operands": [operand]}})
}

fn error(kind: &str, next: &str) -> Value {
    json!({"NextAction": next, "ErrorType": kind})
}

/// Plays a call; every effect but what is spoken is shown to `answer`.
fn play_as(
    contact: Contact,
    actions: Value,
    mut answer: impl FnMut(&Effect) -> Answer,
) -> (Vec<String>, Machine) {
    let mut machine = Machine::new(contact, flow(actions));
    let mut lines = Vec::new();
    let mut next = Answer::Go;
    loop {
        let effect = machine.advance(next).unwrap();
        next = answer(&effect);
        match effect {
            Effect::Speak(speech) => lines.push(speech.plain),
            Effect::Event(Event::PathUnresolved { path, .. }) => lines.push(format!("? {path}")),
            Effect::Ended(End::Stopped { reason }) => {
                lines.push(reason.to_string());
                return (lines, machine);
            }
            Effect::Ended(end) => {
                lines.push(format!("{end:?}"));
                return (lines, machine);
            }
            _ => {}
        }
    }
}

/// Plays a call that needs no answers.
fn play(actions: Value) -> String {
    play_as(contact(), actions, |_| Answer::Go).0.join("\n")
}

/// Plays a call with one question.
fn play_with(actions: Value, answer: &Answer) -> String {
    let told = play_as(contact(), actions, |effect| match effect {
        Effect::Event(_) | Effect::Speak(_) | Effect::Ended(_) => Answer::Go,
        _ => answer.clone(),
    });
    told.0.join("\n")
}
