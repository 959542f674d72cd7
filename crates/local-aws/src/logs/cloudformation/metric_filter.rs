//! `AWS::Logs::MetricFilter` (AWS resource reference and its schema).

use std::collections::BTreeMap;

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property::{self, declare};
use crate::core::resource::{Context, Created, Declared, Known, Resource, deleted};
use crate::logs::State;
use crate::logs::metric_filters;

declare! {
    /// `AWS::Logs::MetricFilter`.
    pub struct MetricFilter is "AWS::Logs::MetricFilter" gives [] {
        optional filter_name: String => Name,
        required filter_pattern: String => Update,
        required log_group_name: String => Replace,
        required metric_transformations: Vec<MetricTransformation> => Update,
    }
}

declare! {
    struct MetricTransformation {
        optional default_value: f64,
        defaulted dimensions: Vec<Dimension>,
        required metric_name: String,
        required metric_namespace: String,
        required metric_value: String,
        optional unit: String,
    }
}

declare! {
    struct Dimension {
        required key: String,
        required value: String,
    }
}

impl MetricFilter {
    fn name(&self, context: &Context<'_>) -> String {
        context.name(self.filter_name.as_ref(), 512)
    }

    fn filter(
        self,
        context: &Context<'_>,
    ) -> Result<(String, metric_filters::MetricFilter), ServiceError> {
        let invalid = |problem: &str| property::invalid(context.logical_id, problem);
        let mut transformations = self.metric_transformations;
        let (Some(made), true) = (transformations.pop(), transformations.is_empty()) else {
            return Err(invalid(
                "#/MetricTransformations: expected one item, and one alone",
            ));
        };
        let count = made.dimensions.len();
        let dimensions: BTreeMap<String, String> = made
            .dimensions
            .into_iter()
            .map(|dimension| (dimension.key, dimension.value))
            .collect();
        if dimensions.len() != count {
            return Err(invalid(
                "#/MetricTransformations/0/Dimensions: a key is given twice",
            ));
        }
        let filter = metric_filters::MetricFilter {
            pattern: self.filter_pattern,
            transformation: metric_filters::Transformation {
                metric_name: made.metric_name,
                metric_namespace: made.metric_namespace,
                metric_value: made.metric_value,
                default_value: made.default_value,
                dimensions,
                unit: made.unit,
            },
            created: context.call.now,
        };
        Ok((self.log_group_name, filter))
    }

    fn put(self, context: &Context<'_>, name: &str, new: bool) -> ServiceResult<Created> {
        let (group, filter) = self.filter(context)?;
        context.world.write(|state| {
            let logs = state.of_mut::<State>();
            if new && logs.group(&group)?.metric_filters.contains_key(name) {
                return Err(ServiceError::new(
                    400,
                    "AlreadyExists",
                    format!("{group}|{name} already exists"),
                ));
            }
            logs.put_metric_filter(&group, name, filter)?;
            Ok(Self::created(name, &[]))
        })
    }
}

impl Resource for MetricFilter {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let name = self.name(context);
        // A name that the author chose may be another's; a generated one is of this resource.
        let chosen = self.filter_name.is_some();
        self.put(context, &name, chosen)
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        self.put(context, known.physical_id, false)
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let group = known.properties()?.log_group_name;
        let gone = context.world.write(|state| {
            state
                .of_mut::<State>()
                .delete_metric_filter(&group, known.physical_id)
        });
        deleted(gone, "ResourceNotFoundException")
    }
}
