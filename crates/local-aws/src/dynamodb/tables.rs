//! dynoxide: opened once, served on an address of its own that only the gateway knows.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use axum::body::Body;
use bytes::Bytes;
use dynoxide::Database;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use regex::Regex;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::streams;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::Request;
use crate::core::wire::response::Response;

/// The Region that dynoxide writes into ARNs.
const DYNOXIDE_REGION: &str = "arn:aws:dynamodb:dynoxide:";

/// The tables and their items.
pub struct Tables {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
    region: String,
    database: Database,
    streams: streams::Store,
    written: watch::Sender<u64>,
}

impl Tables {
    /// Opens (or creates) the database in the state's folder.
    ///
    /// # Errors
    /// What the database or the system said.
    pub(crate) async fn open(dir: &Path, region: &str) -> std::io::Result<Self> {
        let path = Self::file(dir);
        let failed = |reason: String| std::io::Error::other(reason);
        // Made for the user alone; SQLite's other files take after it.
        safe_files::append(&path).map_err(|e| failed(e.to_string()))?;
        let database = Database::new(&path.to_string_lossy()).map_err(|e| failed(e.to_string()))?;
        let listener = listen().await.map_err(|e| failed(e.to_string()))?;
        let address = listener.local_addr().map_err(|e| failed(e.to_string()))?;
        let streams = streams::Store::open(&path).map_err(|e| failed(e.to_string()))?;
        tokio::spawn(dynoxide::server::serve_on(listener, database.clone()));
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            url: format!("http://{address}/"),
            region: region.to_owned(),
            database,
            streams,
            written: watch::Sender::new(0),
        })
    }

    /// The database's file in the state's folder.
    pub(crate) fn file(dir: &Path) -> PathBuf {
        dir.join("dynamodb.sqlite")
    }

    /// The records of the tables' streams.
    pub(super) fn streams(&self) -> &streams::Store {
        &self.streams
    }

    /// Changes whenever a write went through, to whatever table.
    pub fn written(&self) -> watch::Receiver<u64> {
        self.written.subscribe()
    }

    /// Forgets old records of streams and deletes items whose time to live is over.
    pub(super) async fn sweep(&self) {
        if let Err(error) = self.streams.trim(jiff::Timestamp::now().as_second()) {
            tracing::warn!(%error, "old records of streams are still there");
        }
        let database = self.database.clone();
        match tokio::task::spawn_blocking(move || database.sweep_ttl()).await {
            Ok(Ok(0)) => {}
            Ok(Ok(_)) => self
                .written
                .send_modify(|count| *count = count.wrapping_add(1)),
            Ok(Err(error)) => tracing::warn!(%error, "expired items are still there"),
            Err(error) => tracing::warn!(%error, "expired items are still there"),
        }
    }

    /// Hands a client's request on and its answer back.
    pub(crate) async fn forward(
        &self,
        operation: &str,
        request: &Request,
    ) -> ServiceResult<Response> {
        let target = request.header("x-amz-target").unwrap_or_default();
        let body = self.inward(operation, request.body.clone());
        let (status, body) = self.send(target, body).await?;
        let body = self.outward(operation, body);
        Ok(Response {
            status,
            headers: vec![("content-type".to_owned(), String::new())],
            body,
        })
    }

    /// An operation from within, e.g. CloudFormation creating a table.
    ///
    /// # Errors
    /// DynamoDB's own error, code and message.
    pub async fn call<T: DeserializeOwned>(
        &self,
        operation: &str,
        input: &impl Serialize,
    ) -> ServiceResult<T> {
        let body = serde_json::to_vec(input).map_err(ServiceError::internal)?;
        let body = self.inward(operation, body.into());
        let (status, body) = self
            .send(&format!("DynamoDB_20120810.{operation}"), body)
            .await?;
        let body = self.outward(operation, body);
        if status == 200 {
            // Operations without an answer, e.g. TagResource, have an empty body.
            let body: &[u8] = if body.is_empty() { b"{}" } else { &body };
            return serde_json::from_slice(body).map_err(ServiceError::internal);
        }
        let error: Value = serde_json::from_slice(&body).map_err(ServiceError::internal)?;
        let text = |names: &[&str]| {
            names
                .iter()
                .find_map(|name| error.get(name)?.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        let code = text(&["__type"]);
        let code = code.rsplit('#').next().unwrap_or_default().to_owned();
        Err(ServiceError::new(
            status,
            code,
            text(&["message", "Message"]),
        ))
    }

    async fn send(&self, target: &str, body: Bytes) -> ServiceResult<(u16, Bytes)> {
        let request = http::Request::post(&self.url)
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", target)
            .header("x-amz-date", "20260101T000000Z")
            // dynoxide wants a signature to be there; who may do what is the gateway's matter.
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=gateway/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
            )
            .body(Full::new(body))
            .map_err(ServiceError::internal)?;
        let response = self
            .client
            .request(request)
            .await
            .map_err(ServiceError::internal)?;
        let status = response.status().as_u16();
        let body = Body::new(response.into_body())
            .collect()
            .await
            .map_err(ServiceError::internal)?;
        let operation = target.rsplit('.').next().unwrap_or_default();
        if status == 200 && WRITES.contains(&operation) {
            self.written
                .send_modify(|count| *count = count.wrapping_add(1));
        }
        Ok((status, body.to_bytes()))
    }

    fn inward(&self, operation: &str, body: Bytes) -> Bytes {
        let ours = format!("arn:aws:dynamodb:{}:", self.region);
        rename(operation, body, &ours, DYNOXIDE_REGION)
    }

    fn outward(&self, operation: &str, body: Bytes) -> Bytes {
        let ours = format!("arn:aws:dynamodb:{}:", self.region);
        let body = rename(operation, body, DYNOXIDE_REGION, &ours);
        let ours = format!("arn:aws:kms:{}:", self.region);
        let body = rename(operation, body, "arn:aws:kms:dynoxide:", &ours);
        label(operation, body)
    }
}

