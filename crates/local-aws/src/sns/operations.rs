//! The operations on the wire.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::outbox::Sms;
use super::publish::{Publish, ToSend};
use super::settings::check_number;
use super::{State, invalid};
use crate::error::{ServiceError, ServiceResult};
use crate::gateway::query::{self, Query};
use crate::gateway::xml;
use crate::service::{Call, Unread, absent};
use crate::world::World;

/// Every operation that is implemented.
pub(super) const OPERATIONS: &[&str] = &[
    "CheckIfPhoneNumberIsOptedOut",
    "GetSMSAttributes",
    "ListPhoneNumbersOptedOut",
    "OptInPhoneNumber",
    "Publish",
    "SetSMSAttributes",
];

/// Numbers a page of `ListPhoneNumbersOptedOut` (AWS API reference).
const PAGE: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PhoneNumber {
    phone_number: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Page {
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    #[serde(default, deserialize_with = "query::list")]
    attributes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    #[serde(deserialize_with = "query::entries")]
    attributes: Vec<Setting>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    key: String,
    value: String,
}

fn read<T: DeserializeOwned>(operation: &str, query: &Query) -> ServiceResult<T> {
    query
        .parameters()
        .map_err(|error| match Unread::of(&error.message) {
            Unread::Unknown(name) => {
                ServiceError::not_implemented(format!("the parameter {name} of sns:{operation}"))
            }
            Unread::Missing(name) => ServiceError::new(400, "ValidationError", absent(name)),
            Unread::Other => error,
        })
}

/// Does an operation; `None` for those that answer nothing.
pub(super) fn run(
    world: &World,
    call: &Call,
    operation: &str,
    query: &Query,
) -> ServiceResult<Option<Value>> {
    match operation {
        "Publish" => {
            let publish: Publish = read(operation, query)?;
            send(world, call, publish.check()?).map(Some)
        }
        "GetSMSAttributes" => {
            let names: Names = read(operation, query)?;
            let found = world.read(|state| state.sns.sms_attributes(&names.attributes))?;
            Ok(Some(json!({ "attributes": xml::map(&found) })))
        }
        "SetSMSAttributes" => {
            let settings: Settings = read(operation, query)?;
            let pairs = settings
                .attributes
                .into_iter()
                .map(|setting| (setting.key, setting.value))
                .collect();
            world.write(|state| state.sns.set_sms_attributes(pairs))?;
            Ok(Some(json!({})))
        }
        "CheckIfPhoneNumberIsOptedOut" => {
            let PhoneNumber { phone_number } = read(operation, query)?;
            check_number(&phone_number)?;
            let out = world.read(|state| state.sns.is_opted_out(&phone_number));
            Ok(Some(json!({ "isOptedOut": out })))
        }
        "ListPhoneNumbersOptedOut" => {
            let Page { next_token } = read(operation, query)?;
            world
                .read(|state| list_opted_out(&state.sns, next_token.as_deref()))
                .map(Some)
        }
        "OptInPhoneNumber" => {
            let PhoneNumber { phone_number } = read(operation, query)?;
            world.write(|state| state.sns.opt_in(&phone_number, call.now))?;
            Ok(Some(json!({})))
        }
        other => Err(ServiceError::not_implemented(format!("sns:{other}"))),
    }
}

fn send(world: &World, call: &Call, sms: ToSend) -> ServiceResult<Value> {
    let ((sender_id, sms_type), unwanted) = world.read(|state| {
        (
            state.sns.sent_as(&sms.options),
            state.sns.is_opted_out(&sms.phone_number),
        )
    });
    let sms = Sms {
        message_id: world.ids.uuid(),
        time: call.now,
        phone_number: sms.phone_number,
        message: sms.message,
        sender_id,
        sms_type: sms_type.name().to_owned(),
        origination_number: sms.options.origination_number,
        max_price: sms.options.max_price,
    };
    // AWS accepts both and tells of a failed delivery in its delivery logs alone.
    let kept = if unwanted {
        tracing::warn!(
            message_id = sms.message_id,
            "the number of an SMS is opted out"
        );
        world.outbox.withhold(&sms)
    } else {
        world.outbox.send(&sms)
    };
    kept.map_err(ServiceError::internal)?;
    Ok(json!({ "MessageId": sms.message_id }))
}

fn list_opted_out(state: &State, token: Option<&str>) -> ServiceResult<Value> {
    if let Some(token) = token
        && !super::is_e164(token)
    {
        return Err(invalid("NextToken Reason: the token is not valid"));
    }
    let mut rest = state
        .opted_out()
        .filter(|number| token.is_none_or(|token| number.as_str() > token));
    let page: Vec<&String> = rest.by_ref().take(PAGE).collect();
    let next = rest.next().and_then(|_| page.last());
    Ok(json!({ "phoneNumbers": page, "nextToken": next }))
}
