//! Answers, and the wire shape of errors per protocol.

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use super::xml;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Protocol;

/// An answer before it goes on the wire.
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Headers; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Bytes,
}

/// A moment as the JSON protocols have it: seconds since 1970, with milliseconds.
#[allow(
    clippy::cast_precision_loss,
    reason = "milliseconds since 1970 are exact in a double"
)]
pub fn epoch_seconds(time: jiff::Timestamp) -> f64 {
    time.as_millisecond() as f64 / 1000.0
}

impl Response {
    /// A JSON answer with status 200.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn json(value: &impl Serialize) -> ServiceResult<Self> {
        Self::json_with_status(200, value)
    }

    /// A JSON answer with another status, e.g. 201 of `CreateFunction`.
    ///
    /// # Errors
    /// When the value cannot be written as JSON.
    pub fn json_with_status(status: u16, value: &impl Serialize) -> ServiceResult<Self> {
        let body = serde_json::to_vec(value).map_err(ServiceError::internal)?;
        Ok(Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.into(),
        })
    }

    /// No body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// The answer of a query-protocol operation: `<OpResponse><OpResult>…`.
    /// `None` for operations without a result.
    pub fn query(
        operation: &str,
        namespace: &str,
        result: Option<&Value>,
        request_id: &str,
    ) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type".to_owned(), "text/xml".to_owned())],
            body: xml::query_response(operation, namespace, result, request_id).into(),
        }
    }

    /// The answer of a REST operation with XML in its body; see [`xml::document`].
    pub fn xml(root: &str, namespace: &str, value: &Value) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/xml".to_owned())],
            body: xml::document(root, namespace, value).into(),
        }
    }

    /// With a header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// With an error's code as clients knew it before the service spoke JSON, which is what
    /// most of them still show.
    #[must_use]
    pub(crate) fn with_query_error(self, error: &ServiceError, code: &str) -> Self {
        let fault = if error.status < 500 {
            "Sender"
        } else {
            "Receiver"
        };
        self.with_header("x-amzn-query-error", format!("{code};{fault}"))
    }

    pub(crate) fn with_request_id(self, request_id: &str, protocol: Protocol) -> Self {
        let name = match protocol {
            Protocol::RestXml => "x-amz-request-id",
            _ => "x-amzn-requestid",
        };
        let content_type = match protocol {
            Protocol::Json { content_type } => Some(content_type),
            _ => None,
        };
        let mut this = self;
        if let Some(content_type) = content_type
            && let Some(header) = this
                .headers
                .iter_mut()
                .find(|(name, _)| name == "content-type")
        {
            header.1 = content_type.to_owned();
        }
        if this.headers.iter().any(|(existing, _)| existing == name) {
            return this;
        }
        this.with_header(name, request_id)
    }

    /// As the answer to a request of that method: to HEAD nobody answers with a
    /// body. What its length and type would be is said by who knows them.
    pub(crate) fn for_method(mut self, method: &http::Method) -> Self {
        if method == http::Method::HEAD {
            self.body = Bytes::new();
        }
        self
    }

    /// As an HTTP response.
    pub fn into_http(self) -> http::Response<Body> {
        let mut response = http::Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in self.headers {
            if let (Ok(name), Ok(value)) = (
                HeaderName::from_bytes(name.as_bytes()),
                HeaderValue::from_str(&value),
            ) {
                response.headers_mut().append(name, value);
            }
        }
        response
    }
}

/// An error in the shape of the protocol.
pub fn error(error: &ServiceError, protocol: Protocol, request_id: &str) -> Response {
    let (content_type, body) = match protocol {
        Protocol::Query { namespace } => (
            "text/xml",
            xml::query_error(error, namespace, request_id).into_bytes(),
        ),
        Protocol::Json { content_type } => {
            let mut body = error.to_json(Some("message"));
            if let Value::Object(map) = &mut body {
                map.insert("__type".to_owned(), json!(error.code));
            }
            (content_type, body.to_string().into_bytes())
        }
        Protocol::RestJson { message_member } => {
            // An error whose shape has members but no message keeps to its shape
            // (Connect's InvalidContactFlowException has `problems` alone).
            let member = (!error.message.is_empty()).then_some(message_member);
            (
                "application/json",
                error.to_json(member).to_string().into_bytes(),
            )
        }
        Protocol::RestXml => (
            "application/xml",
            xml::rest_error(error, request_id).into_bytes(),
        ),
    };
    let response = Response {
        status: error.status,
        headers: vec![("content-type".to_owned(), content_type.to_owned())],
        body: body.into(),
    };
    match protocol {
        Protocol::Query { .. } | Protocol::RestXml => response,
        _ => response.with_header("x-amzn-errortype", error.code.clone()),
    }
}
