//! Calls to the flow in `flows/customer-lookup`, placed without any AWS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;

use connect_flow::simulate::{
    Answer, Contact, Effect, End, Event, FlowContent, FunctionAnswer, HoursAnswer, Machine,
    QueueAnswer,
};
use connect_flow::{Document, Flow, FlowType, validate};
use serde_json::{Value, json};

const INBOUND: &str = include_str!("../../../flows/customer-lookup/inbound.json");

const INSTANCE_ARN: &str =
    "arn:aws:connect:us-east-1:111122223333:instance/0f0e0d0c-0b0a-0908-0706-050403020100";
const FUNCTION_ARN: &str = "arn:aws:lambda:us-east-1:111122223333:function:customer-lookup:live";

/// The flow as it is deployed: values and ARNs in the place of references. Parameters stand in
/// names of attributes too.
fn deployed() -> String {
    let inbound = INBOUND
        .replace("${param.Attribute1}", "Tier")
        .replace("${param.Attribute2}", "Segment")
        .replace("${param.Attribute3}", "Language")
        .replace("${param.FlowLogging}", "Disabled");
    let document = Document::parse(&inbound).unwrap();
    document
        .replace_strings(|string| {
            let new = string
                .value
                .replace(
                    "${queue.BasicQueue}",
                    &format!("{INSTANCE_ARN}/queue/basic"),
                )
                .replace("${function.customer-lookup}", FUNCTION_ARN);
            assert!(!new.contains("${"), "a reference nobody knows: {new}");
            Ok::<_, ()>((new != string.value).then_some(new))
        })
        .unwrap()
}

fn returned(answer: &Value) -> FunctionAnswer {
    FunctionAnswer::Returned {
        payload: answer.to_string(),
    }
}

/// What the function answers about a customer who has all that there is to greet with.
fn robin() -> Value {
    json!({
        "Found": "true",
        "NameKnown": "true",
        "CalledBefore": "true",
        "LastCallDateSpoken": "Monday, March 9, 2026",
        "CallCount": "3",
        "CalledNumber": "+12065550101",
        "FirstName": "Robin",
        "LastCallDate": "2026-03-09T14:05:00Z",
        "LastName": "Example",
    })
}

fn without(mut answer: Value, keys: &[&str]) -> Value {
    let map = answer.as_object_mut().unwrap();
    for key in keys {
        map.shift_remove(*key);
        let flag = match *key {
            "FirstName" => "NameKnown",
            "LastCallDate" => "CalledBefore",
            _ => continue,
        };
        map.insert(flag.to_owned(), "false".into());
    }
    answer
}

struct Played {
    transcript: String,
    attributes: Value,
    invoked_with: Vec<Value>,
    entered: BTreeSet<String>,
}

/// What the flow asks for before it puts anybody into the queue, as it is on most days.
const OPEN_AND_STAFFED: (Answer, Answer) = (Answer::Hours(HoursAnswer::Open), Answer::Metric(2));

fn call(function: &FunctionAnswer, queue: &QueueAnswer) -> Played {
    call_on(&OPEN_AND_STAFFED, function, queue)
}

fn call_on(
    (hours, staff): &(Answer, Answer),
    function: &FunctionAnswer,
    queue: &QueueAnswer,
) -> Played {
    let contact =
        Contact::inbound_call("0f0e0d0c-0b0a-0908-0706-050403020100", Some("+12065550101"));
    let content = FlowContent::new("inbound", Flow::parse(&deployed()).unwrap());
    let mut machine = Machine::new(contact, content.named("inbound"));
    let mut lines = Vec::new();
    let mut invoked_with = Vec::new();
    let mut entered = BTreeSet::new();
    let mut answer = Answer::Go;
    loop {
        answer = match machine.advance(answer).unwrap() {
            Effect::Speak(speech) => {
                lines.push(speech.plain);
                Answer::Go
            }
            Effect::InvokeFunction(invocation) => {
                assert_eq!(invocation.function_arn, FUNCTION_ARN);
                assert_eq!(invocation.time_limit_seconds, 8);
                invoked_with.push(invocation.event);
                Answer::Function(function.clone())
            }
            Effect::CheckHours { hours: None } => hours.clone(),
            Effect::CheckMetric { metric, of: None } => {
                assert_eq!(metric, "NumberOfAgentsStaffed");
                staff.clone()
            }
            Effect::TransferToQueue { queue: to } => {
                assert_eq!(to, format!("{INSTANCE_ARN}/queue/basic"));
                Answer::Queue(queue.clone())
            }
            Effect::Event(Event::ActionEntered { identifier, .. }) => {
                entered.insert(identifier);
                Answer::Go
            }
            Effect::Event(Event::PathUnresolved { path, .. }) => {
                lines.push(format!("  {path} has no value"));
                Answer::Go
            }
            Effect::Event(_) => Answer::Go,
            Effect::Ended(end) => {
                lines.push(match end {
                    End::Disconnected => "  hung up".to_owned(),
                    End::TransferredToQueue { .. } => "  waits in the queue".to_owned(),
                    other => format!("  {other:?}"),
                });
                break;
            }
            other => panic!("this flow does not {other:?}"),
        };
    }
    Played {
        transcript: lines.join("\n"),
        attributes: json!(machine.contact().attributes),
        invoked_with,
        entered,
    }
}

