//! `UpdateContactTargetQueue` and `TransferContactToQueue`.

use super::{Behaviour, Turn};
use crate::document::Action;
use crate::simulate::branch::Outcome;
use crate::simulate::call::Call;
use crate::simulate::{Answer, Effect, End, Event, Queue, QueueAnswer};

pub(super) const TARGET: Behaviour = Behaviour::silent(choose);
pub(super) const TRANSFER: Behaviour = Behaviour {
    enter: transfer,
    resume: transferred,
};

fn choose(call: &mut Call, action: &Action) -> Turn {
    let named = call
        .text(action, "QueueId")
        .or_else(|| call.text(action, "AgentId"));
    let Some(queue) = named.filter(|queue| !queue.is_empty()) else {
        return Turn::failed("no queue is named");
    };
    call.contact.queue = Some(Queue {
        name: None,
        arn: queue.clone(),
        outbound_caller_id: None,
    });
    call.tell(Event::QueueChosen { queue });
    Turn::done()
}

fn transfer(call: &mut Call, _: &Action) -> Turn {
    match &call.contact.queue {
        Some(queue) => Turn::Ask(Effect::TransferToQueue {
            queue: queue.arn.clone(),
        }),
        None => Turn::failed("no queue was chosen"),
    }
}

fn transferred(call: &mut Call, _: &Action, answer: Answer, _: u32) -> Turn {
    match answer {
        Answer::Queue(QueueAnswer::Accepted) => {
            let queue = call.contact.queue.as_ref();
            let queue = queue.map(|queue| queue.arn.clone()).unwrap_or_default();
            Turn::End(End::TransferredToQueue { queue })
        }
        Answer::Queue(QueueAnswer::AtCapacity) => Turn::Leave(Outcome::Failed {
            error_type: "QueueAtCapacity",
            reason: "the queue is full".to_owned(),
        }),
        Answer::Queue(QueueAnswer::Unknown { reason }) => Turn::failed(reason),
        _ => Turn::failed("the queue did not answer"),
    }
}
