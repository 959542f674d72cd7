//! What a call does and what happens in it.

use super::{AdvanceError, Answer, Speech};
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

/// What the machine wants from the driver.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Something happened. Answer: `Go`.
    Event(Event),
    /// Let the caller hear this. Answer: `Go`.
    Speak(Speech),
    /// Ask the caller for keys. Answer: `Keys` or `NoInput`.
    Gather(Gather),
    /// Invoke a function. Answer: `Function`.
    InvokeFunction(Invocation),
    /// Fetch the published content of a flow. Answer: `Flow` or `FlowUnreachable`.
    TransferToFlow {
        /// Its id or ARN.
        flow: String,
    },
    /// Draw a number from 1 to 100. Answer: `Percent`.
    DrawPercent,
    /// Say whether a business is open. Answer: `Hours`.
    CheckHours {
        /// Id or ARN; without one, the hours of the target queue.
        hours: Option<String>,
    },
    /// Say a figure of a queue or an agent. Answer: `Metric` or `MetricUnknown`.
    CheckMetric {
        /// Which one: `NumberOfAgentsStaffed`, `NumberOfContactsInQueue` and so on.
        metric: String,
        /// Id or ARN of the queue or the agent; without one, the target queue.
        of: Option<String>,
    },
    /// Put the contact into a queue. Answer: `Queue`.
    TransferToQueue {
        /// Id or ARN.
        queue: String,
    },
    /// The call is over; no answer is expected.
    Ended(End),
}

/// A question to be answered with keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gather {
    /// What the caller hears while they may already press keys.
    pub prompt: Option<Speech>,
    /// What the keys are for.
    #[serde(flatten)]
    pub mode: GatherMode,
    /// Seconds until the first key must come.
    pub time_limit_seconds: u32,
}

/// What the keys are for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum GatherMode {
    /// One key chooses a branch.
    Menu {
        /// The keys that have a branch.
        keys: Vec<String>,
    },
    /// The keys are stored in `$.StoredCustomerInput`.
    Store {
        /// What is taken for an answer.
        validation: InputValidation,
        /// The keys that end the input.
        terminator: String,
        /// Whether `*` clears what was typed.
        star_clears: bool,
        /// Seconds between two keys after which the input is complete.
        interdigit_seconds: u32,
        /// Whether what is typed is secret.
        encrypted: bool,
    },
}

/// What is taken for a stored input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "validation", rename_all = "snake_case")]
pub enum InputValidation {
    /// So many keys at most.
    Digits {
        /// How many.
        maximum_length: usize,
    },
    /// A number as dialled within a country (ISO 3166).
    LocalNumber {
        /// The country.
        country: String,
    },
    /// A number with its country code.
    InternationalNumber,
}

/// A function to be invoked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Invocation {
    /// ARN of the function, alias or version.
    pub function_arn: String,
    /// The event, as Amazon Connect sends it.
    pub event: Value,
    /// Seconds that Amazon Connect waits.
    pub time_limit_seconds: u32,
    /// How the answer will be read.
    pub response_type: ResponseType,
    /// Whether Amazon Connect does not wait for the answer.
    pub asynchronous: bool,
}

/// How the answer of a function is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ResponseType {
    /// A flat object with string values.
    StringMap,
    /// Any JSON.
    Json,
}

/// Something that happened in the call.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The contact entered a flow.
    FlowEntered {
        /// Id of the flow.
        flow: String,
        /// Name of the flow.
        name: String,
    },
    /// The contact reached an action.
    ActionEntered {
        /// Id of the flow.
        flow: String,
        /// The action.
        identifier: String,
        /// Its type.
        kind: String,
    },
    /// The contact left an action.
    BranchTaken {
        /// Id of the flow.
        flow: String,
        /// The action left.
        from: String,
        /// The action to come.
        to: String,
        /// Why this way.
        why: Why,
    },
    /// Contact attributes were set.
    AttributesSet {
        /// Those set, not those that were there before.
        attributes: IndexMap<String, String>,
    },
    /// Flow attributes were set.
    FlowAttributesSet {
        /// Those set.
        attributes: IndexMap<String, String>,
    },
    /// A path led to nothing; an empty text was put in its place.
    PathUnresolved {
        /// The action that uses it.
        identifier: String,
        /// The path.
        path: String,
    },
    /// A stored input is complete.
    InputStored {
        /// What is in `$.StoredCustomerInput`; bullets when it is secret.
        value: String,
    },
    /// Keys that came after the input was complete, or mean nothing there.
    KeysIgnored {
        /// The keys.
        keys: String,
    },
    /// A function's answer is in `$.External`.
    FunctionAnswered {
        /// The answer.
        external: Value,
    },
    /// A loop was passed.
    LoopCounted {
        /// Its action.
        identifier: String,
        /// Which round begins, from 1; the rounds plus one when it is done.
        round: u32,
        /// How many rounds there are.
        rounds: u32,
    },
    /// The contact's queue was chosen.
    QueueChosen {
        /// Id or ARN.
        queue: String,
    },
    /// An outbound call goes out with this caller id.
    CallerIdChosen {
        /// The number shown.
        number: String,
    },
    /// An outbound call goes out with the caller id that its queue has.
    CallerIdKept {
        /// The number of the queue, if it has one.
        number: Option<String>,
    },
    /// The contact waited.
    Waited {
        /// How long.
        seconds: u32,
    },
    /// Something was set that a simulated call takes note of and no more.
    Recorded {
        /// Type of the action.
        kind: String,
        /// Its parameters, paths resolved.
        parameters: Value,
    },
}

