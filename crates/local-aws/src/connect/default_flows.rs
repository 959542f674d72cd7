//! The flows that every instance is born with, by the names that Connect gives
//! them. The texts are ours.

use serde_json::{Value, json};

use super::values::FlowType;

/// A default flow: its name, type and content.
pub struct DefaultFlow {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub flow_type: FlowType,
    /// Its content.
    pub content: String,
}

/// The default flows; `prompt` gives the ARN of a prompt by its name.
pub fn all(prompt: impl Fn(&str) -> String) -> Vec<DefaultFlow> {
    let audio = |name: &str| json!({ "PromptId": prompt(name) });
    let text = |text: &str| json!({ "Text": text });
    let flow = |name, flow_type, actions: Vec<Value>| DefaultFlow {
        name,
        flow_type,
        content: document(&actions),
    };
    vec![
        flow(
            "Default agent hold",
            FlowType::AgentHold,
            vec![again_and_again(vec![text("You are on hold.")])],
        ),
        flow(
            "Default agent transfer",
            FlowType::AgentTransfer,
            vec![
                say(text("Your call is being transferred."), "transfer"),
                action("transfer", "TransferContactToAgent", json!({}), json!({})),
            ],
        ),
        flow(
            "Default agent whisper",
            FlowType::AgentWhisper,
            vec![say(text("$.Queue.Name"), "end"), end()],
        ),
        flow(
            "Default customer hold",
            FlowType::CustomerHold,
            vec![again_and_again(vec![audio("CustomerHold.wav")])],
        ),
        flow(
            "Default customer queue",
            FlowType::CustomerQueue,
            vec![again_and_again(vec![
                text("Thank you for waiting. Calls are answered in the order in which they come."),
                audio("CustomerQueue.wav"),
            ])],
        ),
        flow(
            "Default customer whisper",
            FlowType::CustomerWhisper,
            vec![say(audio("Beep.wav"), "end"), end()],
        ),
        flow(
            "Default outbound",
            FlowType::OutboundWhisper,
            vec![say(text("This call is not recorded."), "end"), end()],
        ),
        flow(
            "Default queue transfer",
            FlowType::QueueTransfer,
            vec![
                say(text("Your call is being transferred."), "transfer"),
                action(
                    "transfer",
                    "TransferContactToQueue",
                    json!({}),
                    json!({
                        "NextAction": "apology",
                        "Errors": [
                            { "NextAction": "apology", "ErrorType": "QueueAtCapacity" },
                            { "NextAction": "apology", "ErrorType": "NoMatchingError" },
                        ],
                    }),
                ),
                action(
                    "apology",
                    "MessageParticipant",
                    text("Your call could not be transferred. Goodbye."),
                    json!({ "NextAction": "goodbye", "Errors": [
                        { "NextAction": "goodbye", "ErrorType": "NoMatchingError" },
                    ] }),
                ),
                action("goodbye", "DisconnectParticipant", json!({}), json!({})),
            ],
        ),
    ]
}

fn document(actions: &[Value]) -> String {
    let start = actions.first().map(|action| &action["Identifier"]);
    json!({
        "Version": "2019-10-30",
        "StartAction": start,
        "Actions": actions,
    })
    .to_string()
}

fn action(identifier: &str, kind: &str, parameters: Value, transitions: Value) -> Value {
    json!({
        "Identifier": identifier,
        "Type": kind,
        "Parameters": parameters,
        "Transitions": transitions,
    })
}

fn say(message: Value, next: &str) -> Value {
    action(
        "say",
        "MessageParticipant",
        message,
        json!({ "NextAction": next, "Errors": [
            { "NextAction": next, "ErrorType": "NoMatchingError" },
        ] }),
    )
}

fn again_and_again(messages: Vec<Value>) -> Value {
    action(
        "loop",
        "MessageParticipantIteratively",
        json!({ "Messages": messages }),
        json!({}),
    )
}

fn end() -> Value {
    action("end", "EndFlowExecution", json!({}), json!({}))
}
