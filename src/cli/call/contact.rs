//! Who calls whom: the contact of a call, from the command line and what is deployed.

use connect_flow::simulate::{Contact, Endpoint, Queue};

use super::super::arguments::Call;
use super::super::error::{CommandError, Kind};
use super::super::session::Session;
use crate::engine::desired::Desired;
use crate::engine::error::EngineError;
use crate::engine::kinds::number::choose;
use crate::engine::nearest::hint;
use crate::engine::observe::Observed;
use crate::engine::text::LookupKind;

/// The type of the flows that calls to customers go through.
pub(super) const OUTBOUND_WHISPER: &str = "OUTBOUND_WHISPER";

/// The queue that every instance begins with.
const BASIC_QUEUE: &str = "BasicQueue";

/// The contact that enters the flow.
pub(super) async fn contact(
    session: &Session,
    command: &Call,
    desired: &Desired,
    observed: &Observed,
    flow: &str,
) -> Result<Contact, CommandError> {
    let id = local_aws::ports::Ids::random().uuid();
    let flow_type = desired.flows.get(flow).map(|flow| flow.flow_type.as_str());
    let outbound = flow_type == Some(OUTBOUND_WHISPER);
    let usage = |message: String| CommandError::new(Kind::Usage, message);
    let mut contact = match &command.to {
        Some(to) if outbound => {
            let queue = queue(session, command).await?;
            Contact::outbound_call(id, to, queue)
        }
        Some(_) => {
            return Err(usage(format!(
                "`{flow}` is no {OUTBOUND_WHISPER}: no call to a customer goes through it"
            ))
            .hint("--from NUMBER says who calls"));
        }
        None if outbound => {
            return Err(usage(format!(
                "calls to customers go through `{flow}`: whom is called?"
            ))
            .hint("--to NUMBER says it"));
        }
        None => Contact {
            system_endpoint: called_number(desired, observed, flow).map(Endpoint::telephone),
            ..Contact::inbound_call(id, command.from.as_deref())
        },
    };
    contact.instance_arn.clone_from(&session.instance.arn);
    contact.aws_region.clone_from(&session.identity.region);
    Ok(contact)
}

/// The queue that the call is made for: an agent's default outbound queue.
async fn queue(session: &Session, command: &Call) -> Result<Option<Queue>, CommandError> {
    let queues = session
        .ports
        .resources
        .lookup(&session.instance.arn, LookupKind::Queue)
        .await
        .map_err(|failure| {
            CommandError::from(EngineError::Request {
                doing: "reading the queues of the instance",
                failure: Box::new(failure),
            })
        })?;
    let found = match &command.queue {
        Some(name) => Some(queues.get_key_value(name).ok_or_else(|| {
            CommandError::new(
                Kind::InvalidInput,
                format!(
                    "the instance has no queue `{name}`{}",
                    hint(name, queues.keys().map(String::as_str))
                ),
            )
        })?),
        None => queues
            .get_key_value(BASIC_QUEUE)
            .or_else(|| queues.first_key_value()),
    };
    Ok(found.map(|(name, arn)| Queue {
        name: Some(name.clone()),
        arn: arn.clone(),
        outbound_caller_id: command.queue_number.clone(),
    }))
}

/// The number that rings the flow, when one does.
fn called_number(desired: &Desired, observed: &Observed, flow: &str) -> Option<String> {
    desired
        .phone_numbers
        .iter()
        .filter(|(_, number)| number.flow == flow)
        .find_map(|(name, _)| choose(desired, observed, name))
        .filter(|number| number.flow_id.is_some())
        .map(|number| number.number.clone())
}
