//! Flows: what is published, what is a draft, their names and states.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::arns::FlowReference;
use super::instances::Instance;
use super::page::page;
use super::values::{FlowState, FlowStatus, FlowType};
use super::{Exchange, State, content, epoch, errors, present};
use crate::error::{ServiceError, ServiceResult};
use crate::gateway::response::Response;

/// Flows per instance (AWS docs, "Amazon Connect service quotas", default).
const MOST_FLOWS: usize = 100;
/// The longest name (CloudFormation's `AWS::Connect::ContactFlow`; the API's model has none).
const LONGEST_NAME: usize = 127;
/// The longest description (the same).
const LONGEST_DESCRIPTION: usize = 500;

/// A flow.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Whether the instance was born with it.
    pub default: bool,
    /// When it was changed last.
    pub modified: Timestamp,
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

    fn flow_mut(&mut self, id: &str) -> ServiceResult<&mut Flow> {
        self.flows.get_mut(id).ok_or_else(|| absent(id))
    }

    /// Takes in a new flow.
    ///
    /// # Errors
    /// `DuplicateResourceException`, `LimitExceededException`, and
    /// `InvalidContactFlowException` when it is to be published.
    pub fn create_flow(&mut self, new: NewFlow, now: Timestamp) -> ServiceResult<()> {
        self.check_flow_name(&new.name, None)?;
        if self.flows.len() >= MOST_FLOWS {
            return Err(errors::limit_exceeded(format!(
                "The instance has {MOST_FLOWS} flows already, the default quota of Connect."
            )));
        }
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
            tags: new.tags,
            default: false,
            modified: now,
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
        } else {
            content::check_flow(content, flow.flow_type)?;
            flow.published = Some(content.to_owned());
            flow.draft = None;
        }
        flow.modified = now;
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

/// `CreateContactFlow`.
pub fn create(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let members = ["Name", "Type", "Description", "Content", "Status", "Tags"];
    let input = exchange.input(&members, &[])?;
    let new = NewFlow {
        id: exchange.world.ids.uuid(),
        name: input.required("Name", 1, LONGEST_NAME)?.to_owned(),
        flow_type: input.required_choice("Type")?,
        description: input
            .bounded("Description", 0, LONGEST_DESCRIPTION)?
            .map(str::to_owned),
        content: input
            .required("Content", 1, content::MOST_CHARACTERS)?
            .to_owned(),
        status: input.choice("Status")?.unwrap_or(FlowStatus::Published),
        tags: input.tags("Tags")?,
    };
    let id = new.id.clone();
    let sha256 = content::sha256(&new.content);
    let arn = exchange.world.write(|state| {
        let instance = state.connect.instance_mut(input.instance()?)?;
        instance.create_flow(new, exchange.call.now)?;
        Ok::<_, ServiceError>(instance.flow(&id)?.arn(instance))
    })?;
    Response::json(&json!({
        "ContactFlowId": id,
        "ContactFlowArn": arn,
        "FlowContentSha256": sha256,
    }))
}

/// `DescribeContactFlow`.
pub fn describe(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &[])?;
    let (instance_id, flow_id) = (input.instance()?, input.label("ContactFlowId")?);
    let description = exchange.world.read(|state| {
        let instance = state.connect.instance(instance_id)?;
        let reference = FlowReference::parse(&instance.arn, flow_id)?;
        instance
            .flow(&reference.id)?
            .description(instance, reference.saved)
    })?;
    Response::json(&json!({ "ContactFlow": description }))
}

/// `UpdateContactFlowContent`.
pub fn update_content(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&["Content"], &[])?;
    let (instance_id, flow_id) = (input.instance()?, input.label("ContactFlowId")?);
    let content = input.required("Content", 1, content::MOST_CHARACTERS)?;
    exchange.world.write(|state| {
        let instance = state.connect.instance_mut(instance_id)?;
        let reference = FlowReference::parse(&instance.arn, flow_id)?;
        instance.update_flow_content(&reference, content, exchange.call.now)
    })?;
    Response::json(&json!({}))
}

