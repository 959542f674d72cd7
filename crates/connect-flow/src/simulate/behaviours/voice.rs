//! `UpdateContactTextToSpeechVoice`: another voice speaks.

use super::{Behaviour, Turn, record};
use crate::document::Action;
use crate::simulate::call::Call;

pub(super) const BEHAVIOUR: Behaviour = Behaviour::silent(enter);

fn enter(call: &mut Call, action: &Action) -> Turn {
    call.voice = call.text(action, "TextToSpeechVoice");
    record::note(call, action);
    Turn::done()
}
