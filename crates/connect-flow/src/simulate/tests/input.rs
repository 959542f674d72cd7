//! Keys that a caller presses.

use super::*;

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
