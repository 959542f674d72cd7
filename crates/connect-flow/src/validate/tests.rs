use super::*;
use proptest::prelude::*;
use serde_json::json;

const QUEUE: &str = "arn:aws:connect:us-east-1:111122223333:instance/a/queue/b";

/// A flow of one action under test, which goes on to an `End` that disconnects.
fn flow(mut action: Value) -> String {
    let members = action.as_object_mut().unwrap();
    members.entry("Identifier").or_insert(json!("Start"));
    members.entry("Parameters").or_insert(json!({}));
    members
        .entry("Transitions")
        .or_insert(json!({"NextAction": "End"}));
    json!({"Version": "2019-10-30", "StartAction": "Start", "Actions": [
        action,
        {"Identifier": "End", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}},
    ]})
    .to_string()
}

fn messages(text: &str) -> Vec<String> {
    let problems = validate(text, FlowType::ContactFlow);
    problems
        .into_iter()
        .map(|problem| problem.message)
        .collect()
}

/// The problems of one action in an inbound flow, a line each.
fn said(action: Value) -> String {
    messages(&flow(action)).join("\n")
}

fn errors(names: &[&str]) -> Value {
    let branches = names.iter();
    branches
        .map(|name| json!({"ErrorType": name, "NextAction": "End"}))
        .collect()
}

fn conditions(operands: &[&str]) -> Value {
    let branches = operands.iter();
    branches
        .map(|operand| {
            json!({"NextAction": "End",
                   "Condition": {"Operator": "Equals", "Operands": [operand]}})
        })
        .collect()
}

#[test]
fn a_good_flow_has_no_problems() {
    assert_eq!(
        said(
            json!({"Type": "MessageParticipant", "Parameters": {"Text": "Hello $.Attributes.name"}})
        ),
        ""
    );
}

#[test]
fn types() {
    insta::assert_snapshot!(said(json!({"Type": "SetLoggingBehavior"})), @"Invalid Action type. Type: SetLoggingBehavior, Path: Actions[0].Type");
    insta::assert_snapshot!(said(json!({"Type": "CompleteOutboundCall"})), @"Invalid Action type. Type: CompleteOutboundCall, Path: Actions[0].Type");
    let whisper = flow(
        json!({"Type": "CompleteOutboundCall", "Parameters": {"CallerId": {"Number": "$.External.n"}}}),
    );
    let problems = validate(&whisper, FlowType::OutboundWhisper);
    assert_eq!(problems.len(), 1, "the disconnect is not for whispers");
    assert_eq!(problems[0].route.as_deref(), Some("Actions[1].Type"));
}

#[test]
fn parameters() {
    insta::assert_snapshot!(said(json!({"Type": "MessageParticipant", "Parameters": {"Text": "a", "Voice": "b"}})), @"Invalid Action property name. Path: Actions[0].Parameters.Voice");
    insta::assert_snapshot!(said(json!({"Type": "MessageParticipant"})), @"At least one of [Text, SSML, PromptId, Media] must be set");
    insta::assert_snapshot!(said(json!({"Type": "MessageParticipant", "Parameters": {"SSML": "a", "Text": "b"}})), @"Only one of these properties may be defined. Properties: [Text, SSML]");
    insta::assert_snapshot!(said(json!({"Type": "MessageParticipant", "Parameters": {"Text": ""}})), @"Invalid Action property value. Path: 0.Parameter");
    insta::assert_snapshot!(said(json!({"Type": "MessageParticipant", "Parameters": {"Text": " "}})), @"");
    insta::assert_snapshot!(said(json!({"Type": "UpdateFlowLoggingBehavior", "Parameters": {"FlowLoggingBehavior": "On"}})), @"Invalid Action property value. Path: Actions[0].Parameters.FlowLoggingBehavior");
    insta::assert_snapshot!(said(json!({"Type": "MessageParticipant", "Parameters": {"PromptId": "the $.Attributes.prompt"}})), @"Invalid Action property value. Path: Actions[0].Parameters.PromptId");
    let target = |id: &str| {
        said(
            json!({"Type": "UpdateContactTargetQueue", "Parameters": {"QueueId": id},
            "Transitions": {"NextAction": "End", "Errors": errors(&["NoMatchingError"])}}),
        )
    };
    insta::assert_snapshot!(target("Customer Service"), @"Not a supported id format");
    for good in [
        QUEUE,
        "$.Attributes.queue",
        "0f0e0d0c-0b0a-0908-0706-050403020100",
        "0f0e0d0c-0b0a-0908-0706-050403020100:$LATEST",
    ] {
        assert_eq!(target(good), "", "{good}");
    }
}

