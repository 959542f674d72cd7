//! Waiting for stacks: until work shows, and until they are at rest.

use std::time::Duration;

use aws_sdk_cloudformation::types::Stack;

use super::{CloudFormation, SERVICE, status};
use crate::aws::wait::Wait;
use crate::engine::error::{FailureKind, ServiceFailure};
use crate::engine::ports::{PortResult, Progress};

/// A stack that was just made may be unknown to a read for so long.
const APPEARANCE: Duration = Duration::from_secs(30);

impl CloudFormation {
    /// Waits until the stack is at rest, telling its events. `None`: it is gone.
    ///
    /// # Errors
    /// The wait has an end, and it came first.
    pub(super) async fn rest(
        &self,
        arn: &str,
        mut after: Option<String>,
        mut wait: Wait,
        progress: &dyn Progress,
    ) -> PortResult<Option<Stack>> {
        let mut last = None;
        loop {
            let (stack, events) =
                futures::join!(self.stack(arn), self.events(arn, after.as_deref(), None));
            // Events are for people: the wait does not end for want of them.
            for event in events.unwrap_or_default() {
                progress.note(&event.line());
                wait.has_spoken();
                after = Some(event.id);
            }
            match wait.look(stack)? {
                Some(None) => return Ok(None),
                Some(Some(stack)) if !status(&stack).is_in_progress() => return Ok(Some(stack)),
                Some(Some(stack)) => last = Some(status(&stack)),
                None => {}
            }
            let what = match &last {
                Some(status) => format!("the stack is no longer {status}"),
                None => "the stack tells its status".to_owned(),
            };
            if !wait.pause_until(&what, progress).await {
                let status = last.map(|status| status.to_string()).unwrap_or_default();
                return Err(busy(arn, &status, wait.waited()));
            }
        }
    }

    /// Waits until the stack shows that the work has begun: a read right after the
    /// request may still see the status from before, which looks like done.
    pub(super) async fn begin(
        &self,
        arn: &str,
        after: Option<&str>,
        progress: &dyn Progress,
    ) -> PortResult<()> {
        let mut wait = self.waiting.at_most(APPEARANCE);
        loop {
            let (stack, events) = futures::join!(self.stack(arn), self.events(arn, after, None));
            let reported = wait.look(events)?.is_some_and(|events| !events.is_empty());
            let seen = match wait.look(stack)? {
                None => false,
                Some(None) => true,
                Some(Some(stack)) => status(&stack).is_in_progress(),
            };
            if reported || seen {
                return Ok(());
            }
            if !wait
                .pause_until("the work on the stack shows", progress)
                .await
            {
                return Ok(());
            }
        }
    }
}

/// Somebody else changes a stack, and goes on.
fn busy(arn: &str, status: &str, waited: Duration) -> ServiceFailure {
    SERVICE.state(
        "DescribeStacks",
        FailureKind::Conflict,
        status,
        format!(
            "stack {arn} is still being changed after {} minutes: run the same command again \
             when it is done, or cancel it (`aws cloudformation cancel-update-stack`)",
            waited.as_secs() / 60
        ),
    )
}
