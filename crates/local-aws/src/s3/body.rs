//! The body of a request: plain, or `aws-chunked` with trailers (AWS docs,
//! "Authenticating requests: using the Authorization header", chunked uploads).
//! Signatures of chunks are not verified, as none are on loopback.

use bytes::{Bytes, BytesMut};

use super::checksums::{self, Checksum};
use super::errors;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Request;

/// What a request carries.
#[derive(Debug, PartialEq)]
pub struct Payload {
    /// The bytes meant.
    pub bytes: Bytes,
    /// The checksum that came along, which holds.
    pub checksum: Option<Checksum>,
}

/// Decodes and verifies the body.
///
/// # Errors
/// `BadDigest`, `InvalidDigest`, `InvalidRequest`, `XAmzContentSHA256Mismatch`,
/// `IncompleteBody`, `MissingContentLength`.
pub fn payload(request: &Request) -> ServiceResult<Payload> {
    let sha256 = request.header("x-amz-content-sha256");
    let (bytes, trailers) = match sha256 {
        Some(streaming) if streaming.starts_with("STREAMING-") => unchunked(request, streaming)?,
        Some("UNSIGNED-PAYLOAD") | None => (request.body.clone(), Vec::new()),
        Some(hex) => {
            check_sha256(hex, &request.body)?;
            (request.body.clone(), Vec::new())
        }
    };
    let headers = request
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let trailers = trailers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let checksum = checksums::verify(&bytes, headers.chain(trailers))?;
    Ok(Payload { bytes, checksum })
}

fn check_sha256(hex: &str, body: &[u8]) -> ServiceResult<()> {
    if hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(errors::invalid_argument(
            "x-amz-content-sha256",
            hex,
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, \
             STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, \
             STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
        ));
    }
    let computed = checksums::sha256_hex(body);
    if computed.eq_ignore_ascii_case(hex) {
        return Ok(());
    }
    Err(ServiceError::new(
        400,
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
    .with("ClientComputedContentSHA256", hex)
    .with("S3ComputedContentSHA256", computed))
}

type Trailers = Vec<(String, String)>;

fn unchunked(request: &Request, streaming: &str) -> ServiceResult<(Bytes, Trailers)> {
    let with_trailer = match streaming {
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER" | "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => true,
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => false,
        other => {
            return Err(ServiceError::not_implemented(format!(
                "the payload {other} of S3"
            )));
        }
    };
    let length: usize = request
        .header("x-amz-decoded-content-length")
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| {
            ServiceError::new(
                411,
                "MissingContentLength",
                "You must provide the Content-Length HTTP header.",
            )
        })?;
    let (bytes, trailers) = decode(&request.body)?;
    if bytes.len() != length {
        return Err(incomplete());
    }
    let promised = request.header("x-amz-trailer").unwrap_or_default();
    let mut promised: Vec<String> = promised
        .split(',')
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
        .collect();
    promised.sort_unstable();
    let mut given: Vec<String> = trailers
        .iter()
        .map(|(name, _)| name.clone())
        // The signature of the trailers is promised by the kind of payload.
        .filter(|name| name != "x-amz-trailer-signature")
        .collect();
    given.sort_unstable();
    if promised != given || (!with_trailer && !given.is_empty()) {
        return Err(ServiceError::new(
            400,
            "MalformedTrailerError",
            "The request contained trailing data that was not well-formed or did not conform to \
             our published schema.",
        ));
    }
    Ok((bytes, trailers))
}

fn incomplete() -> ServiceError {
    ServiceError::new(
        400,
        "IncompleteBody",
        "The request body terminated unexpectedly",
    )
}

