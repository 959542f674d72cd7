//! Flows: what is published, what is a draft, their names and states.

pub mod operations;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::arns::FlowReference;
use super::instances::Instance;
use super::values::{FlowState, FlowStatus, FlowType};
use super::{State, content, epoch, errors, present};
use crate::core::error::{ServiceError, ServiceResult};

/// The longest name (CloudFormation's `AWS::Connect::ContactFlow`; the API's model has none).
const LONGEST_NAME: usize = 127;
/// The longest description (the same).
const LONGEST_DESCRIPTION: usize = 500;

/// A flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// Its id, a UUID.
    pub id: String,
    /// Its name, the only one of the instance.
    pub name: String,
    /// Its type; it never changes.
    pub flow_type: FlowType,
    /// Its description.
    pub description: Option<String>,
    /// In use or archived.
    pub state: FlowState,
    /// What calls run; `None` until it is published.
    pub published: Option<String>,
    /// Saved and not published: what `$SAVED` means. `None` when the last
    /// saved content is the published one.
    pub draft: Option<String>,
    /// What was live before, where that may be what `$SAVED` means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Whether the instance was born with it.
    pub default: bool,
    /// When it was changed last, but for its draft.
    pub modified: Timestamp,
    /// When its draft was saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub saved: Option<Timestamp>,
}

/// What a flow is made of.
#[derive(Debug, Clone)]
pub struct NewFlow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub flow_type: FlowType,
    /// Its description.
    pub description: Option<String>,
    /// Its content.
    pub content: String,
    /// Whether the content is published or saved as a draft.
    pub status: FlowStatus,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

impl Flow {
    /// `PUBLISHED` once something is live.
    pub fn status(&self) -> FlowStatus {
        if self.published.is_some() {
            FlowStatus::Published
        } else {
            FlowStatus::Saved
        }
    }

    /// The content that counts: the published one, or the draft of a flow that
    /// was never published.
    pub fn content(&self) -> &str {
        self.published
            .as_deref()
            .or(self.draft.as_deref())
            .unwrap_or_default()
    }

    /// What was saved last.
    fn last_saved(&self) -> Option<String> {
        self.draft.clone().or_else(|| self.published.clone())
    }

    /// With what was live before as its draft.
    fn saved_before(&self) -> Self {
        Self {
            draft: self.before.clone(),
            ..self.clone()
        }
    }

    /// Its ARN.
    pub fn arn(&self, instance: &Instance) -> String {
        format!("{}/contact-flow/{}", instance.arn, self.id)
    }

    /// `ContactFlow` of the service model without its content.
    pub fn found(&self, instance: &Instance) -> Value {
        present(json!({
            "Arn": self.arn(instance),
            "Id": self.id,
            "Name": self.name,
            "Type": self.flow_type,
            "State": self.state,
            "Status": self.status(),
            "Description": self.description,
            "Tags": (!self.tags.is_empty()).then_some(&self.tags),
            "FlowContentSha256": content::sha256(self.content()),
            "LastModifiedTime": epoch(self.modified),
            "LastModifiedRegion": instance.region(),
        }))
    }

    fn description(&self, instance: &Instance, saved: bool) -> ServiceResult<Value> {
        let (status, content) = match (saved, &self.published, &self.draft) {
            (true, _, Some(draft)) => (FlowStatus::Saved, draft),
            (_, Some(published), _) => (FlowStatus::Published, published),
            (_, None, _) => {
                return Err(errors::not_published(format!(
                    "The flow {} has not been published. Its draft is {}:$SAVED.",
                    self.id, self.id
                )));
            }
        };
        let mut description = self.found(instance);
        if let Value::Object(map) = &mut description {
            map.insert("Status".to_owned(), json!(status));
            map.insert("Content".to_owned(), json!(content));
            if let (FlowStatus::Saved, Some(at)) = (status, self.saved) {
                map.insert("LastModifiedTime".to_owned(), epoch(at));
            }
            map.insert(
                "FlowContentSha256".to_owned(),
                json!(content::sha256(content)),
            );
        }
        Ok(description)
    }
}

impl Instance {
    /// A flow by its id.
    ///
    /// # Errors
    /// `ResourceNotFoundException`.
    pub fn flow(&self, id: &str) -> ServiceResult<&Flow> {
        self.flows.get(id).ok_or_else(|| absent(id))
    }

    fn keep_before(&mut self, id: &str, before: Option<String>) {
        if let Some(flow) = self.flows.get_mut(id) {
            flow.before = before;
        }
    }

