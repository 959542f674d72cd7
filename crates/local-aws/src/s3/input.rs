//! Which parameters each operation takes. S3 passes over many that it does not know;
//! here one that is not implemented is refused by its name.

use super::errors;
use crate::error::{ServiceError, ServiceResult};
use crate::service::Request;
use crate::world::ACCOUNT;

/// What every request may carry: the operation's name and a presigned signature.
const QUERY: &[&str] = &[
    "x-id",
    "x-amz-algorithm",
    "x-amz-content-sha256",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
    "x-amz-user-agent",
];
const HEADERS: &[&str] = &[
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-decoded-content-length",
    "x-amz-expected-bucket-owner",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    "x-amz-trailer",
    "x-amz-user-agent",
];
const RESPONSE_OVERRIDES: &[&str] = &[
    "response-cache-control",
    "response-content-disposition",
    "response-content-encoding",
    "response-content-language",
    "response-content-type",
    "response-expires",
    "versionId",
];

/// The query parameters and `x-amz-` headers of an operation, beside the common ones.
fn taken(operation: &str) -> (&'static [&'static str], &'static [&'static str]) {
    match operation {
        "ListBuckets" => (
            &[
                "bucket-region",
                "continuation-token",
                "max-buckets",
                "prefix",
            ],
            &[],
        ),
        "CreateBucket" => (&[], &["x-amz-acl", "x-amz-object-ownership"]),
        "ListObjectsV2" => (
            &[
                "continuation-token",
                "delimiter",
                "encoding-type",
                "fetch-owner",
                "list-type",
                "max-keys",
                "prefix",
                "start-after",
            ],
            &[],
        ),
        "ListObjectVersions" => (
            &[
                "delimiter",
                "encoding-type",
                "key-marker",
                "max-keys",
                "prefix",
                "version-id-marker",
                "versions",
            ],
            &[],
        ),
        "PutObject" => (
            &[],
            &[
                "x-amz-acl",
                "x-amz-server-side-encryption",
                "x-amz-storage-class",
                "x-amz-tagging",
            ],
        ),
        "GetObject" | "HeadObject" => (RESPONSE_OVERRIDES, &["x-amz-checksum-mode"]),
        "DeleteObject" => (&["versionId"], &[]),
        "DeleteObjects" => (&["delete"], &[]),
        "GetObjectTagging" | "PutObjectTagging" | "DeleteObjectTagging" => {
            (&["tagging", "versionId"], &[])
        }
        "GetBucketLocation" => (&["location"], &[]),
        "GetBucketVersioning" | "PutBucketVersioning" => (&["versioning"], &[]),
        "GetBucketEncryption" | "PutBucketEncryption" => (&["encryption"], &[]),
        "GetPublicAccessBlock" | "PutPublicAccessBlock" | "DeletePublicAccessBlock" => {
            (&["publicAccessBlock"], &[])
        }
        "GetBucketPolicy" | "DeleteBucketPolicy" => (&["policy"], &[]),
        "PutBucketPolicy" => (&["policy"], &["x-amz-confirm-remove-self-bucket-access"]),
        "GetBucketTagging" | "PutBucketTagging" | "DeleteBucketTagging" => (&["tagging"], &[]),
        "GetBucketOwnershipControls" => (&["ownershipControls"], &[]),
        "GetBucketLifecycleConfiguration" => (&["lifecycle"], &[]),
        _ => (&[], &[]),
    }
}

/// Refuses what the operation does not take here.
///
/// # Errors
/// What is not implemented, by its name; `AccessDenied` when another account is expected
/// to own the bucket.
pub fn check(operation: &str, request: &Request) -> ServiceResult<()> {
    let (query, headers) = taken(operation);
    for (name, _) in &request.query {
        let common = QUERY.contains(&name.to_ascii_lowercase().as_str());
        if !common && !query.contains(&name.as_str()) {
            return Err(ServiceError::not_implemented(format!(
                "the parameter {name} of s3:{operation}"
            )));
        }
    }
    for (name, value) in &request.headers {
        let name = name.as_str();
        if !name.starts_with("x-amz-") {
            continue;
        }
        let metadata = name.starts_with("x-amz-meta-") && operation == "PutObject";
        let checksum = name.starts_with("x-amz-checksum-") && name != "x-amz-checksum-mode";
        if !metadata && !checksum && !HEADERS.contains(&name) && !headers.contains(&name) {
            return Err(ServiceError::not_implemented(format!(
                "the header {name} of s3:{operation}"
            )));
        }
        if value.to_str().is_err() {
            return Err(ServiceError::not_implemented(format!(
                "a header {name} with other than ASCII in s3:{operation}"
            )));
        }
    }
    match request.header("x-amz-expected-bucket-owner") {
        None | Some(ACCOUNT) => Ok(()),
        Some(other) if other.len() == 12 && other.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(errors::access_denied("Access Denied"))
        }
        Some(_) => Err(ServiceError::new(
            400,
            "InvalidBucketOwnerAWSAccountID",
            "The value of the expected bucket owner parameter must be an AWS account ID",
        )),
    }
}

/// Refuses a presigned request whose time is over.
///
/// # Errors
/// `AccessDenied`, `AuthorizationQueryParametersError`.
pub fn check_expiry(request: &Request, now: jiff::Timestamp) -> ServiceResult<()> {
    let parameter = |wanted: &str| {
        request
            .query
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.as_str())
    };
    if parameter("x-amz-signature").is_none() {
        return Ok(());
    }
    let invalid =
        |message: &str| ServiceError::new(400, "AuthorizationQueryParametersError", message);
    let signed = parameter("x-amz-date")
        .and_then(|text| {
            let form = "%Y%m%dT%H%M%SZ";
            let civil = jiff::civil::DateTime::strptime(form, text).ok()?;
            civil.to_zoned(jiff::tz::TimeZone::UTC).ok()
        })
        .ok_or_else(|| {
            invalid("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
        })?;
    let seconds: i64 = parameter("x-amz-expires")
        .and_then(|text| text.parse().ok())
        .filter(|seconds| (0..=604_800).contains(seconds))
        .ok_or_else(|| invalid("X-Amz-Expires must be a number of at most a week (in seconds)"))?;
    if now.as_second() > signed.timestamp().as_second().saturating_add(seconds) {
        return Err(errors::access_denied("Request has expired"));
    }
    Ok(())
}
