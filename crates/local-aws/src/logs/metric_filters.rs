//! Metric filters: what matches in a group becomes a number in CloudWatch.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::filter::{Filter, Selector};
use super::groups::{Group, State, invalid, missing};
use crate::core::constraint::{self, Shown};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::metric::{Known, Metric};
use crate::core::world::World;

/// Of one group (AWS docs, "CloudWatch Logs quotas").
const FILTERS_PER_GROUP: usize = 100;
/// AWS docs, "Publishing dimensions with metrics from values in JSON or space-delimited events".
const DIMENSIONS_PER_FILTER: usize = 3;

/// A metric filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricFilter {
    /// What it matches.
    pub pattern: String,
    /// What becomes of a match.
    pub transformation: Transformation,
    /// When it was made.
    pub created: Timestamp,
}

/// The metric that a match makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Transformation {
    /// Its name.
    pub metric_name: String,
    /// Its namespace.
    pub metric_namespace: String,
    /// A number, or where it stands in the event: `$.latency`.
    pub metric_value: String,
    /// What is recorded where nothing matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_value: Option<f64>,
    /// Names of dimensions, and where their values stand in the event.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dimensions: BTreeMap<String, String>,
    /// A unit of CloudWatch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// The units of the service model.
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

impl Transformation {
    fn check(&self, filter: &Filter) -> ServiceResult<()> {
        for (value, at) in [
            (
                &self.metric_name,
                "metricTransformations.1.member.metricName",
            ),
            (
                &self.metric_namespace,
                "metricTransformations.1.member.metricNamespace",
            ),
        ] {
            let fits = value.chars().count() <= 255 && !value.contains([':', '*', '$']);
            if !fits || value.is_empty() {
                let rule = "Member must satisfy regular expression pattern: [^:*$]* and have a \
                            length of 1 to 255";
                return Err(invalid(constraint::message(Shown::Value(value), at, rule)));
            }
        }
        let is_field = self.metric_value.starts_with('$');
        if is_field {
            selected(filter, &self.metric_value)?;
        } else if self.metric_value.len() > 100 || self.metric_value.parse::<f64>().is_err() {
            return Err(invalid(format!(
                "Invalid metric value: {}",
                self.metric_value
            )));
        }
        if !self.dimensions.is_empty() && self.default_value.is_some() {
            return Err(invalid(
                "Invalid metric transformation: dimensions and default value are mutually exclusive.",
            ));
        }
        if self.dimensions.len() > DIMENSIONS_PER_FILTER {
            return Err(invalid(format!(
                "Invalid metric transformation: at most {DIMENSIONS_PER_FILTER} dimensions"
            )));
        }
        for selector in self.dimensions.values() {
            selected(filter, selector)?;
        }
        match &self.unit {
            Some(unit) if !UNITS.contains(&unit.as_str()) => {
                let rule = format!("Member must satisfy enum value set: [{}]", UNITS.join(", "));
                let at = "metricTransformations.1.member.unit";
                Err(invalid(constraint::message(Shown::Value(unit), at, rule)))
            }
            _ => Ok(()),
        }
    }
}

/// A field can be selected of events that are JSON alone, as space-delimited ones are not read.
fn selected(filter: &Filter, selector: &str) -> ServiceResult<Selector> {
    if !filter.is_json() {
        return Err(invalid(format!(
            "Invalid metric transformation: {selector} selects a field, and the filter pattern \
             is not of events that have any"
        )));
    }
    Selector::parse(selector)
}

pub(super) fn check_filter_name(name: &str) -> ServiceResult<()> {
    if (1..=512).contains(&name.chars().count()) && !name.contains([':', '*']) {
        return Ok(());
    }
    let rule =
        "Member must satisfy regular expression pattern: [^:*]* and have a length of 1 to 512";
    Err(invalid(constraint::message(
        Shown::Value(&name),
        "filterName",
        rule,
    )))
}

impl State {
    /// Makes a metric filter, or changes the one of that name.
    ///
    /// # Errors
    /// `InvalidParameterException`, `ResourceNotFoundException` (the group),
    /// `LimitExceededException`; 501 for patterns that are not read here.
    pub fn put_metric_filter(
        &mut self,
        group: &str,
        name: &str,
        pattern: String,
        transformation: Transformation,
        now: Timestamp,
    ) -> ServiceResult<()> {
        check_filter_name(name)?;
        let filter = Filter::parse(&pattern)?;
        transformation.check(&filter)?;
        let filters = &mut self.group_mut(group)?.metric_filters;
        let created = filters.get(name).map_or(now, |known| known.created);
        if !filters.contains_key(name) && filters.len() >= FILTERS_PER_GROUP {
            return Err(ServiceError::new(
                400,
                "LimitExceededException",
                "Resource limit exceeded.",
            ));
        }
        let filter = MetricFilter {
            pattern,
            transformation,
            created,
        };
        filters.insert(name.to_owned(), filter);
        Ok(())
    }

    /// Deletes a metric filter.
    ///
    /// # Errors
    /// `ResourceNotFoundException` for the group or the filter.
    pub fn delete_metric_filter(&mut self, group: &str, name: &str) -> ServiceResult<()> {
        check_filter_name(name)?;
        let filters = &mut self.group_mut(group)?.metric_filters;
        filters
            .remove(name)
            .map(|_| ())
            .ok_or_else(|| missing("metric filter"))
    }
}

