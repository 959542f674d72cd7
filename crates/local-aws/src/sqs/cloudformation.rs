//! `AWS::SQS::Queue` and `AWS::SQS::QueuePolicy` (AWS resource reference).

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{name_in_url, operations, queue_arn, queue_url};
use crate::core::error::ServiceError;
use crate::core::property;
use crate::core::resource::{Context, Created, OnChange, Property, ResourceType};

/// `AWS::SQS::Queue`.
#[derive(Debug)]
pub struct Queue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Properties {
    #[serde(default, deserialize_with = "property::optional_text")]
    queue_name: Option<String>,
    #[serde(default, deserialize_with = "property::optional_integer")]
    delay_seconds: Option<i64>,
    #[serde(default, deserialize_with = "property::optional_integer")]
    maximum_message_size: Option<i64>,
    #[serde(default, deserialize_with = "property::optional_integer")]
    message_retention_period: Option<i64>,
    #[serde(default, deserialize_with = "property::optional_integer")]
    receive_message_wait_time_seconds: Option<i64>,
    redrive_policy: Option<Value>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    sqs_managed_sse_enabled: Option<bool>,
    #[serde(default, deserialize_with = "property::optional_integer")]
    visibility_timeout: Option<i64>,
    tags: Option<Value>,
}

impl Properties {
    fn name(&self, context: &Context<'_>) -> String {
        self.queue_name
            .clone()
            .unwrap_or_else(|| context.generated_name(80))
    }

    /// The attributes that the template gives.
    fn attributes(&self) -> BTreeMap<String, String> {
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
            let text = match policy {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            given.insert("RedrivePolicy".to_owned(), text);
        }
        given
    }

    /// The attributes of a queue that is like the template: what it does not give is at its default.
    fn all_attributes(&self) -> BTreeMap<String, String> {
        let mut all: BTreeMap<String, String> = super::attributes::Attributes::default()
            .shown()
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        all.insert("RedrivePolicy".to_owned(), String::new());
        all.extend(self.attributes());
        all
    }
}

fn created(context: &Context<'_>, name: &str) -> Created {
    let url = queue_url(context.world, name);
    Created {
        attributes: BTreeMap::from([
            ("Arn".to_owned(), json!(queue_arn(context.world, name))),
            ("QueueName".to_owned(), json!(name)),
            ("QueueUrl".to_owned(), json!(url)),
        ]),
        physical_id: url,
    }
}

#[async_trait]
impl ResourceType for Queue {
    fn name(&self) -> &'static str {
        "AWS::SQS::Queue"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::optional("DelaySeconds", OnChange::Update),
                Property::optional("MaximumMessageSize", OnChange::Update),
                Property::optional("MessageRetentionPeriod", OnChange::Update),
                Property::optional("QueueName", OnChange::Replace),
                Property::optional("ReceiveMessageWaitTimeSeconds", OnChange::Update),
                Property::optional("RedrivePolicy", OnChange::Update),
                Property::optional("SqsManagedSseEnabled", OnChange::Update),
                Property::optional("Tags", OnChange::Update),
                Property::optional("VisibilityTimeout", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Arn", "QueueName", "QueueUrl"]
    }

