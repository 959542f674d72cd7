//! Whether the signature of a presigned URL is right (AWS docs, "Authenticating Requests:
//! Using Query Parameters (AWS Signature Version 4)", of S3). Pure. Only where it matters
//! who made the URL: see [`super::origin`].

use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::Sha256;

use super::credentials::Scope;
use crate::core::service::Request;
use crate::s3::checksums::sha256_hex;

/// What SigV4's `UriEncode` escapes: all but the unreserved characters.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// In a path of S3, which is escaped once.
const RESERVED_IN_PATH: &AsciiSet = &RESERVED.remove(b'/');

/// Whether the query's signature is of this request by who has this secret. Whether its
/// time is over is the service's to see.
pub fn is_right(request: &Request, scope: &Scope, secret: &str) -> bool {
    verify(request, scope, secret).is_some()
}

fn verify(request: &Request, scope: &Scope, secret: &str) -> Option<()> {
    let one = |name: &str| {
        let mut values = request.query.iter().filter(|(known, _)| known == name);
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value.as_str())
    };
    let (time, signed) = (one("X-Amz-Date")?, one("X-Amz-SignedHeaders")?);
    let names: Vec<&str> = signed.split(';').collect();
    if one("X-Amz-Algorithm")? != "AWS4-HMAC-SHA256" || !covers(&names, request) {
        return None;
    }
    let date = time.get(..8)?;
    let (region, service) = (scope.region.as_str(), scope.service.as_str());
    let credential = format!(
        "{}/{date}/{region}/{service}/aws4_request",
        scope.access_key
    );
    if one("X-Amz-Credential")? != credential {
        return None;
    }
    let canonical = canonical(request, &names)?;
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{time}\n{date}/{region}/{service}/aws4_request\n{}",
        sha256_hex(canonical.as_bytes())
    );
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in [date, region, service, "aws4_request"] {
        key = keyed(&key, part)?.finalize().into_bytes().to_vec();
    }
    let claimed = bytes_of(one("X-Amz-Signature")?)?;
    // In constant time.
    keyed(&key, &to_sign)?.verify_slice(&claimed).ok()
}

/// The host must be signed, and every `x-amz-` header that is there.
fn covers(names: &[&str], request: &Request) -> bool {
    names.contains(&"host")
        && request
            .headers
            .keys()
            .map(http::HeaderName::as_str)
            .filter(|name| name.starts_with("x-amz-"))
            .all(|name| names.contains(&name))
}

fn canonical(request: &Request, names: &[&str]) -> Option<String> {
    let path = percent_decode_str(&request.path).decode_utf8().ok()?;
    let path = utf8_percent_encode(&path, RESERVED_IN_PATH);
    let escaped = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    let mut pairs: Vec<(String, String)> = request
        .query
        .iter()
        .filter(|(name, _)| name != "X-Amz-Signature")
        .map(|(name, value)| (escaped(name), escaped(value)))
        .collect();
    pairs.sort();
    let query: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let mut headers = String::new();
    for name in names {
        let values = request.headers.get_all(*name).iter();
        let values: Option<Vec<&str>> = values
            .map(|value| Some(value.to_str().ok()?.trim()))
            .collect();
        headers.push_str(&format!("{name}:{}\n", values?.join(",")));
    }
    let payload = request
        .query_value("X-Amz-Content-Sha256")
        .or_else(|| request.header("x-amz-content-sha256"))
        .unwrap_or("UNSIGNED-PAYLOAD");
    Some(format!(
        "{}\n{path}\n{}\n{headers}\n{}\n{payload}",
        request.method,
        query.join("&"),
        names.join(";"),
    ))
}

fn keyed(key: &[u8], message: &str) -> Option<Hmac<Sha256>> {
    // A key of any length will do.
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(message.as_bytes());
    Some(mac)
}

fn bytes_of(hexadecimal: &str) -> Option<Vec<u8>> {
    let digits = hexadecimal.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::credentials;
    use http::{HeaderMap, HeaderName, HeaderValue, Method};

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    /// The example of the documentation.
    const EXAMPLE: &str = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

    fn right(method: &str, uri: &str, headers: &[(&str, &str)], secret: &str) -> bool {
        let (path, query) = uri.split_once('?').unwrap();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            map.append(name, HeaderValue::from_str(value).unwrap());
        }
        let request = Request {
            method: Method::from_bytes(method.as_bytes()).unwrap(),
            path: path.to_owned(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers: map,
            body: bytes::Bytes::new(),
        };
        is_right(&request, &credentials::scope(&request).unwrap(), secret)
    }

    #[test]
    fn the_example_of_the_documentation_is_right_and_nothing_near_it() {
        let host = ("host", "examplebucket.s3.amazonaws.com");
        assert!(right("GET", EXAMPLE, &[host], SECRET));
        // What is not signed and no `x-amz-` header may be there.
        assert!(right("GET", EXAMPLE, &[host, ("accept", "*/*")], SECRET));
        let changed = |from: &str, to: &str| {
            let uri = EXAMPLE.replace(from, to);
            assert_ne!(uri, EXAMPLE);
            right("GET", &uri, &[host], SECRET)
        };
        for (from, to) in [
            ("/test.txt", "/other.txt"),
            ("Expires=86400", "Expires=86401"),
            ("20130524T000000Z", "20130524T000001Z"),
            ("%2F20130524%2F", "%2F20130525%2F"),
            ("us-east-1", "us-west-2"),
            ("aeeed9", "beeed9"),
            ("f604d404", "f604d4"),
            ("f604d404", "f604d40"),
            ("f604d404", "f604d4xx"),
            ("SignedHeaders=host", "SignedHeaders=range"),
            ("SignedHeaders=host", "SignedHeaders="),
            ("SHA256&", "SHA1&"),
            ("&X-Amz-Signature", "&versionId=1&X-Amz-Signature"),
            ("&X-Amz-Signature", "&X-Amz-Signature=0&X-Amz-Signature"),
        ] {
            assert!(!changed(from, to), "{from} to {to}");
        }
        assert!(!right("PUT", EXAMPLE, &[host], SECRET));
        assert!(!right("GET", EXAMPLE, &[host], "other"));
        assert!(!right("GET", EXAMPLE, &[("host", "127.0.0.1")], SECRET));
        let unsigned = [host, ("x-amz-acl", "public-read")];
        assert!(!right("GET", EXAMPLE, &unsigned, SECRET));
    }
}
