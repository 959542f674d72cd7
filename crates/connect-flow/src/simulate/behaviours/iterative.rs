//! `MessageParticipantIteratively`: says several things, over and over.

use super::{Behaviour, Turn};
use crate::document::Action;
use crate::simulate::branch::Outcome;
use crate::simulate::call::Call;
use crate::simulate::{Effect, End, speech};
use serde_json::Value;

pub(super) const BEHAVIOUR: Behaviour = Behaviour {
    enter: |call, action| say(call, action, 0),
    resume: |call, action, _, said| say(call, action, said as usize),
};

fn say(call: &mut Call, action: &Action, index: usize) -> Turn {
    let messages = action.parameters.get("Messages").and_then(Value::as_array);
    let Some(messages) = messages.filter(|messages| !messages.is_empty()) else {
        return Turn::malformed(action, "it has no messages");
    };
    match messages.get(index) {
        Some(message) => match speech::speech(call, action, message) {
            Ok(Some(speech)) => Turn::Ask(Effect::Speak(speech)),
            Ok(None) => Turn::malformed(action, "one of its messages says nothing"),
            Err(reason) => Turn::failed(reason),
        },
        // One round is heard; then the interruption comes, or it would go on
        // until an agent is free.
        None if action.parameters.get("InterruptFrequencySeconds").is_some() => {
            Turn::Leave(Outcome::Result("MessagesInterrupted".into()))
        }
        None => Turn::End(End::MessagesRepeated),
    }
}
