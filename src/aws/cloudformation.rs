//! CloudFormation: stacks by change sets.

mod change_sets;
mod changes;
mod early_validation;
pub mod events;
mod resting;

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::types::{self, Stack, TemplateStage};

use self::events::Event;
use super::failure::Service;
use super::wait::Waiting;
use super::young;
use crate::engine::error::{FailureKind, ServiceFailure};
use crate::engine::ports::{
    ChangeSet, ObservedStack, PortResult, Progress, ResourceStatus, StackInput, StackResource,
    StackStatus, Stacks,
};

pub(super) const SERVICE: Service = Service("CloudFormation");

/// Failures of nested stacks are followed so deep.
const NESTING: usize = 5;
/// A stack that somebody else changes is waited for so long before anything is planned. Most
/// changes are done by then; a certificate or a distribution may take an hour.
const OTHERS: Duration = Duration::from_secs(15 * 60);

/// Stacks.
pub struct CloudFormation {
    client: Client,
    waiting: Waiting,
}

impl CloudFormation {
    /// Over this client.
    pub fn new(client: Client, waiting: Waiting) -> Self {
        Self { client, waiting }
    }

    /// The stack without its template; a deleted one too.
    async fn stack(&self, stack: &str) -> PortResult<Option<Stack>> {
        let answer = self.client.describe_stacks().stack_name(stack).send().await;
        match answer {
            Ok(found) => Ok(found.stacks.unwrap_or_default().into_iter().next()),
            Err(error) => absent(SERVICE.failure("DescribeStacks", error)),
        }
    }

    /// The template as it was sent.
    async fn template(&self, stack: &str) -> PortResult<Option<String>> {
        let answer = self
            .client
            .get_template()
            .stack_name(stack)
            .template_stage(TemplateStage::Original)
            .send()
            .await;
        match answer {
            Ok(found) => Ok(found.template_body),
            Err(error) => absent(SERVICE.failure("GetTemplate", error)),
        }
    }

    /// The events of a stack that are newer than the one of this id (all without
    /// one), oldest first. Those that carry the token count as newer.
    async fn events(
        &self,
        stack: &str,
        after: Option<&str>,
        token: Option<&str>,
    ) -> PortResult<Vec<Event>> {
        let mut events = Vec::new();
        let mut pages = self
            .client
            .describe_stack_events()
            .stack_name(stack)
            .into_paginator()
            .send();
        let mut older = false;
        // Newest first.
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(error) => {
                    return absent(SERVICE.failure("DescribeStackEvents", error))
                        .map(Option::unwrap_or_default);
                }
            };
            for event in page.stack_events.unwrap_or_default() {
                let event = Event {
                    id: event.event_id.unwrap_or_default(),
                    token: event.client_request_token,
                    logical_id: event.logical_resource_id.unwrap_or_default(),
                    physical_id: event.physical_resource_id.unwrap_or_default(),
                    resource_type: event.resource_type.unwrap_or_default(),
                    status: resource_status(event.resource_status.as_ref()),
                    reason: event.resource_status_reason,
                };
                older = older || after == Some(event.id.as_str());
                let ours = token.is_some() && event.token.as_deref() == token;
                if older && !ours {
                    events.reverse();
                    return Ok(events);
                }
                events.push(event);
            }
        }
        events.reverse();
        Ok(events)
    }

    /// The id of the newest event.
    async fn newest_event(&self, stack: &str) -> PortResult<Option<String>> {
        let answer = self
            .client
            .describe_stack_events()
            .stack_name(stack)
            .send()
            .await;
        match answer {
            Ok(page) => Ok(page
                .stack_events
                .unwrap_or_default()
                .into_iter()
                .next()
                .and_then(|event| event.event_id)),
            Err(error) => absent(SERVICE.failure("DescribeStackEvents", error)),
        }
    }

    /// What failed first, in its own words; into nested stacks.
    async fn failure(
        &self,
        operation: &'static str,
        stack: &Stack,
        after: Option<&str>,
        token: &str,
    ) -> ServiceFailure {
        let mut arn = stack.stack_id.clone().unwrap_or_default();
        let mut after = after;
        let mut path = String::new();
        let mut cause = None;
        for _ in 0..NESTING {
            let Ok(events) = self.events(&arn, after, Some(token)).await else {
                break;
            };
            let Some(event) = events::root_cause(&events, &arn) else {
                break;
            };
            let nested = event.resource_type == "AWS::CloudFormation::Stack"
                && event.physical_id.starts_with("arn:")
                && !event.is_of_stack(&arn);
            let next = nested.then(|| event.physical_id.clone());
            let logical_id = event.logical_id.clone();
            cause = Some((format!("{path}{}", event.line()), event.reason.clone()));
            match next {
                Some(next) => {
                    path = format!("{path}{logical_id}/");
                    arn = next;
                    after = None;
                }
                None => break,
            }
        }
        let (message, reason) = cause.unwrap_or_else(|| {
            let reason = stack.stack_status_reason.clone();
            let message = reason
                .clone()
                .unwrap_or_else(|| "CloudFormation gives no reason".to_owned());
            (message, reason)
        });
        let kind = events::kind(reason.as_deref().unwrap_or_default());
        let failure = SERVICE.state(operation, kind, status(stack).as_str(), message);
        match young::thing(&failure) {
            Some(_) => ServiceFailure {
                kind: FailureKind::NotYet,
                ..failure
            },
            None => failure,
        }
    }
}

