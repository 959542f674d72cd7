//! `Wait`: pauses a chat or a task; a call cannot wait.

use super::{Behaviour, Turn};
use crate::document::Action;
use crate::simulate::Event;
use crate::simulate::branch::Outcome;
use crate::simulate::call::Call;

pub(super) const BEHAVIOUR: Behaviour = Behaviour::silent(enter);

fn enter(call: &mut Call, action: &Action) -> Turn {
    if call.contact.is_voice() {
        return Turn::failed("Wait is not for calls");
    }
    let Some(seconds) = call.number(action, "TimeLimitSeconds") else {
        return Turn::failed("its TimeLimitSeconds is no number");
    };
    call.tell(Event::Waited { seconds });
    Turn::Leave(Outcome::Result("WaitCompleted".into()))
}
