//! dynoxide: opened once, served on a port of its own that only the gateway uses.

use std::path::Path;

use axum::body::Body;
use bytes::Bytes;
use dynoxide::Database;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::TcpListener;

use crate::error::{ServiceError, ServiceResult};
use crate::gateway::response::Response;
use crate::server::StartError;
use crate::service::Request;

/// The Region that dynoxide writes into ARNs.
const DYNOXIDE_REGION: &str = "arn:aws:dynamodb:dynoxide:";

/// The tables and their items.
pub struct Tables {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
    region: String,
}

impl Tables {
    /// Opens (or creates) the database in the state's folder.
    pub(crate) async fn open(dir: &Path, region: &str) -> Result<Self, StartError> {
        let path = dir.join("dynamodb.sqlite");
        let failed = |reason: String| StartError::Tables {
            path: path.clone(),
            reason,
        };
        let database = Database::new(&path.to_string_lossy()).map_err(|e| failed(e.to_string()))?;
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .map_err(|e| failed(e.to_string()))?;
        let address = listener.local_addr().map_err(|e| failed(e.to_string()))?;
        tokio::spawn(dynoxide::server::serve_on(listener, database));
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
            url: format!("http://{address}/"),
            region: region.to_owned(),
        })
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
        let prefix = match operation {
            "ListStreams" | "DescribeStream" | "GetShardIterator" | "GetRecords" => {
                "DynamoDBStreams_20120810"
            }
            _ => "DynamoDB_20120810",
        };
        let body = self.inward(operation, body.into());
        let (status, body) = self.send(&format!("{prefix}.{operation}"), body).await?;
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
        rename(operation, body, "arn:aws:kms:dynoxide:", &ours)
    }
}

/// Operations that carry items: what people store is never rewritten.
const DATA: &[&str] = &[
    "BatchExecuteStatement",
    "BatchGetItem",
    "BatchWriteItem",
    "DeleteItem",
    "ExecuteStatement",
    "ExecuteTransaction",
    "GetItem",
    "GetRecords",
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
