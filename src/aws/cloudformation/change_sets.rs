//! Change sets: made, waited for, started, forgotten.

use std::collections::BTreeSet;

use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{
    Capability, Change, ChangeSetStatus, ChangeSetType, ExecutionStatus, Parameter,
    ResourceAttribute, ResourceChange, ResourceChangeDetail, Tag,
};

use super::{CloudFormation, SERVICE, absent, status};
use crate::engine::error::{FailureKind, ServiceFailure};
use crate::engine::ports::{self, ChangeSet, PortResult, StackChange, StackInput, StackStatus};

const CREATE: &str = "CreateChangeSet";

/// The longest name of a change set.
const LONGEST_NAME: usize = 128;

/// Change sets of the same plan that may have been executed before.
const ATTEMPTS: usize = 20;

impl CloudFormation {
    pub(super) async fn make_change_set(
        &self,
        input: &StackInput,
    ) -> PortResult<Option<ChangeSet>> {
        let (arn, stack_arn) = self.requested(input).await?;
        let failed = match self.ready(&arn).await? {
            Ok(changes) => {
                return Ok(Some(ChangeSet {
                    arn,
                    stack_arn,
                    changes,
                }));
            }
            Err(failed) => failed,
        };
        let forgotten = self.forget(&arn, &stack_arn).await;
        if says_no_changes(&failed.message) {
            return forgotten.map(|()| None);
        }
        // The reason it failed counts more than what is left of it.
        Err(failed)
    }

    /// Requests a change set, or finds the one that the same call requested before.
    async fn requested(&self, input: &StackInput) -> PortResult<(String, String)> {
        let mut token = input.token.clone();
        for _ in 0..ATTEMPTS {
            let failure = match self.request(input, &token).await {
                Ok(made) => return Ok(made),
                Err(failure) if failure.code.starts_with("AlreadyExists") => failure,
                Err(failure) => return Err(failure),
            };
            // A run before this one made it. What became of it since?
            let (arn, stack_arn, usable) = self.earlier(input, &token, failure).await?;
            if usable {
                return Ok((arn, stack_arn));
            }
            // Done with: the next attempt after it has a token of its own.
            token = after(&input.token, &arn);
        }
        Err(SERVICE.state(
            CREATE,
            FailureKind::Conflict,
            "AlreadyExistsException",
            format!("{ATTEMPTS} change sets of this plan are there already; delete some"),
        ))
    }

    async fn request(
        &self,
        input: &StackInput,
        token: &str,
    ) -> Result<(String, String), ServiceFailure> {
        let parameters = input.parameters.iter().map(|(key, value)| {
            Parameter::builder()
                .parameter_key(key)
                .parameter_value(value)
                .build()
        });
        let tags = input
            .tags
            .iter()
            .map(|(key, value)| Tag::builder().key(key).value(value).build());
        let made = self
            .client
            .create_change_set()
            .stack_name(&input.stack)
            .change_set_name(name(token))
            .change_set_type(if input.create {
                ChangeSetType::Create
            } else {
                ChangeSetType::Update
            })
            .client_token(token)
            .template_body(&input.template)
            .set_parameters(Some(parameters.collect()))
            .set_tags(Some(tags.collect()))
            .capabilities(Capability::CapabilityIam)
            .capabilities(Capability::CapabilityNamedIam)
            .send()
            .await
            .map_err(|error| SERVICE.failure(CREATE, error))?;
        Ok((
            made.id.ok_or_else(|| SERVICE.incomplete(CREATE, "Id"))?,
            made.stack_id
                .ok_or_else(|| SERVICE.incomplete(CREATE, "StackId"))?,
        ))
    }

    /// A change set of the same name: its ARN, its stack's, whether it can be had.
    async fn earlier(
        &self,
        input: &StackInput,
        token: &str,
        failure: ServiceFailure,
    ) -> PortResult<(String, String, bool)> {
        let found = self
            .client
            .describe_change_set()
            .stack_name(&input.stack)
            .change_set_name(name(token))
            .send()
            .await
            .map_err(|error| SERVICE.failure("DescribeChangeSet", error))?;
        let has_failed = matches!(
            found.status,
            Some(ChangeSetStatus::Failed | ChangeSetStatus::DeleteFailed)
        );
        let is_used = matches!(
            found.execution_status,
            Some(
                ExecutionStatus::Obsolete
                    | ExecutionStatus::ExecuteInProgress
                    | ExecutionStatus::ExecuteComplete
                    | ExecutionStatus::ExecuteFailed
            )
        );
        let usable = !has_failed && !is_used;
        match (found.change_set_id, found.stack_id) {
            (Some(arn), Some(stack_arn)) => Ok((arn, stack_arn, usable)),
            _ => Err(failure),
        }
    }

