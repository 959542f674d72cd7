//! Whether the instance may invoke a function: permission and association.

use super::wanted::parts;
use crate::engine::desired::Function;
use crate::engine::diff::{Compared, with};
use crate::engine::drift::CONNECT;
use crate::engine::function_policy::Place;
use crate::engine::observe::Observed;
use crate::engine::plan::{Action, Change, ResourceId, ResourceKind};
use crate::engine::ports::{Instance, PolicyStatement};
use crate::engine::values::LIVE;

/// The changes of all accesses.
pub(in crate::engine) fn diff(compared: &Compared<'_>) -> Vec<Change> {
    let Compared {
        desired, observed, ..
    } = compared;
    desired
        .functions
        .iter()
        .filter(|(_, function)| function.connect)
        .map(|(name, function)| with(one(observed, name, function), parts(observed, function)))
        .collect()
}

/// Whether the permission was there before, on a function that was there before.
pub(super) fn is_permitted(observed: &Observed, name: &str) -> bool {
    let wanted = statement(&observed.instance, &observed.identity.account);
    let id = statement_id(&observed.instance);
    observed.functions.get(name).is_some_and(|function| {
        function.statements.iter().any(|statement| {
            statement.place == Place::Live
                && statement.id.as_ref() == Some(&id)
                && statement.is(&wanted)
        })
    })
}

fn one(observed: &Observed, name: &str, function: &Function) -> Change {
    let there = observed.functions.get(name);
    let permitted = is_permitted(observed, name);
    let associated = there.is_some_and(|function| {
        let alias = format!("{}:{LIVE}", function.arn);
        observed.associated.contains(&alias)
    });
    let (action, details) = match (permitted, associated) {
        (true, true) => (Action::Keep, Vec::new()),
        (false, false) => (
            Action::Create,
            vec!["the instance may invoke it".to_owned()],
        ),
        (true, false) => (Action::Update, vec!["association is missing".to_owned()]),
        (false, true) => (Action::Update, vec!["permission is missing".to_owned()]),
    };
    Change {
        resource: ResourceId::new(ResourceKind::Access, name),
        physical: format!("{}:{LIVE}", function.physical),
        action,
        details,
        wanted: Vec::new(),
        stack_changes: Vec::new(),
        irreversible: Vec::new(),
        desired: String::new(),
        observed: format!("{permitted},{associated}"),
    }
}

/// The statement that lets the instance, and only it, invoke the alias.
pub(in crate::engine) fn statement(instance: &Instance, account: &str) -> PolicyStatement {
    PolicyStatement {
        principal: CONNECT.to_owned(),
        source_arn: Some(instance.arn.clone()),
        source_account: Some(account.to_owned()),
    }
}

/// The same for every run, so that a repeated call is the same call.
pub(in crate::engine) fn statement_id(instance: &Instance) -> String {
    format!("vanity-deploy-connect-{}", instance.id)
}
