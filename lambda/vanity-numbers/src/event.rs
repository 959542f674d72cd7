//! What the function was asked: the shapes of the events it understands.

use serde_json::Value;

/// A request, whoever sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Amazon Connect's *Invoke AWS Lambda function* block.
    Connect {
        /// The number given as a parameter, or else the caller's address.
        number: Option<String>,
        /// The contact's id.
        contact: Option<String>,
        /// Which of the numbers told before the caller has chosen, from 1.
        chosen: Option<String>,
        /// The numbers told before, as the answer before gave them.
        told: Option<String>,
    },
    /// API Gateway, payload 1.0 (REST) or 2.0 (HTTP API).
    Http(HttpRequest),
    /// The deployer, before it switches over to this version of the function.
    Probe,
    /// Nothing that is known.
    Unknown,
}

/// What matters of an HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Upper case.
    pub method: String,
    /// Without the stage, beginning with `/`.
    pub path: String,
    /// `phonenumber` of the query string, decoded; `None` when it was not given.
    pub phone_number: Option<String>,
}

/// Where the first of these APIs had everything: its stage. What was built on it finds it there.
const STAGE_OF_OLD: &str = "/prod";

/// The `Name` of the deployer's event.
pub const PROBE_NAME: &str = "vanity-deploy.probe";

/// Reads an event. Whatever it is, this gives a request and never fails.
#[must_use]
pub fn read(event: &Value) -> Request {
    if event["Name"] == PROBE_NAME {
        return Request::Probe;
    }
    // Connect always sends `Details.ContactData`; `Name` is "ContactFlowEvent".
    if event["Name"] == "ContactFlowEvent" || event["Details"].is_object() {
        return read_connect(&event["Details"]);
    }
    read_http(event).map_or(Request::Unknown, Request::Http)
}

fn read_connect(details: &Value) -> Request {
    let text = |value: &Value| {
        value
            .as_str()
            .filter(|text| !text.trim().is_empty())
            .map(str::to_owned)
    };
    Request::Connect {
        number: text(&details["Parameters"]["phoneNumber"])
            .or_else(|| text(&details["ContactData"]["CustomerEndpoint"]["Address"])),
        contact: text(&details["ContactData"]["ContactId"]),
        chosen: text(&details["Parameters"]["chosenNumber"]),
        told: text(&details["Parameters"]["told"]),
    }
}

fn read_http(event: &Value) -> Option<HttpRequest> {
    let context = &event["requestContext"];
    let (method, path) = if event["version"] == "2.0" {
        (&context["http"]["method"], &event["rawPath"])
    } else {
        (&event["httpMethod"], &event["path"])
    };
    let path = path.as_str()?;
    // An HTTP API's path begins with the stage unless that is `$default`.
    let path = context["stage"]
        .as_str()
        .and_then(|stage| path.strip_prefix('/')?.strip_prefix(stage))
        .filter(|rest| rest.is_empty() || rest.starts_with('/'))
        .or_else(|| {
            path.strip_prefix(STAGE_OF_OLD)
                .filter(|rest| rest.is_empty() || rest.starts_with('/'))
        })
        .unwrap_or(path);
    let path = match path.trim_end_matches('/') {
        "" => "/",
        path => path,
    };
    Some(HttpRequest {
        method: method.as_str()?.to_ascii_uppercase(),
        path: path.to_owned(),
        phone_number: event["queryStringParameters"]["phonenumber"]
            .as_str()
            .map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn connect_names_the_caller() {
        let event = json!({
            "Name": "ContactFlowEvent",
            "Details": {
                "ContactData": {
                    "ContactId": "0f0e0d0c",
                    "CustomerEndpoint": { "Address": "+18007246837", "Type": "TELEPHONE_NUMBER" }
                },
                "Parameters": {}
            }
        });
        let number = Some("+18007246837".to_owned());
        assert_eq!(
            read(&event),
            Request::Connect {
                number,
                contact: Some("0f0e0d0c".to_owned()),
                chosen: None,
                told: None
            }
        );
    }

    #[test]
    fn a_parameter_goes_before_the_caller() {
        let event = json!({
            "Name": "ContactFlowEvent",
            "Details": {
                "ContactData": { "CustomerEndpoint": { "Address": "+18007246837" } },
                "Parameters": {
                    "phoneNumber": "+18003569377",
                    "chosenNumber": "2",
                    "told": "+1-800-FLOWERS"
                }
            }
        });
        let number = Some("+18003569377".to_owned());
        assert_eq!(
            read(&event),
            Request::Connect {
                number,
                contact: None,
                chosen: Some("2".to_owned()),
                told: Some("+1-800-FLOWERS".to_owned())
            }
        );
    }

    #[test]
    fn a_withheld_number_may_be_null_or_absent() {
        for details in [
            json!({}),
            json!({ "ContactData": { "CustomerEndpoint": null }, "Parameters": null }),
            json!({ "ContactData": { "CustomerEndpoint": { "Address": null } }, "Parameters": { "phoneNumber": " " } }),
        ] {
            let event = json!({ "Name": "ContactFlowEvent", "Details": details });
            assert_eq!(
                read(&event),
                Request::Connect {
                    number: None,
                    contact: None,
                    chosen: None,
                    told: None
                }
            );
        }
    }

    #[test]
    fn http_api_and_rest_api_ask_the_same() {
        let asked = Request::Http(HttpRequest {
            method: "GET".to_owned(),
            path: "/vanitynumbers".to_owned(),
            phone_number: Some(" 18007246837".to_owned()),
        });
        let query = json!({ "phonenumber": " 18007246837" });
        let http_api = json!({
            "version": "2.0",
            "rawPath": "/prod/vanitynumbers/",
            "requestContext": { "http": { "method": "GET" }, "stage": "prod" },
            "queryStringParameters": query
        });
        let rest_api = json!({
            "httpMethod": "GET",
            "path": "/vanitynumbers",
            "requestContext": { "stage": "prod" },
            "queryStringParameters": query
        });
        assert_eq!(read(&http_api), asked);
        assert_eq!(read(&rest_api), asked);
    }

    #[test]
    fn the_root_is_the_root_in_every_stage() {
        for (stage, path) in [
            ("$default", "/"),
            ("$default", "/prod"),
            ("$default", "/prod/"),
            ("prod", "/prod"),
            ("prod", "/prod/"),
        ] {
            let event = json!({
                "version": "2.0",
                "rawPath": path,
                "requestContext": { "http": { "method": "get" }, "stage": stage }
            });
            let Request::Http(request) = read(&event) else {
                panic!("{path}")
            };
            assert_eq!(
                (request.method.as_str(), request.path.as_str()),
                ("GET", "/"),
                "{path}"
            );
            assert_eq!(request.phone_number, None);
        }
    }

    #[test]
    fn the_stage_of_old_is_beside_the_root() {
        for (path, read_as) in [
            ("/prod/vanitynumbers", "/vanitynumbers"),
            ("/vanitynumbers", "/vanitynumbers"),
            ("/production", "/production"),
        ] {
            let event = json!({
                "version": "2.0",
                "rawPath": path,
                "requestContext": { "http": { "method": "GET" }, "stage": "$default" }
            });
            let Request::Http(request) = read(&event) else {
                panic!("{path}")
            };
            assert_eq!(request.path, read_as);
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
            json!({ "path": 3 }),
        ] {
            assert_eq!(read(&event), Request::Unknown, "{event}");
        }
    }
}
