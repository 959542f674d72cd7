//! What Connect answers while what was just made is not known everywhere.
//!
//! "You might get unexpected errors, such as a ResourceNotFoundException or an
//! InvalidRequestException"; "typically … less than a few seconds …, in some cases … several
//! minutes" (Connect's API reference, "eventual consistency"). Each look may find another
//! server, so a thing that was seen may be missed again. The names are known at once:
//! `DuplicateResourceException` comes from where things are written.

mod content;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use super::{Exchange, errors};
use crate::core::consistency::{Lag, Model, Settling, Truth, begin, is_one_of, truth, young};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::state::State;
use crate::core::wire::response::Response;

/// How an operation looks at a thing that not every server knows yet.
enum Seen {
    Yes,
    NotFound,
    Invalid,
}

/// The operations whose errors in the service model have no `InvalidRequestException`.
const NEVER_INVALID: &[&str] = &[
    "AssociatePhoneNumberContactFlow",
    "DescribePhoneNumber",
    "DisassociatePhoneNumberContactFlow",
    "ReleasePhoneNumber",
    "UpdatePhoneNumber",
];

fn seen(state: &State, id: &str, now: Timestamp) -> Seen {
    let Some(young) = young(state, Lag::Connect, id, now) else {
        return Seen::Yes;
    };
    match young.turn(now, 4) {
        0 | 1 => Seen::NotFound,
        2 => Seen::Invalid,
        _ => Seen::Yes,
    }
}

/// Whether a list has a thing in it already.
pub fn is_listed(state: &State, id: &str, now: Timestamp) -> bool {
    matches!(seen(state, id, now), Seen::Yes)
}

/// The id in an id or ARN with or without a qualifier.
fn id_of(reference: &str) -> &str {
    let last = reference.rsplit('/').next().unwrap_or_default();
    last.split(':').next().unwrap_or_default()
}

/// What a request is about: the things that its path names, and the flow that is to answer.
fn subjects(exchange: &Exchange<'_>) -> Vec<String> {
    let labels = exchange.route.labels.values();
    let mut subjects: Vec<String> = labels.map(|label| id_of(label).to_owned()).collect();
    if exchange.route.operation == "AssociatePhoneNumberContactFlow"
        && let Ok(body) = exchange.request.json::<Value>()
        && let Some(flow) = body["ContactFlowId"].as_str()
    {
        subjects.push(id_of(flow).to_owned());
    }
    subjects
}

/// Refuses a request about a thing that the server asked does not know yet.
///
/// # Errors
/// `ResourceNotFoundException`, `InvalidRequestException`; those of a flow that refers to
/// what is not known.
pub fn refuse(exchange: &Exchange<'_>) -> ServiceResult<()> {
    let now = exchange.call.now;
    exchange.world.read(|state| {
        if state.of::<Settling>().model() == Model::Immediate {
            return Ok(());
        }
        for id in subjects(exchange) {
            match seen(state, &id, now) {
                Seen::Yes => {}
                Seen::Invalid if !NEVER_INVALID.contains(&exchange.route.operation) => {
                    return Err(errors::invalid_request(format!(
                        "The resource {id} cannot be used."
                    )));
                }
                Seen::NotFound | Seen::Invalid => {
                    return Err(errors::not_found(format!(
                        "The resource {id} does not exist."
                    )));
                }
            }
        }
        content::check(state, exchange)
    })
}

/// Remembers what an operation made.
///
/// # Errors
/// None of AWS.
pub fn remember(exchange: &Exchange<'_>, response: &Response) -> ServiceResult<()> {
    let member = match exchange.route.operation {
        "CreateContactFlow" => "ContactFlowId",
        "CreateContactFlowModule" | "CreateInstance" => "Id",
        "ClaimPhoneNumber" => "PhoneNumberId",
        "AssociateLambdaFunction" => return associated(exchange),
        _ => return Ok(()),
    };
    let body: Value = serde_json::from_slice(&response.body).map_err(ServiceError::internal)?;
    let id = body[member].as_str().unwrap_or_default();
    exchange.world.write(|state| {
        begin(state, Lag::Connect, id, exchange.call.now);
        Ok(())
    })
}

fn associated(exchange: &Exchange<'_>) -> ServiceResult<()> {
    let body: Value = exchange.request.json()?;
    let function = body["FunctionArn"].as_str().unwrap_or_default();
    exchange.world.write(|state| {
        begin(state, Lag::Association, function, exchange.call.now);
        Ok(())
    })
}

/// How a claim goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claiming {
    /// It is ours after this time; `None`: after the embedded AWS's own.
    Ours(Option<Duration>),
    /// Somebody else was faster, and that is said at once.
    Refused,
    /// Somebody else was faster, and it fails after this time.
    Failing(Duration),
}

/// Somebody else wins one claim in so many.
const LOST_ONE_IN: u64 = 3;

/// How the claim `id` goes (hashicorp/terraform-provider-aws #45572: refused at once;
/// boto/boto3 #4622: accepted, and the number never comes).
pub fn claiming(state: &mut State, id: &str, now: Timestamp) -> Claiming {
    let Some(until) = begin(state, Lag::Claim, id, now) else {
        return Claiming::Ours(None);
    };
    let time = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    let lost =
        young(state, Lag::Claim, id, now).is_some_and(|young| is_one_of(state, young, LOST_ONE_IN));
    match lost {
        false => Claiming::Ours(Some(time)),
        true if truth(state, Truth::LostClaim, 2) == 0 => Claiming::Refused,
        true => Claiming::Failing(time),
    }
}

/// The words for a number that somebody else won.
pub fn not_available(number: &str) -> String {
    format!("Phone number not available: {number}")
}

/// What `$SAVED` is of a flow whose last content went live. Nobody has told; each is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saved {
    /// The same.
    Equal,
    /// Not there.
    Absent,
    /// What was there before.
    Older,
}

/// Which of them is true.
pub fn saved(state: &State) -> Saved {
    match truth(state, Truth::Saved, 3) {
        0 => Saved::Equal,
        1 => Saved::Absent,
        _ => Saved::Older,
    }
}

/// Whether `BatchGetFlowAssociation` knows phone numbers: its documentation speaks of the
/// types of resources of messages only, the model has `VOICE_PHONE_NUMBER`.
pub fn knows_voice_associations(state: &State) -> bool {
    truth(state, Truth::VoiceAssociations, 2) == 0
}

/// Whether an EXACT search by a text of more than 25 characters is refused: the model says of
/// all searches by text that lengths out of 2 to 25 "will result in invalid results".
pub fn refuses_long_texts(state: &State) -> bool {
    truth(state, Truth::LongExactSearch, 2) == 1
}
