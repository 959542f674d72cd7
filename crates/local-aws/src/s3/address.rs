//! Which bucket and key a request means: in its path, or with the bucket in its host
//! (AWS docs, "Virtual hosting of general purpose buckets").

use percent_encoding::percent_decode_str;

use crate::error::{ServiceError, ServiceResult};
use crate::service::Request;

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
    let (bucket, key) = match request.header("host").and_then(bucket_of_host) {
        Some(bucket) => (bucket.to_owned(), decoded(path)?),
        None => {
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

/// The bucket of `BUCKET.s3.…`, `BUCKET.s3-REGION.amazonaws.com` or `BUCKET.localhost…`.
fn bucket_of_host(host: &str) -> Option<&str> {
    let host = host.rsplit_once(':').map_or(host, |(name, _port)| name);
    let at = host
        .find(".s3.")
        .or_else(|| {
            let rest = host.strip_suffix(".localhost")?;
            Some(rest.len())
        })
        .or_else(|| host.find(".localhost."))
        .or_else(|| {
            host.ends_with(".amazonaws.com")
                .then(|| host.find(".s3-"))
                .flatten()
        })?;
    let bucket = &host[..at];
    // `s3.localhost` is S3 itself.
    (bucket != "s3" && !bucket.starts_with("s3.")).then_some(bucket)
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
            ("b.localhost.localstack.cloud", "/k", object("b", "k")),
            ("s3.localhost.localstack.cloud", "/b/k", object("b", "k")),
        ] {
            assert_eq!(at(host, path).unwrap(), expected, "{host}{path}");
        }
        assert_eq!(at("127.0.0.1", "/b/%ff").unwrap_err().code, "InvalidURI");
    }
}
