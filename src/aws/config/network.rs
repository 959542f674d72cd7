//! The way to AWS: TLS, whom to trust, and the proxy.

use std::fmt;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use http::Uri;

/// HTTPS by rustls with ring, through the environment's proxy, trusting the system's
/// authorities or those of `trust`.
pub fn client(trust: Option<TrustStore>) -> SharedHttpClient {
    let outward = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        let connector = connector.tls_provider(Provider::Rustls(CryptoMode::Ring));
        match context(trust.clone()) {
            Some(context) => connector.tls_context(context).build(),
            None => connector.build(),
        }
    });
    SharedHttpClient::new(Routed {
        outward,
        nearby: Builder::new().build_http(),
    })
}

fn context(trust: Option<TrustStore>) -> Option<TlsContext> {
    TlsContext::builder().with_trust_store(trust?).build().ok()
}

/// What is on this machine or its link is asked directly: a proxy elsewhere would ask its own,
/// and the credentials that they give are nobody's business.
struct Routed {
    outward: SharedHttpClient,
    nearby: SharedHttpClient,
}

impl fmt::Debug for Routed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Routed")
    }
}

impl HttpClient for Routed {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(RoutedConnector {
            outward: self.outward.http_connector(settings, components),
            nearby: self.nearby.http_connector(settings, components),
        })
    }
}

#[derive(Debug)]
struct RoutedConnector {
    outward: SharedHttpConnector,
    nearby: SharedHttpConnector,
}

impl HttpConnector for RoutedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let is_nearby = request.uri().parse().is_ok_and(|uri: Uri| is_nearby(&uri));
        if is_nearby {
            self.nearby.call(request)
        } else {
            self.outward.call(request)
        }
    }
}

/// Where credentials of a machine or container are given out (AWS SDKs and Tools Reference
/// Guide, "IMDS credential provider" and "Container credential provider").
const METADATA: [&str; 5] = [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.170.23",
    "fd00:ec2::254",
    "fd00:ec2::23",
];

/// Plain HTTP to this machine, or to the metadata services beside it.
fn is_nearby(uri: &Uri) -> bool {
    let host = uri
        .host()
        .unwrap_or_default()
        .trim_matches(|c| c == '[' || c == ']');
    let is_loopback = || {
        host.eq_ignore_ascii_case("localhost")
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    };
    uri.scheme_str() == Some("http") && (METADATA.contains(&host) || is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_asked_directly() {
        for near in [
            "http://169.254.169.254/latest/api/token",
            "http://169.254.170.2/v2/credentials",
            "http://[fd00:ec2::254]/latest",
            "http://127.0.0.1:4566/",
            "http://localhost/x",
            "http://[::1]:80/",
        ] {
            assert!(is_nearby(&near.parse().unwrap()), "{near}");
        }
        for far in [
            "https://sts.us-east-1.amazonaws.com/",
            "http://192.168.1.2/",
            "http://localhost.example/",
            "https://localhost:4831/",
        ] {
            assert!(!is_nearby(&far.parse().unwrap()), "{far}");
        }
    }
}
