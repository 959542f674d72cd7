//! Calls to the flows in `flows/vanity-numbers`, placed without any AWS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use connect_flow::simulate::{
    Answer, Contact, Effect, End, Event, FlowContent, FunctionAnswer, GatherMode, Machine,
};
use connect_flow::{Document, Flow, FlowType, validate};
use serde_json::json;
use std::collections::{BTreeSet, VecDeque};

const INBOUND: &str = include_str!("../../../flows/vanity-numbers/inbound.json");
const READ: &str = include_str!("../../../flows/vanity-numbers/read.json");

const FLOW_ARN: &str = "arn:aws:connect:us-east-1:111122223333:instance/0f0e0d0c-0b0a-0908-0706-050403020100/contact-flow/";
const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:111122223333:function:vanity-numbers:live";

/// The flow as it is deployed: ARNs in the place of references.
fn deployed(text: &str) -> String {
    let document = Document::parse(text).unwrap();
    document
        .replace_strings(|string| {
            let new = string
                .value
                .replace("${flow.inbound}", &format!("{FLOW_ARN}inbound"))
                .replace("${flow.read}", &format!("{FLOW_ARN}read"))
                .replace("${function.vanity-numbers}", FUNCTION_ARN)
                .replace("${param.FlowLogging}", "Disabled");
            assert!(!new.contains("${"), "a reference nobody knows: {new}");
            Ok::<_, ()>((new != string.value).then_some(new))
        })
        .unwrap()
}

fn content(flow: &str) -> Option<FlowContent> {
    let (name, text) = match flow.strip_prefix(FLOW_ARN)? {
        "inbound" => ("inbound", INBOUND),
        "read" => ("read", READ),
        _ => return None,
    };
    let content = FlowContent::new(flow, Flow::parse(&deployed(text)).unwrap());
    Some(content.named(name))
}

/// What the function answers when it finds so many numbers.
fn numbers(count: usize) -> String {
    let words = ["PAINTER", "SAINT-ER", "RAIN-TER", "PAINT", "RAIN"];
    let mut answer = serde_json::Map::new();
    answer.insert("Count".to_owned(), count.to_string().into());
    answer.insert("PhoneNumber".to_owned(), "+18007246837".into());
    answer.insert("CalledBefore".to_owned(), "false".into());
    answer.insert("Told".to_owned(), words[..count].join(" ").into());
    for (place, word) in (1..).zip(words.iter().take(count)) {
        let spoken = format!(
            "<speak>1-800-{word}.<break time=\"300ms\"/>\
             <say-as interpret-as=\"spell-out\">{word}</say-as></speak>"
        );
        answer.insert(
            format!("VanityNumber{place}"),
            format!("+1-800-{word}").into(),
        );
        answer.insert(format!("SpokenNumber{place}"), spoken.into());
    }
    serde_json::Value::Object(answer).to_string()
}

/// What the function answers when the digits make a pattern as well.
fn numbers_and_pattern(count: usize) -> FunctionAnswer {
    let mut answer: serde_json::Value = serde_json::from_str(&numbers(count)).unwrap();
    answer["Pattern"] = "+1-800-2-0000-46".into();
    answer["PatternKind"] = "repeated".into();
    answer["PatternMeaning"] = "0 four times".into();
    answer["SpokenPattern"] = "<speak><say-as interpret-as=\"digits\">800</say-as>.\
         <break time=\"300ms\"/><say-as interpret-as=\"digits\">0</say-as> four times.</speak>"
        .into();
    FunctionAnswer::Returned {
        payload: answer.to_string(),
    }
}

/// What the function answers to somebody who called before, and chose.
fn known_caller(count: usize) -> FunctionAnswer {
    let mut answer: serde_json::Value = serde_json::from_str(&numbers(count)).unwrap();
    answer["CalledBefore"] = "true".into();
    answer["ChosenNumber"] = "+1-800-RAIN-TER".into();
    answer["SpokenChosenNumber"] = "<speak>1-800-RAIN-TER.</speak>".into();
    FunctionAnswer::Returned {
        payload: answer.to_string(),
    }
}

