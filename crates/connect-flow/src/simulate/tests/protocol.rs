//! The protocol between machine and driver.

use super::*;

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