#[async_trait]
impl Stacks for CloudFormation {
    async fn describe(&self, stack: &str) -> PortResult<Option<ObservedStack>> {
        let (found, template) = futures::join!(self.stack(stack), self.template(stack));
        let Some(found) = found?.filter(|found| status(found) != StackStatus::DeleteComplete)
        else {
            return Ok(None);
        };
        // A stack in review has no template; some answer with an error there.
        let template = match status(&found) {
            StackStatus::ReviewInProgress => None,
            _ => template?,
        };
        observed(found, template).map(Some)
    }

    async fn change_set(
        &self,
        input: &StackInput,
        progress: &dyn Progress,
    ) -> PortResult<Option<ChangeSet>> {
        self.make_change_set(input, progress).await
    }

    async fn execute(
        &self,
        change_set: &ChangeSet,
        token: &str,
        progress: &dyn Progress,
    ) -> PortResult<ObservedStack> {
        const EXECUTE: &str = "ExecuteChangeSet";
        let arn = change_set.stack_arn.as_str();
        let after = self.newest_event(arn).await?;
        if self.start(change_set, token).await? {
            self.begin(arn, after.as_deref(), progress).await?;
        }
        let stack = self
            .rest(arn, after.clone(), self.waiting.endless(), progress)
            .await?
            .ok_or_else(|| gone(EXECUTE, arn))?;
        if status(&stack).is_well() {
            let template = self.template(arn).await?;
            return observed(stack, template);
        }
        let token = change_sets::execution_token(token, &change_set.arn);
        Err(self
            .failure(EXECUTE, &stack, after.as_deref(), &token)
            .await)
    }

    async fn discard(&self, change_set: &ChangeSet) -> PortResult<()> {
        self.forget(&change_set.arn, &change_set.stack_arn).await
    }

    async fn settle(
        &self,
        arn: &str,
        progress: &dyn Progress,
    ) -> PortResult<Option<ObservedStack>> {
        let after = self.newest_event(arn).await?;
        let found = self
            .rest(arn, after, self.waiting.at_most(OTHERS), progress)
            .await?
            .filter(|found| status(found) != StackStatus::DeleteComplete);
        match found {
            None => Ok(None),
            Some(found) if status(&found) == StackStatus::ReviewInProgress => {
                observed(found, None).map(Some)
            }
            Some(found) => {
                let template = self.template(arn).await?;
                observed(found, template).map(Some)
            }
        }
    }

