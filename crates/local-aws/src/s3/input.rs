//! Which parameters each operation takes. S3 passes over many that it does not know;
//! here one that is not implemented is refused by its name.

use super::errors;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Request;
use crate::core::world::ACCOUNT;

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
    "x-amz-sdk-checksum-algorithm",
    "x-amz-security-token",
    "x-amz-trailer",
    "x-amz-user-agent",
];
/// Of every operation on a bucket that is there (botocore's model: all but these two).
const EXPECTED_OWNER: &str = "x-amz-expected-bucket-owner";
const WITHOUT_EXPECTED_OWNER: &[&str] = &["CreateBucket", "ListBuckets"];
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
        let owner = name == EXPECTED_OWNER && !WITHOUT_EXPECTED_OWNER.contains(&operation);
        if !metadata && !checksum && !owner && !HEADERS.contains(&name) && !headers.contains(&name)
        {
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
    match request.header(EXPECTED_OWNER) {
        None | Some(ACCOUNT) => Ok(()),
        Some(other) if other.len() == 12 && other.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err(errors::access_denied("Access Denied"))
        }
        Some(other) => Err(ServiceError::new(
            400,
            "InvalidBucketOwnerAWSAccountID",
            format!(
                "The value of the expected bucket owner parameter must be an AWS Account ID... \
                 [{other}]"
            ),
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

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderName, HeaderValue, Method};

    fn request(query: &str, headers: &[(&str, &[u8])]) -> Request {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value).unwrap(),
            );
        }
        Request {
            method: Method::PUT,
            path: "/b/k".to_owned(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers: map,
            body: bytes::Bytes::new(),
        }
    }

    #[test]
    fn what_an_operation_does_not_take_is_named() {
        let named = |operation: &str, query: &str, headers: &[(&str, &[u8])]| {
            let error = check(operation, &request(query, headers)).unwrap_err();
            assert!(error.is_not_implemented(), "{error}");
            error.message
        };
        let header: [(&str, &[u8]); 1] = [("x-amz-object-lock-mode", b"GOVERNANCE")];
        for (message, wanted) in [
            (
                named("GetObject", "partNumber=1", &[]),
                "partNumber of s3:GetObject",
            ),
            (
                named("PutObject", "versionId=null", &[]),
                "versionId of s3:PutObject",
            ),
            (
                named("PutObject", "", &header),
                "x-amz-object-lock-mode of s3:PutObject",
            ),
            (
                named("GetObject", "", &[("x-amz-meta-a", b"b")]),
                "x-amz-meta-a",
            ),
            (
                named("PutObject", "", &[("x-amz-meta-a", b"\xe9")]),
                "other than ASCII",
            ),
        ] {
            assert!(message.contains(wanted), "{message}");
        }
        let taken: [(&str, &[u8]); 4] = [
            ("x-amz-meta-a", b"b"),
            ("x-amz-checksum-sha256", b"x"),
            ("x-amz-date", b"x"),
            ("if-match", b"x"),
        ];
        check(
            "PutObject",
            &request("x-id=PutObject&X-Amz-Signature=0", &taken),
        )
        .unwrap();
    }

    #[test]
    fn the_bucket_is_the_accounts_that_is_expected_to_own_it() {
        let told = |operation: &str, owner: &[u8]| {
            check(operation, &request("", &[(EXPECTED_OWNER, owner)]))
                .map_err(|error| (error.status, error.code.into_owned()))
        };
        let denied = Err((403, "AccessDenied".to_owned()));
        let malformed = Err((400, "InvalidBucketOwnerAWSAccountID".to_owned()));
        for operation in ["DeleteBucket", "DeleteObjects", "HeadObject", "PutObject"] {
            assert_eq!(told(operation, ACCOUNT.as_bytes()), Ok(()), "{operation}");
            assert_eq!(told(operation, b"111122223333"), denied, "{operation}");
            for wrong in ["", "abc", "11112222333", "1111222233334", "11112222333x"] {
                assert_eq!(told(operation, wrong.as_bytes()), malformed, "{wrong}");
            }
        }
        for operation in WITHOUT_EXPECTED_OWNER {
            assert_eq!(told(operation, ACCOUNT.as_bytes()).unwrap_err().0, 501);
        }
    }

    #[test]
    fn a_presigned_request_has_its_time() {
        let told = |query: &str, now: &str| {
            check_expiry(&request(query, &[]), now.parse().unwrap())
                .map_err(|error| error.code.into_owned())
        };
        let link = "X-Amz-Signature=0&X-Amz-Date=20260131T120000Z&X-Amz-Expires=60";
        assert_eq!(told(link, "2026-01-31T12:01:00Z"), Ok(()));
        assert_eq!(
            told(link, "2026-01-31T12:01:01Z"),
            Err("AccessDenied".to_owned())
        );
        assert_eq!(told("", "2026-01-31T12:01:00Z"), Ok(()));
        for wrong in [
            "X-Amz-Signature=0",
            "X-Amz-Signature=0&X-Amz-Date=yesterday&X-Amz-Expires=60",
            "X-Amz-Signature=0&X-Amz-Date=20260131T120000Z&X-Amz-Expires=604801",
        ] {
            let error = told(wrong, "2026-01-31T12:00:00Z").unwrap_err();
            assert_eq!(error, "AuthorizationQueryParametersError", "{wrong}");
        }
    }
}