/// The function's answer to an event: with the choice, when the event holds one.
fn answer_to(event: &serde_json::Value, function: &FunctionAnswer, keeps: bool) -> FunctionAnswer {
    let chosen = event["Details"]["Parameters"]["chosenNumber"].as_str();
    let (Some(chosen), FunctionAnswer::Returned { payload }) = (chosen, function) else {
        return function.clone();
    };
    let mut answer: serde_json::Value = serde_json::from_str(payload).unwrap();
    let number = answer[format!("VanityNumber{chosen}")].clone();
    let choice = match (number.is_null(), keeps) {
        (true, _) => "unknown",
        (false, true) => "kept",
        (false, false) => "not_kept",
    };
    answer["Choice"] = choice.into();
    if choice == "kept" {
        answer["SpokenChosenNumber"] = answer[format!("SpokenNumber{chosen}")].clone();
        answer["ChosenNumber"] = number;
    }
    FunctionAnswer::Returned {
        payload: answer.to_string(),
    }
}

/// Among the keys of a caller: none are pressed in time.
const SILENCE: &str = "";

/// How a call ends with a caller who stays silent.
const NOT_HEARD: &str =
    "is silent\nSorry, we did not hear from you. Please call again. Goodbye.\n  hung up";

/// A caller who presses keys until they run out, and then nothing.
struct Caller {
    from: Option<&'static str>,
    keys: VecDeque<&'static str>,
    function: FunctionAnswer,
    /// Whether the function can store a choice.
    keeps: bool,
    read_flow_exists: bool,
}

struct Played {
    transcript: String,
    invocations: Vec<serde_json::Value>,
    machine: Machine,
}

