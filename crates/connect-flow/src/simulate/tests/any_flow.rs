//! No flow is too odd for the machine.

use super::*;
use proptest::prelude::*;

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
                Effect::InvokeFunction(_) => super::functions::returned(&payload),
                Effect::TransferToFlow { .. } => Answer::Flow(Box::new(flow(actions.clone()))),
                Effect::DrawPercent => Answer::Percent(percent),
                Effect::CheckHours { .. } => Answer::Hours(HoursAnswer::Open),
                Effect::CheckMetric { .. } => Answer::Metric(u32::from(percent)),
                Effect::TransferToQueue { .. } => Answer::Queue(QueueAnswer::AtCapacity),
            };
        }
    }
}
