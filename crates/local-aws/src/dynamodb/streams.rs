//! DynamoDB Streams: one stream a table, of one shard, whose records live a day.
//!
//! dynoxide records the changes; reading them is ours ([`store`] tells why).
//! A stream that was turned off stays readable until the table's next one begins.

mod names;
mod record;
mod store;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use self::names::{ITERATOR_LIFE, Iterator as ShardIterator, sequence_number, stored_number};
use self::store::Stream;
use crate::core::constraint::Checks;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Request, Unread, absent};
use crate::core::wire::response::Response;
use crate::core::world::World;

pub(super) use names::arn_of_iterator;
pub(super) use store::Store;

/// The most records of an answer, and the most bytes (AWS docs, `GetRecords`).
const RECORDS: usize = 1_000;
const BYTES: usize = 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Describe {
    stream_arn: String,
    limit: Option<i64>,
    exclusive_start_shard_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct List {
    table_name: Option<String>,
    limit: Option<i64>,
    exclusive_start_stream_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct GetIterator {
    stream_arn: String,
    shard_id: String,
    shard_iterator_type: String,
    sequence_number: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct GetRecords {
    shard_iterator: String,
    limit: Option<i64>,
}

fn read<T: DeserializeOwned>(operation: &str, request: &Request) -> ServiceResult<T> {
    request
        .json()
        .map_err(|error| match Unread::of(&error.message) {
            Unread::Unknown(name) => {
                ServiceError::not_implemented(format!("the member {name} of dynamodb:{operation}"))
            }
            Unread::Missing(name) => invalid(absent(name)),
            Unread::Other => error,
        })
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "ValidationException", message)
}

fn not_found(what: impl std::fmt::Display) -> ServiceError {
    ServiceError::new(
        400,
        "ResourceNotFoundException",
        format!("Requested resource not found: {what}"),
    )
}

fn trimmed() -> ServiceError {
    ServiceError::new(
        400,
        "TrimmedDataAccessException",
        "The operation attempted to read past the oldest stream record in a shard.",
    )
}

/// The sequence number of a stream after which its next record will come, or, from
/// its beginning, the one before its first.
///
/// # Errors
/// `ResourceNotFoundException` without such a stream.
pub fn position(world: &World, stream_arn: &str, latest: bool) -> ServiceResult<String> {
    let stream = find(world, stream_arn)?;
    let number = match latest {
        true => last(world, &stream)?,
        false => floor(&stream),
    };
    Ok(sequence_number(number))
}

/// A label of dynoxide as DynamoDB writes it.
pub(super) fn public_label(label: &str) -> String {
    names::begin(label).map_or_else(|| label.to_owned(), names::public_label)
}

/// The machine's time, which dynoxide numbers and dates records by, in
/// microseconds; not the clock that is played here.
fn now() -> i64 {
    Timestamp::now().as_microsecond()
}

pub(super) fn handle(world: &World, operation: &str, request: &Request) -> ServiceResult<Response> {
    let answer = match operation {
        "DescribeStream" => describe(world, &read(operation, request)?),
        "ListStreams" => list(world, &read(operation, request)?),
        "GetShardIterator" => iterator(world, &read(operation, request)?),
        "GetRecords" => records(world, &read(operation, request)?),
        other => Err(ServiceError::not_implemented(format!("dynamodb:{other}"))),
    }?;
    Response::json(&answer)
}

fn prefix(world: &World) -> String {
    world.arn("dynamodb", "table/")
}

fn arn(world: &World, stream: &Stream) -> String {
    format!(
        "{}{}/stream/{}",
        prefix(world),
        stream.table,
        names::public_label(stream.begin)
    )
}

/// The stream of that ARN.
fn find(world: &World, stream_arn: &str) -> ServiceResult<Stream> {
    let mut checks = Checks::default();
    checks.length("streamArn", stream_arn, 37, 1024);
    checks.done()?;
    let missing = || not_found(format_args!("Stream: {stream_arn} not found"));
    let prefix = prefix(world);
    let (table, label) = names::parse_arn(stream_arn, &prefix).ok_or_else(missing)?;
    world
        .handle::<crate::dynamodb::Tables>()
        .streams()
        .streams(Some(table))?
        .into_iter()
        .find(|stream| names::public_label(stream.begin) == label)
        .ok_or_else(missing)
}

/// The stored sequence number that is below every record of the stream: before
/// it there may be records of an earlier stream of the table's name.
fn floor(stream: &Stream) -> i64 {
    // The label is written by another division of the same clock.
    stream.begin - 2
}

/// The last stored sequence number of a stream, or what is below its first.
fn last(world: &World, stream: &Stream) -> ServiceResult<i64> {
    let last = world
        .handle::<crate::dynamodb::Tables>()
        .streams()
        .last(&stream.table)?;
    Ok(last.unwrap_or(0).max(floor(stream)))
}

fn describe(world: &World, input: &Describe) -> ServiceResult<Value> {
    let mut checks = Checks::default();
    if let Some(limit) = input.limit {
        checks.range("limit", limit, 1, 100);
    }
    if let Some(shard) = &input.exclusive_start_shard_id {
        checks.length("exclusiveStartShardId", shard, 28, 65);
    }
    checks.done()?;
    let stream = find(world, &input.stream_arn)?;
    let shard_id = names::shard_id(stream.begin);
    let mut range = json!({ "StartingSequenceNumber": sequence_number(stream.begin) });
    if !stream.enabled {
        // Only a closed shard has an end (AWS docs, "SequenceNumberRange").
        range["EndingSequenceNumber"] = sequence_number(last(world, &stream)?).into();
    }
    let shards = match &input.exclusive_start_shard_id {
        Some(after) if *after >= shard_id => Vec::new(),
        _ => vec![json!({ "ShardId": shard_id, "SequenceNumberRange": range })],
    };
    let keys: Value = serde_json::from_str(&stream.key_schema).map_err(ServiceError::internal)?;
    Ok(json!({ "StreamDescription": {
        "StreamArn": input.stream_arn,
        "StreamLabel": names::public_label(stream.begin),
        "StreamStatus": if stream.enabled { "ENABLED" } else { "DISABLED" },
        "StreamViewType": stream.view,
        "CreationRequestDateTime": stream.begin / 1_000_000,
        "TableName": stream.table,
        "KeySchema": keys,
        "Shards": shards,
    }}))
}

fn list(world: &World, input: &List) -> ServiceResult<Value> {
    let mut checks = Checks::default();
    if let Some(limit) = input.limit {
        checks.range("limit", limit, 1, 100);
    }
    if let Some(table) = &input.table_name {
        checks.length("tableName", table, 3, 255);
        let allowed = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        if !table.chars().all(allowed) {
            checks.pattern("tableName", table, "[a-zA-Z0-9_.-]+");
        }
    }
    if let Some(arn) = &input.exclusive_start_stream_arn {
        checks.length("exclusiveStartStreamArn", arn, 37, 1024);
    }
    checks.done()?;
    let limit = usize::try_from(input.limit.unwrap_or(100)).unwrap_or(100);
    let streams = world
        .handle::<crate::dynamodb::Tables>()
        .streams()
        .streams(input.table_name.as_deref())?;
    let mut shown: Vec<(String, Value)> = streams
        .iter()
        .map(|stream| {
            let arn = arn(world, stream);
            let summary = json!({
                "StreamArn": arn,
                "TableName": stream.table,
                "StreamLabel": names::public_label(stream.begin),
            });
            (arn, summary)
        })
        .collect();
    if let Some(start) = &input.exclusive_start_stream_arn {
        // By table, as the streams are sorted: also when that one is gone.
        shown.retain(|(arn, _)| arn > start);
    }
    let more = shown.len() > limit;
    shown.truncate(limit);
    let last = shown.last().map(|(arn, _)| arn.clone());
    let summaries: Vec<Value> = shown.into_iter().map(|(_, summary)| summary).collect();
    let mut answer = json!({ "Streams": summaries });
    if more {
        answer["LastEvaluatedStreamArn"] = last.into();
    }
    Ok(answer)
}

fn iterator(world: &World, input: &GetIterator) -> ServiceResult<Value> {
    let kind = input.shard_iterator_type.as_str();
    let mut checks = Checks::default();
    checks.length("shardId", &input.shard_id, 28, 65);
    let kinds = [
        "AT_SEQUENCE_NUMBER",
        "AFTER_SEQUENCE_NUMBER",
        "TRIM_HORIZON",
        "LATEST",
    ];
    checks.one_of("shardIteratorType", kind, &kinds);
    if let Some(number) = &input.sequence_number {
        checks.length("sequenceNumber", number, 21, 40);
    }
    checks.done()?;
    let by_number = kind.ends_with("_SEQUENCE_NUMBER");
    let number = match (&input.sequence_number, by_number) {
        (None, true) => {
            return Err(invalid(format!(
                "One or more parameter values were invalid: SequenceNumber is required for the ShardIteratorType {kind}"
            )));
        }
        (Some(_), false) => {
            return Err(invalid(format!(
                "One or more parameter values were invalid: SequenceNumber must not be given for the ShardIteratorType {kind}"
            )));
        }
        (None, false) => 0,
        (Some(text), true) => stored_number(text).ok_or_else(|| {
            invalid(format!(
                "Invalid SequenceNumber: {text} is not of this shard"
            ))
        })?,
    };
    let stream = find(world, &input.stream_arn)?;
    if input.shard_id != names::shard_id(stream.begin) {
        return Err(not_found(format_args!(
            "Shard: {} in Stream: {} not found",
            input.shard_id, input.stream_arn
        )));
    }
    let now = now();
    let oldest = floor(&stream);
    if by_number && number < store::horizon(now) && number > oldest {
        return Err(trimmed());
    }
    let after = match kind {
        "TRIM_HORIZON" => oldest,
        "LATEST" => last(world, &stream)?,
        // AT includes the record itself.
        "AT_SEQUENCE_NUMBER" => number.saturating_sub(1),
        _ => number,
    };
    let iterator = ShardIterator {
        stream_arn: input.stream_arn.clone(),
        after: after.max(oldest),
        issued: now,
    };
    Ok(json!({ "ShardIterator": iterator.encode() }))
}

fn records(world: &World, input: &GetRecords) -> ServiceResult<Value> {
    let mut checks = Checks::default();
    checks.length("shardIterator", &input.shard_iterator, 1, 2048);
    if let Some(limit) = input.limit {
        checks.range("limit", limit, 1, 1_000);
    }
    checks.done()?;
    let iterator = ShardIterator::decode(&input.shard_iterator)?;
    let now = now();
    if now.saturating_sub(iterator.issued) > ITERATOR_LIFE {
        return Err(ServiceError::new(
            400,
            "ExpiredIteratorException",
            "Iterator expired: it was created more than 15 minutes ago",
        ));
    }
    let stream = find(world, &iterator.stream_arn)?;
    let limit = usize::try_from(input.limit.unwrap_or(1_000)).map_or(RECORDS, |n| n.min(RECORDS));
    let from = iterator.after.max(floor(&stream)).max(store::horizon(now));
    let mut after = from;
    let mut shown = Vec::new();
    let mut bytes = 0;
    for stored in
        world
            .handle::<crate::dynamodb::Tables>()
            .streams()
            .after(&stream.table, from, limit)?
    {
        if record::changes_nothing(&stored) {
            after = stored.number;
            continue;
        }
        let (record, size) = record::shown(&stored, &stream.view, &world.region);
        bytes += size;
        if bytes > BYTES && !shown.is_empty() {
            break;
        }
        after = stored.number;
        shown.push(record);
    }
    let end = !stream.enabled && after >= last(world, &stream)?;
    let mut answer = json!({ "Records": shown });
    if !end {
        let next = ShardIterator {
            after,
            issued: now,
            ..iterator
        };
        answer["NextShardIterator"] = next.encode().into();
    }
    Ok(answer)
}
