//! The machine: one action after the other, as far as it gets by itself.

use super::behaviours::{self, Turn};
use super::branch::{self, Outcome};
use super::call::Call;
use super::effect::Awaited;
use super::{AdvanceError, Answer, Contact, Effect, End, Event, StopReason};
use crate::document::{Action, Flow};
use std::sync::Arc;

/// The published content of a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowContent {
    /// Its id or ARN, as it is told in events.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its content, shared: machines are cloned to try what else could happen.
    pub flow: Arc<Flow>,
}

impl FlowContent {
    /// A flow whose name is its id.
    pub fn new(id: impl Into<String>, flow: impl Into<Arc<Flow>>) -> Self {
        let id = id.into();
        Self {
            name: id.clone(),
            id,
            flow: flow.into(),
        }
    }

    /// The same flow under this name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }
}

/// A call in progress.
#[derive(Clone, Debug)]
pub struct Machine {
    call: Call,
    flow: Arc<Flow>,
    /// The action to enter, or the one that waits for its answer.
    at: String,
    /// What the driver owes for the effect that it was last given.
    awaited: Option<Awaited>,
    /// How often the action at hand has been answered.
    answered: u32,
    /// Whether the effect given belongs to the action at hand.
    asking: bool,
    /// Actions entered since the caller last pressed a key.
    steps: u32,
    step_limit: u32,
}

/// Actions without a key pressed after which a flow is taken to go in circles.
/// Amazon Connect documents no limit of its own.
const STEP_LIMIT: u32 = 1_000;

impl Machine {
    /// A contact that is about to enter its first flow.
    pub fn new(contact: Contact, entry: FlowContent) -> Self {
        let mut machine = Self {
            call: Call::new(contact),
            at: String::new(),
            flow: Arc::clone(&entry.flow),
            awaited: None,
            answered: 0,
            asking: false,
            steps: 0,
            step_limit: STEP_LIMIT,
        };
        machine.enter(entry);
        machine
    }

    /// The same call with another limit of actions between two keys of the caller.
    #[must_use]
    pub fn with_step_limit(mut self, limit: u32) -> Self {
        self.step_limit = limit;
        self
    }

    /// The contact as the flows have made it so far.
    pub fn contact(&self) -> &Contact {
        &self.call.contact
    }

    /// Takes the answer to the effect before (`Go` to begin with) and gives the next.
    ///
    /// # Errors
    /// When the answer does not belong to the effect. The machine waits on then:
    /// it can be answered again.
    pub fn advance(&mut self, answer: Answer) -> Result<Effect, AdvanceError> {
        // To begin with, as after an event, there is nothing to say but "go on".
        match self.awaited {
            Some(awaited) => awaited.accept(&answer)?,
            None if matches!(answer, Answer::Go | Answer::HangUp) => {}
            None => {
                return Err(AdvanceError::WrongAnswer {
                    got: answer.name(),
                    effect: "the beginning of the call",
                });
            }
        }
        if answer == Answer::HangUp {
            self.call.outbox.clear();
            self.call.outbox.push_back(Effect::Ended(End::HungUp));
        } else if self.asking && self.call.outbox.is_empty() {
            self.asking = false;
            self.resume(answer);
        }
        loop {
            if let Some(effect) = self.call.outbox.pop_front() {
                self.awaited = Some(effect.awaits());
                return Ok(effect);
            }
            self.step();
        }
    }

    /// Enters the action at hand.
    fn step(&mut self) {
        self.steps += 1;
        if self.steps > self.step_limit {
            let limit = self.step_limit;
            return self.stop(StopReason::EndlessLoop { limit });
        }
        let flow = Arc::clone(&self.flow);
        let Some(action) = flow.action(&self.at) else {
            let identifier = self.at.clone();
            return self.stop(StopReason::NoSuchAction { identifier });
        };
        self.call.tell(Event::ActionEntered {
            flow: self.call.flow.clone(),
            identifier: action.identifier.clone(),
            kind: action.kind.clone(),
        });
        self.answered = 0;
        let turn = behaviours::enter(&mut self.call, action);
        self.take(action, turn);
    }

    /// Gives the action at hand the answer it waits for.
    fn resume(&mut self, answer: Answer) {
        if matches!(&answer, Answer::Keys(keys) if !keys.is_empty()) {
            self.steps = 0;
        }
        let flow = Arc::clone(&self.flow);
        let Some(action) = flow.action(&self.at) else {
            return;
        };
        self.answered += 1;
        let turn = behaviours::resume(&mut self.call, action, answer, self.answered);
        self.take(action, turn);
    }

    fn take(&mut self, action: &Action, turn: Turn) {
        match turn {
            Turn::Ask(effect) => {
                self.asking = true;
                self.call.outbox.push_back(effect);
            }
            Turn::Leave(outcome) => self.leave(action, &outcome),
            Turn::Enter(content) => self.enter(*content),
            Turn::End(end) => self.call.outbox.push_back(Effect::Ended(end)),
            Turn::Stop(reason) => self.stop(reason),
        }
    }

    fn leave(&mut self, action: &Action, outcome: &Outcome) {
        match branch::choose(action, outcome) {
            Ok((to, why)) => {
                self.call.tell(Event::BranchTaken {
                    flow: self.call.flow.clone(),
                    from: action.identifier.clone(),
                    to: to.clone(),
                    why,
                });
                self.at = to;
            }
            Err(reason) => self.stop(reason),
        }
    }

    fn enter(&mut self, content: FlowContent) {
        self.call.tell(Event::FlowEntered {
            flow: content.id.clone(),
            name: content.name,
        });
        // Contact attributes go along, flow attributes do not. Whether the last
        // function's answer does is not documented; it is kept.
        self.call.flow_attributes.clear();
        self.call.flow = content.id;
        self.at = content.flow.start_action.clone();
        self.flow = content.flow;
    }

    fn stop(&mut self, reason: StopReason) {
        let end = End::Stopped { reason };
        self.call.outbox.push_back(Effect::Ended(end));
    }
}
