//! Change sets: made, waited for, started, forgotten.

use std::time::Duration;

use aws_sdk_cloudformation::operation::describe_change_set::DescribeChangeSetOutput;
use aws_sdk_cloudformation::types::{
    Capability, ChangeSetStatus, ChangeSetType, ExecutionStatus, Parameter, Tag,
};

use super::changes::stack_change;
use super::{CloudFormation, SERVICE, absent, status};
use crate::aws::young::Patience;
use crate::engine::error::{FailureKind, ServiceFailure};
use crate::engine::ports::{
    Age, ChangeSet, PortResult, Progress, StackChange, StackInput, StackStatus,
};

const CREATE: &str = "CreateChangeSet";

/// The longest name of a change set.
const LONGEST_NAME: usize = 128;

/// So many names are tried: each is new, so the first is free but for an answer that was lost.
const ATTEMPTS: usize = 5;

/// A change set that takes longer is not waited for: large ones take a minute or two.
const MAKING: Duration = Duration::from_secs(30 * 60);

/// What became of a change set that was requested.
enum Made {
    /// It is ready, with what it does.
    Ready(Vec<StackChange>),
    /// It failed; the reason.
    Failed(ServiceFailure),
    /// Somebody deletes it.
    Deleted,
}

impl CloudFormation {
    pub(super) async fn make_change_set(
        &self,
        input: &StackInput,
        progress: &dyn Progress,
    ) -> PortResult<Option<ChangeSet>> {
        for _ in 0..ATTEMPTS {
            let token = token(&input.token, &self.waiting.nonce());
            let Some((arn, stack_arn)) = self.requested(input, &token).await? else {
                continue;
            };
            let failed = match self.ready(&arn, progress).await? {
                Made::Ready(changes) => {
                    return Ok(Some(ChangeSet {
                        arn,
                        stack_arn,
                        changes,
                    }));
                }
                Made::Failed(failed) => failed,
                Made::Deleted => continue,
            };
            if says_no_changes(&failed.message) {
                return self.forget(&arn, &stack_arn).await.map(|()| None);
            }
            // Before it goes: its reasons go with it.
            let failed = self.explained(&arn, failed).await;
            // The reason it failed counts more than what is left of it.
            let _ = self.forget(&arn, &stack_arn).await;
            return Err(failed);
        }
        Err(SERVICE.state(
            CREATE,
            FailureKind::Conflict,
            "AlreadyExistsException",
            format!(
                "{ATTEMPTS} change sets of new names were there already or were deleted at once: \
                 somebody else works on the stack; run the same command again"
            ),
        ))
    }

    /// Requests a change set. `None`: the name is taken by one that is of no use.
    async fn requested(
        &self,
        input: &StackInput,
        token: &str,
    ) -> PortResult<Option<(String, String)>> {
        match self.request(input, token).await {
            Ok(made) => Ok(Some(made)),
            // The answer to an earlier try may have been lost on the way: it is ours then, as
            // nobody else has the token.
            Err(failure) if failure.code.starts_with("AlreadyExists") => {
                self.earlier(input, token).await
            }
            Err(failure) => Err(failure),
        }
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

    /// The change set of the same name, if it can be had: its ARN and its stack's.
    async fn earlier(
        &self,
        input: &StackInput,
        token: &str,
    ) -> PortResult<Option<(String, String)>> {
        let found = self
            .client
            .describe_change_set()
            .stack_name(&input.stack)
            .change_set_name(name(token))
            .send()
            .await;
        let found = match found {
            Ok(found) => found,
            // Its deletion is over meanwhile.
            Err(error) => {
                return absent(SERVICE.failure("DescribeChangeSet", error));
            }
        };
        let is_made = matches!(
            found.status,
            Some(
                ChangeSetStatus::CreatePending
                    | ChangeSetStatus::CreateInProgress
                    | ChangeSetStatus::CreateComplete
            )
        );
        let is_unused = matches!(
            found.execution_status,
            None | Some(ExecutionStatus::Unavailable | ExecutionStatus::Available)
        );
        Ok(found
            .change_set_id
            .zip(found.stack_id)
            .filter(|_| is_made && is_unused))
    }

    /// Waits for a change set.
    async fn ready(&self, arn: &str, progress: &dyn Progress) -> PortResult<Made> {
        let mut wait = self.waiting.at_most(MAKING);
        let mut patience = Patience::new(&self.waiting, Age::Young, progress);
        loop {
            if !wait.pause_until("the change set is ready", progress).await {
                return Err(SERVICE.gave_up(
                    CREATE,
                    format!(
                        "the change set is not ready after {} minutes",
                        MAKING.as_secs() / 60
                    ),
                ));
            }
            let found = match wait.look(self.describe_change_set(arn, None).await) {
                Ok(Some(found)) => found,
                Ok(None) => continue,
                Err(failure) => {
                    patience.after(failure).await?;
                    continue;
                }
            };
            match &found.status {
                Some(ChangeSetStatus::CreateComplete) => {
                    return self.changes(arn, found).await.map(Made::Ready);
                }
                Some(ChangeSetStatus::CreatePending | ChangeSetStatus::CreateInProgress) => {}
                Some(
                    ChangeSetStatus::DeletePending
                    | ChangeSetStatus::DeleteInProgress
                    | ChangeSetStatus::DeleteComplete
                    | ChangeSetStatus::DeleteFailed,
                ) => return Ok(Made::Deleted),
                failed => {
                    let word = failed.as_ref().map(|status| status.as_str());
                    return Ok(Made::Failed(SERVICE.state(
                        CREATE,
                        FailureKind::Invalid,
                        word.unwrap_or_default(),
                        found.status_reason.clone().unwrap_or_default(),
                    )));
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
    let (_, id) = change_set_arn.rsplit_once('/').unwrap_or_default();
    self::token(token, id)
}

/// A token of a plan that is another each time. A name or token that was used before may be
/// remembered: a change set is deleted slowly (aws/aws-cdk-cli #1404), and the same plan is
/// made again after a `down`.
fn token(plan: &str, what: &str) -> String {
    /// Leaves room for the name's prefix.
    const LONGEST_PLAN: usize = 60;
    let plan: String = plan.chars().take(LONGEST_PLAN).collect();
    format!("{plan}-{what}")
}

/// The name of a change set.
fn name(token: &str) -> String {
    let mut name = format!("vanity-deploy-{token}");
    name.truncate(LONGEST_NAME);
    name
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_name_is_short_enough_and_has_the_nonce() {
        assert_eq!(name(&token("0a", "1f")), "vanity-deploy-0a-1f");
        let long = token(&"a".repeat(200), "1f");
        assert!(name(&long).ends_with("-1f"), "{long}");
        assert_eq!(name(&"a".repeat(200)).len(), LONGEST_NAME);
    }
}
