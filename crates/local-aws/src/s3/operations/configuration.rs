//! What a bucket is told beside its objects.

use serde_json::{Value, json};

use super::super::body::{self, Payload};
use super::super::configuration::{PublicAccessBlock, Rule};
use super::super::state::{Bucket, Versioning};
use super::super::xml::{self, Element};
use super::super::{access, errors};
use super::Job;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::response::Response;

fn read<T>(job: &Job<'_>, read: impl FnOnce(&Bucket) -> ServiceResult<T>) -> ServiceResult<T> {
    job.world
        .read(|state| read(state.of::<crate::s3::State>().bucket(job.bucket)?))
}

fn write(job: &Job<'_>, status: u16, write: impl FnOnce(&mut Bucket)) -> ServiceResult<Response> {
    job.world.write(|state| {
        write(state.of_mut::<crate::s3::State>().bucket_mut(job.bucket)?);
        Ok::<_, ServiceError>(())
    })?;
    Ok(Response::empty(status))
}

/// Bodies that configure something must come with a checksum.
///
/// # Errors
/// `InvalidRequest`.
pub(super) fn check_integrity(job: &Job<'_>, payload: &Payload) -> ServiceResult<()> {
    if job.request.header("content-md5").is_some() || payload.checksum.is_some() {
        return Ok(());
    }
    Err(errors::invalid_request(
        "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
    ))
}

fn document(job: &Job<'_>, root: &str) -> ServiceResult<Element> {
    let payload = body::payload(job.request)?;
    check_integrity(job, &payload)?;
    xml::read(&payload.bytes, root)
}

fn absent(job: &Job<'_>, code: &'static str, message: &str) -> ServiceError {
    ServiceError::new(404, code, message).with("BucketName", job.bucket)
}

pub(super) fn get_versioning(job: &Job<'_>) -> ServiceResult<Response> {
    let status = read(job, |bucket| {
        Ok(bucket.versioning.map(|versioning| match versioning {
            Versioning::Enabled => "Enabled",
            Versioning::Suspended => "Suspended",
        }))
    })?;
    Ok(job.xml("VersioningConfiguration", &json!({"Status": status})))
}

pub(super) fn put_versioning(job: &Job<'_>) -> ServiceResult<Response> {
    let document = document(job, "VersioningConfiguration")?;
    document.structure(&["Status", "MfaDelete"])?;
    if document.child_text("MfaDelete")? == Some("Enabled") {
        return Err(ServiceError::not_implemented("MFA delete of S3"));
    }
    let versioning = match document.child_text("Status")? {
        Some("Enabled") => Versioning::Enabled,
        Some("Suspended") => Versioning::Suspended,
        None => {
            return Err(ServiceError::new(
                400,
                "IllegalVersioningConfigurationException",
                "The Versioning element must be specified",
            ));
        }
        Some(_) => return Err(errors::malformed_xml()),
    };
    write(job, 200, |bucket| bucket.versioning = Some(versioning))
}

pub(super) fn get_encryption(job: &Job<'_>) -> ServiceResult<Response> {
    let bucket_key = read(job, |bucket| Ok(bucket.bucket_key))?;
    Ok(job.xml(
        "ServerSideEncryptionConfiguration",
        &json!({"Rule": {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
            "BucketKeyEnabled": bucket_key,
        }}),
    ))
}

pub(super) fn put_encryption(job: &Job<'_>) -> ServiceResult<Response> {
    let document = document(job, "ServerSideEncryptionConfiguration")?;
    document.structure(&["Rule"])?;
    let rule = document.child("Rule")?.ok_or_else(errors::malformed_xml)?;
    if rule.child("BlockedEncryptionTypes")?.is_some() {
        return Err(ServiceError::not_implemented(
            "BlockedEncryptionTypes of S3",
        ));
    }
    rule.structure(&["ApplyServerSideEncryptionByDefault", "BucketKeyEnabled"])?;
    if let Some(by_default) = rule.child("ApplyServerSideEncryptionByDefault")? {
        by_default.structure(&["SSEAlgorithm", "KMSMasterKeyID"])?;
        let algorithm = by_default.child_text("SSEAlgorithm")?;
        check_algorithm(algorithm.ok_or_else(errors::malformed_xml)?)?;
        if let Some(key) = by_default.child_text("KMSMasterKeyID")? {
            return Err(errors::invalid_argument(
                "ApplyServerSideEncryptionByDefault",
                key,
                "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or \
                 aws:kms:dsse",
            ));
        }
    }
    let bucket_key = rule.child_flag("BucketKeyEnabled")?;
    write(job, 200, |bucket| bucket.bucket_key = bucket_key)
}

/// Keys of KMS are not here.
///
/// # Errors
/// What is not implemented; `MalformedXML` for what nobody knows.
pub(in super::super) fn check_algorithm(algorithm: &str) -> ServiceResult<()> {
    match algorithm {
        "AES256" => Ok(()),
        "aws:kms" | "aws:kms:dsse" | "aws:fsx" => Err(ServiceError::not_implemented(format!(
            "the server-side encryption {algorithm}"
        ))),
        _ => Err(errors::malformed_xml()),
    }
}

