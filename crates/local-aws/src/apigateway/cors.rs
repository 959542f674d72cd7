//! Cross-origin requests (AWS docs, "Configure CORS for HTTP APIs"): API Gateway
//! answers preflights itself and replaces the function's CORS headers.

use super::apis::Cors;
use crate::core::service::Request;
use crate::core::wire::response::Response;

/// The answer to a preflight request.
pub(super) fn preflight(cors: &Cors, request: &Request) -> Option<Response> {
    let origin = request.header("origin")?;
    let method = request.header("access-control-request-method")?;
    if request.method != http::Method::OPTIONS {
        return None;
    }
    let response = Response::empty(204);
    let Some(allowed) = allowed_origin(cors, origin) else {
        return Some(response);
    };
    let mut response = response.with_header("access-control-allow-origin", allowed);
    if cors.allow_credentials {
        response = response.with_header("access-control-allow-credentials", "true");
    }
    if cors.allow_methods.iter().any(|m| m == "*" || m == method) {
        response =
            response.with_header("access-control-allow-methods", cors.allow_methods.join(","));
    }
    if !cors.allow_headers.is_empty() {
        response =
            response.with_header("access-control-allow-headers", cors.allow_headers.join(","));
    }
    if let Some(age) = cors.max_age {
        response = response.with_header("access-control-max-age", age.to_string());
    }
    Some(response)
}

/// The answer with API Gateway's CORS headers instead of the function's.
pub(super) fn apply(cors: &Cors, request: &Request, response: Response) -> Response {
    let mut response = response;
    response
        .headers
        .retain(|(name, _)| !name.starts_with("access-control-"));
    let allowed = request
        .header("origin")
        .and_then(|origin| allowed_origin(cors, origin));
    let Some(allowed) = allowed else {
        return response;
    };
    response = response.with_header("access-control-allow-origin", allowed);
    if cors.allow_credentials {
        response = response.with_header("access-control-allow-credentials", "true");
    }
    if !cors.expose_headers.is_empty() {
        response = response.with_header(
            "access-control-expose-headers",
            cors.expose_headers.join(","),
        );
    }
    response
}

/// `*`, or the origin itself when it is one of the allowed.
fn allowed_origin(cors: &Cors, origin: &str) -> Option<String> {
    cors.allow_origins.iter().find_map(|allowed| {
        let scheme = allowed.strip_suffix('*');
        match scheme {
            Some("") => Some("*".to_owned()),
            // `https://*`
            Some(scheme) if origin.starts_with(scheme) => Some(origin.to_owned()),
            _ if allowed.eq_ignore_ascii_case(origin) => Some(origin.to_owned()),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, headers: &[(&'static str, &str)]) -> Request {
        Request {
            method: method.parse().unwrap(),
            path: "/".to_owned(),
            query: Vec::new(),
            headers: headers
                .iter()
                .map(|(name, value)| {
                    let name = http::HeaderName::from_static(name);
                    (name, http::HeaderValue::from_str(value).unwrap())
                })
                .collect(),
            body: bytes::Bytes::new(),
        }
    }

    fn cors(origin: &str) -> Cors {
        Cors {
            allow_origins: vec![origin.to_owned()],
            allow_methods: vec!["GET".to_owned()],
            max_age: Some(60),
            ..Cors::default()
        }
    }

    fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
        response
            .headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    #[test]
    fn preflights_are_answered_without_the_function() {
        let asked = request(
            "OPTIONS",
            &[
                ("origin", "https://a.example"),
                ("access-control-request-method", "GET"),
            ],
        );
        let answer = preflight(&cors("*"), &asked).unwrap();
        assert_eq!(answer.status, 204);
        assert_eq!(header(&answer, "access-control-allow-origin"), Some("*"));
        assert_eq!(header(&answer, "access-control-allow-methods"), Some("GET"));
        assert_eq!(header(&answer, "access-control-max-age"), Some("60"));
        let refused = preflight(&cors("https://b.example"), &asked).unwrap();
        assert_eq!(refused.headers, []);
        assert!(preflight(&cors("*"), &request("OPTIONS", &[])).is_none());
    }

    #[test]
    fn the_headers_of_the_function_are_replaced() {
        let from_function = Response::empty(200)
            .with_header("access-control-allow-origin", "https://evil.example")
            .with_header("x-own", "1");
        let asked = request("GET", &[("origin", "https://a.example")]);
        let answer = apply(&cors("https://a.example"), &asked, from_function.clone());
        assert_eq!(
            header(&answer, "access-control-allow-origin"),
            Some("https://a.example")
        );
        assert_eq!(header(&answer, "x-own"), Some("1"));
        let answer = apply(&cors("*"), &request("GET", &[]), from_function);
        assert_eq!(header(&answer, "access-control-allow-origin"), None);
    }
}