/// A listener for the gateway alone. dynoxide asks nobody who they are, answers every page in
/// a browser (`Access-Control-Allow-Origin: *`, preflights included), and takes nothing but a
/// TCP listener. So that no page finds it, it listens on one of the 16 million addresses of
/// loopback (RFC 1122, 3.2.1.3), all of which Linux answers to; where others do not, on the
/// usual one.
async fn listen() -> std::io::Result<TcpListener> {
    let mut bytes = [0; 3];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    let [a, b, c] = bytes;
    let hidden = Ipv4Addr::new(127, a, b, c.clamp(1, 254));
    match TcpListener::bind((hidden, 0)).await {
        Err(error) if error.kind() == std::io::ErrorKind::AddrNotAvailable => {
            tracing::warn!(
                "DynamoDB's tables are served on 127.0.0.1, where a page in a browser may find \
                 them: this system has no other address of loopback"
            );
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
        }
        bound => bound,
    }
}

/// Operations after which a stream may have something to read, or have ended.
const WRITES: &[&str] = &[
    "BatchExecuteStatement",
    "BatchWriteItem",
    "DeleteItem",
    "DeleteTable",
    "ExecuteStatement",
    "ExecuteTransaction",
    "PutItem",
    "TransactWriteItems",
    "UpdateItem",
    "UpdateTable",
];

/// Operations that carry items: what people store is never rewritten.
const DATA: &[&str] = &[
    "BatchExecuteStatement",
    "BatchGetItem",
    "BatchWriteItem",
    "DeleteItem",
    "ExecuteStatement",
    "ExecuteTransaction",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateItem",
];

fn rename(operation: &str, body: Bytes, from: &str, to: &str) -> Bytes {
    if DATA.contains(&operation) {
        return body;
    }
    match std::str::from_utf8(&body) {
        Ok(text) if text.contains(from) => text.replace(from, to).into(),
        _ => body,
    }
}

/// A stream's label where a table is described.
#[allow(clippy::expect_used, reason = "a constant that a test reads")]
static LABEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(/stream/|StreamLabel":")(\d+\.\d{9})"#).expect("a regular expression")
});

/// Writes the labels of streams as DynamoDB does.
fn label(operation: &str, body: Bytes) -> Bytes {
    if !operation.ends_with("Table") {
        return body;
    }
    match std::str::from_utf8(&body) {
        Ok(text) if LABEL.is_match(text) => LABEL
            .replace_all(text, |found: &regex::Captures<'_>| {
                format!("{}{}", &found[1], streams::public_label(&found[2]))
            })
            .into_owned()
            .into(),
        _ => body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn the_tables_are_where_no_page_looks() {
        let (one, other) = (listen().await.unwrap(), listen().await.unwrap());
        let ip = |listener: &TcpListener| listener.local_addr().unwrap().ip();
        assert!(ip(&one).is_loopback() && ip(&other).is_loopback());
        assert_ne!(ip(&one), Ipv4Addr::LOCALHOST);
        assert_ne!(ip(&one), ip(&other));
    }

    #[test]
    fn labels_are_times() {
        let body = Bytes::from_static(
            br#"{"LatestStreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/1763725033.123456001","LatestStreamLabel":"1763725033.123456001"}"#,
        );
        let told = label("DescribeTable", body.clone());
        insta::assert_snapshot!(String::from_utf8_lossy(&told), @r#"{"LatestStreamArn":"arn:aws:dynamodb:us-east-1:000000000000:table/t/stream/2025-11-21T11:37:13.123","LatestStreamLabel":"2025-11-21T11:37:13.123"}"#);
        // What people store is never rewritten.
        assert_eq!(label("GetItem", body.clone()), body);
    }
}
