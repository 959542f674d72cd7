//! Which operation a request asks for: its method, whether it names a bucket or an
//! object, and the sub-resource in its query.

use super::address::{self, Address};
use super::errors;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Request, Route};
use crate::operations;

/// Those that are implemented.
const IMPLEMENTED: &[&str] = &[
    "CreateBucket",
    "DeleteBucket",
    "DeleteBucketPolicy",
    "DeleteBucketTagging",
    "DeleteObject",
    "DeleteObjectTagging",
    "DeleteObjects",
    "DeletePublicAccessBlock",
    "GetBucketEncryption",
    "GetBucketLifecycleConfiguration",
    "GetBucketLocation",
    "GetBucketOwnershipControls",
    "GetBucketPolicy",
    "GetBucketTagging",
    "GetBucketVersioning",
    "GetObject",
    "GetObjectTagging",
    "GetPublicAccessBlock",
    "HeadBucket",
    "HeadObject",
    "ListBuckets",
    "ListObjectVersions",
    "ListObjectsV2",
    "PutBucketEncryption",
    "PutBucketPolicy",
    "PutBucketTagging",
    "PutBucketVersioning",
    "PutObject",
    "PutObjectTagging",
    "PutPublicAccessBlock",
];

/// How well a request fits an operation; the greater, the better.
///
/// `fixed` is what the query says of this operation alone: it decides, also when something else
/// that is `required` is absent, so that `PUT /b?analytics` never makes a bucket. `None`: it is
/// not this operation.
fn fit(
    fixed: &'static str,
    required: &'static str,
    request: &Request,
) -> Option<(usize, bool, usize)> {
    let marks = |marks: &'static str| marks.split('&').filter(|mark| *mark != "-");
    let has = |mark: &str| match (mark.strip_prefix('@'), mark.split_once('=')) {
        (Some(header), _) => request.header(header).is_some(),
        (None, Some((name, value))) => request.query_value(name) == Some(value),
        (None, None) => request.query_value(mark).is_some(),
    };
    let (fixed, required) = (marks(fixed), marks(required));
    let count = fixed.clone().count();
    let whole = required.clone().all(has);
    if !fixed.clone().all(has) || (count == 0 && !whole) {
        return None;
    }
    Some((count, whole, required.count()))
}

/// The operation, with `Bucket` and `Key` as labels.
///
/// # Errors
/// `InvalidURI`, `MethodNotAllowed`, and what is not implemented, by its name.
pub fn route(request: &Request) -> ServiceResult<Route> {
    let (level, bucket, key) = match address::read(request)? {
        Address::Service => ("service", None, None),
        Address::Bucket(bucket) => ("bucket", Some(bucket), None),
        Address::Object(bucket, key) => ("object", Some(bucket), Some(key)),
    };
    let method = request.method.as_str();
    let name = operations::lines(operations::S3)
        .filter_map(|line| {
            let mut words = line.split(' ');
            let same = words.next() == Some(level) && words.next() == Some(method);
            let fixed = words.next().filter(|_| same)?;
            let fit = fit(fixed, words.next()?, request)?;
            Some((fit, words.next()?))
        })
        .max_by_key(|(fit, _)| *fit)
        .map(|(_, name)| name)
        .ok_or_else(|| errors::method_not_allowed(method, &level.to_uppercase()))?;
    let Some(operation) = IMPLEMENTED.iter().find(|known| **known == name) else {
        return Err(ServiceError::not_implemented(format!("s3:{name}")));
    };
    let mut route = Route::new(operation);
    if let Some(bucket) = bucket {
        route = route.with("Bucket", bucket);
    }
    if let Some(key) = key {
        route = route.with("Key", key);
    }
    Ok(route)
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
            ("GET", "/b?list-type=1", "s3:ListObjects"),
            ("GET", "/b?cors", "s3:GetBucketCors"),
            (
                "GET",
                "/b?analytics&id=a",
                "s3:GetBucketAnalyticsConfiguration",
            ),
            (
                "GET",
                "/b?analytics",
                "s3:ListBucketAnalyticsConfigurations",
            ),
            ("PUT", "/b/k?retention", "s3:PutObjectRetention"),
            (
                "PUT",
                "/b/k?annotation&annotationName=a",
                "s3:PutObjectAnnotation",
            ),
            // What is absent beside the sub-resource makes no other operation of it.
            ("PUT", "/b/k?annotation", "s3:PutObjectAnnotation"),
            ("PUT", "/b/k?renameObject", "s3:RenameObject"),
            ("GET", "/b/k?attributes", "s3:GetObjectAttributes"),
            ("PUT", "/b?analytics", "s3:PutBucketAnalyticsConfiguration"),
            (
                "DELETE",
                "/b?inventory",
                "s3:DeleteBucketInventoryConfiguration",
            ),
        ] {
            let error = route(&request(method, uri)).unwrap_err();
            assert!(error.is_not_implemented());
            assert!(error.message.contains(expected), "{uri}: {error}");
        }
        let mut copy = request("PUT", "/b/k");
        let source = http::HeaderValue::from_static("/b/other");
        copy.headers.insert("x-amz-copy-source", source);
        assert!(route(&copy).unwrap_err().message.contains("s3:CopyObject"));
        for (method, uri) in [("DELETE", "/"), ("POST", "/b"), ("PATCH", "/b/k")] {
            let error = route(&request(method, uri)).unwrap_err();
            assert_eq!(
                (error.status, error.code.as_ref()),
                (405, "MethodNotAllowed")
            );
        }
    }

    #[test]
    fn every_implemented_operation_is_one_of_the_model() {
        for name in IMPLEMENTED {
            let known = operations::lines(operations::S3)
                .filter(|line| line.ends_with(&format!(" {name}")));
            assert_eq!(known.count(), 1, "{name}");
        }
    }
}
