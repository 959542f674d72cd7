//! What the function was asked: the shapes of the events it understands.

use serde_json::Value;

/// A request, whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Amazon Connect's *Invoke AWS Lambda function* block.
    Connect {
        /// The number given as the parameter `phoneNumber`, or else the caller's address.
        number: Option<String>,
        /// The contact's id: a flow may ask more than once in one contact.
        contact: Option<String>,
    },
    /// The deployer, before it switches over to this version of the function.
    Probe,
    /// Nothing that is known.
    Unknown,
}

/// The `Name` of the deployer's event.
pub const PROBE_NAME: &str = "vanity-deploy.probe";

/// Most bytes of a contact's id (Amazon Connect API Reference, `ContactId`: 1 to 256 characters).
const MAXIMUM_ID: usize = 256;

/// Reads an event. Whatever it is, this gives a request and never fails.
#[must_use]
pub fn read(event: &Value) -> Request {
    if event["Name"] == PROBE_NAME {
        return Request::Probe;
    }
    let details = &event["Details"];
    // Connect always sends `Details.ContactData`; `Name` is "ContactFlowEvent".
    if event["Name"] != "ContactFlowEvent" && !details.is_object() {
        return Request::Unknown;
    }
    let text = |value: &Value| {
        value
            .as_str()
            .filter(|text| !text.trim().is_empty())
            .map(str::to_owned)
    };
    Request::Connect {
        number: text(&details["Parameters"]["phoneNumber"])
            .or_else(|| text(&details["ContactData"]["CustomerEndpoint"]["Address"])),
        contact: text(&details["ContactData"]["ContactId"]).filter(|id| id.len() <= MAXIMUM_ID),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(number: Option<&str>) -> Request {
        Request::Connect {
            number: number.map(str::to_owned),
            contact: None,
        }
    }

    #[test]
    fn a_contact_has_its_id() {
        let event = |id: Value| {
            read(&json!({ "Details": { "ContactData": { "ContactId": id }, "Parameters": {} } }))
        };
        let contact = Some("5ca32fbd".to_owned());
        assert_eq!(
            event("5ca32fbd".into()),
            Request::Connect {
                number: None,
                contact
            }
        );
        for odd in [json!(null), json!(3), json!(" "), "x".repeat(257).into()] {
            assert_eq!(event(odd), asked(None));
        }
    }

    #[test]
    fn connect_names_the_caller_and_a_parameter_goes_before() {
        let event = |parameters: Value| {
            json!({
                "Name": "ContactFlowEvent",
                "Details": {
                    "ContactData": { "CustomerEndpoint": { "Address": "+12065550101", "Type": "TELEPHONE_NUMBER" } },
                    "Parameters": parameters
                }
            })
        };
        assert_eq!(read(&event(json!({}))), asked(Some("+12065550101")));
        assert_eq!(
            read(&event(json!({ "phoneNumber": "+12065550102" }))),
            asked(Some("+12065550102"))
        );
        assert_eq!(
            read(&event(json!({ "phoneNumber": " " }))),
            asked(Some("+12065550101"))
        );
    }

    #[test]
    fn a_withheld_number_may_be_null_or_absent() {
        for details in [
            json!(null),
            json!({}),
            json!({ "ContactData": { "CustomerEndpoint": null }, "Parameters": null }),
            json!({ "ContactData": { "CustomerEndpoint": { "Address": null } }, "Parameters": [] }),
            json!({ "ContactData": { "CustomerEndpoint": { "Address": 12 } } }),
        ] {
            let event = json!({ "Name": "ContactFlowEvent", "Details": details });
            assert_eq!(read(&event), asked(None), "{event}");
        }
    }

    #[test]
    fn anything_else_is_unknown() {
        for event in [
            json!(null),
            json!([]),
            json!("x"),
            json!({}),
            json!({ "Records": [] }),
            json!({ "Details": 3 }),
        ] {
            assert_eq!(read(&event), Request::Unknown, "{event}");
        }
        assert_eq!(read(&json!({ "Name": PROBE_NAME })), Request::Probe);
    }
}
