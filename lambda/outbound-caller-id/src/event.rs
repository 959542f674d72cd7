//! What the function was asked: Amazon Connect's event, in all the shapes it comes in.

use serde_json::Value;

/// The `Name` of the deployer's event.
pub const PROBE_NAME: &str = "vanity-deploy.probe";

/// A request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A contact whose caller ID is to be chosen.
    Contact(Contact),
    /// The deployer, before it switches over to this version of the function.
    Probe,
}

/// What matters of a contact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// `CustomerEndpoint.Address`, as it is written.
    pub customer: Option<String>,
    /// The number that the queue's outbound calls show, as it is written.
    pub queue: Option<String>,
}

/// Reads an event. Whatever it is, this gives a request and never fails.
#[must_use]
pub fn read(event: &Value) -> Request {
    if event["Name"] == PROBE_NAME {
        return Request::Probe;
    }
    let contact = &event["Details"]["ContactData"];
    Request::Contact(Contact {
        customer: text(&contact["CustomerEndpoint"]["Address"]),
        queue: queue(&contact["Queue"]),
    })
}

/// The number of a queue. Connect sends an object, or null without a queue. In a string only a
/// number is of use; a name or an ARN says nothing of a number.
fn queue(queue: &Value) -> Option<String> {
    if let Some(text) = text(queue) {
        return crate::number::read(&text).is_ok().then_some(text);
    }
    let caller_id = &queue["OutboundCallerId"];
    text(&caller_id["Address"]).or_else(|| text(caller_id))
}

fn text(value: &Value) -> Option<String> {
    value
        .as_str()
        .filter(|text| !text.trim().is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn contact(customer: Option<&str>, queue: Option<&str>) -> Request {
        Request::Contact(Contact {
            customer: customer.map(str::to_owned),
            queue: queue.map(str::to_owned),
        })
    }

    fn event(contact_data: Value) -> Value {
        json!({ "Name": "ContactFlowEvent", "Details": { "ContactData": contact_data, "Parameters": {} } })
    }

    #[test]
    fn the_customer_and_the_queue_are_found() {
        let read = read(&event(json!({
            "CustomerEndpoint": { "Address": "+14165550123", "Type": "TELEPHONE_NUMBER" },
            "InitiationMethod": "OUTBOUND",
            "Queue": {
                "ARN": "arn:aws:connect:us-east-1:111122223333:instance/i/queue/q",
                "Name": "BasicQueue",
                "OutboundCallerId": { "Address": "+18005550100", "Type": "TELEPHONE_NUMBER" }
            }
        })));
        assert_eq!(read, contact(Some("+14165550123"), Some("+18005550100")));
    }

    #[test]
    fn a_queue_may_be_many_things() {
        for (queue, number) in [
            (json!(null), None),
            (json!("BasicQueue"), None),
            (
                json!("arn:aws:connect:us-east-1:111122223333:instance/i/queue/q"),
                None,
            ),
            (json!("+18005550100"), Some("+18005550100")),
            (json!({}), None),
            (json!([]), None),
            (json!(3), None),
            (json!({ "OutboundCallerId": null }), None),
            (json!({ "OutboundCallerId": { "Address": null } }), None),
            (json!({ "OutboundCallerId": { "Address": " " } }), None),
            (
                json!({ "OutboundCallerId": "+18005550100" }),
                Some("+18005550100"),
            ),
        ] {
            let event = event(json!({ "Queue": queue }));
            assert_eq!(read(&event), contact(None, number), "{event}");
        }
    }

    #[test]
    fn anything_else_is_a_contact_that_nothing_is_known_of() {
        for event in [
            json!(null),
            json!([]),
            json!("x"),
            json!({}),
            json!({ "Details": [] }),
            json!({ "Details": { "ContactData": { "CustomerEndpoint": "+14165550123" } } }),
        ] {
            assert_eq!(read(&event), contact(None, None), "{event}");
        }
        assert_eq!(read(&json!({ "Name": PROBE_NAME })), Request::Probe);
    }
}
