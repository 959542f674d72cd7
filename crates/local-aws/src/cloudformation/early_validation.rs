//! Early validation of a change set: what it would make and what is there already. The change
//! set says only that it failed; the reasons are in `DescribeEvents` (CloudFormation user
//! guide, "Validate stack deployments"; aws/aws-cdk-cli #1767 has the words).

use serde::{Deserialize, Serialize};

use super::diff::{Change, ChangeAction};
use super::registry;
use crate::core::state::State;

/// The reason of a change set that failed so.
pub const FAILED: &str = "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot Early Validation errors, use the DescribeEvents API for detailed failure information.";

/// A name that is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conflict {
    /// The resource in the template.
    pub logical_id: String,
    /// Its type.
    pub kind: String,
    /// The name that it gives.
    pub name: String,
}

impl Conflict {
    /// `ValidationStatusReason`.
    pub fn reason(&self) -> String {
        format!(
            "Resource of type '{}' with identifier '{}' already exists.",
            self.kind, self.name
        )
    }
}

/// The names that a change set would give and that are taken.
pub fn conflicts(state: &State, changes: &[Change]) -> Vec<Conflict> {
    let added = changes
        .iter()
        .filter(|change| change.action == ChangeAction::Add);
    added
        .filter_map(|change| {
            let kind = registry::find(&change.kind)?;
            let properties = change.after.as_ref()?.get("Properties")?;
            let name = properties.get(kind.name_property()?)?.as_str()?;
            kind.exists(state, name).then(|| Conflict {
                logical_id: change.logical_id.clone(),
                kind: change.kind.clone(),
                name: name.to_owned(),
            })
        })
        .collect()
}