    /// Waits for a change set. Inner error: it failed, with its reason.
    async fn ready(&self, arn: &str) -> PortResult<Result<Vec<StackChange>, ServiceFailure>> {
        let mut wait = self.waiting.endless();
        loop {
            wait.pause().await;
            let found = self.describe_change_set(arn, None).await;
            let Some(found) = wait.look(found)? else {
                continue;
            };
            match &found.status {
                Some(ChangeSetStatus::CreateComplete) => {
                    return self.changes(arn, found).await.map(Ok);
                }
                Some(ChangeSetStatus::CreatePending | ChangeSetStatus::CreateInProgress) => {}
                failed => {
                    let word = failed.as_ref().map(|status| status.as_str());
                    let failure = SERVICE.state(
                        CREATE,
                        FailureKind::Invalid,
                        word.unwrap_or_default(),
                        found.status_reason.clone().unwrap_or_default(),
                    );
                    return Ok(Err(failure));
                }
            }
        }
    }

    async fn describe_change_set(
        &self,
        arn: &str,
        page: Option<String>,
    ) -> PortResult<DescribeChangeSetOutput> {
        self.client
            .describe_change_set()
            .change_set_name(arn)
            .set_next_token(page)
            .send()
            .await
            .map_err(|error| SERVICE.failure("DescribeChangeSet", error))
    }

    /// All changes, from the first page on.
    async fn changes(
        &self,
        arn: &str,
        first: DescribeChangeSetOutput,
    ) -> PortResult<Vec<StackChange>> {
        let mut page = first;
        let mut changes = Vec::new();
        loop {
            changes.extend(
                page.changes
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(stack_change),
            );
            match page.next_token {
                Some(next) => page = self.describe_change_set(arn, Some(next)).await?,
                None => return Ok(changes),
            }
        }
    }

    /// Starts the execution. False: the same call has started it before.
    pub(super) async fn start(&self, change_set: &ChangeSet, token: &str) -> PortResult<bool> {
        let answer = self
            .client
            .execute_change_set()
            .change_set_name(&change_set.arn)
            .client_request_token(execution_token(token, &change_set.arn))
            .send()
            .await;
        let Err(error) = answer else {
            return Ok(true);
        };
        let failure = SERVICE.failure("ExecuteChangeSet", error);
        match failure.code.as_str() {
            // The answer to an earlier try may have been lost on the way.
            "TokenAlreadyExistsException"
            | "InvalidChangeSetStatus"
            | "InvalidChangeSetStatusException" => {
                let found = self.describe_change_set(&change_set.arn, None).await?;
                match found.execution_status {
                    Some(ExecutionStatus::ExecuteInProgress | ExecutionStatus::ExecuteComplete) => {
                        Ok(false)
                    }
                    _ => Err(failure),
                }
            }
            _ => Err(failure),
        }
    }

    /// Deletes a change set, and its stack if that was never more than a review and
    /// nobody else's change set waits in it.
    pub(super) async fn forget(&self, arn: &str, stack_arn: &str) -> PortResult<()> {
        self.drop_change_set(arn, stack_arn).await?;
        let Some(stack) = self.stack(stack_arn).await? else {
            return Ok(());
        };
        if status(&stack) != StackStatus::ReviewInProgress
            || self.others_wait(arn, stack_arn).await?
        {
            return Ok(());
        }
        let answer = self
            .client
            .delete_stack()
            .stack_name(stack_arn)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) => absent::<()>(SERVICE.failure("DeleteStack", error)).map(|_| ()),
        }
    }

    async fn drop_change_set(&self, arn: &str, stack_arn: &str) -> PortResult<()> {
        let answer = self
            .client
            .delete_change_set()
            .change_set_name(arn)
            .stack_name(stack_arn)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) => absent::<()>(SERVICE.failure("DeleteChangeSet", error)).map(|_| ()),
        }
    }

    async fn others_wait(&self, arn: &str, stack_arn: &str) -> PortResult<bool> {
        let mut pages = self
            .client
            .list_change_sets()
            .stack_name(stack_arn)
            .into_paginator()
            .items()
            .send();
        while let Some(found) = pages.next().await {
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    absent::<()>(SERVICE.failure("ListChangeSets", error))?;
                    return Ok(false);
                }
            };
            // The deletion may still be on its way.
            if found.change_set_id.as_deref() != Some(arn) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether the reason of a failed change set says that there is nothing to do.
