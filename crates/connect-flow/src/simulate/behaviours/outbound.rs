//! `CompleteOutboundCall`: the customer is dialled, with a caller id.

use super::{Behaviour, Turn};
use crate::document::Action;
use crate::simulate::Event;
use crate::simulate::call::Call;
use serde_json::Value;

pub(super) const BEHAVIOUR: Behaviour = Behaviour::silent(enter);

fn enter(call: &mut Call, action: &Action) -> Turn {
    let caller_id = action.parameters.get("CallerId");
    let number = caller_id
        .and_then(|id| id.get("Number"))
        .and_then(Value::as_str);
    if let Some(number) = number {
        let number = call.fill(action, number);
        call.tell(Event::CallerIdChosen { number });
    }
    Turn::done()
}
