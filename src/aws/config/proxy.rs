//! Proxies as the environment names them. What names none would be left aside without a
//! word by the HTTP client, which then goes its way directly.

use http::Uri;
use http::uri::Scheme;

use super::{ConnectError, Variables};

/// The variables in the order in which the HTTP client reads them: of each kind the first
/// that is set.
const VARIABLES: [[&str; 2]; 3] = [
    ["HTTPS_PROXY", "https_proxy"],
    ["HTTP_PROXY", "http_proxy"],
    ["ALL_PROXY", "all_proxy"],
];

/// Refuses what names no proxy that can be used. Its value is not told: it may hold a
/// password.
///
/// # Errors
/// [`ConnectError::Proxy`]
pub fn check(variables: &dyn Variables) -> Result<(), ConnectError> {
    for names in VARIABLES {
        let set = names
            .into_iter()
            .find_map(|name| Some((name, variables.get(name)?)));
        if let Some((variable, value)) = set
            && let Some(reason) = fault(&value)
        {
            return Err(ConnectError::Proxy { variable, reason });
        }
    }
    Ok(())
}

/// The variable whose proxy requests by HTTPS go through.
pub fn in_use(variables: &dyn Variables) -> Option<&'static str> {
    [VARIABLES[0], VARIABLES[2]]
        .into_iter()
        .flatten()
        .find(|name| variables.get(name).is_some())
}

fn fault(value: &str) -> Option<&'static str> {
    let Ok(uri) = value.parse::<Uri>() else {
        return Some("is no URL");
    };
    // Without a scheme it is an HTTP proxy, as with the AWS CLI.
    let is_http = |scheme: &Scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS;
    if uri.scheme().is_some_and(|scheme| !is_http(scheme)) {
        return Some("names a proxy that is not reached by http:// or https://");
    }
    let Some(authority) = uri.authority() else {
        return Some("names no host");
    };
    let host = authority.as_str().rsplit('@').next().unwrap_or_default();
    let is_bare = host == authority.host();
    if !is_bare && authority.port_u16().is_none() {
        return Some("names a port that is no number");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_proxy_is_told_without_its_value() {
        for right in [
            "http://proxy.example:3128",
            "https://proxy.example",
            "proxy.example:3128",
            "proxy.example",
            "http://user:pass%40word@proxy.example:3128/",
        ] {
            assert_eq!(fault(right), None, "{right}");
        }
        for wrong in [
            "socks5://proxy.example:1080",
            "http://",
            "http:// proxy",
            "http://proxy:port",
            "/proxy",
        ] {
            assert!(fault(wrong).is_some(), "{wrong}");
        }
        let error = check(&|name: &str| {
            (name == "https_proxy").then(|| "socks5://u:secret@proxy".to_owned())
        })
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "https_proxy names a proxy that is not reached by http:// or https://"
        );
    }

    #[test]
    fn the_second_name_counts_when_the_first_is_not_set() {
        let both = |name: &str| match name {
            "HTTPS_PROXY" => Some("http://proxy".to_owned()),
            "https_proxy" => Some("socks5://proxy".to_owned()),
            _ => None,
        };
        assert!(check(&both).is_ok());
        assert_eq!(in_use(&both), Some("HTTPS_PROXY"));
        assert_eq!(
            in_use(&|name: &str| (name == "all_proxy").then(String::new)),
            Some("all_proxy")
        );
        assert_eq!(in_use(&|_: &str| None), None);
    }
}
