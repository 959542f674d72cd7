//! Who sends a request, as far as its head tells: a browser or not, and by which name.

use http::HeaderMap;

/// The name in a `Host`, in lower case and without its port.
pub fn name(host: &str) -> Option<String> {
    let at = host.rfind(':').filter(|at| !host[*at..].contains(']'));
    let (name, port) = at.map_or((host, ""), |at| (&host[..at], &host[at + 1..]));
    let known = port.chars().all(|c| c.is_ascii_digit()) && (at.is_none() || !port.is_empty());
    known.then(|| name.to_ascii_lowercase())
}

/// Whether a name is one of loopback itself.
pub fn is_loopback(name: &str) -> bool {
    matches!(name, "127.0.0.1" | "localhost" | "[::1]")
}

/// Whether a browser says that it is one.
pub fn is_browser(headers: &HeaderMap) -> bool {
    headers
        .get_all(http::header::USER_AGENT)
        .iter()
        .any(|agent| agent.as_bytes().starts_with(b"Mozilla/"))
}

/// Whether a request to what only this machine's processes speak to, such as the Runtime
/// API, is one of theirs: by one name of loopback, and from no page (`Origin`,
/// `Sec-Fetch-Site`; see the gateway's own rules for why these).
pub fn is_of_this_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(http::header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return false;
    };
    let by_loopback = host
        .to_str()
        .ok()
        .and_then(name)
        .is_some_and(|name| is_loopback(&name));
    let from_a_page = headers.contains_key(http::header::ORIGIN)
        || headers.contains_key("sec-fetch-site")
        || is_browser(headers);
    by_loopback && !from_a_page
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    #[test]
    fn a_page_is_told_from_a_process() {
        let of_this_machine = |headers: &[(&'static str, &str)]| {
            let mut all = HeaderMap::new();
            for (name, value) in headers {
                let name = HeaderName::from_static(name);
                all.append(name, HeaderValue::from_str(value).unwrap());
            }
            is_of_this_machine(&all)
        };
        assert!(of_this_machine(&[("host", "127.0.0.1:9001")]));
        assert!(of_this_machine(&[
            ("host", "localhost:9001"),
            ("user-agent", "node")
        ]));
        assert!(!of_this_machine(&[]));
        assert!(!of_this_machine(&[("host", "evil.example:9001")]));
        assert!(!of_this_machine(&[
            ("host", "localhost"),
            ("host", "localhost")
        ]));
        for (name, value) in [
            ("origin", "https://evil.example"),
            ("sec-fetch-site", "cross-site"),
            ("user-agent", "Mozilla/5.0"),
        ] {
            assert!(!of_this_machine(&[
                ("host", "127.0.0.1:9001"),
                (name, value)
            ]));
        }
    }
}
