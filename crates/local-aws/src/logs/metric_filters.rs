//! Metric filters: what of the lines of a group becomes datapoints (AWS API reference,
//! `PutMetricFilter`; AWS docs, "Creating metrics from log events using filters"). [`datapoint`]
//! and the checks are pure, [`emit`] records.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::filter::{Filter, Selector};
use super::groups::{Group, State, invalid, missing, pattern_violation};
use crate::core::constraint::{self, Shown};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::metric::{Known, Metric};
use crate::core::world::World;

/// Metric filters of a group (API reference, `PutMetricFilter`).
const PER_GROUP: usize = 100;

/// Dimensions of one (API reference, `MetricTransformation`).
const DIMENSIONS: usize = 3;

/// The only default value that is implemented: any other would need to know how a minute ends.
const DEFAULT: f64 = 0.0;

/// A metric filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MetricFilter {
    pub pattern: String,
    pub transformation: Transformation,
    pub created: Timestamp,
}

/// `MetricTransformation` of the service model, with its names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Transformation {
    pub metric_name: String,
    pub metric_namespace: String,
    /// A number, or the selector of one in the event.
    pub metric_value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_value: Option<f64>,
    /// Names, and selectors of the values in the event.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// `StandardUnit` of the service model.
const UNITS: &[&str] = &[
    "Seconds",
    "Microseconds",
    "Milliseconds",
    "Bytes",
    "Kilobytes",
    "Megabytes",
    "Gigabytes",
    "Terabytes",
    "Bits",
    "Kilobits",
    "Megabits",
    "Gigabits",
    "Terabits",
    "Percent",
    "Count",
    "Bytes/Second",
    "Kilobytes/Second",
    "Megabytes/Second",
    "Gigabytes/Second",
    "Terabytes/Second",
    "Bits/Second",
    "Kilobits/Second",
    "Megabits/Second",
    "Gigabits/Second",
    "Terabits/Second",
    "Count/Second",
    "None",
];

/// What is published of an event.
#[derive(Debug, Clone, PartialEq)]
enum Datapoint {
    /// It matches: this value, under these dimensions.
    Value(f64, BTreeMap<String, String>),
    /// It does not, and the filter says what is published of a minute without a match.
    Default,
}

/// The name or the namespace of a metric.
pub(super) fn check_metric(text: &str, at: &str) -> ServiceResult<()> {
    let allowed = |c: char| c.is_ascii() && !":*$".contains(c);
    if (1..=255).contains(&text.len()) && text.chars().all(allowed) {
        return Ok(());
    }
    Err(pattern_violation(
        text,
        at,
        "Member must satisfy regular expression pattern: [^:*$]* and have a length of 1 to 255",
    ))
}

/// The name of a metric filter.
pub(super) fn check_name(name: &str, member: &str) -> ServiceResult<()> {
    if (1..=512).contains(&name.chars().count()) && !name.contains([':', '*']) {
        return Ok(());
    }
    Err(pattern_violation(
        name,
        member,
        "Member must satisfy regular expression pattern: [^:*]* and have a length of 1 to 512",
    ))
}

impl Transformation {
    /// Checks it beside the pattern of its filter.
    ///
    /// # Errors
    /// `InvalidParameterException`; 501 for a default value other than 0.
    fn check(&self, filter: &Filter) -> ServiceResult<()> {
        for (member, text) in [
            ("metricName", &self.metric_name),
            ("metricNamespace", &self.metric_namespace),
        ] {
            check_metric(text, &format!("metricTransformations.1.member.{member}"))?;
        }
        if !(1..=100).contains(&self.metric_value.chars().count()) {
            return Err(pattern_violation(
                &self.metric_value,
                "metricTransformations.1.member.metricValue",
                "Member must have length between 1 and 100",
            ));
        }
        if let Some(unit) = self.unit.as_deref().filter(|unit| !UNITS.contains(unit)) {
            return Err(pattern_violation(
                unit,
                "metricTransformations.1.member.unit",
                &format!("Member must satisfy enum value set: [{}]", UNITS.join(", ")),
            ));
        }
        if self.constant().is_none() {
            self.check_field("The metric value", &self.metric_value, filter)?;
        }
        if self.dimensions.len() > DIMENSIONS {
            return Err(invalid(format!(
                "A metric transformation can have at most {DIMENSIONS} dimensions"
            )));
        }
        for (name, selector) in &self.dimensions {
            let fits = |text: &str| (1..=255).contains(&text.chars().count());
            if !fits(name) || !fits(selector) {
                return Err(invalid(
                    "Names and values of dimensions must have length between 1 and 255",
                ));
            }
            self.check_field(&format!("The dimension {name}"), selector, filter)?;
        }
        match self.default_value {
            // API reference, `MetricTransformation`: not beside dimensions.
            Some(_) if !self.dimensions.is_empty() => Err(invalid(
                "A metric transformation with dimensions cannot have a default value",
            )),
            Some(value) if value.abs() > DEFAULT => Err(ServiceError::not_implemented(format!(
                "the default value {value} of a metric filter, only 0"
            ))),
            _ => Ok(()),
        }
    }

