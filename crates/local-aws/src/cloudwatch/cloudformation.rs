//! `AWS::CloudWatch::Alarm` (AWS resource reference).

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::alarm_arn;
use super::alarms::{ComparisonOperator, Dimension, Settings, State, Statistic, TreatMissingData};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property::{self, declare};
use crate::core::resource::{Context, Created, Declared, Known, Resource};

declare! {
    /// `AWS::CloudWatch::Alarm` on one metric.
    pub struct MetricAlarm is "AWS::CloudWatch::Alarm" gives ["Arn"] {
        optional actions_enabled: bool => Update,
        defaulted alarm_actions: Vec<String> => Update,
        optional alarm_description: String => Update,
        optional alarm_name: String => Name,
        required comparison_operator: String => Update,
        optional datapoints_to_alarm: i64 => Update,
        defaulted dimensions: Vec<DimensionProperty> => Update,
        required evaluation_periods: i64 => Update,
        defaulted insufficient_data_actions: Vec<String> => Update,
        required metric_name: String => Update,
        required namespace: String => Update,
        #[serde(rename = "OKActions")]
        defaulted ok_actions: Vec<String> => Update,
        required period: i64 => Update,
        required statistic: String => Update,
        optional tags: Value => Update,
        required threshold: f64 => Update,
        optional treat_missing_data: String => Update,
    }
}

declare! {
    struct DimensionProperty {
        required name: String,
        required value: String,
    }
}

/// A name of an enumeration of the service model.
fn named<T: DeserializeOwned>(
    context: &Context<'_>,
    property_name: &str,
    value: &str,
) -> Result<T, ServiceError> {
    T::deserialize(json!(value)).map_err(|_| {
        property::invalid(
            context.logical_id,
            &format!("#/{property_name}: {value} is not a valid enum value"),
        )
    })
}

impl MetricAlarm {
    fn name(&self, context: &Context<'_>) -> String {
        context.name(self.alarm_name.as_ref(), 255)
    }

    fn named(context: &Context<'_>, name: &str) -> Created {
        Self::created(name, &[&alarm_arn(context.world, name)])
    }

    fn put(self, context: &Context<'_>, name: String, new: bool) -> ServiceResult<Created> {
        let tags = context.tags(self.tags.as_ref());
        let settings = self.settings(context, name.clone())?;
        context.world.write(|state| {
            if new && state.of::<State>().alarm(&name).is_some() {
                return Err(ServiceError::new(
                    400,
                    "AlreadyExists",
                    format!("{name} already exists"),
                ));
            }
            let alarms = state.of_mut::<State>();
            alarms.put(settings, tags, context.call.now);
            Ok(Self::named(context, &name))
        })
    }

    fn settings(self, context: &Context<'_>, name: String) -> Result<Settings, ServiceError> {
        if [
            "GreaterThanUpperThreshold",
            "LessThanLowerOrGreaterThanUpperThreshold",
            "LessThanLowerThreshold",
        ]
        .contains(&self.comparison_operator.as_str())
        {
            return Err(ServiceError::not_implemented(format!(
                "the comparison operator {} of an alarm",
                self.comparison_operator
            )));
        }
        let settings = Settings {
            alarm_name: name,
            alarm_description: self.alarm_description,
            actions_enabled: self.actions_enabled.unwrap_or(true),
            ok_actions: self.ok_actions,
            alarm_actions: self.alarm_actions,
            insufficient_data_actions: self.insufficient_data_actions,
            namespace: self.namespace,
            metric_name: self.metric_name,
            statistic: named::<Statistic>(context, "Statistic", &self.statistic)?,
            dimensions: self
                .dimensions
                .into_iter()
                .map(|dimension| Dimension {
                    name: dimension.name,
                    value: dimension.value,
                })
                .collect(),
            period: self.period,
            evaluation_periods: self.evaluation_periods,
            datapoints_to_alarm: self.datapoints_to_alarm,
            threshold: self.threshold,
            comparison_operator: named::<ComparisonOperator>(
                context,
                "ComparisonOperator",
                &self.comparison_operator,
            )?,
            treat_missing_data: self
                .treat_missing_data
                .map(|treat| named::<TreatMissingData>(context, "TreatMissingData", &treat))
                .transpose()?,
        };
        settings.check(&context.world.region)?;
        Ok(settings)
    }
}

impl Resource for MetricAlarm {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let name = self.name(context);
        self.put(context, name, true)
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        let name = self.name(context);
        Ok(context.world.read(|state| {
            let alarm = state.of::<State>().alarm(&name)?;
            context
                .owns(&alarm.tags)
                .then(|| Self::named(context, &name))
        }))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        self.put(context, known.physical_id.to_owned(), false)
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        context.world.write(|state| {
            state.of_mut::<State>().delete(known.physical_id);
            Ok(())
        })
    }
}