    async fn delete(&self, arn: &str, token: &str, progress: &dyn Progress) -> PortResult<()> {
        const DELETE: &str = "DeleteStack";
        let after = self.newest_event(arn).await?;
        let mut answer = self.request_deletion(arn, Some(token)).await;
        if let Err(failure) = &answer
            && failure.code == "TokenAlreadyExistsException"
        {
            // The same call was made before. It goes on, or it ended without success.
            answer = match self.stack(arn).await? {
                Some(stack) if status(&stack) == StackStatus::DeleteInProgress => Ok(()),
                Some(stack) if status(&stack) != StackStatus::DeleteComplete => {
                    self.request_deletion(arn, None).await
                }
                _ => return Ok(()),
            };
        }
        match answer {
            Err(failure) if failure.kind == FailureKind::NotFound => return Ok(()),
            answer => answer?,
        }
        self.begin(arn, after.as_deref(), progress).await?;
        let wait = self.waiting.endless();
        match self.rest(arn, after.clone(), wait, progress).await? {
            None => Ok(()),
            Some(stack) if status(&stack) == StackStatus::DeleteComplete => Ok(()),
            Some(stack) => Err(self.failure(DELETE, &stack, after.as_deref(), token).await),
        }
    }

    async fn resources(&self, arn: &str) -> PortResult<Vec<StackResource>> {
        let mut resources = Vec::new();
        let mut pages = self
            .client
            .list_stack_resources()
            .stack_name(arn)
            .into_paginator()
            .items()
            .send();
        while let Some(found) = pages.next().await {
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    return absent(SERVICE.failure("ListStackResources", error))
                        .map(Option::unwrap_or_default);
                }
            };
            resources.push(StackResource {
                logical_id: found.logical_resource_id.unwrap_or_default(),
                physical_id: found.physical_resource_id.unwrap_or_default(),
                resource_type: found.resource_type.unwrap_or_default(),
                status: resource_status(found.resource_status.as_ref()),
                status_reason: found.resource_status_reason,
            });
        }
        Ok(resources)
    }
}

impl CloudFormation {
    async fn request_deletion(&self, arn: &str, token: Option<&str>) -> PortResult<()> {
        self.client
            .delete_stack()
            .stack_name(arn)
            .set_client_request_token(token.map(str::to_owned))
            .send()
            .await
            .map(|_| ())
            .map_err(|error| SERVICE.failure("DeleteStack", error))
    }
}

/// The status of a stack; empty only if the service leaves out a required member.
fn status(stack: &Stack) -> StackStatus {
    let word = stack.stack_status.as_ref().map(|status| status.as_str());
    StackStatus::parse(word.unwrap_or_default())
}

fn resource_status(status: Option<&types::ResourceStatus>) -> ResourceStatus {
    ResourceStatus::parse(status.map(|status| status.as_str()).unwrap_or_default())
}

/// `None` for a failure that says: there is none.
fn absent<T>(failure: ServiceFailure) -> PortResult<Option<T>> {
    match failure.kind {
        FailureKind::NotFound => Ok(None),
        _ => Err(failure),
    }
}

fn gone(operation: &'static str, arn: &str) -> ServiceFailure {
    SERVICE.state(
        operation,
        FailureKind::NotFound,
        "gone",
        format!("stack {arn} is gone: somebody deleted it meanwhile"),
    )
}

fn observed(stack: Stack, template: Option<String>) -> PortResult<ObservedStack> {
    let status = status(&stack);
    let arn = stack
        .stack_id
        .ok_or_else(|| SERVICE.incomplete("DescribeStacks", "StackId"))?;
    let pair = |key: Option<String>, value: Option<String>| Some((key?, value.unwrap_or_default()));
    Ok(ObservedStack {
        arn,
        status,
        status_reason: stack.stack_status_reason,
        parameters: stack
            .parameters
            .unwrap_or_default()
            .into_iter()
            .filter_map(|parameter| pair(parameter.parameter_key, parameter.parameter_value))
            .collect(),
        outputs: stack
            .outputs
            .unwrap_or_default()
            .into_iter()
            .filter_map(|output| pair(output.output_key, output.output_value))
            .collect(),
        tags: stack
            .tags
            .unwrap_or_default()
            .into_iter()
            .filter_map(|tag| pair(tag.key, tag.value))
            .collect(),
        template,
        termination_protection: stack.enable_termination_protection.unwrap_or(false),
    })
}

#[cfg(test)]
mod tests;
