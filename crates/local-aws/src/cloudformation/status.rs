//! The statuses of stacks, resources and change sets, spelled as the service model does.

use serde::{Deserialize, Serialize};

macro_rules! statuses {
    ($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$member_doc])* #[serde(rename = $text)] $member,)*
        }

        impl $name {
            /// As on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$member => $text,)*
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

statuses! {
    /// `StackStatus`; those of imports are not implemented.
    StackStatus {
        /// Made by a change set that was not executed yet.
        ReviewInProgress = "REVIEW_IN_PROGRESS",
        /// Resources are being created.
        CreateInProgress = "CREATE_IN_PROGRESS",
        /// Failed, and told not to roll back.
        CreateFailed = "CREATE_FAILED",
        /// Created.
        CreateComplete = "CREATE_COMPLETE",
        /// What was created is being deleted.
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        /// Something could not be deleted.
        RollbackFailed = "ROLLBACK_FAILED",
        /// Nothing is left; can only be deleted.
        RollbackComplete = "ROLLBACK_COMPLETE",
        /// Being deleted.
        DeleteInProgress = "DELETE_IN_PROGRESS",
        /// Something could not be deleted.
        DeleteFailed = "DELETE_FAILED",
        /// Deleted.
        DeleteComplete = "DELETE_COMPLETE",
        /// Being updated.
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        /// Updated; what is no more needed is being deleted.
        UpdateCompleteCleanupInProgress = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        /// Updated.
        UpdateComplete = "UPDATE_COMPLETE",
        /// Failed, and told not to roll back.
        UpdateFailed = "UPDATE_FAILED",
        /// On its way back.
        UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
        /// The way back failed; `ContinueUpdateRollback` goes on.
        UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
        /// Back; what the update made is being deleted.
        UpdateRollbackCompleteCleanupInProgress = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        /// Back where it was.
        UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
    }
}

impl StackStatus {
    /// Whether a new update may start.
    pub fn can_be_updated(self) -> bool {
        matches!(
            self,
            Self::CreateComplete
                | Self::UpdateComplete
                | Self::UpdateRollbackComplete
                | Self::UpdateFailed
        )
    }
}

statuses! {
    /// `ResourceStatus`.
    ResourceStatus {
        /// Being created.
        CreateInProgress = "CREATE_IN_PROGRESS",
        /// Not created.
        CreateFailed = "CREATE_FAILED",
        /// Created.
        CreateComplete = "CREATE_COMPLETE",
        /// Being deleted.
        DeleteInProgress = "DELETE_IN_PROGRESS",
        /// Not deleted.
        DeleteFailed = "DELETE_FAILED",
        /// Deleted.
        DeleteComplete = "DELETE_COMPLETE",
        /// Kept, by its policy.
        DeleteSkipped = "DELETE_SKIPPED",
        /// Being updated.
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        /// Not updated.
        UpdateFailed = "UPDATE_FAILED",
        /// Updated.
        UpdateComplete = "UPDATE_COMPLETE",
    }
}

statuses! {
    /// `ChangeSetStatus`. A change set is computed before its creation is
    /// answered: the ones in progress are seen only when things take their time.
    ChangeSetStatus {
        /// Being made.
        CreateInProgress = "CREATE_IN_PROGRESS",
        /// Being deleted.
        DeleteInProgress = "DELETE_IN_PROGRESS",
        /// Can be executed, or was.
        CreateComplete = "CREATE_COMPLETE",
        /// Has no changes, or cannot be.
        Failed = "FAILED",
    }
}

statuses! {
    /// `ExecutionStatus`.
    ExecutionStatus {
        /// Failed change sets cannot be executed.
        Unavailable = "UNAVAILABLE",
        /// Can be executed.
        Available = "AVAILABLE",
        /// Being executed.
        ExecuteInProgress = "EXECUTE_IN_PROGRESS",
        /// Executed.
        ExecuteComplete = "EXECUTE_COMPLETE",
        /// Executed, and failed.
        ExecuteFailed = "EXECUTE_FAILED",
        /// The stack has changed since.
        Obsolete = "OBSOLETE",
    }
}
