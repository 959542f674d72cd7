//! The operations on the wire.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::outbox::{Notification, Sms};
use super::publish::{Publication, Publish, ToSend};
use super::settings::check_number;
use super::topics::{name_in_arn, no_such_topic};
use super::{State, delivery, invalid, metrics, sandbox_operations};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Call, Unread, absent};
use crate::core::wire::query::{self, Query};
use crate::core::wire::xml;
use crate::core::world::World;

/// Every operation that is implemented.
pub(super) const OPERATIONS: &[&str] = &[
    "CheckIfPhoneNumberIsOptedOut",
    "CreateSMSSandboxPhoneNumber",
    "CreateTopic",
    "DeleteSMSSandboxPhoneNumber",
    "DeleteTopic",
    "GetSMSAttributes",
    "GetSMSSandboxAccountStatus",
    "GetTopicAttributes",
    "ListPhoneNumbersOptedOut",
    "ListSMSSandboxPhoneNumbers",
    "ListTagsForResource",
    "ListTopics",
    "OptInPhoneNumber",
    "Publish",
    "SetSMSAttributes",
    "VerifySMSSandboxPhoneNumber",
];

/// Items a page of `ListPhoneNumbersOptedOut` and `ListTopics` (AWS API reference).
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
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateTopic {
    name: String,
    #[serde(default, deserialize_with = "query::entries")]
    attributes: Vec<Setting>,
    #[serde(default, deserialize_with = "query::list")]
    tags: Vec<Tag>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OfTopic {
    topic_arn: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OfResource {
    resource_arn: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListTopics {
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

pub(super) fn read<T: DeserializeOwned>(operation: &str, query: &Query) -> ServiceResult<T> {
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
            let message_id = match publish.check()? {
                Publication::Sms(sms) => send(world, call, sms)?,
                Publication::Topic {
                    arn,
                    subject,
                    message,
                } => publish_to(world, call, arn, subject, message)?,
            };
            Ok(Some(json!({ "MessageId": message_id })))
        }
        "GetSMSAttributes" => {
            let names: Names = read(operation, query)?;
            let found = world.read(|state| {
                state
                    .of::<crate::sns::State>()
                    .sms_attributes(&names.attributes)
            })?;
            Ok(Some(json!({ "attributes": xml::map(&found) })))
        }
        "SetSMSAttributes" => {
            let settings: Settings = read(operation, query)?;
            let pairs = settings
                .attributes
                .into_iter()
                .map(|setting| (setting.key, setting.value))
                .collect();
            world.write(|state| {
                state
                    .of_mut::<crate::sns::State>()
                    .set_sms_attributes(pairs)
            })?;
            Ok(Some(json!({})))
        }
        "CheckIfPhoneNumberIsOptedOut" => {
            let PhoneNumber { phone_number } = read(operation, query)?;
            check_number(&phone_number)?;
            let out =
                world.read(|state| state.of::<crate::sns::State>().is_opted_out(&phone_number));
            Ok(Some(json!({ "isOptedOut": out })))
        }
        "ListPhoneNumbersOptedOut" => {
            let Page { next_token } = read(operation, query)?;
            world
                .read(|state| {
                    list_opted_out(state.of::<crate::sns::State>(), next_token.as_deref())
                })
                .map(Some)
        }
        "OptInPhoneNumber" => {
            let PhoneNumber { phone_number } = read(operation, query)?;
            world.write(|state| {
                state
                    .of_mut::<crate::sns::State>()
                    .opt_in(&phone_number, call.now)
            })?;
            Ok(Some(json!({})))
        }
        other if sandbox_operations::OPERATIONS.contains(&other) => {
            sandbox_operations::run(world, call, other, query)
        }
        other => run_on_topics(world, other, query),
    }
}

fn run_on_topics(world: &World, operation: &str, query: &Query) -> ServiceResult<Option<Value>> {
    match operation {
        "CreateTopic" => {
            let input: CreateTopic = read(operation, query)?;
            let attributes = input
                .attributes
                .into_iter()
                .map(|setting| (setting.key, setting.value))
                .collect();
            let tags: BTreeMap<String, String> = input
                .tags
                .into_iter()
                .map(|tag| (tag.key, tag.value))
                .collect();
            world.write(|state| {
                state
                    .of_mut::<crate::sns::State>()
                    .create_topic(&input.name, attributes, tags)
            })?;
            Ok(Some(json!({ "TopicArn": world.arn("sns", input.name) })))
        }
        "DeleteTopic" => {
            let OfTopic { topic_arn } = read(operation, query)?;
            let name = name_in_arn(&topic_arn, &world.region)?;
            world.write(|state| {
                state.of_mut::<crate::sns::State>().delete_topic(name);
                Ok(None)
            })
        }
        "GetTopicAttributes" => {
            let OfTopic { topic_arn } = read(operation, query)?;
            let name = name_in_arn(&topic_arn, &world.region)?;
            let shown = world.read(|state| {
                Ok::<_, ServiceError>(
                    state
                        .of::<crate::sns::State>()
                        .topic(name)?
                        .shown(&topic_arn),
                )
            })?;
            Ok(Some(json!({ "Attributes": xml::map(&shown) })))
        }
        "ListTagsForResource" => {
            let OfResource { resource_arn } = read(operation, query)?;
            let name = name_in_arn(&resource_arn, &world.region)?;
            let absent = || ServiceError::new(404, "ResourceNotFound", "Resource does not exist");
            let tags: Vec<Value> = world.read(|state| {
                let topic = state
                    .of::<crate::sns::State>()
                    .topic(name)
                    .map_err(|_| absent())?;
                let tags = topic.tags.iter();
                Ok::<_, ServiceError>(
                    tags.map(|(key, value)| json!({ "Key": key, "Value": value }))
                        .collect(),
                )
            })?;
            Ok(Some(json!({ "Tags": tags })))
        }
        "ListTopics" => {
            let ListTopics { next_token } = read(operation, query)?;
            Ok(Some(world.read(|state| {
                let mut rest = state
                    .of::<crate::sns::State>()
                    .topic_names()
                    .filter(|name| next_token.as_ref().is_none_or(|token| *name > token));
                let page: Vec<&String> = rest.by_ref().take(PAGE).collect();
                let next = rest.next().and_then(|_| page.last());
                let topics: Vec<Value> = page
                    .iter()
                    .map(|name| json!({ "TopicArn": world.arn("sns", name) }))
                    .collect();
                json!({ "Topics": topics, "NextToken": next })
            })))
        }
        other => Err(ServiceError::not_implemented(format!("sns:{other}"))),
    }
}

fn publish_to(
    world: &World,
    call: &Call,
    topic_arn: String,
    subject: Option<String>,
    message: String,
) -> ServiceResult<String> {
    let name = name_in_arn(&topic_arn, &world.region)?.to_owned();
    world.read(|state| state.of::<crate::sns::State>().topic(&name).map(|_| ()))?;
    let notification = Notification {
        message_id: world.ids.uuid(),
        time: call.now,
        topic_arn,
        subject,
        message,
        undelivered: None,
    };
    world
        .handle::<crate::sns::Outbox>()
        .notify(&notification)
        .map_err(ServiceError::internal)?;
    metrics::published(world, &name, &notification.message);
    Ok(notification.message_id)
}

/// Publishes what an alarm has to tell. One that does not reach the topic is kept with the
/// reason: on AWS it is lost, and only the alarm's history tells.
///
/// # Errors
/// `InternalFailure` when it cannot be kept.
pub fn notify(world: &World, topic_arn: &str, subject: &str, message: &str) -> ServiceResult<()> {
    let undelivered = world.read(|state| {
        let topic = name_in_arn(topic_arn, &world.region)
            .ok()
            .and_then(|name| state.of::<crate::sns::State>().topic(name).ok());
        match topic {
            Some(topic) => topic.closed_to_alarms().map(str::to_owned),
            None => Some(no_such_topic().to_string()),
        }
    });
    if let (None, Ok(name)) = (&undelivered, name_in_arn(topic_arn, &world.region)) {
        metrics::published(world, name, message);
    }
    let notification = Notification {
        message_id: world.ids.uuid(),
        time: world.clock.now(),
        topic_arn: topic_arn.to_owned(),
        subject: Some(subject.to_owned()),
        message: message.to_owned(),
        undelivered,
    };
    world
        .handle::<crate::sns::Outbox>()
        .notify(&notification)
        .map_err(ServiceError::internal)
}

fn send(world: &World, call: &Call, sms: ToSend) -> ServiceResult<String> {
    let ((sender_id, sms_type), outcome) = world.write(|state| {
        let known = state.of::<crate::sns::State>();
        let (sent_as, outcome) = (
            known.sent_as(&sms.options),
            delivery::decide(known, &sms, call.now),
        );
        if let Ok(cost) = outcome {
            let account = &mut state.of_mut::<crate::sns::State>().account;
            account.spend(cost, call.now);
        }
        Ok::<_, ServiceError>((sent_as, outcome))
    })?;
    let sms = Sms {
        message_id: world.ids.uuid(),
        time: call.now,
        phone_number: sms.phone_number,
        message: sms.message,
        sender_id,
        sms_type: sms_type.name().to_owned(),
        origination_number: sms.options.origination_number,
        max_price: sms.options.max_price,
        entity_id: sms.options.entity_id,
        template_id: sms.options.template_id,
        undelivered: outcome.err().map(|why| why.reason().to_owned()),
    };
    // AWS accepts both and tells of a failed delivery in its delivery logs and metrics alone.
    let outbox = world.handle::<crate::sns::Outbox>();
    let kept = match &sms.undelivered {
        Some(reason) => {
            tracing::warn!(
                message_id = sms.message_id,
                reason,
                "an SMS is not delivered"
            );
            outbox.withhold(&sms)
        }
        None => outbox.send(&sms),
    };
    kept.map_err(ServiceError::internal)?;
    metrics::sms(world, &sms.message, sms.undelivered.is_none());
    Ok(sms.message_id)
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
