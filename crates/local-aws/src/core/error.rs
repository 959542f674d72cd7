//! What a service answers when it refuses.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

/// An error of an AWS service, before a protocol gives it its wire shape.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ServiceError {
    /// HTTP status.
    pub status: u16,
    /// The error's code as the service model names it, e.g. `ResourceNotFoundException`.
    pub code: Cow<'static, str>,
    /// The message for a person.
    pub message: String,
    /// Further members of the error's shape (JSON protocols), e.g. `problems`.
    pub members: Box<Map<String, Value>>,
}

/// The result of an operation.
pub type ServiceResult<T> = Result<T, ServiceError>;

impl ServiceError {
    /// An error with the status and code that the service model documents.
    pub fn new(
        status: u16,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code: code.into(),
            message: message.into(),
            members: Box::default(),
        }
    }

    /// Adds a member of the error's shape beside the message.
    #[must_use]
    pub fn with(mut self, member: &str, value: impl Into<Value>) -> Self {
        self.members.insert(member.to_owned(), value.into());
        self
    }

    /// An operation, parameter or feature that this emulation does not have.
    ///
    /// HTTP 501, so that no client takes it for an answer of AWS nor retries it.
    pub fn not_implemented(what: impl std::fmt::Display) -> Self {
        Self::new(
            501,
            "NotImplementedByLocalAws",
            format!("the embedded AWS does not implement {what}"),
        )
    }

    /// Whether this is about what the emulation does not have, and not an answer of a service.
    pub fn is_not_implemented(&self) -> bool {
        self.status == 501 && self.code == "NotImplementedByLocalAws"
    }

    /// A fault of the emulation itself.
    pub fn internal(what: impl std::fmt::Display) -> Self {
        Self::new(
            500,
            "InternalFailure",
            format!("the embedded AWS failed: {what}"),
        )
    }

    /// The body of a JSON protocol: the message under `message_member`, then the members.
    /// An error whose shape spells its message member otherwise (Lambda has both
    /// `message` and `Message`) carries it among its members.
    pub fn to_json(&self, message_member: Option<&str>) -> Value {
        let mut body = json!({});
        if let Value::Object(map) = &mut body {
            let told = |member: &str| {
                self.members
                    .keys()
                    .any(|key| key.eq_ignore_ascii_case(member))
            };
            if let Some(member) = message_member.filter(|member| !told(member)) {
                map.insert(member.to_owned(), self.message.clone().into());
            }
            map.extend(self.members.as_ref().clone());
        }
        body
    }
}
