//! Who signs a request and for which service. Signatures are not verified: the
//! gateway listens on loopback only, and pages in a browser are turned away before
//! ([`super::origin`]); what counts is whose key it is.

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Principal, Protocol, Request};
use crate::core::world::World;

/// The parts of a SigV4 credential:
/// `AKID/20260131/us-east-1/lambda/aws4_request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The access key id.
    pub access_key: String,
    /// The Region signed for.
    pub region: String,
    /// The service signed for.
    pub service: String,
}

/// Reads the credential from the `Authorization` header or a presigned query.
///
/// # Errors
/// `MissingAuthenticationToken` (403) without one, `IncompleteSignature` (400)
/// for one that is no SigV4 credential.
pub fn scope(request: &Request) -> ServiceResult<Scope> {
    let credential = match request.header("authorization") {
        Some(header) => header
            .strip_prefix("AWS4-HMAC-SHA256 ")
            .and_then(|rest| {
                rest.split(',')
                    .find_map(|part| part.trim().strip_prefix("Credential="))
            })
            .ok_or_else(incomplete)?,
        None => request
            .query_value("X-Amz-Credential")
            .ok_or_else(missing)?,
    };
    let mut parts = credential.split('/');
    match (
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
        parts.next(),
    ) {
        (Some(key), Some(_date), Some(region), Some(service), Some("aws4_request"), None)
            if !key.is_empty() =>
        {
            Ok(Scope {
                access_key: key.to_owned(),
                region: region.to_owned(),
                service: service.to_owned(),
            })
        }
        _ => Err(incomplete()),
    }
}

fn missing() -> ServiceError {
    ServiceError::new(
        403,
        "MissingAuthenticationToken",
        "Missing Authentication Token",
    )
}

fn incomplete() -> ServiceError {
    ServiceError::new(
        400,
        "IncompleteSignature",
        "The request signature does not conform to AWS standards.",
    )
}

/// Whose access key it is. Temporary keys (`ASIA…`) are known only when the
/// embedded STS issued them; any long-term key is the administrator's.
///
/// # Errors
/// For a temporary key that was never issued, as the protocol has it:
/// `InvalidClientTokenId` (query, 403), `UnrecognizedClientException` (JSON 400,
/// REST 403), `InvalidAccessKeyId` (S3, 403).
pub fn principal(world: &World, access_key: &str, protocol: Protocol) -> ServiceResult<Principal> {
    if !access_key.starts_with("ASIA") {
        return Ok(Principal::Administrator);
    }
    world
        .read(|state| state.of::<crate::sts::State>().session(access_key))
        .ok_or_else(|| unrecognized(protocol))
}

fn unrecognized(protocol: Protocol) -> ServiceError {
    let (status, code) = match protocol {
        Protocol::RestXml => {
            return ServiceError::new(
                403,
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records.",
            );
        }
        Protocol::Query { .. } => (403, "InvalidClientTokenId"),
        Protocol::Json { .. } => (400, "UnrecognizedClientException"),
        Protocol::RestJson { .. } => (403, "UnrecognizedClientException"),
    };
    ServiceError::new(
        status,
        code,
        "The security token included in the request is invalid.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, HeaderValue, Method};

    fn request(authorization: Option<&str>) -> Request {
        let mut headers = HeaderMap::new();
        if let Some(value) = authorization {
            headers.insert("authorization", HeaderValue::from_str(value).unwrap());
        }
        Request {
            method: Method::POST,
            path: "/".to_owned(),
            query: Vec::new(),
            headers,
            body: bytes::Bytes::new(),
        }
    }

    #[test]
    fn the_scope_names_key_region_and_service() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260131/eu-west-2/lambda/aws4_request, SignedHeaders=host, Signature=00";
        let scope = scope(&request(Some(header))).unwrap();
        assert_eq!(
            (
                scope.access_key.as_str(),
                scope.region.as_str(),
                scope.service.as_str()
            ),
            ("AKIDEXAMPLE", "eu-west-2", "lambda")
        );
    }

    #[test]
    fn a_request_without_credential_is_refused_as_aws_does() {
        assert_eq!(
            scope(&request(None)).unwrap_err().code,
            "MissingAuthenticationToken"
        );
        assert_eq!(
            scope(&request(Some("Bearer x"))).unwrap_err().code,
            "IncompleteSignature"
        );
    }

    #[test]
    fn a_key_that_nobody_issued_is_told_as_the_protocol_tells_it() {
        let told = |protocol| {
            let error = unrecognized(protocol);
            (error.status, error.code.into_owned())
        };
        let query = Protocol::Query { namespace: "" };
        assert_eq!(told(query), (403, "InvalidClientTokenId".to_owned()));
        let json = Protocol::Json { content_type: "" };
        assert_eq!(told(json), (400, "UnrecognizedClientException".to_owned()));
        let rest = Protocol::RestJson { message_member: "" };
        assert_eq!(told(rest), (403, "UnrecognizedClientException".to_owned()));
        assert_eq!(
            told(Protocol::RestXml),
            (403, "InvalidAccessKeyId".to_owned())
        );
    }
}
