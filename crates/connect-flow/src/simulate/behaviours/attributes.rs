//! `UpdateContactAttributes` and `UpdateFlowAttributes`.

use super::{Behaviour, Turn};
use crate::document::Action;
use crate::simulate::Event;
use crate::simulate::call::{Call, MAXIMUM_ATTRIBUTES, size};
use crate::simulate::operators;
use indexmap::IndexMap;
use serde_json::Value;

pub(super) const CONTACT: Behaviour = Behaviour::silent(contact);
pub(super) const FLOW: Behaviour = Behaviour::silent(flow);

fn contact(call: &mut Call, action: &Action) -> Turn {
    let attributes = call.map(action, "Attributes");
    if action
        .parameters
        .get("TargetContact")
        .and_then(Value::as_str)
        == Some("Related")
    {
        // A simulated call has no related contact to write to.
        return Turn::failed("there is no related contact");
    }
    match merged(&call.contact.attributes, &attributes) {
        Ok(all) => call.contact.attributes = all,
        Err(reason) => return Turn::failed(reason),
    }
    call.tell(Event::AttributesSet { attributes });
    Turn::done()
}

fn flow(call: &mut Call, action: &Action) -> Turn {
    let mut attributes = IndexMap::new();
    let map = action.parameters.get("FlowAttributes");
    for (key, attribute) in map.and_then(Value::as_object).into_iter().flatten() {
        let value = attribute
            .get("Value")
            .map(operators::text)
            .unwrap_or_default();
        let value = call.fill(action, &value);
        attributes.insert(key.clone(), value);
    }
    match merged(&call.flow_attributes, &attributes) {
        Ok(all) => call.flow_attributes = all,
        Err(reason) => return Turn::failed(reason),
    }
    call.tell(Event::FlowAttributesSet { attributes });
    Turn::done()
}

/// All attributes or, when they are too many together, none.
fn merged(
    old: &IndexMap<String, String>,
    new: &IndexMap<String, String>,
) -> Result<IndexMap<String, String>, String> {
    if new.contains_key("") {
        return Err("an attribute has no name".to_owned());
    }
    let mut all = old.clone();
    all.extend(new.clone());
    let bytes = size(&all);
    if bytes > MAXIMUM_ATTRIBUTES {
        return Err(format!(
            "the attributes take up {bytes} bytes; at most {MAXIMUM_ATTRIBUTES} are allowed"
        ));
    }
    Ok(all)
}
