//! For the adapters' tests: a service that answers by a script, and notes to read.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use super::pace::Pace;
use super::wait::Waiting;
use super::wait::testing::NoPause;
use crate::engine::ports::{Ports, Progress};

/// What the script answers.
#[derive(Debug, Clone)]
struct Line {
    on: String,
    answer: Answer,
    left: usize,
}

#[derive(Debug, Clone)]
enum Answer {
    Http(u16, Vec<(String, String)>, String),
    Refused,
}

/// A service that answers by a script and remembers what it was asked.
#[derive(Clone, Default)]
pub struct Script {
    lines: Arc<Mutex<Vec<Line>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

impl Script {
    /// An empty script: nothing is answered.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers the next request that contains `on` (in `METHOD URI BODY`).
    pub fn on(self, on: &str, status: u16, body: &str) -> Self {
        self.with(on, 1, Answer::Http(status, Vec::new(), body.to_owned()))
    }

    /// Answers so many requests that contain `on`.
    pub fn times(self, left: usize, on: &str, status: u16, body: &str) -> Self {
        self.with(on, left, Answer::Http(status, Vec::new(), body.to_owned()))
    }

    /// Answers with an error of the REST-JSON protocol.
    pub fn error(self, on: &str, status: u16, code: &str, message: &str) -> Self {
        let headers = vec![("x-amzn-errortype".to_owned(), code.to_owned())];
        let body = serde_json::json!({ "message": message }).to_string();
        self.with(on, 1, Answer::Http(status, headers, body))
    }

    /// Answers with an error whose body is given.
    pub fn error_body(self, on: &str, status: u16, code: &str, body: &str) -> Self {
        let headers = vec![
            ("x-amzn-errortype".to_owned(), code.to_owned()),
            ("x-amzn-requestid".to_owned(), "req-1".to_owned()),
        ];
        self.with(on, 1, Answer::Http(status, headers, body.to_owned()))
    }

    /// Answers with these headers.
    pub fn answer(self, on: &str, status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        self.with(on, 1, Answer::Http(status, headers, body.to_owned()))
    }

    /// Refuses the connection, always.
    pub fn refused(self) -> Self {
        self.with("", usize::MAX, Answer::Refused)
    }

    fn with(self, on: &str, left: usize, answer: Answer) -> Self {
        self.lines.lock().unwrap().push(Line {
            on: on.to_owned(),
            answer,
            left,
        });
        self
    }

    /// What it was asked, as `METHOD URI BODY`.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// How many requests contained this.
    pub fn count(&self, part: &str) -> usize {
        self.asked()
            .iter()
            .filter(|asked| asked.contains(part))
            .count()
    }

    /// Fails the test when a scripted answer was not asked for.
    pub fn assert_used(&self) {
        let lines = self.lines.lock().unwrap();
        let unused: Vec<&Line> = lines.iter().filter(|line| line.left > 0).collect();
        assert!(unused.is_empty(), "never asked for: {unused:#?}");
    }

    /// Ports over it whose waits take no time.
    pub fn ports(&self) -> Ports {
        self.ports_and_pauses().0
    }

    /// Ports, and the pauses that their waits would have made.
    pub fn ports_and_pauses(&self) -> (Ports, Arc<NoPause>) {
        let pauses = Arc::new(NoPause::default());
        let ports = super::config::ports(
            &self.config(),
            &Waiting::new(pauses.clone()),
            &Pace::unlimited(),
        );
        (ports, pauses)
    }

    /// Ports that wait by the clock and draw by chance.
    pub fn ports_by_chance(&self) -> Ports {
        super::config::ports(&self.config(), &Waiting::default(), &Pace::unlimited())
    }

    fn config(&self) -> SdkConfig {
        let connector = SharedHttpConnector::new(self.clone());
        let credentials = Credentials::new("AKIATEST", "secret", None, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client_fn(move |_, _| connector.clone()))
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(3)
                    .with_initial_backoff(Duration::from_millis(1))
                    .with_max_backoff(Duration::from_millis(2)),
            )
            .build()
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        let mut text = format!(
            "{} {} {}",
            request.method(),
            request.uri(),
            String::from_utf8_lossy(body)
        );
        if let Some(owner) = request.headers().get("x-amz-expected-bucket-owner") {
            text.push_str(&format!(" x-amz-expected-bucket-owner: {owner}"));
        }
        self.asked.lock().unwrap().push(text.clone());
        let mut lines = self.lines.lock().unwrap();
        let line = lines
            .iter_mut()
            .find(|line| line.left > 0 && text.contains(&line.on));
        let answer = match line {
            Some(line) => {
                line.left -= 1;
                line.answer.clone()
            }
            None => panic!("not in the script: {text}"),
        };
        HttpConnectorFuture::ready(match answer {
            Answer::Refused => Err(ConnectorError::io("connection refused".into())),
            Answer::Http(status, headers, body) => {
                let mut response =
                    HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body));
                for (name, value) in headers {
                    response.headers_mut().insert(name, value);
                }
                Ok(response)
            }
        })
    }
}

/// Keeps the notes.
#[derive(Default)]
pub struct Notes(Mutex<Vec<String>>);

impl Notes {
    /// What was told.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Progress for Notes {
    fn note(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

/// An embedded AWS of its own and ports to it.
pub async fn local() -> (local_aws::Running, Ports) {
    let running = local_aws::server::start(local_aws::Config {
        what: "a test".to_owned(),
        ..local_aws::Config::default()
    })
    .await
    .unwrap();
    let endpoint = super::config::LocalEndpoint {
        url: running.url(),
        region: "us-east-1".to_owned(),
    };
    let ports = super::config::ports(
        &super::config::local_config(&endpoint),
        &Waiting::default(),
        &Pace::unlimited(),
    );
    (running, ports)
}
