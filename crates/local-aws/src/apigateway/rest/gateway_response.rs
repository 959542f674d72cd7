//! What API Gateway answers for itself (AWS docs, "Gateway response types").

use std::collections::BTreeMap;

use serde_json::Value;

use super::mapping::{self, Side, Source, Sources};
use super::media;
use super::model::GatewayResponse;
use super::template::quoted;
use crate::apigateway::apis::bad_request;
use crate::core::error::ServiceResult;
use crate::core::wire::response::Response;

/// Types with their status; those of the defaults are of what they stand for.
pub(super) const TYPES: &[(&str, Option<u16>)] = &[
    ("ACCESS_DENIED", Some(403)),
    ("API_CONFIGURATION_ERROR", Some(500)),
    ("AUTHORIZER_CONFIGURATION_ERROR", Some(500)),
    ("AUTHORIZER_FAILURE", Some(500)),
    ("BAD_REQUEST_BODY", Some(400)),
    ("BAD_REQUEST_PARAMETERS", Some(400)),
    ("DEFAULT_4XX", None),
    ("DEFAULT_5XX", None),
    ("EXPIRED_TOKEN", Some(403)),
    ("INTEGRATION_FAILURE", Some(504)),
    ("INTEGRATION_TIMEOUT", Some(504)),
    ("INVALID_API_KEY", Some(403)),
    ("INVALID_SIGNATURE", Some(403)),
    ("MISSING_AUTHENTICATION_TOKEN", Some(403)),
    ("QUOTA_EXCEEDED", Some(429)),
    ("REQUEST_TOO_LARGE", Some(413)),
    ("RESOURCE_NOT_FOUND", Some(404)),
    ("THROTTLED", Some(429)),
    ("UNAUTHORIZED", Some(401)),
    ("UNSUPPORTED_MEDIA_TYPE", Some(415)),
    ("WAF_FILTERED", Some(403)),
];

/// The template of a response that has none of its own.
pub(super) const TEMPLATE: &str = r#"{"message":$context.error.messageString}"#;

/// A request that API Gateway answers itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The type.
    pub kind: &'static str,
    /// HTTP status, where it is not that of the type.
    pub status: Option<u16>,
    /// `$context.error.message`
    pub message: String,
    /// `$context.error.validationErrorString`
    pub validation: Option<String>,
    /// What went wrong, for the log alone.
    pub problem: Option<String>,
}

impl Refusal {
    /// A refusal of a type.
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            status: None,
            message: message.into(),
            validation: None,
            problem: None,
        }
    }

    /// The API is not set up as it should: `Internal server error`.
    pub fn configuration(problem: impl Into<String>) -> Self {
        Self {
            problem: Some(format!(
                "Execution failed due to configuration error: {}",
                problem.into()
            )),
            ..Self::new("API_CONFIGURATION_ERROR", "Internal server error")
        }
    }

    /// What the type is without gateway responses of the API.
    pub fn default_status(&self) -> u16 {
        let of_type = TYPES
            .iter()
            .find(|(kind, _)| *kind == self.kind)
            .and_then(|(_, status)| *status);
        self.status.or(of_type).unwrap_or(500)
    }

    fn error_type(&self) -> &'static str {
        match (self.kind, self.default_status()) {
            ("MISSING_AUTHENTICATION_TOKEN", _) => "MissingAuthenticationTokenException",
            ("UNSUPPORTED_MEDIA_TYPE", _) => "UnsupportedMediaTypeException",
            (_, 403) => "ForbiddenException",
            (_, 429) => "TooManyRequestsException",
            (_, 413) => "RequestTooLargeException",
            (_, 400..500) => "BadRequestException",
            _ => "InternalServerErrorException",
        }
    }

    /// The answer; `sources.context` already has the error.
    pub fn response(
        &self,
        responses: &BTreeMap<String, GatewayResponse>,
        sources: &Sources<'_>,
        accept: Option<&str>,
    ) -> Response {
        let status = self.default_status();
        let family = if status < 500 {
            "DEFAULT_4XX"
        } else {
            "DEFAULT_5XX"
        };
        let custom = responses.get(self.kind).or_else(|| responses.get(family));
        let template = custom.and_then(|custom| media::for_answer(&custom.templates, accept));
        let (content_type, template) = template
            .map_or(("application/json", TEMPLATE), |(kind, template)| {
                (kind, template.as_str())
            });
        let mut response = Response {
            status: custom.and_then(|custom| custom.status).unwrap_or(status),
            headers: vec![
                ("content-type".to_owned(), content_type.to_owned()),
                ("x-amzn-errortype".to_owned(), self.error_type().to_owned()),
            ],
            body: fill(template, sources).into(),
        };
        for (to, from) in custom.iter().flat_map(|custom| &custom.parameters) {
            let name = to.strip_prefix("gatewayresponse.header.").unwrap_or(to);
            let value =
                Source::parse(Side::Gateway, from).and_then(|source| sources.value(&source));
            if let Some(value) = value {
                let name = name.to_ascii_lowercase();
                response.headers.retain(|(known, _)| *known != name);
                response.headers.push((name, value));
            }
        }
        response
    }
}

