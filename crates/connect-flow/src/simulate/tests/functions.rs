//! What functions are sent, and what becomes of their answers.

use super::*;

#[test]
fn the_event_of_a_function_is_what_connect_sends() {
    let actions = json!([
        {"Identifier": "Flow attribute", "Type": "UpdateFlowAttributes",
         "Parameters": {"FlowAttributes": {"name": {"Value": "live"}}},
         "Transitions": {"NextAction": "Ask"}},
        {"Identifier": "Ask", "Type": "InvokeLambdaFunction",
         "Parameters": {"LambdaFunctionARN": "arn:aws:lambda:$.AwsRegion:1:function:f:$.FlowAttributes.name",
            "InvocationTimeLimitSeconds": "3",
            "LambdaInvocationAttributes": {"number": 5, "caller": "$.CustomerEndpoint.Address"}},
         "Transitions": {"NextAction": "End"}},
        hang_up(),
    ]);
    let mut contact = contact();
    contact.attributes.insert("a".to_owned(), "b".to_owned());
    let mut invocation = None;
    play_as(contact, actions, |effect| match effect {
        Effect::InvokeFunction(invoked) => {
            invocation = Some(invoked.clone());
            Answer::Function(FunctionAnswer::TimedOut)
        }
        _ => Answer::Go,
    });
    let invocation = invocation.unwrap();
    assert_eq!(
        invocation.function_arn,
        "arn:aws:lambda:us-east-1:1:function:f:live"
    );
    assert_eq!(invocation.response_type, ResponseType::StringMap);
    assert_eq!(invocation.time_limit_seconds, 3);
    insta::assert_snapshot!(serde_json::to_string_pretty(&invocation.event).unwrap(), @r#"
    {
      "Name": "ContactFlowEvent",
      "Details": {
        "Parameters": {
          "number": "5",
          "caller": "+18007246837"
        },
        "ContactData": {
          "Attributes": {
            "a": "b"
          },
          "AwsRegion": "us-east-1",
          "Channel": "VOICE",
          "ContactId": "contact",
          "InitialContactId": "contact",
          "PreviousContactId": null,
          "RelatedContactId": null,
          "CustomerEndpoint": {
            "Address": "+18007246837",
            "Type": "TELEPHONE_NUMBER"
          },
          "CustomerId": null,
          "Description": null,
          "InitiationMethod": "INBOUND",
          "InstanceARN": "arn:aws:connect:us-east-1:111122223333:instance/00000000-0000-0000-0000-000000000000",
          "LanguageCode": "en-US",
          "MediaStreams": {
            "Customer": {
              "Audio": null
            }
          },
          "Name": null,
          "Queue": null,
          "References": {},
          "SegmentAttributes": {
            "connect:Subtype": {
              "ValueString": "connect:Telephony"
            }
          },
          "SystemEndpoint": {
            "Address": "+18005550100",
            "Type": "TELEPHONE_NUMBER"
          },
          "Tags": {}
        }
      }
    }
    "#);
}

fn ask_function(parameters: Value) -> Value {
    let mut all = json!({"LambdaFunctionARN": "f", "InvocationTimeLimitSeconds": "8"});
    let more = parameters.as_object().unwrap().clone();
    all.as_object_mut().unwrap().extend(more);
    json!([
        {"Identifier": "Ask", "Type": "InvokeLambdaFunction", "Parameters": all,
         "Transitions": {"NextAction": "Say", "Errors": [error("NoMatchingError", "Error")]}},
        say("Say", "$.External.a, $.External.list.1.b, $.LambdaInvocation.ResultData.a", "End"),
        say("Error", "error", "End"),
        hang_up(),
    ])
}

pub(super) fn returned(payload: &str) -> Answer {
    Answer::Function(FunctionAnswer::Returned {
        payload: payload.to_owned(),
    })
}

#[test]
fn answers_of_functions_are_read_as_the_flow_says() {
    let map = || ask_function(json!({}));
    let json = || ask_function(json!({"ResponseValidation": {"ResponseType": "JSON"}}));
    insta::assert_snapshot!(play_with(map(), &returned(r#"{"a": "x"}"#)), @r"
    ? $.External.list.1.b
    x, , x
    Disconnected
    ");
    insta::assert_snapshot!(play_with(json(), &returned(r#"{"a": 7, "list": [0, {"b": true}]}"#)), @r"
    7, true, 7
    Disconnected
    ");
    for refused in [
        r#"{"a": 7}"#,
        r#"{"a": {"b": "c"}}"#,
        r#"["a"]"#,
        "null",
        "",
        "{",
    ] {
        assert_eq!(
            play_with(map(), &returned(refused)),
            "error\nDisconnected",
            "{refused}"
        );
    }
    let filling = |length: usize| returned(&json!({"a": "x".repeat(length)}).to_string());
    assert_eq!(
        play_with(map(), &filling(32 * 1024 - 7)),
        "error\nDisconnected"
    );
    // That much is taken, though it is too long to be said.
    assert_eq!(
        play_with(map(), &filling(32 * 1024 - 8)),
        "? $.External.list.1.b\nDisconnected"
    );
    let later = ask_function(json!({"InvocationType": "ASYNCHRONOUS"}));
    insta::assert_snapshot!(play_with(later, &returned(r#"{"a": "x"}"#)), @r"
    ? $.External.a
    ? $.External.list.1.b
    ? $.LambdaInvocation.ResultData.a
    , , 
    Disconnected
    ");
}
