//! `CheckMetricData`: branches on a figure of a queue, such as how many agents are there.

use super::{Behaviour, Turn};
use crate::document::Action;
use crate::simulate::branch::Outcome;
use crate::simulate::call::Call;
use crate::simulate::{Answer, Effect};

pub(super) const BEHAVIOUR: Behaviour = Behaviour {
    enter,
    resume: |_, _, answer, _| match answer {
        Answer::Metric(figure) => Turn::Leave(Outcome::Result(figure.into())),
        Answer::MetricUnknown { reason } => Turn::failed(reason),
        _ => Turn::failed("the figure is not known"),
    },
};

fn enter(call: &mut Call, action: &Action) -> Turn {
    let Some(metric) = call.text(action, "MetricType") else {
        return Turn::failed("no metric is named");
    };
    let of = call.text(action, "QueueId");
    let of = of.or_else(|| call.text(action, "AgentId"));
    if of.is_none() && call.contact.queue.is_none() {
        return Turn::failed("neither a queue nor an agent is set");
    }
    Turn::Ask(Effect::CheckMetric { metric, of })
}