impl Caller {
    fn new(keys: &[&'static str], found: usize) -> Self {
        Self {
            from: Some("+18007246837"),
            keys: keys.iter().copied().collect(),
            function: FunctionAnswer::Returned {
                payload: numbers(found),
            },
            keeps: true,
            read_flow_exists: true,
        }
    }

    fn call(mut self) -> Played {
        let contact = Contact::inbound_call("0f0e0d0c-0b0a-0908-0706-050403020100", self.from);
        let entry = content(&format!("{FLOW_ARN}inbound")).unwrap();
        let mut machine = Machine::new(contact, entry);
        let mut lines = Vec::new();
        let mut invocations = Vec::new();
        let mut answer = Answer::Go;
        loop {
            let effect = machine.advance(answer).unwrap();
            answer = match effect {
                Effect::Speak(speech) => {
                    lines.push(speech.plain);
                    Answer::Go
                }
                Effect::Gather(gather) => {
                    let store = matches!(gather.mode, GatherMode::Store { .. });
                    lines.push(gather.prompt.unwrap().plain);
                    match self.keys.pop_front().filter(|keys| *keys != SILENCE) {
                        Some(keys) => {
                            let word = if store { "types" } else { "presses" };
                            lines.push(format!("  {word} {keys}"));
                            Answer::Keys(keys.to_owned())
                        }
                        None => {
                            lines.push("  is silent".to_owned());
                            Answer::NoInput
                        }
                    }
                }
                Effect::InvokeFunction(invocation) => {
                    assert_eq!(invocation.function_arn, FUNCTION_ARN);
                    // Before the greeting nobody has asked for anything yet.
                    let before_the_greeting = lines.last().is_some_and(|line| line == "[inbound]");
                    let limit = if before_the_greeting { 3 } else { 8 };
                    assert_eq!(invocation.time_limit_seconds, limit);
                    lines.push("  the function is invoked".to_owned());
                    let answer = answer_to(&invocation.event, &self.function, self.keeps);
                    invocations.push(invocation.event);
                    Answer::Function(answer)
                }
                Effect::TransferToFlow { flow } => match content(&flow) {
                    Some(content) if self.read_flow_exists => Answer::Flow(Box::new(content)),
                    _ => Answer::FlowUnreachable {
                        reason: "not published".to_owned(),
                    },
                },
                Effect::Event(event) => {
                    match event {
                        Event::FlowEntered { name, .. } => lines.push(format!("[{name}]")),
                        Event::PathUnresolved { path, .. } => {
                            lines.push(format!("  {path} has no value"));
                        }
                        _ => {}
                    }
                    Answer::Go
                }
                Effect::Ended(end) => {
                    lines.push(match end {
                        End::Disconnected => "  hung up".to_owned(),
                        other => format!("  {other:?}"),
                    });
                    break;
                }
                other => panic!("these flows do not {other:?}"),
            };
        }
        assert!(self.keys.is_empty(), "keys left: {:?}", self.keys);
        Played {
            transcript: lines.join("\n"),
            invocations,
            machine,
        }
    }
}

#[test]
fn the_flows_can_be_published() {
    for text in [INBOUND, READ] {
        assert_eq!(validate(&deployed(text), FlowType::ContactFlow), []);
    }
    assert_ne!(
        validate(READ, FlowType::ContactFlow),
        [],
        "with references in the place of ARNs they cannot"
    );
}

#[test]
fn every_action_has_its_place_on_the_canvas() {
    for text in [INBOUND, READ] {
        let flow = Flow::parse(text).unwrap();
        let metadata = flow.metadata.unwrap();
        let places = metadata["ActionMetadata"].as_object().unwrap();
        assert_eq!(places.len(), flow.actions.len());
        let place = |identifier: &str| {
            let position = &places[identifier]["position"];
            (
                position["x"].as_f64().unwrap(),
                position["y"].as_f64().unwrap(),
            )
        };
        for (index, one) in flow.actions.iter().enumerate() {
            for other in &flow.actions[index + 1..] {
                let (one, other) = (place(&one.identifier), place(&other.identifier));
                let apart = (one.0 - other.0).abs() >= 250.0 || (one.1 - other.1).abs() >= 200.0;
                assert!(apart, "{one:?} and {other:?} overlap");
            }
        }
    }
}

/// As the console writes them beside each Compare and menu it saves: one entry for each branch, in
/// their order, with an id.
#[test]
fn every_branch_has_its_condition_in_the_metadata() {
    let named = |operator: &str| match operator {
        "Equals" => json!({"name": "Equals", "value": "Equals", "shortDisplay": "="}),
        "TextContains" => {
            json!({"name": "Contains", "value": "Contains", "shortDisplay": "contains"})
        }
        "TextStartsWith" => {
            json!({"name": "Starts with", "value": "StartsWith", "shortDisplay": "starts with"})
        }
        "NumberGreaterThan" => {
            json!({"name": "Is greater than", "value": "GreaterThan", "shortDisplay": ">"})
        }
        other => panic!("how does the console call {other}?"),
    };
    let mut ids = BTreeSet::new();
    for text in [INBOUND, READ] {
        let flow: serde_json::Value = serde_json::from_str(text).unwrap();
        for action in flow["Actions"].as_array().unwrap() {
            let kind = action["Type"].as_str().unwrap();
            if kind != "Compare" && kind != "GetParticipantInput" {
                continue;
            }
            let identifier = action["Identifier"].as_str().unwrap();
            let metadata = &flow["Metadata"]["ActionMetadata"][identifier]["conditionMetadata"];
            let mut kept = metadata.as_array().unwrap().clone();
            for entry in &mut kept {
                let id = entry.as_object_mut().unwrap().remove("id").unwrap();
                assert!(ids.insert(id.as_str().unwrap().to_owned()), "{id}");
            }
            let conditions = action["Transitions"]["Conditions"].as_array();
            let wanted: Vec<_> = conditions
                .into_iter()
                .flatten()
                .map(|branch| {
                    let condition = &branch["Condition"];
                    let mut entry = json!({"value": condition["Operands"][0]});
                    if kind == "Compare" {
                        entry["operator"] = named(condition["Operator"].as_str().unwrap());
                    }
                    entry
                })
                .collect();
            assert_eq!(kept, wanted, "{identifier}");
        }
    }
}

#[test]
fn three_numbers_and_goodbye() {
    let played = Caller::new(&["1", "2"], 3).call();
    insta::assert_snapshot!(played.transcript, @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    Here are your three best vanity numbers. The first is:
    1-800-PAINTER. … P A I N T E R
    The second is:
    1-800-SAINT-ER. … S A I N T - E R
    And the third is:
    1-800-RAIN-TER. … R A I N - T E R
    Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
      presses 2
    Thank you for calling. Goodbye.
      hung up
    ");
    let details = &played.invocations[1]["Details"];
    assert_eq!(details["Parameters"]["phoneNumber"], "+18007246837");
    assert_eq!(
        details["ContactData"]["CustomerEndpoint"]["Address"],
        "+18007246837"
    );
    let attributes = &played.machine.contact().attributes;
    assert_eq!(attributes["VanityNumber1"], "+1-800-PAINTER");
    assert_eq!(attributes["VanityNumber3"], "+1-800-RAIN-TER");
}

#[test]
fn with_fewer_than_three_the_pattern_of_the_digits_is_told() {
    let with_pattern = |count| {
        let mut caller = Caller::new(&["1", "2"], count);
        caller.function = numbers_and_pattern(count);
        caller.call().transcript
    };
    insta::assert_snapshot!(with_pattern(0), @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    Sorry, I could not find a vanity number for your telephone number.
    Your digits make a pattern as they are. Say your number like this:
    8 0 0 . … 0 four times.
    Press 1 to return to the main menu, or press 2 to end this call.
      presses 2
    Thank you for calling. Goodbye.
      hung up
    ");
    for count in [1, 2] {
        let told =
            "pattern as they are. Say your number like this:\n8 0 0 . … 0 four times.\nPress 1";
        let transcript = with_pattern(count);
        assert!(transcript.contains(told), "{transcript}");
    }
}

#[test]
fn a_number_is_chosen_by_its_key() {
    let played = Caller::new(&["1", "4", "7", "2", "2"], 3).call();
    insta::assert_snapshot!(played.transcript, @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    Here are your three best vanity numbers. The first is:
    1-800-PAINTER. … P A I N T E R
    The second is:
    1-800-SAINT-ER. … S A I N T - E R
    And the third is:
    1-800-RAIN-TER. … R A I N - T E R
    Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
      presses 4
    Press 1 to choose the first number, 2 for the second, and so on.
      types 7
      the function is invoked
    Sorry, that is not one of your numbers.
    Press 1 to choose the first number, 2 for the second, and so on.
      types 2
      the function is invoked
    You have chosen:
    1-800-SAINT-ER. … S A I N T - E R
    Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
      presses 2
    Thank you for calling. Goodbye.
      hung up
    ");
    let chosen: Vec<_> = played
        .invocations
        .iter()
        .map(|event| event["Details"]["Parameters"]["chosenNumber"].as_str())
        .collect();
    assert_eq!(chosen, [None, None, Some("7"), Some("2")]);
    // The key is given with what was heard.
    let told = &played.invocations[3]["Details"]["Parameters"]["told"];
    assert_eq!(told, "PAINTER SAINT-ER RAIN-TER");
    let attributes = &played.machine.contact().attributes;
    assert_eq!(attributes["ChosenNumber"], "+1-800-SAINT-ER");
    // Also after more were heard, and never with a key that stands for none.
    let played = Caller::new(&["1", "3", "4", "5", "2"], 5).call();
    let attributes = &played.machine.contact().attributes;
    assert_eq!(attributes["ChosenNumber"], "+1-800-RAIN");
    let played = Caller::new(&["1", "4", "2", "3", "0", "9"], 1).call();
    assert!(played.transcript.contains("Sorry, that did not work."));
    let attributes = &played.machine.contact().attributes;
    assert!(!attributes.contains_key("ChosenNumber"));
    // Silence is no choice, and forgiven.
    let played = Caller::new(&["1", "4", SILENCE, "2", "2"], 3).call();
    let attributes = &played.machine.contact().attributes;
    assert_eq!(attributes["ChosenNumber"], "+1-800-SAINT-ER");
    let played = Caller::new(&["1", "4"], 3).call();
    assert!(played.transcript.ends_with(NOT_HEARD));
    assert_eq!(played.invocations.len(), 2);
}

#[test]
fn back_to_the_main_menu() {
    let played = Caller::new(&["1", "1", "1", "2"], 3).call();
    insta::assert_snapshot!(played.transcript, @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    Here are your three best vanity numbers. The first is:
    1-800-PAINTER. … P A I N T E R
    The second is:
    1-800-SAINT-ER. … S A I N T - E R
    And the third is:
    1-800-RAIN-TER. … R A I N - T E R
    Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
      presses 1
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    Here are your three best vanity numbers. The first is:
    1-800-PAINTER. … P A I N T E R
    The second is:
    1-800-SAINT-ER. … S A I N T - E R
    And the third is:
    1-800-RAIN-TER. … R A I N - T E R
    Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
      presses 2
    Thank you for calling. Goodbye.
      hung up
    ");
}

#[test]
fn five_numbers_are_read_on_request() {
    insta::assert_snapshot!(Caller::new(&["1", "3", "2"], 5).call().transcript, @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    Here are your three best vanity numbers. The first is:
    1-800-PAINTER. … P A I N T E R
    The second is:
    1-800-SAINT-ER. … S A I N T - E R
    And the third is:
    1-800-RAIN-TER. … R A I N - T E R
    Press 1 to return to the main menu, press 2 to end this call, press 3 to hear more numbers, or press 4 to choose one.
      presses 3
    The fourth is:
    1-800-PAINT. … P A I N T
    And the fifth is:
    1-800-RAIN. … R A I N
    Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
      presses 2
    Thank you for calling. Goodbye.
      hung up
    ");
}

#[test]
fn a_fourth_number_alone() {
    insta::assert_snapshot!(Caller::new(&["1", "7", "3", "2"], 4).call().transcript, @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    Here are your three best vanity numbers. The first is:
    1-800-PAINTER. … P A I N T E R
    The second is:
    1-800-SAINT-ER. … S A I N T - E R
    And the third is:
    1-800-RAIN-TER. … R A I N - T E R
    Press 1 to return to the main menu, press 2 to end this call, press 3 to hear more numbers, or press 4 to choose one.
      presses 7
    Sorry, that is not a valid choice.
    Press 1 to return to the main menu, press 2 to end this call, press 3 to hear more numbers, or press 4 to choose one.
      presses 3
    The fourth is:
    1-800-PAINT. … P A I N T
    Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
      presses 2
    Thank you for calling. Goodbye.
      hung up
    ");
}

#[test]
fn two_numbers() {
    let played = Caller::new(&["1", "2"], 2).call();
    insta::assert_snapshot!(played.transcript, @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    I found two vanity numbers for you. The first is:
    1-800-PAINTER. … P A I N T E R
    The second is:
    1-800-SAINT-ER. … S A I N T - E R
    Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
      presses 2
    Thank you for calling. Goodbye.
      hung up
    ");
    assert!(
        !played
            .machine
            .contact()
            .attributes
            .contains_key("VanityNumber3")
    );
}

#[test]
fn one_number() {
    insta::assert_snapshot!(Caller::new(&["1", "2"], 1).call().transcript, @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    I found one vanity number for you. It is:
    1-800-PAINTER. … P A I N T E R
    Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
      presses 2
    Thank you for calling. Goodbye.
      hung up
    ");
}

#[test]
fn no_number() {
    insta::assert_snapshot!(Caller::new(&["1", "2"], 0).call().transcript, @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    Sorry, I could not find a vanity number for your telephone number.
    Press 1 to return to the main menu, or press 2 to end this call.
      presses 2
    Thank you for calling. Goodbye.
      hung up
    ");
}

#[test]
fn an_invalid_key_is_told_and_the_menu_asks_again() {
    insta::assert_snapshot!(Caller::new(&["5", "1", "9", "2"], 1).call().transcript, @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 5
    Sorry, that is not a valid choice.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    I found one vanity number for you. It is:
    1-800-PAINTER. … P A I N T E R
    Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
      presses 9
    Sorry, that is not a valid choice.
    Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
      presses 2
    Thank you for calling. Goodbye.
      hung up
    ");
}

#[test]
fn invalid_keys_for_ever_end_the_call() {
    insta::assert_snapshot!(Caller::new(&["4", "*", "#", "0"], 3).call().transcript, @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 4
    Sorry, that is not a valid choice.
    Press 1 to hear the vanity numbers for your telephone number.
      presses *
    Sorry, that is not a valid choice.
    Press 1 to hear the vanity numbers for your telephone number.
      presses #
    Sorry, that is not a valid choice.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 0
    Sorry, that did not work. Please call again. Goodbye.
      hung up
    ");
    insta::assert_snapshot!(Caller::new(&["1", "5", "*", "#", "0"], 5).call().transcript, @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    Here are your three best vanity numbers. The first is:
    1-800-PAINTER. … P A I N T E R
    The second is:
    1-800-SAINT-ER. … S A I N T - E R
    And the third is:
    1-800-RAIN-TER. … R A I N - T E R
    Press 1 to return to the main menu, press 2 to end this call, press 3 to hear more numbers, or press 4 to choose one.
      presses 5
    Sorry, that is not a valid choice.
    Press 1 to return to the main menu, press 2 to end this call, press 3 to hear more numbers, or press 4 to choose one.
      presses *
    Sorry, that is not a valid choice.
    Press 1 to return to the main menu, press 2 to end this call, press 3 to hear more numbers, or press 4 to choose one.
      presses #
    Sorry, that is not a valid choice.
    Press 1 to return to the main menu, press 2 to end this call, press 3 to hear more numbers, or press 4 to choose one.
      presses 0
    Sorry, that did not work. Please call again. Goodbye.
      hung up
    ");
}

#[test]
fn a_silence_is_forgiven_three_times() {
    insta::assert_snapshot!(Caller::new(&[], 3).call().transcript, @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      is silent
    Sorry, we did not hear from you.
    Press 1 to hear the vanity numbers for your telephone number.
      is silent
    Sorry, we did not hear from you.
    Press 1 to hear the vanity numbers for your telephone number.
      is silent
    Sorry, we did not hear from you.
    Press 1 to hear the vanity numbers for your telephone number.
      is silent
    Sorry, we did not hear from you. Please call again. Goodbye.
      hung up
    ");
    // In every menu, with a key at the last moment.
    for (found, after) in [(0, ""), (3, ""), (5, ""), (3, "4"), (5, "3")] {
        for silences in [1, 3, 4] {
            let mut keys = vec![SILENCE; 3];
            keys.push("1");
            keys.extend([after].iter().filter(|key| !key.is_empty()));
            keys.extend(vec![SILENCE; silences]);
            if silences < 4 {
                let last: &[_] = if after == "4" { &["1", "2"] } else { &["2"] };
                keys.extend(last);
            }
            let transcript = Caller::new(&keys, found).call().transcript;
            let end = if silences < 4 {
                "Thank you for calling. Goodbye.\n  hung up"
            } else {
                NOT_HEARD
            };
            assert!(
                transcript.ends_with(end),
                "{found} {after} {silences}: {transcript}"
            );
        }
    }
}

#[test]
fn who_has_called_before_is_greeted_so_and_told_what_they_chose() {
    let mut caller = Caller::new(&["1", "1", "1", "2"], 1);
    caller.function = known_caller(1);
    let played = caller.call();
    insta::assert_snapshot!(played.transcript, @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service. Welcome back.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    You have chosen this number before:
    1-800-RAIN-TER.
    I found one vanity number for you. It is:
    1-800-PAINTER. … P A I N T E R
    Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
      presses 1
    [inbound]
    Thank you for calling the vanity number service. Welcome back.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    You have chosen this number before:
    1-800-RAIN-TER.
    I found one vanity number for you. It is:
    1-800-PAINTER. … P A I N T E R
    Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
      presses 2
    Thank you for calling. Goodbye.
      hung up
    ");
    let attributes = &played.machine.contact().attributes;
    assert_eq!(attributes["ChosenNumber"], "+1-800-RAIN-TER");
    assert_eq!(attributes["CalledBefore"], "true");
}

#[test]
fn a_choice_that_was_not_kept_is_said_so() {
    let mut caller = Caller::new(&["1", "4", "2", "2"], 3);
    caller.keeps = false;
    let played = caller.call();
    let said = "  the function is invoked\n\
                Sorry, your choice could not be kept just now. You may choose again.\n\
                Press 1 to return";
    assert!(played.transcript.contains(said), "{}", played.transcript);
    assert!(!played.transcript.contains("You have chosen"));
    let attributes = &played.machine.contact().attributes;
    assert!(!attributes.contains_key("ChosenNumber"));
}

#[test]
fn a_withheld_number_is_asked_for_once() {
    for from in [None, Some("anonymous"), Some("")] {
        let mut caller = Caller::new(&["1", "8007246837#", "1", "1", "2"], 1);
        caller.from = from;
        let played = caller.call();
        // In the inbound flow and in the read flow, each twice.
        assert_eq!(played.invocations.len(), 4);
        for invocation in played.invocations.iter().skip(1).step_by(2) {
            let parameters = &invocation["Details"]["Parameters"];
            assert_eq!(parameters["phoneNumber"], "+18007246837");
        }
        if from.is_none() {
            insta::assert_snapshot!(played.transcript, @r"
            [inbound]
              the function is invoked
            Thank you for calling the vanity number service.
            Press 1 to hear the vanity numbers for your telephone number.
              presses 1
            Your number is withheld. Please enter your ten digit telephone number, and then press the pound key.
              types 8007246837#
            [read]
            Let me check which vanity numbers there are for you.
              the function is invoked
            I found one vanity number for you. It is:
            1-800-PAINTER. … P A I N T E R
            Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
              presses 1
            [inbound]
              the function is invoked
            Thank you for calling the vanity number service.
            Press 1 to hear the vanity numbers for your telephone number.
              presses 1
            [read]
            Let me check which vanity numbers there are for you.
              the function is invoked
            I found one vanity number for you. It is:
            1-800-PAINTER. … P A I N T E R
            Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
              presses 2
            Thank you for calling. Goodbye.
              hung up
            ");
        }
    }
}

#[test]
fn a_withheld_number_that_is_none_or_never_comes() {
    let withheld = |keys: &[&'static str]| {
        let mut caller = Caller::new(keys, 1);
        caller.from = None;
        caller.call().transcript
    };
    insta::assert_snapshot!(withheld(&["1", "12#", "12*8007246837#", "2"]), @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    Your number is withheld. Please enter your ten digit telephone number, and then press the pound key.
      types 12#
    Sorry, that is not a valid telephone number.
    Your number is withheld. Please enter your ten digit telephone number, and then press the pound key.
      types 12*8007246837#
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    I found one vanity number for you. It is:
    1-800-PAINTER. … P A I N T E R
    Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
      presses 2
    Thank you for calling. Goodbye.
      hung up
    ");
    insta::assert_snapshot!(withheld(&["1", SILENCE, "8007246837#", "2"]), @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    Your number is withheld. Please enter your ten digit telephone number, and then press the pound key.
      is silent
    Sorry, we did not hear from you.
    Your number is withheld. Please enter your ten digit telephone number, and then press the pound key.
      types 8007246837#
    [read]
    Let me check which vanity numbers there are for you.
      the function is invoked
    I found one vanity number for you. It is:
    1-800-PAINTER. … P A I N T E R
    Press 1 to return to the main menu, press 2 to end this call, or press 4 to choose a number.
      presses 2
    Thank you for calling. Goodbye.
      hung up
    ");
    let three = [SILENCE, SILENCE, SILENCE];
    let typed = |last| withheld(&[&["1"], &three[..], last].concat());
    assert!(typed(&["8007246837#", "2"]).ends_with("Goodbye.\n  hung up"));
    assert!(typed(&[SILENCE]).ends_with(NOT_HEARD));
    insta::assert_snapshot!(withheld(&["1", "1#", "2#", "3#", "4#"]), @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    Your number is withheld. Please enter your ten digit telephone number, and then press the pound key.
      types 1#
    Sorry, that is not a valid telephone number.
    Your number is withheld. Please enter your ten digit telephone number, and then press the pound key.
      types 2#
    Sorry, that is not a valid telephone number.
    Your number is withheld. Please enter your ten digit telephone number, and then press the pound key.
      types 3#
    Sorry, that is not a valid telephone number.
    Your number is withheld. Please enter your ten digit telephone number, and then press the pound key.
      types 4#
    Sorry, that did not work. Please call again. Goodbye.
      hung up
    ");
}

#[test]
fn whatever_happens_to_the_function_the_caller_hears_an_apology() {
    let failures = [
        FunctionAnswer::Failed {
            error: "boom".to_owned(),
        },
        FunctionAnswer::TimedOut,
        FunctionAnswer::Unreachable {
            reason: "not associated".to_owned(),
        },
        FunctionAnswer::Returned {
            payload: r#"{"Count": 3}"#.to_owned(),
        },
        FunctionAnswer::Returned {
            payload: "{}".to_owned(),
        },
        FunctionAnswer::Returned {
            payload: numbers(3).replace("1-800-PAINTER.", "AT&T"),
        },
        FunctionAnswer::Returned {
            payload: format!(r#"{{"Count": "{}"}}"#, "3".repeat(33_000)),
        },
    ];
    for failure in failures {
        let mut caller = Caller::new(&["1"], 0);
        caller.function = failure.clone();
        let transcript = caller.call().transcript;
        let end = "We are sorry, something went wrong on our side. Please call again later. Goodbye.\n  hung up";
        assert!(transcript.ends_with(end), "{failure:?}: {transcript}");
    }
}

#[test]
fn a_flow_that_is_missing_is_apologized_for() {
    let mut caller = Caller::new(&["1"], 3);
    caller.read_flow_exists = false;
    insta::assert_snapshot!(caller.call().transcript, @r"
    [inbound]
      the function is invoked
    Thank you for calling the vanity number service.
    Press 1 to hear the vanity numbers for your telephone number.
      presses 1
    We are sorry, something went wrong on our side. Please call again later. Goodbye.
      hung up
    ");
}

/// What stays the same on all ways.
struct World {
    flows: [FlowContent; 2],
    function: FunctionAnswer,
    keeps: bool,
}

/// Follows every way through the flows that a caller can take with so many keys.
fn explore(
    mut machine: Machine,
    mut answer: Answer,
    keys_left: usize,
    world: &World,
    entered: &mut BTreeSet<(String, String)>,
) {
    loop {
        answer = match machine.advance(answer).unwrap() {
            Effect::Ended(end) => {
                assert_eq!(end, End::Disconnected);
                return;
            }
            Effect::Event(Event::ActionEntered {
                flow, identifier, ..
            }) => {
                entered.insert((flow, identifier));
                Answer::Go
            }
            Effect::Event(_) | Effect::Speak(_) => Answer::Go,
            Effect::InvokeFunction(invocation) => {
                Answer::Function(answer_to(&invocation.event, &world.function, world.keeps))
            }
            Effect::TransferToFlow { flow } => {
                let reason = "not published".to_owned();
                let lost = Answer::FlowUnreachable { reason };
                explore(machine.clone(), lost, 0, world, entered);
                let mut flows = world.flows.iter();
                let found = flows.find(|content| content.id == flow).unwrap();
                Answer::Flow(Box::new(found.clone()))
            }
            Effect::Gather(gather) => {
                if keys_left > 0 {
                    let keys: &[&str] = match gather.mode {
                        GatherMode::Menu { .. } => &["1", "2", "3", "4", "9"],
                        GatherMode::Store { .. } => &["8007246837#", "1#", "0#"],
                    };
                    let answers = keys.iter().map(|keys| Answer::Keys((*keys).to_owned()));
                    for answer in answers.chain([Answer::NoInput]) {
                        explore(machine.clone(), answer, keys_left - 1, world, entered);
                    }
                    return;
                }
                Answer::NoInput
            }
            other => panic!("these flows do not {other:?}"),
        };
    }
}

#[test]
fn no_way_through_the_flows_is_a_dead_end_and_no_action_is_useless() {
    let mut entered = BTreeSet::new();
    let mut ways = vec![(Some("+18007246837"), FunctionAnswer::TimedOut, true, 1)];
    for count in 0..=5 {
        let payload = numbers(count);
        // Enough keys to be sent away from each menu.
        ways.push((
            Some("+18007246837"),
            FunctionAnswer::Returned { payload },
            count != 2,
            5,
        ));
    }
    ways.push((Some("+18007246837"), numbers_and_pattern(0), true, 2));
    let payload = numbers(1);
    ways.push((None, FunctionAnswer::Returned { payload }, true, 5));
    ways.push((Some("+18007246837"), known_caller(1), true, 2));
    let flows = ["inbound", "read"].map(|flow| content(&format!("{FLOW_ARN}{flow}")).unwrap());
    for (from, function, keeps, keys) in ways {
        let contact = Contact::inbound_call("0f0e0d0c-0b0a-0908-0706-050403020100", from);
        let machine = Machine::new(contact, flows[0].clone());
        let flows = flows.clone();
        let world = World {
            flows,
            function,
            keeps,
        };
        explore(machine, Answer::Go, keys, &world, &mut entered);
    }
    for content in flows {
        for action in &content.flow.actions {
            let place = (content.id.clone(), action.identifier.clone());
            assert!(entered.contains(&place), "{place:?}");
        }
    }
}
