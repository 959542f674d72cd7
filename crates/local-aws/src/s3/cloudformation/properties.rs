//! The properties of `AWS::S3::Bucket`, and what they make of a bucket.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::super::configuration::{Lifecycle, Ownership, PublicAccessBlock, Rule};
use super::super::operations::check_algorithm;
use super::super::state::{Bucket as StoredBucket, Versioning};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property::{self, PropertyValue, declare};
use crate::core::resource::Context;

/// All rules of one bucket (AWS docs, "Lifecycle").
const MOST_RULES: usize = 1000;

declare! {
    /// `AWS::S3::Bucket`.
    pub struct Bucket is "AWS::S3::Bucket"
        gives ["Arn", "DomainName", "DualStackDomainName", "RegionalDomainName"]
    {
        optional bucket_encryption: BucketEncryption => Update,
        optional bucket_name: String => Name,
        optional lifecycle_configuration: LifecycleConfiguration => Update,
        optional ownership_controls: OwnershipControls => Update,
        optional public_access_block_configuration: PublicAccessBlockConfiguration => Update,
        optional tags: Value => Update,
        optional versioning_configuration: VersioningConfiguration => Update,
    }
}

declare! {
    struct BucketEncryption {
        required server_side_encryption_configuration: Vec<EncryptionRule>,
    }
}

declare! {
    struct EncryptionRule {
        optional server_side_encryption_by_default: EncryptionByDefault,
        optional bucket_key_enabled: bool,
        optional blocked_encryption_types: Value,
    }
}

declare! {
    struct EncryptionByDefault {
        #[serde(rename = "SSEAlgorithm")]
        required algorithm: String,
        #[serde(rename = "KMSMasterKeyID")]
        optional key: Value,
    }
}

declare! {
    struct VersioningConfiguration {
        required status: Versioning,
    }
}

declare! {
    struct PublicAccessBlockConfiguration {
        optional block_public_acls: bool,
        optional ignore_public_acls: bool,
        optional block_public_policy: bool,
        optional restrict_public_buckets: bool,
    }
}

declare! {
    struct OwnershipControls {
        required rules: Vec<OwnershipRule>,
    }
}

declare! {
    struct OwnershipRule {
        required object_ownership: Ownership,
    }
}

declare! {
    struct LifecycleConfiguration {
        required rules: Vec<LifecycleRule>,
        optional transition_default_minimum_object_size: Value,
    }
}

declare! {
    struct LifecycleRule {
        optional id: String,
        required status: RuleStatus,
        optional prefix: String,
        optional expiration_in_days: i64,
        optional expired_object_delete_marker: bool,
        optional noncurrent_version_expiration_in_days: i64,
        optional noncurrent_version_expiration: NoncurrentVersionExpiration,
        optional abort_incomplete_multipart_upload: AbortIncompleteMultipartUpload,
        // Of AWS, not of this emulation; named when used.
        optional expiration_date: Value,
        optional noncurrent_version_transition: Value,
        optional noncurrent_version_transitions: Value,
        optional object_size_greater_than: Value,
        optional object_size_less_than: Value,
        optional tag_filters: Value,
        optional transition: Value,
        optional transitions: Value,
    }
}

declare! {
    struct NoncurrentVersionExpiration {
        required noncurrent_days: i64,
        optional newer_noncurrent_versions: i64,
    }
}

declare! {
    struct AbortIncompleteMultipartUpload {
        required days_after_initiation: i64,
    }
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
enum RuleStatus {
    Enabled,
    Disabled,
}

impl PropertyValue for Ownership {}
impl PropertyValue for RuleStatus {}
impl PropertyValue for Versioning {}

/// What the properties say, checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Settings {
    bucket_key: bool,
    versioning: Option<Versioning>,
    public_access_block: Option<PublicAccessBlock>,
    ownership: Option<Ownership>,
    lifecycle: Option<Lifecycle>,
}

impl Bucket {
    pub(super) fn name(&self, context: &Context<'_>) -> String {
        let generated = || context.generated_name(63).to_ascii_lowercase();
        self.bucket_name.clone().unwrap_or_else(generated)
    }

