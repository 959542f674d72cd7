//! What the other actions do.

use super::*;

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

    let staff = || {
        json!([
            {"Identifier": "Staff", "Type": "CheckMetricData",
             "Parameters": {"MetricType": "NumberOfAgentsStaffed", "QueueId": "q"},
             "Transitions": {"NextAction": "Unknown", "Conditions": [condition("NumberGreaterThan", "0", "Some")],
                "Errors": [error("NoMatchingCondition", "Nobody"), error("NoMatchingError", "Unknown")]}},
            say("Some", "some", "End"), say("Nobody", "nobody", "End"), say("Unknown", "unknown", "End"), hang_up(),
        ])
    };
    assert_eq!(play_with(staff(), &Answer::Metric(2)), "some\nDisconnected");
    assert_eq!(
        play_with(staff(), &Answer::Metric(0)),
        "nobody\nDisconnected"
    );
    let reason = "no".to_owned();
    assert_eq!(
        play_with(staff(), &Answer::MetricUnknown { reason }),
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
fn outbound_calls() {
    let played = |parameters: Value, queue_number: Option<&str>| {
        let actions = json!([
            {"Identifier": "Call", "Type": "CompleteOutboundCall", "Parameters": parameters,
             "Transitions": {"NextAction": "End"}},
            {"Identifier": "End", "Type": "EndFlowExecution"},
        ]);
        let queue = Queue {
            name: Some("BasicQueue".to_owned()),
            arn: "arn:aws:connect:us-east-1:111122223333:instance/i/queue/q".to_owned(),
            outbound_caller_id: queue_number.map(ToOwned::to_owned),
        };
        let contact = Contact::outbound_call("contact", "+14165550123", Some(queue));
        let mut shown = Vec::new();
        let (lines, _) = play_as(contact, actions, |effect| {
            match effect {
                Effect::Event(Event::CallerIdChosen { number }) => {
                    shown.push(format!("chosen {number}"));
                }
                Effect::Event(Event::CallerIdKept { number }) => {
                    shown.push(format!("kept {number:?}"));
                }
                _ => {}
            }
            Answer::Go
        });
        shown.extend(lines);
        shown.join(", ")
    };
    let number = |number: &str| json!({"CallerId": {"Number": number}});
    let queue = Some("+18005550100");
    assert_eq!(
        played(number("+12125550142"), queue),
        "chosen +12125550142, FlowEnded"
    );
    assert_eq!(
        played(number("$.Queue.OutboundCallerId.Address"), queue),
        "chosen +18005550100, FlowEnded"
    );
    assert_eq!(
        played(number("$.CustomerEndpoint.Address"), None),
        "chosen +14165550123, FlowEnded"
    );
    assert_eq!(
        played(json!({}), queue),
        "kept Some(\"+18005550100\"), FlowEnded"
    );
    assert_eq!(played(json!({}), None), "kept None, FlowEnded");
    assert_eq!(
        played(number("$.External.outbound_number"), queue),
        "? $.External.outbound_number, the action \"Call\" cannot be carried out: its caller id \"\" is no number in E.164"
    );

    let twice = json!([
        {"Identifier": "Call", "Type": "CompleteOutboundCall", "Transitions": {"NextAction": "Again"}},
        {"Identifier": "Again", "Type": "CompleteOutboundCall", "Transitions": {"NextAction": "Call"}},
    ]);
    assert_eq!(
        play(twice),
        "the action \"Again\" cannot be carried out: the call has gone out already"
    );
}

#[test]
fn other_flows() {
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