/// `UpdateContactFlowMetadata` and, without `ContactFlowState`, `UpdateContactFlowName`.
pub fn update_metadata(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let members: &[&str] = if exchange.route.operation == "UpdateContactFlowName" {
        &["Name", "Description"]
    } else {
        &["Name", "Description", "ContactFlowState"]
    };
    let input = exchange.input(members, &[])?;
    let (instance_id, flow_id) = (input.instance()?, input.label("ContactFlowId")?);
    let name = input.bounded("Name", 1, LONGEST_NAME)?;
    let description = input.bounded("Description", 0, LONGEST_DESCRIPTION)?;
    let flow_state: Option<FlowState> = input.choice("ContactFlowState")?;
    exchange.world.write(|state| {
        let instance = state.connect.instance_mut(instance_id)?;
        let reference = FlowReference::parse(&instance.arn, flow_id)?;
        instance.update_flow_metadata(
            &reference.id,
            name,
            description,
            flow_state,
            exchange.call.now,
        )
    })?;
    Response::json(&json!({}))
}

/// `DeleteContactFlow`.
pub fn delete(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &[])?;
    let (instance_id, flow_id) = (input.instance()?, input.label("ContactFlowId")?);
    exchange
        .world
        .write(|state| state.connect.delete_flow(instance_id, flow_id))?;
    Response::json(&json!({}))
}

