//! Actions that set something which a simulated call only takes note of.

use super::{Behaviour, Turn};
use crate::document::Action;
use crate::simulate::Event;
use crate::simulate::call::Call;
use serde_json::Value;

pub(super) const BEHAVIOUR: Behaviour = Behaviour::silent(|call, action| {
    note(call, action);
    Turn::done()
});

pub(super) const CONTACT_DATA: Behaviour = Behaviour::silent(contact_data);
pub(super) const TAG: Behaviour = Behaviour::silent(tag);
pub(super) const UNTAG: Behaviour = Behaviour::silent(untag);

pub(super) fn note(call: &mut Call, action: &Action) {
    let parameters = call.fill_all(action, &action.parameters);
    call.tell(Event::Recorded {
        kind: action.kind.clone(),
        parameters,
    });
}

fn contact_data(call: &mut Call, action: &Action) -> Turn {
    // Each stays as it was when the action does not name it.
    if let Some(name) = call.text(action, "Name") {
        call.contact.name = Some(name);
    }
    if let Some(description) = call.text(action, "Description") {
        call.contact.description = Some(description);
    }
    if let Some(language) = call.text(action, "LanguageCode") {
        call.contact.language_code = Some(language);
    }
    if let Some(customer) = call.text(action, "CustomerId") {
        call.contact.customer_id = Some(customer);
    }
    note(call, action);
    Turn::done()
}

fn tag(call: &mut Call, action: &Action) -> Turn {
    let tags = call.map(action, "Tags");
    call.contact.tags.extend(tags);
    note(call, action);
    Turn::done()
}

fn untag(call: &mut Call, action: &Action) -> Turn {
    let keys = action.parameters.get("TagKeys").and_then(Value::as_array);
    for key in keys.into_iter().flatten().filter_map(Value::as_str) {
        call.contact.tags.shift_remove(key);
    }
    note(call, action);
    Turn::done()
}