/// `SIZE[;chunk-signature=…]\r\n DATA \r\n … 0[;…]\r\n [NAME:VALUE\r\n …] \r\n`, the size in
/// hexadecimal.
fn decode(body: &[u8]) -> ServiceResult<(Bytes, Trailers)> {
    let mut rest = body;
    let mut bytes = BytesMut::with_capacity(body.len());
    loop {
        let head = line(&mut rest)?;
        let digits = head.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(digits, 16).map_err(|_| incomplete())?;
        if size == 0 {
            break;
        }
        let data = rest.get(..size).ok_or_else(incomplete)?;
        bytes.extend_from_slice(data);
        rest = rest
            .get(size..)
            .and_then(|after| after.strip_prefix(b"\r\n"))
            .ok_or_else(incomplete)?;
    }
    let mut trailers = Vec::new();
    while !rest.is_empty() {
        let text = line(&mut rest)?;
        if text.is_empty() {
            break;
        }
        let (name, value) = text.split_once(':').ok_or_else(incomplete)?;
        trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    if !rest.is_empty() {
        return Err(incomplete());
    }
    Ok((bytes.freeze(), trailers))
}

/// The next line, without its end.
fn line<'a>(rest: &mut &'a [u8]) -> ServiceResult<&'a str> {
    let end = rest
        .windows(2)
        .position(|pair| pair == b"\r\n")
        .ok_or_else(incomplete)?;
    let (text, after) = rest.split_at(end);
    *rest = &after[2..];
    std::str::from_utf8(text).map_err(|_| incomplete())
}

#[cfg(test)]
mod tests {
    use super::super::checksums::Algorithm;
    use super::*;
    use http::{HeaderMap, HeaderName, HeaderValue, Method};
    use proptest::prelude::*;

    fn request(headers: &[(&str, &str)], body: &[u8]) -> Request {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_str(value).unwrap(),
            );
        }
        Request {
            method: Method::PUT,
            path: "/b/k".to_owned(),
            query: Vec::new(),
            headers: map,
            body: Bytes::copy_from_slice(body),
        }
    }

    fn code(headers: &[(&str, &str)], body: &[u8]) -> String {
        payload(&request(headers, body))
            .unwrap_err()
            .code
            .into_owned()
    }

    const UNSIGNED: (&str, &str) = ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER");

    #[test]
    fn chunks_and_their_trailer_are_taken_apart() {
        let crc = Algorithm::Crc32.of(b"hello world").value;
        let body = format!(
            "6;chunk-signature=0\r\nhello \r\n5\r\nworld\r\n0\r\nx-amz-checksum-crc32:{crc}\r\n\r\n"
        );
        let headers = [
            UNSIGNED,
            ("x-amz-decoded-content-length", "11"),
            ("x-amz-trailer", "x-amz-checksum-crc32"),
            ("x-amz-sdk-checksum-algorithm", "CRC32"),
        ];
        let read = payload(&request(&headers, body.as_bytes())).unwrap();
        assert_eq!(&read.bytes[..], b"hello world");
        assert_eq!(read.checksum, Some(Algorithm::Crc32.of(b"hello world")));
        let damaged = body.replace("world", "World");
        assert_eq!(code(&headers, damaged.as_bytes()), "BadDigest");
        let short = body.replace("5\r\nworld\r\n", "");
        assert_eq!(code(&headers, short.as_bytes()), "IncompleteBody");
        let bare = "6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n";
        assert_eq!(code(&headers, bare.as_bytes()), "MalformedTrailerError");
        assert_eq!(code(&headers[..1], body.as_bytes()), "MissingContentLength");
    }

    #[test]
    fn a_plain_body_is_held_against_the_hash_it_was_signed_with() {
        let name = "x-amz-content-sha256";
        let right = checksums::sha256_hex(b"abc");
        assert!(payload(&request(&[(name, &right)], b"abc")).is_ok());
        assert!(payload(&request(&[(name, "UNSIGNED-PAYLOAD")], b"abc")).is_ok());
        assert_eq!(code(&[(name, &right)], b"abd"), "XAmzContentSHA256Mismatch");
        assert_eq!(code(&[(name, "abc")], b"abc"), "InvalidArgument");
    }

    proptest! {
        #[test]
        fn what_is_chunked_comes_back(chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..6)) {
            let mut body = Vec::new();
            for chunk in &chunks {
                body.extend(format!("{:x}\r\n", chunk.len()).bytes());
                body.extend(chunk);
                body.extend(b"\r\n");
            }
            body.extend(b"0\r\n\r\n");
            let (bytes, trailers) = decode(&body).unwrap();
            prop_assert_eq!(&bytes[..], &chunks.concat()[..]);
            prop_assert!(trailers.is_empty());
        }

        #[test]
        fn no_body_makes_it_panic(body in prop::collection::vec(any::<u8>(), 0..60)) {
            let _ = decode(&body);
        }
    }
}
