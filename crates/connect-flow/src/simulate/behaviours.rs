//! What the actions do, one file per action or family.

mod attributes;
mod compare;
mod distribute;
mod hours;
mod input;
mod iterative;
mod lambda;
mod loops;
mod message;
mod metric;
mod outbound;
mod queue;
mod record;
mod terminal;
mod transfer;
mod voice;
mod wait;

use super::branch::Outcome;
use super::call::Call;
use super::{Answer, Effect, End, FlowContent, StopReason};
use crate::document::Action;

/// What an action does next.
pub(super) enum Turn {
    /// It needs something from outside and is resumed with the answer.
    Ask(Effect),
    /// It is over; its transitions say where to go.
    Leave(Outcome),
    /// The contact goes on in another flow.
    Enter(Box<FlowContent>),
    /// The call is over.
    End(End),
    /// The simulation cannot go on.
    Stop(StopReason),
}

impl Turn {
    const fn done() -> Self {
        Self::Leave(Outcome::Done)
    }

    fn failed(reason: impl Into<String>) -> Self {
        Self::Leave(Outcome::failed(reason))
    }

    fn malformed(action: &Action, fault: impl Into<String>) -> Self {
        Self::Stop(StopReason::Malformed {
            identifier: action.identifier.clone(),
            fault: fault.into(),
        })
    }
}

/// How an action of some type behaves.
struct Behaviour {
    enter: fn(&mut Call, &Action) -> Turn,
    /// Takes the answer to what the action asked, and how many answers that makes.
    resume: fn(&mut Call, &Action, Answer, u32) -> Turn,
}

impl Behaviour {
    /// An action that asks nothing.
    const fn silent(enter: fn(&mut Call, &Action) -> Turn) -> Self {
        Self {
            enter,
            resume: |_, _, _, _| Turn::done(),
        }
    }
}

fn find(kind: &str) -> Option<&'static Behaviour> {
    Some(match kind {
        "MessageParticipant" => &message::BEHAVIOUR,
        "MessageParticipantIteratively" => &iterative::BEHAVIOUR,
        "GetParticipantInput" => &input::BEHAVIOUR,
        "DisconnectParticipant" => &terminal::DISCONNECT,
        "EndFlowExecution" => &terminal::END_FLOW,
        "TransferToFlow" => &transfer::BEHAVIOUR,
        "Compare" => &compare::BEHAVIOUR,
        "Loop" => &loops::BEHAVIOUR,
        "Wait" => &wait::BEHAVIOUR,
        "DistributeByPercentage" => &distribute::BEHAVIOUR,
        "CheckHoursOfOperation" => &hours::BEHAVIOUR,
        "CheckMetricData" => &metric::BEHAVIOUR,
        "UpdateContactAttributes" => &attributes::CONTACT,
        "UpdateFlowAttributes" => &attributes::FLOW,
        "UpdateContactTextToSpeechVoice" => &voice::BEHAVIOUR,
        "UpdateContactTargetQueue" => &queue::TARGET,
        "TransferContactToQueue" => &queue::TRANSFER,
        "InvokeLambdaFunction" => &lambda::BEHAVIOUR,
        "CompleteOutboundCall" => &outbound::BEHAVIOUR,
        "UpdateContactData" => &record::CONTACT_DATA,
        "TagContact" => &record::TAG,
        "UntagContact" => &record::UNTAG,
        "UpdateFlowLoggingBehavior"
        | "UpdateContactRecordingBehavior"
        | "UpdateContactRecordingAndAnalyticsBehavior"
        | "UpdateContactMediaStreamingBehavior"
        | "UpdateContactRoutingBehavior"
        | "UpdateContactRoutingCriteria"
        | "UpdateContactEventHooks"
        | "UpdatePreviousContactParticipantState" => &record::BEHAVIOUR,
        _ => return None,
    })
}

pub(super) fn enter(call: &mut Call, action: &Action) -> Turn {
    match find(&action.kind) {
        Some(behaviour) => (behaviour.enter)(call, action),
        None => unknown(action),
    }
}

pub(super) fn resume(call: &mut Call, action: &Action, answer: Answer, answered: u32) -> Turn {
    match find(&action.kind) {
        Some(behaviour) => (behaviour.resume)(call, action, answer, answered),
        None => unknown(action),
    }
}

fn unknown(action: &Action) -> Turn {
    let identifier = action.identifier.clone();
    let kind = action.kind.clone();
    Turn::Stop(match crate::actions::find(&kind) {
        Some(_) => StopReason::NotSimulated { identifier, kind },
        None => StopReason::UnknownAction { identifier, kind },
    })
}
