//! Brings the states of alarms up to date, when they are looked at and from time to time, and
//! does what is to be done when one changes.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::alarm_arn;
use super::alarms::{Alarm, Settings, StateValue};
use super::evaluate::{Datapoint, evaluate, range};
use super::known;
use super::metrics::series;
use crate::core::error::ServiceResult;
use crate::core::metric::Known;
use crate::core::world::{ACCOUNT, World};
use crate::sns;

/// How often alarms are looked at while nobody asks.
const PACE: Duration = Duration::from_secs(10);

/// Watches the alarms while a server runs.
pub fn resume(world: &Arc<World>) {
    let owned = Arc::clone(world);
    world.spawn(async move {
        loop {
            tokio::time::sleep(PACE).await;
            if let Err(error) = refresh(&owned).and_then(|()| owned.flush()) {
                tracing::error!(%error, "the alarms cannot be evaluated");
            }
        }
    });
}

/// Evaluates every alarm and does the actions of those that change.
///
/// # Errors
/// `InternalFailure` when a metric cannot be read.
pub(super) fn refresh(world: &World) -> ServiceResult<()> {
    let alarms: Vec<Alarm> = world.read(|state| {
        state
            .of::<crate::cloudwatch::State>()
            .alarms()
            .cloned()
            .collect()
    });
    let now = world.clock.now();
    for alarm in alarms {
        let name = alarm.settings.alarm_name.as_str();
        let Some((value, reason)) = judge(world, &alarm.settings, now)? else {
            continue;
        };
        if value == alarm.state.value && reason == alarm.state.reason {
            continue;
        }
        let before = world.write(|state| {
            Ok::<_, std::convert::Infallible>(state.of_mut::<crate::cloudwatch::State>().stand(
                name,
                value,
                reason.clone(),
                now,
            ))
        });
        let Ok(before) = before;
        if let Some(before) = before
            && alarm.settings.actions_enabled
        {
            act(world, &alarm.settings, before, value, &reason, now)?;
        }
    }
    Ok(())
}

/// What an alarm stands at now; `None`: where it stood.
fn judge(
    world: &World,
    settings: &Settings,
    now: Timestamp,
) -> ServiceResult<Option<(StateValue, String)>> {
    let series = series(
        &settings.namespace,
        &settings.metric_name,
        settings
            .dimensions
            .iter()
            .map(|dimension| (dimension.name.as_str(), dimension.value.as_str())),
    );
    let minute = now.as_second().div_euclid(60);
    match known::look(world, settings)? {
        Known::No(reason) => {
            let told = format!("Insufficient Data: {reason}.");
            return Ok(Some((StateValue::InsufficientData, told)));
        }
        Known::Measured(value) => world
            .handle::<crate::cloudwatch::Metrics>()
            .set(&series, minute, value)?,
        Known::Recorded => {}
    }
    let minutes = settings.period / 60;
    let current = minute.div_euclid(minutes) * minutes;
    // The period that runs counts as soon as it has a datapoint.
    let running = world
        .handle::<crate::cloudwatch::Metrics>()
        .read(&series, current, minutes)?
        .is_some();
    let last = if running { current } else { current - minutes };
    let mut points = Vec::new();
    for back in (0..range(settings)).rev() {
        let from = last - back * minutes;
        let found = world
            .handle::<crate::cloudwatch::Metrics>()
            .read(&series, from, minutes)?;
        points.push(found.map(|found| Datapoint {
            time: Timestamp::from_second(from * 60).unwrap_or(now),
            value: found.value(settings.statistic),
        }));
    }
    Ok(evaluate(settings, &points))
}

/// Publishes a change to the topics that the alarm names.
fn act(
    world: &World,
    settings: &Settings,
    before: StateValue,
    value: StateValue,
    reason: &str,
    now: Timestamp,
) -> ServiceResult<()> {
    // The form of CloudWatch's notifications (AWS docs, "Notify users on alarm changes").
    let message = json!({
        "AlarmName": settings.alarm_name,
        "AlarmDescription": settings.alarm_description,
        "AWSAccountId": ACCOUNT,
        "AlarmConfigurationUpdatedTimestamp": now.to_string(),
        "NewStateValue": value.name(),
        "NewStateReason": reason,
        "StateChangeTime": now.to_string(),
        "Region": world.region,
        "AlarmArn": alarm_arn(world, &settings.alarm_name),
        "OldStateValue": before.name(),
        "OKActions": settings.ok_actions,
        "AlarmActions": settings.alarm_actions,
        "InsufficientDataActions": settings.insufficient_data_actions,
        "Trigger": {
            "MetricName": settings.metric_name,
            "Namespace": settings.namespace,
            "StatisticType": "Statistic",
            "Statistic": settings.statistic,
            "Dimensions": settings.dimensions.iter().map(|dimension| {
                json!({"name": dimension.name, "value": dimension.value})
            }).collect::<Vec<_>>(),
            "Period": settings.period,
            "EvaluationPeriods": settings.evaluation_periods,
            "ComparisonOperator": settings.comparison_operator,
            "Threshold": settings.threshold,
            "TreatMissingData": settings.treat_missing_data.unwrap_or_default(),
        },
    });
    let subject: String = format!(
        "{}: \"{}\" in {}",
        value.name(),
        settings.alarm_name,
        world.region
    )
    .chars()
    .take(100)
    .collect();
    for topic in settings.actions(value) {
        sns::notify(world, topic, &subject, &message.to_string())?;
    }
    Ok(())
}
