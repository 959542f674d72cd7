//! What the function was asked: the shapes of the events it understands.

use serde_json::Value;

/// A request, whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Amazon Connect's *Invoke AWS Lambda function* block.
    Connect {
        /// The number given as the parameter `phoneNumber`, or else the caller's address.
        number: Option<String>,
    },
    /// The deployer, before it switches over to this version of the function.
    Probe,
    /// Nothing that is known.
    Unknown,
}

/// The `Name` of the deployer's event.
pub const PROBE_NAME: &str = "vanity-deploy.probe";

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
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(number: Option<&str>) -> Request {
        Request::Connect {
            number: number.map(str::to_owned),
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
