use super::*;
use crate::Flow;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A flow of these actions; the first is the start.
fn flow(actions: Value) -> FlowContent {
    let start = actions[0]["Identifier"].clone();
    let text = json!({"Version": "2019-10-30", "StartAction": start, "Actions": actions});
    FlowContent::new("flow", Flow::parse(&text.to_string()).unwrap())
}

fn contact() -> Contact {
    Contact::inbound_call("contact", Some("+18007246837"))
}

fn say(identifier: &str, text: &str, next: &str) -> Value {
    json!({"Identifier": identifier, "Type": "MessageParticipant", "Parameters": {"Text": text},
           "Transitions": {"NextAction": next}})
}

fn hang_up() -> Value {
    json!({"Identifier": "End", "Type": "DisconnectParticipant"})
}

fn condition(operator: &str, operand: &str, next: &str) -> Value {
    json!({"NextAction": next, "Condition": {"Operator": operator, "Operands": [operand]}})
}

fn error(kind: &str, next: &str) -> Value {
    json!({"NextAction": next, "ErrorType": kind})
}

/// Plays a call; every effect but what is spoken is shown to `answer`.
fn play_as(
    contact: Contact,
    actions: Value,
    mut answer: impl FnMut(&Effect) -> Answer,
) -> (Vec<String>, Machine) {
    let mut machine = Machine::new(contact, flow(actions));
    let mut lines = Vec::new();
    let mut next = Answer::Go;
    loop {
        let effect = machine.advance(next).unwrap();
        next = answer(&effect);
        match effect {
            Effect::Speak(speech) => lines.push(speech.plain),
            Effect::Event(Event::PathUnresolved { path, .. }) => lines.push(format!("? {path}")),
            Effect::Ended(End::Stopped { reason }) => {
                lines.push(reason.to_string());
                return (lines, machine);
            }
            Effect::Ended(end) => {
                lines.push(format!("{end:?}"));
                return (lines, machine);
            }
            _ => {}
        }
    }
}

/// Plays a call that needs no answers.
fn play(actions: Value) -> String {
    play_as(contact(), actions, |_| Answer::Go).0.join("\n")
}

/// Plays a call with one question.
fn play_with(actions: Value, answer: &Answer) -> String {
    let told = play_as(contact(), actions, |effect| match effect {
        Effect::Event(_) | Effect::Speak(_) | Effect::Ended(_) => Answer::Go,
        _ => answer.clone(),
    });
    told.0.join("\n")
}

