//! A running embedded AWS and a plain HTTP client for it.
// Each service's tests use a part of it.
#![allow(dead_code)]

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use local_aws::server::{self, Config, Running};
use serde_json::Value;

/// An embedded AWS of its own, in a temporary folder.
pub struct Aws {
    pub running: Running,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: http::HeaderMap,
    /// The body as text.
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The text of the first XML element of that name, unescaped.
    pub fn element(&self, name: &str) -> Option<String> {
        self.elements(name).into_iter().next()
    }

    /// The texts of all XML elements of that name, in order, unescaped.
    pub fn elements(&self, name: &str) -> Vec<String> {
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        self.body
            .split(&open)
            .skip(1)
            .filter_map(|rest| rest.split(&close).next())
            .map(|text| {
                text.replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&quot;", "\"")
                    .replace("&#13;", "\r")
                    .replace("&amp;", "&")
            })
            .collect()
    }

    /// The code and message of a query-protocol error.
    pub fn error(&self) -> (String, String) {
        assert!(self.status >= 400, "not an error: {}", self.body);
        (
            self.element("Code").unwrap_or_default(),
            self.element("Message").unwrap_or_default(),
        )
    }

    /// This answer, which must be a success.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(self.status < 300, "{}: {}", self.status, self.body);
        self
    }
}

impl Aws {
    /// Starts one in a temporary folder.
    pub async fn start() -> Self {
        Self::with(Config::default()).await
    }

    /// Starts one as told.
    pub async fn with(config: Config) -> Self {
        Self {
            running: server::start(config).await.unwrap(),
        }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        self.running.url()
    }

    /// The server itself.
    pub fn running(&self) -> &Running {
        &self.running
    }

    /// Stops it, as Ctrl-C does.
    pub async fn stop(self) {
        self.running.stop().await;
    }

    /// Any request, with the headers of one signed for `service`.
    pub async fn request(
        &self,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        self.request_with("AKIALOCAL", service, method, path, headers, body)
            .await
    }

    /// Any request, with the headers of one signed for `service` with an access key.
    pub async fn request_with(
        &self,
        access_key: &str,
        service: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={access_key}/20260101/us-east-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
        );
        let all = [headers, &[("authorization", authorization.as_str())]].concat();
        self.send(method, path, &all, body.into()).await
    }

    /// The access key of a session of a new role that a function may have, with one inline
    /// policy of this statement.
    pub async fn role_with(&self, name: &str, statement: &Value) -> String {
        let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let create = [("RoleName", name), ("AssumeRolePolicyDocument", trust)];
        self.query("iam", "CreateRole", &create).await.ok();
        self.allow(name, statement).await;
        let world = self.running.gateway().world();
        local_aws::sts::issue(world, name, "session").access_key_id
    }

    /// Replaces the inline policy of a role of [`Aws::role_with`].
    pub async fn allow(&self, role: &str, statement: &Value) {
        let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [statement]});
        let put = [
            ("RoleName", role),
            ("PolicyName", "p"),
            ("PolicyDocument", &policy.to_string()),
        ];
        self.query("iam", "PutRolePolicy", &put).await.ok();
    }

    /// A request to one of the gateway's own paths; what follows `/_vanity-deploy/` is given.
    pub async fn control(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let path = format!("/_vanity-deploy/{path}");
        self.send(method, &path, &[], body.into()).await
    }

    /// A request with an `Authorization` header of one's own.
    pub async fn signed(
        &self,
        authorization: &str,
        method: &str,
        path: &str,
        body: &'static str,
    ) -> Answer {
        let headers = [("authorization", authorization)];
        self.send(method, path, &headers, body.into()).await
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Answer {
        let mut request = http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url()))
            .header("x-amz-date", "20260101T000000Z");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body)).unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let response = client.request(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    /// An operation of the query protocol (CloudFormation, IAM, SNS, STS).
    pub async fn query(&self, service: &str, action: &str, parameters: &[(&str, &str)]) -> Answer {
        self.query_with("AKIALOCAL", service, action, parameters)
            .await
    }

    /// An operation of the query protocol, with an access key.
    pub async fn query_with(
        &self,
        access_key: &str,
        service: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("Action", action)
            .extend_pairs(parameters)
            .finish();
        let headers = [(
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )];
        self.request_with(access_key, service, "POST", "/", &headers, body)
            .await
    }

    /// An operation of the JSON protocol (DynamoDB, Logs, SQS) by its target.
    pub async fn json(&self, service: &str, target: &str, body: &Value) -> Answer {
        self.json_with("AKIALOCAL", service, target, body).await
    }

    /// An operation of the JSON protocol, with an access key.
    pub async fn json_with(
        &self,
        access_key: &str,
        service: &str,
        target: &str,
        body: &Value,
    ) -> Answer {
        let headers = [
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", target),
        ];
        let body = body.to_string();
        self.request_with(access_key, service, "POST", "/", &headers, body)
            .await
    }

    /// A REST call with a JSON body (Lambda, Connect, API Gateway).
    pub async fn rest(&self, service: &str, method: &str, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.request(service, method, path, &headers, body).await
    }
}

/// A folder that several starts of a test have in turn.
pub fn kept(path: &std::path::Path) -> local_aws::StateFolder {
    local_aws::StateFolder {
        path: path.to_owned(),
        key: local_aws::Key::from_hex(&"07".repeat(32)).expect("64 digits"),
    }
}
