//! Why a change set failed, where CloudFormation tells it apart from the change set: early
//! validation says in `DescribeChangeSet` no more than that it failed (CloudFormation user
//! guide, "Validate stack deployments").

use aws_sdk_cloudformation::types::{
    EventFilter, EventType, HookFailureMode, HookStatus, OperationEvent, ValidationStatus,
};

use super::{CloudFormation, SERVICE};
use crate::engine::error::{FailureKind, ServiceFailure};
use crate::engine::ports::PortResult;
use crate::engine::rights::operations;
use crate::engine::template::problem;

const DESCRIBE: &str = "DescribeEvents";

impl CloudFormation {
    /// A failed change set with its reasons, if CloudFormation tells any: each with the
    /// resource that it is about. Without the right to them, the failure says which is missing.
    pub(super) async fn explained(&self, arn: &str, mut failed: ServiceFailure) -> ServiceFailure {
        match self.reasons(arn).await {
            Ok(reasons) => failed.problems = reasons,
            Err(refused) => {
                let why = untold(&refused);
                failed.message = format!("{} ({why})", failed.message);
            }
        }
        failed
    }

    /// The reasons of a change set by its ARN; by its name they are not found
    /// (aws-cloudformation/cloudformation-cli #1116).
    async fn reasons(&self, arn: &str) -> PortResult<Vec<String>> {
        let mut reasons = Vec::new();
        let mut pages = self
            .client
            .describe_events()
            .change_set_name(arn)
            .filters(EventFilter::builder().failed_events(true).build())
            .into_paginator()
            .items()
            .send();
        while let Some(event) = pages.next().await {
            let event = event.map_err(|error| SERVICE.failure(DESCRIBE, error))?;
            reasons.extend(reason(&event).filter(|reason| !reasons.contains(reason)));
        }
        Ok(reasons)
    }
}

/// Why the reasons are not told.
fn untold(refused: &ServiceFailure) -> String {
    let words = format!("{DESCRIBE}: {}: {}", refused.code, refused.message);
    if refused.kind == FailureKind::AccessDenied {
        let rights = operations::actions(SERVICE.0, DESCRIBE).join(", ");
        format!("its reasons are told to who has the right {rights}; {words}")
    } else {
        format!("its reasons cannot be read: {words}")
    }
}

/// An event as the reason of a failure, if it is one.
fn reason(event: &OperationEvent) -> Option<String> {
    let words = match event.event_type.as_ref()? {
        EventType::ValidationError if fails(event) => event.validation_status_reason.as_deref(),
        EventType::HookInvocationError if hook_fails(event) => event.hook_status_reason.as_deref(),
        EventType::ProvisioningError => event.resource_status_reason.as_deref(),
        _ => None,
    };
    let path = event.validation_path.as_deref();
    Some(problem::line(
        event.logical_resource_id.as_deref(),
        words?.trim(),
        path.filter(|path| !path.is_empty()),
    ))
}

/// Whether a validation stopped the change set; one that warns does not.
fn fails(event: &OperationEvent) -> bool {
    event.validation_status != Some(ValidationStatus::Skipped)
        && event.validation_failure_mode != Some(HookFailureMode::Warn)
}

fn hook_fails(event: &OperationEvent) -> bool {
    let failed = matches!(
        event.hook_status,
        Some(HookStatus::HookFailed | HookStatus::HookCompleteFailed)
    );
    failed && event.hook_failure_mode != Some(HookFailureMode::Warn)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validation() -> aws_sdk_cloudformation::types::builders::OperationEventBuilder {
        OperationEvent::builder()
            .event_type(EventType::ValidationError)
            .logical_resource_id("Numbers")
            .resource_type("AWS::DynamoDB::Table")
            .validation_name("NAME_CONFLICT_VALIDATION")
            .validation_status(ValidationStatus::Failed)
            .validation_failure_mode(HookFailureMode::Fail)
            .validation_status_reason("Resource of type 'T' with identifier 'n' already exists.")
    }

    #[test]
    fn a_validation_that_failed_is_told_with_its_resource_and_place() {
        let plain = validation().build();
        assert_eq!(
            reason(&plain).as_deref(),
            Some("Numbers: Resource of type 'T' with identifier 'n' already exists.")
        );
        let placed = validation()
            .validation_path("/Resources/Numbers/Properties/TableName")
            .build();
        let reason = reason(&placed).unwrap();
        assert!(
            reason.ends_with("(at /Resources/Numbers/Properties/TableName)"),
            "{reason}"
        );
    }

    #[test]
    fn what_only_warns_or_goes_on_is_no_reason() {
        for event in [
            validation().validation_failure_mode(HookFailureMode::Warn),
            validation().validation_status(ValidationStatus::Skipped),
            validation().event_type(EventType::ProgressEvent),
            OperationEvent::builder().event_type(EventType::ValidationError),
        ] {
            assert_eq!(reason(&event.build()), None);
        }
    }

    #[test]
    fn a_hook_that_refuses_is_a_reason() {
        let hook = OperationEvent::builder()
            .event_type(EventType::HookInvocationError)
            .hook_status(HookStatus::HookCompleteFailed)
            .hook_status_reason("encrypt it")
            .logical_resource_id("Numbers");
        assert_eq!(
            reason(&hook.clone().build()).as_deref(),
            Some("Numbers: encrypt it")
        );
        let succeeded = hook.hook_status(HookStatus::HookCompleteSucceeded);
        assert_eq!(reason(&succeeded.build()), None);
    }
}