#[test]
fn everything_that_happens_is_told_in_order() {
    let actions = json!([
        {"Identifier": "Set", "Type": "UpdateContactAttributes",
         "Parameters": {"Attributes": {"name": "Ann", "by-$.Channel": "$.Attributes.nothing"}},
         "Transitions": {"NextAction": "Say", "Errors": [error("NoMatchingError", "End")]}},
        say("Say", "Hello $.Attributes.name.", "End"),
        hang_up(),
    ]);
    let mut told = Vec::new();
    play_as(contact(), actions, |effect| {
        told.push(serde_json::to_string(effect).unwrap());
        Answer::Go
    });
    insta::assert_snapshot!(told.join("\n"), @r#"
    {"effect":"event","event":"flow_entered","flow":"flow","name":"flow"}
    {"effect":"event","event":"action_entered","flow":"flow","identifier":"Set","kind":"UpdateContactAttributes"}
    {"effect":"event","event":"path_unresolved","identifier":"Set","path":"$.Attributes.nothing"}
    {"effect":"event","event":"attributes_set","attributes":{"name":"Ann","by-VOICE":""}}
    {"effect":"event","event":"branch_taken","flow":"flow","from":"Set","to":"Say","why":{"why":"next_action","despite":null}}
    {"effect":"event","event":"action_entered","flow":"flow","identifier":"Say","kind":"MessageParticipant"}
    {"effect":"speak","kind":"text","content":"Hello Ann.","plain":"Hello Ann."}
    {"effect":"event","event":"branch_taken","flow":"flow","from":"Say","to":"End","why":{"why":"next_action","despite":null}}
    {"effect":"event","event":"action_entered","flow":"flow","identifier":"End","kind":"DisconnectParticipant"}
    {"effect":"ended","how":"disconnected"}
    "#);
}

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

fn returned(payload: &str) -> Answer {
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

#[test]
fn a_loop_counts_its_rounds_and_begins_anew() {
    let looped = |count: &str| {
        play(json!([
            {"Identifier": "Loop", "Type": "Loop", "Parameters": {"LoopCount": count},
             "Transitions": {"NextAction": "Outer", "Conditions": [
                condition("Equals", "ContinueLooping", "Round"), condition("Equals", "DoneLooping", "Outer")]}},
            say("Round", "round", "Loop"),
            {"Identifier": "Outer", "Type": "Loop", "Parameters": {"LoopCount": "1"},
             "Transitions": {"NextAction": "End", "Conditions": [
                condition("Equals", "ContinueLooping", "Again"), condition("Equals", "DoneLooping", "End")]}},
            say("Again", "again", "Loop"),
            hang_up(),
        ]))
    };
    assert_eq!(
        looped("2"),
        "round\nround\nagain\nround\nround\nDisconnected"
    );
    assert_eq!(looped("0"), "again\nDisconnected");
    assert_eq!(
        looped("many"),
        "again\nDisconnected",
        "the error has no branch"
    );
}

#[test]
fn what_needs_the_world_is_asked() {
    let by_chance = || {
        json!([
            {"Identifier": "Draw", "Type": "DistributeByPercentage", "Parameters": {},
             "Transitions": {"NextAction": "Rest", "Conditions": [condition("NumberLessThan", "31", "Some")],
                "Errors": [error("NoMatchingCondition", "Rest")]}},
            say("Some", "some", "End"), say("Rest", "rest", "End"), hang_up(),
        ])
    };
    assert_eq!(
        play_with(by_chance(), &Answer::Percent(30)),
        "some\nDisconnected"
    );
    assert_eq!(
        play_with(by_chance(), &Answer::Percent(31)),
        "rest\nDisconnected"
    );

    let hours = || {
        json!([
            {"Identifier": "Hours", "Type": "CheckHoursOfOperation", "Parameters": {"HoursOfOperationId": "h"},
             "Transitions": {"NextAction": "Closed", "Conditions": [
                condition("Equals", "True", "Open"), condition("Equals", "False", "Closed")],
                "Errors": [error("NoMatchingError", "Unknown")]}},
            say("Open", "open", "End"), say("Closed", "closed", "End"), say("Unknown", "unknown", "End"), hang_up(),
        ])
    };
    assert_eq!(
        play_with(hours(), &Answer::Hours(HoursAnswer::Open)),
        "open\nDisconnected"
    );
    assert_eq!(
        play_with(hours(), &Answer::Hours(HoursAnswer::Closed)),
        "closed\nDisconnected"
    );
    let reason = "no".to_owned();
    assert_eq!(
        play_with(hours(), &Answer::Hours(HoursAnswer::Unknown { reason })),
        "unknown\nDisconnected"
    );

    let queue = || {
        json!([
            {"Identifier": "Choose", "Type": "UpdateContactTargetQueue", "Parameters": {"QueueId": "q"},
             "Transitions": {"NextAction": "Transfer", "Errors": [error("NoMatchingError", "Failed")]}},
            {"Identifier": "Transfer", "Type": "TransferContactToQueue", "Parameters": {},
             "Transitions": {"NextAction": "Failed", "Errors": [error("QueueAtCapacity", "Full"), error("NoMatchingError", "Failed")]}},
            say("Full", "full", "End"), say("Failed", "failed", "End"), hang_up(),
        ])
    };
    insta::assert_snapshot!(play_with(queue(), &Answer::Queue(QueueAnswer::Accepted)), @r#"TransferredToQueue { queue: "q" }"#);
    insta::assert_snapshot!(play_with(queue(), &Answer::Queue(QueueAnswer::AtCapacity)), @r"
    full
    Disconnected
    ");
    let mut no_queue = queue();
    no_queue.as_array_mut().unwrap().remove(0);
    insta::assert_snapshot!(play(no_queue), @r"
    failed
    Disconnected
    ");
}

#[test]
fn stored_keys() {
    let ask = |parameters: Value, keys: Answer| {
        let mut all = json!({"Text": "?", "StoreInput": "True", "InputTimeLimitSeconds": "5"});
        let more = parameters.as_object().unwrap().clone();
        all.as_object_mut().unwrap().extend(more);
        let actions = json!([
            {"Identifier": "Ask", "Type": "GetParticipantInput", "Parameters": all,
             "Transitions": {"NextAction": "Say", "Errors": [
                error("InvalidPhoneNumber", "Invalid"), error("NoMatchingError", "Error")]}},
            say("Say", "got $.StoredCustomerInput", "End"),
            say("Invalid", "invalid", "End"), say("Error", "error", "End"), hang_up(),
        ]);
        play_with(actions, &keys)
    };
    let keys = |keys: &str| Answer::Keys(keys.to_owned());
    let digits = || json!({"InputValidation": {"CustomValidation": {"MaximumLength": "4"}}});
    assert_eq!(ask(digits(), keys("12#9")), "got 12\nDisconnected");
    assert_eq!(ask(digits(), keys("12345")), "got 1234\nDisconnected");
    assert_eq!(ask(digits(), Answer::NoInput), "got Timeout\nDisconnected");
    assert_eq!(ask(digits(), keys("")), "got Timeout\nDisconnected");
    let odd = json!({"InputValidation": {"CustomValidation": {"MaximumLength": 9}},
        "DTMFConfiguration": {"InputTerminationSequence": "**", "DisableCancelKey": "True"}});
    assert_eq!(ask(odd, keys("1*2#**3")), "got 1*2#\nDisconnected");
    let phone = || json!({"InputValidation": {"PhoneNumberValidation": {"NumberFormat": "E164"}}});
    assert_eq!(
        ask(phone(), keys("442079460000#")),
        "got +442079460000\nDisconnected"
    );
    assert_eq!(ask(phone(), keys("123#")), "invalid\nDisconnected");
}

#[test]
fn menus_take_one_key() {
    let actions = || {
        json!([
            {"Identifier": "Ask", "Type": "GetParticipantInput",
             "Parameters": {"Text": "?", "StoreInput": "False", "InputTimeLimitSeconds": 5},
             "Transitions": {"NextAction": "Wrong", "Conditions": [condition("Equals", "1", "One")],
                "Errors": [error("NoMatchingCondition", "Wrong"), error("InputTimeLimitExceeded", "Late"), error("NoMatchingError", "Wrong")]}},
            say("One", "one", "End"), say("Wrong", "wrong", "End"), say("Late", "late", "End"), hang_up(),
        ])
    };
    assert_eq!(
        play_with(actions(), &Answer::Keys("12".to_owned())),
        "one\nDisconnected"
    );
    assert_eq!(
        play_with(actions(), &Answer::Keys("2".to_owned())),
        "wrong\nDisconnected"
    );
    assert_eq!(play_with(actions(), &Answer::NoInput), "late\nDisconnected");
    assert_eq!(play_with(actions(), &Answer::HangUp), "HungUp");
    let mut chat = contact();
    chat.channel = "CHAT".to_owned();
    let (lines, _) = play_as(chat, actions(), |_| Answer::Go);
    assert_eq!(lines, ["wrong", "Disconnected"]);
}

#[test]
fn attributes_have_names_and_room_for_so_much() {
    let nameless = play(json!([
        {"Identifier": "Set", "Type": "UpdateContactAttributes",
         "Parameters": {"Attributes": {"$.Attributes.nothing": "a"}},
         "Transitions": {"NextAction": "End", "Errors": [error("NoMatchingError", "Error")]}},
        say("Error", "error", "End"), hang_up(),
    ]));
    assert_eq!(nameless, "? $.Attributes.nothing\nerror\nDisconnected");
    let set = |length: usize| {
        play(json!([
            {"Identifier": "Set", "Type": "UpdateContactAttributes",
             "Parameters": {"Attributes": {"a": "x".repeat(length)}},
             "Transitions": {"NextAction": "Fits", "Errors": [error("NoMatchingError", "Error")]}},
            say("Fits", "fits", "End"), say("Error", "error", "End"), hang_up(),
        ]))
    };
    assert_eq!(set(32_767), "fits\nDisconnected");
    assert_eq!(set(32_768), "error\nDisconnected");
}

#[test]
fn long_texts_and_broken_speech_take_the_error_branch() {
    let spoken = |parameters: Value| {
        play(json!([
            {"Identifier": "Say", "Type": "MessageParticipant", "Parameters": parameters,
             "Transitions": {"NextAction": "End", "Errors": [error("NoMatchingError", "Error")]}},
            say("Error", "error", "End"), hang_up(),
        ]))
    };
    assert_eq!(
        spoken(json!({"SSML": "<speak>AT&T</speak>"})),
        "error\nDisconnected"
    );
    assert_eq!(
        spoken(json!({"SSML": "<speak>AT&amp;T</speak>"})),
        "AT&T\nDisconnected"
    );
    assert_eq!(
        spoken(json!({"Text": "x".repeat(3_001)})),
        "error\nDisconnected"
    );
    assert_ne!(
        spoken(json!({"Text": "x".repeat(3_000)})),
        "error\nDisconnected"
    );
    assert_eq!(spoken(json!({"PromptId": "p"})), "[prompt p]\nDisconnected");
}

#[test]
fn other_flows() {
    let outbound = json!([
        {"Identifier": "Call", "Type": "CompleteOutboundCall", "Parameters": {"CallerId": {"Number": "$.SystemEndpoint.Address"}},
         "Transitions": {"NextAction": "End"}},
        {"Identifier": "End", "Type": "EndFlowExecution"},
    ]);
    let mut shown = None;
    let (lines, _) = play_as(contact(), outbound, |effect| {
        if let Effect::Event(Event::CallerIdChosen { number }) = effect {
            shown = Some(number.clone());
        }
        Answer::Go
    });
    assert_eq!(shown.as_deref(), Some("+18005550100"));
    assert_eq!(lines, ["FlowEnded"]);

    let messages = |more: Value| {
        let mut all = json!({"Messages": [{"Text": "one"}, {"SSML": "<speak>two</speak>"}]});
        let more = more.as_object().unwrap().clone();
        all.as_object_mut().unwrap().extend(more);
        play(json!([
            {"Identifier": "Repeat", "Type": "MessageParticipantIteratively", "Parameters": all,
             "Transitions": {"Conditions": [condition("Equals", "MessagesInterrupted", "End")]}},
            hang_up(),
        ]))
    };
    assert_eq!(messages(json!({})), "one\ntwo\nMessagesRepeated");
    assert_eq!(
        messages(json!({"InterruptFrequencySeconds": "20"})),
        "one\ntwo\nDisconnected"
    );

    let wait = || {
        json!([
            {"Identifier": "Wait", "Type": "Wait", "Parameters": {"TimeLimitSeconds": "60"},
             "Transitions": {"NextAction": "Error", "Conditions": [condition("Equals", "WaitCompleted", "Waited")],
                "Errors": [error("NoMatchingError", "Error")]}},
            say("Waited", "waited", "End"), say("Error", "error", "End"), hang_up(),
        ])
    };
    assert_eq!(play(wait()), "error\nDisconnected");
    let mut chat = contact();
    chat.channel = "CHAT".to_owned();
    assert_eq!(
        play_as(chat, wait(), |_| Answer::Go).0,
        ["waited", "Disconnected"]
    );
}

#[test]
fn flow_attributes_stay_behind() {
    let first = json!([
        {"Identifier": "Set", "Type": "UpdateFlowAttributes",
         "Parameters": {"FlowAttributes": {"a": {"Value": "$.Channel"}}}, "Transitions": {"NextAction": "Say"}},
        say("Say", "here $.FlowAttributes.a", "Go"),
        {"Identifier": "Go", "Type": "TransferToFlow", "Parameters": {"ContactFlowId": "other"},
         "Transitions": {"NextAction": "End", "Errors": [error("NoMatchingError", "End")]}},
        hang_up(),
    ]);
    let other = flow(json!([
        say("Say", "there $.FlowAttributes.a", "End"),
        hang_up()
    ]));
    let (lines, _) = play_as(contact(), first, |effect| match effect {
        Effect::TransferToFlow { flow } => {
            assert_eq!(flow, "other");
            Answer::Flow(Box::new(other.clone()))
        }
        _ => Answer::Go,
    });
    insta::assert_snapshot!(lines.join("\n"), @r"
    here VOICE
    ? $.FlowAttributes.a
    there 
    Disconnected
    ");
}

#[test]
fn what_cannot_go_on_says_why() {
    let one = |action: Value| play(json!([action, hang_up()]));
    insta::assert_snapshot!(one(json!({"Identifier": "A", "Type": "PlayPrompt"})), @r#"the action "A" is of the type PlayPrompt, which the Flow language does not have"#);
    insta::assert_snapshot!(one(json!({"Identifier": "A", "Type": "ShowView"})), @r#"the action "A" is of the type ShowView, which is not simulated"#);
    insta::assert_snapshot!(one(say("A", "hello", "Nowhere")), @r#"
    hello
    there is no action "Nowhere"
    "#);
    insta::assert_snapshot!(one(json!({"Identifier": "A", "Type": "UpdateFlowLoggingBehavior"})), @r#"the action "A" has no branch to take: it has no NextAction"#);
    insta::assert_snapshot!(one(json!({"Identifier": "A", "Type": "MessageParticipant"})), @r#"the action "A" cannot be carried out: it says nothing"#);
    insta::assert_snapshot!(one(json!({"Identifier": "A", "Type": "Compare", "Parameters": {"ComparisonValue": "x"}})), @r#"the action "A" cannot be carried out: its ComparisonValue is no JSONPath"#);
    let circle = json!({"Identifier": "A", "Type": "UpdateFlowLoggingBehavior", "Transitions": {"NextAction": "A"}});
    insta::assert_snapshot!(one(circle), @r"the flow goes in circles: 1000 actions since the caller last pressed a key");
}

#[test]
fn wrong_answers_change_nothing() {
    let ask = json!([
        {"Identifier": "Ask", "Type": "GetParticipantInput",
         "Parameters": {"Text": "?", "StoreInput": "False", "InputTimeLimitSeconds": "5"},
         "Transitions": {"NextAction": "End", "Conditions": [condition("Equals", "1", "End")]}},
        hang_up(),
    ]);
    let mut machine = Machine::new(contact(), flow(ask));
    assert_eq!(
        machine.advance(Answer::NoInput).unwrap_err().to_string(),
        "NoInput is no answer to the beginning of the call"
    );
    while !matches!(machine.advance(Answer::Go).unwrap(), Effect::Gather(_)) {}
    let refused = |machine: &mut Machine, answer| machine.advance(answer).unwrap_err().to_string();
    assert_eq!(
        refused(&mut machine, Answer::Go),
        "Go is no answer to Gather"
    );
    assert_eq!(
        refused(&mut machine, Answer::Percent(3)),
        "Percent is no answer to Gather"
    );
    assert_eq!(
        refused(&mut machine, Answer::Keys("1x".to_owned())),
        "'x' is no key of a telephone: 0-9, * and # are"
    );
    let mut effect = machine.advance(Answer::Keys("1".to_owned())).unwrap();
    while matches!(effect, Effect::Event(_)) {
        effect = machine.advance(Answer::Go).unwrap();
    }
    assert_eq!(effect, Effect::Ended(End::Disconnected));
    assert_eq!(refused(&mut machine, Answer::Go), "the call is over");
}

/// Actions of all types, with branches among each other.
fn odd_actions() -> impl Strategy<Value = Value> {
    let kinds: Vec<&str> = crate::actions::all().map(|spec| spec.name).collect();
    let id = prop::sample::select(vec!["a", "b", "c", "d", "e"]);
    let operand = prop::sample::select(vec!["1", "True", "ContinueLooping", "DoneLooping", ""]);
    let value = prop::sample::select(vec![
        json!("1"),
        json!("$.External.a"),
        json!("<speak>$.StoredCustomerInput</speak>"),
        json!(7),
        json!(null),
        json!([{"Text": "x"}]),
        json!({"CustomValidation": {"MaximumLength": "0"}}),
        json!({"Number": "1", "Value": "2"}),
        json!("True"),
    ]);
    let name = prop::sample::select(vec![
        "Text",
        "SSML",
        "Messages",
        "LoopCount",
        "ComparisonValue",
        "ContactFlowId",
        "QueueId",
        "StoreInput",
        "InputValidation",
        "InputTimeLimitSeconds",
        "Attributes",
        "FlowAttributes",
        "LambdaFunctionARN",
        "InvocationTimeLimitSeconds",
        "CallerId",
        "TimeLimitSeconds",
    ]);
    let action = (
        prop::sample::select(kinds),
        prop::collection::vec((name, value), 0..8),
        prop::option::of(id.clone()),
        prop::collection::vec((operand, id.clone()), 0..3),
        prop::option::of(id),
    );
    prop::collection::vec(action, 1..5).prop_map(|actions| {
        let named = ["a", "b", "c", "d", "e"].into_iter().zip(actions);
        let actions = named.map(
            |(identifier, (kind, parameters, next, conditions, failed))| {
                let parameters: serde_json::Map<String, Value> = parameters
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect();
                let conditions: Vec<Value> = conditions
                    .into_iter()
                    .map(|(operand, next)| condition("Equals", operand, next))
                    .collect();
                let errors: Vec<Value> = failed
                    .into_iter()
                    .map(|next| error("NoMatchingError", next))
                    .collect();
                json!({"Identifier": identifier, "Type": kind, "Parameters": parameters,
                "Transitions": {"NextAction": next, "Conditions": conditions, "Errors": errors}})
            },
        );
        actions.collect()
    })
}

proptest! {
    #[test]
    fn every_call_ends(actions in odd_actions(), keys in "[0-9*#]{0,3}", payload in "[{}\":a1 ]{0,9}", percent in 1u8..=100) {
        let mut machine = Machine::new(contact(), flow(actions.clone())).with_step_limit(50);
        let mut answer = Answer::Go;
        let mut gathered = 0;
        loop {
            answer = match machine.advance(answer).unwrap() {
                Effect::Ended(_) => break,
                Effect::Event(_) | Effect::Speak(_) => Answer::Go,
                Effect::Gather(_) if gathered > 20 => Answer::HangUp,
                Effect::Gather(_) => {
                    gathered += 1;
                    Answer::Keys(keys.clone())
                }
                Effect::InvokeFunction(_) => returned(&payload),
                Effect::TransferToFlow { .. } => Answer::Flow(Box::new(flow(actions.clone()))),
                Effect::DrawPercent => Answer::Percent(percent),
                Effect::CheckHours { .. } => Answer::Hours(HoursAnswer::Open),
                Effect::TransferToQueue { .. } => Answer::Queue(QueueAnswer::AtCapacity),
            };
        }
    }
}
