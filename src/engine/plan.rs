//! The plan: what would change, as a value. `plan`, the prompt and `up` show
//! the same value, and `apply` does what it says and nothing else.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ports::StackChange;
use super::wanted::Part;

/// Kinds of resources, in the order a person reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceKind {
    /// The Connect instance.
    Instance,
    /// A CloudFormation stack.
    Stack,
    /// An S3 object.
    Object,
    /// Items that a table begins with.
    Seed,
    /// A Lambda function.
    Function,
    /// Permission and association that let the instance invoke a function.
    Access,
    /// A flow.
    Flow,
    /// A phone number's binding.
    PhoneNumber,
}

impl ResourceKind {
    /// All of them, in that order.
    pub const ALL: [Self; 8] = [
        Self::Instance,
        Self::Stack,
        Self::Object,
        Self::Seed,
        Self::Function,
        Self::Access,
        Self::Flow,
        Self::PhoneNumber,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Stack => "stack",
            Self::Object => "object",
            Self::Seed => "seed",
            Self::Function => "function",
            Self::Access => "access",
            Self::Flow => "flow",
            Self::PhoneNumber => "number",
        }
    }
}

/// A resource by its kind and its name in the manifest.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ResourceId {
    /// The kind.
    pub kind: ResourceKind,
    /// The name in the manifest.
    pub name: String,
}

impl ResourceId {
    /// A resource.
    pub fn new(kind: ResourceKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
        }
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.word(), self.name)
    }
}

/// What is done to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Nothing.
    Keep,
    /// It is made.
    Create,
    /// It is changed in place.
    Update,
    /// It is deleted, or unbound.
    Delete,
}

/// What would be lost for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Irreversible {
    /// A resource that holds data would be replaced or deleted.
    DataLoss {
        /// Its logical id in the stack's template.
        logical_id: String,
        /// Its type, e.g. `AWS::DynamoDB::Table`.
        resource_type: String,
        /// Its name on AWS, as far as it is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        physical_id: Option<String>,
    },
    /// Somebody's edit of a flow would be overwritten.
    Overwrite {
        /// The flow's name.
        flow: String,
    },
    /// An object that somebody else put there would be overwritten.
    OverwriteObject {
        /// Its bucket and key, `s3://BUCKET/KEY`.
        object: String,
    },
    /// What somebody else gave themselves on a function, or attached to it, would be gone.
    TakeBack {
        /// What it is, for people.
        what: String,
    },
    /// A phone number would be given back.
    ReleaseNumber {
        /// The number.
        number: String,
    },
}

impl fmt::Display for Irreversible {
    /// What would be lost, in a few words for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DataLoss {
                logical_id,
                resource_type,
                physical_id,
            } => match physical_id {
                Some(physical_id) => {
                    let (_, word) = resource_type.rsplit_once(':').unwrap_or_default();
                    write!(f, "{word} {physical_id}")
                }
                None => write!(f, "{logical_id} ({resource_type})"),
            },
            Self::Overwrite { flow } => write!(f, "edits of \"{flow}\""),
            Self::OverwriteObject { object } => write!(f, "what is at {object}"),
            Self::TakeBack { what } => f.write_str(what),
            Self::ReleaseNumber { number } => f.write_str(number),
        }
    }
}

/// One resource's part of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which resource.
    pub resource: ResourceId,
    /// Its name on AWS.
    pub physical: String,
    /// What is done to it.
    pub action: Action,
    /// What it will be, in a few words, or what changes: for people.
    pub details: Vec<String>,
    /// What is wanted of it, part by part; nothing when it goes.
    pub wanted: Vec<Part>,
    /// What happens inside a stack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stack_changes: Vec<StackChange>,
    /// What is lost for good if it is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub irreversible: Vec<Irreversible>,
    /// Digest of what is wanted: of its parts; empty when it goes.
    pub desired: String,
    /// Digest of what was seen when the plan was made; empty: it was not there.
    pub observed: String,
}

/// The plan of one solution in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Version of this format.
    pub format: u32,
    /// The solution.
    pub solution: String,
    /// The environment.
    pub environment: String,
    /// `local` or `aws`.
    pub target: String,
    /// The account.
    pub account: String,
    /// The Region.
    pub region: String,
    /// The instance's ARN.
    pub instance: String,
    /// The tags of everything that can carry some.
    pub tags: BTreeMap<String, String>,
    /// Every resource, also those that stay as they are.
    pub changes: Vec<Change>,
}

/// Version of the plan's format.
pub const FORMAT: u32 = 3;

impl Plan {
    /// The changes that do something.
    pub fn pending(&self) -> impl Iterator<Item = &Change> {
        self.changes
            .iter()
            .filter(|change| change.action != Action::Keep)
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.pending().next().is_none()
    }

    /// A resource's change.
    pub fn change(&self, resource: &ResourceId) -> Option<&Change> {
        self.changes
            .iter()
            .find(|change| change.resource == *resource)
    }

    /// The digest that names the plan: 64 hexadecimal digits.
    pub fn digest(&self) -> String {
        // Serializing plain data with string keys cannot fail.
        digest(&serde_json::to_vec(self).unwrap_or_default())
    }
}

/// SHA-256 in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    const_hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_kind_is_left_out() {
        // A kind that is added is an arm here, and a number more.
        let position = |kind: ResourceKind| match kind {
            ResourceKind::Instance => 0,
            ResourceKind::Stack => 1,
            ResourceKind::Object => 2,
            ResourceKind::Seed => 3,
            ResourceKind::Function => 4,
            ResourceKind::Access => 5,
            ResourceKind::Flow => 6,
            ResourceKind::PhoneNumber => 7,
        };
        let positions: Vec<usize> = ResourceKind::ALL.into_iter().map(position).collect();
        assert_eq!(positions, [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}
