//! `AWS::Logs::LogGroup` (AWS resource reference).

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::lines;
use crate::core::error::ServiceError;
use crate::core::property;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};

/// `AWS::Logs::LogGroup`.
#[derive(Debug)]
pub struct LogGroup;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Properties {
    #[serde(default, deserialize_with = "property::optional_text")]
    log_group_name: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    log_group_class: Option<String>,
    #[serde(default, deserialize_with = "property::optional_integer")]
    retention_in_days: Option<i64>,
    #[serde(default)]
    tags: Option<Value>,
}

impl Properties {
    fn read(context: &Context<'_>, properties: &Map<String, Value>) -> Result<Self, ServiceError> {
        let read: Self = property::read(context.logical_id, properties)?;
        match read.log_group_class.as_deref() {
            None | Some("STANDARD") => Ok(read),
            Some(other) => Err(ServiceError::not_implemented(format!(
                "the log group class {other}"
            ))),
        }
    }

    fn name(&self, context: &Context<'_>) -> String {
        self.log_group_name
            .clone()
            .unwrap_or_else(|| context.generated_name(512))
    }
}

fn created(context: &Context<'_>, name: &str) -> Created {
    Created {
        physical_id: name.to_owned(),
        attributes: BTreeMap::from([(
            "Arn".to_owned(),
            json!(super::group_arn(context.world, name)),
        )]),
    }
}

#[async_trait]
impl ResourceType for LogGroup {
    fn name(&self) -> &'static str {
        "AWS::Logs::LogGroup"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("LogGroupClass", OnChange::Update),
                Property::optional("LogGroupName", OnChange::Replace),
                Property::optional("RetentionInDays", OnChange::Update),
                Property::optional("Tags", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Arn"]
    }

    fn name_property(&self) -> Option<&'static str> {
        Some("LogGroupName")
    }

    fn exists(&self, state: &crate::core::state::State, name: &str) -> bool {
        state.of::<crate::logs::State>().group(name).is_ok()
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let wanted = Properties::read(context, properties)?;
        let name = wanted.name(context);
        context.world.write(|state| {
            let mut logs = state.of::<crate::logs::State>().clone();
            logs.create_group(
                &name,
                context.world.ids.uuid(),
                context.tags(wanted.tags.as_ref()),
                context.call.now,
            )?;
            logs.set_retention(&name, wanted.retention_in_days)?;
            *state.of_mut::<crate::logs::State>() = logs;
            Ok(created(context, &name))
        })
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Option<Created>, ServiceError> {
        let name = Properties::read(context, properties)?.name(context);
        Ok(context.world.read(|state| {
            let group = state.of::<crate::logs::State>().group(&name).ok()?;
            let tag = |name: &str| group.tags.get(&format!("aws:cloudformation:{name}"));
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
        let after = Properties::read(context, after)?;
        let tags = context.tags(after.tags.as_ref());
        context.world.write(|state| {
            let mut logs = state.of::<crate::logs::State>().clone();
            logs.set_retention(physical_id, after.retention_in_days)?;
            let obsolete: Vec<String> = logs
                .group(physical_id)?
                .tags
                .keys()
                .filter(|key| !tags.contains_key(*key))
                .cloned()
                .collect();
            logs.untag_group(physical_id, &obsolete)?;
            logs.tag_group(physical_id, tags)?;
            *state.of_mut::<crate::logs::State>() = logs;
            Ok(created(context, physical_id))
        })
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _properties: &Map<String, Value>,
    ) -> Result<(), ServiceError> {
        let deleted = context.world.write(|state| {
            state
                .of_mut::<crate::logs::State>()
                .delete_group(physical_id)
        });
        match deleted {
            Ok(group) => lines::remove_group(&context.world.service_dir("logs"), &group)
                .map_err(ServiceError::internal),
            Err(error) if error.code == "ResourceNotFoundException" => Ok(()),
            Err(error) => Err(error),
        }
    }
}
