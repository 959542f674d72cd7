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

const fn find(kind: &str) -> Option<&'static Behaviour> {
    // A table in the form of a match: names to behaviours, nothing else.
    Some(match kind.as_bytes() {
        b"MessageParticipant" => &message::BEHAVIOUR,
        b"MessageParticipantIteratively" => &iterative::BEHAVIOUR,
        b"GetParticipantInput" => &input::BEHAVIOUR,
        b"DisconnectParticipant" => &terminal::DISCONNECT,
        b"EndFlowExecution" => &terminal::END_FLOW,
        b"TransferToFlow" => &transfer::BEHAVIOUR,
        b"Compare" => &compare::BEHAVIOUR,
        b"Loop" => &loops::BEHAVIOUR,
        b"Wait" => &wait::BEHAVIOUR,
        b"DistributeByPercentage" => &distribute::BEHAVIOUR,
        b"CheckHoursOfOperation" => &hours::BEHAVIOUR,
        b"UpdateContactAttributes" => &attributes::CONTACT,
        b"UpdateFlowAttributes" => &attributes::FLOW,
        b"UpdateContactTextToSpeechVoice" => &voice::BEHAVIOUR,
        b"UpdateContactTargetQueue" => &queue::TARGET,
        b"TransferContactToQueue" => &queue::TRANSFER,
        b"InvokeLambdaFunction" => &lambda::BEHAVIOUR,
        b"CompleteOutboundCall" => &outbound::BEHAVIOUR,
        b"UpdateContactData" => &record::CONTACT_DATA,
        b"TagContact" => &record::TAG,
        b"UntagContact" => &record::UNTAG,
        b"UpdateFlowLoggingBehavior"
        | b"UpdateContactRecordingBehavior"
        | b"UpdateContactRecordingAndAnalyticsBehavior"
        | b"UpdateContactMediaStreamingBehavior"
        | b"UpdateContactRoutingBehavior"
        | b"UpdateContactRoutingCriteria"
        | b"UpdateContactEventHooks"
        | b"UpdatePreviousContactParticipantState" => &record::BEHAVIOUR,
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
