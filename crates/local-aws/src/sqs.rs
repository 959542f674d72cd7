//! SQS: standard queues, with the JSON protocol that current clients speak.
//!
//! - [`queues`]: the queues and their attributes. Pure.
//! - [`message`]: what a message must be, and its MD5s. Pure.
//! - [`store`]: the messages, in a database of their own.

mod attributes;
mod batch;
pub mod cloudformation;
mod message;
mod metrics;
mod operations;
mod queues;
mod receive;
mod store;

use iam_policy::Kind;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::registration::Registration;
use crate::core::resource::Typed;
use crate::core::service::{Call, Permission, Principal, Protocol, Request, Route, Service};
use crate::core::wire::response::{self, Response};
use crate::core::world::{ACCOUNT, World};
use crate::iam;

pub use queues::State;
pub use store::{Counts, Messages};

/// `arn:aws:sqs:REGION:ACCOUNT:NAME`.
pub fn queue_arn(world: &World, name: &str) -> String {
    world.arn("sqs", name)
}

/// The URL that clients know a queue by: this gateway's address, `/ACCOUNT/NAME`. Any host is
/// taken back, so that a URL outlives a change of the port.
pub fn queue_url(world: &World, name: &str) -> String {
    format!("{}/{ACCOUNT}/{name}", world.public_url())
}

/// How many messages a queue has, by its name; `None` when there is no such queue.
///
/// # Errors
/// `InternalFailure` when the database fails.
pub fn counts(world: &World, name: &str) -> ServiceResult<Option<Counts>> {
    let found = world.read(|state| {
        let queue = state.of::<crate::sqs::State>().queue(name).ok()?;
        Some((queue.id.clone(), queue.attributes.retention()))
    });
    let Some((id, retention)) = found else {
        return Ok(None);
    };
    let now = world.clock.now().as_millisecond();
    world
        .handle::<crate::sqs::Messages>()
        .counts(&id, retention, now)
        .map(Some)
}

/// The name of a queue in its URL.
///
/// # Errors
/// `InvalidAddress` for what is no URL of a queue, `QueueDoesNotExist` for one of another account.
fn name_in_url(url: &str) -> ServiceResult<&str> {
    let rest = url
        .strip_prefix("http://")
        .or_else(|| url.strip_prefix("https://"));
    let mut parts = rest.unwrap_or_default().split('/').skip(1);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(ACCOUNT), Some(name), None) if !name.is_empty() => Ok(name),
        (Some(account), Some(name), None)
            if !name.is_empty()
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            Err(queues::no_such_queue())
        }
        _ => Err(ServiceError::new(
            400,
            "InvalidAddress",
            format!("The address {url} is not valid for this endpoint."),
        )),
    }
}

/// A parameter whose value cannot be.
fn invalid(message: impl Into<String>) -> ServiceError {
    ServiceError::new(400, "InvalidParameterValueException", message)
}

/// A parameter that must be given.
fn missing(name: &str) -> ServiceError {
    ServiceError::new(
        400,
        "MissingRequiredParameterException",
        format!("The request must contain the parameter {name}."),
    )
}

/// An error's code as it was before SQS spoke JSON, which most clients still show (AWS docs,
/// "AWS JSON protocol for Amazon SQS"; the codes are those of the query protocol).
fn query_code(code: &str) -> String {
    match code {
        "QueueDoesNotExist" => "AWS.SimpleQueueService.NonExistentQueue".to_owned(),
        "QueueNameExists" => "QueueAlreadyExists".to_owned(),
        "InvalidParameterValueException" => "InvalidParameterValue".to_owned(),
        "MissingRequiredParameterException" => "MissingParameter".to_owned(),
        "AccessDeniedException" => "AccessDenied".to_owned(),
        "BatchEntryIdsNotDistinct"
        | "BatchRequestTooLong"
        | "EmptyBatchRequest"
        | "InvalidBatchEntryId"
        | "MessageNotInflight"
        | "PurgeQueueInProgress"
        | "QueueDeletedRecently"
        | "TooManyEntriesInBatchRequest"
        | "UnsupportedOperation" => format!("AWS.SimpleQueueService.{code}"),
        other => other.to_owned(),
    }
}

/// The IAM action of an operation, in lower case as SQS's refusals have it. The batches have
/// none of their own (AWS docs, "Amazon SQS API permissions").
fn action(operation: &str) -> String {
    let single = operation.strip_suffix("Batch").unwrap_or(operation);
    format!("sqs:{}", single.to_ascii_lowercase())
}