    fn name_property(&self) -> Option<&'static str> {
        Some("QueueName")
    }

    fn exists(&self, state: &crate::core::state::State, name: &str) -> bool {
        state.of::<crate::sqs::State>().queue(name).is_ok()
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let wanted: Properties = property::read(context.logical_id, properties)?;
        let name = wanted.name(context);
        // A name that is still resting after a deletion is no hindrance: CloudFormation waits
        // for it on AWS, and nobody wants to wait a minute here.
        context.world.write(|state| {
            if state.of::<crate::sqs::State>().queue(&name).is_ok() {
                return Err(ServiceError::new(
                    400,
                    "QueueNameExists",
                    format!("A queue named {name} exists already."),
                ));
            }
            state.of_mut::<crate::sqs::State>().create(
                &name,
                context.world.ids.uuid(),
                &wanted.attributes(),
                context.tags(wanted.tags.as_ref()),
                context.call.now,
            )
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
            let queue = state.of::<crate::sqs::State>().queue(&name).ok()?;
            let tag = |name: &str| queue.tags.get(&format!("aws:cloudformation:{name}"));
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
        let name = name_in_url(physical_id)?;
        let tags = context.tags(after.tags.as_ref());
        context.world.write(|state| {
            let mut sqs = state.of::<crate::sqs::State>().clone();
            sqs.set_attributes(name, &after.all_attributes(), context.call.now)?;
            let obsolete: Vec<String> = sqs
                .queue(name)?
                .tags
                .keys()
                .filter(|key| !tags.contains_key(*key))
                .cloned()
                .collect();
            sqs.untag(name, &obsolete)?;
            sqs.tag(name, tags)?;
            *state.of_mut::<crate::sqs::State>() = sqs;
            Ok::<_, ServiceError>(())
        })?;
        Ok(Created {
            physical_id: physical_id.to_owned(),
            ..created(context, name)
        })
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        _properties: &Map<String, Value>,
    ) -> Result<(), ServiceError> {
        let name = name_in_url(physical_id)?;
        match operations::delete_queue(context.world, context.call, name) {
            Err(error) if error.code == "QueueDoesNotExist" => Ok(()),
            other => other,
        }
    }
}

/// `AWS::SQS::QueuePolicy`: the policy of several queues.
#[derive(Debug)]
pub struct QueuePolicy;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct PolicyProperties {
    policy_document: Value,
    queues: Vec<String>,
}

impl PolicyProperties {
    fn document(&self) -> String {
        match &self.policy_document {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }

    fn put(&self, context: &Context<'_>) -> Result<(), ServiceError> {
        let document = self.document();
        context.world.write(|state| {
            let mut sqs = state.of::<crate::sqs::State>().clone();
            for url in &self.queues {
                let given = BTreeMap::from([("Policy".to_owned(), document.clone())]);
                sqs.set_attributes(name_in_url(url)?, &given, context.call.now)?;
            }
            *state.of_mut::<crate::sqs::State>() = sqs;
            Ok(())
        })
    }

    /// Takes the policy from the queues that are not among those that stay.
    fn remove(&self, context: &Context<'_>, stay: &[String]) -> Result<(), ServiceError> {
        context.world.write(|state| {
            for url in self.queues.iter().filter(|url| !stay.contains(url)) {
                let none = BTreeMap::from([("Policy".to_owned(), String::new())]);
                let name = name_in_url(url)?;
                match state.of_mut::<crate::sqs::State>().set_attributes(
                    name,
                    &none,
                    context.call.now,
                ) {
                    Err(error) if error.code != "QueueDoesNotExist" => return Err(error),
                    _ => {}
                }
            }
            Ok(())
        })
    }
}

fn created_policy(physical_id: &str) -> Created {
    Created {
        attributes: BTreeMap::from([("Id".to_owned(), json!(physical_id))]),
        physical_id: physical_id.to_owned(),
    }
}

#[async_trait]
impl ResourceType for QueuePolicy {
    fn name(&self) -> &'static str {
        "AWS::SQS::QueuePolicy"
    }

    fn properties(&self) -> &'static [Property] {
        const {
            &[
                Property::required("PolicyDocument", OnChange::Update),
                Property::required("Queues", OnChange::Update),
            ]
        }
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Id"]
    }

    async fn create(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let wanted: PolicyProperties = property::read(context.logical_id, properties)?;
        wanted.put(context)?;
        Ok(created_policy(&context.generated_name(128)))
    }

    async fn adopt(
        &self,
        context: &Context<'_>,
        properties: &Map<String, Value>,
    ) -> Result<Option<Created>, ServiceError> {
        // Setting a policy twice is the same as once.
        self.create(context, properties).await.map(Some)
    }

    async fn update(
        &self,
        context: &Context<'_>,
        physical_id: &str,
        before: &Map<String, Value>,
        after: &Map<String, Value>,
    ) -> Result<Created, ServiceError> {
        let before: PolicyProperties = property::read(context.logical_id, before)?;
        let after: PolicyProperties = property::read(context.logical_id, after)?;
        after.put(context)?;
        before.remove(context, &after.queues)?;
        Ok(created_policy(physical_id))
    }

    async fn delete(
        &self,
        context: &Context<'_>,
        _physical_id: &str,
        properties: &Map<String, Value>,
    ) -> Result<(), ServiceError> {
        let properties: PolicyProperties = property::read(context.logical_id, properties)?;
        properties.remove(context, &[])
    }
}
