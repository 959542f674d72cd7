//! A stack's events: lines for people, and the root cause of a failure.

use crate::engine::error::{CredentialsFault, FailureKind};
use crate::engine::ports::ResourceStatus;

/// An event of a stack, as much of it as counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// The token of the request that caused it.
    pub token: Option<String>,
    /// The resource's logical id; the stack's own name for the stack itself.
    pub logical_id: String,
    /// The resource's physical id.
    pub physical_id: String,
    /// The resource's type.
    pub resource_type: String,
    /// How it stands, e.g. `CREATE_FAILED`.
    pub status: ResourceStatus,
    /// Why.
    pub reason: Option<String>,
}

impl Event {
    /// Whether it is about the stack of this ARN itself.
    pub fn is_of_stack(&self, stack_arn: &str) -> bool {
        self.physical_id == stack_arn
    }

    /// The event as a line.
    pub fn line(&self) -> String {
        match self
            .reason
            .as_deref()
            .filter(|_| self.failed() || self.rolls_back())
        {
            Some(reason) => format!("{} {}: {reason}", self.logical_id, self.status),
            None => format!("{} {}", self.logical_id, self.status),
        }
    }

    fn failed(&self) -> bool {
        self.status.is_failed()
    }

    /// It begins to undo what was done; the event of a stack itself says why.
    fn rolls_back(&self) -> bool {
        matches!(
            self.status,
            ResourceStatus::RollbackInProgress
                | ResourceStatus::UpdateRollbackInProgress
                | ResourceStatus::ImportRollbackInProgress
        )
    }

    /// A failure that only follows from another.
    fn follows(&self) -> bool {
        const CONSEQUENCES: &[&str] = &[
            "Resource creation cancelled",
            "Resource update cancelled",
            "Resource deletion cancelled",
            "The following resource(s) failed",
        ];
        self.reason.as_deref().is_none_or(|reason| {
            CONSEQUENCES
                .iter()
                .any(|consequence| reason.starts_with(consequence))
        })
    }
}

/// The first failure that is a cause and no consequence; `events` oldest first.
pub fn root_cause<'a>(events: &'a [Event], stack_arn: &str) -> Option<&'a Event> {
    let failures = || events.iter().filter(|event| event.failed());
    failures()
        .find(|event| !event.is_of_stack(stack_arn) && !event.follows())
        // E.g. a template that fails as a whole.
        .or_else(|| failures().find(|event| !event.follows()))
        // E.g. an output that has no value: no resource failed, the stack alone tells.
        .or_else(|| {
            let mut rollbacks = events.iter().filter(|event| event.rolls_back());
            rollbacks.find(|event| event.is_of_stack(stack_arn) && !event.follows())
        })
        .or_else(|| failures().next())
}

/// What kind of refusal a reason tells, by the handler's error code that
/// CloudFormation quotes in it.
pub fn kind(reason: &str) -> FailureKind {
    let Some((_, code)) = reason.split_once("HandlerErrorCode: ") else {
        return FailureKind::Other;
    };
    match code.trim_end_matches([')', ' ', '.']) {
        "AlreadyExists" | "ResourceConflict" | "NotUpdatable" => FailureKind::Conflict,
        "NotFound" => FailureKind::NotFound,
        "AccessDenied" | "UnauthorizedTaggingOperation" => FailureKind::AccessDenied,
        "InvalidCredentials" => FailureKind::Credentials(CredentialsFault::Unknown),
        "InvalidRequest" => FailureKind::Invalid,
        "Throttling" => FailureKind::Throttled,
        "ServiceLimitExceeded" => FailureKind::Quota,
        _ => FailureKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STACK: &str = "arn:aws:cloudformation:us-east-1:111122223333:stack/s/1";

    fn event(logical_id: &str, status: &str, reason: Option<&str>) -> Event {
        Event {
            id: format!("{logical_id}-{status}"),
            token: None,
            logical_id: logical_id.to_owned(),
            physical_id: if logical_id == "s" {
                STACK.to_owned()
            } else {
                String::new()
            },
            resource_type: "AWS::X::Y".to_owned(),
            status: ResourceStatus::parse(status),
            reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn the_root_cause_is_the_first_failure_that_is_no_consequence() {
        let events = [
            event("s", "CREATE_IN_PROGRESS", Some("User Initiated")),
            event("Role", "CREATE_FAILED", Some("Resource creation cancelled")),
            event("Table", "CREATE_FAILED", Some("Table exists already")),
            event("Queue", "CREATE_FAILED", Some("another")),
            event(
                "s",
                "ROLLBACK_FAILED",
                Some("The following resource(s) failed to create: [Table]."),
            ),
        ];
        assert_eq!(root_cause(&events, STACK).unwrap().logical_id, "Table");
        assert_eq!(
            root_cause(&events, STACK).unwrap().line(),
            "Table CREATE_FAILED: Table exists already"
        );
    }

    #[test]
    fn a_failure_of_the_stack_itself_is_the_cause_when_there_is_no_other() {
        let events = [event("s", "UPDATE_FAILED", Some("Export X is in use"))];
        assert_eq!(root_cause(&events, STACK).unwrap().logical_id, "s");
        assert_eq!(root_cause(&[], STACK), None);
    }

    #[test]
    fn a_rollback_without_a_failure_tells_its_own_reason() {
        let output = "Template error: Unable to get value of output Name";
        let events = [
            event("s", "CREATE_IN_PROGRESS", Some("User Initiated")),
            event("Table", "CREATE_COMPLETE", None),
            event("s", "ROLLBACK_IN_PROGRESS", Some(output)),
            event("Table", "DELETE_COMPLETE", None),
            event("s", "ROLLBACK_COMPLETE", None),
        ];
        let cause = root_cause(&events, STACK).unwrap();
        assert_eq!(cause.line(), format!("s ROLLBACK_IN_PROGRESS: {output}"));
        // Without a reason, or as a consequence, it tells nothing.
        for reason in [
            None,
            Some("The following resource(s) failed to create: [A]."),
        ] {
            let events = [event("s", "UPDATE_ROLLBACK_IN_PROGRESS", reason)];
            assert_eq!(root_cause(&events, STACK), None);
        }
    }

    #[test]
    fn the_handlers_code_tells_the_kind() {
        assert_eq!(
            kind(
                "Resource of type 'AWS::DynamoDB::Table' with identifier 'x' already exists. (RequestToken: 1, HandlerErrorCode: AlreadyExists)"
            ),
            FailureKind::Conflict
        );
        assert_eq!(
            kind("no (RequestToken: 1, HandlerErrorCode: AccessDenied)"),
            FailureKind::AccessDenied
        );
        assert_eq!(kind("no"), FailureKind::Other);
    }
}
