//! `AWS::SNS::Topic` (AWS resource reference).

use std::collections::BTreeMap;

use serde_json::Value;

use super::topics::name_in_arn;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property::declare;
use crate::core::resource::{Context, Created, Declared, Known, Resource};
use crate::sns::State;

declare! {
    /// `AWS::SNS::Topic`.
    pub struct Topic is "AWS::SNS::Topic" gives ["TopicArn", "TopicName"] {
        optional display_name: String => Update,
        optional kms_master_key_id: String => Update,
        optional tags: Value => Update,
        optional topic_name: String => Name,
    }
}

impl Topic {
    fn name(&self, context: &Context<'_>) -> String {
        context.name(self.topic_name.as_ref(), 256)
    }

    fn settings(&self) -> BTreeMap<String, String> {
        [
            ("DisplayName", &self.display_name),
            ("KmsMasterKeyId", &self.kms_master_key_id),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
        .collect()
    }

    fn named(context: &Context<'_>, name: &str) -> Created {
        let arn = context.world.arn("sns", name);
        Self::created(&arn, &[&arn, name])
    }
}

impl Resource for Topic {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let name = self.name(context);
        context.world.write(|state| {
            if state.of::<State>().topic(&name).is_ok() {
                return Err(ServiceError::new(
                    400,
                    "AlreadyExists",
                    format!("A topic named {name} exists already"),
                ));
            }
            let tags = context.tags(self.tags.as_ref());
            state
                .of_mut::<State>()
                .create_topic(&name, self.settings(), tags)
        })?;
        Ok(Self::named(context, &name))
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        let name = self.name(context);
        Ok(context.world.read(|state| {
            let topic = state.of::<State>().topic(&name).ok()?;
            context
                .owns(&topic.tags)
                .then(|| Self::named(context, &name))
        }))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        let name = name_in_arn(known.physical_id, &context.world.region)?;
        let tags = context.tags(self.tags.as_ref());
        context.world.write(|state| {
            state
                .of_mut::<State>()
                .set_topic(name, self.settings(), tags)
        })?;
        Ok(Self::named(context, name))
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let name = name_in_arn(known.physical_id, &context.world.region)?;
        context.world.write(|state| {
            state.of_mut::<State>().delete_topic(name);
            Ok(())
        })
    }
}
