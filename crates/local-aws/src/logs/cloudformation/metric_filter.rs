//! `AWS::Logs::MetricFilter` (AWS resource reference).

use std::collections::BTreeMap;

use crate::core::error::ServiceResult;
use crate::core::property::declare;
use crate::core::resource::{Context, Created, Declared, Known, Resource, deleted};
use crate::logs::State;
use crate::logs::metric_filters::Transformation;
use crate::logs::operations::only;

declare! {
    /// `AWS::Logs::MetricFilter`. It carries no tags.
    pub struct MetricFilter is "AWS::Logs::MetricFilter" gives [] {
        optional filter_name: String => Name,
        required filter_pattern: String => Update,
        required log_group_name: String => Replace,
        required metric_transformations: Vec<TransformationProperty> => Update,
    }
}

declare! {
    struct TransformationProperty {
        optional default_value: f64,
        defaulted dimensions: Vec<DimensionProperty>,
        required metric_name: String,
        required metric_namespace: String,
        required metric_value: String,
        optional unit: String,
    }
}

declare! {
    struct DimensionProperty {
        required key: String,
        required value: String,
    }
}

impl TransformationProperty {
    fn read(self) -> Transformation {
        let dimensions: BTreeMap<String, String> = self
            .dimensions
            .into_iter()
            .map(|dimension| (dimension.key, dimension.value))
            .collect();
        Transformation {
            metric_name: self.metric_name,
            metric_namespace: self.metric_namespace,
            metric_value: self.metric_value,
            default_value: self.default_value,
            dimensions,
            unit: self.unit,
        }
    }
}

impl MetricFilter {
    fn name(&self, context: &Context<'_>) -> String {
        context.name(self.filter_name.as_ref(), 512)
    }

    fn put(self, context: &Context<'_>, name: &str) -> ServiceResult<Created> {
        let transformations = self.metric_transformations.into_iter();
        let transformation = only(transformations.map(TransformationProperty::read).collect())?;
        context.atomically(|logs: &mut State| {
            logs.put_metric_filter(
                &self.log_group_name,
                name,
                self.filter_pattern,
                transformation,
                context.call.now,
            )?;
            Ok(Self::created(name, &[]))
        })
    }
}

impl Resource for MetricFilter {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let name = self.name(context);
        self.put(context, &name)
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        let name = self.name(context);
        let is_there = context.world.read(|state| {
            let group = state.of::<State>().group(&self.log_group_name).ok();
            group.is_some_and(|group| group.metric_filters.contains_key(&name))
        });
        Ok(is_there.then(|| Self::created(&name, &[])))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        self.put(context, known.physical_id)
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let group = known.properties()?.log_group_name;
        let removed = context.world.write(|state| {
            state
                .of_mut::<State>()
                .delete_metric_filter(&group, known.physical_id)
        });
        deleted(removed, "ResourceNotFoundException")
    }
}
