//! `AWS::CloudWatch::Alarm` (AWS resource reference).

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::alarm_arn;
use super::alarms::{ComparisonOperator, Dimension, Settings, Statistic, TreatMissingData};
use crate::core::error::ServiceError;
use crate::core::property;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};

/// `AWS::CloudWatch::Alarm` on one metric.
#[derive(Debug)]
pub struct MetricAlarm;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Properties {
    #[serde(default, deserialize_with = "property::optional_text")]
    alarm_name: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    alarm_description: Option<String>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    actions_enabled: Option<bool>,
    #[serde(default, rename = "OKActions")]
    ok_actions: Vec<String>,
    #[serde(default)]
    alarm_actions: Vec<String>,
    #[serde(default)]
    insufficient_data_actions: Vec<String>,
    #[serde(deserialize_with = "property::text")]
    namespace: String,
    #[serde(deserialize_with = "property::text")]
    metric_name: String,
    #[serde(deserialize_with = "property::text")]
    statistic: String,
    #[serde(default)]
    dimensions: Vec<DimensionProperty>,
    #[serde(deserialize_with = "property::integer")]
    period: i64,
    #[serde(deserialize_with = "property::integer")]
    evaluation_periods: i64,
    #[serde(default, deserialize_with = "property::optional_integer")]
    datapoints_to_alarm: Option<i64>,
    #[serde(deserialize_with = "number")]
    threshold: f64,
    #[serde(deserialize_with = "property::text")]
    comparison_operator: String,
    #[serde(default, deserialize_with = "property::optional_text")]
    treat_missing_data: Option<String>,
    tags: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct DimensionProperty {
    #[serde(deserialize_with = "property::text")]
    name: String,
    #[serde(deserialize_with = "property::text")]
    value: String,
}

fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let text = property::text(deserializer)?;
    text.parse()
        .map_err(|_| serde::de::Error::custom(format!("expected type: Number, found: {text}")))
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

impl Properties {
    fn name(&self, context: &Context<'_>) -> String {
        self.alarm_name
            .clone()
            .unwrap_or_else(|| context.generated_name(255))
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

fn created(context: &Context<'_>, name: &str) -> Created {
    Created {
        physical_id: name.to_owned(),
        attributes: BTreeMap::from([("Arn".to_owned(), json!(alarm_arn(context.world, name)))]),
    }
}

fn put(
    context: &Context<'_>,
    properties: &Map<String, Value>,
    name: Option<&str>,
) -> Result<Created, ServiceError> {
    let wanted: Properties = property::read(context.logical_id, properties)?;
    let tags = context.tags(wanted.tags.as_ref());
    let new = name.is_none();
    let name = name.map_or_else(|| wanted.name(context), str::to_owned);
    let settings = wanted.settings(context, name.clone())?;
    context.world.write(|state| {
        if new
            && state
                .of::<crate::cloudwatch::State>()
                .alarm(&name)
                .is_some()
        {
            return Err(ServiceError::new(
                400,
                "AlreadyExists",
                format!("{name} already exists"),
            ));
        }
        state
            .of_mut::<crate::cloudwatch::State>()
            .put(settings, tags, context.call.now);
        Ok(created(context, &name))
    })
}

#[async_trait]
impl ResourceType for MetricAlarm {
    fn name(&self) -> &'static str {
        "AWS::CloudWatch::Alarm"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("ActionsEnabled", OnChange::Update),
                Property::optional("AlarmActions", OnChange::Update),
                Property::optional("AlarmDescription", OnChange::Update),
                Property::optional("AlarmName", OnChange::Replace),
                Property::required("ComparisonOperator", OnChange::Update),
                Property::optional("DatapointsToAlarm", OnChange::Update),
                Property::optional("Dimensions", OnChange::Update),
                Property::required("EvaluationPeriods", OnChange::Update),
                Property::optional("InsufficientDataActions", OnChange::Update),
                Property::required("MetricName", OnChange::Update),
                Property::required("Namespace", OnChange::Update),
                Property::optional("OKActions", OnChange::Update),
                Property::required("Period", OnChange::Update),
                Property::required("Statistic", OnChange::Update),
                Property::optional("Tags", OnChange::Update),
                Property::required("Threshold", OnChange::Update),
                Property::optional("TreatMissingData", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Arn"]
    }

    fn name_property(&self) -> Option<&'static str> {
        Some("AlarmName")
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        put(context, properties, None)
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Option<Created>, ServiceError> {
        let wanted: Properties = property::read(context.logical_id, properties)?;
        let name = wanted.name(context);
        Ok(context.world.read(|state| {
            let alarm = state.of::<crate::cloudwatch::State>().alarm(&name)?;
            let tag = |name: &str| alarm.tags.get(&format!("aws:cloudformation:{name}"));
            let ours = tag("stack-id").is_some_and(|id| id == context.stack_id)
                && tag("logical-id").is_some_and(|id| id == context.logical_id);
            ours.then(|| created(context, &name))
        }))
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        put(context, after, Some(physical_id))
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _properties: &Map<String, Value>,
    ) -> Result<(), ServiceError> {
        context.world.write(|state| {
            state
                .of_mut::<crate::cloudwatch::State>()
                .delete(physical_id);
            Ok(())
        })
    }
}
