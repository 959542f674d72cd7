//! `GetObject` and `HeadObject`.

use bytes::Bytes;

use super::super::access;
use super::super::conditions::{Conditions, Outcome, http_date};
use super::super::state::{Object, Version, bucket_arn};
use super::super::versions::Found;
use super::super::{errors, names, range, versions};
use super::Job;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Permission, Protocol};
use crate::core::wire::response::{self, Response};

/// What a read comes to before any bytes are read.
enum Read {
    /// All that is to be said is said.
    Answer(Response),
    /// The bytes, or some of them, are to follow.
    Bytes {
        answer: Response,
        folder: String,
        blob: String,
        range: Option<std::ops::Range<u64>>,
    },
}

pub(super) fn head(job: &Job<'_>) -> ServiceResult<Response> {
    Ok(match read(job)? {
        Read::Answer(answer) | Read::Bytes { answer, .. } => answer,
    })
}

pub(super) async fn get(job: &Job<'_>) -> ServiceResult<Response> {
    // A version may be replaced between the look at the state and the look at the file:
    // then the state is looked at again.
    for _ in 0..8 {
        let (mut answer, folder, blob, range) = match read(job)? {
            Read::Answer(answer) => return Ok(answer),
            Read::Bytes {
                answer,
                folder,
                blob,
                range,
            } => (answer, folder, blob, range),
        };
        let bytes = job
            .blobs()
            .read(&folder, &blob)
            .await
            .map_err(ServiceError::internal)?;
        let Some(bytes) = bytes else { continue };
        answer.body = match range {
            None => bytes,
            Some(range) => part(&bytes, &range).ok_or_else(|| {
                ServiceError::internal("the file of an object is shorter than the object")
            })?,
        };
        return Ok(answer);
    }
    Err(ServiceError::internal(format!(
        "the bytes of {} are missing",
        job.key
    )))
}

fn part(bytes: &Bytes, range: &std::ops::Range<u64>) -> Option<Bytes> {
    let start = usize::try_from(range.start).ok()?;
    let end = usize::try_from(range.end).ok()?;
    (end <= bytes.len()).then(|| bytes.slice(start..end))
}

fn read(job: &Job<'_>) -> ServiceResult<Read> {
    names::check_key(job.key)?;
    let version_id = job.request.query_value("versionId");
    version_id.map_or(Ok(()), names::check_version)?;
    let checksum_wanted = match job.request.header("x-amz-checksum-mode") {
        None => false,
        Some(mode) if mode.eq_ignore_ascii_case("ENABLED") => true,
        Some(mode) => {
            return Err(errors::invalid_argument(
                "x-amz-checksum-mode",
                mode,
                "The checksum mode is not valid",
            ));
        }
    };
    let (folder, versioned, found) = job.world.read(|state| {
        let bucket = state.of::<crate::s3::State>().bucket(job.bucket)?;
        let found = versions::find(bucket, job.key, version_id);
        Ok::<_, ServiceError>((bucket.folder.clone(), bucket.versioning.is_some(), found))
    })?;
    let (version, object) = match found {
        Ok(Found::Object(version, object)) => (version, object),
        Ok(Found::Marker(version)) => {
            return marked(job, &version, version_id).map(Read::Answer);
        }
        Err(error) => {
            may_know_of_it(job)?;
            return Err(error);
        }
    };
    let described = described(job, &version, &object, versioned);
    match Conditions::read(job.request).on_read(&object.etag, version.modified) {
        Outcome::Proceed => {}
        Outcome::NotModified => {
            let mut answer = described;
            answer.status = 304;
            // RFC 9110, 304: what describes the content is left out.
            answer
                .headers
                .retain(|(name, _)| !matches!(name.as_str(), "content-type" | "content-encoding"));
            return Ok(Read::Answer(answer));
        }
        Outcome::Failed(condition) => return Err(errors::precondition_failed(condition)),
    }
    let range = match job.request.header("range") {
        Some(header) => range::read(header, object.size)?,
        None => None,
    };
    let mut answer = with_overrides(job, described);
    match &range {
        Some(range) => {
            answer.status = 206;
            answer = answer
                .with_header(
                    "content-range",
                    format!("bytes {}-{}/{}", range.start, range.end - 1, object.size),
                )
                .with_header("content-length", (range.end - range.start).to_string());
        }
        None => {
            answer = answer.with_header("content-length", object.size.to_string());
            // The checksum is of the whole object.
            if checksum_wanted {
                answer = answer
                    .with_header("x-amz-checksum-type", "FULL_OBJECT")
                    .with_header(
                        &object.checksum.algorithm.header(),
                        object.checksum.value.as_str(),
                    );
            }
        }
    }
    Ok(Read::Bytes {
        answer,
        folder,
        blob: object.blob,
        range,
    })
}

/// Who may not list the bucket is not told whether a key is there (AWS docs, GetObject,
/// "Permissions").
fn may_know_of_it(job: &Job<'_>) -> ServiceResult<()> {
    let permission = Permission {
        action: "s3:ListBucket".to_owned(),
        resource: bucket_arn(job.bucket),
    };
    access::check(
        job.world,
        &job.call.principal,
        &permission,
        job.bucket,
        &access::supplied(job.request),
    )
}

/// The answer where a delete marker is.
fn marked(job: &Job<'_>, version: &Version, named: Option<&str>) -> ServiceResult<Response> {
    may_know_of_it(job)?;
    let error = match named {
        None => errors::no_such_key(job.key),
        Some(_) => errors::method_not_allowed(job.request.method.as_str(), "DeleteMarker"),
    };
    let answer = response::error(&error, Protocol::RestXml, &job.call.request_id)
        .with_header("x-amz-delete-marker", "true")
        .with_header("x-amz-version-id", version.id.as_str());
    Ok(match named {
        None => answer,
        Some(_) => answer
            .with_header("allow", "DELETE")
            .with_header("last-modified", http_date(version.modified)),
    })
}

fn described(job: &Job<'_>, version: &Version, object: &Object, versioned: bool) -> Response {
    let mut answer = Response::empty(200)
        .with_header("last-modified", http_date(version.modified))
        .with_header("etag", format!("\"{}\"", object.etag))
        .with_header("accept-ranges", "bytes")
        .with_header("x-amz-server-side-encryption", "AES256");
    if versioned {
        answer = answer.with_header("x-amz-version-id", version.id.as_str());
    }
    for (name, value) in &object.headers {
        answer = answer.with_header(name, value.as_str());
    }
    for (name, value) in &object.metadata {
        answer = answer.with_header(&format!("x-amz-meta-{name}"), value.as_str());
    }
    if !object.tags.is_empty() && job.request.method == http::Method::GET {
        answer = answer.with_header("x-amz-tagging-count", object.tags.len().to_string());
    }
    answer
}

/// Headers that the caller asks for instead of the object's.
fn with_overrides(job: &Job<'_>, mut answer: Response) -> Response {
    for (parameter, value) in &job.request.query {
        let Some(name) = parameter.strip_prefix("response-") else {
            continue;
        };
        answer.headers.retain(|(existing, _)| existing != name);
        answer = answer.with_header(name, value.as_str());
    }
    answer
}
