//! `AWS::SNS::Topic` (AWS resource reference).

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::topics::name_in_arn;
use crate::core::error::ServiceError;
use crate::core::property;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};

/// `AWS::SNS::Topic`.
#[derive(Debug)]
pub struct Topic;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Properties {
    #[serde(default, deserialize_with = "property::optional_text")]
    topic_name: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    display_name: Option<String>,
    #[serde(default, deserialize_with = "property::optional_text")]
    kms_master_key_id: Option<String>,
    tags: Option<Value>,
}

impl Properties {
    fn name(&self, context: &Context<'_>) -> String {
        self.topic_name
            .clone()
            .unwrap_or_else(|| context.generated_name(256))
    }

    fn attributes(&self) -> BTreeMap<String, String> {
        [
            ("DisplayName", &self.display_name),
            ("KmsMasterKeyId", &self.kms_master_key_id),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
        .collect()
    }
}

fn created(context: &Context<'_>, name: &str) -> Created {
    let arn = context.world.arn("sns", name);
    Created {
        attributes: BTreeMap::from([
            ("TopicArn".to_owned(), json!(arn)),
            ("TopicName".to_owned(), json!(name)),
        ]),
        physical_id: arn,
    }
}

#[async_trait]
impl ResourceType for Topic {
    fn name(&self) -> &'static str {
        "AWS::SNS::Topic"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("DisplayName", OnChange::Update),
                Property::optional("KmsMasterKeyId", OnChange::Update),
                Property::optional("Tags", OnChange::Update),
                Property::optional("TopicName", OnChange::Replace),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["TopicArn", "TopicName"]
    }

    fn name_property(&self) -> Option<&'static str> {
        Some("TopicName")
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let wanted: Properties = property::read(context.logical_id, properties)?;
        let name = wanted.name(context);
        context.world.write(|state| {
            if state.of::<crate::sns::State>().topic(&name).is_ok() {
                return Err(ServiceError::new(
                    400,
                    "AlreadyExists",
                    format!("A topic named {name} exists already"),
                ));
            }
            let tags = context.tags(wanted.tags.as_ref());
            state
                .of_mut::<crate::sns::State>()
                .create_topic(&name, wanted.attributes(), tags)
        })?;
        Ok(created(context, &name))
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Option<Created>, ServiceError> {
        let wanted: Properties = property::read(context.logical_id, properties)?;
        let name = wanted.name(context);
        Ok(context.world.read(|state| {
            let topic = state.of::<crate::sns::State>().topic(&name).ok()?;
            let tag = |name: &str| topic.tags.get(&format!("aws:cloudformation:{name}"));
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
        let after: Properties = property::read(context.logical_id, after)?;
        let name = name_in_arn(physical_id, &context.world.region)?;
        let tags = context.tags(after.tags.as_ref());
        context.world.write(|state| {
            state
                .of_mut::<crate::sns::State>()
                .set_topic(name, after.attributes(), tags)
        })?;
        Ok(created(context, name))
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _properties: &Map<String, Value>,
    ) -> Result<(), ServiceError> {
        let name = name_in_arn(physical_id, &context.world.region)?;
        context.world.write(|state| {
            state.of_mut::<crate::sns::State>().delete_topic(name);
            Ok(())
        })
    }
}