    fn flow_mut(&mut self, id: &str) -> ServiceResult<&mut Flow> {
        self.flows.get_mut(id).ok_or_else(|| absent(id))
    }

    /// Takes in a new flow, when the quota lets it.
    ///
    /// # Errors
    /// `DuplicateResourceException`, and
    /// `InvalidContactFlowException` when it is to be published.
    pub fn create_flow(&mut self, new: NewFlow, now: Timestamp) -> ServiceResult<()> {
        self.check_flow_name(&new.name, None)?;
        let (published, draft) = match new.status {
            FlowStatus::Published => {
                content::check_flow(&new.content, new.flow_type)?;
                (Some(new.content), None)
            }
            FlowStatus::Saved => (None, Some(new.content)),
        };
        let flow = Flow {
            id: new.id.clone(),
            name: new.name,
            flow_type: new.flow_type,
            description: new.description,
            state: FlowState::Active,
            published,
            draft,
            before: None,
            tags: new.tags,
            default: false,
            modified: now,
            saved: None,
        };
        self.flows.insert(new.id, flow);
        Ok(())
    }

    fn check_flow_name(&self, name: &str, except: Option<&str>) -> ServiceResult<()> {
        let taken = self
            .flows
            .values()
            .any(|flow| flow.name == name && Some(flow.id.as_str()) != except);
        if taken {
            return Err(errors::duplicate(format!(
                "A flow with the name {name} exists already."
            )));
        }
        Ok(())
    }

    /// Replaces the content: live at once, or of the draft alone.
    ///
    /// # Errors
    /// `ResourceNotFoundException`; `InvalidContactFlowException` for content
    /// that would go live.
    pub fn update_flow_content(
        &mut self,
        reference: &FlowReference,
        content: &str,
        now: Timestamp,
    ) -> ServiceResult<()> {
        let flow = self.flow_mut(&reference.id)?;
        if reference.saved {
            flow.draft = Some(content.to_owned());
            flow.saved = Some(now);
        } else {
            content::check_flow(content, flow.flow_type)?;
            flow.published = Some(content.to_owned());
            flow.draft = None;
            flow.saved = None;
            flow.modified = now;
        }
        Ok(())
    }

    /// Changes what is given of name, description and state.
    ///
    /// # Errors
    /// `ResourceNotFoundException`, `DuplicateResourceException`.
    pub fn update_flow_metadata(
        &mut self,
        id: &str,
        name: Option<&str>,
        description: Option<&str>,
        state: Option<FlowState>,
        now: Timestamp,
    ) -> ServiceResult<()> {
        self.flow(id)?;
        if let Some(name) = name {
            self.check_flow_name(name, Some(id))?;
        }
        let flow = self.flow_mut(id)?;
        if let Some(name) = name {
            flow.name = name.to_owned();
        }
        if let Some(description) = description {
            flow.description = Some(description.to_owned());
        }
        if let Some(state) = state {
            flow.state = state;
        }
        flow.modified = now;
        Ok(())
    }
}

impl State {
    /// Deletes a flow that no phone number points to.
    ///
    /// # Errors
    /// `ResourceNotFoundException`; `InvalidRequestException` for a default
    /// flow and one that a number points to. (The service model names no error
    /// for the latter; refusing keeps a line from going dead unseen.)
    pub fn delete_flow(&mut self, instance: &str, reference: &str) -> ServiceResult<()> {
        let instance = self.instance(instance)?;
        let reference = FlowReference::parse(&instance.arn, reference)?;
        let flow = instance.flow(&reference.id)?;
        if reference.saved {
            return Err(ServiceError::not_implemented(
                "deleting the draft of a flow alone in connect:DeleteContactFlow",
            ));
        }
        if flow.default {
            return Err(errors::invalid_request(format!(
                "The flow {} is a default flow of the instance and cannot be deleted.",
                flow.name
            )));
        }
        let pointing = self
            .phone_numbers
            .values()
            .find(|number| number.flow_id.as_deref() == Some(reference.id.as_str()));
        if let Some(number) = pointing {
            return Err(errors::invalid_request(format!(
                "The flow {} is associated with the phone number {}.",
                flow.name, number.number
            )));
        }
        let id = instance.id.clone();
        self.instance_mut(&id)?.flows.remove(&reference.id);
        Ok(())
    }
}

fn absent(id: &str) -> ServiceError {
    errors::not_found(format!("The flow {id} does not exist."))
}