    pub(super) fn all_tags(&self, context: &Context<'_>) -> BTreeMap<String, String> {
        context.tags(self.tags.as_ref())
    }

    /// # Errors
    /// What S3 refuses, and what is not implemented.
    pub(super) fn settings(&self, logical_id: &str) -> ServiceResult<Settings> {
        let public_access_block = self
            .public_access_block_configuration
            .as_ref()
            .map(|block| PublicAccessBlock {
                block_public_acls: block.block_public_acls.unwrap_or_default(),
                ignore_public_acls: block.ignore_public_acls.unwrap_or_default(),
                block_public_policy: block.block_public_policy.unwrap_or_default(),
                restrict_public_buckets: block.restrict_public_buckets.unwrap_or_default(),
            });
        let ownership = match &self.ownership_controls {
            None => None,
            Some(controls) => match controls.rules.as_slice() {
                [rule] => Some(rule.object_ownership),
                _ => {
                    return Err(property::invalid(
                        logical_id,
                        "#/OwnershipControls/Rules: expected exactly one rule",
                    ));
                }
            },
        };
        Ok(Settings {
            bucket_key: self.bucket_key(logical_id)?,
            versioning: self
                .versioning_configuration
                .as_ref()
                .map(|configuration| configuration.status),
            public_access_block,
            ownership,
            lifecycle: self.lifecycle(logical_id)?,
        })
    }

    fn bucket_key(&self, logical_id: &str) -> ServiceResult<bool> {
        let Some(encryption) = &self.bucket_encryption else {
            return Ok(false);
        };
        let [rule] = encryption.server_side_encryption_configuration.as_slice() else {
            return Err(property::invalid(
                logical_id,
                "#/BucketEncryption/ServerSideEncryptionConfiguration: expected exactly one rule",
            ));
        };
        if rule.blocked_encryption_types.is_some() {
            return Err(absent("BlockedEncryptionTypes"));
        }
        if let Some(by_default) = &rule.server_side_encryption_by_default {
            check_algorithm(&by_default.algorithm)?;
            if by_default.key.is_some() {
                return Err(ServiceError::new(
                    400,
                    "InvalidArgument",
                    "a KMSMasterKeyID is not applicable if the default sse algorithm is not \
                     aws:kms or aws:kms:dsse",
                ));
            }
        }
        Ok(rule.bucket_key_enabled.unwrap_or_default())
    }

    fn lifecycle(&self, logical_id: &str) -> ServiceResult<Option<Lifecycle>> {
        let Some(configuration) = &self.lifecycle_configuration else {
            return Ok(None);
        };
        if configuration
            .transition_default_minimum_object_size
            .is_some()
        {
            return Err(absent("TransitionDefaultMinimumObjectSize"));
        }
        if !(1..=MOST_RULES).contains(&configuration.rules.len()) {
            return Err(property::invalid(
                logical_id,
                "#/LifecycleConfiguration/Rules: expected 1 to 1000 rules",
            ));
        }
        let mut rules: Vec<Rule> = Vec::new();
        for (number, rule) in configuration.rules.iter().enumerate() {
            // A rule without an id is given one; the same at every update.
            let id = rule
                .id
                .clone()
                .unwrap_or_else(|| format!("{logical_id}-{}", number + 1));
            if rules.iter().any(|other| other.id == id) {
                return Err(ServiceError::new(
                    400,
                    "InvalidArgument",
                    format!("Rule ID must be unique. Found same ID for more than one rule: {id}"),
                ));
            }
            rules.push(rule.read(logical_id, id)?);
        }
        Ok(Some(Lifecycle { rules }))
    }
}

fn absent(what: &str) -> ServiceError {
    ServiceError::not_implemented(format!("{what} of AWS::S3::Bucket"))
}

