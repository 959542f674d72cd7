//! Problems, as the service words them.

use serde::Serialize;

/// Most problems that the service tells at once.
pub const MAXIMUM_PROBLEMS: usize = 50;
/// Most characters of one problem's message.
const MAXIMUM_MESSAGE: usize = 256;

/// Something for which Amazon Connect refuses to publish a flow. Serializes to
/// the shape on the wire, `{"message": …}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The service's words.
    pub message: String,
    /// The place in the document, for [`crate::Document::locate`]; also for
    /// those problems whose message names none.
    #[serde(skip)]
    pub route: Option<String>,
}

/// The problems found so far.
#[derive(Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn add(&mut self, message: impl Into<String>, route: Option<String>) {
        let message: String = message.into().chars().take(MAXIMUM_MESSAGE).collect();
        let problem = Problem { message, route };
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    pub(crate) fn done(mut self) -> Vec<Problem> {
        self.0.truncate(MAXIMUM_PROBLEMS);
        self.0
    }
}
