//! `MessageParticipant`: says something.

use super::{Behaviour, Turn};
use crate::document::Action;
use crate::simulate::call::Call;
use crate::simulate::{Effect, speech};

pub(super) const BEHAVIOUR: Behaviour = Behaviour::silent(enter);

fn enter(call: &mut Call, action: &Action) -> Turn {
    match speech::speech(call, action, &action.parameters) {
        Ok(Some(speech)) => Turn::Ask(Effect::Speak(speech)),
        Ok(None) => Turn::malformed(action, "it says nothing"),
        Err(reason) => Turn::failed(reason),
    }
}
