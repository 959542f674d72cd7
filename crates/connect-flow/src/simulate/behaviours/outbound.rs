//! `CompleteOutboundCall`: the customer is dialled, with a caller id.

use super::{Behaviour, Turn};
use crate::document::Action;
use crate::simulate::Event;
use crate::simulate::call::Call;
use serde_json::Value;

pub(super) const BEHAVIOUR: Behaviour = Behaviour::silent(enter);

fn enter(call: &mut Call, action: &Action) -> Turn {
    if call.outbound_completed {
        return Turn::malformed(action, "the call has gone out already");
    }
    let caller_id = action.parameters.get("CallerId");
    let number = caller_id
        .and_then(|id| id.get("Number"))
        .and_then(Value::as_str);
    match number {
        Some(number) => {
            let number = call.fill(action, number);
            // The action has no error branch, and what Amazon Connect makes of anything else is
            // documented nowhere: a flow that gets here is not safe.
            let digits = number.strip_prefix('+').unwrap_or_default();
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Turn::malformed(
                    action,
                    format!("its caller id {number:?} is no number in E.164"),
                );
            }
            call.tell(Event::CallerIdChosen { number });
        }
        None => {
            let queue = call.contact.queue.as_ref();
            let number = queue.and_then(|queue| queue.outbound_caller_id.clone());
            call.tell(Event::CallerIdKept { number });
        }
    }
    call.outbound_completed = true;
    Turn::done()
}
