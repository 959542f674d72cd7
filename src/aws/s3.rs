//! S3: objects that solutions bring, and buckets that stacks kept. Every request says
//! whose the bucket must be: S3 refuses it with 403 when it is another account's (AWS
//! docs, "Verifying bucket ownership with bucket owner condition").

use std::collections::BTreeMap;

use async_trait::async_trait;
use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumMode, ChecksumType, Delete, ObjectIdentifier};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::failure::Service;
use crate::engine::desired::{TAG_ENVIRONMENT, TAG_INSTANCE, TAG_SOLUTION};
use crate::engine::error::{FailureKind, ServiceFailure};
use crate::engine::ports::{
    Bucket, ObjectInput, Objects, ObservedObject, PortResult, Progress, Tags,
};

const SERVICE: Service = Service("S3");

/// The note of what was uploaded, in the object's metadata: SHA-256, hexadecimal.
const UPLOADED: &str = "vanity-deploy-sha256";

/// Tags that objects carry as metadata: a HEAD tells it, and it needs no right to tag.
const OWNERSHIP: [(&str, &str); 3] = [
    (TAG_SOLUTION, "vanity-deploy-solution"),
    (TAG_ENVIRONMENT, "vanity-deploy-environment"),
    (TAG_INSTANCE, "vanity-deploy-instance"),
];

/// Objects and buckets.
pub struct S3 {
    client: Client,
}

impl S3 {
    /// Over this client.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Deletes what one page lists; whether there is more.
    async fn empty_page(&self, bucket: Bucket<'_>, progress: &dyn Progress) -> PortResult<bool> {
        const LIST: &str = "ListObjectVersions";
        const DELETE: &str = "DeleteObjects";
        let page = self
            .client
            .list_object_versions()
            .bucket(bucket.name)
            .expected_bucket_owner(bucket.owner)
            .send()
            .await
            .map_err(|error| SERVICE.failure(LIST, error))?;
        let versions = page
            .versions()
            .iter()
            .map(|version| (version.key(), version.version_id()));
        let markers = page
            .delete_markers()
            .iter()
            .map(|marker| (marker.key(), marker.version_id()));
        let objects = versions
            .chain(markers)
            .map(|(key, version)| {
                ObjectIdentifier::builder()
                    .key(key.unwrap_or_default())
                    .set_version_id(version.map(ToOwned::to_owned))
                    .build()
                    .map_err(|error| incomplete(LIST, &error))
            })
            .collect::<PortResult<Vec<_>>>()?;
        if objects.is_empty() {
            return Ok(false);
        }
        progress.note(&format!("deleting {} versions of objects", objects.len()));
        let delete = Delete::builder()
            .set_objects(Some(objects))
            .quiet(true)
            .build()
            .map_err(|error| incomplete(DELETE, &error))?;
        let answer = self
            .client
            .delete_objects()
            .bucket(bucket.name)
            .expected_bucket_owner(bucket.owner)
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .delete(delete)
            .send()
            .await
            .map_err(|error| SERVICE.failure(DELETE, error))?;
        // A 200 may carry what was refused.
        match answer.errors().first() {
            Some(refused) => Err(SERVICE.state(
                DELETE,
                match refused.code() {
                    Some("AccessDenied") => FailureKind::AccessDenied,
                    _ => FailureKind::Other,
                },
                refused.code().unwrap_or("no code"),
                format!(
                    "{}: {}",
                    refused.key().unwrap_or_default(),
                    refused.message().unwrap_or_default()
                ),
            )),
            None => Ok(true),
        }
    }
}

fn incomplete(operation: &'static str, error: &dyn std::error::Error) -> ServiceFailure {
    SERVICE.state(
        operation,
        FailureKind::Other,
        "incomplete answer",
        error.to_string(),
    )
}

