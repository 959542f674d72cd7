//! Who is let in, from the head of a request alone: nothing of its body is read before. Pure.

use http::request::Parts;

use super::control;
use super::credentials;
use super::host::{self, Host};
use super::origin::{self, Place, Verdict};
use super::signature;
use crate::apigateway::execute;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Request;

/// A request that is let in.
#[derive(Debug)]
pub struct Admitted {
    /// The request; its body is still to come. The path is the one on the gateway, also
    /// when the host named an API.
    pub request: Request,
    /// What it is for.
    pub place: Place,
}

/// Lets a request in. `secret` is the secret of an access key, where it is known; `is_domain` knows
/// the custom domain names of deployed APIs.
///
/// # Errors
/// `MisdirectedRequest` (421), `ForbiddenToPages` and `SignatureDoesNotMatch` (403), and
/// those of [`credentials::scope`].
pub fn admit(
    head: Parts,
    region: &str,
    secret: impl Fn(&str) -> Option<String>,
    is_domain: impl Fn(&str) -> bool,
) -> ServiceResult<Admitted> {
    let host = host::read(&head.uri, &head.headers, region, is_domain)?;
    let path = match &host {
        Host::Api(id) => execute::path_of_api(id, head.uri.path()),
        Host::Domain(name) => execute::path_of_domain(name, head.uri.path()),
        Host::Gateway | Host::S3 => head.uri.path().to_owned(),
    };
    let query = head.uri.query().unwrap_or_default();
    let request = Request {
        method: head.method,
        path,
        query: form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect(),
        headers: head.headers,
        body: bytes::Bytes::new(),
    };
    let place = place(&host, &request)?;
    match origin::decide(&place, &request)? {
        Verdict::Admitted => {}
        Verdict::IfSigned => {
            let right = |scope: &credentials::Scope| {
                secret(&scope.access_key)
                    .is_some_and(|secret| signature::is_right(&request, scope, &secret))
            };
            if !matches!(&place, Place::Service(scope) if right(scope)) {
                return Err(origin::forged());
            }
        }
    }
    Ok(Admitted { request, place })
}

fn place(host: &Host, request: &Request) -> ServiceResult<Place> {
    let own = *host != Host::S3;
    if own && execute::owns(&request.path) {
        return Ok(Place::Deployed);
    }
    if own && control::owns(&request.path) {
        return Ok(Place::Own);
    }
    let scope = credentials::scope(request)?;
    if *host == Host::S3 && scope.service != "s3" {
        return Err(ServiceError::new(
            421,
            "MisdirectedRequest",
            format!(
                "the Host {:?} is one of S3, and {} is not answered there: address the embedded \
                 AWS as 127.0.0.1, localhost or [::1] with its port",
                request.header("host").unwrap_or_default(),
                scope.service
            ),
        ));
    }
    Ok(Place::Service(scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S3's own example of a presigned URL, asked for by a page.
    const EXAMPLE: &str = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

    fn admitted(
        method: &str,
        host: &str,
        uri: &str,
        secret: Option<&str>,
    ) -> ServiceResult<Admitted> {
        let request = http::Request::builder()
            .method(method)
            .uri(uri)
            .header("host", host)
            .header("origin", "https://elsewhere.example")
            .body(())
            .unwrap();
        let known = |key: &str| {
            assert_eq!(key, "AKIAIOSFODNN7EXAMPLE");
            secret.map(str::to_owned)
        };
        admit(request.into_parts().0, "us-east-1", known, |_| false)
    }

    #[test]
    fn a_page_uses_a_presigned_url_that_is_right_and_no_other() {
        let host = "examplebucket.s3.amazonaws.com";
        let secret = Some("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let let_in = admitted("GET", host, EXAMPLE, secret).unwrap();
        assert!(matches!(let_in.place, Place::Service(scope) if scope.service == "s3"));
        let code = |refused: ServiceResult<Admitted>| refused.unwrap_err().code.into_owned();
        for (method, host, secret, expected) in [
            // A key whose secret nobody knows, as every long-term one.
            ("GET", host, None, "SignatureDoesNotMatch"),
            ("GET", host, Some("other"), "SignatureDoesNotMatch"),
            ("PUT", host, secret, "SignatureDoesNotMatch"),
            ("GET", "other.localhost", secret, "SignatureDoesNotMatch"),
            ("DELETE", host, secret, "ForbiddenToPages"),
            ("GET", "evil.example", secret, "MisdirectedRequest"),
        ] {
            let refused = code(admitted(method, host, EXAMPLE, secret));
            assert_eq!(refused, expected, "{method} {host}");
        }
    }

    #[test]
    fn the_path_is_the_one_on_the_gateway() {
        for (host, uri, path, deployed) in [
            (
                "abc.execute-api.us-east-1.localhost:4599",
                "/v1/a%2Fb?c=d",
                "/_vanity-deploy/execute-api/abc/v1/a%2Fb",
                true,
            ),
            (
                "127.0.0.1:4599",
                "/_vanity-deploy/execute-api/abc/v1/",
                "/_vanity-deploy/execute-api/abc/v1/",
                true,
            ),
            (
                "127.0.0.1:4599",
                "http://127.0.0.1:4599/_vanity-deploy/execute-api/abc/v1/",
                "/_vanity-deploy/execute-api/abc/v1/",
                true,
            ),
            ("127.0.0.1:4599", "/_vanity-deploy/faults", "", false),
            ("127.0.0.1:4599", "/_vanity-deploy/execute-api", "", false),
            (
                "127.0.0.1:4599",
                "/_VANITY-DEPLOY/execute-api/a/",
                "",
                false,
            ),
            (
                "b.localhost:4599",
                "/_vanity-deploy/execute-api/abc/v1/",
                "",
                false,
            ),
        ] {
            let admitted = admitted("POST", host, uri, None);
            assert_eq!(admitted.is_ok(), deployed, "{host}{uri}");
            if let Ok(admitted) = admitted {
                assert_eq!(admitted.place, Place::Deployed, "{host}{uri}");
                assert_eq!(admitted.request.path, path, "{host}{uri}");
            }
        }
    }
}
