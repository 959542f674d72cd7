//! Carries out what the state machine of a call asks for.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use connect_flow::simulate::{
    Answer, Contact, Effect, End, FlowContent, FunctionAnswer, Gather, GatherMode, HoursAnswer,
    Invocation, Machine, QueueAnswer,
};
use serde::Deserialize;
use serde_json::json;

use super::super::Outcome;
use super::super::arguments::Call;
use super::super::embedded::Embedded;
use super::super::error::{CommandError, Kind};
use super::super::session::Session;
use super::transcript::Transcript;
use crate::engine::desired::Desired;
use crate::engine::error::EngineError;
use crate::engine::observe::Observed;
use crate::engine::ports::ObservedFlow;
use crate::ui::Ui;

/// Carries out one call.
pub(super) struct Driver<'a> {
    ui: &'a Ui,
    session: &'a Session,
    observed: &'a Observed,
    desired: &'a Desired,
    keys: VecDeque<String>,
    /// Whether there is somebody to ask when the keys of the command line are used up.
    interactive: bool,
    /// Whether hours of operation are closed, and whether no agent is there.
    closed: bool,
    unstaffed: bool,
    transcript: Transcript<'a>,
}

#[derive(Deserialize)]
struct Invoked {
    payload: serde_json::Value,
    function_error: Option<String>,
}

impl<'a> Driver<'a> {
    pub(super) fn new(
        ui: &'a Ui,
        session: &'a Session,
        command: &Call,
        desired: &'a Desired,
        observed: &'a Observed,
    ) -> Self {
        Self {
            ui,
            session,
            observed,
            desired,
            keys: command.press.iter().cloned().collect(),
            interactive: command.press.is_empty() && !ui.is_json() && Ui::can_ask(),
            closed: command.closed,
            unstaffed: command.unstaffed,
            transcript: Transcript::new(ui, observed),
        }
    }

    /// Places the call and follows it to its end.
    pub(super) async fn call(&mut self, entry: &ObservedFlow, contact: Contact) -> Outcome {
        let content = self.content(entry).await?;
        self.transcript.begins(&contact);
        let mut machine = Machine::new(contact, content);
        let mut answer = Answer::Go;
        loop {
            let effect = machine.advance(answer).map_err(|error| {
                CommandError::new(Kind::Failed, format!("the call cannot go on: {error}"))
            })?;
            self.ui.record("call", &effect);
            answer = match effect {
                Effect::Event(event) => {
                    self.transcript.event(&event);
                    Answer::Go
                }
                Effect::Speak(speech) => {
                    self.transcript.says(&speech);
                    Answer::Go
                }
                Effect::Gather(gather) => self.gather(&gather).await,
                Effect::InvokeFunction(invocation) => self.invoke(&invocation).await?,
                Effect::TransferToFlow { flow } => self.transfer(&flow).await?,
                Effect::DrawPercent => Answer::Percent(fastrand::u8(1..=100)),
                Effect::CheckHours { hours } => {
                    let of = hours.as_deref().unwrap_or("the queue");
                    let of = self.transcript.named(of);
                    let (word, answer) = if self.closed {
                        ("closed", HoursAnswer::Closed)
                    } else {
                        ("open", HoursAnswer::Open)
                    };
                    self.transcript
                        .assumes(&format!("the hours of {of} are {word}"));
                    Answer::Hours(answer)
                }
                Effect::CheckMetric { metric, of } => {
                    let of = of.as_deref().unwrap_or("the queue");
                    let of = self.transcript.named(of);
                    // Agents are there, and nobody waits.
                    let figure = u32::from(metric.starts_with("NumberOfAgents") && !self.unstaffed);
                    self.transcript
                        .assumes(&format!("{metric} of {of} is {figure}"));
                    Answer::Metric(figure)
                }
                Effect::TransferToQueue { queue } => {
                    let queue = self.transcript.named(&queue);
                    self.transcript
                        .assumes(&format!("the queue {queue} takes the call"));
                    Answer::Queue(QueueAnswer::Accepted)
                }
                Effect::Ended(end) => {
                    self.transcript.ended(&end);
                    return match end {
                        End::Stopped { reason } => Err(CommandError::new(
                            Kind::Failed,
                            format!("the call stopped: {reason}"),
                        )),
                        _ => Ok(0),
                    };
                }
            };
        }
    }

    async fn gather(&mut self, gather: &Gather) -> Answer {
        if let Some(prompt) = &gather.prompt {
            self.transcript.says(prompt);
        }
        let keys = match self.keys.pop_front() {
            Some(keys) => Some(keys),
            None if self.interactive => self.ask(gather).await,
            None => None,
        };
        match keys {
            Some(keys) if !keys.is_empty() => {
                self.transcript.presses(&keys);
                Answer::Keys(keys)
            }
            _ => {
                self.transcript.presses_nothing(gather.time_limit_seconds);
                Answer::NoInput
            }
        }
    }