/// Replaces `$context.…`, `$stageVariables.…` and `$method.request.…`; nothing else
/// is done with such templates. What has no value becomes empty.
fn fill(template: &str, sources: &Sources<'_>) -> String {
    let mut out = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let braced = rest.starts_with("${");
        let after = &rest[1 + usize::from(braced)..];
        let end = after
            .find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_' | '-'))
            .unwrap_or(after.len());
        let name = after[..end].trim_end_matches('.');
        let source = Source::parse(Side::Gateway, name);
        let closed = !braced || after[name.len()..].starts_with('}');
        match source.filter(|_| closed) {
            Some(source) => {
                out.push_str(&sources.value(&source).unwrap_or_default());
                rest = &after[name.len() + usize::from(braced)..];
            }
            None => {
                out.push('$');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// `$context.error` of a refusal.
pub(super) fn error(refusal: &Refusal) -> Value {
    let mut error = serde_json::json!({
        "message": refusal.message,
        "messageString": quoted(&refusal.message),
        "responseType": refusal.kind,
    });
    if let Some(validation) = &refusal.validation {
        // Escaped as templates put it between quotes.
        let quoted = quoted(validation);
        error["validationErrorString"] = quoted[1..quoted.len() - 1].into();
    }
    error
}

/// Refuses what API Gateway refuses.
pub(super) fn check(kind: &str, response: &GatewayResponse) -> ServiceResult<()> {
    if !TYPES.iter().any(|(known, _)| *known == kind) {
        return Err(bad_request(format!("Invalid response type: {kind}")));
    }
    if response
        .status
        .is_some_and(|status| !(100..600).contains(&status))
    {
        return Err(bad_request("Invalid status code"));
    }
    for (to, from) in &response.parameters {
        let header = to.strip_prefix("gatewayresponse.header.");
        let valid =
            header.is_some_and(|name| http::HeaderName::from_bytes(name.as_bytes()).is_ok());
        if !valid || Source::parse(Side::Gateway, from).is_none() {
            return Err(bad_request(format!(
                "Invalid mapping expression specified: {to}: {from}"
            )));
        }
    }
    Ok(())
}

/// Whether a variable of the context is there, for the access log.
pub(super) fn variable(context: &Value, name: &str) -> Option<String> {
    mapping::context(context, name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::apigateway::rest::template::Parameters;
    use serde_json::json;

    fn answered(refusal: &Refusal, responses: &Value) -> (u16, String, Vec<(String, String)>) {
        let responses: BTreeMap<String, GatewayResponse> =
            serde_json::from_value(responses.clone()).unwrap();
        let parameters = Parameters {
            header: BTreeMap::from([("Origin".to_owned(), "https://a.example".to_owned())]),
            ..Parameters::default()
        };
        let context = json!({"requestId": "r", "error": error(refusal)});
        let variables = BTreeMap::from([("v".to_owned(), "1".to_owned())]);
        let sources = Sources {
            parameters: &parameters,
            headers: &[],
            body: "",
            context: &context,
            stage_variables: &variables,
        };
        let response = refusal.response(&responses, &sources, None);
        let body = String::from_utf8(response.body.to_vec()).unwrap();
        (response.status, body, response.headers)
    }

    #[test]
    fn refusals_speak_as_they_are_told() {
        let refusal = Refusal {
            validation: Some(r#"[lacks (["a"])]"#.to_owned()),
            ..Refusal::new("BAD_REQUEST_BODY", "Invalid request body")
        };
        let (status, body, headers) = answered(&refusal, &json!({}));
        assert_eq!(
            (status, body.as_str()),
            (400, r#"{"message":"Invalid request body"}"#)
        );
        assert_eq!(headers[1].1, "BadRequestException");
        let own = json!({
            "DEFAULT_4XX": {"status": 418, "parameters": {}, "templates": {}},
            "BAD_REQUEST_BODY": {
                "status": 422,
                "parameters": {
                    "gatewayresponse.header.Access-Control-Allow-Origin": "'*'",
                    "gatewayresponse.header.X-Origin": "method.request.header.origin",
                    "gatewayresponse.header.X-None": "method.request.header.none",
                },
                "templates": {"application/json": r#"{"e":"$context.error.validationErrorString","t":"${context.error.responseType}","v":$stageVariables.v,"x":"$x $context.none."}"#},
            },
        });
        let (status, body, headers) = answered(&refusal, &own);
        assert_eq!(status, 422);
        assert_eq!(
            body,
            r#"{"e":"[lacks ([\"a\"])]","t":"BAD_REQUEST_BODY","v":1,"x":"$x ."}"#
        );
        assert_eq!(
            &headers[2..],
            [
                ("access-control-allow-origin".to_owned(), "*".to_owned()),
                ("x-origin".to_owned(), "https://a.example".to_owned()),
            ]
        );
        let other = Refusal::new("THROTTLED", "Too Many Requests");
        assert_eq!(answered(&other, &own).0, 418);
        assert_eq!(answered(&Refusal::configuration("x"), &own).0, 500);
    }

    proptest::proptest! {
        #[test]
        fn no_template_panics(template in r"(\$|\{|\}|context|\.|stageVariables|method\.request\.header\.|error|é|x){0,8}") {
            let own = json!({"THROTTLED": {"status": null, "parameters": {}, "templates": {"text/plain": template}}});
            answered(&Refusal::new("THROTTLED", "m"), &own);
        }
    }

    #[test]
    fn what_is_no_gateway_response() {
        let with = |to: &str, from: &str| GatewayResponse {
            parameters: BTreeMap::from([(to.to_owned(), from.to_owned())]),
            ..GatewayResponse::default()
        };
        assert!(check("NOTHING", &GatewayResponse::default()).is_err());
        assert!(check("DEFAULT_4XX", &with("header.X", "'a'")).is_err());
        assert!(check("DEFAULT_4XX", &with("gatewayresponse.header.X", "a")).is_err());
        assert!(check("DEFAULT_4XX", &with("gatewayresponse.header.X", "'a'")).is_ok());
    }
}