impl LifecycleRule {
    fn read(&self, logical_id: &str, id: String) -> ServiceResult<Rule> {
        for (name, value) in [
            ("ExpirationDate", &self.expiration_date),
            (
                "NoncurrentVersionTransition",
                &self.noncurrent_version_transition,
            ),
            (
                "NoncurrentVersionTransitions",
                &self.noncurrent_version_transitions,
            ),
            ("ObjectSizeGreaterThan", &self.object_size_greater_than),
            ("ObjectSizeLessThan", &self.object_size_less_than),
            ("TagFilters", &self.tag_filters),
            ("Transition", &self.transition),
            ("Transitions", &self.transitions),
        ] {
            if value.is_some() {
                return Err(absent(&format!("{name} of a lifecycle rule")));
            }
        }
        let invalid = |problem: &str| {
            property::invalid(
                logical_id,
                &format!("#/LifecycleConfiguration/Rules/{id}: {problem}"),
            )
        };
        let noncurrent = self.noncurrent_version_expiration.as_ref();
        if noncurrent.is_some() && self.noncurrent_version_expiration_in_days.is_some() {
            return Err(invalid(
                "only one of NoncurrentVersionExpiration and NoncurrentVersionExpirationInDays",
            ));
        }
        let rule = Rule {
            enabled: self.status == RuleStatus::Enabled,
            prefix: self.prefix.clone().unwrap_or_default(),
            expiration_days: self.expiration_in_days,
            expired_delete_marker: self.expired_object_delete_marker.unwrap_or_default(),
            noncurrent_days: noncurrent
                .map(|expiration| expiration.noncurrent_days)
                .or(self.noncurrent_version_expiration_in_days),
            newer_noncurrent_versions: noncurrent
                .and_then(|expiration| expiration.newer_noncurrent_versions),
            abort_multipart_days: self
                .abort_incomplete_multipart_upload
                .as_ref()
                .map(|abort| abort.days_after_initiation),
            id: id.clone(),
        };
        let days = [
            rule.expiration_days,
            rule.noncurrent_days,
            rule.abort_multipart_days,
            rule.newer_noncurrent_versions,
        ];
        if days.iter().flatten().any(|number| *number < 1) {
            return Err(ServiceError::new(
                400,
                "InvalidArgument",
                "'Days' for Expiration action must be a positive integer",
            ));
        }
        if rule.expired_delete_marker && rule.expiration_days.is_some() {
            return Err(invalid(
                "ExpiredObjectDeleteMarker cannot be given with ExpirationInDays",
            ));
        }
        let acts = rule.expired_delete_marker
            || rule.expiration_days.is_some()
            || rule.noncurrent_days.is_some()
            || rule.abort_multipart_days.is_some();
        if !acts {
            return Err(invalid(
                "at least one action needs to be specified in a rule",
            ));
        }
        Ok(rule)
    }
}

impl Settings {
    /// A new bucket: what is not said stays as AWS makes it.
    pub(super) fn begin(&self, bucket: &mut StoredBucket) {
        bucket.bucket_key = self.bucket_key;
        bucket.versioning = self.versioning;
        bucket.lifecycle = self.lifecycle.clone();
        if self.public_access_block.is_some() {
            bucket.public_access_block = self.public_access_block;
        }
        if self.ownership.is_some() {
            bucket.ownership = self.ownership;
        }
    }

    /// A bucket that was made as `before` says: what is no longer said is taken back.
    pub(super) fn change(&self, before: &Self, bucket: &mut StoredBucket) {
        bucket.bucket_key = self.bucket_key;
        bucket.lifecycle = self.lifecycle.clone();
        // Versioning cannot be taken back, only suspended.
        bucket.versioning = match (self.versioning, bucket.versioning) {
            (Some(wanted), _) => Some(wanted),
            (None, Some(_)) if before.versioning.is_some() => Some(Versioning::Suspended),
            (None, now) => now,
        };
        if self.public_access_block.is_some() || before.public_access_block.is_some() {
            bucket.public_access_block = self.public_access_block;
        }
        if self.ownership.is_some() || before.ownership.is_some() {
            bucket.ownership = self.ownership;
        }
    }
}
