//! Connect: flows.

mod finding;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_sdk_connect::Client;
use aws_sdk_connect::operation::create_contact_flow::CreateContactFlowOutput;
use aws_sdk_connect::types::{
    ContactFlow, ContactFlowSearchFilter, ContactFlowState, ContactFlowStatus, ContactFlowType,
    ControlPlaneTagFilter, TagCondition,
};

use super::consistency::{About, Consistency, Words};
use super::failure::Service;
use super::instances::instance_id;
use super::pace::Pace;
use super::wait::Waiting;
use crate::engine::error::FailureKind;
use crate::engine::ports::{
    FlowInput, FlowState, FlowStatus, FlowVersion, Flows, ObservedFlow, PortResult, Progress,
    Silent, Tags,
};

const SERVICE: Service = Service("Connect");

/// A read may tell the content from before an update for so long.
const REPLICATION: Duration = Duration::from_secs(30);
/// An association that was just ended may still be listed for so long.
const RELEASE: Duration = Duration::from_secs(60);
/// The name of a deleted flow, or a flow that has it, may be known to creations alone for
/// so long.
const NAMING: Duration = Duration::from_secs(60);
/// The code of a flow that was saved and never published; it is there.
const NOT_PUBLISHED: &str = "ContactFlowNotPublishedException";

/// Flows.
pub struct ConnectFlows {
    client: Client,
    waiting: Waiting,
    pace: Pace,
    consistency: Consistency,
    /// Ids of flows by names that creations were refused for: a list may not have them yet.
    taken: Mutex<BTreeMap<String, String>>,
}

impl ConnectFlows {
    /// Over this client.
    pub fn new(client: Client, waiting: Waiting, pace: Pace, consistency: Consistency) -> Self {
        Self {
            client,
            waiting,
            pace,
            consistency,
            taken: Mutex::default(),
        }
    }

