//! Metric filters on the wire.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{check_limit, offset};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Call;
use crate::core::world::World;
use crate::logs::State;
use crate::logs::filter::Filter;
use crate::logs::groups::invalid;
use crate::logs::metric_filters::{MetricFilter, Transformation, check_filter_name};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Put {
    log_group_name: String,
    filter_name: String,
    filter_pattern: String,
    metric_transformations: Vec<Transformation>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Delete {
    log_group_name: String,
    filter_name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Describe {
    log_group_name: Option<String>,
    filter_name_prefix: Option<String>,
    metric_name: Option<String>,
    metric_namespace: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Test {
    filter_pattern: String,
    log_event_messages: Vec<String>,
}

/// The one transformation that a filter has (service model: a list of exactly one).
pub(in crate::logs) fn only(
    mut transformations: Vec<Transformation>,
) -> ServiceResult<Transformation> {
    match (transformations.pop(), transformations.is_empty()) {
        (Some(transformation), true) => Ok(transformation),
        _ => Err(invalid(
            "1 validation error detected: Value at 'metricTransformations' failed to satisfy \
             constraint: Member must have length equal to 1",
        )),
    }
}

pub(super) fn put(world: &World, call: &Call, input: Put) -> ServiceResult<()> {
    let transformation = only(input.metric_transformations)?;
    world.write(|state| {
        state.of_mut::<State>().put_metric_filter(
            &input.log_group_name,
            &input.filter_name,
            input.filter_pattern,
            transformation,
            call.now,
        )
    })
}

pub(super) fn delete(world: &World, input: &Delete) -> ServiceResult<()> {
    world.write(|state| {
        state
            .of_mut::<State>()
            .delete_metric_filter(&input.log_group_name, &input.filter_name)
    })
}

pub(super) fn describe(world: &World, input: &Describe) -> ServiceResult<Value> {
    let limit = check_limit(input.limit, 50)?;
    let from = offset(input.next_token.as_deref())?.unwrap_or(0);
    // AWS docs, DescribeMetricFilters: the two go together.
    if input.metric_name.is_some() != input.metric_namespace.is_some() {
        return Err(invalid(
            "metricName and metricNamespace must be given together.",
        ));
    }
    if let Some(prefix) = &input.filter_name_prefix {
        check_filter_name(prefix)?;
        if input.log_group_name.is_none() {
            return Err(invalid("filterNamePrefix needs a logGroupName."));
        }
    }
    let prefix = input.filter_name_prefix.as_deref().unwrap_or_default();
    let fits = |name: &str, filter: &MetricFilter| {
        let of =
            |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|name| name == is);
        let transformation = &filter.transformation;
        name.starts_with(prefix)
            && of(&input.metric_name, &transformation.metric_name)
            && of(&input.metric_namespace, &transformation.metric_namespace)
    };
    let mut found: Vec<Value> = world.read(|state| {
        let state = state.of::<State>();
        if let Some(name) = &input.log_group_name {
            state.group(name)?;
        }
        let groups = state.groups("").filter(|(name, _)| {
            let wanted = input.log_group_name.as_ref();
            wanted.is_none_or(|wanted| *name == wanted)
        });
        let filters = groups.flat_map(|(group, kept)| {
            kept.metric_filters
                .iter()
                .map(move |(name, filter)| (group, name, filter))
        });
        let told = filters
            .filter(|(_, name, filter)| fits(name, filter))
            .skip(from)
            .take(limit + 1)
            .map(|(group, name, filter)| tell(group, name, filter));
        ServiceResult::Ok(told.collect())
    })?;
    let more = found.len() > limit;
    found.truncate(limit);
    let mut answer = json!({ "metricFilters": found });
    if more {
        answer["nextToken"] = json!(format!("f/{}", from + limit));
    }
    Ok(answer)
}

fn tell(group: &str, name: &str, filter: &MetricFilter) -> Value {
    json!({
        "filterName": name,
        "filterPattern": filter.pattern,
        "metricTransformations": [filter.transformation],
        "creationTime": filter.created.as_millisecond(),
        "logGroupName": group,
        "applyOnTransformedLogs": false,
    })
}

pub(super) fn test(input: &Test) -> ServiceResult<Value> {
    if !(1..=50).contains(&input.log_event_messages.len()) {
        return Err(invalid(
            "1 validation error detected: Value at 'logEventMessages' failed to satisfy \
             constraint: Member must have length between 1 and 50",
        ));
    }
    let filter = Filter::parse(&input.filter_pattern)?;
    if filter.is_json() {
        // What it extracts is not described well enough to be told.
        return Err(ServiceError::not_implemented(
            "TestMetricFilter with conditions on JSON",
        ));
    }
    let matches: Vec<Value> = (1..)
        .zip(&input.log_event_messages)
        .filter(|(_, message)| filter.matches(message))
        .map(|(number, message)| {
            json!({ "eventNumber": number, "eventMessage": message, "extractedValues": {} })
        })
        .collect();
    Ok(json!({ "matches": matches }))
}
