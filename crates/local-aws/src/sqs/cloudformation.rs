//! `AWS::SQS::Queue` and `AWS::SQS::QueuePolicy` (AWS resource reference).

use std::collections::BTreeMap;

use serde_json::Value;

use super::{name_in_url, operations, queue_arn, queue_url};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property::{self, declare};
use crate::core::resource::{Context, Created, Declared, Known, Resource, deleted, obsolete};
use crate::sqs::State;

declare! {
    /// `AWS::SQS::Queue`.
    pub struct Queue is "AWS::SQS::Queue" gives ["Arn", "QueueName", "QueueUrl"] {
        optional delay_seconds: i64 => Update,
        optional maximum_message_size: i64 => Update,
        optional message_retention_period: i64 => Update,
        optional queue_name: String => Name,
        optional receive_message_wait_time_seconds: i64 => Update,
        optional redrive_policy: Value => Update,
        optional sqs_managed_sse_enabled: bool => Update,
        optional tags: Value => Update,
        optional visibility_timeout: i64 => Update,
    }
}

impl Queue {
    fn name(&self, context: &Context<'_>) -> String {
        context.name(self.queue_name.as_ref(), 80)
    }

    /// The attributes that the template gives.
    fn settings(&self) -> BTreeMap<String, String> {
        let numbers = [
            ("DelaySeconds", self.delay_seconds),
            ("MaximumMessageSize", self.maximum_message_size),
            ("MessageRetentionPeriod", self.message_retention_period),
            (
                "ReceiveMessageWaitTimeSeconds",
                self.receive_message_wait_time_seconds,
            ),
            ("VisibilityTimeout", self.visibility_timeout),
        ];
        let mut given: BTreeMap<String, String> = numbers
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_string())))
            .collect();
        if let Some(on) = self.sqs_managed_sse_enabled {
            given.insert("SqsManagedSseEnabled".to_owned(), on.to_string());
        }
        if let Some(policy) = &self.redrive_policy {
            given.insert("RedrivePolicy".to_owned(), property::document(policy));
        }
        given
    }

    /// The attributes of a queue that is like the template: what it does not give is at its default.
    fn all_settings(&self) -> BTreeMap<String, String> {
        let mut all: BTreeMap<String, String> = super::attributes::Attributes::default()
            .shown()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        all.insert("RedrivePolicy".to_owned(), String::new());
        all.extend(self.settings());
        all
    }

    fn named(context: &Context<'_>, name: &str) -> Created {
        let url = queue_url(context.world, name);
        Self::created(&url, &[&queue_arn(context.world, name), name, &url])
    }
}

impl Resource for Queue {
    fn exists(state: &crate::core::state::State, name: &str) -> bool {
        state.of::<crate::sqs::State>().queue(name).is_ok()
    }

    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        let name = self.name(context);
        // A name that is still resting after a deletion is no hindrance: CloudFormation waits
        // for it on AWS, and nobody wants to wait a minute here.
        context.world.write(|state| {
            if state.of::<State>().queue(&name).is_ok() {
                return Err(ServiceError::new(
                    400,
                    "QueueNameExists",
                    format!("A queue named {name} exists already."),
                ));
            }
            state.of_mut::<State>().create(
                &name,
                context.world.ids.uuid(),
                &self.settings(),
                context.tags(self.tags.as_ref()),
                context.call.now,
            )
        })?;
        Ok(Self::named(context, &name))
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        let name = self.name(context);
        Ok(context.world.read(|state| {
            let queue = state.of::<State>().queue(&name).ok()?;
            context
                .owns(&queue.tags)
                .then(|| Self::named(context, &name))
        }))
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        let name = name_in_url(known.physical_id)?;
        let tags = context.tags(self.tags.as_ref());
        context.atomically(|sqs: &mut State| {
            sqs.set_attributes(name, &self.all_settings(), context.call.now)?;
            let obsolete = obsolete(&sqs.queue(name)?.tags, &tags);
            sqs.untag(name, &obsolete)?;
            sqs.tag(name, tags)
        })?;
        Ok(Created {
            physical_id: known.physical_id.to_owned(),
            ..Self::named(context, name)
        })
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        let name = name_in_url(known.physical_id)?;
        let result = operations::delete_queue(context.world, context.call, name);
        deleted(result, "QueueDoesNotExist")
    }
}

declare! {
    /// `AWS::SQS::QueuePolicy`: the policy of several queues.
    pub struct QueuePolicy is "AWS::SQS::QueuePolicy" gives ["Id"] {
        required policy_document: Value => Update,
        required queues: Vec<String> => Update,
    }
}

impl QueuePolicy {
    fn put(&self, context: &Context<'_>) -> ServiceResult<()> {
        let document = property::document(&self.policy_document);
        context.atomically(|sqs: &mut State| {
            for url in &self.queues {
                let given = BTreeMap::from([("Policy".to_owned(), document.clone())]);
                sqs.set_attributes(name_in_url(url)?, &given, context.call.now)?;
            }
            Ok(())
        })
    }

    /// Takes the policy from the queues that are not among those that stay.
    fn remove(&self, context: &Context<'_>, stay: &[String]) -> ServiceResult<()> {
        context.world.write(|state| {
            let sqs = state.of_mut::<State>();
            for url in self.queues.iter().filter(|url| !stay.contains(url)) {
                let none = BTreeMap::from([("Policy".to_owned(), String::new())]);
                let result = sqs.set_attributes(name_in_url(url)?, &none, context.call.now);
                deleted(result, "QueueDoesNotExist")?;
            }
            Ok(())
        })
    }
}

impl Resource for QueuePolicy {
    async fn create(self, context: &Context<'_>) -> ServiceResult<Created> {
        self.put(context)?;
        let id = context.generated_name(128);
        Ok(Self::created(&id, &[&id]))
    }

    async fn adopt(self, context: &Context<'_>) -> ServiceResult<Option<Created>> {
        // Setting a policy twice is the same as once.
        self.create(context).await.map(Some)
    }

    async fn update(self, context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<Created> {
        let before = known.properties()?;
        self.put(context)?;
        before.remove(context, &self.queues)?;
        Ok(Self::created(known.physical_id, &[known.physical_id]))
    }

    async fn delete(context: &Context<'_>, known: Known<'_, Self>) -> ServiceResult<()> {
        known.properties()?.remove(context, &[])
    }
}
