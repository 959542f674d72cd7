//! The properties of `AWS::S3::Bucket`, and what they make of a bucket.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::configuration::{Lifecycle, Ownership, PublicAccessBlock, Rule};
use super::super::operations::check_algorithm;
use super::super::state::{Bucket, Versioning};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::property;

/// All rules of one bucket (AWS docs, "Lifecycle").
const MOST_RULES: usize = 1000;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
pub(super) struct Properties {
    #[serde(default, deserialize_with = "property::optional_text")]
    pub(super) bucket_name: Option<String>,
    #[serde(default)]
    bucket_encryption: Option<BucketEncryption>,
    #[serde(default)]
    versioning_configuration: Option<VersioningConfiguration>,
    #[serde(default)]
    public_access_block_configuration: Option<PublicAccessBlockConfiguration>,
    #[serde(default)]
    ownership_controls: Option<OwnershipControls>,
    #[serde(default)]
    lifecycle_configuration: Option<LifecycleConfiguration>,
    #[serde(default)]
    pub(super) tags: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct BucketEncryption {
    server_side_encryption_configuration: Vec<EncryptionRule>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct EncryptionRule {
    #[serde(default)]
    server_side_encryption_by_default: Option<EncryptionByDefault>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    bucket_key_enabled: Option<bool>,
    #[serde(default)]
    blocked_encryption_types: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct EncryptionByDefault {
    #[serde(rename = "SSEAlgorithm")]
    algorithm: String,
    #[serde(default, rename = "KMSMasterKeyID")]
    key: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct VersioningConfiguration {
    status: Versioning,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct PublicAccessBlockConfiguration {
    #[serde(default, deserialize_with = "property::optional_boolean")]
    block_public_acls: Option<bool>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    ignore_public_acls: Option<bool>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    block_public_policy: Option<bool>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    restrict_public_buckets: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OwnershipControls {
    rules: Vec<OwnershipRule>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct OwnershipRule {
    object_ownership: Ownership,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct LifecycleConfiguration {
    rules: Vec<LifecycleRule>,
    #[serde(default)]
    transition_default_minimum_object_size: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct LifecycleRule {
    #[serde(default, deserialize_with = "property::optional_text")]
    id: Option<String>,
    status: RuleStatus,
    #[serde(default, deserialize_with = "property::optional_text")]
    prefix: Option<String>,
    #[serde(default, deserialize_with = "property::optional_integer")]
    expiration_in_days: Option<i64>,
    #[serde(default, deserialize_with = "property::optional_boolean")]
    expired_object_delete_marker: Option<bool>,
    #[serde(default, deserialize_with = "property::optional_integer")]
    noncurrent_version_expiration_in_days: Option<i64>,
    #[serde(default)]
    noncurrent_version_expiration: Option<NoncurrentVersionExpiration>,
    #[serde(default)]
    abort_incomplete_multipart_upload: Option<AbortIncompleteMultipartUpload>,
    // Of AWS, not of this emulation; named when used.
    #[serde(default)]
    expiration_date: Option<Value>,
    #[serde(default)]
    noncurrent_version_transition: Option<Value>,
    #[serde(default)]
    noncurrent_version_transitions: Option<Value>,
    #[serde(default)]
    object_size_greater_than: Option<Value>,
    #[serde(default)]
    object_size_less_than: Option<Value>,
    #[serde(default)]
    tag_filters: Option<Value>,
    #[serde(default)]
    transition: Option<Value>,
    #[serde(default)]
    transitions: Option<Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
enum RuleStatus {
    Enabled,
    Disabled,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct NoncurrentVersionExpiration {
    #[serde(deserialize_with = "property::integer")]
    noncurrent_days: i64,
    #[serde(default, deserialize_with = "property::optional_integer")]
    newer_noncurrent_versions: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct AbortIncompleteMultipartUpload {
    #[serde(deserialize_with = "property::integer")]
    days_after_initiation: i64,
}

/// What the properties say, checked.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Settings {
    bucket_key: bool,
    versioning: Option<Versioning>,
    public_access_block: Option<PublicAccessBlock>,
    ownership: Option<Ownership>,
    lifecycle: Option<Lifecycle>,
}

impl Properties {
    pub(super) fn read(
        logical_id: &str,
        properties: &Map<String, Value>,
    ) -> Result<(Self, Settings), ServiceError> {
        let read: Self = property::read(logical_id, properties)?;
        let settings = read.settings(logical_id)?;
        Ok((read, settings))
    }

    fn settings(&self, logical_id: &str) -> ServiceResult<Settings> {
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
    pub(super) fn begin(&self, bucket: &mut Bucket) {
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
    pub(super) fn change(&self, before: &Self, bucket: &mut Bucket) {
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
