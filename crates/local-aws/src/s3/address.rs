//! Which bucket and key a request means: in its path, or with the bucket in its host
//! (AWS docs, "Virtual hosting of general purpose buckets").

use percent_encoding::percent_decode_str;

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Request;
use crate::core::wire::sender;

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// All buckets.
    Service,
    /// A bucket.
    Bucket(String),
    /// An object of a bucket.
    Object(String, String),
}

/// Reads the address.
///
/// # Errors
/// `InvalidURI` for a path that is no UTF-8.
pub fn read(request: &Request) -> ServiceResult<Address> {
    let path = request.path.strip_prefix('/').unwrap_or(&request.path);
    let host = request.header("host").and_then(sender::name);
    let (bucket, key) = match host.as_deref().and_then(hosted) {
        Some(Hosted::Bucket(bucket)) => (bucket.to_owned(), decoded(path)?),
        Some(Hosted::Service) | None => {
            let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
            (decoded(bucket)?, decoded(key)?)
        }
    };
    Ok(match (bucket.is_empty(), key.is_empty()) {
        (true, _) => Address::Service,
        (false, true) => Address::Bucket(bucket),
        (false, false) => Address::Object(bucket, key),
    })
}

fn decoded(text: &str) -> ServiceResult<String> {
    percent_decode_str(text)
        .decode_utf8()
        .map(|text| text.into_owned())
        .map_err(|_| {
            ServiceError::new(400, "InvalidURI", "Couldn't parse the specified URI.")
                .with("URI", text)
        })
}

/// What a host of S3's own stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hosted<'a> {
    /// S3 itself: the bucket stands in the path.
    Service,
    /// A bucket.
    Bucket(&'a str),
}

/// What a host's name (in lower case, without a port) stands for, when it is one of S3's:
/// `s3.amazonaws.com`, `s3.REGION.amazonaws.com`, `s3-REGION.amazonaws.com`,
/// `s3.dualstack.REGION.amazonaws.com`, those behind `BUCKET.`; the same below `localhost`,
/// where `BUCKET.localhost` will do.
pub fn hosted(name: &str) -> Option<Hosted<'_>> {
    let (rest, local) = match name.strip_suffix(".localhost") {
        Some(rest) => (rest, true),
        None => (name.strip_suffix(".amazonaws.com")?, false),
    };
    let endpoint = |part: &str| {
        part == "s3"
            || part.starts_with("s3-")
            || part.strip_prefix("s3.").is_some_and(|region| {
                !region
                    .strip_prefix("dualstack.")
                    .unwrap_or(region)
                    .contains('.')
            })
    };
    if endpoint(rest) {
        return Some(Hosted::Service);
    }
    let bucket = rest
        .match_indices('.')
        .find(|(at, _)| endpoint(&rest[at + 1..]))
        .map(|(at, _)| &rest[..at])
        .or_else(|| local.then_some(rest))?;
    (!bucket.is_empty()).then_some(Hosted::Bucket(bucket))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderValue, Method};

    fn at(host: &str, path: &str) -> ServiceResult<Address> {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_str(host).unwrap());
        read(&Request {
            method: Method::GET,
            path: path.to_owned(),
            query: Vec::new(),
            headers,
            body: bytes::Bytes::new(),
        })
    }

    #[test]
    fn buckets_stand_in_the_path_or_in_the_host() {
        let object = |bucket: &str, key: &str| Address::Object(bucket.to_owned(), key.to_owned());
        for (host, path, expected) in [
            ("127.0.0.1:4599", "/", Address::Service),
            ("127.0.0.1:4599", "/b", Address::Bucket("b".to_owned())),
            ("127.0.0.1:4599", "/b/", Address::Bucket("b".to_owned())),
            (
                "127.0.0.1:4599",
                "/b/k/l%20m+n%2F//",
                object("b", "k/l m+n///"),
            ),
            ("localhost:4599", "/b/k", object("b", "k")),
            ("b.localhost:4599", "/k/l", object("b", "k/l")),
            ("b.c.localhost", "/", Address::Bucket("b.c".to_owned())),
            ("b.s3.localhost:1", "/k", object("b", "k")),
            ("b.s3.us-east-1.amazonaws.com", "/k", object("b", "k")),
            ("b.s3.amazonaws.com", "/k", object("b", "k")),
            ("b.s3-us-west-2.amazonaws.com", "/k", object("b", "k")),
            ("s3.us-east-1.amazonaws.com", "/b/k", object("b", "k")),
            ("s3.localhost:1", "/b/k", object("b", "k")),
            ("B.LocalHost", "/k", object("b", "k")),
        ] {
            assert_eq!(at(host, path).unwrap(), expected, "{host}{path}");
        }
        for other in [
            "localhost",
            "amazonaws.com",
            "b.s3.evil.example",
            "b.localhost.evil.example",
            "b.execute-api.us-east-1.amazonaws.com",
            ".localhost",
        ] {
            assert_eq!(hosted(other), None, "{other}");
        }
        assert_eq!(
            hosted("b.c.s3.dualstack.us-east-1.amazonaws.com"),
            Some(Hosted::Bucket("b.c"))
        );
        assert_eq!(at("127.0.0.1", "/b/%ff").unwrap_err().code, "InvalidURI");
    }
}