    /// A field of the events, which only patterns that know fields have.
    fn check_field(&self, what: &str, selector: &str, filter: &Filter) -> ServiceResult<()> {
        if filter.has_fields() && Selector::parse(selector).is_ok() {
            return Ok(());
        }
        Err(invalid(format!(
            "{what} of {} is no field of the filter pattern: {selector}",
            self.metric_name
        )))
    }

    /// The value, where it is a number.
    fn constant(&self) -> Option<f64> {
        let number: f64 = self.metric_value.parse().ok()?;
        number.is_finite().then_some(number)
    }
}

impl State {
    /// Makes a metric filter of a group, or changes it.
    ///
    /// # Errors
    /// `InvalidParameterException`, `ResourceNotFoundException`, `LimitExceededException`; 501.
    pub(super) fn put_metric_filter(
        &mut self,
        group: &str,
        name: &str,
        filter: MetricFilter,
    ) -> ServiceResult<()> {
        check_name(name, "filterName")?;
        filter
            .transformation
            .check(&Filter::parse(&filter.pattern)?)?;
        let filters = &mut self.group_mut(group)?.metric_filters;
        let before = filters.get(name).map(|filter| filter.created);
        if before.is_none() && filters.len() >= PER_GROUP {
            return Err(ServiceError::new(
                400,
                "LimitExceededException",
                "Resource limit exceeded.",
            ));
        }
        let created = before.unwrap_or(filter.created);
        filters.insert(name.to_owned(), MetricFilter { created, ..filter });
        Ok(())
    }

    /// Deletes one.
    ///
    /// # Errors
    /// `InvalidParameterException`, `ResourceNotFoundException`.
    pub(super) fn delete_metric_filter(&mut self, group: &str, name: &str) -> ServiceResult<()> {
        check_name(name, "filterName")?;
        let removed = self.group_mut(group)?.metric_filters.remove(name);
        removed.map(|_| ()).ok_or_else(|| missing("metric filter"))
    }
}

/// What is published of an event; `None`: nothing.
fn datapoint(filter: &Filter, transformation: &Transformation, message: &str) -> Option<Datapoint> {
    if !filter.matches(message) {
        return transformation.default_value.map(|_| Datapoint::Default);
    }
    let constant = transformation.constant();
    if let (Some(value), true) = (constant, transformation.dimensions.is_empty()) {
        return Some(Datapoint::Value(value, BTreeMap::new()));
    }
    let event: Value = serde_json::from_str(message).ok()?;
    let field = |selector: &str| Selector::parse(selector).ok()?.of(&event).cloned();
    let value = match constant {
        Some(value) => value,
        None => field(&transformation.metric_value)?.as_f64()?,
    };
    let mut dimensions = BTreeMap::new();
    for (name, selector) in &transformation.dimensions {
        let value = crate::core::property::scalar(&field(selector)?)?;
        dimensions.insert(name.clone(), value);
    }
    Some(Datapoint::Value(value, dimensions))
}

/// Publishes what the filters of a group make of lines that came in now.
pub(super) fn emit(world: &World, group: &Group, events: &[(Timestamp, String)]) {
    for filter in group.metric_filters.values() {
        let transformation = &filter.transformation;
        // It was read when it was put.
        let Ok(pattern) = Filter::parse(&filter.pattern) else {
            continue;
        };
        let namespace = &transformation.metric_namespace;
        let name = transformation.metric_name.as_str();
        let mut without_match = false;
        for (_, message) in events {
            match datapoint(&pattern, transformation, message) {
                Some(Datapoint::Value(value, dimensions)) => {
                    let dimensions: Vec<(&str, &str)> = dimensions
                        .iter()
                        .map(|(name, value)| (name.as_str(), value.as_str()))
                        .collect();
                    crate::cloudwatch::record(world, namespace, &[(name, value)], &[&dimensions]);
                }
                Some(Datapoint::Default) => without_match = true,
                None => {}
            }
        }
        if without_match {
            crate::cloudwatch::record_unless_there(world, namespace, name, DEFAULT);
        }
    }
}

/// What is known of a metric of a metric filter.
pub(super) fn known(world: &World, metric: &Metric<'_>) -> ServiceResult<Option<Known>> {
    let made_here = |filter: &MetricFilter| {
        let transformation = &filter.transformation;
        let dimensions = metric.dimensions.iter().map(|(name, _)| *name);
        transformation.metric_namespace == metric.namespace
            && transformation.metric_name == metric.name
            && dimensions.eq(transformation.dimensions.keys().map(String::as_str))
    };
    Ok(world
        .read(|state| {
            let mut groups = state.of::<State>().groups.values();
            groups.any(|group| group.metric_filters.values().any(made_here))
        })
        .then_some(Known::Recorded))
}

/// The transformations of a request, of which there is one.
///
/// # Errors
/// `InvalidParameterException`.
pub(super) fn only(mut transformations: Vec<Transformation>) -> ServiceResult<Transformation> {
    match (transformations.pop(), transformations.is_empty()) {
        (Some(transformation), true) => Ok(transformation),
        _ => Err(invalid(constraint::message(
            Shown::Nothing,
            "metricTransformations",
            "Member must have length between 1 and 1",
        ))),
    }
}

#[cfg(test)]
mod tests;
