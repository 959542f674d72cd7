//! Alarms: their settings and states (AWS API reference, `PutMetricAlarm`).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::core::constraint::{self, Shown};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::world::ACCOUNT;

/// What CloudWatch keeps beside the datapoints.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    alarms: BTreeMap<String, Alarm>,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "cloudwatch";
}

/// An alarm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Alarm {
    pub settings: Settings,
    pub tags: BTreeMap<String, String>,
    pub configured: Timestamp,
    pub state: Standing,
}

/// What an alarm stands at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Standing {
    pub value: StateValue,
    pub reason: String,
    pub updated: Timestamp,
    pub transitioned: Timestamp,
}

/// `StateValue` of the service model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum StateValue {
    #[serde(rename = "OK")]
    Ok,
    #[serde(rename = "ALARM")]
    Alarm,
    #[serde(rename = "INSUFFICIENT_DATA")]
    InsufficientData,
}

impl StateValue {
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

/// A dimension of a metric.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Dimension {
    pub name: String,
    pub value: String,
}

/// How the datapoints of a period become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Statistic {
    SampleCount,
    Average,
    Sum,
    Minimum,
    Maximum,
}

/// How a datapoint is compared; those of anomaly bands are not implemented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(
    clippy::enum_variant_names,
    reason = "the names of the service model, on the wire too"
)]
pub(super) enum ComparisonOperator {
    GreaterThanOrEqualToThreshold,
    GreaterThanThreshold,
    LessThanThreshold,
    LessThanOrEqualToThreshold,
}

impl ComparisonOperator {
    pub fn breaches(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::GreaterThanOrEqualToThreshold => value >= threshold,
            Self::GreaterThanThreshold => value > threshold,
            Self::LessThanThreshold => value < threshold,
            Self::LessThanOrEqualToThreshold => value <= threshold,
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::GreaterThanOrEqualToThreshold => "greater than or equal to",
            Self::GreaterThanThreshold => "greater than",
            Self::LessThanThreshold => "less than",
            Self::LessThanOrEqualToThreshold => "less than or equal to",
        }
    }
}

/// What a period without datapoints counts as.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum TreatMissingData {
    Breaching,
    NotBreaching,
    Ignore,
    #[default]
    Missing,
}

/// The settings of an alarm, with the names of the service model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Settings {
    pub alarm_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm_description: Option<String>,
    pub actions_enabled: bool,
    #[serde(rename = "OKActions")]
    pub ok_actions: Vec<String>,
    pub alarm_actions: Vec<String>,
    pub insufficient_data_actions: Vec<String>,
    pub namespace: String,
    pub metric_name: String,
    pub statistic: Statistic,
    pub dimensions: Vec<Dimension>,
    /// Seconds.
    pub period: i64,
    pub evaluation_periods: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub datapoints_to_alarm: Option<i64>,
    pub threshold: f64,
    pub comparison_operator: ComparisonOperator,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub treat_missing_data: Option<TreatMissingData>,
}

fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "ValidationError", message)
}

