//! A flow: made, or its content written; then its digests noted in its tags.

use super::diff::desired_digest;
use crate::engine::apply::Work;
use crate::engine::desired::{Flow, TAG_DESIRED, TAG_NAME, TAG_PUBLISHED};
use crate::engine::drift::{may_be_modified, same_content};
use crate::engine::error::{EngineError, FailureKind};
use crate::engine::events::Event;
use crate::engine::plan::{Action, Change, ResourceId, ResourceKind};
use crate::engine::ports::{FlowInput, FlowState, ObservedFlow, Tags};

pub(in crate::engine) async fn apply(
    work: &Work<'_>,
    change: &Change,
) -> Result<String, EngineError> {
    let name = &change.resource.name;
    let Some(flow) = work.prepared.desired.flows.get(name) else {
        return Ok(String::new());
    };
    let content = work
        .values()
        .resolve_json(&change.resource, &flow.content)?;
    let digest = desired_digest(flow, &content);
    let stub = work
        .stubs
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .get(name)
        .cloned();
    let there = stub.or_else(|| work.prepared.observed.flows.get(name).cloned());
    match there {
        Some(there)
            if there.tags.get(TAG_DESIRED) == Some(&digest)
                && !may_be_modified(&there)
                && there.name == flow.physical
                && there.description == flow.description
                && there.state != FlowState::Archived =>
        {
            Ok("unchanged after all".to_owned())
        }
        Some(there) => {
            work.write(change, flow, &there, &content, &digest).await?;
            Ok("published".to_owned())
        }
        None => {
            let made = work.make(change, flow, &content, &digest).await?;
            work.learn_flow(name, &made.arn);
            let published = made.content_sha256.clone();
            work.note(change, &made.arn, &digest, published).await?;
            Ok("published".to_owned())
        }
    }
}

/// Makes a flow that can be referred to, with the least content that its type allows.
pub(in crate::engine) async fn stub(work: &Work<'_>, name: &str) -> Result<(), EngineError> {
    let Some(flow) = work.prepared.desired.flows.get(name) else {
        return Ok(());
    };
    let resource = ResourceId::new(ResourceKind::Flow, name);
    work.reporter.event(&Event::Progress {
        resource: resource.clone(),
        note: "made as a stub, so that others can refer to it".to_owned(),
    });
    let Some(content) = stub_content(&flow.flow_type) else {
        return Err(EngineError::State {
            resource,
            reason: format!("{} is no type of flow", flow.flow_type),
        });
    };
    let change = Change {
        resource,
        physical: flow.physical.clone(),
        action: Action::Create,
        details: Vec::new(),
        wanted: Vec::new(),
        stack_changes: Vec::new(),
        irreversible: Vec::new(),
        desired: String::new(),
        observed: String::new(),
    };
    let made = work.make(&change, flow, content, "stub").await?;
    work.learn_flow(name, &made.arn);
    work.stubs
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
        .insert(name.to_owned(), made);
    Ok(())
}

impl Work<'_> {
    /// Makes a flow. One that is there already under this name, and ours, is taken
    /// over: an answer may have been lost after the flow was made.
    async fn make(
        &self,
        change: &Change,
        flow: &Flow,
        content: &str,
        digest: &str,
    ) -> Result<ObservedFlow, EngineError> {
        let instance = &self.prepared.observed.instance.id;
        let desired = &self.prepared.desired;
        let mut tags = desired.tags();
        tags.insert(TAG_NAME.to_owned(), change.resource.name.clone());
        tags.insert(TAG_DESIRED.to_owned(), digest.to_owned());
        let input = FlowInput {
            name: flow.physical.clone(),
            flow_type: flow.flow_type.clone(),
            description: flow.description.clone(),
            content: content.to_owned(),
            tags,
        };
        let notes = self.notes(change);
        let failure = match self.ports.flows.create(instance, &input, &notes).await {
            Ok(made) => return Ok(made),
            Err(failure) if failure.kind == FailureKind::Conflict => failure,
            Err(failure) => return Err(self.failed(change, "making the flow")(failure)),
        };
        let other = self
            .ports
            .flows
            .named(instance, &flow.physical)
            .await
            .map_err(self.failed(change, "looking for the flow's name"))?
            .filter(|other| desired.owns(&other.tags));
        let Some(other) = other else {
            return Err(self.failed(change, "making the flow")(failure));
        };
        let sha256 = self
            .ports
            .flows
            .update_content(instance, &other.id, content, &notes)
            .await
            .map_err(self.failed(change, "publishing the flow"))?;
        Ok(ObservedFlow {
            content_sha256: sha256,
            ..other
        })
    }

    async fn write(
        &self,
        change: &Change,
        flow: &Flow,
        there: &ObservedFlow,
        content: &str,
        digest: &str,
    ) -> Result<(), EngineError> {
        let instance = &self.prepared.observed.instance.id;
        let flows = &self.ports.flows;
        let notes = self.notes(change);
        let renamed = there.name != flow.physical
            || there.description != flow.description
            || there.state == FlowState::Archived;
        if renamed {
            flows
                .update_metadata(
                    instance,
                    &there.id,
                    &flow.physical,
                    &flow.description,
                    &notes,
                )
                .await
                .map_err(self.failed(change, "renaming the flow"))?;
        }
        // Only the tags are missing when a run ended between the write and its note, or
        // somebody else wrote the same.
        let written = may_be_modified(there)
            && self
                .prepared
                .observed
                .contents
                .get(&there.id)
                .is_some_and(|live| same_content(live, content));
        let sha256 = if written {
            there.content_sha256.clone()
        } else {
            flows
                .update_content(instance, &there.id, content, &notes)
                .await
                .map_err(self.failed(change, "publishing the flow"))?
        };
        self.note(change, &there.arn, digest, sha256).await
    }

    /// Notes in the tags what was meant and what the service made of it.
    async fn note(
        &self,
        change: &Change,
        arn: &str,
        digest: &str,
        published: Option<String>,
    ) -> Result<(), EngineError> {
        let mut tags: Tags = self.prepared.desired.tags();
        tags.insert(TAG_NAME.to_owned(), change.resource.name.clone());
        tags.insert(TAG_DESIRED.to_owned(), digest.to_owned());
        if let Some(published) = published {
            tags.insert(TAG_PUBLISHED.to_owned(), published);
        }
        self.ports
            .flows
            .tag(arn, &tags, &self.notes(change))
            .await
            .map_err(self.failed(change, "tagging the flow"))
    }
}

fn stub_content(flow_type: &str) -> Option<&'static str> {
    connect_flow::FlowType::from_api_name(flow_type).map(connect_flow::stub)
}

/// Deletes a flow that the manifest no longer has.
pub(in crate::engine) async fn leave(
    work: &Work<'_>,
    change: &Change,
) -> Result<String, EngineError> {
    let observed = &work.prepared.observed;
    let Some(flow) = observed.flows.get(&change.resource.name) else {
        return Ok(String::new());
    };
    work.ports
        .flows
        .delete(&observed.instance.id, &flow.id, &work.notes(change))
        .await
        .map_err(work.failed(change, "deleting the flow"))?;
    Ok("deleted".to_owned())
}
