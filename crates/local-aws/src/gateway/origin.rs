//! Whether a request may come from where it comes from. Pure; asked before a request is
//! routed and before its body is read.
//!
//! A served embedded AWS runs code as the user, for whoever holds any access key. A web page
//! that the user's browser shows can send requests to loopback, so a request of a page is
//! one of a stranger:
//!
//! - **Deployed API stages** may be called by any page, as on AWS; CORS is the deployed
//!   thing's own affair. (Function URLs will be.)
//! - **AWS APIs** are for no page, of whatever origin. Pages that the gateway serves are no
//!   exception: a deployed page is somebody's code from a repository and shows what others
//!   typed in, and all of them share the gateway's origin. No AWS API of this house answers
//!   with CORS headers, so nothing that works on AWS is lost.
//! - **Objects of S3** are the exception: a page may read and write one by a presigned URL
//!   *whose signature is right* ([`Verdict::IfSigned`]). A forged URL looks the same, so it
//!   is verified, and that can be done only for keys that the embedded STS issued (to
//!   functions). URLs presigned with a long-term key are refused to pages: any such key is
//!   accepted here, so anybody can presign with one. Buckets have no CORS configuration and
//!   no public objects here, so there is no other request of a page to answer.
//! - **The gateway's own paths** may be read, and nothing more, by its own pages. What
//!   changes something or invokes a function (`connect/invoke`, `faults`) is for no page.
//! - **What the user opens by its address** (`Sec-Fetch-Site: none`) may be read: own paths,
//!   and objects by a presigned URL. It may change nothing: a redirect from an address that
//!   the user opened is still the user's own will to a browser.
//!
//! A browser is told by `Origin` or `Sec-Fetch-Site`; other `Sec-Fetch-*` do not count (the
//! `fetch` of Node sends a mode). Browsers send `Sec-Fetch-Site` with every request to
//! loopback, which they hold for trustworthy, since Chrome 76, Firefox 90 and Safari 16.4
//! (2019 to 2023), and `Origin` with every POST since earlier still. What is left is a GET of
//! an older browser (`<img src="…/?Action=CreateRole&X-Amz-Credential=…">`), and of a page
//! under an `amazonaws.com` name by somebody who owns the network's DNS. AWS APIs refuse both
//! by the `User-Agent`, which is `Mozilla/…` in every browser and in no AWS client.

use http::{HeaderMap, Method};

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Request;
use crate::core::wire::sender::is_browser;
use crate::gateway::credentials::Scope;
use crate::s3::routes;

/// What a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A deployed API stage: open to the internet on AWS.
    Deployed,
    /// A path of the gateway's own, `/_vanity-deploy/…`.
    Own,
    /// An API of AWS, for those who have credentials of this scope.
    Service(Scope),
}

/// That a request may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// As it is.
    Admitted,
    /// When the signature in its query is right.
    IfSigned,
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// No browser.
    Client,
    /// The user, who opened the address.
    User,
    /// A page that the gateway serves.
    OwnPage,
    /// Any other page.
    ForeignPage,
}

/// Decides about a request, of which the body may still be to come.
///
/// # Errors
/// `ForbiddenToPages` (403).
pub fn decide(place: &Place, request: &Request) -> ServiceResult<Verdict> {
    let reads = matches!(request.method, Method::GET | Method::HEAD);
    let sender = match (sender(&request.headers), place) {
        (Sender::Client, Place::Service(_)) if is_browser(&request.headers) => Sender::ForeignPage,
        (sender, _) => sender,
    };
    match (place, sender) {
        (Place::Deployed, _) | (_, Sender::Client) => Ok(Verdict::Admitted),
        (Place::Own, Sender::OwnPage | Sender::User) if reads => Ok(Verdict::Admitted),
        (Place::Service(scope), Sender::User) if reads && presigned_object(scope, request) => {
            Ok(Verdict::Admitted)
        }
        (Place::Service(scope), Sender::OwnPage | Sender::ForeignPage)
            if presigned_object(scope, request) =>
        {
            Ok(Verdict::IfSigned)
        }
        _ => Err(forbidden(request)),
    }
}

/// The refusal of a page's presigned URL whose signature is not right, or not to be verified.
pub fn forged() -> ServiceError {
    ServiceError::new(
        403,
        "SignatureDoesNotMatch",
        "a page may use a presigned URL whose signature can be verified: one presigned with the \
         keys of a role that the embedded STS issued, in the process that issued them. Any \
         long-term key is accepted here, so a URL presigned with one proves nothing",
    )
}

