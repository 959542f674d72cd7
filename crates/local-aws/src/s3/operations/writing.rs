//! `PutObject`.

use std::collections::BTreeMap;

use super::super::checksums::{self, Algorithm};
use super::super::conditions::Conditions;
use super::super::configuration::Ownership;
use super::super::names::{self, VERSION_LENGTH, VERSION_LETTERS};
use super::super::state::Object;
use super::super::{body, errors, versions};
use super::{Job, tagging};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Request;
use crate::core::wire::response::Response;

/// Headers that an object keeps.
const KEPT: &[&str] = &[
    "cache-control",
    "content-disposition",
    "content-language",
    "expires",
];
const METADATA: &str = "x-amz-meta-";
/// All user metadata of an object together, names and values in bytes.
const METADATA_LIMIT: usize = 2 * 1024;

pub(super) async fn put(job: &Job<'_>) -> ServiceResult<Response> {
    names::check_key(job.key)?;
    let request = job.request;
    let (folder, ownership) = job.world.read(|state| {
        let bucket = state.of::<crate::s3::State>().bucket(job.bucket)?;
        Ok::<_, ServiceError>((bucket.folder.clone(), bucket.ownership))
    })?;
    check_options(request, ownership)?;
    let payload = body::payload(request)?;
    let checksum = payload
        .checksum
        .unwrap_or_else(|| Algorithm::Crc64Nvme.of(&payload.bytes));
    let object = Object {
        blob: job.world.ids.uuid(),
        size: payload.bytes.len() as u64,
        etag: checksums::md5_hex(&payload.bytes),
        checksum,
        headers: kept_headers(request),
        metadata: metadata(request)?,
        tags: tagging::of_header(request.header("x-amz-tagging"))?,
    };
    let blobs = job.blobs();
    blobs
        .write(&folder, &object.blob, &payload.bytes)
        .await
        .map_err(ServiceError::internal)?;
    let answer = Response::empty(200)
        .with_header("etag", format!("\"{}\"", object.etag))
        .with_header("x-amz-server-side-encryption", "AES256")
        .with_header("x-amz-checksum-type", "FULL_OBJECT")
        .with_header(
            &object.checksum.algorithm.header(),
            object.checksum.value.as_str(),
        );
    let blob = object.blob.clone();
    let id = job.world.ids.token(VERSION_LENGTH, VERSION_LETTERS);
    let conditions = Conditions::read(request);
    let written = job.world.write(|state| {
        let bucket = state.of_mut::<crate::s3::State>().bucket_mut(job.bucket)?;
        // Another of the same name may have been made meanwhile.
        if bucket.folder != folder {
            return Err(errors::no_such_bucket(job.bucket));
        }
        let current = bucket.current(job.key).map(|object| object.etag.as_str());
        conditions.on_write(job.key, current)?;
        Ok(versions::put(bucket, job.key, object, id, job.call.now))
    });
    let written = match written {
        Ok(written) => written,
        Err(error) => {
            blobs.remove(&folder, [&blob]);
            return Err(error);
        }
    };
    job.forget(&folder, &written.obsolete)?;
    Ok(match written.version_id {
        Some(id) => answer.with_header("x-amz-version-id", id),
        None => answer,
    })
}

fn check_options(request: &Request, ownership: Option<Ownership>) -> ServiceResult<()> {
    match request.header("x-amz-server-side-encryption") {
        None | Some("AES256") => {}
        Some(kms @ ("aws:kms" | "aws:kms:dsse" | "aws:fsx")) => {
            return Err(ServiceError::not_implemented(format!(
                "the server-side encryption {kms}"
            )));
        }
        Some(other) => {
            return Err(errors::invalid_argument(
                "x-amz-server-side-encryption",
                other,
                "The encryption method specified is not supported",
            ));
        }
    }
    match request.header("x-amz-storage-class") {
        None | Some("STANDARD") => {}
        Some(
            other @ ("REDUCED_REDUNDANCY"
            | "STANDARD_IA"
            | "ONEZONE_IA"
            | "INTELLIGENT_TIERING"
            | "GLACIER"
            | "GLACIER_IR"
            | "DEEP_ARCHIVE"
            | "OUTPOSTS"
            | "SNOW"
            | "EXPRESS_ONEZONE"),
        ) => {
            return Err(ServiceError::not_implemented(format!(
                "the storage class {other}"
            )));
        }
        Some(_) => {
            return Err(ServiceError::new(
                400,
                "InvalidStorageClass",
                "The storage class you specified is not valid",
            ));
        }
    }
    match (request.header("x-amz-acl"), ownership) {
        (None | Some("bucket-owner-full-control"), _) => Ok(()),
        (Some(_), Some(Ownership::BucketOwnerEnforced)) => Err(ServiceError::new(
            400,
            "AccessControlListNotSupported",
            "The bucket does not allow ACLs",
        )),
        (Some(acl), _) => Err(ServiceError::not_implemented(format!("the ACL {acl}"))),
    }
}

fn kept_headers(request: &Request) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<String, String> = KEPT
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), request.header(name)?.to_owned())))
        .collect();
    let content_type = request
        .header("content-type")
        .filter(|text| !text.is_empty())
        .unwrap_or("binary/octet-stream");
    headers.insert("content-type".to_owned(), content_type.to_owned());
    // How the request was sent is no property of the object.
    let encodings: Vec<&str> = request
        .header("content-encoding")
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|encoding| !encoding.is_empty() && *encoding != "aws-chunked")
        .collect();
    if !encodings.is_empty() {
        headers.insert("content-encoding".to_owned(), encodings.join(","));
    }
    headers
}

fn metadata(request: &Request) -> ServiceResult<BTreeMap<String, String>> {
    let mut metadata: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in &request.headers {
        let Some(name) = name.as_str().strip_prefix(METADATA) else {
            continue;
        };
        let value = value.to_str().unwrap_or_default();
        // One that is given twice is a list.
        metadata
            .entry(name.to_owned())
            .and_modify(|before| before.push_str(&format!(",{value}")))
            .or_insert_with(|| value.to_owned());
    }
    let size: usize = metadata
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if size > METADATA_LIMIT {
        return Err(ServiceError::new(
            400,
            "MetadataTooLarge",
            "Your metadata headers exceed the maximum allowed metadata size",
        )
        .with("Size", size)
        .with("MaxSizeAllowed", METADATA_LIMIT));
    }
    Ok(metadata)
}
