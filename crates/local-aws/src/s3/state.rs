//! Buckets and what is known of their objects. The objects' bytes are in files ([`super::blobs`]).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::checksums::Checksum;
use super::configuration::{Lifecycle, Ownership, PublicAccessBlock};
use super::{errors, names};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::rows::{AnyRows, Rows};

/// What S3 keeps.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    buckets: BTreeMap<String, Bucket>,
    /// The day, counted from 1970 in UTC, on which lifecycle rules were last carried out.
    #[serde(default)]
    pub(super) carried_out: Option<i64>,
}

impl crate::core::state::Slice for State {
    const NAME: &str = "s3";

    fn collections(&mut self) -> Vec<(String, &mut dyn AnyRows)> {
        self.buckets
            .values_mut()
            .map(|bucket| {
                let objects: &mut dyn AnyRows = &mut bucket.objects;
                (format!("objects {}", bucket.folder), objects)
            })
            .collect()
    }
}

/// Whether a bucket keeps versions. A bucket that never had it has none of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Versioning {
    /// Every write makes a version.
    Enabled,
    /// Writes replace the version `null`; older versions stay.
    Suspended,
}

/// A bucket.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// When it was created.
    pub created: Timestamp,
    /// The folder of its objects' bytes; never used again by another bucket.
    pub folder: String,
    /// Whether it keeps versions.
    pub versioning: Option<Versioning>,
    /// `BucketKeyEnabled` of its default encryption, which is AES256 always.
    pub bucket_key: bool,
    /// What public access is blocked; `None`: nothing.
    pub public_access_block: Option<PublicAccessBlock>,
    /// Who owns objects, and whether ACLs count.
    pub ownership: Option<Ownership>,
    /// Its policy's document.
    pub policy: Option<String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its lifecycle rules.
    pub lifecycle: Option<Lifecycle>,
    /// The versions of each key, the newest last; never an empty list.
    #[serde(skip)]
    pub objects: Rows<Vec<Version>>,
}

/// A version of an object, or a mark that it was deleted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// `null` for one made while the bucket kept no versions.
    pub id: String,
    /// When it was made.
    pub modified: Timestamp,
    /// The object; `None`: a delete marker.
    pub object: Option<Object>,
}

/// An object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// The file of its bytes, in the bucket's folder.
    pub blob: String,
    /// Its size in bytes.
    pub size: u64,
    /// MD5 in hexadecimal.
    pub etag: String,
    /// The checksum that came with it, or the one that S3 computes by itself.
    pub checksum: Checksum,
    /// Headers that are given back as they came, by name in lower case.
    pub headers: BTreeMap<String, String>,
    /// User metadata, by name in lower case without `x-amz-meta-`.
    pub metadata: BTreeMap<String, String>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

/// `arn:aws:s3:::BUCKET`.
pub fn bucket_arn(bucket: &str) -> String {
    format!("arn:aws:s3:::{bucket}")
}

impl Bucket {
    /// A bucket as AWS makes one: encrypted, without ACLs, nothing public.
    pub fn new(name: &str, folder: String, created: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            created,
            folder,
            versioning: None,
            bucket_key: false,
            public_access_block: Some(PublicAccessBlock::everything()),
            ownership: Some(Ownership::BucketOwnerEnforced),
            policy: None,
            tags: BTreeMap::new(),
            lifecycle: None,
            objects: Rows::default(),
        }
    }

    /// The current version of a key, delete markers included.
    pub fn latest(&self, key: &str) -> Option<&Version> {
        self.objects.get(key)?.last()
    }

    /// The current object of a key.
    pub fn current(&self, key: &str) -> Option<&Object> {
        self.latest(key)?.object.as_ref()
    }
}

impl State {
    /// All buckets, in the order of their names.
    pub fn buckets(&self) -> impl Iterator<Item = &Bucket> {
        self.buckets.values()
    }

    /// All buckets, to be changed.
    pub fn buckets_mut(&mut self) -> impl Iterator<Item = &mut Bucket> {
        self.buckets.values_mut()
    }

    /// A bucket.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub fn bucket(&self, name: &str) -> ServiceResult<&Bucket> {
        self.buckets
            .get(name)
            .ok_or_else(|| errors::no_such_bucket(name))
    }

    /// A bucket to be changed.
    ///
    /// # Errors
    /// `NoSuchBucket`.
    pub fn bucket_mut(&mut self, name: &str) -> ServiceResult<&mut Bucket> {
        self.buckets
            .get_mut(name)
            .ok_or_else(|| errors::no_such_bucket(name))
    }

    /// Adds a bucket.
    ///
    /// # Errors
    /// `InvalidBucketName`, `BucketAlreadyOwnedByYou`.
    pub fn add_bucket(&mut self, bucket: Bucket) -> ServiceResult<()> {
        names::check_bucket(&bucket.name)?;
        if self.buckets.contains_key(&bucket.name) {
            return Err(ServiceError::new(
                409,
                "BucketAlreadyOwnedByYou",
                "Your previous request to create the named bucket succeeded and you already own it.",
            )
            .with("BucketName", bucket.name));
        }
        self.buckets.insert(bucket.name.clone(), bucket);
        Ok(())
    }

    /// Removes an empty bucket.
    ///
    /// # Errors
    /// `NoSuchBucket`, `BucketNotEmpty`.
    pub fn delete_bucket(&mut self, name: &str) -> ServiceResult<Bucket> {
        let bucket = self.bucket(name)?;
        if !bucket.objects.is_empty() {
            let message = match bucket.versioning {
                None => "The bucket you tried to delete is not empty",
                Some(_) => {
                    "The bucket you tried to delete is not empty. You must delete all versions in \
                     the bucket."
                }
            };
            return Err(ServiceError::new(409, "BucketNotEmpty", message).with("BucketName", name));
        }
        self.buckets
            .remove(name)
            .ok_or_else(|| errors::no_such_bucket(name))
    }
}

#[cfg(test)]
mod tests {
    use super::super::versions;
    use super::super::versions::tests::object;
    use super::*;

    fn now() -> Timestamp {
        "2026-01-31T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_bucket_goes_only_when_it_is_empty() {
        let mut state = State::default();
        let bucket = Bucket::new("abc", "f".to_owned(), now());
        state.add_bucket(bucket.clone()).unwrap();
        let again = state.add_bucket(bucket).unwrap_err();
        assert_eq!(again.code, "BucketAlreadyOwnedByYou");
        let bucket = state.bucket_mut("abc").unwrap();
        versions::put(bucket, "k", object("1"), "v".to_owned(), now());
        let full = state.delete_bucket("abc").unwrap_err();
        assert_eq!((full.status, full.code.as_ref()), (409, "BucketNotEmpty"));
        versions::delete(
            state.bucket_mut("abc").unwrap(),
            "k",
            None,
            "v".to_owned(),
            now(),
        );
        state.delete_bucket("abc").unwrap();
        assert_eq!(state.delete_bucket("abc").unwrap_err().code, "NoSuchBucket");
    }
}
