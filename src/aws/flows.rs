//! Connect: flows.

mod finding;

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_connect::Client;
use aws_sdk_connect::types::{
    ContactFlow, ContactFlowSearchCriteria, ContactFlowSearchFilter, ContactFlowState,
    ContactFlowStatus, ContactFlowType, ControlPlaneTagFilter, StringComparisonType,
    StringCondition, TagCondition,
};

use super::failure::Service;
use super::instances::instance_id;
use super::pace::Pace;
use super::wait::Waiting;
use crate::engine::error::{FailureKind, ServiceFailure};
use crate::engine::ports::{
    FlowInput, FlowState, FlowStatus, Flows, ObservedFlow, PortResult, Tags,
};

const SERVICE: Service = Service("Connect");

/// A new flow may not be found for seconds, rarely minutes.
const APPEARANCE: Duration = Duration::from_secs(120);
/// A read may tell the content from before an update for so long.
const REPLICATION: Duration = Duration::from_secs(3);
/// An association that was just ended may still be listed for so long.
const RELEASE: Duration = Duration::from_secs(15);

/// Flows.
pub struct ConnectFlows {
    client: Client,
    waiting: Waiting,
    pace: Pace,
    /// Ids of the flows that this made: not found, they are not yet found.
    made: Mutex<BTreeSet<String>>,
}

impl ConnectFlows {
    /// Over this client.
    pub fn new(client: Client, waiting: Waiting, pace: Pace) -> Self {
        Self {
            client,
            waiting,
            pace,
            made: Mutex::new(BTreeSet::new()),
        }
    }

    fn is_new(&self, id: &str) -> bool {
        self.made
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(id)
    }

    /// Whether a refusal may only mean that a flow we made is not visible yet: the
    /// flow itself, or one that the content refers to.
    fn may_pass(&self, id: &str, content: Option<&str>, failure: &ServiceFailure) -> bool {
        match failure.kind {
            FailureKind::NotFound => self.is_new(id),
            FailureKind::Invalid => {
                let unknown = failure.problems.iter().any(|problem| {
                    let problem = problem.to_lowercase();
                    problem.contains("not found") || problem.contains("not exist")
                });
                let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
                unknown
                    && content
                        .is_some_and(|content| made.iter().any(|id| content.contains(id.as_str())))
            }
            _ => false,
        }
    }

    /// The digest of a flow's published content after an update with this content.
    async fn digest_of(
        &self,
        instance: &str,
        id: &str,
        content: &str,
    ) -> PortResult<Option<String>> {
        let mut wait = self.waiting.at_most(REPLICATION);
        loop {
            let read = wait.look(self.read(instance, id).await)?;
            if let Some(flow) = &read
                && is_same(flow.content.as_deref().unwrap_or_default(), content)
            {
                return Ok(flow.flow_content_sha256.clone());
            }
            if !wait.pause().await {
                // Connect may write the content in another form: its digest counts.
                return Ok(read.and_then(|flow| flow.flow_content_sha256));
            }
        }
    }