/// Records what events make of the metric filters of their group.
pub(super) fn emit(world: &World, group: &Group, events: &[(Timestamp, String)]) {
    for filter in group.metric_filters.values() {
        // It was read when it was put.
        let Ok(pattern) = Filter::parse(&filter.pattern) else {
            continue;
        };
        let matching = events
            .iter()
            .map(|(_, message)| message.as_str())
            .filter(|message| pattern.matches(message));
        let mut none = true;
        for message in matching {
            none = false;
            record(world, &filter.transformation, message);
        }
        if let (true, Some(value)) = (none, filter.transformation.default_value) {
            put(world, &filter.transformation, value, &[]);
        }
    }
}

fn record(world: &World, transformation: &Transformation, message: &str) {
    let event: Value = serde_json::from_str(message).unwrap_or_default();
    let field = |selector: &str| {
        let found = Selector::parse(selector).ok()?.of(&event)?.clone();
        match found {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    };
    let value = if transformation.metric_value.starts_with('$') {
        field(&transformation.metric_value)
    } else {
        Some(transformation.metric_value.clone())
    };
    // AWS docs: where the field is no number, nothing is published; so where a dimension has none.
    let Some(value) = value.and_then(|value| value.parse::<f64>().ok()) else {
        return;
    };
    let dimensions: Option<Vec<(String, String)>> = transformation
        .dimensions
        .iter()
        .map(|(name, selector)| Some((name.clone(), field(selector)?)))
        .collect();
    let Some(dimensions) = dimensions else {
        return;
    };
    let dimensions: Vec<(&str, &str)> = dimensions
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    put(world, transformation, value, &dimensions);
}

fn put(world: &World, transformation: &Transformation, value: f64, dimensions: &[(&str, &str)]) {
    crate::cloudwatch::record(
        world,
        &transformation.metric_namespace,
        &[(&transformation.metric_name, value)],
        &[dimensions],
    );
}

/// What is known of a metric that filters make.
pub(super) fn known(world: &World, metric: &Metric<'_>) -> ServiceResult<Option<Known>> {
    let names: Vec<&str> = metric.dimensions.iter().map(|(name, _)| *name).collect();
    let makes = |filter: &MetricFilter| {
        let transformation = &filter.transformation;
        transformation.metric_namespace == metric.namespace
            && transformation.metric_name == metric.name
            && transformation.dimensions.keys().eq(names.iter())
    };
    let is_made = world.read(|state| {
        let groups = state.of::<State>().groups("");
        let mut filters = groups.flat_map(|(_, group)| group.metric_filters.values());
        filters.any(makes)
    });
    Ok(is_made.then_some(Known::Recorded))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-01-31T12:00:00Z".parse().unwrap()
    }

    fn errors() -> Transformation {
        Transformation {
            metric_name: "Errors".to_owned(),
            metric_namespace: "vanity".to_owned(),
            metric_value: "1".to_owned(),
            default_value: None,
            dimensions: BTreeMap::new(),
            unit: None,
        }
    }

    fn put(pattern: &str, transformation: Transformation) -> ServiceResult<()> {
        let mut state = State::default();
        state.create_group("g", "f".to_owned(), BTreeMap::new(), now())?;
        state.put_metric_filter("g", "n", pattern.to_owned(), transformation, now())
    }

    #[test]
    fn what_is_no_transformation_is_refused() {
        put("ERROR", errors()).unwrap();
        let of_field = |value: &str| Transformation {
            metric_value: value.to_owned(),
            ..errors()
        };
        put("{ $.a > 1 }", of_field("$.a")).unwrap();
        let with = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
        let both = Transformation {
            default_value: Some(0.0),
            dimensions: with("Level", "$.level"),
            ..errors()
        };
        let wrong = [
            ("ERROR", of_field("$.a")),
            ("{ $.a > 1 }", of_field("one")),
            ("{ $.a > 1 }", both),
            (
                "ERROR",
                Transformation {
                    metric_name: "a:b".to_owned(),
                    ..errors()
                },
            ),
            (
                "ERROR",
                Transformation {
                    unit: Some("Miles".to_owned()),
                    ..errors()
                },
            ),
            ("\"open", errors()),
        ];
        for (pattern, transformation) in wrong {
            let error = put(pattern, transformation.clone()).unwrap_err();
            assert_eq!(
                error.code, "InvalidParameterException",
                "{transformation:?}"
            );
        }
    }

    #[test]
    fn a_filter_is_changed_in_its_place_and_deleted_once() {
        let mut state = State::default();
        let later = now() + jiff::SignedDuration::from_secs(60);
        state
            .create_group("g", "f".to_owned(), BTreeMap::new(), now())
            .unwrap();
        state
            .put_metric_filter("g", "n", "A".to_owned(), errors(), now())
            .unwrap();
        state
            .put_metric_filter("g", "n", "B".to_owned(), errors(), later)
            .unwrap();
        let filters = &state.group("g").unwrap().metric_filters;
        assert_eq!(filters["n"].pattern, "B");
        assert_eq!(filters["n"].created, now());
        state.delete_metric_filter("g", "n").unwrap();
        let error = state.delete_metric_filter("g", "n").unwrap_err();
        assert_eq!(error.code, "ResourceNotFoundException");
    }
}
