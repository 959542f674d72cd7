//! What happens, as values: the engine tells, the user interface shows.

use serde::Serialize;

use super::plan::{Action, ResourceId};

/// Something that happened during an apply or a destroy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// Work on a resource begins.
    Started {
        /// Which.
        resource: ResourceId,
        /// What is done to it.
        action: Action,
    },
    /// A step of long work.
    Progress {
        /// Which.
        resource: ResourceId,
        /// In words.
        note: String,
    },
    /// Work on a resource is done.
    Finished {
        /// Which.
        resource: ResourceId,
        /// What was done to it.
        action: Action,
        /// What came of it, in a few words.
        outcome: String,
        /// How long it took.
        seconds: f64,
    },
    /// Work on a resource failed; the error follows as the result.
    Failed {
        /// Which.
        resource: ResourceId,
        /// In words.
        reason: String,
    },
    /// Something to know, and nothing ends by it: what a function said in answer to its probe.
    Warned {
        /// Which resource.
        resource: ResourceId,
        /// What, in the words of whoever wrote the function.
        text: String,
    },
    /// Something was kept on purpose.
    Kept {
        /// Of which resource.
        resource: ResourceId,
        /// What, by type and name.
        what: String,
    },
}

/// Is told events as they happen, from any task.
pub trait Reporter: Send + Sync {
    /// Something happened.
    fn event(&self, event: &Event);
}

/// Notes of long work on one resource, as events.
pub(crate) struct Notes<'a> {
    pub(crate) reporter: &'a dyn Reporter,
    pub(crate) resource: &'a ResourceId,
}

impl super::ports::Progress for Notes<'_> {
    fn note(&self, line: &str) {
        self.reporter.event(&Event::Progress {
            resource: self.resource.clone(),
            note: line.to_owned(),
        });
    }
}
