//! The operations on the wire.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::message::{Attributes as MessageAttributes, Message, md5_of_attributes, md5_of_body};
use super::queues::{Queue, check_name};
use super::receive::{self, ReceiveMessage};
use super::{attributes, batch, invalid, missing, name_in_url, queue_arn, queue_url};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Call, Principal, Request, Unread};
use crate::core::world::{ACCOUNT, World};

/// Every operation that is implemented.
pub(super) const OPERATIONS: &[&str] = &[
    "ChangeMessageVisibility",
    "CreateQueue",
    "DeleteMessage",
    "DeleteMessageBatch",
    "DeleteQueue",
    "GetQueueAttributes",
    "GetQueueUrl",
    "ListQueueTags",
    "ListQueues",
    "PurgeQueue",
    "ReceiveMessage",
    "SendMessage",
    "SendMessageBatch",
    "SetQueueAttributes",
    "TagQueue",
    "UntagQueue",
];

/// Attributes of a queue that are read and never set.
pub(super) const MEASURED: &[&str] = &[
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
    "QueueArn",
];

/// Bytes of all messages of a batch.
const BATCH_BYTES: usize = 1_048_576;

type Text = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct CreateQueue {
    queue_name: String,
    attributes: Option<Text>,
    #[serde(rename = "tags")]
    tags: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct GetQueueUrl {
    queue_name: String,
    #[serde(rename = "QueueOwnerAWSAccountId")]
    owner: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ListQueues {
    queue_name_prefix: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OfQueue {
    queue_url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct GetQueueAttributes {
    queue_url: String,
    attribute_names: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct SetQueueAttributes {
    queue_url: String,
    attributes: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct TagQueue {
    queue_url: String,
    tags: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct UntagQueue {
    queue_url: String,
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct SendMessage {
    queue_url: String,
    message_body: String,
    delay_seconds: Option<i64>,
    message_attributes: Option<MessageAttributes>,
    message_system_attributes: Option<MessageAttributes>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct SendMessageBatch {
    queue_url: String,
    entries: Vec<SendEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct SendEntry {
    id: String,
    message_body: String,
    delay_seconds: Option<i64>,
    message_attributes: Option<MessageAttributes>,
    message_system_attributes: Option<MessageAttributes>,
    message_deduplication_id: Option<String>,
    message_group_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DeleteMessage {
    queue_url: String,
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DeleteMessageBatch {
    queue_url: String,
    entries: Vec<DeleteEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DeleteEntry {
    id: String,
    receipt_handle: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct ChangeMessageVisibility {
    queue_url: String,
    receipt_handle: String,
    visibility_timeout: i64,
}

fn read<T: DeserializeOwned>(operation: &str, request: &Request) -> ServiceResult<T> {
    request
        .json()
        .map_err(|error| match Unread::of(&error.message) {
            Unread::Unknown(name) => {
                ServiceError::not_implemented(format!("the member {name} of sqs:{operation}"))
            }
            Unread::Missing(name) => missing(name),
            Unread::Other => error,
        })
}

/// Does an operation; `None` for those that answer nothing.
pub(super) async fn run(
    world: &Arc<World>,
    call: &Call,
    operation: &str,
    request: &Request,
) -> ServiceResult<Option<Value>> {
    let to = |url: &str| queue_of(world, url);
    match operation {
        "CreateQueue" => create(world, call, read(operation, request)?).map(Some),
        "GetQueueUrl" => {
            let input: GetQueueUrl = read(operation, request)?;
            let (name, _) = to(&owned_url(world, &input)?)?;
            Ok(Some(json!({ "QueueUrl": queue_url(world, &name) })))
        }
        "ListQueues" => list(world, &read(operation, request)?).map(Some),
        "GetQueueAttributes" => {
            let input: GetQueueAttributes = read(operation, request)?;
            let names = input.attribute_names.unwrap_or_default();
            check_attribute_names(&names)?;
            let (name, queue) = to(&input.queue_url)?;
            get_attributes(world, call, &name, &queue, &names).map(Some)
        }
        "ReceiveMessage" => {
            let input: ReceiveMessage = read(operation, request)?;
            input.check()?;
            let (name, _) = to(&input.queue_url)?;
            input.run(world, &name).await.map(Some)
        }
        "SendMessage" => {
            let input: SendMessage = read(operation, request)?;
            let (_, queue) = to(&input.queue_url)?;
            send(world, call, &queue, input).map(Some)
        }
        "SendMessageBatch" => {
            let input: SendMessageBatch = read(operation, request)?;
            let (_, queue) = to(&input.queue_url)?;
            send_batch(world, call, &queue, input.entries).map(Some)
        }
        "DeleteMessageBatch" => {
            let input: DeleteMessageBatch = read(operation, request)?;
            let (_, queue) = to(&input.queue_url)?;
            delete_batch(world, &queue, input.entries).map(Some)
        }
        "ListQueueTags" => {
            let input: OfQueue = read(operation, request)?;
            let (_, queue) = to(&input.queue_url)?;
            if queue.tags.is_empty() {
                return Ok(Some(json!({})));
            }
            Ok(Some(json!({ "Tags": queue.tags })))
        }
        other => change(world, call, other, request).map(|()| None),
    }
}

/// The operations that answer nothing.
fn change(world: &World, call: &Call, operation: &str, request: &Request) -> ServiceResult<()> {
    let to = |url: &str| queue_of(world, url);
    match operation {
        "SetQueueAttributes" => {
            let input: SetQueueAttributes = read(operation, request)?;
            let (name, _) = to(&input.queue_url)?;
            if input.attributes.is_empty() {
                return Err(missing("Attribute.Name"));
            }
            world.write(|state| {
                state.of_mut::<crate::sqs::State>().set_attributes(
                    &name,
                    &input.attributes,
                    call.now,
                )
            })
        }
        "DeleteMessage" => {
            let input: DeleteMessage = read(operation, request)?;
            let (_, queue) = to(&input.queue_url)?;
            world
                .handle::<crate::sqs::Messages>()
                .delete(&queue.id, &input.receipt_handle)
        }
        "ChangeMessageVisibility" => {
            let input: ChangeMessageVisibility = read(operation, request)?;
            let (_, queue) = to(&input.queue_url)?;
            receive::change_visibility(
                world,
                &queue,
                &input.receipt_handle,
                input.visibility_timeout,
            )
        }
        "PurgeQueue" => {
            let input: OfQueue = read(operation, request)?;
            let (name, _) = to(&input.queue_url)?;
            let id =
                world.write(|state| state.of_mut::<crate::sqs::State>().purge(&name, call.now))?;
            world.handle::<crate::sqs::Messages>().purge(&id)
        }
        "DeleteQueue" => {
            let input: OfQueue = read(operation, request)?;
            let (name, _) = to(&input.queue_url)?;
            delete_queue(world, call, &name)
        }
        "TagQueue" => {
            let input: TagQueue = read(operation, request)?;
            let (name, _) = to(&input.queue_url)?;
            world.write(|state| state.of_mut::<crate::sqs::State>().tag(&name, input.tags))
        }
        "UntagQueue" => {
            let input: UntagQueue = read(operation, request)?;
            let (name, _) = to(&input.queue_url)?;
            world.write(|state| {
                state
                    .of_mut::<crate::sqs::State>()
                    .untag(&name, &input.tag_keys)
            })
        }
        other => Err(ServiceError::not_implemented(format!("sqs:{other}"))),
    }
}

/// The queue of a URL, and its name.
fn queue_of(world: &World, url: &str) -> ServiceResult<(String, Queue)> {
    if url.is_empty() {
        return Err(missing("QueueUrl"));
    }
    let name = name_in_url(url)?;
    let queue = world.read(|state| state.of::<crate::sqs::State>().queue(name).cloned())?;
    Ok((name.to_owned(), queue))
}

fn owned_url(world: &World, input: &GetQueueUrl) -> ServiceResult<String> {
    check_name(&input.queue_name)?;
    if input
        .owner
        .as_deref()
        .is_some_and(|account| account != ACCOUNT)
    {
        return Err(super::queues::no_such_queue());
    }
    Ok(queue_url(world, &input.queue_name))
}

fn create(world: &World, call: &Call, input: CreateQueue) -> ServiceResult<Value> {
    let name = input.queue_name;
    world.write(|state| {
        state
            .of::<crate::sqs::State>()
            .check_not_deleted_recently(&name, call.now)?;
        state.of_mut::<crate::sqs::State>().create(
            &name,
            world.ids.uuid(),
            &input.attributes.unwrap_or_default(),
            input.tags.unwrap_or_default(),
            call.now,
        )
    })?;
    Ok(json!({ "QueueUrl": queue_url(world, &name) }))
}

/// Deletes a queue and its messages.
///
/// # Errors
/// `QueueDoesNotExist`.
pub(super) fn delete_queue(world: &World, call: &Call, name: &str) -> ServiceResult<()> {
    let queue = world.write(|state| state.of_mut::<crate::sqs::State>().delete(name, call.now))?;
    world.handle::<crate::sqs::Messages>().purge(&queue.id)
}

fn list(world: &World, input: &ListQueues) -> ServiceResult<Value> {
    let most = match input.max_results {
        None if input.next_token.is_some() => {
            return Err(invalid("MaxResults must be given with NextToken."));
        }
        None => 1000,
        Some(most) if (1..=1000).contains(&most) => most,
        Some(most) => {
            return Err(invalid(format!(
                "Value {most} for parameter MaxResults is invalid. Reason: Must be an integer from 1 to 1000."
            )));
        }
    };
    let prefix = input.queue_name_prefix.as_deref().unwrap_or_default();
    let names: Vec<String> = world.read(|state| {
        state
            .of::<crate::sqs::State>()
            .names()
            .filter(|name| name.starts_with(prefix))
            .filter(|name| input.next_token.as_ref().is_none_or(|token| *name > token))
            .cloned()
            .collect()
    });
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let page: Vec<String> = names.iter().take(most).cloned().collect();
    let mut answer = json!({});
    if !page.is_empty() {
        let urls: Vec<String> = page.iter().map(|name| queue_url(world, name)).collect();
        answer["QueueUrls"] = json!(urls);
    }
    // Without MaxResults the list is cut at a thousand and nothing tells so, as on AWS.
    if input.max_results.is_some() && names.len() > page.len() {
        answer["NextToken"] = json!(page.last());
    }
    Ok(answer)
}

fn check_attribute_names(names: &[String]) -> ServiceResult<()> {
    for name in names {
        let known = name == "All"
            || MEASURED.contains(&name.as_str())
            || attributes::Attributes::is_known(name);
        if !known {
            return Err(attributes::unknown(name));
        }
    }
    Ok(())
}

fn get_attributes(
    world: &World,
    call: &Call,
    name: &str,
    queue: &Queue,
    names: &[String],
) -> ServiceResult<Value> {
    let counts = world.handle::<crate::sqs::Messages>().counts(
        &queue.id,
        queue.attributes.retention(),
        call.now.as_millisecond(),
    )?;
    let mut shown = queue.attributes.shown();
    shown.extend([
        ("ApproximateNumberOfMessages", counts.visible.to_string()),
        (
            "ApproximateNumberOfMessagesDelayed",
            counts.delayed.to_string(),
        ),
        (
            "ApproximateNumberOfMessagesNotVisible",
            counts.in_flight.to_string(),
        ),
        ("CreatedTimestamp", queue.created.as_second().to_string()),
        (
            "LastModifiedTimestamp",
            queue.modified.as_second().to_string(),
        ),
        ("QueueArn", queue_arn(world, name)),
    ]);
    shown.retain(|attribute, _| names.iter().any(|name| name == "All" || name == attribute));
    if shown.is_empty() {
        return Ok(json!({}));
    }
    Ok(json!({ "Attributes": shown }))
}

/// Who sent a message, as `SenderId` has it.
fn sender(world: &World, call: &Call) -> String {
    match &call.principal {
        Principal::Administrator => ACCOUNT.to_owned(),
        Principal::AssumedRole {
            role_name,
            session_name,
        } => {
            let id = world.read(|state| {
                state
                    .of::<crate::iam::State>()
                    .role(role_name)
                    .map(|role| role.id.clone())
                    .ok()
            });
            format!("{}:{session_name}", id.unwrap_or_else(|| "AROA".to_owned()))
        }
        Principal::Service { service, .. } => service.clone(),
    }
}

fn check_type(deduplication: Option<&String>, group: Option<&String>) -> ServiceResult<()> {
    if let Some(id) = deduplication {
        return Err(invalid(format!(
            "Value {id} for parameter MessageDeduplicationId is invalid. Reason: The request includes a parameter that is not valid for this queue type."
        )));
    }
    if group.is_some() {
        return Err(ServiceError::not_implemented(
            "MessageGroupId on a standard queue (fair queues)",
        ));
    }
    Ok(())
}

fn digests(message: &Message) -> Map<String, Value> {
    let mut told = Map::new();
    told.insert(
        "MD5OfMessageBody".to_owned(),
        json!(md5_of_body(&message.body)),
    );
    for (name, attributes) in [
        ("MD5OfMessageAttributes", &message.attributes),
        ("MD5OfMessageSystemAttributes", &message.system_attributes),
    ] {
        if let Some(digest) = md5_of_attributes(attributes) {
            told.insert(name.to_owned(), json!(digest));
        }
    }
    told
}

fn send(world: &World, call: &Call, queue: &Queue, input: SendMessage) -> ServiceResult<Value> {
    check_type(
        input.message_deduplication_id.as_ref(),
        input.message_group_id.as_ref(),
    )?;
    let message = Message {
        body: input.message_body,
        attributes: input.message_attributes.unwrap_or_default(),
        system_attributes: input.message_system_attributes.unwrap_or_default(),
        delay: input.delay_seconds,
    };
    message.check(queue.attributes.maximum_message_size())?;
    let mut told = digests(&message);
    let delay = message.delay.unwrap_or(queue.attributes.delay());
    let ids = world.handle::<crate::sqs::Messages>().send(
        &queue.id,
        &[(message, delay)],
        &sender(world, call),
        &world.ids,
        call.now.as_millisecond(),
    )?;
    told.insert("MessageId".to_owned(), json!(ids.first()));
    Ok(Value::Object(told))
}

fn send_batch(
    world: &World,
    call: &Call,
    queue: &Queue,
    entries: Vec<SendEntry>,
) -> ServiceResult<Value> {
    batch::check_ids(entries.iter().map(|entry| entry.id.as_str()))?;
    let mut failed = Vec::new();
    let mut good = Vec::new();
    let mut size = 0;
    for entry in entries {
        let message = Message {
            body: entry.message_body,
            attributes: entry.message_attributes.unwrap_or_default(),
            system_attributes: entry.message_system_attributes.unwrap_or_default(),
            delay: entry.delay_seconds,
        };
        size += message.size();
        let checked = check_type(
            entry.message_deduplication_id.as_ref(),
            entry.message_group_id.as_ref(),
        )
        .and_then(|()| message.check(queue.attributes.maximum_message_size()));
        match checked {
            Ok(()) => {
                let delay = message.delay.unwrap_or(queue.attributes.delay());
                good.push((entry.id, message, delay));
            }
            Err(error) => failed.push(batch::failed(&entry.id, error)?),
        }
    }
    if size > BATCH_BYTES {
        return Err(ServiceError::new(
            400,
            "BatchRequestTooLong",
            format!(
                "Batch requests cannot be longer than {BATCH_BYTES} bytes. You have sent {size} bytes."
            ),
        ));
    }
    let mut successful: Vec<Map<String, Value>> = good
        .iter()
        .map(|(id, message, _)| {
            let mut told = digests(message);
            told.insert("Id".to_owned(), json!(id));
            told
        })
        .collect();
    let messages: Vec<(Message, i64)> = good
        .into_iter()
        .map(|(_, message, delay)| (message, delay))
        .collect();
    let ids = world.handle::<crate::sqs::Messages>().send(
        &queue.id,
        &messages,
        &sender(world, call),
        &world.ids,
        call.now.as_millisecond(),
    )?;
    for (told, id) in successful.iter_mut().zip(ids) {
        told.insert("MessageId".to_owned(), json!(id));
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}

fn delete_batch(world: &World, queue: &Queue, entries: Vec<DeleteEntry>) -> ServiceResult<Value> {
    batch::check_ids(entries.iter().map(|entry| entry.id.as_str()))?;
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for entry in entries {
        match world
            .handle::<crate::sqs::Messages>()
            .delete(&queue.id, &entry.receipt_handle)
        {
            Ok(()) => successful.push(json!({ "Id": entry.id })),
            Err(error) => failed.push(batch::failed(&entry.id, error)?),
        }
    }
    Ok(json!({ "Successful": successful, "Failed": failed }))
}