pub(super) fn get_public_access_block(job: &Job<'_>) -> ServiceResult<Response> {
    let block = read(job, |bucket| {
        bucket.public_access_block.ok_or_else(|| {
            absent(
                job,
                "NoSuchPublicAccessBlockConfiguration",
                "The public access block configuration was not found",
            )
        })
    })?;
    Ok(job.xml(
        "PublicAccessBlockConfiguration",
        &json!({
            "BlockPublicAcls": block.block_public_acls,
            "IgnorePublicAcls": block.ignore_public_acls,
            "BlockPublicPolicy": block.block_public_policy,
            "RestrictPublicBuckets": block.restrict_public_buckets,
        }),
    ))
}

pub(super) fn put_public_access_block(job: &Job<'_>) -> ServiceResult<Response> {
    let document = document(job, "PublicAccessBlockConfiguration")?;
    document.structure(&[
        "BlockPublicAcls",
        "IgnorePublicAcls",
        "BlockPublicPolicy",
        "RestrictPublicBuckets",
    ])?;
    let block = PublicAccessBlock {
        block_public_acls: document.child_flag("BlockPublicAcls")?,
        ignore_public_acls: document.child_flag("IgnorePublicAcls")?,
        block_public_policy: document.child_flag("BlockPublicPolicy")?,
        restrict_public_buckets: document.child_flag("RestrictPublicBuckets")?,
    };
    write(job, 200, |bucket| bucket.public_access_block = Some(block))
}

pub(super) fn delete_public_access_block(job: &Job<'_>) -> ServiceResult<Response> {
    write(job, 204, |bucket| bucket.public_access_block = None)
}

pub(super) fn get_policy(job: &Job<'_>) -> ServiceResult<Response> {
    let policy = read(job, |bucket| {
        bucket.policy.clone().ok_or_else(|| {
            absent(
                job,
                "NoSuchBucketPolicy",
                "The bucket policy does not exist",
            )
        })
    })?;
    Ok(Response {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: policy.into(),
    })
}

pub(super) fn put_policy(job: &Job<'_>) -> ServiceResult<Response> {
    let payload = body::payload(job.request)?;
    check_integrity(job, &payload)?;
    let document = String::from_utf8(payload.bytes.to_vec()).map_err(|_| {
        ServiceError::new(
            400,
            "MalformedPolicy",
            "Policies must be valid JSON and the first byte must be '{'",
        )
    })?;
    job.world.write(|state| {
        let bucket = state.of::<crate::s3::State>().bucket(job.bucket)?;
        let block = bucket
            .public_access_block
            .is_some_and(|block| block.block_public_policy);
        access::check_policy(
            &document,
            job.bucket,
            state.of::<crate::iam::State>(),
            block,
        )?;
        state
            .of_mut::<crate::s3::State>()
            .bucket_mut(job.bucket)?
            .policy = Some(document);
        Ok::<_, ServiceError>(())
    })?;
    Ok(Response::empty(200))
}

pub(super) fn delete_policy(job: &Job<'_>) -> ServiceResult<Response> {
    write(job, 204, |bucket| bucket.policy = None)
}

pub(super) fn get_ownership(job: &Job<'_>) -> ServiceResult<Response> {
    let ownership = read(job, |bucket| {
        bucket.ownership.ok_or_else(|| {
            absent(
                job,
                "OwnershipControlsNotFoundError",
                "The bucket ownership controls were not found",
            )
        })
    })?;
    Ok(job.xml(
        "OwnershipControls",
        &json!({"Rule": {"ObjectOwnership": ownership.name()}}),
    ))
}

pub(super) fn get_lifecycle(job: &Job<'_>) -> ServiceResult<Response> {
    let rules = read(job, |bucket| match &bucket.lifecycle {
        Some(lifecycle) => Ok(lifecycle.rules.iter().map(rule).collect::<Vec<Value>>()),
        None => Err(absent(
            job,
            "NoSuchLifecycleConfiguration",
            "The lifecycle configuration does not exist",
        )),
    })?;
    Ok(job
        .xml("LifecycleConfiguration", &json!({"Rule": rules}))
        .with_header(
            "x-amz-transition-default-minimum-object-size",
            "all_storage_classes_128K",
        ))
}

fn rule(rule: &Rule) -> Value {
    let expiration = match (rule.expiration_days, rule.expired_delete_marker) {
        (Some(days), _) => Some(json!({"Days": days})),
        (None, true) => Some(json!({"ExpiredObjectDeleteMarker": true})),
        (None, false) => None,
    };
    let noncurrent = rule.noncurrent_days.map(|days| {
        json!({
            "NoncurrentDays": days,
            "NewerNoncurrentVersions": rule.newer_noncurrent_versions,
        })
    });
    json!({
        "ID": rule.id,
        "Filter": {"Prefix": rule.prefix},
        "Status": if rule.enabled { "Enabled" } else { "Disabled" },
        "Expiration": expiration,
        "NoncurrentVersionExpiration": noncurrent,
        "AbortIncompleteMultipartUpload": rule
            .abort_multipart_days
            .map(|days| json!({"DaysAfterInitiation": days})),
    })
}
