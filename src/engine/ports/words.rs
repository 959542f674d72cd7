//! The services' own words for how things stand. The adapters read them; a word that is
//! not known here is kept and shown as it is, and nothing is concluded from it.
//!
//! Sources: the API models of CloudFormation (`StackStatus`, `ResourceStatus`,
//! `ChangeAction`, `Replacement`) and of Amazon Connect (`InstanceStatus`,
//! `ContactFlowStatus`, `ContactFlowState`).

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $(
                #[doc = concat!("`", $word, "`.")]
                $variant,
            )*
            /// A word that is not known here.
            Other(String),
        }

        impl $name {
            /// What a word of the service is.
            pub fn parse(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }

            /// The service's word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                Self::parse(&word)
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> Self {
                word.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// How a stack stands.
    StackStatus {
        CreateInProgress = "CREATE_IN_PROGRESS",
        CreateFailed = "CREATE_FAILED",
        CreateComplete = "CREATE_COMPLETE",
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        RollbackFailed = "ROLLBACK_FAILED",
        RollbackComplete = "ROLLBACK_COMPLETE",
        DeleteInProgress = "DELETE_IN_PROGRESS",
        DeleteFailed = "DELETE_FAILED",
        DeleteComplete = "DELETE_COMPLETE",
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        UpdateCompleteCleanupInProgress = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        UpdateComplete = "UPDATE_COMPLETE",
        UpdateFailed = "UPDATE_FAILED",
        UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
        UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
        UpdateRollbackCompleteCleanupInProgress = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
        ReviewInProgress = "REVIEW_IN_PROGRESS",
        ImportInProgress = "IMPORT_IN_PROGRESS",
        ImportComplete = "IMPORT_COMPLETE",
        ImportRollbackInProgress = "IMPORT_ROLLBACK_IN_PROGRESS",
        ImportRollbackFailed = "IMPORT_ROLLBACK_FAILED",
        ImportRollbackComplete = "IMPORT_ROLLBACK_COMPLETE",
    }
}

impl StackStatus {
    /// Whether somebody is changing the stack just now. One in review is at rest: it waits
    /// for its change set.
    pub fn is_in_progress(&self) -> bool {
        matches!(
            self,
            Self::CreateInProgress
                | Self::RollbackInProgress
                | Self::DeleteInProgress
                | Self::UpdateInProgress
                | Self::UpdateCompleteCleanupInProgress
                | Self::UpdateRollbackInProgress
                | Self::UpdateRollbackCompleteCleanupInProgress
                | Self::ImportInProgress
                | Self::ImportRollbackInProgress
        )
    }

    /// Whether the stack has nothing to update: it is deleted (or its review taken over)
    /// and made anew.
    pub fn never_was(&self) -> bool {
        matches!(
            self,
            Self::ReviewInProgress
                | Self::RollbackComplete
                | Self::RollbackFailed
                | Self::CreateFailed
        )
    }

    /// Whether the last thing that was done to the stack went well.
    pub fn is_well(&self) -> bool {
        matches!(
            self,
            Self::CreateComplete | Self::UpdateComplete | Self::ImportComplete
        )
    }
}

words! {
    /// How a resource of a stack stands.
    ResourceStatus {
        CreateInProgress = "CREATE_IN_PROGRESS",
        CreateFailed = "CREATE_FAILED",
        CreateComplete = "CREATE_COMPLETE",
        DeleteInProgress = "DELETE_IN_PROGRESS",
        DeleteFailed = "DELETE_FAILED",
        DeleteComplete = "DELETE_COMPLETE",
        DeleteSkipped = "DELETE_SKIPPED",
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        UpdateFailed = "UPDATE_FAILED",
        UpdateComplete = "UPDATE_COMPLETE",
        ImportFailed = "IMPORT_FAILED",
        ImportComplete = "IMPORT_COMPLETE",
        ImportInProgress = "IMPORT_IN_PROGRESS",
        ImportRollbackInProgress = "IMPORT_ROLLBACK_IN_PROGRESS",
        ImportRollbackFailed = "IMPORT_ROLLBACK_FAILED",
        ImportRollbackComplete = "IMPORT_ROLLBACK_COMPLETE",
        ExportFailed = "EXPORT_FAILED",
        ExportComplete = "EXPORT_COMPLETE",
        ExportInProgress = "EXPORT_IN_PROGRESS",
        ExportRollbackInProgress = "EXPORT_ROLLBACK_IN_PROGRESS",
        ExportRollbackFailed = "EXPORT_ROLLBACK_FAILED",
        ExportRollbackComplete = "EXPORT_ROLLBACK_COMPLETE",
        UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
        UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
        UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        RollbackComplete = "ROLLBACK_COMPLETE",
        RollbackFailed = "ROLLBACK_FAILED",
    }
}

impl ResourceStatus {
    /// Whether what was last done to it failed.
    pub fn is_failed(&self) -> bool {
        matches!(
            self,
            Self::CreateFailed
                | Self::DeleteFailed
                | Self::UpdateFailed
                | Self::ImportFailed
                | Self::ImportRollbackFailed
                | Self::ExportFailed
                | Self::ExportRollbackFailed
                | Self::RollbackFailed
                | Self::UpdateRollbackFailed
        )
    }

    /// Whether the stack no longer has it. One whose deletion failed is still there, and
    /// still the stack's.
    pub fn is_gone(&self) -> bool {
        matches!(
            self,
            Self::DeleteInProgress | Self::DeleteComplete | Self::DeleteSkipped
        )
    }
}

words! {
    /// What a change set does to a resource.
    ChangeAction {
        Add = "Add",
        Modify = "Modify",
        Remove = "Remove",
        Import = "Import",
        Dynamic = "Dynamic",
        SyncWithActual = "SyncWithActual",
    }
}

words! {
    /// Whether a change makes another resource and deletes the one that is there.
    Replacement {
        True = "True",
        False = "False",
        Conditional = "Conditional",
    }
}

words! {
    /// How an instance stands.
    InstanceStatus {
        CreationInProgress = "CREATION_IN_PROGRESS",
        Active = "ACTIVE",
        CreationFailed = "CREATION_FAILED",
    }
}

words! {
    /// Whether a flow was published.
    FlowStatus {
        Published = "PUBLISHED",
        Saved = "SAVED",
    }
}

words! {
    /// Whether a flow is in use.
    FlowState {
        Active = "ACTIVE",
        Archived = "ARCHIVED",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_not_known_is_kept_and_nothing_is_concluded_from_it() {
        let unknown = StackStatus::parse("EXPORT_ROLLBACK_IN_PROGRESS");
        assert_eq!(unknown.to_string(), "EXPORT_ROLLBACK_IN_PROGRESS");
        assert!(!unknown.is_in_progress() && !unknown.never_was() && !unknown.is_well());
        let written = serde_json::to_string(&Replacement::parse("Perhaps")).unwrap();
        assert_eq!(written, "\"Perhaps\"");
        let read: Replacement = serde_json::from_str(&written).unwrap();
        assert_eq!(read, Replacement::Other("Perhaps".to_owned()));
        let read: Replacement = serde_json::from_str("\"True\"").unwrap();
        assert_eq!(read, Replacement::True);
    }

    #[test]
    fn a_review_is_at_rest_and_a_failed_deletion_has_deleted_nothing() {
        assert!(!StackStatus::parse("REVIEW_IN_PROGRESS").is_in_progress());
        assert!(StackStatus::parse("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS").is_in_progress());
        assert!(!StackStatus::parse("UPDATE_ROLLBACK_COMPLETE").is_well());
        assert!(!ResourceStatus::parse("DELETE_FAILED").is_gone());
        assert!(ResourceStatus::parse("DELETE_SKIPPED").is_gone());
    }
}