    /// After a refusal as duplicate: the flow of that name, when it is the one that
    /// was asked for, made by a try whose answer was lost.
    async fn adopt(&self, instance: &str, input: &FlowInput) -> PortResult<Option<ObservedFlow>> {
        let Some(found) = self.named(instance, &input.name).await? else {
            return Ok(None);
        };
        if found.tags != input.tags || found.flow_type != input.flow_type || input.tags.is_empty() {
            return Ok(None);
        }
        let content = self.content(instance, &found.id).await?;
        if is_same(&content, &input.content) {
            return Ok(Some(found));
        }
        Ok(None)
    }
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
        let found = self.search(instance, Some(filter), None).await?;
        let completed = found.into_iter().map(|flow| self.completed(instance, flow));
        let flows = futures::future::try_join_all(completed).await?;
        // The search is an index and may lag; the tags it shows must be those asked for.
        Ok(flows
            .into_iter()
            .filter(|flow| {
                tags.iter()
                    .all(|(key, value)| flow.tags.get(key) == Some(value))
            })
            .collect())
    }

    async fn named(&self, instance: &str, name: &str) -> PortResult<Option<ObservedFlow>> {
        let criteria = ContactFlowSearchCriteria::builder()
            .string_condition(
                StringCondition::builder()
                    .field_name("name")
                    .value(name)
                    .comparison_type(StringComparisonType::Exact)
                    .build(),
            )
            .build();
        let found = self.search(instance, None, Some(criteria)).await?;
        let exact = found
            .into_iter()
            .find(|flow| flow.name.as_deref() == Some(name));
        if let Some(flow) = exact {
            return self.completed(instance, flow).await.map(Some);
        }
        match self.listed(instance, name).await? {
            None => Ok(None),
            Some(id) => {
                let bare = ContactFlow::builder().id(id).build();
                self.completed(instance, bare).await.map(Some)
            }
        }
    }

    async fn count(&self, instance: &str) -> PortResult<usize> {
        Ok(self.list(instance).await?.len())
    }

    async fn content(&self, instance: &str, id: &str) -> PortResult<String> {
        self.read(instance, id)
            .await?
            .content
            .ok_or_else(|| SERVICE.incomplete("DescribeContactFlow", "Content"))
    }

    async fn create(&self, instance: &str, input: &FlowInput) -> PortResult<ObservedFlow> {
        const CREATE: &str = "CreateContactFlow";
        let mut wait = self.waiting.at_most(APPEARANCE);
        let made = loop {
            self.pace.admit(CREATE).await;
            let answer = self
                .client
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
                .map_err(|error| SERVICE.failure(CREATE, error));
            match answer {
                Ok(made) => break made,
                Err(failure) if failure.code == "DuplicateResourceException" => {
                    return match self.adopt(instance, input).await? {
                        Some(flow) => Ok(flow),
                        None => Err(failure),
                    };
                }
                Err(failure)
                    if self.may_pass("", Some(&input.content), &failure) && wait.pause().await => {}
                Err(failure) => return Err(failure),
            }
        };
        let id = made
            .contact_flow_id
            .ok_or_else(|| SERVICE.incomplete(CREATE, "ContactFlowId"))?;
        self.made
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.clone());
        let content_sha256 = match made.flow_content_sha256 {
            Some(digest) => Some(digest),
            None => {
                let mut wait = self.waiting.at_most(APPEARANCE);
                loop {
                    match self.digest_of(instance, &id, &input.content).await {
                        Err(failure)
                            if failure.kind == FailureKind::NotFound && wait.pause().await => {}
                        digest => break digest?,
                    }
                }
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
    ) -> PortResult<Option<String>> {
        const UPDATE: &str = "UpdateContactFlowContent";
        let mut wait = self.waiting.at_most(APPEARANCE);
        loop {
            self.pace.admit(UPDATE).await;
            let answer = self
                .client
                .update_contact_flow_content()
                .instance_id(instance_id(instance))
                .contact_flow_id(id)
                .content(content)
                .send()
                .await
                .map_err(|error| SERVICE.failure(UPDATE, error));
            match answer {
                Ok(_) => return self.digest_of(instance, id, content).await,
                Err(failure)
                    if self.may_pass(id, Some(content), &failure) && wait.pause().await => {}
                Err(failure) => return Err(failure),
            }
        }
    }

    async fn update_metadata(
        &self,
        instance: &str,
        id: &str,
        name: &str,
        description: &str,
    ) -> PortResult<()> {
        const UPDATE: &str = "UpdateContactFlowMetadata";
        let mut wait = self.waiting.at_most(APPEARANCE);
        loop {
            self.pace.admit(UPDATE).await;
            let answer = self
                .client
                .update_contact_flow_metadata()
                .instance_id(instance_id(instance))
                .contact_flow_id(id)
                .name(name)
                .description(description)
                .contact_flow_state(ContactFlowState::Active)
                .send()
                .await
                .map_err(|error| SERVICE.failure(UPDATE, error));
            match answer {
                Ok(_) => return Ok(()),
                Err(failure) if self.may_pass(id, None, &failure) && wait.pause().await => {}
                Err(failure) => return Err(failure),
            }
        }
    }

    async fn tag(&self, arn: &str, tags: &Tags) -> PortResult<()> {
        const TAG: &str = "TagResource";
        let mut wait = self.waiting.at_most(APPEARANCE);
        loop {
            self.pace.admit(TAG).await;
            let answer = self
                .client
                .tag_resource()
                .resource_arn(arn)
                .set_tags(Some(sdk_tags(tags)))
                .send()
                .await
                .map_err(|error| SERVICE.failure(TAG, error));
            match answer {
                Ok(_) => return Ok(()),
                Err(failure)
                    if self.may_pass(resource_id(arn), None, &failure) && wait.pause().await => {}
                Err(failure) => return Err(failure),
            }
        }
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

    async fn delete(&self, instance: &str, id: &str) -> PortResult<()> {
        const DELETE: &str = "DeleteContactFlow";
        // Connect deletes a flow though a number still points to it, and the line
        // is dead then.
        let mut wait = self.waiting.at_most(RELEASE);
        while let Some(user) = self.user_of(instance, id).await? {
            if !wait.pause().await {
                return Err(SERVICE.state(
                    DELETE,
                    FailureKind::Conflict,
                    "in use",
                    format!("{user} still points to the flow"),
                ));
            }
        }
        self.pace.admit(DELETE).await;
        let answer = self
            .client
            .delete_contact_flow()
            .instance_id(instance_id(instance))
            .contact_flow_id(id)
            .send()
            .await
            .map_err(|error| SERVICE.failure(DELETE, error));
        match answer {
            Err(failure) if failure.kind != FailureKind::NotFound => Err(failure),
            _ => Ok(()),
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
