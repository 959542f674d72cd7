//! Flows, found and read: by search, from the list, by id.

use aws_sdk_connect::types::{
    ContactFlow, ContactFlowSearchCriteria, ContactFlowSearchFilter, ContactFlowStatus,
    ContactFlowSummary,
};

use super::{ConnectFlows, SERVICE, resource_id};
use crate::aws::instances::instance_id;
use crate::engine::ports::{FlowState, FlowStatus, ObservedFlow, PortResult};

/// A page of a search.
const SEARCH_PAGE: i32 = 100;
/// A page of a list.
const LIST_PAGE: i32 = 1000;

impl ConnectFlows {
    /// All flows that a search finds.
    pub(super) async fn search(
        &self,
        instance: &str,
        filter: Option<ContactFlowSearchFilter>,
        criteria: Option<ContactFlowSearchCriteria>,
    ) -> PortResult<Vec<ContactFlow>> {
        const SEARCH: &str = "SearchContactFlows";
        let mut flows = Vec::new();
        let mut page = None;
        loop {
            self.pace.admit(SEARCH).await;
            let found = self
                .client
                .search_contact_flows()
                .instance_id(instance_id(instance))
                .set_search_filter(filter.clone())
                .set_search_criteria(criteria.clone())
                .max_results(SEARCH_PAGE)
                .set_next_token(page)
                .send()
                .await
                .map_err(|error| SERVICE.failure(SEARCH, error))?;
            flows.extend(found.contact_flows.unwrap_or_default());
            page = found.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(flows);
            }
        }
    }

    /// A flow by id, as it is published.
    pub(super) async fn read(&self, instance: &str, id: &str) -> PortResult<ContactFlow> {
        const DESCRIBE: &str = "DescribeContactFlow";
        self.pace.admit(DESCRIBE).await;
        self.client
            .describe_contact_flow()
            .instance_id(instance_id(instance))
            .contact_flow_id(id)
            .send()
            .await
            .map_err(|error| SERVICE.failure(DESCRIBE, error))?
            .contact_flow
            .ok_or_else(|| SERVICE.incomplete(DESCRIBE, "ContactFlow"))
    }

    /// A found flow with what the search may leave out.
    pub(super) async fn completed(
        &self,
        instance: &str,
        found: ContactFlow,
    ) -> PortResult<ObservedFlow> {
        let draft = found.status == Some(ContactFlowStatus::Saved);
        if found.tags.is_some() && (found.flow_content_sha256.is_some() || draft) {
            return observed(found);
        }
        let id = match &found.id {
            Some(id) => id.clone(),
            None => return observed(found),
        };
        match self.read(instance, &id).await {
            Ok(read) => observed(read),
            // A draft that never was published: its saved content is all there is.
            Err(failure) if failure.code == "ContactFlowNotPublishedException" => {
                observed(self.read(instance, &format!("{id}:$SAVED")).await?)
            }
            Err(failure) => Err(failure),
        }
    }

    /// All flows, as the list has them: it knows a new one before the search does.
    pub(super) async fn list(&self, instance: &str) -> PortResult<Vec<ContactFlowSummary>> {
        const LIST: &str = "ListContactFlows";
        let mut flows = Vec::new();
        let mut page = None;
        loop {
            self.pace.admit(LIST).await;
            let found = self
                .client
                .list_contact_flows()
                .instance_id(instance_id(instance))
                .max_results(LIST_PAGE)
                .set_next_token(page)
                .send()
                .await
                .map_err(|error| SERVICE.failure(LIST, error))?;
            flows.extend(found.contact_flow_summary_list.unwrap_or_default());
            page = found.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(flows);
            }
        }
    }

    /// A flow by name from the list of all, for when the search does not know it yet.
    pub(super) async fn listed(&self, instance: &str, name: &str) -> PortResult<Option<String>> {
        let flows = self.list(instance).await?;
        let flow = flows
            .into_iter()
            .find(|flow| flow.name.as_deref() == Some(name));
        Ok(flow.and_then(|flow| flow.id))
    }

    /// What is associated with a flow, e.g. a phone number's ARN.
    pub(super) async fn user_of(&self, instance: &str, id: &str) -> PortResult<Option<String>> {
        const LIST: &str = "ListFlowAssociations";
        let mut page = None;
        loop {
            self.pace.admit(LIST).await;
            let found = self
                .client
                .list_flow_associations()
                .instance_id(instance_id(instance))
                .max_results(LIST_PAGE)
                .set_next_token(page)
                .send()
                .await
                .map_err(|error| SERVICE.failure(LIST, error))?;
            let user = found
                .flow_association_summary_list
                .unwrap_or_default()
                .into_iter()
                .find(|association| association.flow_id.as_deref().map(resource_id) == Some(id));
            if let Some(user) = user {
                return Ok(Some(user.resource_id.unwrap_or_default()));
            }
            page = found.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(None);
            }
        }
    }
}

fn observed(flow: ContactFlow) -> PortResult<ObservedFlow> {
    const FLOW: &str = "DescribeContactFlow";
    let arn = flow.arn.ok_or_else(|| SERVICE.incomplete(FLOW, "Arn"))?;
    Ok(ObservedFlow {
        id: resource_id(flow.id.as_deref().unwrap_or(&arn)).to_owned(),
        arn,
        name: flow.name.ok_or_else(|| SERVICE.incomplete(FLOW, "Name"))?,
        flow_type: flow
            .r#type
            .map(|flow_type| flow_type.as_str().to_owned())
            .unwrap_or_default(),
        description: flow.description.unwrap_or_default(),
        status: FlowStatus::parse(
            flow.status
                .as_ref()
                .map(|status| status.as_str())
                .unwrap_or_default(),
        ),
        state: FlowState::parse(
            flow.state
                .as_ref()
                .map(|state| state.as_str())
                .unwrap_or_default(),
        ),
        tags: flow.tags.unwrap_or_default().into_iter().collect(),
        content_sha256: flow.flow_content_sha256,
    })
}
