//! The operations, and what CloudFormation does through them.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::input::{self, Input, check_group, check_name, invalid};
use super::state::{Run, Schedule, Settings, State};
use super::{GROUP, PRINCIPAL, arn, delivery, group_arn};
use crate::core::constraint::Checks;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Call, Permission, Request, Route};
use crate::core::wire::response::{Response, epoch_seconds};
use crate::core::world::World;

/// Every operation that is implemented.
pub(super) const OPERATIONS: &[&str] = &[
    "CreateSchedule",
    "DeleteSchedule",
    "GetSchedule",
    "ListSchedules",
    "UpdateSchedule",
];

pub(super) fn permissions(
    world: &World,
    route: &Route,
    request: &Request,
) -> ServiceResult<Vec<Permission>> {
    let resource = match route.operation {
        "ListSchedules" => "*".to_owned(),
        _ => arn(world, route.label("Name")),
    };
    let mut needed = vec![Permission {
        action: format!("scheduler:{}", route.operation),
        resource,
    }];
    if matches!(route.operation, "CreateSchedule" | "UpdateSchedule") {
        let body: Value = request.json()?;
        if let Some(role) = body["Target"]["RoleArn"].as_str() {
            needed.push(Permission {
                action: "iam:PassRole".to_owned(),
                resource: role.to_owned(),
            });
        }
    }
    Ok(needed)
}

pub(super) fn handle(
    world: &Arc<World>,
    call: &Call,
    route: &Route,
    request: &Request,
) -> ServiceResult<Response> {
    let name = route.label("Name");
    let body = || -> ServiceResult<Input> { input::read(route.operation, request.json()?) };
    let group = || check_group(request.query_value("groupName"));
    let answer = match route.operation {
        "CreateSchedule" => {
            put(world, name, body()?, call.now, Put::New)?;
            json!({ "ScheduleArn": arn(world, name) })
        }
        "UpdateSchedule" => {
            put(world, name, body()?, call.now, Put::Changed)?;
            json!({ "ScheduleArn": arn(world, name) })
        }
        "GetSchedule" => {
            group()?;
            describe(world, &find(world, name)?)
        }
        "DeleteSchedule" => {
            group()?;
            delete(world, name)?;
            json!({})
        }
        "ListSchedules" => list(world, request)?,
        other => return Err(ServiceError::not_implemented(format!("scheduler:{other}"))),
    };
    Response::json(&answer)
}

fn not_found(name: &str) -> ServiceError {
    ServiceError::new(
        404,
        "ResourceNotFoundException",
        format!("Schedule {name} does not exist."),
    )
}

/// The schedule of that name.
///
/// # Errors
/// `ValidationException`, `ResourceNotFoundException`.
pub(super) fn find(world: &World, name: &str) -> ServiceResult<Schedule> {
    let mut checks = Checks::default();
    check_name(&mut checks, "name", name);
    checks.done()?;
    world
        .read(|state| state.of::<State>().schedules.get(name).cloned())
        .ok_or_else(|| not_found(name))
}

/// Which of both a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Put {
    /// `CreateSchedule`.
    New,
    /// `UpdateSchedule`.
    Changed,
}

/// Makes a schedule, or says all of one anew.
///
/// # Errors
/// `ConflictException`, `ResourceNotFoundException`, `ValidationException`; 501.
pub(super) fn put(
    world: &World,
    name: &str,
    input: Input,
    now: Timestamp,
    put: Put,
) -> ServiceResult<()> {
    check_group(input.group())?;
    let settings = input.settings(name, &world.region)?;
    check_role(world, &settings, now)?;
    let chance = delivery::chance(world);
    world.write(|state| {
        let schedules = &mut state.of_mut::<State>().schedules;
        let before = schedules.get(name);
        let created = match (put, before) {
            (Put::New, None) => now,
            (Put::Changed, Some(before)) => before.created,
            (Put::Changed, None) => return Err(not_found(name)),
            (Put::New, Some(_)) => {
                return Err(ServiceError::new(
                    409,
                    "ConflictException",
                    format!("Schedule {name} already exists."),
                ));
            }
        };
        let schedule = Schedule {
            name: name.to_owned(),
            next: settings.run(now, now, chance),
            settings,
            created,
            modified: now,
        };
        schedules.insert(name.to_owned(), schedule);
        Ok(())
    })
}

/// The words are those of AWS (aws/aws-sdk-js-v3 #6494), which a role hears too that was made a
/// moment ago.
fn check_role(world: &World, settings: &Settings, now: Timestamp) -> ServiceResult<()> {
    let role_arn = &settings.target.role_arn;
    let young = world.read(|state| crate::iam::unknown(state, role_arn, now).is_some());
    if !young && delivery::trusted(world, role_arn)? {
        return Ok(());
    }
    Err(invalid(
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    ))
}

/// Deletes a schedule.
///
/// # Errors
/// `ResourceNotFoundException`.
pub(super) fn delete(world: &World, name: &str) -> ServiceResult<()> {
    find(world, name)?;
    world.write(|state| {
        let gone = state.of_mut::<State>().schedules.remove(name);
        gone.map(|_| ()).ok_or_else(|| not_found(name))
    })
}

fn state_of(schedule: &Schedule) -> &'static str {
    if schedule.settings.enabled {
        "ENABLED"
    } else {
        "DISABLED"
    }
}

