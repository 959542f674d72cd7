//! What data lies in: tables and buckets.

use async_trait::async_trait;

use super::{PortResult, Progress, Tags};
use crate::engine::item::{Item, KeyAttribute};

/// Tables: those that seeds are written to, and those that stacks kept.
#[async_trait]
pub trait Tables: Send + Sync {
    /// The key of a table, partition key first; `None`: there is no such table.
    async fn key(&self, table: &str) -> PortResult<Option<Vec<KeyAttribute>>>;
    /// Which of these keys the table has, read consistently. The keys are whole, of
    /// the right types, and each is there once.
    async fn present(
        &self,
        table: &str,
        key: &[KeyAttribute],
        keys: &[Item],
    ) -> PortResult<Vec<bool>>;
    /// Writes an item unless its key is there; whether it was written.
    async fn put_new(&self, table: &str, key: &[KeyAttribute], item: &Item) -> PortResult<bool>;
    /// Deletes a table with its data; gone already is done.
    async fn delete(&self, name: &str) -> PortResult<()>;
}

/// An object as it is in its bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedObject {
    /// Its entity tag, as the service spells it.
    pub etag: String,
    /// Its bytes.
    pub size: u64,
    /// The service's own SHA-256 of the whole content, in hexadecimal, when it keeps one.
    pub sha256: Option<String>,
    /// The SHA-256 that vanity-deploy noted when it uploaded it.
    pub uploaded: Option<String>,
    /// Its media type.
    pub content_type: Option<String>,
    /// Whose it is, as tags: noted when it was uploaded.
    pub owner: Tags,
}

/// A bucket, and the account that it must belong to: names of buckets are the world's,
/// and what is meant for one's own must not go to a stranger's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket<'a> {
    /// Its name.
    pub name: &'a str,
    /// The account's id, 12 digits.
    pub owner: &'a str,
}

/// An object to be put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectInput {
    /// The bucket.
    pub bucket: String,
    /// The account that the bucket must belong to.
    pub bucket_owner: String,
    /// The key.
    pub key: String,
    /// The content.
    pub content: std::sync::Arc<Vec<u8>>,
    /// Its SHA-256 in hexadecimal; the service checks it, and it is noted.
    pub sha256: String,
    /// Its media type.
    pub content_type: String,
    /// Whose it is, as tags.
    pub owner: Tags,
    /// The entity tag of what it replaces; `None`: nothing may be there.
    pub replaces: Option<String>,
}

/// S3. A bucket that belongs to another account than it must is a failure of the kind
/// [`AccessDenied`](crate::engine::error::FailureKind::AccessDenied).
#[async_trait]
pub trait Objects: Send + Sync {
    /// An object; `None`: there is no such object, or no such bucket. That it may not
    /// be read is a failure.
    async fn head(&self, bucket: Bucket<'_>, key: &str) -> PortResult<Option<ObservedObject>>;
    /// Puts an object where what it replaces still is. Otherwise the failure's kind is
    /// [`Conflict`](crate::engine::error::FailureKind::Conflict) or
    /// [`NotFound`](crate::engine::error::FailureKind::NotFound).
    async fn put(&self, input: &ObjectInput) -> PortResult<()>;
    /// Deletes all versions of all objects of a bucket; no bucket is done.
    async fn empty(&self, bucket: Bucket<'_>, progress: &dyn Progress) -> PortResult<()>;
    /// Deletes an empty bucket; gone already is done.
    async fn delete_bucket(&self, bucket: Bucket<'_>) -> PortResult<()>;
}