    async fn ask(&mut self, gather: &Gather) -> Option<String> {
        let question = match &gather.mode {
            GatherMode::Menu { keys } => format!("  keys ({}, or nothing): ", keys.join(" ")),
            GatherMode::Store { terminator, .. } => {
                format!("  digits, ended by {terminator} (or nothing): ")
            }
        };
        if let Ok(line) = self.ui.ask(&question).await {
            return Some(line.chars().filter(|c| !c.is_whitespace()).collect());
        }
        // Nobody there any more: silence from here on.
        self.interactive = false;
        None
    }

    async fn content(&self, flow: &ObservedFlow) -> Result<FlowContent, CommandError> {
        let instance = &self.session.instance.id;
        let content = self.session.ports.flows.content(instance, &flow.id).await;
        let content = content.map_err(|failure| {
            CommandError::from(EngineError::Request {
                doing: "reading the flow's content",
                failure: Box::new(failure),
            })
        })?;
        let parsed = connect_flow::Flow::parse(&content).map_err(|error| {
            CommandError::new(
                Kind::Failed,
                format!("the published content of {} is no flow: {error}", flow.name),
            )
        })?;
        Ok(FlowContent::new(flow.id.clone(), parsed).named(flow.name.clone()))
    }

    /// A transfer stays within the flows of the solution: others are not ours to play.
    async fn transfer(&self, flow: &str) -> Result<Answer, CommandError> {
        let id = flow.rsplit('/').next().unwrap_or(flow);
        let known = self.observed.flows.values().find(|there| there.id == id);
        Ok(match known {
            Some(known) => Answer::Flow(Box::new(self.content(known).await?)),
            None => Answer::FlowUnreachable {
                reason: format!("{flow} is no flow of {}", self.desired.solution),
            },
        })
    }

    async fn invoke(&self, invocation: &Invocation) -> Result<Answer, CommandError> {
        let start = Instant::now();
        let answer = match &self.session.local {
            Some(local) => self.invoke_as_connect(local, invocation).await?,
            None => self.invoke_directly(invocation).await,
        };
        self.transcript
            .invoked(&invocation.function_arn, start.elapsed(), &answer);
        Ok(Answer::Function(answer))
    }

    /// The embedded Connect invokes it: association and permission count.
    async fn invoke_as_connect(
        &self,
        local: &Embedded,
        invocation: &Invocation,
    ) -> Result<FunctionAnswer, CommandError> {
        let request = json!({
            "instance_arn": self.session.instance.arn,
            "function_arn": invocation.function_arn,
            "payload": invocation.event,
            "time_limit_ms": u64::from(invocation.time_limit_seconds) * 1000,
        });
        let (status, body) = local
            .post("/_vanity-deploy/connect/invoke", request.to_string())
            .await?;
        if status == 504 {
            return Ok(FunctionAnswer::TimedOut);
        }
        if status != 200 {
            return Ok(FunctionAnswer::Unreachable {
                reason: refusal(&body),
            });
        }
        let invoked: Invoked = serde_json::from_slice(&body).map_err(|error| {
            CommandError::new(
                Kind::Failed,
                format!("the invocation was not understood: {error}"),
            )
        })?;
        let payload = invoked.payload.to_string();
        Ok(match invoked.function_error {
            Some(_) => FunctionAnswer::Failed { error: payload },
            None => FunctionAnswer::Returned { payload },
        })
    }

    /// On AWS the deployer's own credentials invoke it; the flow's time limit is kept here.
    async fn invoke_directly(&self, invocation: &Invocation) -> FunctionAnswer {
        // arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]
        let mut parts = invocation.function_arn.split(':').skip(6);
        let name = parts.next().unwrap_or_default();
        let qualifier = parts.next().unwrap_or("$LATEST");
        let event = invocation.event.to_string();
        let limit = Duration::from_secs(u64::from(invocation.time_limit_seconds));
        let functions = &self.session.ports.functions;
        let invoking = functions.invoke(name, qualifier, event.as_bytes());
        match tokio::time::timeout(limit, invoking).await {
            Err(_) => FunctionAnswer::TimedOut,
            Ok(Err(failure)) => FunctionAnswer::Unreachable {
                reason: failure.to_string(),
            },
            Ok(Ok(answer)) => {
                let payload = String::from_utf8_lossy(&answer.payload).into_owned();
                match answer.error {
                    Some(_) => FunctionAnswer::Failed { error: payload },
                    None => FunctionAnswer::Returned { payload },
                }
            }
        }
    }
}

/// The message of the gateway's refusal.
fn refusal(body: &[u8]) -> String {
    serde_json::from_slice::<serde_json::Value>(body)
        .ok()
        .and_then(|error| Some(error.get("message")?.as_str()?.to_owned()))
        .unwrap_or_else(|| String::from_utf8_lossy(body).into_owned())
}
