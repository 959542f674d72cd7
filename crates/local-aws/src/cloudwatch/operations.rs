//! The operations on the wire.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::alarms::Alarm;
use super::{alarm_arn, watch};
use crate::core::constraint::{self, Shown};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Call, Request, Unread, absent};
use crate::core::wire::response::epoch_seconds;
use crate::core::world::World;

/// Every operation that is implemented.
pub(super) const OPERATIONS: &[&str] = &["DescribeAlarms", "ListTagsForResource"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DescribeAlarms {
    alarm_names: Option<Vec<String>>,
    alarm_name_prefix: Option<String>,
    alarm_types: Option<Vec<String>>,
    children_of_alarm_name: Option<String>,
    parents_of_alarm_name: Option<String>,
    state_value: Option<String>,
    action_prefix: Option<String>,
    max_records: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListTagsForResource {
    #[serde(rename = "ResourceARN")]
    resource_arn: String,
}

fn invalid(message: String) -> ServiceError {
    ServiceError::new(400, "ValidationError", message)
}

fn read<T: DeserializeOwned>(operation: &str, request: &Request) -> ServiceResult<T> {
    request
        .json()
        .map_err(|error| match Unread::of(&error.message) {
            Unread::Unknown(name) => ServiceError::not_implemented(format!(
                "the member {name} of cloudwatch:{operation}"
            )),
            Unread::Missing(name) => invalid(absent(name)),
            Unread::Other => error,
        })
}

/// Does an operation.
pub(super) fn run(
    world: &World,
    _call: &Call,
    operation: &str,
    request: &Request,
) -> ServiceResult<Value> {
    match operation {
        "DescribeAlarms" => {
            let input: DescribeAlarms = read(operation, request)?;
            input.check()?;
            watch::refresh(world)?;
            input.run(world)
        }
        "ListTagsForResource" => {
            let ListTagsForResource { resource_arn } = read(operation, request)?;
            list_tags(world, &resource_arn)
        }
        other => Err(ServiceError::not_implemented(format!("cloudwatch:{other}"))),
    }
}

fn bounded(name: &str, text: Option<&String>, most: usize) -> ServiceResult<()> {
    match text {
        Some(text) if !(1..=most).contains(&text.chars().count()) => {
            Err(invalid(constraint::message(
                Shown::Value(&text),
                name,
                format_args!("Member must have length between 1 and {most}"),
            )))
        }
        _ => Ok(()),
    }
}

impl DescribeAlarms {
    fn check(&self) -> ServiceResult<()> {
        bounded("alarmNamePrefix", self.alarm_name_prefix.as_ref(), 255)?;
        bounded(
            "childrenOfAlarmName",
            self.children_of_alarm_name.as_ref(),
            255,
        )?;
        bounded(
            "parentsOfAlarmName",
            self.parents_of_alarm_name.as_ref(),
            255,
        )?;
        bounded("actionPrefix", self.action_prefix.as_ref(), 1024)?;
        let names = self.alarm_names.as_deref().unwrap_or_default();
        if names.len() > 100 {
            return Err(invalid(constraint::message(
                Shown::Nothing,
                "alarmNames",
                "Member must have length less than or equal to 100",
            )));
        }
        for name in names {
            bounded("alarmNames", Some(name), 255)?;
        }
        let one_of = |name: &str, value: &str, known: &[&str]| {
            if known.contains(&value) {
                return Ok(());
            }
            Err(invalid(constraint::message(
                Shown::Value(&value),
                name,
                format_args!("Member must satisfy enum value set: [{}]", known.join(", ")),
            )))
        };
        for kind in self.alarm_types.iter().flatten() {
            one_of("alarmTypes", kind, &["CompositeAlarm", "MetricAlarm"])?;
        }
        if let Some(state) = &self.state_value {
            one_of("stateValue", state, &["INSUFFICIENT_DATA", "ALARM", "OK"])?;
        }
        if let Some(most) = self.max_records
            && !(1..=100).contains(&most)
        {
            return Err(invalid(constraint::message(
                Shown::Value(&most),
                "maxRecords",
                "Member must have value between 1 and 100",
            )));
        }
        if self.alarm_names.is_some() && self.alarm_name_prefix.is_some() {
            return Err(invalid(
                "AlarmNamePrefix and AlarmNames cannot both be specified".to_owned(),
            ));
        }
        if self.children_of_alarm_name.is_some() || self.parents_of_alarm_name.is_some() {
            return Err(ServiceError::not_implemented("composite alarms"));
        }
        Ok(())
    }

    fn wants(&self, alarm: &Alarm) -> bool {
        let name = &alarm.settings.alarm_name;
        // Without types AWS tells of metric alarms alone.
        let kind = self
            .alarm_types
            .as_ref()
            .is_none_or(|kinds| kinds.is_empty() || kinds.iter().any(|kind| kind == "MetricAlarm"));
        let named = self
            .alarm_names
            .as_ref()
            .is_none_or(|names| names.contains(name));
        let prefix = self
            .alarm_name_prefix
            .as_ref()
            .is_none_or(|prefix| name.starts_with(prefix));
        let state = self
            .state_value
            .as_ref()
            .is_none_or(|state| state == alarm.state.value.name());
        let action = self.action_prefix.as_ref().is_none_or(|prefix| {
            let settings = &alarm.settings;
            [
                &settings.ok_actions,
                &settings.alarm_actions,
                &settings.insufficient_data_actions,
            ]
            .into_iter()
            .flatten()
            .any(|action| action.starts_with(prefix))
        });
        let rest = self.next_token.as_ref().is_none_or(|token| name > token);
        kind && named && prefix && state && action && rest
    }

    fn run(&self, world: &World) -> ServiceResult<Value> {
        let most = usize::try_from(self.max_records.unwrap_or(50)).unwrap_or(usize::MAX);
        world.read(|state| {
            if let Some(token) = &self.next_token
                && state
                    .of::<crate::cloudwatch::State>()
                    .alarm(token)
                    .is_none()
            {
                return Err(ServiceError::new(
                    400,
                    "InvalidNextToken",
                    "The next token is not valid.",
                ));
            }
            let found: Vec<&Alarm> = state
                .of::<crate::cloudwatch::State>()
                .alarms()
                .filter(|alarm| self.wants(alarm))
                .collect();
            let page: Vec<Value> = found
                .iter()
                .take(most)
                .map(|alarm| shown(world, alarm))
                .collect::<ServiceResult<_>>()?;
            let mut answer = json!({ "CompositeAlarms": [], "MetricAlarms": page });
            if found.len() > most {
                let last = found.get(most - 1).map(|alarm| &alarm.settings.alarm_name);
                answer["NextToken"] = json!(last);
            }
            Ok(answer)
        })
    }
}

fn shown(world: &World, alarm: &Alarm) -> ServiceResult<Value> {
    let mut shown = serde_json::to_value(&alarm.settings).map_err(ServiceError::internal)?;
    shown["AlarmArn"] = json!(alarm_arn(world, &alarm.settings.alarm_name));
    shown["AlarmConfigurationUpdatedTimestamp"] = json!(epoch_seconds(alarm.configured));
    shown["StateValue"] = json!(alarm.state.value);
    shown["StateReason"] = json!(alarm.state.reason);
    shown["StateUpdatedTimestamp"] = json!(epoch_seconds(alarm.state.updated));
    shown["StateTransitionedTimestamp"] = json!(epoch_seconds(alarm.state.transitioned));
    Ok(shown)
}

fn list_tags(world: &World, arn: &str) -> ServiceResult<Value> {
    bounded("resourceARN", Some(&arn.to_owned()), 1024)?;
    let prefix = alarm_arn(world, "");
    let Some(name) = arn.strip_prefix(&prefix) else {
        return Err(ServiceError::new(
            400,
            "InvalidParameterValueException",
            format!("{arn} is no ARN of an alarm of this account and Region"),
        ));
    };
    world.read(
        |state| match state.of::<crate::cloudwatch::State>().alarm(name) {
            Some(alarm) => {
                let tags: Vec<Value> = alarm
                    .tags
                    .iter()
                    .map(|(key, value)| json!({ "Key": key, "Value": value }))
                    .collect();
                Ok(json!({ "Tags": tags }))
            }
            None => Err(ServiceError::new(
                404,
                "ResourceNotFoundException",
                "The alarm does not exist.",
            )
            .with("ResourceType", "alarm")
            .with("ResourceId", name)),
        },
    )
}
