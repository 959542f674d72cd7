//! What a pipe does to other services, with its role: every call is checked
//! against the role's policies as if it came over the wire.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::answer::{self, Names};
use super::delivery::Outcome;
use super::state::InvocationType;
use crate::core::calls::call_as;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Principal, Request};
use crate::core::wire::response::Response;
use crate::core::world::World;

/// A session of a pipe's role.
#[derive(Clone)]
pub(super) struct Caller {
    world: Arc<World>,
    role_name: String,
    session_name: String,
}

/// Records, and where to go on reading unless the stream has ended.
pub(super) struct Page {
    pub(super) records: Vec<Value>,
    pub(super) next: Option<String>,
}

/// An invocation and what it answered, for the log.
pub(super) struct Invocation {
    pub(super) outcome: Outcome,
    /// The HTTP status.
    pub(super) status: u16,
    /// The function's answer, or why it could not be invoked.
    pub(super) answer: String,
}

impl Caller {
    /// A session of the role of that ARN.
    pub(super) fn new(world: &Arc<World>, role_arn: &str, session_name: &str) -> Self {
        Self {
            world: Arc::clone(world),
            role_name: role_arn.rsplit('/').next().unwrap_or_default().to_owned(),
            session_name: session_name.to_owned(),
        }
    }

    async fn call(
        &self,
        service: &str,
        path: &str,
        headers: &[(&'static str, &str)],
        body: Bytes,
    ) -> ServiceResult<Response> {
        let mut all = HeaderMap::new();
        for (name, value) in headers {
            let value = HeaderValue::from_str(value).map_err(ServiceError::internal)?;
            all.insert(HeaderName::from_static(name), value);
        }
        let request = Request {
            method: Method::POST,
            path: path.to_owned(),
            query: Vec::new(),
            headers: all,
            body,
        };
        let principal = Principal::AssumedRole {
            role_name: self.role_name.clone(),
            session_name: self.session_name.clone(),
        };
        call_as(&self.world, principal, service, &request).await
    }

    /// An operation of a JSON protocol.
    async fn json(&self, service: &str, target: &str, body: &Value) -> ServiceResult<Value> {
        let headers = [
            ("content-type", "application/x-amz-json-1.0"),
            ("x-amz-target", target),
        ];
        let response = self
            .call(service, "/", &headers, body.to_string().into())
            .await?;
        let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        if response.status < 300 {
            return Ok(answer);
        }
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        let code = text("__type")
            .rsplit('#')
            .next()
            .unwrap_or_default()
            .to_owned();
        Err(ServiceError::new(response.status, code, text("message")))
    }

    async fn stream(&self, operation: &str, body: &Value) -> ServiceResult<Value> {
        self.json(
            "dynamodb",
            &format!("DynamoDBStreams_20120810.{operation}"),
            body,
        )
        .await
    }

    /// `StreamDescription`.
    pub(super) async fn describe_stream(&self, stream_arn: &str) -> ServiceResult<Value> {
        let mut described = self
            .stream("DescribeStream", &json!({ "StreamArn": stream_arn }))
            .await?;
        Ok(described["StreamDescription"].take())
    }

    /// A shard iterator behind that sequence number; at the oldest record when that
    /// number is no longer kept.
    pub(super) async fn iterator(
        &self,
        stream_arn: &str,
        shard_id: &str,
        after: &str,
    ) -> ServiceResult<String> {
        let mut request = json!({
            "StreamArn": stream_arn,
            "ShardId": shard_id,
            "ShardIteratorType": "AFTER_SEQUENCE_NUMBER",
            "SequenceNumber": after,
        });
        let mut given = self.stream("GetShardIterator", &request).await;
        if let Err(error) = &given
            && error.code == "TrimmedDataAccessException"
        {
            tracing::error!(
                stream = stream_arn,
                after,
                "records were trimmed before they were delivered"
            );
            request = json!({
                "StreamArn": stream_arn,
                "ShardId": shard_id,
                "ShardIteratorType": "TRIM_HORIZON",
            });
            given = self.stream("GetShardIterator", &request).await;
        }
        let given = given?;
        Ok(given["ShardIterator"]
            .as_str()
            .unwrap_or_default()
            .to_owned())
    }

    /// `GetRecords`.
    pub(super) async fn records(&self, iterator: &str) -> ServiceResult<Page> {
        let mut answer = self
            .stream("GetRecords", &json!({ "ShardIterator": iterator }))
            .await?;
        let records = match answer["Records"].take() {
            Value::Array(records) => records,
            _ => Vec::new(),
        };
        let next = answer["NextShardIterator"].as_str().map(str::to_owned);
        Ok(Page { records, next })
    }

    /// Invokes the target with a batch.
    pub(super) async fn invoke(
        &self,
        function_arn: &str,
        kind: Option<InvocationType>,
        payload: String,
        batch: &[Names<'_>],
    ) -> Invocation {
        let function = utf8_percent_encode(function_arn, NON_ALPHANUMERIC);
        let path = format!("/2015-03-31/functions/{function}/invocations");
        let kind = match kind {
            Some(InvocationType::FireAndForget) => "Event",
            _ => "RequestResponse",
        };
        let headers = [
            ("content-type", "application/json"),
            ("x-amz-invocation-type", kind),
        ];
        match self.call("lambda", &path, &headers, payload.into()).await {
            Ok(response) => {
                let failed = response
                    .headers
                    .iter()
                    .any(|(name, _)| name == "x-amz-function-error");
                Invocation {
                    outcome: outcome(response.status, failed, &response.body, batch),
                    status: response.status,
                    answer: String::from_utf8_lossy(&response.body).into_owned(),
                }
            }
            Err(error) => Invocation {
                outcome: Outcome::Refused,
                status: error.status,
                answer: error.to_string(),
            },
        }
    }

    /// Sends a message to the queue of that ARN.
    pub(super) async fn send(&self, queue_arn: &str, body: &Value) -> ServiceResult<()> {
        let name = queue_arn.rsplit(':').next().unwrap_or_default();
        let request = json!({
            "QueueUrl": crate::sqs::queue_url(&self.world, name),
            "MessageBody": body.to_string(),
        });
        self.json("sqs", "AmazonSQS.SendMessage", &request).await?;
        Ok(())
    }
}

/// What an answer of `Invoke` means for the batch (AWS docs, "EventBridge Pipes
/// error handling": what the function or its permissions are to blame for counts
/// as a retry, what the service is to blame for does not).
fn outcome(status: u16, failed: bool, body: &[u8], batch: &[Names<'_>]) -> Outcome {
    match status {
        200 if failed => Outcome::Failure,
        200 => answer::outcome(body, batch),
        202 => Outcome::Success,
        // Being created or updated, too many at a time, a fault of the service.
        409 | 429 | 500.. => Outcome::Later,
        // Too large: half of it may not be.
        413 => Outcome::Failure,
        _ => Outcome::Refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_to_blame_decides_whether_a_retry_counts() {
        let batch = [Names {
            event_id: "a",
            sequence_number: "1",
        }];
        let of = |status, failed, body: &str| outcome(status, failed, body.as_bytes(), &batch);
        assert_eq!(of(200, false, "null"), Outcome::Success);
        assert_eq!(of(200, true, r#"{"errorType":"x"}"#), Outcome::Failure);
        let failures = r#"{"batchItemFailures":[{"itemIdentifier":"a"}]}"#;
        assert_eq!(of(200, false, failures), Outcome::Partial(0));
        // A function that failed has not answered.
        assert_eq!(of(200, true, failures), Outcome::Failure);
        assert_eq!(of(202, false, ""), Outcome::Success);
        assert_eq!(of(403, false, ""), Outcome::Refused);
        assert_eq!(of(404, false, ""), Outcome::Refused);
        assert_eq!(of(413, false, ""), Outcome::Failure);
        for status in [409, 429, 500, 503] {
            assert_eq!(of(status, false, ""), Outcome::Later, "{status}");
        }
    }
}
