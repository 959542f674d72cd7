//! Lines that services write: Lambda for functions, API Gateway for access logs.

use jiff::Timestamp;

use super::groups::{Group, State, Stream};
use super::{lines, metric_filters};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Permission;
use crate::core::world::World;

/// Appends lines to a stream; makes the group and the stream when they are missing.
///
/// # Errors
/// `InvalidParameterException` for an impossible name, `InternalFailure` when
/// the disk refuses.
pub fn append(
    world: &World,
    group: &str,
    stream: &str,
    events: Vec<(Timestamp, String)>,
) -> ServiceResult<()> {
    if events.is_empty() {
        return Ok(());
    }
    let now = world.clock.now();
    let prepared = world.write(|state| {
        if !state.of::<crate::logs::State>().groups.contains_key(group) {
            state.of_mut::<crate::logs::State>().create_group(
                group,
                world.ids.uuid(),
                Default::default(),
                now,
            )?;
        }
        prepare(
            state.of_mut::<crate::logs::State>(),
            group,
            stream,
            || world.ids.uuid(),
            &events,
            now,
        )
    })?;
    store(world, &prepared, &events, now)
}

/// [`append`] on behalf of a role's session, as Lambda does for a function:
/// nothing is written that the role may not write.
///
/// # Errors
/// `AccessDeniedException`, and those of [`append`].
pub fn append_for_role(
    world: &World,
    role_name: &str,
    session_name: &str,
    group: &str,
    stream: &str,
    events: Vec<(Timestamp, String)>,
) -> ServiceResult<()> {
    let (has_group, has_stream) =
        world.read(
            |state| match state.of::<crate::logs::State>().groups.get(group) {
                Some(group) => (true, group.streams.contains_key(stream)),
                None => (false, false),
            },
        );
    let mut needed = vec![("logs:PutLogEvents", stream)];
    if !has_stream {
        needed.push(("logs:CreateLogStream", stream));
    }
    if !has_group {
        needed.push(("logs:CreateLogGroup", ""));
    }
    for (action, stream) in needed {
        let permission = Permission {
            action: action.to_owned(),
            resource: stream_arn(world, group, stream),
        };
        crate::iam::authorize(world, role_name, session_name, &permission)?;
    }
    append(world, group, stream, events)
}

/// The ARN that permissions are checked against; the service names a stream
/// even where an action is about the group, and then an empty one.
pub(super) fn stream_arn(world: &World, group: &str, stream: &str) -> String {
    world.arn(
        "logs",
        format_args!("log-group:{group}:log-stream:{stream}"),
    )
}

/// Where lines go, and the stream that made room for it.
pub(super) struct Prepared {
    group: Group,
    stream: Stream,
    forgotten: Option<Stream>,
}

/// Notes the events in the state; the group must exist, the stream is made.
pub(super) fn prepare(
    state: &mut State,
    group_name: &str,
    stream_name: &str,
    file: impl FnOnce() -> String,
    events: &[(Timestamp, String)],
    now: Timestamp,
) -> ServiceResult<Prepared> {
    let group = state.group_mut(group_name)?;
    let forgotten = if group.streams.contains_key(stream_name) {
        None
    } else {
        group.create_stream(stream_name, file(), now)?
    };
    group.note_events(stream_name, events.iter().map(|(time, _)| *time), now)?;
    let stream = group.stream(stream_name)?.clone();
    // Its streams are of no use to the one who writes the lines.
    let group = Group {
        streams: Default::default(),
        ..group.clone()
    };
    Ok(Prepared {
        group,
        stream,
        forgotten,
    })
}

/// Writes the lines, and publishes the metrics that are made of them.
pub(super) fn store(
    world: &World,
    prepared: &Prepared,
    events: &[(Timestamp, String)],
    now: Timestamp,
) -> ServiceResult<()> {
    let root = world.service_dir("logs");
    if let Some(forgotten) = &prepared.forgotten {
        lines::remove(&root, &prepared.group, forgotten).map_err(ServiceError::internal)?;
    }
    lines::append(&root, &prepared.group, &prepared.stream, events, now)
        .map_err(ServiceError::internal)?;
    metric_filters::emit(world, &prepared.group, events);
    Ok(())
}
