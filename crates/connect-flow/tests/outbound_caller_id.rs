//! Calls through the flow in `flows/outbound-caller-id`, placed without any AWS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use connect_flow::simulate::{
    Answer, Contact, Effect, End, Event, FlowContent, FunctionAnswer, Machine, Queue,
};
use connect_flow::{Document, Flow, FlowType, validate};
use serde_json::{Value, json};

const WHISPER: &str = include_str!("../../../flows/outbound-caller-id/whisper.json");
const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:111122223333:function:outbound-caller-id:live";

/// The flow as it is deployed: ARNs in the place of references.
fn deployed() -> String {
    let document = Document::parse(WHISPER).unwrap();
    document
        .replace_strings(|string| {
            let new = string
                .value
                .replace("${function.outbound-caller-id}", FUNCTION_ARN)
                .replace("${param.FlowLogging}", "Disabled");
            assert!(!new.contains("${"), "a reference nobody knows: {new}");
            Ok::<_, ()>((new != string.value).then_some(new))
        })
        .unwrap()
}

/// What the function answers when it has chosen this number.
fn chosen(number: &str) -> FunctionAnswer {
    let payload = json!({
        "customer_number": "+14165550123",
        "customer_country": "CA",
        "outbound_number": number,
        "outbound_country": "",
        "default_queue_outbound_number": "+18005550100",
        "default_queue_outbound_country": "US",
    });
    FunctionAnswer::Returned {
        payload: payload.to_string(),
    }
}

/// What the customer sees, and the events that the function was given.
fn call(function: &FunctionAnswer) -> (Vec<String>, Vec<Value>) {
    let queue = Queue {
        name: Some("BasicQueue".to_owned()),
        arn: "arn:aws:connect:us-east-1:111122223333:instance/i/queue/q".to_owned(),
        outbound_caller_id: Some("+18005550100".to_owned()),
    };
    let contact = Contact::outbound_call("contact", "+14165550123", Some(queue));
    let content = FlowContent::new("whisper", Flow::parse(&deployed()).unwrap());
    let mut machine = Machine::new(contact, content);
    let (mut shown, mut events) = (Vec::new(), Vec::new());
    let mut answer = Answer::Go;
    loop {
        answer = match machine.advance(answer).unwrap() {
            Effect::InvokeFunction(invocation) => {
                assert_eq!(invocation.function_arn, FUNCTION_ARN);
                assert!(!invocation.asynchronous && invocation.time_limit_seconds <= 8);
                events.push(invocation.event);
                Answer::Function(function.clone())
            }
            Effect::Event(event) => {
                match event {
                    Event::CallerIdChosen { number } => shown.push(format!("chosen {number}")),
                    Event::CallerIdKept { number } => {
                        shown.push(format!("kept {}", number.unwrap_or_default()));
                    }
                    Event::PathUnresolved { path, .. } => panic!("{path} leads to nothing"),
                    _ => {}
                }
                Answer::Go
            }
            Effect::Ended(end) => {
                assert_eq!(end, End::FlowEnded);
                return (shown, events);
            }
            other => panic!("nobody is at the other end yet: {other:?}"),
        }
    }
}

#[test]
fn amazon_connect_takes_the_flow() {
    assert_eq!(validate(&deployed(), FlowType::OutboundWhisper), []);
    assert_ne!(
        validate(&deployed(), FlowType::ContactFlow),
        [],
        "nobody can be called from an inbound flow"
    );
}

#[test]
fn the_customer_sees_the_number_that_the_function_has_chosen() {
    let (shown, events) = call(&chosen("+14165550142"));
    assert_eq!(shown, ["chosen +14165550142"]);
    let contact = &events[0]["Details"]["ContactData"];
    assert_eq!(events[0]["Name"], "ContactFlowEvent");
    assert_eq!(contact["InitiationMethod"], "OUTBOUND");
    assert_eq!(contact["Channel"], "VOICE");
    assert_eq!(
        contact["CustomerEndpoint"],
        json!({"Address": "+14165550123", "Type": "TELEPHONE_NUMBER"})
    );
    assert_eq!(
        contact["Queue"]["OutboundCallerId"],
        json!({"Address": "+18005550100", "Type": "TELEPHONE_NUMBER"})
    );
}

#[test]
fn the_call_goes_out_whatever_fails() {
    for failure in [
        chosen(""),
        chosen("18005550100"),
        FunctionAnswer::TimedOut,
        FunctionAnswer::Failed {
            error: "{}".to_owned(),
        },
        FunctionAnswer::Unreachable {
            reason: "not associated".to_owned(),
        },
        FunctionAnswer::Returned {
            payload: "null".to_owned(),
        },
        FunctionAnswer::Returned {
            payload: r#"{"outbound_number": null}"#.to_owned(),
        },
    ] {
        let (shown, _) = call(&failure);
        assert_eq!(shown, ["kept +18005550100"], "{failure:?}");
    }
}