    /// What is published before an update. `None`: nothing.
    async fn before(
        &self,
        instance: &str,
        id: &str,
        progress: &dyn Progress,
    ) -> PortResult<Option<ContactFlow>> {
        match self.seen(instance, id, progress).await {
            Ok(flow) => Ok(Some(flow)),
            Err(failure) if failure.code == NOT_PUBLISHED => Ok(None),
            Err(failure) if failure.kind == FailureKind::NotFound => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// The digest of a flow's published content after an update with this content, and
    /// what it was before. `None`: what is told is still that.
    async fn digest_of(
        &self,
        instance: &str,
        id: &str,
        content: &str,
        before: Option<&ContactFlow>,
        progress: &dyn Progress,
    ) -> PortResult<Option<String>> {
        let before = before.and_then(|flow| flow.content.as_deref());
        let mut wait = self.waiting.at_most(REPLICATION);
        let mut words = Words::default();
        loop {
            let read = wait.look(self.seen(instance, id, progress).await)?;
            if let Some(flow) = read {
                let live = flow.content.as_deref().unwrap_or_default();
                // Connect may write the content in another form: its digest counts, but not
                // that of the content before.
                let is_old = before.is_some_and(|before| is_same(live, before));
                if is_same(live, content) || !is_old {
                    return Ok(flow.flow_content_sha256);
                }
            }
            words.say(progress, wait.waited(), || {
                "waiting until Amazon Connect tells the new content".to_owned()
            });
            if !wait.pause().await {
                return Ok(None);
            }
        }
    }

    /// Makes a flow, once.
    async fn made(&self, instance: &str, input: &FlowInput) -> PortResult<CreateContactFlowOutput> {
        const CREATE: &str = "CreateContactFlow";
        self.pace.admit(CREATE).await;
        self.client
            .create_contact_flow()
            .instance_id(instance_id(instance))
            .name(&input.name)
            .r#type(ContactFlowType::from(input.flow_type.as_str()))
            .description(&input.description)
            .content(&input.content)
            .status(ContactFlowStatus::Published)
            .set_tags((!input.tags.is_empty()).then(|| sdk_tags(&input.tags)))
            .send()
            .await
            .map_err(|error| SERVICE.failure(CREATE, error))
    }

    /// Makes a flow, or finds the one of that name that a try made whose answer was lost.
    async fn made_or_found(
        &self,
        instance: &str,
        input: &FlowInput,
        progress: &dyn Progress,
    ) -> PortResult<Made> {
        let about = About {
            names: &[instance_id(instance)],
            content: &input.content,
        };
        let mut wait = self.waiting.at_most(NAMING);
        let mut words = Words::default();
        loop {
            let making = || self.made(instance, input);
            let failure = match self.consistency.settled(about, progress, making).await {
                Ok(made) => return Ok(Made::Now(Box::new(made))),
                Err(failure) => failure,
            };
            if failure.code != "DuplicateResourceException" {
                return Err(failure);
            }
            if let Some(found) = self.named(instance, &input.name).await? {
                // This run did not see it when it looked: it may be young.
                self.consistency.made(&found.id);
                self.taken
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(input.name.clone(), found.id.clone());
                return match self.is_asked_for(instance, input, &found).await? {
                    true => Ok(Made::Before(Box::new(found))),
                    false => Err(failure),
                };
            }
            // It was deleted, or made, a moment ago.
            words.say(progress, wait.waited(), || {
                format!(
                    "waiting until the name {} is free, or the flow that has it is found",
                    input.name
                )
            });
            if !wait.pause().await {
                return Err(failure);
            }
        }
    }

    /// Whether a flow is the one that was asked for.
    async fn is_asked_for(
        &self,
        instance: &str,
        input: &FlowInput,
        found: &ObservedFlow,
    ) -> PortResult<bool> {
        if found.tags != input.tags || found.flow_type != input.flow_type || input.tags.is_empty() {
            return Ok(false);
        }
        let content = self.content(instance, &found.id).await?;
        Ok(is_same(&content, &input.content))
    }
}

/// A flow, made now or by a try before.
enum Made {
    Now(Box<CreateContactFlowOutput>),
    Before(Box<ObservedFlow>),
}

#[async_trait]
impl Flows for ConnectFlows {
    async fn tagged(&self, instance: &str, tags: &Tags) -> PortResult<Vec<ObservedFlow>> {
        let conditions = tags
            .iter()
            .map(|(key, value)| {
                TagCondition::builder()
                    .tag_key(key)
                    .tag_value(value)
                    .build()
            })
            .collect();
        let filter = ContactFlowSearchFilter::builder()
            .tag_filter(
                ControlPlaneTagFilter::builder()
                    .set_and_conditions(Some(conditions))
                    .build(),
            )
            .build();
        let found = self.search(instance, &filter).await?;
        let looked = found.iter().map(|id| self.looked_at(instance, id));
        let flows = futures::future::try_join_all(looked).await?;
        // What the index tells may be old; the flow tells which tags it has.
        Ok(flows
            .into_iter()
            .flatten()
            .filter(|flow| {
                tags.iter()
                    .all(|(key, value)| flow.tags.get(key) == Some(value))
            })
            .collect())
    }

    async fn all_named(
        &self,
        instance: &str,
        names: &[&str],
    ) -> PortResult<BTreeMap<String, ObservedFlow>> {
        if names.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut listed: BTreeSet<String> = self.listed(instance, names).await?;
        {
            let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let known = taken
                .iter()
                .filter(|(name, _)| names.contains(&name.as_str()));
            listed.extend(known.map(|(_, id)| id.clone()));
        }
        let looked = listed.iter().map(|id| self.looked_at(instance, id));
        let flows = futures::future::try_join_all(looked).await?;
        // The list, too, may tell a name from before.
        Ok(flows
            .into_iter()
            .flatten()
            .filter(|flow| names.contains(&flow.name.as_str()))
            .map(|flow| (flow.name.clone(), flow))
            .collect())
    }

    async fn count(&self, instance: &str) -> PortResult<usize> {
        Ok(self.list(instance).await?.len())
    }

    async fn version(&self, instance: &str, id: &str) -> PortResult<FlowVersion> {
        let flow = self.seen(instance, id, &Silent).await?;
        Ok(FlowVersion {
            content: flow
                .content
                .ok_or_else(|| SERVICE.incomplete("DescribeContactFlow", "Content"))?,
            modified: flow
                .last_modified_time
                .and_then(|time| SystemTime::try_from(time).ok()),
        })
    }

    async fn create(
        &self,
        instance: &str,
        input: &FlowInput,
        progress: &dyn Progress,
    ) -> PortResult<ObservedFlow> {
        const CREATE: &str = "CreateContactFlow";
        let made = match self.made_or_found(instance, input, progress).await? {
            Made::Now(made) => *made,
            Made::Before(flow) => return Ok(*flow),
        };
        let id = made
            .contact_flow_id
            .ok_or_else(|| SERVICE.incomplete(CREATE, "ContactFlowId"))?;
        self.consistency.made(&id);
        let content_sha256 = match made.flow_content_sha256 {
            Some(digest) => Some(digest),
            None => {
                let content = &input.content;
                let digest = self.digest_of(instance, &id, content, None, progress);
                digest.await?
            }
        };
        Ok(ObservedFlow {
            arn: made
                .contact_flow_arn
                .ok_or_else(|| SERVICE.incomplete(CREATE, "ContactFlowArn"))?,
            id,
            name: input.name.clone(),
            flow_type: input.flow_type.clone(),
            description: input.description.clone(),
            status: FlowStatus::Published,
            state: FlowState::Active,
            tags: input.tags.clone(),
            content_sha256,
        })
    }

    async fn update_content(
        &self,
        instance: &str,
        id: &str,
        content: &str,
        progress: &dyn Progress,
    ) -> PortResult<Option<String>> {
        const UPDATE: &str = "UpdateContactFlowContent";
        let before = self.before(instance, id, progress).await?;
        let about = About {
            names: &[instance_id(instance), resource_id(id)],
            content,
        };
        let update = || async {
            self.pace.admit(UPDATE).await;
            self.client
                .update_contact_flow_content()
                .instance_id(instance_id(instance))
                .contact_flow_id(id)
                .content(content)
                .send()
                .await
                .map_err(|error| SERVICE.failure(UPDATE, error))
        };
        self.consistency.settled(about, progress, update).await?;
        self.digest_of(instance, id, content, before.as_ref(), progress)
            .await
    }

    async fn update_metadata(
        &self,
        instance: &str,
        id: &str,
        name: &str,
        description: &str,
        progress: &dyn Progress,
    ) -> PortResult<()> {
        const UPDATE: &str = "UpdateContactFlowMetadata";
        let names = [instance_id(instance), resource_id(id)];
        let update = || async {
            self.pace.admit(UPDATE).await;
            self.client
                .update_contact_flow_metadata()
                .instance_id(instance_id(instance))
                .contact_flow_id(id)
                .name(name)
                .description(description)
                .contact_flow_state(ContactFlowState::Active)
                .send()
                .await
                .map(|_| ())
                .map_err(|error| SERVICE.failure(UPDATE, error))
        };
        self.consistency
            .settled(About::names(&names), progress, update)
            .await
    }

    async fn tag(&self, arn: &str, tags: &Tags, progress: &dyn Progress) -> PortResult<()> {
        const TAG: &str = "TagResource";
        let names = [resource_id(arn)];
        let tag = || async {
            self.pace.admit(TAG).await;
            self.client
                .tag_resource()
                .resource_arn(arn)
                .set_tags(Some(sdk_tags(tags)))
                .send()
                .await
                .map(|_| ())
                .map_err(|error| SERVICE.failure(TAG, error))
        };
        self.consistency
            .settled(About::names(&names), progress, tag)
            .await
    }

    async fn untag(&self, arn: &str, keys: &[&str]) -> PortResult<()> {
        const UNTAG: &str = "UntagResource";
        self.pace.admit(UNTAG).await;
        self.client
            .untag_resource()
            .resource_arn(arn)
            .set_tag_keys(Some(keys.iter().map(|key| (*key).to_owned()).collect()))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| SERVICE.failure(UNTAG, error))
    }

    async fn delete(&self, instance: &str, id: &str, progress: &dyn Progress) -> PortResult<()> {
        const DELETE: &str = "DeleteContactFlow";
        // Connect deletes a flow though a number still points to it, and the line
        // is dead then.
        let mut wait = self.waiting.at_most(RELEASE);
        let mut words = Words::default();
        while let Some(user) = self.user_of(instance, id).await? {
            words.say(progress, wait.waited(), || {
                format!("waiting until {user} no longer points to the flow")
            });
            if !wait.pause().await {
                return Err(SERVICE.state(
                    DELETE,
                    FailureKind::Conflict,
                    "in use",
                    format!("{user} still points to the flow"),
                ));
            }
        }
        let names = [id];
        let delete = || async {
            self.pace.admit(DELETE).await;
            self.client
                .delete_contact_flow()
                .instance_id(instance_id(instance))
                .contact_flow_id(id)
                .send()
                .await
                .map_err(|error| SERVICE.failure(DELETE, error))
        };
        let about = About::names(&names);
        match self.consistency.settled(about, progress, delete).await {
            Err(failure) if failure.kind != FailureKind::NotFound => Err(failure),
            _ => {
                self.consistency.gone(id);
                Ok(())
            }
        }
    }
}

/// The last part of an ARN; an id as it is. Without a version or `$SAVED`.
pub(super) fn resource_id(arn_or_id: &str) -> &str {
    let id = arn_or_id.rsplit_once('/').map_or(arn_or_id, |(_, id)| id);
    id.split_once(':').map_or(id, |(id, _)| id)
}

/// Whether two contents are the same document.
fn is_same(one: &str, other: &str) -> bool {
    let parse = |text| serde_json::from_str::<serde_json::Value>(text).ok();
    one == other || matches!((parse(one), parse(other)), (Some(one), Some(other)) if one == other)
}

pub(super) fn sdk_tags(tags: &Tags) -> std::collections::HashMap<String, String> {
    tags.iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

#[cfg(test)]
#[path = "flows_tests.rs"]
mod tests;
