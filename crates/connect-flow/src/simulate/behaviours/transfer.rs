//! `TransferToFlow`: goes on in another flow.

use super::{Behaviour, Turn};
use crate::document::Action;
use crate::simulate::call::Call;
use crate::simulate::{Answer, Effect};

pub(super) const BEHAVIOUR: Behaviour = Behaviour {
    enter,
    resume: |_, _, answer, _| match answer {
        Answer::Flow(content) => Turn::Enter(content),
        Answer::FlowUnreachable { reason } => Turn::failed(reason),
        _ => Turn::failed("no flow was found"),
    },
};

fn enter(call: &mut Call, action: &Action) -> Turn {
    match call.text(action, "ContactFlowId") {
        Some(flow) if !flow.is_empty() => Turn::Ask(Effect::TransferToFlow { flow }),
        Some(_) => Turn::failed("no flow is named"),
        None => Turn::malformed(action, "it has no ContactFlowId"),
    }
}
