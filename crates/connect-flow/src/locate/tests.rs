use super::*;
use crate::Document;
use proptest::prelude::*;

const FLOW: &str = r#"{
  "Actions": [
    {"Identifier": "Grüß", "Type": "MessageParticipant",
     "Parameters": {"Text": "ä", "Map": {"a.b": "c", "d'e": "f"}},
     "Transitions": {"NextAction": "End", "Conditions": [],
       "Errors": [{"NextAction": "Nowhere", "ErrorType": "NoMatchingError"}]}}
  ]
}"#;

fn located(route: &str) -> (String, Location) {
    let document = Document::parse(FLOW).unwrap();
    let location = document.locate(&route.into());
    let text = FLOW[location.span.start..location.span.end].to_owned();
    (text, location)
}

#[test]
fn a_route_leads_to_its_value() {
    let (text, location) = located("Actions[0].Transitions.Errors[0].NextAction");
    assert_eq!(text, "\"Nowhere\"");
    assert_eq!((location.span.line, location.span.column), (6, 34));
    assert!(location.exact);
    let action = location.action.unwrap();
    assert_eq!(action.index, 0);
    assert_eq!(action.identifier.as_deref(), Some("Grüß"));
    assert_eq!(action.kind.as_deref(), Some("MessageParticipant"));
    assert_eq!(located("Actions[0].Parameters.Map['a.b']").0, "\"c\"");
    assert_eq!(located("Actions[0].Parameters.Map['d\\'e']").0, "\"f\"");
}

#[test]
fn what_is_missing_leads_to_its_parent() {
    let (text, location) = located("Actions[0].Transitions.Errors[4].NextAction");
    assert!(text.starts_with("[{\"NextAction\": \"Nowhere\""), "{text}");
    assert_eq!(location.found.to_string(), "Actions[0].Transitions.Errors");
    assert!(!location.exact);
    let (_, location) = located("Actions[7].Type");
    assert_eq!(location.found.to_string(), "Actions");
    assert_eq!(location.action, None);
    let (text, location) = located("");
    assert!(location.exact);
    assert_eq!(text, FLOW);
}

#[test]
fn places_by_position_are_understood() {
    assert_eq!(located("0.Evaluate").0, "[]");
    assert!(located("0.Parameter").0.starts_with("{\"Text\""));
    assert!(located("0.Whatever").0.starts_with("{\"Identifier\""));
}

#[test]
fn messages_name_their_route() {
    let route = |message| Route::in_message(message).map(|route| route.to_string());
    assert_eq!(
        route("Invalid Action type. Type: X, Path: Actions[0].Type").as_deref(),
        Some("Actions[0].Type")
    );
    assert_eq!(
        route("Invalid branch. Path: 2.Evaluate").as_deref(),
        Some("2.Evaluate")
    );
    assert_eq!(route("Not a supported id format"), None);
}

#[test]
fn all_strings_are_found_with_their_routes() {
    let document = Document::parse(FLOW).unwrap();
    let routes: Vec<_> = document
        .strings()
        .into_iter()
        .map(|string| format!("{} = {}", string.route, string.value))
        .collect();
    insta::assert_snapshot!(routes.join("\n"), @r"
    Actions[0].Identifier = Grüß
    Actions[0].Type = MessageParticipant
    Actions[0].Parameters.Text = ä
    Actions[0].Parameters.Map['a.b'] = c
    Actions[0].Parameters.Map['d\'e'] = f
    Actions[0].Transitions.NextAction = End
    Actions[0].Transitions.Errors[0].NextAction = Nowhere
    Actions[0].Transitions.Errors[0].ErrorType = NoMatchingError
    ");
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<u16>().prop_map(|index| Step::Index(index.into())),
        ".{0,6}".prop_map(Step::Key),
        "[\\[\\]'.\\\\a]{0,4}".prop_map(Step::Key),
    ]
}

proptest! {
    #[test]
    fn routes_are_read_as_they_are_written(steps in prop::collection::vec(step(), 0..6)) {
        let route = steps.into_iter().fold(Route::default(), |route, step| route.step(step));
        prop_assert_eq!(Route::from(route.to_string().as_str()), route);
    }

    #[test]
    fn no_text_is_too_odd_for_a_route(text in ".{0,40}") {
        let document = Document::parse(FLOW).unwrap();
        let _ = document.locate(&text.as_str().into());
    }
}