/// `ListContactFlows`.
pub fn list(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &["contactFlowTypes", "nextToken", "maxResults"])?;
    let instance_id = input.instance()?;
    let types: Vec<FlowType> = input.query_choices("contactFlowTypes", 10)?;
    let most = input.query_max_results(1000, 100)?;
    exchange.world.read(|state| {
        let instance = state.connect.instance(instance_id)?;
        let flows: Vec<&Flow> = instance
            .flows
            .values()
            .filter(|flow| types.is_empty() || types.contains(&flow.flow_type))
            .collect();
        let page = page(
            "ListContactFlows",
            flows,
            |flow| format!("{}\n{}", flow.name, flow.id),
            input.query("nextToken"),
            most,
        )?;
        let items: Vec<Value> = page
            .items
            .into_iter()
            .map(|flow| {
                json!({
                    "Id": flow.id,
                    "Arn": flow.arn(instance),
                    "Name": flow.name,
                    "ContactFlowType": flow.flow_type,
                    "ContactFlowState": flow.state,
                    "ContactFlowStatus": flow.status(),
                })
            })
            .collect();
        Response::json(&present(
            json!({ "ContactFlowSummaryList": items, "NextToken": page.next_token }),
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;

    fn new(name: &str, status: FlowStatus) -> NewFlow {
        NewFlow {
            id: format!("id of {name}"),
            name: name.to_owned(),
            flow_type: FlowType::ContactFlow,
            description: None,
            content: fixture::FLOW.to_owned(),
            status,
            tags: BTreeMap::new(),
        }
    }

    fn reference(id: &str, saved: bool) -> FlowReference {
        FlowReference {
            id: id.to_owned(),
            saved,
        }
    }

    #[test]
    fn published_content_is_validated_and_saved_content_is_not() {
        let mut state = fixture::state();
        let instance = fixture::instance_mut(&mut state);
        let mut broken = new("broken", FlowStatus::Published);
        broken.content = "{}".to_owned();
        let error = instance
            .create_flow(broken.clone(), fixture::now())
            .unwrap_err();
        assert_eq!(error.code, "InvalidContactFlowException");
        assert!(!error.members["problems"].as_array().unwrap().is_empty());
        assert!(!instance.flows.contains_key(&broken.id));
        broken.status = FlowStatus::Saved;
        instance.create_flow(broken, fixture::now()).unwrap();
    }

    #[test]
    fn a_draft_is_not_published_and_that_is_not_absent() {
        let mut state = fixture::state();
        let instance = fixture::instance_mut(&mut state);
        let draft = new("draft", FlowStatus::Saved);
        let id = draft.id.clone();
        instance.create_flow(draft, fixture::now()).unwrap();
        let flow = instance.flow(&id).unwrap();
        let error = flow.description(instance, false).unwrap_err();
        assert_eq!(
            (error.status, error.code.as_ref()),
            (404, "ContactFlowNotPublishedException")
        );
        let described = flow.description(instance, true).unwrap();
        assert_eq!(described["Status"], "SAVED");
        assert_eq!(described["Content"], fixture::FLOW);

        instance
            .update_flow_content(&reference(&id, false), fixture::FLOW, fixture::now())
            .unwrap();
        let flow = instance.flow(&id).unwrap();
        for saved in [false, true] {
            let described = flow.description(instance, saved).unwrap();
            assert_eq!(described["Status"], "PUBLISHED");
        }
    }

    #[test]
    fn a_draft_leaves_what_is_live_alone() {
        let mut state = fixture::state();
        let instance = fixture::instance_mut(&mut state);
        let flow = new("live", FlowStatus::Published);
        let id = flow.id.clone();
        instance.create_flow(flow, fixture::now()).unwrap();
        instance
            .update_flow_content(&reference(&id, true), "{ \"half\":", fixture::now())
            .unwrap();
        let flow = instance.flow(&id).unwrap();
        let live = flow.description(instance, false).unwrap();
        assert_eq!(
            (&live["Content"], &live["Status"]),
            (&json!(fixture::FLOW), &json!("PUBLISHED"))
        );
        assert_eq!(live["FlowContentSha256"], content::sha256(fixture::FLOW));
        let draft = flow.description(instance, true).unwrap();
        assert_eq!(
            (&draft["Content"], &draft["Status"]),
            (&json!("{ \"half\":"), &json!("SAVED"))
        );
        // Publishing puts the draft away.
        instance
            .update_flow_content(&reference(&id, false), fixture::FLOW, fixture::now())
            .unwrap();
        assert_eq!(instance.flow(&id).unwrap().draft, None);
    }

    #[test]
    fn names_are_unique_across_types() {
        let mut state = fixture::state();
        let instance = fixture::instance_mut(&mut state);
        instance
            .create_flow(new("one", FlowStatus::Published), fixture::now())
            .unwrap();
        for name in ["one", "Default agent hold"] {
            let mut second = new(name, FlowStatus::Saved);
            second.id = "second".to_owned();
            let error = instance.create_flow(second, fixture::now()).unwrap_err();
            assert_eq!(
                (error.status, error.code.as_ref()),
                (409, "DuplicateResourceException")
            );
        }
        let rename = |instance: &mut Instance, name| {
            instance.update_flow_metadata("id of one", Some(name), None, None, fixture::now())
        };
        assert!(rename(instance, "Default agent hold").is_err());
        // Its own name is no duplicate.
        rename(instance, "one").unwrap();
    }

    #[test]
    fn metadata_changes_only_what_is_given() {
        let mut state = fixture::state();
        let instance = fixture::instance_mut(&mut state);
        instance
            .create_flow(new("one", FlowStatus::Published), fixture::now())
            .unwrap();
        let id = "id of one";
        instance
            .update_flow_metadata(id, None, Some("said"), None, fixture::now())
            .unwrap();
        instance
            .update_flow_metadata(id, None, None, Some(FlowState::Archived), fixture::now())
            .unwrap();
        let flow = instance.flow(id).unwrap();
        assert_eq!(flow.name, "one");
        assert_eq!(flow.description.as_deref(), Some("said"));
        assert_eq!(flow.state, FlowState::Archived);
    }

    #[test]
    fn default_flows_and_flows_in_use_stay() {
        let mut state = fixture::state();
        let instance_id = fixture::instance(&state).id.clone();
        let default = fixture::instance(&state)
            .flows
            .keys()
            .next()
            .unwrap()
            .clone();
        let error = state.delete_flow(&instance_id, &default).unwrap_err();
        assert_eq!(error.code, "InvalidRequestException");
        assert!(error.message.contains("default flow"), "{error}");

        let flow = new("in use", FlowStatus::Published);
        let id = flow.id.clone();
        fixture::instance_mut(&mut state)
            .create_flow(flow, fixture::now())
            .unwrap();
        let number = state.phone_numbers.values_mut().next().unwrap();
        number.flow_id = Some(id.clone());
        let number_id = number.id.clone();
        let error = state.delete_flow(&instance_id, &id).unwrap_err();
        assert!(error.message.contains("phone number"), "{error}");

        state.phone_numbers.get_mut(&number_id).unwrap().flow_id = None;
        state.delete_flow(&instance_id, &id).unwrap();
        let error = state.delete_flow(&instance_id, &id).unwrap_err();
        assert_eq!(error.code, "ResourceNotFoundException");
    }

    #[test]
    fn a_hundred_flows_and_no_more() {
        let mut state = fixture::state();
        let instance = fixture::instance_mut(&mut state);
        for n in instance.flows.len()..MOST_FLOWS {
            instance
                .create_flow(new(&n.to_string(), FlowStatus::Published), fixture::now())
                .unwrap();
        }
        let error = instance
            .create_flow(new("one more", FlowStatus::Published), fixture::now())
            .unwrap_err();
        assert_eq!(
            (error.status, error.code.as_ref()),
            (429, "LimitExceededException")
        );
    }
}