#[test]
fn a_boolean_where_a_string_belongs_is_told_as_a_wrong_type() {
    let action = json!({"Type": "GetParticipantInput",
        "Parameters": {"Text": "a", "StoreInput": "True", "InputTimeLimitSeconds": 5,
            "InputValidation": {"CustomValidation": {"MaximumLength": "4"}},
            "DTMFConfiguration": {"DisableCancelKey": false}},
        "Transitions": {"NextAction": "End", "Errors": errors(&["NoMatchingError"])}});
    insta::assert_snapshot!(said(action), @"Invalid Action type. Type: GetParticipantInput");
}

#[test]
fn contact_attributes() {
    let set = |attributes: Value| {
        said(
            json!({"Type": "UpdateContactAttributes", "Parameters": {"Attributes": attributes},
            "Transitions": {"NextAction": "End", "Errors": errors(&["NoMatchingError"])}}),
        )
    };
    assert_eq!(
        set(json!({"a": "$.External.a", "$.Attributes.key": "b"})),
        ""
    );
    insta::assert_snapshot!(set(json!({"a": ""})), @"Empty value in Parameters.Attributes");
    insta::assert_snapshot!(set(json!({"a.b": "c"})), @"Invalid Action property value. Path: Actions[0].Parameters.Attributes");
}

#[test]
fn transitions() {
    insta::assert_snapshot!(said(json!({"Type": "MessageParticipant", "Parameters": {"Text": "a"}, "Transitions": {}})), @"Action is missing required property. Path: Actions[0].Transitions.NextAction");
    insta::assert_snapshot!(said(json!({"Type": "MessageParticipant", "Parameters": {"Text": "a"}, "Transitions": {"NextAction": "Nowhere"}})), @"Invalid Action property value. Path: Actions[0].Transitions.NextAction");
    insta::assert_snapshot!(said(json!({"Type": "MessageParticipant", "Parameters": {"Text": "a"}, "Transitions": {"NextAction": "End", "Conditions": conditions(&["1"])}})), @"Action does not support conditions. Path: Actions[0].Transitions.Conditions");
    insta::assert_snapshot!(said(json!({"Type": "DisconnectParticipant"})), @"Action does not support transitions. Path: Actions[0].Transitions");
    insta::assert_snapshot!(said(json!({"Type": "TransferToFlow", "Parameters": {"ContactFlowId": QUEUE}})), @"Action is missing required error. Error: NoMatchingError, Path: Actions[0]");
    insta::assert_snapshot!(said(json!({"Type": "UpdateFlowLoggingBehavior", "Parameters": {"FlowLoggingBehavior": "Enabled"},
        "Transitions": {"NextAction": "End", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "Nowhere"}]}})), @r"
    Invalid Action property value. Path: Actions[0].Transitions.Errors[0].NextAction
    Invalid Action error. Error: NoMatchingError, Path: Actions[0]
    ");
}

