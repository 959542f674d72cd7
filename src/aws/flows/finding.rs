//! Flows, found and read: by search, from the list, by id.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_connect::types::{ContactFlow, ContactFlowSearchFilter, ContactFlowSummary};

use super::{ConnectFlows, NOT_PUBLISHED, SERVICE, resource_id};
use crate::aws::consistency::{About, CONTRADICTION};
use crate::aws::instances::instance_id;
use crate::engine::error::FailureKind;
use crate::engine::ports::{FlowState, FlowStatus, ObservedFlow, PortResult, Progress, Silent};

/// A page of a search.
const SEARCH_PAGE: i32 = 100;
/// What is found and is not there, for so long, is gone.
const GONE: Duration = Duration::from_secs(10);
/// A page of a list.
const LIST_PAGE: i32 = 1000;

impl ConnectFlows {
    /// Ids of the flows that a search finds. It is an index, and follows late: what was
    /// deleted is still found, tags and contents are those of before. So it finds, and
    /// tells nothing.
    pub(super) async fn search(
        &self,
        instance: &str,
        filter: &ContactFlowSearchFilter,
    ) -> PortResult<Vec<String>> {
        const SEARCH: &str = "SearchContactFlows";
        let mut ids = Vec::new();
        let mut page: Option<String> = None;
        loop {
            let names = [instance_id(instance)];
            let search = || async {
                self.pace.admit(SEARCH).await;
                self.client
                    .search_contact_flows()
                    .instance_id(instance_id(instance))
                    .search_filter(filter.clone())
                    .max_results(SEARCH_PAGE)
                    .set_next_token(page.clone())
                    .send()
                    .await
                    .map_err(|error| SERVICE.failure(SEARCH, error))
            };
            let found = self
                .consistency
                .settled(About::names(&names), &Silent, search)
                .await?;
            for flow in found.contact_flows.unwrap_or_default() {
                let id = flow.id.or(flow.arn);
                let id = id.ok_or_else(|| SERVICE.incomplete(SEARCH, "Id"))?;
                ids.push(resource_id(&id).to_owned());
            }
            page = found.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(ids);
            }
        }
    }

    /// A flow by id, as it is published.
    async fn read(&self, instance: &str, id: &str) -> PortResult<ContactFlow> {
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

    /// The same, waited for when this run made it.
    pub(super) async fn seen(
        &self,
        instance: &str,
        id: &str,
        progress: &dyn Progress,
    ) -> PortResult<ContactFlow> {
        // Its draft need not be there.
        let of_flow = if id.contains(':') { "" } else { id };
        let names = [instance_id(instance), of_flow];
        self.consistency
            .settled(About::names(&names), progress, || self.read(instance, id))
            .await
    }

    /// A flow that was found, as it is. `None`: it was deleted.
    ///
    /// One that is found and refused was deleted a moment ago, or made a moment ago by a run
    /// before this: a few looks tell.
    pub(super) async fn looked_at(
        &self,
        instance: &str,
        id: &str,
    ) -> PortResult<Option<ObservedFlow>> {
        let mut wait = self.waiting.at_most(CONTRADICTION);
        loop {
            let refusal = match self.whole(instance, id).await {
                Ok(flow) => {
                    if wait.waited().is_zero() {
                        self.consistency.seen(id);
                    } else {
                        // It is young: what is refused of it now may pass.
                        self.consistency.made(id);
                    }
                    return observed(flow).map(Some);
                }
                Err(failure) => failure,
            };
            let is_absent = refusal.kind == FailureKind::NotFound;
            if !is_absent && refusal.code != "InvalidRequestException" {
                return Err(refusal);
            }
            if is_absent && wait.waited() >= GONE {
                return Ok(None);
            }
            if !wait.pause().await {
                return Err(refusal);
            }
        }
    }

    /// A flow as it is published; of one that never was, its saved content is all there is.
    async fn whole(&self, instance: &str, id: &str) -> PortResult<ContactFlow> {
        match self.seen(instance, id, &Silent).await {
            Err(failure) if failure.code == NOT_PUBLISHED => {
                let saved = format!("{id}:$SAVED");
                self.seen(instance, &saved, &Silent).await
            }
            read => read,
        }
    }

    /// All flows, as the list has them: it knows a new one before the search does.
    pub(super) async fn list(&self, instance: &str) -> PortResult<Vec<ContactFlowSummary>> {
        const LIST: &str = "ListContactFlows";
        let mut flows = Vec::new();
        let mut page: Option<String> = None;
        loop {
            let about = [instance_id(instance)];
            let list = || async {
                self.pace.admit(LIST).await;
                self.client
                    .list_contact_flows()
                    .instance_id(instance_id(instance))
                    .max_results(LIST_PAGE)
                    .set_next_token(page.clone())
                    .send()
                    .await
                    .map_err(|error| SERVICE.failure(LIST, error))
            };
            let found = self
                .consistency
                .settled(About::names(&about), &Silent, list)
                .await?;
            flows.extend(found.contact_flow_summary_list.unwrap_or_default());
            page = found.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(flows);
            }
        }
    }

    /// Ids of the flows of these names, from one reading of the list. A search by name would
    /// be another for each, and of searches by names of more than 25 characters the service
    /// model says that they "will result in invalid results" (`SearchContactFlowModules`).
    pub(super) async fn listed(
        &self,
        instance: &str,
        names: &[&str],
    ) -> PortResult<BTreeSet<String>> {
        let flows = self.list(instance).await?;
        let named = flows.into_iter().filter(|flow| {
            let name = flow.name.as_deref();
            name.is_some_and(|name| names.contains(&name))
        });
        Ok(named.filter_map(|flow| flow.id).collect())
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
