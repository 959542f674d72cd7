//! The operations on metric filters.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{check_limit, offset};
use crate::core::constraint::{self, Shown};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Call;
use crate::core::world::World;
use crate::logs::State;
use crate::logs::filter::Filter;
use crate::logs::groups::{check_group_name, invalid};
use crate::logs::metric_filters::{self, MetricFilter, Transformation};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct PutMetricFilter {
    log_group_name: String,
    filter_name: String,
    filter_pattern: String,
    metric_transformations: Vec<Transformation>,
    // Only of groups with a transformer, which are none here.
    apply_on_transformed_logs: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct DeleteMetricFilter {
    log_group_name: String,
    filter_name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct DescribeMetricFilters {
    log_group_name: Option<String>,
    filter_name_prefix: Option<String>,
    metric_name: Option<String>,
    metric_namespace: Option<String>,
    next_token: Option<String>,
    limit: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct TestMetricFilter {
    filter_pattern: String,
    log_event_messages: Vec<String>,
}

pub(super) fn put(world: &World, call: &Call, input: PutMetricFilter) -> ServiceResult<()> {
    if input.apply_on_transformed_logs == Some(true) {
        return Err(ServiceError::not_implemented(
            "log transformers (applyOnTransformedLogs)",
        ));
    }
    let filter = MetricFilter {
        pattern: input.filter_pattern,
        transformation: metric_filters::only(input.metric_transformations)?,
        created: call.now,
    };
    world.write(|state| {
        state
            .of_mut::<State>()
            .put_metric_filter(&input.log_group_name, &input.filter_name, filter)
    })
}

pub(super) fn delete(world: &World, input: &DeleteMetricFilter) -> ServiceResult<()> {
    world.write(|state| {
        state
            .of_mut::<State>()
            .delete_metric_filter(&input.log_group_name, &input.filter_name)
    })
}

pub(super) fn describe(world: &World, input: DescribeMetricFilters) -> ServiceResult<Value> {
    // API reference, `DescribeMetricFilters`: the name of a metric asks for its namespace.
    if input.metric_name.is_some() != input.metric_namespace.is_some() {
        return Err(invalid(
            "metricName and metricNamespace must be given together.",
        ));
    }
    for (member, text) in [
        ("metricName", &input.metric_name),
        ("metricNamespace", &input.metric_namespace),
    ] {
        text.as_deref()
            .map_or(Ok(()), |text| metric_filters::check_metric(text, member))?;
    }
    if let Some(prefix) = &input.filter_name_prefix {
        metric_filters::check_name(prefix, "filterNamePrefix")?;
    }
    let limit = check_limit(input.limit, 50)?;
    let from = offset(input.next_token.as_deref())?.unwrap_or(0);
    let prefix = input.filter_name_prefix.unwrap_or_default();
    let wanted = |filter: &MetricFilter| {
        let made = &filter.transformation;
        let is = |wanted: &Option<String>, text: &str| wanted.as_deref().is_none_or(|w| w == text);
        is(&input.metric_name, &made.metric_name)
            && is(&input.metric_namespace, &made.metric_namespace)
    };
    let mut found: Vec<Value> = world.read(|state| {
        let logs = state.of::<State>();
        if let Some(name) = &input.log_group_name {
            check_group_name(name)?;
            logs.group(name)?;
        }
        let groups = logs.groups("").filter(|(name, _)| {
            let wanted = input.log_group_name.as_ref();
            wanted.is_none_or(|wanted| wanted == *name)
        });
        let filters = groups.flat_map(|(group, kept)| {
            let filters = kept.metric_filters.iter();
            filters.map(move |(name, filter)| (group, name, filter))
        });
        Ok::<_, ServiceError>(
            filters
                .filter(|(_, name, filter)| name.starts_with(&prefix) && wanted(filter))
                .skip(from)
                .take(limit + 1)
                .map(|(group, name, filter)| shown(group, name, filter))
                .collect(),
        )
    })?;
    let more = found.len() > limit;
    found.truncate(limit);
    let mut answer = json!({ "metricFilters": found });
    if more {
        answer["nextToken"] = json!(format!("f/{}", from + limit));
    }
    Ok(answer)
}

fn shown(group: &str, name: &str, filter: &MetricFilter) -> Value {
    json!({
        "filterName": name,
        "filterPattern": filter.pattern,
        "metricTransformations": [filter.transformation],
        "creationTime": filter.created.as_millisecond(),
        "logGroupName": group,
        "applyOnTransformedLogs": false,
    })
}

/// Nothing is extracted: that is told of space-delimited patterns (AWS docs, "Filter and pattern
/// syntax").
pub(super) fn test(input: &TestMetricFilter) -> ServiceResult<Value> {
    let messages = &input.log_event_messages;
    if !(1..=50).contains(&messages.len()) || messages.iter().any(String::is_empty) {
        return Err(invalid(constraint::message(
            Shown::Nothing,
            "logEventMessages",
            "Member must have between 1 and 50 messages of at least one character",
        )));
    }
    let filter = Filter::parse(&input.filter_pattern)?;
    let matches: Vec<Value> = messages
        .iter()
        .zip(1..)
        .filter(|(message, _)| filter.matches(message))
        .map(|(message, number)| {
            json!({
                "eventNumber": number,
                "eventMessage": message,
                "extractedValues": Map::new(),
            })
        })
        .collect();
    Ok(json!({ "matches": matches }))
}
