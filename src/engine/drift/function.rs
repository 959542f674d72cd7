//! Who else has a hand on a function: who may invoke it beside us (its policy, and that of
//! the live alias), its URLs, code and targets that are not ours (layers, file systems,
//! where failed events go), and calls that the alias sends elsewhere. Not looked at: the
//! policies of single versions and of aliases that are not ours (each is a call of its
//! own), event sources and destinations (both act with the function's role, which is a
//! stack's), and its network.

use super::{CONNECT, Finding};
use crate::engine::function_policy::{Place, Statement};
use crate::engine::observe::Observed;

/// What somebody else did to a function, by its name in the manifest.
pub fn of_function(observed: &Observed, name: &str) -> Vec<Finding> {
    let Some(there) = observed.functions.get(name) else {
        return Vec::new();
    };
    let account = &observed.identity.account;
    let ours = |statement: &Statement| {
        // We and Connect itself (AssociateLambdaFunction adds a statement of its own).
        let is_instance =
            statement.place == Place::Live && statement.lets_only(CONNECT, &observed.instance.arn);
        let gives_nothing = !statement.allows && statement.unread.is_empty();
        gives_nothing
            || is_instance
            || observed
                .stack_contents
                .iter()
                .any(|contents| contents.made_statement(statement, &there.arn, account))
    };
    let statements = there.statements.iter().filter(|one| !ours(one));
    let urls = there.urls.iter().filter(|url| {
        !observed
            .stack_contents
            .iter()
            .any(|contents| contents.made_url(url, &there.arn, account))
    });
    let configuration = &there.configuration;
    let strings = |list: &[String], finding: fn(String) -> Finding| -> Vec<Finding> {
        list.iter().cloned().map(finding).collect()
    };
    statements
        .cloned()
        .map(Finding::Statement)
        .chain(urls.cloned().map(Finding::Url))
        .chain(strings(&there.other_versions, Finding::Routing))
        .chain(strings(&configuration.layers, Finding::Layer))
        .chain(strings(&configuration.file_systems, Finding::FileSystem))
        .chain(
            configuration
                .dead_letter_target
                .clone()
                .map(Finding::DeadLetterTarget),
        )
        .collect()
}
