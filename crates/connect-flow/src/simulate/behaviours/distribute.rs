//! `DistributeByPercentage`: branches by chance.

use super::{Behaviour, Turn};
use crate::simulate::branch::Outcome;
use crate::simulate::{Answer, Effect};

pub(super) const BEHAVIOUR: Behaviour = Behaviour {
    enter: |_, _| Turn::Ask(Effect::DrawPercent),
    resume: |_, _, answer, _| match answer {
        Answer::Percent(percent) => Turn::Leave(Outcome::Result(percent.into())),
        _ => Turn::failed("no number was drawn"),
    },
};