impl Settings {
    /// Checks them.
    ///
    /// # Errors
    /// `ValidationError`; what is not implemented, by name.
    pub fn check(&self, region: &str) -> ServiceResult<()> {
        for (name, text, most) in [
            ("alarmName", &self.alarm_name, 255),
            ("namespace", &self.namespace, 255),
            ("metricName", &self.metric_name, 255),
        ] {
            if !(1..=most).contains(&text.chars().count()) {
                return Err(invalid(constraint::message(
                    Shown::Value(&text),
                    name,
                    format_args!("Member must have length between 1 and {most}"),
                )));
            }
        }
        if self.namespace.starts_with(':') {
            return Err(invalid(constraint::message(
                Shown::Value(&self.namespace),
                "namespace",
                "Member must satisfy regular expression pattern: [^:].*",
            )));
        }
        if self
            .alarm_description
            .as_ref()
            .is_some_and(|text| text.chars().count() > 1024)
        {
            return Err(invalid(constraint::message(
                Shown::Nothing,
                "alarmDescription",
                "Member must have length less than or equal to 1024",
            )));
        }
        if matches!(self.period, 10 | 20 | 30) {
            return Err(ServiceError::not_implemented(format!(
                "alarms on high-resolution metrics (a period of {} seconds)",
                self.period
            )));
        }
        if self.period < 60 || self.period % 60 != 0 {
            return Err(invalid(
                "Metric period must be 10, 20, 30 or a multiple of 60",
            ));
        }
        if self.evaluation_periods < 1 {
            return Err(invalid("EvaluationPeriods must be at least 1"));
        }
        let longest = if self.period >= 3600 { 604_800 } else { 86_400 };
        if self.period.saturating_mul(self.evaluation_periods) > longest {
            return Err(invalid(format!(
                "Metrics cannot be checked across more than {longest} seconds (EvaluationPeriods * Period must be <= {longest})."
            )));
        }
        if self
            .datapoints_to_alarm
            .is_some_and(|points| !(1..=self.evaluation_periods).contains(&points))
        {
            return Err(invalid(
                "DatapointsToAlarm must be at least 1 and at most EvaluationPeriods",
            ));
        }
        if !self.threshold.is_finite() {
            return Err(invalid("Threshold must be a number"));
        }
        self.check_dimensions()?;
        for (member, actions) in [
            ("oKActions", &self.ok_actions),
            ("alarmActions", &self.alarm_actions),
            ("insufficientDataActions", &self.insufficient_data_actions),
        ] {
            if actions.len() > 5 {
                return Err(invalid(constraint::message(
                    Shown::Nothing,
                    member,
                    "Member must have length less than or equal to 5",
                )));
            }
            actions
                .iter()
                .try_for_each(|arn| check_action(arn, region))?;
        }
        Ok(())
    }

    fn check_dimensions(&self) -> ServiceResult<()> {
        if self.dimensions.len() > 30 {
            return Err(invalid("An alarm may have at most 30 dimensions"));
        }
        for dimension in &self.dimensions {
            let ok = (1..=255).contains(&dimension.name.chars().count())
                && (1..=1024).contains(&dimension.value.chars().count());
            if !ok {
                return Err(invalid(format!(
                    "The dimension {} has no name or value of a possible length",
                    dimension.name
                )));
            }
        }
        let mut names: Vec<&str> = self
            .dimensions
            .iter()
            .map(|dimension| dimension.name.as_str())
            .collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(invalid(format!("The dimension {} is given twice", pair[0])));
        }
        Ok(())
    }

    /// How many breaching datapoints make an alarm.
    pub fn datapoints(&self) -> i64 {
        self.datapoints_to_alarm.unwrap_or(self.evaluation_periods)
    }

    /// What is done when the alarm comes to a state.
    pub fn actions(&self, state: StateValue) -> &[String] {
        match state {
            StateValue::Ok => &self.ok_actions,
            StateValue::Alarm => &self.alarm_actions,
            StateValue::InsufficientData => &self.insufficient_data_actions,
        }
    }
}

/// Only SNS topics of this account and Region.
fn check_action(arn: &str, region: &str) -> ServiceResult<()> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", "aws", "sns", other, _, name] if *other != region && !name.is_empty() => {
            Err(invalid(format!(
                "Invalid region {other} specified. Only {region} is supported."
            )))
        }
        ["arn", "aws", "sns", _, ACCOUNT, name] if !name.is_empty() => Ok(()),
        ["arn", "aws", service, ..] => Err(ServiceError::not_implemented(format!(
            "an alarm action of {service}: {arn}"
        ))),
        _ => Err(invalid(format!("Invalid arn syntax: {arn}"))),
    }
}

impl State {
    /// The alarms, in the order of their names.
    pub(super) fn alarms(&self) -> impl Iterator<Item = &Alarm> {
        self.alarms.values()
    }

    /// The alarm of that name.
    pub(super) fn alarm(&self, name: &str) -> Option<&Alarm> {
        self.alarms.get(name)
    }