fn says_no_changes(reason: &str) -> bool {
    reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
}

/// The token of an execution: of this change set, not of another that the same plan
/// led to before, which would make the service take it for done.
pub(super) fn execution_token(token: &str, change_set_arn: &str) -> String {
    after(token, change_set_arn)
}

/// A token that follows from a token and a change set.
fn after(token: &str, change_set_arn: &str) -> String {
    /// Leaves room for the name's prefix.
    const LONGEST_TOKEN: usize = 60;
    let (_, id) = change_set_arn.rsplit_once('/').unwrap_or_default();
    let token: String = token.chars().take(LONGEST_TOKEN).collect();
    format!("{token}-{id}")
}

/// A name that the same token always gives.
fn name(token: &str) -> String {
    let mut name = format!("vanity-deploy-{token}");
    name.truncate(LONGEST_NAME);
    name
}

fn stack_change(change: Change) -> Option<StackChange> {
    let change = change.resource_change?;
    let properties = properties(&change);
    Some(StackChange {
        action: ports::ChangeAction::parse(
            change
                .action
                .as_ref()
                .map(|action| action.as_str())
                .unwrap_or_default(),
        ),
        logical_id: change.logical_resource_id.unwrap_or_default(),
        resource_type: change.resource_type.unwrap_or_default(),
        replacement: change
            .replacement
            .map(|replacement| ports::Replacement::parse(replacement.as_str())),
        properties,
    })
}

/// The names of what changes in a resource, each once: properties by name, other
/// attributes (`Tags`, `UpdatePolicy`, …) by theirs.
fn properties(change: &ResourceChange) -> Vec<String> {
    let detailed: BTreeSet<String> = change.details().iter().filter_map(changed).collect();
    if !detailed.is_empty() {
        return detailed.into_iter().collect();
    }
    let scope: BTreeSet<String> = change
        .scope()
        .iter()
        .map(|attribute| attribute.as_str().to_owned())
        .collect();
    scope.into_iter().collect()
}

fn changed(detail: &ResourceChangeDetail) -> Option<String> {
    let target = detail.target.as_ref()?;
    let attribute = target.attribute.as_ref()?;
    match (attribute, &target.name) {
        (ResourceAttribute::Properties, Some(name)) => Some(name.clone()),
        (attribute, _) => Some(attribute.as_str().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_cloudformation::types::{ChangeAction, Replacement, ResourceTargetDefinition};

    #[test]
    fn the_words_for_no_changes_are_known() {
        assert!(says_no_changes(
            "The submitted information didn't contain changes. Submit different information to create a change set."
        ));
        assert!(says_no_changes("No updates are to be performed."));
        assert!(!says_no_changes("Transform AWS::X failed"));
    }

    #[test]
    fn executions_of_different_change_sets_have_different_tokens() {
        let arn = |id| format!("arn:aws:cloudformation:us-east-1:111122223333:changeSet/n/{id}");
        assert_eq!(execution_token("t", &arn("1")), "t-1");
        assert_ne!(
            execution_token("t", &arn("1")),
            execution_token("t", &arn("2"))
        );
    }

    #[test]
    fn a_name_is_short_enough_and_the_same_for_the_same_token() {
        assert_eq!(name("0a-1"), "vanity-deploy-0a-1");
        assert_eq!(name(&"a".repeat(200)).len(), LONGEST_NAME);
    }

    #[test]
    fn a_change_names_each_property_once() {
        let detail = |attribute, name: Option<&str>| {
            ResourceChangeDetail::builder()
                .target(
                    ResourceTargetDefinition::builder()
                        .attribute(attribute)
                        .set_name(name.map(str::to_owned))
                        .build(),
                )
                .build()
        };
        let change = Change::builder()
            .resource_change(
                ResourceChange::builder()
                    .action(ChangeAction::Modify)
                    .logical_resource_id("Table")
                    .resource_type("AWS::DynamoDB::Table")
                    .replacement(Replacement::Conditional)
                    .details(detail(ResourceAttribute::Properties, Some("TableName")))
                    .details(detail(ResourceAttribute::Properties, Some("TableName")))
                    .details(detail(ResourceAttribute::Tags, None))
                    .build(),
            )
            .build();
        assert_eq!(
            stack_change(change),
            Some(StackChange {
                action: ports::ChangeAction::Modify,
                logical_id: "Table".to_owned(),
                resource_type: "AWS::DynamoDB::Table".to_owned(),
                replacement: Some(ports::Replacement::Conditional),
                properties: vec!["TableName".to_owned(), "Tags".to_owned()],
            })
        );
    }
}