#[async_trait]
impl Objects for S3 {
    async fn head(&self, bucket: Bucket<'_>, key: &str) -> PortResult<Option<ObservedObject>> {
        const HEAD: &str = "HeadObject";
        let answer = self
            .client
            .head_object()
            .bucket(bucket.name)
            .expected_bucket_owner(bucket.owner)
            .key(key)
            .checksum_mode(ChecksumMode::Enabled)
            .send()
            .await
            .map_err(|error| SERVICE.failure(HEAD, error));
        let object = match answer {
            Ok(object) => object,
            Err(failure) if failure.kind == FailureKind::NotFound => return Ok(None),
            Err(mut failure) => {
                // A HEAD has no body to say it in. Who may not list a bucket is not told
                // whether the object is there (AWS docs, "HeadObject": permissions).
                if failure.kind == FailureKind::AccessDenied {
                    let Bucket { name, owner } = bucket;
                    failure.message = format!(
                        "s3:GetObject on {name}/{key} and s3:ListBucket on {name} tell whether \
                         the object is there, in a bucket that belongs to the account {owner}"
                    );
                }
                return Err(failure);
            }
        };
        let metadata = object.metadata();
        let noted = |name: &str| metadata.and_then(|metadata| metadata.get(name)).cloned();
        // The checksum of an object in parts is one of checksums.
        let whole = object
            .checksum_type()
            .is_none_or(|kind| *kind == ChecksumType::FullObject);
        Ok(Some(ObservedObject {
            etag: object
                .e_tag()
                .ok_or_else(|| SERVICE.incomplete(HEAD, "ETag"))?
                .to_owned(),
            size: object
                .content_length()
                .and_then(|length| u64::try_from(length).ok())
                .ok_or_else(|| SERVICE.incomplete(HEAD, "Content-Length"))?,
            sha256: object
                .checksum_sha256()
                .filter(|_| whole)
                .and_then(hexadecimal),
            uploaded: noted(UPLOADED),
            content_type: object.content_type().map(ToOwned::to_owned),
            owner: OWNERSHIP
                .iter()
                .filter_map(|(tag, name)| Some(((*tag).to_owned(), noted(name)?)))
                .collect(),
        }))
    }

    async fn put(&self, input: &ObjectInput) -> PortResult<()> {
        let mut request = self
            .client
            .put_object()
            .bucket(&input.bucket)
            .expected_bucket_owner(&input.bucket_owner)
            .key(&input.key)
            .content_type(&input.content_type)
            .checksum_algorithm(ChecksumAlgorithm::Sha256)
            .set_checksum_sha256(base64(&input.sha256))
            .body(ByteStream::from(input.content.as_ref().clone()));
        for (name, value) in metadata(&input.sha256, &input.owner) {
            request = request.metadata(name, value);
        }
        request = match &input.replaces {
            Some(etag) => request.if_match(etag),
            None => request.if_none_match("*"),
        };
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(SERVICE.failure("PutObject", error)),
        }
    }

    async fn empty(&self, bucket: Bucket<'_>, progress: &dyn Progress) -> PortResult<()> {
        loop {
            match self.empty_page(bucket, progress).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(failure) if failure.kind == FailureKind::NotFound => return Ok(()),
                Err(failure) => return Err(failure),
            }
        }
    }

    async fn delete_bucket(&self, bucket: Bucket<'_>) -> PortResult<()> {
        let request = self
            .client
            .delete_bucket()
            .bucket(bucket.name)
            .expected_bucket_owner(bucket.owner);
        match request
            .send()
            .await
            .map_err(|error| SERVICE.failure("DeleteBucket", error))
        {
            Ok(_) => Ok(()),
            Err(failure) if failure.kind == FailureKind::NotFound => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}

fn metadata(sha256: &str, owner: &Tags) -> BTreeMap<&'static str, String> {
    let owner = OWNERSHIP
        .iter()
        .filter_map(|(tag, name)| Some((*name, owner.get(*tag)?.clone())));
    std::iter::once((UPLOADED, sha256.to_owned()))
        .chain(owner)
        .collect()
}

/// The service's Base64 as the note's hexadecimal.
fn hexadecimal(base64: &str) -> Option<String> {
    let bytes = BASE64.decode(base64).ok()?;
    Some(const_hex::encode(bytes))
}

fn base64(hexadecimal: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> = (0..hexadecimal.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(hexadecimal.get(at..at + 2)?, 16).ok())
        .collect();
    bytes.map(|bytes| BASE64.encode(bytes))
}

#[cfg(test)]
#[path = "s3_tests.rs"]
mod tests;