    /// Makes an alarm or changes its settings, which leaves its state.
    pub(super) fn put(
        &mut self,
        settings: Settings,
        tags: BTreeMap<String, String>,
        now: Timestamp,
    ) {
        let state = self
            .alarms
            .get(&settings.alarm_name)
            .map(|alarm| alarm.state.clone());
        self.alarms.insert(
            settings.alarm_name.clone(),
            Alarm {
                settings,
                tags,
                configured: now,
                state: state.unwrap_or(Standing {
                    value: StateValue::InsufficientData,
                    reason: "Unchecked: Initial alarm creation".to_owned(),
                    updated: now,
                    transitioned: now,
                }),
            },
        );
    }

    /// Takes an alarm to a state; tells the one before when it was another.
    pub(super) fn stand(
        &mut self,
        name: &str,
        value: StateValue,
        reason: String,
        now: Timestamp,
    ) -> Option<StateValue> {
        let alarm = self.alarms.get_mut(name)?;
        let before = alarm.state.value;
        alarm.state.reason = reason;
        if before == value {
            return None;
        }
        alarm.state.value = value;
        alarm.state.updated = now;
        alarm.state.transitioned = now;
        Some(before)
    }

    /// Deletes an alarm, if it is there.
    pub(super) fn delete(&mut self, name: &str) {
        self.alarms.remove(name);
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// An alarm on a message in a queue.
    pub(in crate::cloudwatch) fn settings() -> Settings {
        Settings {
            alarm_name: "a".to_owned(),
            alarm_description: None,
            actions_enabled: true,
            ok_actions: Vec::new(),
            alarm_actions: Vec::new(),
            insufficient_data_actions: Vec::new(),
            namespace: "AWS/SQS".to_owned(),
            metric_name: "ApproximateNumberOfMessagesVisible".to_owned(),
            statistic: Statistic::Maximum,
            dimensions: vec![Dimension {
                name: "QueueName".to_owned(),
                value: "q".to_owned(),
            }],
            period: 60,
            evaluation_periods: 1,
            datapoints_to_alarm: None,
            threshold: 0.0,
            comparison_operator: ComparisonOperator::GreaterThanThreshold,
            treat_missing_data: None,
        }
    }

    fn refused(change: impl FnOnce(&mut Settings)) -> String {
        let mut changed = settings();
        change(&mut changed);
        changed.check("us-east-1").unwrap_err().code.into_owned()
    }

    #[test]
    fn what_cannot_be_is_refused() {
        settings().check("us-east-1").unwrap();
        let wrong: [fn(&mut Settings); 11] = [
            |s| s.alarm_name.clear(),
            |s| s.namespace = ":x".to_owned(),
            |s| s.period = 61,
            |s| s.period = 0,
            |s| s.evaluation_periods = 0,
            |s| s.evaluation_periods = 1441,
            |s| s.datapoints_to_alarm = Some(2),
            |s| s.threshold = f64::NAN,
            |s| s.dimensions.push(s.dimensions[0].clone()),
            |s| s.alarm_actions = vec!["topic".to_owned()],
            |s| s.alarm_actions = vec!["arn:aws:sns:eu-west-1:000000000000:t".to_owned()],
        ];
        for change in wrong {
            assert_eq!(refused(change), "ValidationError");
        }
        let not_here: [fn(&mut Settings); 3] = [
            |s| s.period = 10,
            |s| s.alarm_actions = vec!["arn:aws:automate:us-east-1:ec2:stop".to_owned()],
            |s| s.ok_actions = vec!["arn:aws:sns:us-east-1:111122223333:t".to_owned()],
        ];
        for change in not_here {
            assert_eq!(refused(change), "NotImplementedByLocalAws");
        }
    }

    #[test]
    fn a_change_of_state_is_told_once() {
        let mut state = State::default();
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        state.put(settings(), BTreeMap::new(), now);
        let stand = |state: &mut State, value| state.stand("a", value, "why".to_owned(), now);
        assert_eq!(
            stand(&mut state, StateValue::Alarm),
            Some(StateValue::InsufficientData)
        );
        assert_eq!(stand(&mut state, StateValue::Alarm), None);
        // New settings leave the state.
        state.put(settings(), BTreeMap::new(), now);
        assert_eq!(stand(&mut state, StateValue::Ok), Some(StateValue::Alarm));
        state.delete("a");
        assert_eq!(stand(&mut state, StateValue::Ok), None);
    }
}