fn sender(headers: &HeaderMap) -> Sender {
    let all = |name: &str, expected: &str| {
        headers
            .get_all(name)
            .iter()
            .all(|value| value.as_bytes().eq_ignore_ascii_case(expected.as_bytes()))
    };
    let (origin, site) = (
        headers.contains_key("origin"),
        headers.contains_key("sec-fetch-site"),
    );
    if !origin && !site {
        return Sender::Client;
    }
    let host = headers
        .get(http::header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let own_origin = !origin || all("origin", &format!("http://{host}"));
    if own_origin && all("sec-fetch-site", "same-origin") {
        Sender::OwnPage
    } else if !origin && all("sec-fetch-site", "none") && all("sec-fetch-mode", "navigate") {
        Sender::User
    } else {
        Sender::ForeignPage
    }
}

/// Whether it reads or writes one object by a presigned URL.
fn presigned_object(scope: &Scope, request: &Request) -> bool {
    scope.service == "s3"
        && !request.headers.contains_key(http::header::AUTHORIZATION)
        && request.query_value("X-Amz-Signature").is_some()
        && routes::route(request)
            .is_ok_and(|route| matches!(route.operation, "GetObject" | "HeadObject" | "PutObject"))
}

fn forbidden(request: &Request) -> ServiceError {
    let told = |name: &str| match request.header(name) {
        Some(value) => format!("{name}: {value}"),
        None => format!("no {name}"),
    };
    ServiceError::new(
        403,
        "ForbiddenToPages",
        format!(
            "{} {} is not for pages in a browser ({}, {}): a page may call deployed APIs, and \
             use presigned URLs of S3 objects. Use a client that is no browser, such as the AWS \
             CLI or curl",
            request.method,
            request.path,
            told("origin"),
            told("sec-fetch-site"),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const HOST: &str = "127.0.0.1:4599";

    fn request(method: &str, uri: &str, headers: &[(&str, &str)]) -> Request {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        let mut map = HeaderMap::new();
        map.insert("host", HeaderValue::from_static(HOST));
        for (name, value) in headers {
            let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
            map.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        Request {
            method: Method::from_bytes(method.as_bytes()).unwrap(),
            path: path.to_owned(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers: map,
            body: bytes::Bytes::new(),
        }
    }

    fn service(name: &str) -> Place {
        Place::Service(Scope {
            access_key: "AKIALOCAL".to_owned(),
            region: "us-east-1".to_owned(),
            service: name.to_owned(),
        })
    }

    /// `a`dmitted, `s`: if signed, `-`: refused.
    fn told(place: &Place, request: &Request) -> char {
        match decide(place, request) {
            Ok(Verdict::Admitted) => 'a',
            Ok(Verdict::IfSigned) => 's',
            Err(error) => {
                assert_eq!((error.status, &*error.code), (403, "ForbiddenToPages"));
                '-'
            }
        }
    }

    #[test]
    fn who_may_do_what() {
        const OWN: (&str, &str) = ("origin", "http://127.0.0.1:4599");
        const EVIL: (&str, &str) = ("origin", "https://evil.example");
        const NAVIGATE: (&str, &str) = ("sec-fetch-mode", "navigate");
        const CORS: (&str, &str) = ("sec-fetch-mode", "cors");
        const AGENT: (&str, &str) = ("user-agent", "Mozilla/5.0 (X11; Linux x86_64)");
        let site = |value| ("sec-fetch-site", value);
        // Down: who asks. Across: a stage; an own path read, changed; an AWS API by GET, by
        // POST; a presigned object read, written; a bucket presigned; an object with a header.
        let table: &[(&[(&str, &str)], &str)] = &[
            (&[], "aaaaaaaaa"),
            (&[CORS, ("user-agent", "node")], "aaaaaaaaa"),
            (&[("sec-fetch-dest", "empty")], "aaaaaaaaa"),
            (&[("user-agent", "aws-cli/2.31 Python/3.13")], "aaaaaaaaa"),
            (&[AGENT], "aaa--ss--"),
            (&[site("same-origin"), CORS], "aa---ss--"),
            (&[OWN, site("same-origin")], "aa---ss--"),
            (&[OWN], "aa---ss--"),
            (&[("origin", "HTTP://127.0.0.1:4599")], "aa---ss--"),
            (&[site("none"), NAVIGATE], "aa---a---"),
            (&[site("none"), NAVIGATE, AGENT], "aa---a---"),
            (&[site("none"), CORS], "a----ss--"),
            (&[site("none")], "aa---a---"),
            (&[OWN, site("none"), NAVIGATE], "a----ss--"),
            (&[site("cross-site"), NAVIGATE], "a----ss--"),
            (&[site("cross-site")], "a----ss--"),
            (&[site("same-site")], "a----ss--"),
            (&[site("unheard-of")], "a----ss--"),
            (&[site("same-origin"), site("cross-site")], "a----ss--"),
            (&[EVIL], "a----ss--"),
            (&[EVIL, site("same-origin")], "a----ss--"),
            (&[EVIL, OWN], "a----ss--"),
            (&[OWN, site("cross-site")], "a----ss--"),
            (&[("origin", "null")], "a----ss--"),
            (&[("origin", "")], "a----ss--"),
            (&[("origin", "\u{fc}")], "a----ss--"),
            (&[("origin", "https://127.0.0.1:4599")], "a----ss--"),
            (&[("origin", "http://127.0.0.1:3000")], "a----ss--"),
            (&[("origin", "http://localhost:4599")], "a----ss--"),
            (
                &[("origin", "http://127.0.0.1:4599.evil.example")],
                "a----ss--",
            ),
            (&[("origin", "chrome-extension://abc")], "a----ss--"),
        ];
        for (headers, expected) in table {
            let signed = [headers, &[("authorization", "AWS4-HMAC-SHA256 …")][..]].concat();
            let ask = |place: &Place, method: &str, uri: &str| {
                told(place, &request(method, uri, headers))
            };
            let s3 = service("s3");
            let answers: String = [
                ask(&Place::Deployed, "POST", "/_vanity-deploy/execute-api/a/"),
                ask(&Place::Own, "GET", "/_vanity-deploy/sns/outbox"),
                ask(&Place::Own, "POST", "/_vanity-deploy/connect/invoke"),
                ask(
                    &service("iam"),
                    "GET",
                    "/?Action=CreateRole&X-Amz-Signature=0",
                ),
                ask(&service("iam"), "POST", "/?X-Amz-Signature=0"),
                ask(&s3, "GET", "/b/k?X-Amz-Signature=0"),
                // The one that `User` is refused: what is opened is read.
                ask(&s3, "PUT", "/b/k?X-Amz-Signature=0"),
                ask(&s3, "PUT", "/b?X-Amz-Signature=0"),
                told(&s3, &request("GET", "/b/k?X-Amz-Signature=0", &signed)),
            ]
            .into_iter()
            .collect();
            assert_eq!(answers, *expected, "{headers:?}");
        }
    }

    #[test]
    fn of_s3_a_page_may_ask_for_objects_alone() {
        let cross = [("sec-fetch-site", "cross-site")];
        for (method, uri, expected) in [
            ("GET", "/b/k?X-Amz-Signature=0", 's'),
            ("HEAD", "/b/k?X-Amz-Signature=0", 's'),
            ("PUT", "/b/k?X-Amz-Signature=0&x-id=PutObject", 's'),
            ("GET", "/b/k", '-'),
            ("GET", "/?X-Amz-Signature=0", '-'),
            ("GET", "/b?list-type=2&X-Amz-Signature=0", '-'),
            ("PUT", "/b?X-Amz-Signature=0", '-'),
            ("PUT", "/b?policy&X-Amz-Signature=0", '-'),
            ("POST", "/b?delete&X-Amz-Signature=0", '-'),
            ("DELETE", "/b/k?X-Amz-Signature=0", '-'),
            ("PUT", "/b/k?tagging&X-Amz-Signature=0", '-'),
            ("OPTIONS", "/b/k?X-Amz-Signature=0", '-'),
        ] {
            assert_eq!(
                told(&service("s3"), &request(method, uri, &cross)),
                expected,
                "{method} {uri}"
            );
        }
        // Whatever the scope says.
        let object = request("PUT", "/b/k?X-Amz-Signature=0", &cross);
        assert_eq!(told(&service("lambda"), &object), '-');
    }
}