fn describe(world: &World, schedule: &Schedule) -> Value {
    let settings = &schedule.settings;
    let target = &settings.target;
    let mut shown_target = json!({
        "Arn": target.arn,
        "RoleArn": target.role_arn,
        "Input": target.input,
        "RetryPolicy": {
            "MaximumEventAgeInSeconds": target.longest,
            "MaximumRetryAttempts": target.retries,
        },
    });
    if let Some(queue) = &target.dead_letter_queue {
        shown_target["DeadLetterConfig"] = json!({ "Arn": queue });
    }
    let window = match settings.window {
        None => json!({ "Mode": "OFF" }),
        Some(minutes) => json!({ "Mode": "FLEXIBLE", "MaximumWindowInMinutes": minutes }),
    };
    let mut shown = json!({
        "ActionAfterCompletion": if settings.delete_after { "DELETE" } else { "NONE" },
        "Arn": arn(world, &schedule.name),
        "CreationDate": epoch_seconds(schedule.created),
        "FlexibleTimeWindow": window,
        "GroupName": GROUP,
        "LastModificationDate": epoch_seconds(schedule.modified),
        "Name": schedule.name,
        "ScheduleExpression": settings.expression,
        "ScheduleExpressionTimezone": settings.timezone.as_deref().unwrap_or("UTC"),
        "State": state_of(schedule),
        "Target": shown_target,
    });
    if let Some(description) = &settings.description {
        shown["Description"] = json!(description);
    }
    for (member, time) in [("StartDate", settings.start), ("EndDate", settings.end)] {
        if let Some(time) = time {
            shown[member] = json!(epoch_seconds(time));
        }
    }
    shown
}

fn list(world: &World, request: &Request) -> ServiceResult<Value> {
    let mut checks = Checks::default();
    let prefix = request.query_value("NamePrefix");
    if let Some(prefix) = prefix {
        check_name(&mut checks, "namePrefix", prefix);
    }
    let state_wanted = request.query_value("State");
    if let Some(state) = state_wanted {
        checks.one_of("state", state, &["ENABLED", "DISABLED"]);
    }
    let most = match request.query_value("MaxResults").map(str::parse::<i64>) {
        None => 100,
        Some(Ok(most)) => most,
        Some(Err(_)) => return Err(invalid("MaxResults is no number")),
    };
    checks.range("maxResults", most, 1, 100);
    let after = request.query_value("NextToken");
    if let Some(token) = after {
        checks.length("nextToken", token, 1, 2048);
    }
    checks.done()?;
    check_group(request.query_value("ScheduleGroup"))?;
    let most = usize::try_from(most).unwrap_or(100);
    Ok(world.read(|state| {
        let wanted = |schedule: &&Schedule| {
            prefix.is_none_or(|prefix| schedule.name.starts_with(prefix))
                && state_wanted.is_none_or(|state| state == state_of(schedule))
                && after.is_none_or(|after| schedule.name.as_str() > after)
        };
        let all = state.of::<State>().schedules.values();
        let found: Vec<&Schedule> = all.filter(wanted).take(most + 1).collect();
        let page: Vec<Value> = found
            .iter()
            .take(most)
            .map(|schedule| {
                json!({
                    "Arn": arn(world, &schedule.name),
                    "CreationDate": epoch_seconds(schedule.created),
                    "GroupName": GROUP,
                    "LastModificationDate": epoch_seconds(schedule.modified),
                    "Name": schedule.name,
                    "State": state_of(schedule),
                    "Target": { "Arn": schedule.settings.target.arn },
                })
            })
            .collect();
        let mut answer = Map::new();
        if found.len() > most
            && let Some(last) = found.get(most - 1)
        {
            answer.insert("NextToken".to_owned(), json!(last.name));
        }
        answer.insert("Schedules".to_owned(), page.into());
        Value::Object(answer)
    }))
}

/// The circumstances in which a role is assumed for a schedule.
pub(super) fn circumstances(world: &World) -> iam_policy::Context {
    iam_policy::context([
        ("aws:SourceArn", group_arn(world)),
        ("aws:SourceAccount", crate::core::world::ACCOUNT.to_owned()),
    ])
}

/// Whether a role's trust policy names the service.
pub(super) fn lets_in(
    state: &crate::core::state::State,
    role_arn: &str,
    circumstances: &iam_policy::Context,
) -> ServiceResult<bool> {
    match state.of::<crate::iam::State>().role_by_arn(role_arn) {
        Some(role) => crate::iam::trusts(role, PRINCIPAL, circumstances),
        None => Ok(false),
    }
}

/// Takes the runs that are due, and plans the ones after them.
pub(super) fn due(world: &World, now: Timestamp) -> Vec<(Schedule, Run)> {
    let waiting = |schedule: &Schedule| schedule.next.filter(|run| run.due <= now);
    let any = world.read(|state| {
        state
            .of::<State>()
            .schedules
            .values()
            .any(|one| waiting(one).is_some())
    });
    if !any {
        return Vec::new();
    }
    let chance = delivery::chance(world);
    let taken = world.write(|state| {
        let schedules = &mut state.of_mut::<State>().schedules;
        let mut taken = Vec::new();
        for schedule in schedules.values_mut() {
            let Some(run) = waiting(schedule) else {
                continue;
            };
            // Of what was missed while no server ran, one run is made up for.
            let second = jiff::SignedDuration::from_secs(1);
            let from = run.scheduled.max(now).checked_add(second).unwrap_or(now);
            let start = schedule.settings.start.unwrap_or(schedule.modified);
            schedule.next = schedule.settings.run(from, start, chance);
            taken.push((schedule.clone(), run));
        }
        schedules.retain(|_, schedule| {
            let over = schedule.settings.enabled && schedule.next.is_none();
            !(over && schedule.settings.delete_after)
        });
        Ok::<_, std::convert::Infallible>(taken)
    });
    let Ok(taken) = taken;
    taken
}
