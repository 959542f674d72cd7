//! The trait that every service behind the gateway implements.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;

use crate::core::constraint::{self, Shown};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::response::{self, Response};
use crate::core::world::World;

/// An HTTP request, whole.
#[derive(Debug, Clone)]
pub struct Request {
    /// The HTTP method.
    pub method: Method,
    /// The path as sent, percent-encoded, without the query.
    pub path: String,
    /// The query's pairs, decoded, in order.
    pub query: Vec<(String, String)>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Request {
    /// The first query parameter of that name.
    pub fn query_value(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// A header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as JSON; an empty body is an empty object.
    ///
    /// # Errors
    /// `SerializationException` (400) naming what serde could not read. With
    /// `#[serde(deny_unknown_fields)]` on `T` that includes unknown members.
    pub fn json<T: DeserializeOwned>(&self) -> ServiceResult<T> {
        let body: &[u8] = if self.body.is_empty() {
            b"{}"
        } else {
            &self.body
        };
        serde_json::from_slice(body)
            .map_err(|error| ServiceError::new(400, "SerializationException", error.to_string()))
    }

    /// The segments of the path, percent-decoded, without empty ones.
    pub fn segments(&self) -> Vec<String> {
        self.path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| {
                percent_encoding::percent_decode_str(segment)
                    .decode_utf8_lossy()
                    .into_owned()
            })
            .collect()
    }
}

/// A member that serde could not read into a type that denies unknown ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread<'a> {
    /// It is not among those of the type: this emulation does not have it.
    Unknown(&'a str),
    /// It must be there and is not.
    Missing(&'a str),
    /// Something else is wrong.
    Other,
}

impl<'a> Unread<'a> {
    /// Reads the message of serde's error.
    pub fn of(message: &'a str) -> Self {
        let quoted = |lead: &str| message.strip_prefix(lead)?.split('`').next();
        if let Some(member) = quoted("unknown field `") {
            Self::Unknown(member)
        } else if let Some(member) = quoted("missing field `") {
            Self::Missing(member)
        } else {
            Self::Other
        }
    }
}

/// The words of AWS's validation for a member that is absent.
pub fn absent(member: &str) -> String {
    let mut letters = member.chars();
    let lower: String = letters
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(letters)
        .collect();
    constraint::message(Shown::Null, &lower, "Member must not be null")
}

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// The person or pipeline that deploys: an administrator of the account.
    Administrator,
    /// A session of a role, with the access key that the embedded STS issued.
    AssumedRole {
        /// The role's name.
        role_name: String,
        /// The session's name; for a function, the function's name.
        session_name: String,
    },
    /// An AWS service acting for a resource, e.g. Connect for an instance.
    Service {
        /// E.g. `connect.amazonaws.com`.
        service: String,
        /// ARN of the resource on whose behalf it acts (`aws:SourceArn`).
        source_arn: String,
    },
}

/// The circumstances of one call.
#[derive(Debug, Clone)]
pub struct Call {
    /// Id of the request, a UUID.
    pub request_id: String,
    /// Who calls.
    pub principal: Principal,
    /// When it arrived.
    pub now: jiff::Timestamp,
}

/// The operation that a request asks for, with the labels of its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The operation's name in the service model, e.g. `CreateContactFlow`.
    pub operation: &'static str,
    /// Path labels by their name in the service model, percent-decoded.
    pub labels: BTreeMap<&'static str, String>,
}

impl Route {
    /// An operation without labels.
    pub fn new(operation: &'static str) -> Self {
        Self {
            operation,
            labels: BTreeMap::new(),
        }
    }

    /// With a label.
    #[must_use]
    pub fn with(mut self, label: &'static str, value: impl Into<String>) -> Self {
        self.labels.insert(label, value.into());
        self
    }

    /// A label that the route is known to have; empty when it has not.
    pub fn label(&self, name: &str) -> &str {
        self.labels.get(name).map_or("", String::as_str)
    }
}

/// How a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Form-encoded request, XML answer (`xmlns` of the answer).
    Query {
        /// The XML namespace, with the API version.
        namespace: &'static str,
    },
    /// `X-Amz-Target` and JSON (version 1.0 or 1.1).
    Json {
        /// The content type of answers.
        content_type: &'static str,
    },
    /// REST paths and JSON bodies.
    RestJson {
        /// The member that carries an error's message, `message` or `Message`.
        message_member: &'static str,
    },
    /// REST paths and XML bodies (S3).
    RestXml,
}

/// What a role must be allowed before a call goes through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// E.g. `dynamodb:GetItem`.
    pub action: String,
    /// ARN of the resource, or `*` where the action knows none.
    pub resource: String,
}

/// A service behind the gateway.
#[async_trait]
pub trait Service: Send + Sync {
    /// How it speaks.
    fn protocol(&self) -> Protocol;

    /// The prefix of `X-Amz-Target` of a service of the JSON protocol that speaks CBOR too
    /// ([`cbor`](crate::core::wire::cbor)).
    fn cbor_target(&self) -> Option<&'static str> {
        None
    }

    /// An error as it goes on the wire.
    fn refusal(&self, error: &ServiceError, request_id: &str) -> Response {
        response::error(error, self.protocol(), request_id)
    }

    /// Which operation a request asks for.
    ///
    /// # Errors
    /// The service's own error for an unknown operation, or
    /// [`ServiceError::not_implemented`] for one that AWS has and this does not.
    fn route(&self, request: &Request) -> ServiceResult<Route>;

    /// What a role needs for this call. Every pair must be allowed.
    ///
    /// # Errors
    /// [`ServiceError::not_implemented`] when the service cannot say.
    fn permissions(
        &self,
        world: &World,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Vec<Permission>>;

    /// Whether the caller may do this; asked by the gateway before `handle`.
    ///
    /// By default a role's own policies must allow what [`Service::permissions`]
    /// names. A service whose resources have policies of their own asks
    /// IAM itself.
    ///
    /// # Errors
    /// `AccessDenied` or `AccessDeniedException`, and those of [`Service::permissions`].
    fn authorize(
        &self,
        world: &World,
        principal: &Principal,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<()> {
        let Principal::AssumedRole {
            role_name,
            session_name,
        } = principal
        else {
            return Ok(());
        };
        for permission in self.permissions(world, route, request)? {
            world.authorize(role_name, session_name, &permission)?;
        }
        Ok(())
    }

    /// Does it.
    ///
    /// # Errors
    /// The errors that the service model documents for the operation.
    async fn handle(
        &self,
        world: &Arc<World>,
        call: &Call,
        route: &Route,
        request: &Request,
    ) -> ServiceResult<Response>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_that_serde_could_not_read_are_told_apart() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Input {
            #[serde(rename = "Name")]
            _name: String,
        }
        let message = |text: &str| serde_json::from_str::<Input>(text).unwrap_err().to_string();
        assert_eq!(
            Unread::of(&message(r#"{"Name":"a","Other":1}"#)),
            Unread::Unknown("Other")
        );
        assert_eq!(Unread::of(&message("{}")), Unread::Missing("Name"));
        assert_eq!(Unread::of(&message(r#"{"Name":1}"#)), Unread::Other);
        assert!(absent("RoleName").contains("Value null at 'roleName'"));
    }
}
