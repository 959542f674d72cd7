//! What a bucket is told beside its objects: public access, ownership, lifecycle.

use serde::{Deserialize, Serialize};

/// `PublicAccessBlockConfiguration`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
#[allow(clippy::struct_excessive_bools, reason = "AWS has four switches")]
pub struct PublicAccessBlock {
    /// Refuses public ACLs.
    pub block_public_acls: bool,
    /// Ignores public ACLs.
    pub ignore_public_acls: bool,
    /// Refuses public bucket policies.
    pub block_public_policy: bool,
    /// Lets a public policy give nobody outside of the account access.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// As every new bucket has it.
    pub const fn everything() -> Self {
        Self {
            block_public_acls: true,
            ignore_public_acls: true,
            block_public_policy: true,
            restrict_public_buckets: true,
        }
    }
}

/// `ObjectOwnership`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ownership {
    /// ACLs count for nothing.
    BucketOwnerEnforced,
    /// Objects written with the ACL `bucket-owner-full-control` are the bucket owner's.
    BucketOwnerPreferred,
    /// Objects are their writer's.
    ObjectWriter,
}

impl Ownership {
    /// As S3 writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::BucketOwnerEnforced => "BucketOwnerEnforced",
            Self::BucketOwnerPreferred => "BucketOwnerPreferred",
            Self::ObjectWriter => "ObjectWriter",
        }
    }

    /// Reads what S3 writes.
    pub fn find(name: &str) -> Option<Self> {
        [
            Self::BucketOwnerEnforced,
            Self::BucketOwnerPreferred,
            Self::ObjectWriter,
        ]
        .into_iter()
        .find(|one| one.name() == name)
    }
}

/// Lifecycle rules.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lifecycle {
    /// In their order.
    pub rules: Vec<Rule>,
}

/// A lifecycle rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its id, unique in the bucket.
    pub id: String,
    /// Whether it is carried out.
    pub enabled: bool,
    /// The keys that it is about start so.
    pub prefix: String,
    /// Current versions are expired this many days after they were made.
    pub expiration_days: Option<i64>,
    /// Delete markers without versions behind them are removed.
    pub expired_delete_marker: bool,
    /// Versions are removed this many days after they ceased to be current.
    pub noncurrent_days: Option<i64>,
    /// So many of the newest noncurrent versions stay nevertheless.
    pub newer_noncurrent_versions: Option<i64>,
    /// Unfinished multipart uploads are removed after so many days; there are none here.
    pub abort_multipart_days: Option<i64>,
}
