//! Which operation a request asks for: its method, whether it names a bucket or an
//! object, and the sub-resource in its query.

use super::address::{self, Address};
use super::errors;
use crate::error::{ServiceError, ServiceResult};
use crate::service::{Request, Route};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Service,
    Bucket,
    Object,
}

use Level::{Bucket, Object, Service};

/// Operations that are implemented: level, method, sub-resource, name in botocore's model.
const OPERATIONS: &[(Level, &str, &str, &str)] = &[
    (Service, "GET", "", "ListBuckets"),
    (Bucket, "PUT", "", "CreateBucket"),
    (Bucket, "HEAD", "", "HeadBucket"),
    (Bucket, "DELETE", "", "DeleteBucket"),
    (Bucket, "GET", "list-type", "ListObjectsV2"),
    (Bucket, "GET", "versions", "ListObjectVersions"),
    (Bucket, "POST", "delete", "DeleteObjects"),
    (Bucket, "GET", "location", "GetBucketLocation"),
    (Bucket, "GET", "versioning", "GetBucketVersioning"),
    (Bucket, "PUT", "versioning", "PutBucketVersioning"),
    (Bucket, "GET", "encryption", "GetBucketEncryption"),
    (Bucket, "PUT", "encryption", "PutBucketEncryption"),
    (Bucket, "GET", "publicAccessBlock", "GetPublicAccessBlock"),
    (Bucket, "PUT", "publicAccessBlock", "PutPublicAccessBlock"),
    (
        Bucket,
        "DELETE",
        "publicAccessBlock",
        "DeletePublicAccessBlock",
    ),
    (Bucket, "GET", "policy", "GetBucketPolicy"),
    (Bucket, "PUT", "policy", "PutBucketPolicy"),
    (Bucket, "DELETE", "policy", "DeleteBucketPolicy"),
    (Bucket, "GET", "tagging", "GetBucketTagging"),
    (Bucket, "PUT", "tagging", "PutBucketTagging"),
    (Bucket, "DELETE", "tagging", "DeleteBucketTagging"),
    (
        Bucket,
        "GET",
        "ownershipControls",
        "GetBucketOwnershipControls",
    ),
    (
        Bucket,
        "GET",
        "lifecycle",
        "GetBucketLifecycleConfiguration",
    ),
    (Object, "PUT", "", "PutObject"),
    (Object, "GET", "", "GetObject"),
    (Object, "HEAD", "", "HeadObject"),
    (Object, "DELETE", "", "DeleteObject"),
    (Object, "GET", "tagging", "GetObjectTagging"),
    (Object, "PUT", "tagging", "PutObjectTagging"),
    (Object, "DELETE", "tagging", "DeleteObjectTagging"),
];

/// Operations that S3 has and this has not, where their name is not plain from the request.
const ABSENT: &[(Level, &str, &str, &str)] = &[
    (Bucket, "GET", "", "ListObjects"),
    (Bucket, "POST", "", "PostObject"),
    (Bucket, "GET", "uploads", "ListMultipartUploads"),
    (Bucket, "GET", "acl", "GetBucketAcl"),
    (Bucket, "PUT", "acl", "PutBucketAcl"),
    (Bucket, "GET", "policyStatus", "GetBucketPolicyStatus"),
    (
        Bucket,
        "PUT",
        "lifecycle",
        "PutBucketLifecycleConfiguration",
    ),
    (Bucket, "DELETE", "lifecycle", "DeleteBucketLifecycle"),
    (
        Bucket,
        "PUT",
        "ownershipControls",
        "PutBucketOwnershipControls",
    ),
    (
        Bucket,
        "DELETE",
        "ownershipControls",
        "DeleteBucketOwnershipControls",
    ),
    (Bucket, "DELETE", "encryption", "DeleteBucketEncryption"),
    (Object, "POST", "uploads", "CreateMultipartUpload"),
    (Object, "PUT", "uploadId", "UploadPart"),
    (Object, "POST", "uploadId", "CompleteMultipartUpload"),
    (Object, "DELETE", "uploadId", "AbortMultipartUpload"),
    (Object, "GET", "uploadId", "ListParts"),
    (Object, "GET", "acl", "GetObjectAcl"),
    (Object, "PUT", "acl", "PutObjectAcl"),
    (Object, "GET", "attributes", "GetObjectAttributes"),
    (Object, "POST", "select", "SelectObjectContent"),
    (Object, "POST", "restore", "RestoreObject"),
];

