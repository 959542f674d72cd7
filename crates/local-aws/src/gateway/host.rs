//! By which of its names a request addresses the gateway. Pure.
//!
//! A page whose own name was made to point at 127.0.0.1 (DNS rebinding) is, to a browser,
//! a page of the gateway's origin: no `Origin` and no preflight tell it apart, only the
//! name in `Host` does. So a name that others can have is refused: hosts are those of
//! loopback, and names below `amazonaws.com` and `localhost` (RFC 6761: never asked of
//! DNS) of what is deployed.
//!
//! The port is not looked at. It says nothing about who asks (a browser writes the port it
//! connects to), and it differs from the one listened on behind a forwarded port.

use http::{HeaderMap, Uri};

use crate::apigateway::execute;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::sender::{is_loopback, name};
use crate::s3::address;

/// What a host stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// The gateway: every service, by the credential's scope, and the gateway's own paths.
    Gateway,
    /// A deployed API, by its id (`ID.execute-api.REGION.…`). Function URLs
    /// (`ID.lambda-url.REGION.…`) have their place beside it.
    Api(String),
    /// A custom domain name that was made here, or the same below `localhost`: deployed APIs, and
    /// nothing but them.
    Domain(String),
    /// S3 or one of its buckets (`BUCKET.s3.REGION.…`, `BUCKET.localhost`), and nothing
    /// but S3: a client with the endpoint `localhost` puts the bucket there.
    S3,
}

/// Reads the host of a request, from `Host` and, where the request line has one, the
/// authority in it: the two must be the same (RFC 9112, 3.2.2, lets the second win; a
/// server that believes one and checks the other is deceived). `is_domain` knows the custom domain
/// names.
///
/// # Errors
/// `MisdirectedRequest` (421) for none, several, and any that is not the gateway's.
pub fn read(
    uri: &Uri,
    headers: &HeaderMap,
    region: &str,
    is_domain: impl Fn(&str) -> bool,
) -> ServiceResult<Host> {
    let mut hosts = headers.get_all(http::header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(misdirected("a request without one Host"));
    };
    let host = host
        .to_str()
        .map_err(|_| misdirected("a Host that is no text"))?;
    if let Some(authority) = uri.authority()
        && !authority.as_str().eq_ignore_ascii_case(host)
    {
        return Err(misdirected(&format!(
            "the request line's {authority} beside the Host {host:?}"
        )));
    }
    name(host)
        .and_then(|name| of_name(&name, region, is_domain))
        .ok_or_else(|| misdirected(&format!("the Host {host:?}")))
}

fn of_name(name: &str, region: &str, is_domain: impl Fn(&str) -> bool) -> Option<Host> {
    if is_loopback(name) {
        return Some(Host::Gateway);
    }
    let custom = name.strip_suffix(".localhost").unwrap_or(name);
    if is_domain(custom) {
        return Some(Host::Domain(custom.to_owned()));
    }
    if let Some(id) = execute::api_of_host(region, name) {
        return Some(Host::Api(id.to_owned()));
    }
    address::hosted(name).map(|_| Host::S3)
}

fn misdirected(what: &str) -> ServiceError {
    ServiceError::new(
        421,
        "MisdirectedRequest",
        format!(
            "{what} is not answered: a page on the internet can have any name point here. \
             Address the embedded AWS as 127.0.0.1, localhost or [::1] with its port, a bucket \
             as BUCKET.localhost, a deployed API as API.execute-api.REGION.localhost"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn at(line: &str, hosts: &[&str]) -> ServiceResult<Host> {
        let mut headers = HeaderMap::new();
        for host in hosts {
            headers.append("host", HeaderValue::from_str(host).unwrap());
        }
        read(&line.parse().unwrap(), &headers, "us-east-1", |name| {
            name == "register.example.org"
        })
    }

    #[test]
    fn its_own_names_and_no_other() {
        let api = || Some(Host::Api("abc".to_owned()));
        let domain = || Some(Host::Domain("register.example.org".to_owned()));
        for (host, expected) in [
            ("127.0.0.1", Some(Host::Gateway)),
            ("127.0.0.1:4599", Some(Host::Gateway)),
            ("localhost:1", Some(Host::Gateway)),
            ("LocalHost", Some(Host::Gateway)),
            ("[::1]", Some(Host::Gateway)),
            ("[::1]:4599", Some(Host::Gateway)),
            ("abc.execute-api.us-east-1.amazonaws.com", api()),
            ("ABC.execute-api.us-east-1.localhost:4599", api()),
            ("register.example.org", domain()),
            ("Register.example.org.localhost:4599", domain()),
            ("other.example.org", None),
            ("b.localhost:4599", Some(Host::S3)),
            ("s3.localhost", Some(Host::S3)),
            ("b.s3.us-east-1.amazonaws.com:80", Some(Host::S3)),
            ("", None),
            (":4599", None),
            ("::1", None),
            ("[::1", None),
            ("[::2]:4599", None),
            ("127.0.0.1:", None),
            ("127.0.0.1:x", None),
            ("127.0.0.2", None),
            ("0.0.0.0", None),
            ("localhost.", None),
            ("user@localhost", None),
            ("evil.example", None),
            ("evil.example:4599", None),
            ("localhost.evil.example", None),
            ("127.0.0.1.evil.example", None),
            ("b.s3.evil.example", None),
            ("b.localhost.evil.example", None),
            ("abc.execute-api.us-east-1.evil.example", None),
            ("evilamazonaws.com", None),
            ("ec2-1-2-3-4.compute-1.amazonaws.com", None),
            ("iam.amazonaws.com", None),
        ] {
            assert_eq!(at("/", &[host]).ok(), expected, "{host}");
        }
    }

    #[test]
    fn there_is_one_host_and_the_request_line_agrees() {
        for (line, hosts, known) in [
            ("/", &[][..], false),
            ("/", &["localhost", "localhost"], false),
            ("/", &["localhost", "evil.example"], false),
            ("http://localhost:1/", &["LOCALHOST:1"], true),
            ("http://evil.example/", &["localhost"], false),
            ("http://localhost/", &["evil.example"], false),
            ("http://localhost/", &["127.0.0.1"], false),
            ("http://evil.example/", &["evil.example"], false),
            ("http://localhost/", &[], false),
        ] {
            let read = at(line, hosts);
            assert_eq!(read.is_ok(), known, "{line} {hosts:?}");
            if let Err(error) = read {
                assert_eq!(
                    (error.status, error.code.as_ref()),
                    (421, "MisdirectedRequest")
                );
            }
        }
    }
}
