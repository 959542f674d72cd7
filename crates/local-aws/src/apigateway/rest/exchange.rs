//! One request to a stage, and what is known of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::compiled::Compiled;
use super::gateway_response::{self, Refusal};
use super::mapping::Sources;
use super::matching::Found;
use super::model::{MethodSettings, StageSettings};
use super::template::Parameters;
use crate::apigateway::event;
use crate::core::service::Request;
use crate::core::world::ACCOUNT;

/// One request to a stage.
pub(super) struct Exchange<'a> {
    /// The request.
    pub request: &'a Request,
    /// Id of the API.
    pub api: &'a str,
    /// Name of the stage.
    pub stage: &'a str,
    /// Its settings.
    pub settings: &'a StageSettings,
    /// The settings of the method, once it is known.
    pub method: MethodSettings,
    /// The deployment it serves.
    pub compiled: Arc<Compiled>,
    /// The path below the stage.
    pub path: &'a str,
    /// `$context.requestId`
    pub request_id: String,
    /// When it arrived.
    pub now: Timestamp,
    /// The parameters of the method request.
    pub parameters: Parameters,
    /// `$context`
    pub context: Value,
    /// What the integration answered, for the log.
    pub integration_status: Option<u16>,
    /// How long the integration took, in milliseconds.
    pub integration_latency: Option<i64>,
}

impl<'a> Exchange<'a> {
    #[allow(clippy::too_many_arguments, reason = "what a request is, once")]
    pub(super) fn new(
        request: &'a Request,
        region: &str,
        (api, stage, path): (&'a str, &'a str, &'a str),
        settings: &'a StageSettings,
        compiled: Arc<Compiled>,
        request_id: String,
        extended_id: &str,
        now: Timestamp,
    ) -> Self {
        let context = json!({
            "accountId": ACCOUNT,
            "apiId": api,
            "domainName": format!("{api}.execute-api.{region}.amazonaws.com"),
            "domainPrefix": api,
            "extendedRequestId": extended_id,
            "httpMethod": request.method.as_str(),
            "identity": {
                "sourceIp": "127.0.0.1",
                "userAgent": request.header("user-agent"),
            },
            "path": format!("/{stage}{path}"),
            "protocol": "HTTP/1.1",
            "requestId": request_id,
            "requestTime": event::time(now),
            "requestTimeEpoch": now.as_millisecond(),
            "stage": stage,
        });
        Self {
            request,
            api,
            stage,
            settings,
            method: settings.of_method("*", "*"),
            compiled,
            path,
            request_id,
            now,
            parameters: Parameters {
                path: BTreeMap::new(),
                querystring: request.query.iter().cloned().collect(),
                header: headers(request),
            },
            context,
            integration_status: None,
            integration_latency: None,
        }
    }

    /// Remembers the resource and its method, as declared.
    pub(super) fn arrived_at(&mut self, found: &Found<'_>, verb: &str) {
        self.method = self.settings.of_method(&found.resource.path, verb);
        self.parameters.path.clone_from(&found.variables);
        self.context["resourceId"] = found.id.into();
        self.context["resourcePath"] = found.resource.path.as_str().into();
    }

    /// Remembers why it is refused.
    pub(super) fn refused(&mut self, refusal: &Refusal) {
        self.context["error"] = gateway_response::error(refusal);
    }

    /// The content type of the request.
    pub(super) fn content_type(&self) -> Option<&str> {
        self.request.header("content-type")
    }

    /// What the client takes.
    pub(super) fn accept(&self) -> Option<&str> {
        self.request.header("accept")
    }

    /// What mapped parameters are taken from.
    pub(super) fn sources<'b>(
        &'b self,
        body: &'b str,
        headers: &'b [(String, String)],
    ) -> Sources<'b> {
        Sources {
            parameters: &self.parameters,
            headers,
            body,
            context: &self.context,
            stage_variables: &self.settings.variables,
        }
    }
}

/// Headers as browsers write their names; those of one name: the last.
fn headers(request: &Request) -> BTreeMap<String, String> {
    let mut headers: BTreeMap<String, String> = request
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (train_case(name.as_str()), value)
        })
        .collect();
    for (name, value) in [
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-Port", "443"),
        ("X-Forwarded-Proto", "https"),
    ] {
        headers.insert(name.to_owned(), value.to_owned());
    }
    headers
}

fn train_case(name: &str) -> String {
    let words: Vec<String> = name
        .split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
                .collect()
        })
        .collect();
    words.join("-")
}