/// Query parameters that make another operation of a request.
const SUB_RESOURCES: &[&str] = &[
    "abac",
    "accelerate",
    "acl",
    "analytics",
    "attributes",
    "cors",
    "delete",
    "encryption",
    "intelligent-tiering",
    "inventory",
    "legal-hold",
    "lifecycle",
    "list-type",
    "location",
    "logging",
    "metadataConfiguration",
    "metadataTable",
    "metrics",
    "notification",
    "object-lock",
    "ownershipControls",
    "policy",
    "policyStatus",
    "publicAccessBlock",
    "renameObject",
    "replication",
    "requestPayment",
    "restore",
    "retention",
    "select",
    "session",
    "tagging",
    "torrent",
    "uploadId",
    "uploads",
    "versioning",
    "versions",
    "website",
];

/// The operation, with `Bucket` and `Key` as labels.
///
/// # Errors
/// `InvalidURI`, `MethodNotAllowed`, and what is not implemented, by its name.
pub fn route(request: &Request) -> ServiceResult<Route> {
    let (level, bucket, key) = match address::read(request)? {
        Address::Service => (Service, String::new(), String::new()),
        Address::Bucket(bucket) => (Bucket, bucket, String::new()),
        Address::Object(bucket, key) => (Object, bucket, key),
    };
    let method = request.method.as_str();
    let sub = request
        .query
        .iter()
        .map(|(name, _)| name.as_str())
        .find(|name| SUB_RESOURCES.contains(name))
        .unwrap_or_default();
    if level == Object && method == "PUT" && request.header("x-amz-copy-source").is_some() {
        return Err(ServiceError::not_implemented("s3:CopyObject"));
    }
    let find = |table: &[(Level, &str, &str, &'static str)]| {
        table
            .iter()
            .find(|(at, by, of, _)| (*at, *by, *of) == (level, method, sub))
            .map(|(_, _, _, name)| *name)
    };
    if let Some(name) = find(OPERATIONS) {
        let mut route = Route::new(name);
        if level != Service {
            route = route.with("Bucket", bucket);
        }
        if level == Object {
            route = route.with("Key", key);
        }
        return Ok(route);
    }
    if let Some(name) = find(ABSENT) {
        return Err(ServiceError::not_implemented(format!("s3:{name}")));
    }
    let what = match level {
        Service => "SERVICE",
        Bucket => "BUCKET",
        Object => "OBJECT",
    };
    if sub.is_empty() {
        return Err(errors::method_not_allowed(method, what));
    }
    Err(ServiceError::not_implemented(format!(
        "{method} of the sub-resource {sub} of S3 ({})",
        what.to_lowercase()
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method};

    fn request(method: &str, uri: &str) -> Request {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        Request {
            method: Method::from_bytes(method.as_bytes()).unwrap(),
            path: path.to_owned(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
        }
    }

    #[test]
    fn operations_are_told_by_method_level_and_sub_resource() {
        for (method, uri, expected) in [
            ("GET", "/?x-id=ListBuckets", "ListBuckets"),
            ("PUT", "/b", "CreateBucket"),
            ("GET", "/b?list-type=2&prefix=a", "ListObjectsV2"),
            ("GET", "/b/?versions", "ListObjectVersions"),
            ("POST", "/b?delete=", "DeleteObjects"),
            ("GET", "/b/k?versionId=null", "GetObject"),
            ("PUT", "/b/k?x-id=PutObject", "PutObject"),
            ("DELETE", "/b/k?tagging", "DeleteObjectTagging"),
        ] {
            let route = route(&request(method, uri)).unwrap();
            assert_eq!(route.operation, expected, "{method} {uri}");
        }
        let route = route(&request("GET", "/b/k%2Fl/")).unwrap();
        assert_eq!((route.label("Bucket"), route.label("Key")), ("b", "k/l/"));
    }

    #[test]
    fn what_is_absent_is_named() {
        for (method, uri, expected) in [
            ("POST", "/b/k?uploads", "s3:CreateMultipartUpload"),
            ("PUT", "/b/k?partNumber=1&uploadId=x", "s3:UploadPart"),
            ("GET", "/b", "s3:ListObjects"),
            ("GET", "/b?cors", "cors"),
            ("PUT", "/b/k?retention", "retention"),
        ] {
            let error = route(&request(method, uri)).unwrap_err();
            assert!(error.is_not_implemented());
            assert!(error.message.contains(expected), "{uri}: {error}");
        }
        let mut copy = request("PUT", "/b/k");
        let source = http::HeaderValue::from_static("/b/other");
        copy.headers.insert("x-amz-copy-source", source);
        assert!(route(&copy).unwrap_err().message.contains("s3:CopyObject"));
        let error = route(&request("DELETE", "/")).unwrap_err();
        assert_eq!(
            (error.status, error.code.as_ref()),
            (405, "MethodNotAllowed")
        );
    }
}
