//! The operations on the wire.

mod metric_filters;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::filter::Filter;
use super::groups::{
    Group, Stream, check_given_tags, check_group_name, check_stream_name, check_tag_keys, invalid,
};
use super::lines::{self, Line};
use super::{append, group_arn};
use crate::core::constraint::{self, Shown};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Call, Request, Unread, absent};
use crate::core::world::World;

/// Every operation that is implemented.
pub(super) const OPERATIONS: &[&str] = &[
    "CreateLogGroup",
    "CreateLogStream",
    "DeleteLogGroup",
    "DeleteMetricFilter",
    "DeleteRetentionPolicy",
    "DescribeLogGroups",
    "DescribeLogStreams",
    "DescribeMetricFilters",
    "FilterLogEvents",
    "GetLogEvents",
    "ListTagsForResource",
    "PutLogEvents",
    "PutMetricFilter",
    "PutRetentionPolicy",
    "TagResource",
    "TestMetricFilter",
    "UntagResource",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CreateLogGroup {
    log_group_name: String,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    log_group_class: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct GroupOnly {
    log_group_name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct DescribeLogGroups {
    log_group_name_prefix: Option<String>,
    log_group_name_pattern: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PutRetentionPolicy {
    log_group_name: String,
    retention_in_days: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct TagResource {
    resource_arn: String,
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct UntagResource {
    resource_arn: String,
    tag_keys: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct ResourceOnly {
    resource_arn: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CreateLogStream {
    log_group_name: String,
    log_stream_name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct DescribeLogStreams {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name_prefix: Option<String>,
    order_by: Option<String>,
    #[serde(default)]
    descending: bool,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct PutLogEvents {
    log_group_name: String,
    log_stream_name: String,
    log_events: Vec<Event>,
    // Accepted and without effect, as on AWS since sequence tokens ended.
    #[serde(rename = "sequenceToken")]
    _sequence_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Event {
    timestamp: i64,
    message: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct GetLogEvents {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_name: String,
    start_time: Option<i64>,
    end_time: Option<i64>,
    next_token: Option<String>,
    limit: Option<i64>,
    #[serde(default)]
    start_from_head: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct FilterLogEvents {
    log_group_name: Option<String>,
    log_group_identifier: Option<String>,
    log_stream_names: Option<Vec<String>>,
    log_stream_name_prefix: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    filter_pattern: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
    // Deprecated: events are always interleaved.
    #[serde(rename = "interleaved")]
    _interleaved: Option<bool>,
}

/// Reads a request. Names are checked before anything is looked up, as AWS does.
fn read<T: DeserializeOwned>(operation: &str, request: &Request) -> ServiceResult<T> {
    let members: Map<String, Value> = request.json()?;
    let input = request
        .json()
        .map_err(|error| match Unread::of(&error.message) {
            Unread::Unknown(name) => {
                ServiceError::not_implemented(format!("the member {name} of logs:{operation}"))
            }
            Unread::Missing(name) => invalid(absent(name)),
            Unread::Other => error,
        })?;
    let given = |name: &str| members.get(name).and_then(Value::as_str);
    for name in ["logGroupName", "logGroupNamePrefix"] {
        given(name).map_or(Ok(()), check_group_name)?;
    }
    for name in ["logStreamName", "logStreamNamePrefix"] {
        given(name).map_or(Ok(()), check_stream_name)?;
    }
    if given("filterPattern").is_some_and(|pattern| pattern.chars().count() > 1024) {
        return Err(invalid(constraint::message(
            Shown::Nothing,
            "filterPattern",
            "Member must have length less than or equal to 1024",
        )));
    }
    if given("nextToken") == Some("") {
        return Err(invalid(constraint::message(
            Shown::Value(&""),
            "nextToken",
            "Member must have length greater than or equal to 1",
        )));
    }
    Ok(input)
}

/// Does an operation; `None` for operations that answer nothing.
pub(super) fn run(
    world: &World,
    call: &Call,
    operation: &str,
    request: &Request,
) -> ServiceResult<Option<Value>> {
    match operation {
        "DescribeLogGroups" => describe_groups(world, read(operation, request)?).map(Some),
        "ListTagsForResource" => {
            let input: ResourceOnly = read(operation, request)?;
            let name = named_by(world, &input.resource_arn)?;
            world.read(|state| {
                Ok(Some(
                    json!({ "tags": state.of::<crate::logs::State>().group(&name)?.tags }),
                ))
            })
        }
        "DescribeLogStreams" => describe_streams(world, read(operation, request)?).map(Some),
        "PutLogEvents" => put_events(world, call, read(operation, request)?).map(Some),
        "DescribeMetricFilters" => {
            metric_filters::describe(world, read(operation, request)?).map(Some)
        }
        "TestMetricFilter" => metric_filters::test(&read(operation, request)?).map(Some),
        "GetLogEvents" => get_events(world, call, read(operation, request)?).map(Some),
        "FilterLogEvents" => filter_events(world, call, read(operation, request)?).map(Some),
        other => change(world, call, other, request).map(|()| None),
    }
}

/// The operations that answer nothing.
fn change(world: &World, call: &Call, operation: &str, request: &Request) -> ServiceResult<()> {
    match operation {
        "CreateLogGroup" => {
            let input: CreateLogGroup = read(operation, request)?;
            if let Some(class) = input.log_group_class.filter(|class| class != "STANDARD") {
                return Err(ServiceError::not_implemented(format!(
                    "the log group class {class}"
                )));
            }
            check_given_tags(&input.tags)?;
            let folder = world.ids.uuid();
            world.write(|state| {
                state
                    .of_mut::<crate::logs::State>()
                    .create_group(&input.log_group_name, folder, input.tags, call.now)
                    .map(|_| ())
            })
        }
        "DeleteLogGroup" => {
            let input: GroupOnly = read(operation, request)?;
            let group = world.write(|state| {
                state
                    .of_mut::<crate::logs::State>()
                    .delete_group(&input.log_group_name)
            })?;
            lines::remove_group(&world.service_dir("logs"), &group).map_err(ServiceError::internal)
        }
        "PutRetentionPolicy" => {
            let input: PutRetentionPolicy = read(operation, request)?;
            world.write(|state| {
                state
                    .of_mut::<crate::logs::State>()
                    .set_retention(&input.log_group_name, Some(input.retention_in_days))
            })
        }
        "DeleteRetentionPolicy" => {
            let input: GroupOnly = read(operation, request)?;
            world.write(|state| {
                state
                    .of_mut::<crate::logs::State>()
                    .set_retention(&input.log_group_name, None)
            })
        }
        "TagResource" => {
            let input: TagResource = read(operation, request)?;
            check_given_tags(&input.tags)?;
            let name = named_by(world, &input.resource_arn)?;
            world.write(|state| {
                state
                    .of_mut::<crate::logs::State>()
                    .tag_group(&name, input.tags)
            })
        }
        "UntagResource" => {
            let input: UntagResource = read(operation, request)?;
            check_tag_keys(&input.tag_keys)?;
            let name = named_by(world, &input.resource_arn)?;
            world.write(|state| {
                state
                    .of_mut::<crate::logs::State>()
                    .untag_group(&name, &input.tag_keys)
            })
        }
        "CreateLogStream" => {
            let input: CreateLogStream = read(operation, request)?;
            let file = world.ids.uuid();
            let (forgotten, group) = world.write(|state| {
                let group = state
                    .of_mut::<crate::logs::State>()
                    .group_mut(&input.log_group_name)?;
                let forgotten = group.create_stream(&input.log_stream_name, file, call.now)?;
                ServiceResult::Ok((forgotten, group.clone()))
            })?;
            match forgotten {
                Some(stream) => lines::remove(&world.service_dir("logs"), &group, &stream)
                    .map_err(ServiceError::internal),
                None => Ok(()),
            }
        }
        "PutMetricFilter" => metric_filters::put(world, call, read(operation, request)?),
        "DeleteMetricFilter" => metric_filters::delete(world, &read(operation, request)?),
        other => Err(ServiceError::not_implemented(format!("logs:{other}"))),
    }
}

/// The group that an ARN names, with or without `:*` at its end.
fn named_by(world: &World, arn: &str) -> ServiceResult<String> {
    let prefix = world.arn("logs", "log-group:");
    arn.strip_prefix(&prefix)
        .map(|name| name.strip_suffix(":*").unwrap_or(name).to_owned())
        .ok_or_else(|| invalid(format!("Invalid resource ARN {arn}")))
}

/// A group is named or identified (by name or ARN), one of them.
fn group_name(
    world: &World,
    name: Option<String>,
    identifier: Option<String>,
) -> ServiceResult<String> {
    match (name, identifier) {
        (Some(name), None) => Ok(name),
        (None, Some(identifier)) if identifier.starts_with("arn:") => named_by(world, &identifier),
        (None, Some(identifier)) => Ok(identifier),
        _ => Err(invalid(
            "Either logGroupName or logGroupIdentifier must be given, and not both.",
        )),
    }
}

fn check_limit(limit: Option<i64>, most: usize) -> ServiceResult<usize> {
    match limit.map(usize::try_from) {
        None => Ok(most),
        Some(Ok(limit)) if (1..=most).contains(&limit) => Ok(limit),
        Some(_) => Err(invalid(constraint::message(
            Shown::Nothing,
            "limit",
            format_args!("Member must have value between 1 and {most}"),
        ))),
    }
}

/// The offset in a token such as `f/12`.
fn offset(token: Option<&str>) -> ServiceResult<Option<usize>> {
    token
        .map(|token| {
            token
                .get(2..)
                .and_then(|number| number.parse().ok())
                .ok_or_else(|| invalid("The specified nextToken is invalid."))
        })
        .transpose()
}

fn describe_groups(world: &World, input: DescribeLogGroups) -> ServiceResult<Value> {
    if input.log_group_name_prefix.is_some() && input.log_group_name_pattern.is_some() {
        return Err(invalid(
            "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
        ));
    }
    let limit = check_limit(input.limit, 50)?;
    let from = offset(input.next_token.as_deref())?.unwrap_or(0);
    let prefix = input.log_group_name_prefix.unwrap_or_default();
    let pattern = input.log_group_name_pattern.unwrap_or_default();
    let mut groups: Vec<Value> = world.read(|state| {
        state
            .of::<crate::logs::State>()
            .groups(&prefix)
            .filter(|(name, _)| name.contains(&pattern))
            .skip(from)
            .take(limit + 1)
            .map(|(name, group)| describe_group(world, name, group))
            .collect()
    });
    let more = groups.len() > limit;
    groups.truncate(limit);
    let mut answer = json!({ "logGroups": groups });
    if more {
        answer["nextToken"] = json!(format!("f/{}", from + limit));
    }
    Ok(answer)
}

fn describe_group(world: &World, name: &str, group: &Group) -> Value {
    let arn = group_arn(world, name);
    let mut value = json!({
        "logGroupName": name,
        "creationTime": group.created.as_millisecond(),
        "metricFilterCount": group.metric_filters.len(),
        "arn": arn,
        "logGroupArn": arn.strip_suffix(":*"),
        "storedBytes": 0,
        "logGroupClass": "STANDARD",
    });
    if let Some(days) = group.retention_in_days {
        value["retentionInDays"] = json!(days);
    }
    value
}

fn describe_streams(world: &World, input: DescribeLogStreams) -> ServiceResult<Value> {
    let name = group_name(world, input.log_group_name, input.log_group_identifier)?;
    let by_time = match input.order_by.as_deref() {
        None | Some("LogStreamName") => false,
        Some("LastEventTime") => true,
        Some(other) => return Err(invalid(format!("orderBy {other}"))),
    };
    if by_time && input.log_stream_name_prefix.is_some() {
        return Err(invalid(
            "Cannot order by LastEventTime with a logStreamNamePrefix.",
        ));
    }
    let limit = check_limit(input.limit, 50)?;
    let from = offset(input.next_token.as_deref())?.unwrap_or(0);
    let prefix = input.log_stream_name_prefix.unwrap_or_default();
    let group = world.read(|state| state.of::<crate::logs::State>().group(&name).cloned())?;
    let mut streams: Vec<(&String, &Stream)> = group
        .streams
        .iter()
        .filter(|(name, _)| name.starts_with(&prefix))
        .collect();
    if by_time {
        streams.sort_by_key(|(_, stream)| stream.last_event);
    }
    if input.descending {
        streams.reverse();
    }
    let listed: Vec<Value> = streams
        .iter()
        .skip(from)
        .take(limit)
        .map(|(stream_name, stream)| {
            let arn = append::stream_arn(world, &name, stream_name);
            describe_stream(stream_name, stream, &arn)
        })
        .collect();
    let mut answer = json!({ "logStreams": listed });
    if streams.len() > from + limit {
        answer["nextToken"] = json!(format!("f/{}", from + limit));
    }
    Ok(answer)
}

fn describe_stream(name: &str, stream: &Stream, arn: &str) -> Value {
    let mut value = json!({
        "logStreamName": name,
        "creationTime": stream.created.as_millisecond(),
        "arn": arn,
        "storedBytes": 0,
    });
    let times = [
        ("firstEventTimestamp", stream.first_event),
        ("lastEventTimestamp", stream.last_event),
        ("lastIngestionTime", stream.last_ingestion),
    ];
    for (member, time) in times {
        if let Some(time) = time {
            value[member] = json!(time.as_millisecond());
        }
    }
    value
}

/// Limits of one call (AWS docs, `PutLogEvents`).
const EVENTS_PER_CALL: usize = 10_000;
const BYTES_PER_CALL: usize = 1_048_576;
const BYTES_PER_EVENT: usize = 26;

fn put_events(world: &World, call: &Call, input: PutLogEvents) -> ServiceResult<Value> {
    if input.log_events.is_empty() || input.log_events.len() > EVENTS_PER_CALL {
        return Err(invalid(constraint::message(
            Shown::Nothing,
            "logEvents",
            "Member must have length between 1 and 10000",
        )));
    }
    let bytes: usize = input
        .log_events
        .iter()
        .map(|event| event.message.len() + BYTES_PER_EVENT)
        .sum();
    if bytes > BYTES_PER_CALL {
        return Err(invalid(format!(
            "Upload too large: {bytes} bytes exceeds limit of {BYTES_PER_CALL}"
        )));
    }
    let mut events = Vec::with_capacity(input.log_events.len());
    let mut before = i64::MIN;
    for event in input.log_events {
        if event.message.is_empty() {
            return Err(invalid("Log event message must not be empty."));
        }
        if event.timestamp < 0 {
            return Err(invalid(constraint::message(
                Shown::Value(&event.timestamp),
                "logEvents.timestamp",
                "Member must have value greater than or equal to 0",
            )));
        }
        if event.timestamp < before {
            return Err(invalid(
                "Log events in a single PutLogEvents request must be in chronological order.",
            ));
        }
        before = event.timestamp;
        let time = Timestamp::from_millisecond(event.timestamp)
            .map_err(|_| invalid("The timestamp of a log event is out of range."))?;
        events.push((time, event.message));
    }
    // Too old: more than 14 days; too new: more than 2 hours (AWS docs).
    let earliest = call.now - jiff::SignedDuration::from_hours(14 * 24);
    let latest = call.now + jiff::SignedDuration::from_hours(2);
    let first = events.partition_point(|(time, _)| *time < earliest);
    let end = events.partition_point(|(time, _)| *time <= latest);
    let total = events.len();
    let accepted: Vec<_> = events.drain(first..end).collect();
    let prepared = world.write(|state| {
        state
            .of::<crate::logs::State>()
            .group(&input.log_group_name)?
            .stream(&input.log_stream_name)?;
        append::prepare(
            state.of_mut::<crate::logs::State>(),
            &input.log_group_name,
            &input.log_stream_name,
            String::new,
            &accepted,
            call.now,
        )
    })?;
    append::store(world, &prepared, &accepted, call.now)?;
    let mut answer = json!({ "nextSequenceToken": world.ids.token(56, "0123456789") });
    if first > 0 {
        answer["rejectedLogEventsInfo"]["tooOldLogEventEndIndex"] = json!(first);
    }
    if end < total {
        answer["rejectedLogEventsInfo"]["tooNewLogEventStartIndex"] = json!(end);
    }
    Ok(answer)
}

/// The events of a stream that have not expired, from `start` until before `end`.
fn events(
    world: &World,
    call: &Call,
    group: &Group,
    stream: &Stream,
    (start, end): (Option<i64>, Option<i64>),
) -> ServiceResult<Vec<Line>> {
    let expired = group
        .expired_before(call.now)
        .map_or(i64::MIN, Timestamp::as_millisecond);
    let from = start.unwrap_or(i64::MIN).max(expired);
    let mut lines =
        lines::read(&world.service_dir("logs"), group, stream).map_err(ServiceError::internal)?;
    lines.retain(|line| line.timestamp >= from && end.is_none_or(|end| line.timestamp < end));
    Ok(lines)
}

fn get_events(world: &World, call: &Call, input: GetLogEvents) -> ServiceResult<Value> {
    let name = group_name(world, input.log_group_name, input.log_group_identifier)?;
    let limit = check_limit(input.limit, 10_000)?;
    let group = world.read(|state| state.of::<crate::logs::State>().group(&name).cloned())?;
    let stream = group.stream(&input.log_stream_name)?;
    let lines = events(
        world,
        call,
        &group,
        stream,
        (input.start_time, input.end_time),
    )?;
    // A forward token goes on from an index, a backward token ends at one.
    let token = input.next_token.as_deref();
    let (from, to) = match (offset(token)?, token) {
        (Some(index), Some(token)) if token.starts_with("f/") => (index, index + limit),
        (Some(index), Some(token)) if token.starts_with("b/") => {
            (index.saturating_sub(limit), index)
        }
        (Some(_), _) => return Err(invalid("The specified nextToken is invalid.")),
        (None, _) if input.start_from_head => (0, limit),
        (None, _) => (lines.len().saturating_sub(limit), lines.len()),
    };
    let (from, to) = (from.min(lines.len()), to.min(lines.len()));
    let events: Vec<Value> = lines[from..to]
        .iter()
        .map(|line| {
            json!({
                "timestamp": line.timestamp,
                "message": line.message,
                "ingestionTime": line.ingestion,
            })
        })
        .collect();
    Ok(json!({
        "events": events,
        "nextForwardToken": format!("f/{to}"),
        "nextBackwardToken": format!("b/{from}"),
    }))
}

fn filter_events(world: &World, call: &Call, input: FilterLogEvents) -> ServiceResult<Value> {
    if input.log_stream_names.is_some() && input.log_stream_name_prefix.is_some() {
        return Err(invalid(
            "logStreamNames and logStreamNamePrefix are mutually exclusive parameters.",
        ));
    }
    let name = group_name(world, input.log_group_name, input.log_group_identifier)?;
    let limit = check_limit(input.limit, 10_000)?;
    let from = offset(input.next_token.as_deref())?.unwrap_or(0);
    let filter = Filter::parse(input.filter_pattern.as_deref().unwrap_or_default())?;
    let group = world.read(|state| state.of::<crate::logs::State>().group(&name).cloned())?;
    if let Some(names) = &input.log_stream_names {
        for name in names {
            group.stream(name)?;
        }
    }
    let prefix = input.log_stream_name_prefix.unwrap_or_default();
    let mut found: Vec<(Line, &str, usize)> = Vec::new();
    for (name, stream) in &group.streams {
        let wanted = match &input.log_stream_names {
            Some(names) => names.contains(name),
            None => name.starts_with(&prefix),
        };
        if !wanted {
            continue;
        }
        let lines = events(
            world,
            call,
            &group,
            stream,
            (input.start_time, input.end_time),
        )?;
        found.extend(
            lines
                .into_iter()
                .enumerate()
                .filter(|(_, line)| filter.matches(&line.message))
                .map(|(index, line)| (line, name.as_str(), index)),
        );
    }
    found.sort_by_key(|(line, _, _)| line.timestamp);
    let total = found.len();
    let events: Vec<Value> = found
        .iter()
        .skip(from)
        .take(limit)
        .map(|(line, stream, index)| {
            json!({
                "logStreamName": stream,
                "timestamp": line.timestamp,
                "message": line.message,
                "ingestionTime": line.ingestion,
                "eventId": format!("{:020}{index:036}", line.timestamp),
            })
        })
        .collect();
    let mut answer = json!({ "events": events, "searchedLogStreams": [] });
    if total > from + limit {
        answer["nextToken"] = json!(format!("f/{}", from + limit));
    }
    Ok(answer)
}