/// The service.
pub struct Sqs;

/// The service as the embedded AWS knows it.
pub(crate) const REGISTRATION: Registration = Registration {
    handles: |handles, store| {
        handles.insert(Messages::of(&store.dir().join("sqs")));
    },
    resource_types: &[
        &Typed::<cloudformation::Queue>::TYPE,
        &Typed::<cloudformation::QueuePolicy>::TYPE,
    ],
    metric: metrics::known,
    peers: &["iam"],
    ..Registration::new("sqs", "sqs", &Sqs, crate::core::state::State::with::<State>)
};

#[async_trait]
impl Service for Sqs {
    fn protocol(&self) -> Protocol {
        Protocol::Json {
            content_type: "application/x-amz-json-1.0",
        }
    }

    fn refusal(&self, error: &ServiceError, request_id: &str) -> Response {
        response::error(error, self.protocol(), request_id)
            .with_query_error(error, &query_code(&error.code))
    }

    fn route(&self, request: &Request) -> ServiceResult<Route> {
        if request.header("x-amz-target").is_none() {
            return Err(ServiceError::not_implemented(
                "the query protocol of SQS, which clients spoke before 2023",
            ));
        }
        crate::operations::SQS.in_target(request, "AmazonSQS.", operations::OPERATIONS)
    }

    fn permissions(
        &self,
        world: &World,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Vec<Permission>> {
        let body: Value = request.json()?;
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let name = text("QueueUrl")
            .and_then(|url| name_in_url(url).ok())
            .or_else(|| text("QueueName"));
        let resource = name.map_or_else(|| "*".to_owned(), |name| queue_arn(world, name));
        let mut actions = vec![action(route.operation)];
        if route.operation == "CreateQueue" && body.get("tags").is_some() {
            actions.push(action("TagQueue"));
        }
        Ok(actions
            .into_iter()
            .map(|action| Permission {
                action,
                resource: resource.clone(),
            })
            .collect())
    }

    fn authorize(
        &self,
        world: &World,
        principal: &Principal,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<()> {
        for permission in self.permissions(world, route, request)? {
            let name = permission.resource.rsplit(':').next().unwrap_or_default();
            let document = world.read(|state| {
                let queue = state.of::<crate::sqs::State>().queue(name).ok()?;
                queue.attributes.policy.clone()
            });
            let policy = document
                .map(|text| {
                    iam_policy::parse(&text, Kind::Resource).map_err(ServiceError::internal)
                })
                .transpose()?;
            iam::authorize_on(
                world,
                principal,
                &permission,
                policy.as_ref(),
                &iam_policy::Context::new(),
            )?;
        }
        Ok(())
    }

    async fn handle(
        &self,
        world: &Arc<World>,
        call: &Call,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Response> {
        match operations::run(world, call, route.operation, request).await? {
            Some(value) => Response::json(&value),
            None => Ok(Response::empty(200)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_named_by_the_path_of_its_url() {
        for (url, expected) in [
            ("http://127.0.0.1:4599/000000000000/q", Ok("q")),
            (
                "https://sqs.us-east-1.amazonaws.com/000000000000/a-b_1",
                Ok("a-b_1"),
            ),
            ("http://h/111122223333/q", Err("QueueDoesNotExist")),
            ("http://h/000000000000/q/x", Err("InvalidAddress")),
            ("http://h/000000000000/", Err("InvalidAddress")),
            ("q", Err("InvalidAddress")),
            ("", Err("InvalidAddress")),
        ] {
            let found = name_in_url(url).map_err(|error| error.code.into_owned());
            assert_eq!(found, expected.map_err(str::to_owned), "{url}");
        }
    }

    #[test]
    fn batches_need_the_right_of_one() {
        assert_eq!(action("SendMessageBatch"), "sqs:sendmessage");
        assert_eq!(action("ReceiveMessage"), "sqs:receivemessage");
    }

    #[test]
    fn clients_are_told_the_older_code_too() {
        let refusal = Sqs.refusal(&queues::no_such_queue(), "r");
        let header = |name: &str| {
            refusal
                .headers
                .iter()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.as_str())
        };
        assert_eq!(
            header("x-amzn-query-error"),
            Some("AWS.SimpleQueueService.NonExistentQueue;Sender")
        );
        assert_eq!(header("x-amzn-errortype"), Some("QueueDoesNotExist"));
    }
}