fn accepted(answer: &Value) -> Played {
    call(&returned(answer), &QueueAnswer::Accepted)
}

#[test]
fn the_flow_can_be_published() {
    assert_eq!(validate(&deployed(), FlowType::ContactFlow), []);
    assert_ne!(
        validate(INBOUND, FlowType::ContactFlow),
        [],
        "with references in the place of ARNs it cannot"
    );
}

#[test]
fn every_action_has_its_place_on_the_canvas() {
    let flow = Flow::parse(INBOUND).unwrap();
    let metadata = flow.metadata.unwrap();
    let places = metadata["ActionMetadata"].as_object().unwrap();
    assert_eq!(places.len(), flow.actions.len());
    let distinct: BTreeSet<String> = flow
        .actions
        .iter()
        .map(|action| places[&action.identifier]["position"].to_string())
        .collect();
    assert_eq!(distinct.len(), flow.actions.len());
}

#[test]
fn a_known_caller_is_greeted_by_name_with_the_date_of_the_call_before() {
    let played = accepted(&robin());
    insta::assert_snapshot!(played.transcript, @r"
    Thank you for calling.
    Welcome back, Robin. Your last call was on Monday, March 9, 2026.
    Please hold the line. The next free agent will help you.
      waits in the queue
    ");
    assert_eq!(
        played.attributes,
        json!({
            "CustomerFound": "true",
            "CustomerNumber": "+12065550101",
            "FirstName": "Robin",
            "LastName": "Example",
            "LastCallDate": "2026-03-09T14:05:00Z",
        })
    );
    let [event] = &played.invoked_with[..] else {
        panic!("looked up once")
    };
    let contact = &event["Details"]["ContactData"];
    assert_eq!(contact["CustomerEndpoint"]["Address"], "+12065550101");
}

#[test]
fn what_is_not_known_is_not_said() {
    let first_call = accepted(&without(robin(), &["LastCallDate", "LastCallDateSpoken"]));
    insta::assert_snapshot!(first_call.transcript, @r"
    Thank you for calling.
    Welcome, Robin. It is good to hear from you.
    Please hold the line. The next free agent will help you.
      waits in the queue
    ");
    let nameless = accepted(&without(robin(), &["FirstName", "LastName"]));
    insta::assert_snapshot!(nameless.transcript, @r"
    Thank you for calling.
    Welcome back. Your last call was on Monday, March 9, 2026.
    Please hold the line. The next free agent will help you.
      waits in the queue
    ");
    let keys = ["FirstName", "LastName", "LastCallDate"];
    let bare = accepted(&without(robin(), &keys));
    insta::assert_snapshot!(bare.transcript, @r"
    Thank you for calling.
    Welcome back. It is good to hear from you.
    Please hold the line. The next free agent will help you.
      waits in the queue
    ");
    let expected = json!({ "CustomerFound": "true", "CustomerNumber": "+12065550101" });
    assert_eq!(bare.attributes, expected);
}

#[test]
fn names_may_hold_what_would_break_markup() {
    let mut answer = robin();
    answer["FirstName"] = "O'Neil & <Co>".into();
    let played = accepted(&answer);
    let greeting = "Welcome back, O'Neil & <Co>. Your last call was";
    assert!(
        played.transcript.contains(greeting),
        "{}",
        played.transcript
    );
}

#[test]
fn an_unknown_caller_is_welcome() {
    let answer = json!({ "Found": "false", "Reason": "not_found", "CalledNumber": "+12065550101" });
    let played = accepted(&answer);
    insta::assert_snapshot!(played.transcript, @r"
    Thank you for calling.
    We do not know your number yet. We are glad that you call.
    Please hold the line. The next free agent will help you.
      waits in the queue
    ");
    let expected = json!({ "CustomerFound": "false", "CustomerNumber": "+12065550101" });
    assert_eq!(played.attributes, expected);
}

/// Also when it is not known whether the number is known.
#[test]
fn no_failure_ends_the_call() {
    let failures = [
        FunctionAnswer::Failed {
            error: "boom".to_owned(),
        },
        FunctionAnswer::TimedOut,
        FunctionAnswer::Unreachable {
            reason: "not associated".to_owned(),
        },
        FunctionAnswer::Returned {
            payload: "null".to_owned(),
        },
        FunctionAnswer::Returned {
            payload: "x".repeat(40_000),
        },
        returned(&json!({})),
        returned(&json!({ "Found": "false", "Reason": "withheld" })),
        returned(&json!({ "Found": "false", "Reason": "timeout", "CalledNumber": "+1" })),
    ];
    for failure in failures {
        let played = call(&failure, &QueueAnswer::Accepted);
        let expected = "Thank you for calling.\nWe are glad that you call.\n\
             Please hold the line. The next free agent will help you.\n  waits in the queue";
        assert_eq!(played.transcript, expected, "{failure:?}");
        assert_eq!(played.attributes, json!({ "CustomerFound": "false" }));
    }
}

#[test]
fn a_queue_that_is_full_or_gone_is_apologized_for() {
    let full = call(&returned(&robin()), &QueueAnswer::AtCapacity);
    assert!(
        full.transcript
            .ends_with("All our agents are busy. Please call again later. Goodbye.\n  hung up")
    );
    let reason = "deleted".to_owned();
    let gone = call(&returned(&robin()), &QueueAnswer::Unknown { reason });
    assert!(gone.transcript.ends_with(
        "We are sorry, something went wrong on our side. Please call again later. Goodbye.\n  hung up"
    ));
}

/// Days on which nobody is put into the queue, and days on which that is not known.
fn other_days() -> [(Answer, Answer); 4] {
    let (open, staffed) = OPEN_AND_STAFFED;
    let unknown = || "no such thing".to_owned();
    [
        (Answer::Hours(HoursAnswer::Closed), staffed.clone()),
        (open.clone(), Answer::Metric(0)),
        (
            Answer::Hours(HoursAnswer::Unknown { reason: unknown() }),
            staffed,
        ),
        (open, Answer::MetricUnknown { reason: unknown() }),
    ]
}

#[test]
fn a_closed_hour_and_an_empty_queue_are_spoken_to() {
    let told: Vec<String> = other_days()
        .iter()
        .map(|day| call_on(day, &returned(&robin()), &QueueAnswer::Accepted).transcript)
        .map(|told| told.lines().skip(2).collect::<Vec<_>>().join("\n"))
        .collect();
    insta::assert_snapshot!(told.join("\n---\n"));
}

/// As [`robin`], with attributes of the table's own.
fn of_gold() -> Value {
    let mut answer = robin();
    for (place, key, value) in [
        (1, "Tier", "gold"),
        (2, "Segment", "home"),
        (3, "Language", "fr"),
    ] {
        answer[key] = value.into();
        answer[format!("Attribute{place}Known")] = "true".into();
    }
    answer
}

#[test]
fn attributes_that_are_named_are_set_on_the_contact_where_the_row_has_them() {
    let set = accepted(&of_gold()).attributes;
    for (key, value) in [("Tier", "gold"), ("Segment", "home"), ("Language", "fr")] {
        assert_eq!(set[key], value, "{set}");
    }
    let mut some = of_gold();
    some["Attribute2Known"] = "false".into();
    let set = accepted(&some).attributes;
    assert_eq!((&set["Tier"], set.get("Segment")), (&json!("gold"), None));
}

#[test]
fn no_action_is_useless() {
    let mut entered = BTreeSet::new();
    for day in other_days() {
        entered.extend(call_on(&day, &returned(&robin()), &QueueAnswer::Accepted).entered);
    }
    for answer in [
        of_gold(),
        without(robin(), &["LastCallDate"]),
        without(robin(), &["FirstName"]),
        without(robin(), &["FirstName", "LastCallDate"]),
        json!({ "Found": "false", "Reason": "not_found" }),
        json!({ "Found": "false", "Reason": "withheld" }),
    ] {
        for queue in [
            QueueAnswer::Accepted,
            QueueAnswer::AtCapacity,
            QueueAnswer::Unknown {
                reason: "deleted".to_owned(),
            },
        ] {
            entered.extend(call(&returned(&answer), &queue).entered);
        }
    }
    for action in Flow::parse(INBOUND).unwrap().actions {
        assert!(entered.contains(&action.identifier), "{action:?}");
    }
}
