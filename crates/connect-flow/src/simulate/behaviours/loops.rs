//! `Loop`: lets the contact pass so many times, and then another way.

use super::{Behaviour, Turn};
use crate::document::Action;
use crate::simulate::Event;
use crate::simulate::branch::Outcome;
use crate::simulate::call::Call;

pub(super) const BEHAVIOUR: Behaviour = Behaviour::silent(enter);

fn enter(call: &mut Call, action: &Action) -> Turn {
    let Some(rounds) = call.number(action, "LoopCount") else {
        return Turn::failed("its LoopCount is no number");
    };
    let key = (call.flow.clone(), action.identifier.clone());
    let passed = call.loops.remove(&key).unwrap_or(0);
    let result = if passed < rounds {
        call.loops.insert(key, passed + 1);
        "ContinueLooping"
    } else {
        // The count begins anew.
        "DoneLooping"
    };
    call.tell(Event::LoopCounted {
        identifier: action.identifier.clone(),
        round: passed + 1,
        rounds,
    });
    Turn::Leave(Outcome::Result(result.into()))
}
