//! `call`: places a simulated call to a deployed flow. The state machine says
//! what happens; here it is carried out: functions run for real, keys come from
//! `--press` or the terminal.

mod contact;
mod driver;
mod transcript;

use super::Outcome;
use super::arguments::{Call, Global};
use super::error::{CommandError, Kind};
use super::session::{self, Session};
use super::solutions;
use crate::engine::desired::Desired;
use crate::engine::nearest::hint;
use crate::engine::observe::{Observed, observe};
use crate::engine::ports::ObservedFlow;
use crate::manifest::parameters::Missing;
use crate::ui::Ui;
use local_aws::Access;

pub(super) async fn run(ui: &Ui, global: &Global, command: &Call) -> Outcome {
    let manifest = solutions::manifest(global)?;
    let selected: Vec<String> = command.solution.iter().cloned().collect();
    let solution = solutions::selected(&manifest, &selected, false)?.remove(0);
    let mut desired = solutions::one(
        &manifest,
        &solution,
        &command.environment,
        Missing::Tolerated,
    )?;
    let session = session::open(ui, global, &manifest, None, Access::Full).await?;
    desired.instance.clone_from(&session.instance.id);
    let outcome = place(ui, &session, command, &desired).await;
    session.close().await;
    outcome
}

async fn place(ui: &Ui, session: &Session, command: &Call, desired: &Desired) -> Outcome {
    let observed = observe(
        &session.ports,
        &session.identity,
        &session.instance,
        desired,
    )
    .await?;
    let (name, flow) = entry(command, desired, &observed)?;
    let contact = contact::contact(session, command, desired, &observed, name).await?;
    driver::Driver::new(ui, session, command, desired, &observed)
        .call(flow, contact)
        .await
}

/// The flow that is entered: the one named, else the one that a phone number rings, or that calls
/// to customers go through.
fn entry<'a>(
    command: &Call,
    desired: &'a Desired,
    observed: &'a Observed,
) -> Result<(&'a str, &'a ObservedFlow), CommandError> {
    let wrong = |message: String| CommandError::new(Kind::InvalidInput, message);
    let name = match command.flow.as_ref().or(command.flow_option.as_ref()) {
        Some(name) => desired
            .flows
            .get_key_value(name)
            .map(|(name, _)| name.as_str())
            .ok_or_else(|| {
                wrong(format!(
                    "{} has no flow `{name}`{}",
                    desired.solution,
                    hint(name, desired.flows.keys().map(String::as_str))
                ))
            })?,
        None if command.to.is_some() => desired
            .flows
            .iter()
            .find(|(_, flow)| flow.flow_type == contact::OUTBOUND_WHISPER)
            .map(|(name, _)| name.as_str())
            .ok_or_else(|| {
                wrong(format!(
                    "{} has no {} that a call to a customer goes through",
                    desired.solution,
                    contact::OUTBOUND_WHISPER
                ))
            })?,
        None => desired
            .phone_numbers
            .values()
            .map(|number| number.flow.as_str())
            .next()
            .or_else(|| desired.flows.keys().map(String::as_str).next())
            .ok_or_else(|| wrong(format!("{} has no flow", desired.solution)))?,
    };
    match observed.flows.get(name) {
        Some(flow) => Ok((name, flow)),
        None => Err(
            CommandError::new(Kind::Failed, format!("the flow {name} is not deployed"))
                .hint("deploy it first: vanity-deploy up"),
        ),
    }
}