#[test]
fn compare() {
    let compare = |value: &str, operator: &str, operands: Value| {
        said(
            json!({"Type": "Compare", "Parameters": {"ComparisonValue": value},
            "Transitions": {"NextAction": "End",
                "Conditions": [{"NextAction": "End",
                    "Condition": {"Operator": operator, "Operands": operands}}],
                "Errors": errors(&["NoMatchingCondition"])}}),
        )
    };
    assert_eq!(compare("$.External.Count", "Equals", json!(["1"])), "");
    assert_eq!(
        compare("$.StoredCustomerInput", "TextContains", json!([" "])),
        ""
    );
    let value = "Invalid Action property value. Path: Actions[0].Parameters.ComparisonValue";
    for bad in [
        "Count",
        "$.External",
        "$.Nonsense.a",
        "$.Agent.UserName",
        "a $.External.b",
    ] {
        assert_eq!(compare(bad, "Equals", json!(["1"])), value, "{bad}");
    }
    let branches = "Invalid Action property value. Path: Actions[0].Transitions.Conditions";
    assert_eq!(
        compare("$.External.a", "Equals", json!(["1", "2"])),
        branches
    );
    assert_eq!(compare("$.External.a", "Is", json!(["1"])), branches);
    insta::assert_snapshot!(compare("$.External.a", "Equals", json!([""])), @"Invalid branch. Path: 0.Evaluate");
}

#[test]
fn conditions_that_must_be_complete() {
    let looped = |operands: &[&str]| {
        said(json!({"Type": "Loop", "Parameters": {"LoopCount": "3"},
            "Transitions": {"NextAction": "End", "Conditions": conditions(operands)}}))
    };
    assert_eq!(looped(&["DoneLooping", "ContinueLooping"]), "");
    let refused = "Invalid Action property value. Path: Actions[0].Transitions.Conditions";
    assert_eq!(looped(&["DoneLooping"]), refused);
    assert_eq!(looped(&["DoneLooping", "DoneLooping"]), refused);
    let count = json!({"Type": "Loop", "Parameters": {"LoopCount": "101"},
        "Transitions": {"NextAction": "End", "Conditions": conditions(&["DoneLooping", "ContinueLooping"])}});
    insta::assert_snapshot!(said(count), @"Invalid Action property value. Path: Actions[0].Parameters.LoopCount");
}

