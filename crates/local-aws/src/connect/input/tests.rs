use super::*;
use crate::connect::values::FlowType;
use http::{HeaderMap, Method};

fn request(body: &str, query: &[(&str, &str)]) -> Request {
    Request {
        method: Method::PUT,
        path: "/".to_owned(),
        query: query
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        headers: HeaderMap::new(),
        body: body.to_owned().into(),
    }
}

#[test]
fn an_unknown_member_is_refused_by_its_name() {
    let route = Route::new("CreateContactFlow");
    let request = request(r#"{"Name": "a", "Colour": "red"}"#, &[]);
    let error = Input::read(&route, &request, &["Name"], &[]).err().unwrap();
    assert!(
        error
            .message
            .contains("member Colour of connect:CreateContactFlow"),
        "{error}"
    );
}

#[test]
fn an_unknown_query_parameter_is_refused_but_not_a_signature() {
    let route = Route::new("ListContactFlows");
    let signed = request("", &[("X-Amz-Date", "now"), ("maxResults", "3")]);
    let input = Input::read(&route, &signed, &[], &["maxResults"]).unwrap();
    assert_eq!(input.query_max_results(1000, 100).unwrap(), 3);
    let other = request("", &[("max", "3")]);
    assert!(Input::read(&route, &other, &[], &["maxResults"]).is_err());
}

#[test]
fn bad_values_are_told_with_the_error_that_the_operation_has() {
    let request = request(r#"{"Type": "FLOW", "Name": ""}"#, &[("maxResults", "0")]);
    let members = ["Type", "Name"];
    for (operation, code) in [
        ("CreateContactFlow", "InvalidParameterException"),
        ("CreateInstance", "InvalidRequestException"),
    ] {
        let route = Route::new(operation);
        let input = Input::read(&route, &request, &members, &["maxResults"]).unwrap();
        for error in [
            input.required_choice::<FlowType>("Type").unwrap_err(),
            input.required("Name", 1, 127).unwrap_err(),
            input.required("Other", 1, 127).unwrap_err(),
            input.query_max_results(10, 10).unwrap_err(),
        ] {
            assert_eq!(error.code, code, "{error}");
        }
    }
}

#[test]
fn a_wrong_type_is_a_serialization_error() {
    let route = Route::new("CreateContactFlow");
    let request = request(r#"{"Name": 7, "MaxResults": "x"}"#, &[]);
    let input = Input::read(&route, &request, &["Name", "MaxResults"], &[]).unwrap();
    assert_eq!(
        input.text("Name").unwrap_err().code,
        "SerializationException"
    );
    assert_eq!(
        input.max_results(100).unwrap_err().code,
        "SerializationException"
    );
}
