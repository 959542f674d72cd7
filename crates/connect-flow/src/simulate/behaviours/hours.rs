//! `CheckHoursOfOperation`: branches on whether a business is open.

use super::{Behaviour, Turn};
use crate::document::Action;
use crate::simulate::branch::Outcome;
use crate::simulate::call::Call;
use crate::simulate::{Answer, Effect, HoursAnswer};

pub(super) const BEHAVIOUR: Behaviour = Behaviour {
    enter,
    resume: |_, _, answer, _| match answer {
        Answer::Hours(HoursAnswer::Open) => Turn::Leave(Outcome::Result("True".into())),
        Answer::Hours(HoursAnswer::Closed) => Turn::Leave(Outcome::Result("False".into())),
        Answer::Hours(HoursAnswer::Unknown { reason }) => Turn::failed(reason),
        _ => Turn::failed("the hours of operation are not known"),
    },
};

fn enter(call: &mut Call, action: &Action) -> Turn {
    let hours = call.text(action, "HoursOfOperationId");
    if hours.is_none() && call.contact.queue.is_none() {
        return Turn::failed("neither hours nor a queue are set");
    }
    Turn::Ask(Effect::CheckHours { hours })
}
