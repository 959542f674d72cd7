//! How what is there of a solution stands: a row for each resource that is wanted. Pure.

use serde::{Serialize, Serializer};

use super::desired::Desired;
use super::kinds;
use super::observe::Observed;
use super::plan::ResourceKind;

/// One resource as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its kind.
    #[serde(serialize_with = "word")]
    pub kind: ResourceKind,
    /// Its name in the manifest.
    pub name: String,
    /// Its name on AWS.
    pub physical: String,
    /// In the service's words where it has some.
    pub state: String,
    /// Whether it is what the last deployment made it.
    pub ok: bool,
    /// Whether somebody else changed it since.
    pub drifted: bool,
}

fn word<S: Serializer>(kind: &ResourceKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.word())
}

impl Row {
    /// A resource that is not there.
    pub(super) fn absent(kind: ResourceKind, name: &str, physical: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            physical: physical.into(),
            state: "not deployed".to_owned(),
            ok: false,
            drifted: false,
        }
    }
}

/// The rows of all kinds, in the order a person reads them.
pub fn rows(desired: &Desired, observed: &Observed) -> Vec<Row> {
    ResourceKind::ALL
        .into_iter()
        .flat_map(|kind| kinds::status(kind, desired, observed))
        .collect()
}