#[test]
fn a_menu_and_a_stored_input_have_rules_of_their_own() {
    const MENU: &[&str] = &[
        "NoMatchingCondition",
        "InputTimeLimitExceeded",
        "NoMatchingError",
    ];
    let ask = |store: &str, more: Value, keys: &[&str], error_types: &[&str]| {
        let mut parameters =
            json!({"Text": "?", "StoreInput": store, "InputTimeLimitSeconds": "5"});
        let more = more.as_object().unwrap().clone();
        parameters.as_object_mut().unwrap().extend(more);
        said(
            json!({"Type": "GetParticipantInput", "Parameters": parameters,
            "Transitions": {"NextAction": "End", "Conditions": conditions(keys), "Errors": errors(error_types)}}),
        )
    };
    let custom = || json!({"InputValidation": {"CustomValidation": {"MaximumLength": "10"}}});
    let phone = || json!({"InputValidation": {"PhoneNumberValidation": {"NumberFormat": "Local", "CountryCode": "US"}}});
    assert_eq!(ask("False", json!({}), &["1", "#"], MENU), "");
    assert_eq!(ask("True", custom(), &[], &["NoMatchingError"]), "");
    assert_eq!(
        ask(
            "True",
            phone(),
            &[],
            &["NoMatchingError", "InvalidPhoneNumber"]
        ),
        ""
    );
    insta::assert_snapshot!(ask("False", json!({}), &["10"], &["NoMatchingError"]), @r"
    Invalid Action property value. Path: Actions[0].Transitions.Conditions
    Action is missing required error. Error: NoMatchingCondition, Path: Actions[0]
    Action is missing required error. Error: InputTimeLimitExceeded, Path: Actions[0]
    ");
    insta::assert_snapshot!(ask("False", custom(), &["1"], MENU), @"Invalid Action property value. Path: Actions[0].Parameters.InputValidation");
    insta::assert_snapshot!(ask("True", json!({}), &["1"], MENU), @r"
    Action is missing required property. Path: Actions[0].Parameters.InputValidation
    Action does not support conditions. Path: Actions[0].Transitions.Conditions
    Invalid Action error. Error: InputTimeLimitExceeded, Path: Actions[0]
    Invalid Action error. Error: NoMatchingCondition, Path: Actions[0]
    ");
    insta::assert_snapshot!(ask("True", custom(), &[], &["NoMatchingError", "InvalidPhoneNumber"]), @"Invalid Action error. Error: InvalidPhoneNumber, Path: Actions[0]");
    insta::assert_snapshot!(ask("Maybe", json!({"InputTimeLimitSeconds": "181"}), &[], MENU), @r"
    Invalid Action property value. Path: Actions[0].Parameters.StoreInput
    Invalid Action property value. Path: Actions[0].Parameters.InputTimeLimitSeconds
    ");
}

#[test]
fn the_outcomes_of_a_third_party_transfer_depend_on_the_flow() {
    const OUTCOMES: &[&str] = &[
        "CallFailed",
        "ConnectionTimeLimitExceeded",
        "NoMatchingError",
    ];
    let problems = |goes_on: &str, error_types: &[&str], flow_type| {
        let text = flow(json!({"Type": "TransferParticipantToThirdParty",
            "Parameters": {"ThirdPartyPhoneNumber": "+18005550100", "ContinueFlowExecution": goes_on,
                "ThirdPartyConnectionTimeLimitSeconds": "30"},
            "Transitions": {"NextAction": "End", "Errors": errors(error_types)}}));
        validate(&text, flow_type).len()
    };
    let bare = &["NoMatchingError"];
    assert_eq!(problems("True", OUTCOMES, FlowType::ContactFlow), 0);
    assert_eq!(problems("True", bare, FlowType::ContactFlow), 2);
    assert_eq!(problems("False", OUTCOMES, FlowType::ContactFlow), 2);
    assert_eq!(problems("False", bare, FlowType::ContactFlow), 0);
    assert_eq!(problems("True", OUTCOMES, FlowType::AgentTransfer), 2);
    assert_eq!(problems("True", bare, FlowType::AgentTransfer), 0);
}

#[test]
fn identifiers() {
    let named = |name: &str| {
        said(json!({"Type": "MessageParticipant", "Parameters": {"Text": "a"}, "Identifier": name}))
    };
    assert_eq!(named("Start"), "");
    let bad = "Invalid Action property value. Path: Actions[0].Identifier\nInvalid flow property value. Path: StartAction";
    let long = "x".repeat(51);
    for name in ["a:b", "toString", "", "End,", long.as_str()] {
        assert_eq!(named(name), bad, "{name}");
    }
    insta::assert_snapshot!(named("End"), @r"
    Invalid Action property value. Path: Actions[1].Identifier
    Invalid flow property value. Path: StartAction
    ");
}

#[test]
fn frames() {
    insta::assert_snapshot!(messages("{}").join("\n"), @r"
    Flow is missing required property. Path: Version
    Flow is missing required property. Path: Actions
    ");
    insta::assert_snapshot!(messages("[1,]").join("\n"), @"Invalid JSON: line 1, column 4: trailing comma");
    insta::assert_snapshot!(messages(r#"{"Version":"1","StartAction":"a","Actions":[7]}"#).join("\n"), @r"
    Invalid flow property value. Path: Version
    Action is missing required property. Path: Actions[0].Identifier
    Invalid flow property value. Path: StartAction
    Invalid Action property value. Path: Actions[0]
    ");
}

/// `count` disconnects, the first of which is the start.
fn disconnects(count: usize) -> String {
    let actions: Vec<_> = (0..count)
        .map(|index| json!({"Identifier": format!("a{index}"), "Type": "DisconnectParticipant"}))
        .collect();
    json!({"Version": "2019-10-30", "StartAction": "a0", "Actions": actions}).to_string()
}

#[test]
fn limits() {
    assert_eq!(messages(&disconnects(250)), [] as [&str; 0]);
    insta::assert_snapshot!(messages(&disconnects(251)).join("\n"), @"Flow has too many actions. Maximum: 250, found: 251");
    let broken = disconnects(60).replace("Disconnect", "Disconect");
    assert_eq!(messages(&broken).len(), MAXIMUM_PROBLEMS);
    let length = 256_000 - disconnects(1).chars().count();
    let full = disconnects(1) + &" ".repeat(length);
    assert_eq!(messages(&full), [] as [&str; 0]);
    insta::assert_snapshot!(messages(&(full + " ")).join("\n"), @"Flow content is longer than 256000 characters");
}

#[test]
fn modules_have_settings_and_results() {
    let module = r#"{"Version":"2019-10-30","StartAction":"End","Settings":{},"Actions":[
        {"Identifier":"End","Type":"EndFlowModuleExecution","Parameters":{"Result":"Found"},"Transitions":{}}]}"#;
    assert_eq!(
        validate_module(
            module,
            Some(r#"{"transitions":{"results":[{"name":"Found"}]}}"#)
        ),
        []
    );
    let problems = validate_module(module, None);
    assert_eq!(
        problems[0].message,
        "Invalid Action property name. Path: Actions[0].Parameters.Result"
    );
    assert_eq!(module_request_error(module), None);
    assert_eq!(
        module_request_error(crate::stub(FlowType::ContactFlow)).as_deref(),
        Some("JSON field is missing or null for field name: settings")
    );
    assert_eq!(
        messages(module).len(),
        1,
        "the end of a module is none of a flow"
    );
}

#[test]
fn a_problem_is_written_as_on_the_wire() {
    let problems = validate(&flow(json!({"Type": "X"})), FlowType::ContactFlow);
    assert_eq!(
        serde_json::to_string(&problems).unwrap(),
        r#"[{"message":"Invalid Action type. Type: X, Path: Actions[0].Type"}]"#
    );
}

fn odd_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec!["", "1", "$.Attributes.a", "True", "End", "Start"])
            .prop_map(Value::from),
    ];
    let keys = prop::sample::select(vec![
        "Text",
        "Messages",
        "Events",
        "Value",
        "Condition",
        "Operands",
        "Operator",
        "NextAction",
        "ErrorType",
        "InputValidation",
        "PhoneNumberValidation",
        "StoreInput",
        "Attributes",
        "Conditions",
        "Errors",
        "DTMFConfiguration",
        "InputTerminationSequence",
    ]);
    leaf.prop_recursive(3, 20, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((keys.clone(), inner), 0..4).prop_map(|members| {
                Value::Object(
                    members
                        .into_iter()
                        .map(|(k, v)| (k.to_owned(), v))
                        .collect(),
                )
            }),
        ]
    })
}

proptest! {
    #[test]
    fn no_action_is_too_odd(
        spec in prop::sample::select(crate::actions::all().collect::<Vec<_>>()),
        parameters in odd_value(),
        transitions in odd_value(),
    ) {
        let text = flow(json!({"Type": spec.name, "Parameters": parameters, "Transitions": transitions}));
        let document = Document::parse(text.as_str()).unwrap();
        for flow_type in FlowType::ALL {
            for problem in validate(&text, flow_type) {
                prop_assert!(problem.message.chars().count() <= 256);
                let route = problem.route.unwrap_or_default();
                prop_assert!(document.locate(&route.as_str().into()).span.start < text.len());
            }
        }
    }

    #[test]
    fn no_text_is_too_odd(text in ".{0,60}") {
        prop_assert!(!validate(&text, FlowType::ContactFlow).is_empty());
    }
}