/// Why a branch was taken.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Why {
    /// A condition held.
    Condition {
        /// The result of the action.
        result: String,
        /// The test.
        operator: String,
        /// What the result was compared with.
        operand: String,
    },
    /// The action failed.
    Error {
        /// The type of the branch.
        error_type: String,
        /// What went wrong.
        reason: String,
    },
    /// Nothing else applied.
    NextAction {
        /// A failure that has no branch of its own.
        despite: Option<String>,
    },
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum End {
    /// The flow hung up.
    Disconnected,
    /// The caller hung up.
    HungUp,
    /// The flow ended; what becomes of the contact is not the flow's.
    FlowEnded,
    /// The contact waits in a queue.
    TransferredToQueue {
        /// Id or ARN.
        queue: String,
    },
    /// Messages are repeated until somebody takes the contact out of its queue.
    MessagesRepeated,
    /// The simulation cannot go on.
    Stopped {
        /// Why.
        reason: StopReason,
    },
}

/// Why a simulation cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "stop", rename_all = "snake_case")]
pub enum StopReason {
    /// The language has no such type.
    #[error(
        "the action {identifier:?} is of the type {kind}, which the Flow language does not have"
    )]
    UnknownAction {
        /// The action.
        identifier: String,
        /// Its type.
        kind: String,
    },
    /// The language has it, the simulator does not.
    #[error("the action {identifier:?} is of the type {kind}, which is not simulated")]
    NotSimulated {
        /// The action.
        identifier: String,
        /// Its type.
        kind: String,
    },
    /// A branch leads nowhere.
    #[error("there is no action {identifier:?}")]
    NoSuchAction {
        /// The action named.
        identifier: String,
    },
    /// The action has no way out that applies.
    #[error("the action {identifier:?} has no branch to take: {reason}")]
    NoBranch {
        /// The action.
        identifier: String,
        /// What it would be needed for.
        reason: String,
    },
    /// The action cannot be carried out as it is written.
    #[error("the action {identifier:?} cannot be carried out: {fault}")]
    Malformed {
        /// The action.
        identifier: String,
        /// What is wrong.
        fault: String,
    },
    /// The flow goes in circles without the caller doing anything.
    #[error("the flow goes in circles: {limit} actions since the caller last pressed a key")]
    EndlessLoop {
        /// The limit that was reached.
        limit: u32,
    },
}

impl Effect {
    const fn name(&self) -> &'static str {
        match self {
            Self::Event(_) => "an event",
            Self::Speak(_) => "Speak",
            Self::Gather(_) => "Gather",
            Self::InvokeFunction(_) => "InvokeFunction",
            Self::TransferToFlow { .. } => "TransferToFlow",
            Self::DrawPercent => "DrawPercent",
            Self::CheckHours { .. } => "CheckHours",
            Self::CheckMetric { .. } => "CheckMetric",
            Self::TransferToQueue { .. } => "TransferToQueue",
            Self::Ended(_) => "Ended",
        }
    }

    /// What is to be answered.
    pub(super) fn awaits(&self) -> Awaited {
        let kind = match self {
            Self::Event(_) | Self::Speak(_) => AwaitedKind::Go,
            Self::Gather(_) => AwaitedKind::Keys,
            Self::InvokeFunction(_) => AwaitedKind::Function,
            Self::TransferToFlow { .. } => AwaitedKind::Flow,
            Self::DrawPercent => AwaitedKind::Percent,
            Self::CheckHours { .. } => AwaitedKind::Hours,
            Self::CheckMetric { .. } => AwaitedKind::Metric,
            Self::TransferToQueue { .. } => AwaitedKind::Queue,
            Self::Ended(_) => AwaitedKind::Nothing,
        };
        Awaited {
            kind,
            effect: self.name(),
        }
    }
}

/// What answers an effect that was given away.
#[derive(Clone, Copy, Debug)]
pub(super) struct Awaited {
    kind: AwaitedKind,
    /// The effect's name.
    effect: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum AwaitedKind {
    Go,
    Keys,
    Function,
    Flow,
    Percent,
    Hours,
    Metric,
    Queue,
    Nothing,
}

impl Awaited {
    /// Whether the answer belongs to the effect.
    pub(super) fn accept(self, answer: &Answer) -> Result<(), AdvanceError> {
        match (self.kind, answer) {
            (AwaitedKind::Nothing, _) => Err(AdvanceError::CallIsOver),
            (_, Answer::HangUp)
            | (AwaitedKind::Go, Answer::Go)
            | (AwaitedKind::Keys, Answer::NoInput)
            | (AwaitedKind::Function, Answer::Function(_))
            | (AwaitedKind::Flow, Answer::Flow(_) | Answer::FlowUnreachable { .. })
            | (AwaitedKind::Hours, Answer::Hours(_))
            | (AwaitedKind::Metric, Answer::Metric(_) | Answer::MetricUnknown { .. })
            | (AwaitedKind::Queue, Answer::Queue(_)) => Ok(()),
            (AwaitedKind::Keys, Answer::Keys(keys)) => {
                let stray = keys.chars().find(|key| !super::keypad::is_key(*key));
                stray.map_or(Ok(()), |key| Err(AdvanceError::NotAKey { key }))
            }
            (AwaitedKind::Percent, Answer::Percent(percent)) => match percent {
                1..=100 => Ok(()),
                _ => Err(AdvanceError::NotAPercentage { percent: *percent }),
            },
            _ => Err(AdvanceError::WrongAnswer {
                got: answer.name(),
                effect: self.effect,
            }),
        }
    }
}
