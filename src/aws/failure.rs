//! SDK errors in the engine's terms: what kind of refusal, in the service's own words.

mod clock;
pub mod credentials;

use std::error::Error;
use std::time::SystemTime;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, DispatchFailure, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use crate::engine::error::{CredentialsFault, FailureKind, ServiceFailure};

/// Makes failures of one service.
#[derive(Debug, Clone, Copy)]
pub struct Service(pub &'static str);

impl Service {
    /// An SDK error as a failure of an operation.
    pub fn failure<E>(
        self,
        operation: &'static str,
        error: SdkError<E, HttpResponse>,
    ) -> ServiceFailure
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let request_id = error.raw_response().and_then(request_id);
        let (kind, code, message, problems) = match &error {
            SdkError::ServiceError(service) => answered(service.err(), service.raw()),
            SdkError::TimeoutError(_) => (
                FailureKind::Unreachable,
                "timeout".to_owned(),
                "no answer in time".to_owned(),
                Vec::new(),
            ),
            SdkError::DispatchFailure(failure) => not_sent(failure, &error),
            SdkError::ResponseError(response) => (
                FailureKind::Other,
                format!("HTTP {}", response.raw().status()),
                format!("an answer that cannot be read: {}", chain(&error)),
                Vec::new(),
            ),
            // The request was never sent: a member is missing or malformed.
            other => match refused_credentials(other) {
                Some(told) => told,
                None => (
                    FailureKind::Invalid,
                    "request".to_owned(),
                    chain(other),
                    Vec::new(),
                ),
            },
        };
        ServiceFailure {
            service: self.0,
            operation,
            kind,
            code,
            message,
            problems,
            request_id,
        }
    }

    /// A failure that the service told by a state instead of an error.
    pub fn state(
        self,
        operation: &'static str,
        kind: FailureKind,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> ServiceFailure {
        ServiceFailure {
            service: self.0,
            operation,
            kind,
            code: code.into(),
            message: message.into(),
            problems: Vec::new(),
            request_id: None,
        }
    }

    /// An answer without a member that the service always gives.
    pub fn incomplete(self, operation: &'static str, member: &str) -> ServiceFailure {
        self.state(
            operation,
            FailureKind::Other,
            "incomplete answer",
            format!("the answer has no {member}"),
        )
    }

    /// A wait that was given up.
    pub fn gave_up(self, operation: &'static str, message: impl Into<String>) -> ServiceFailure {
        self.state(operation, FailureKind::Other, "timeout", message)
    }
}

type Answer = (FailureKind, String, String, Vec<String>);

/// The service answered with an error.
fn answered<E: ProvideErrorMetadata>(error: &E, response: &HttpResponse) -> Answer {
    let status = response.status().as_u16();
    let code = error
        .code()
        .map(str::to_owned)
        .or_else(|| response_code(response))
        .unwrap_or_else(|| format!("HTTP {status}"));
    let problems = problems(response);
    let message = error
        .message()
        .map(str::to_owned)
        .or_else(|| response_message(response))
        .filter(|message| !message.is_empty())
        .unwrap_or_else(|| {
            if problems.is_empty() {
                format!("HTTP status {status}, without a message")
            } else {
                // Errors of flow content have problems instead of a message.
                problems.join("; ")
            }
        });
    let kind = kind(&code, &message, status);
    match clock_fault(kind, response) {
        Some(fault) => (
            FailureKind::Credentials(CredentialsFault::Clock),
            code,
            format!("{message} ({fault})"),
            problems,
        ),
        None => (kind, code, message, problems),
    }
}

/// How the clock is wrong, when that may be why the credentials were refused.
fn clock_fault(kind: FailureKind, response: &HttpResponse) -> Option<String> {
    match kind {
        FailureKind::Credentials(
            CredentialsFault::Signature | CredentialsFault::Unknown | CredentialsFault::Clock,
        ) => clock::fault(response.headers().get("date"), SystemTime::now()),
        _ => None,
    }
}

/// The request did not get as far as the service.
fn not_sent(failure: &DispatchFailure, error: &(dyn Error + 'static)) -> Answer {
    if let Some(answer) = refused_credentials(error) {
        return answer;
    }
    let (kind, code) = failure
        .as_connector_error()
        .map_or((FailureKind::Other, "not sent"), network);
    (kind, code.to_owned(), chain(error), Vec::new())
}

/// What kind of failure of the network it is.
fn network(error: &ConnectorError) -> (FailureKind, &'static str) {
    if let Some(tls) = causes(error).find_map(tls) {
        return match tls {
            rustls::Error::InvalidCertificate(_) => {
                (FailureKind::Untrusted, "certificate not trusted")
            }
            _ => (FailureKind::Unreachable, "no TLS"),
        };
    }
    if error.is_timeout() {
        (FailureKind::Unreachable, "timeout")
    } else if error.is_io() {
        (FailureKind::Unreachable, "no connection")
    } else {
        (FailureKind::Other, "not sent")
    }
}

/// The error of TLS, which may lie within errors of the system: those do not tell as their
/// cause what is in them, but the cause of that.
fn tls<'a>(cause: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    cause.downcast_ref().or_else(|| {
        let within = cause.downcast_ref::<std::io::Error>()?.get_ref()?;
        causes(within).find_map(tls)
    })
}

/// What is told when there are no credentials to sign a request with.
fn refused_credentials(error: &(dyn Error + 'static)) -> Option<Answer> {
    let refusal = credentials::refusal(credentials::found(error)?);
    Some((refusal.kind, refusal.code, refusal.message, Vec::new()))
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let cause = next?;
        next = cause.source();
        Some(cause)
    })
}

/// A chain of causes as one line, each said once.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut words: Vec<String> = Vec::new();
    for cause in causes(error) {
        let text = cause.to_string();
        // The SDK's frames say nothing about the cause.
        if text == "dispatch failure" || words.iter().any(|said| said.contains(&text)) {
            continue;
        }
        words.push(text);
    }
    words.join(": ")
}

/// What kind of refusal a code is. Codes are those of the service models of STS,
/// CloudFormation, Lambda, Connect, DynamoDB, S3 and IAM, and AWS's common errors.
fn kind(code: &str, message: &str, status: u16) -> FailureKind {
    match code {
        "ResourceNotFoundException"
        | "ChangeSetNotFound"
        | "ChangeSetNotFoundException"
        | "StackNotFoundException"
        | "NoSuchEntity"
        | "NoSuchBucket"
        | "NoSuchKey"
        | "TableNotFoundException" => FailureKind::NotFound,
        // CloudFormation has no code of its own for a stack that is not there.
        "ValidationError" if message.contains("does not exist") => FailureKind::NotFound,
        "ValidationError"
            if message.contains("_IN_PROGRESS state and can not be updated")
                || message.contains("_IN_PROGRESS state and cannot be updated") =>
        {
            FailureKind::Conflict
        }
        "DuplicateResourceException"
        | "ResourceConflictException"
        | "ResourceInUseException"
        | "ConflictException"
        | "IdempotencyException"
        | "ConditionalOperationFailedException"
        | "ConditionalCheckFailedException"
        | "PreconditionFailedException"
        | "PreconditionFailed"
        | "ConditionalRequestConflict"
        | "OperationAborted"
        | "BucketNotEmpty"
        | "AlreadyExistsException"
        | "EntityAlreadyExists"
        | "DeleteConflict"
        | "ConcurrentModification"
        | "InvalidChangeSetStatus"
        | "InvalidChangeSetStatusException"
        | "OperationInProgressException"
        | "OperationStatusCheckFailedException"
        | "TokenAlreadyExistsException"
        | "ResourceNotReadyException" => FailureKind::Conflict,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "InvalidToken"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "RequestTimeTooSkewed"
        | "AuthFailure"
        | "RegionDisabledException"
        | "OptInRequired" => FailureKind::Credentials(credentials::fault(code)),
        "AccessDenied"
        | "AccessDeniedException"
        | "UnauthorizedOperation"
        | "NotAuthorized"
        | "KMSAccessDeniedException" => FailureKind::AccessDenied,
        "ThrottlingException"
        | "Throttling"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "ProvisionedThroughputExceededException"
        | "SlowDown" => FailureKind::Throttled,
        "LimitExceededException"
        | "LimitExceeded"
        | "ServiceQuotaExceededException"
        | "CodeStorageExceededException"
        | "PolicyLengthExceededException" => FailureKind::Quota,
        "InvalidContactFlowException"
        | "InvalidContactFlowModuleException"
        | "InvalidParameterException"
        | "InvalidParameterValueException"
        | "InvalidParameterValue"
        | "InvalidRequestException"
        | "InvalidRequestContentException"
        | "InvalidRuntimeException"
        | "InvalidZipFileException"
        | "InvalidCodeSignatureException"
        | "MalformedPolicyDocument"
        | "InsufficientCapabilitiesException"
        | "PropertyValidationException"
        | "RequestTooLargeException"
        | "RequestEntityTooLargeException"
        | "EntityTooLarge"
        | "BadDigest"
        | "ValidationError"
        | "ValidationException"
        | "SerializationException"
        | "UnsupportedMediaTypeException" => FailureKind::Invalid,
        // There, though its HTTP status is 404.
        "ContactFlowNotPublishedException" => FailureKind::Other,
        _ => match status {
            403 => FailureKind::AccessDenied,
            404 => FailureKind::NotFound,
            429 => FailureKind::Throttled,
            _ => FailureKind::Other,
        },
    }
}

/// The error's code as the response has it: the header of the JSON protocols,
/// `__type` or `code` of a JSON body, `Code` of an XML body.
pub fn response_code(response: &HttpResponse) -> Option<String> {
    if let Some(header) = response.headers().get("x-amzn-errortype") {
        return Some(bare(header).to_owned());
    }
    let text = text(response)?;
    if let Some(json) = json(text) {
        return ["__type", "code", "Code"]
            .iter()
            .find_map(|member| json.get(member)?.as_str())
            .map(|code| bare(code).to_owned());
    }
    element(text, "Code")
}

/// The error's message as the response has it, for errors that the SDK does not know.
fn response_message(response: &HttpResponse) -> Option<String> {
    let text = text(response)?;
    if let Some(json) = json(text) {
        return ["message", "Message"]
            .iter()
            .find_map(|member| json.get(member)?.as_str())
            .map(str::to_owned);
    }
    element(text, "Message")
}

/// Each problem of a flow's content. Flows say `problems`, modules `Problems`.
fn problems(response: &HttpResponse) -> Vec<String> {
    let Some(json) = text(response).and_then(json) else {
        return Vec::new();
    };
    let list = json.get("problems").or_else(|| json.get("Problems"));
    let entries = list.and_then(serde_json::Value::as_array);
    entries
        .into_iter()
        .flatten()
        .filter_map(|problem| problem.get("message").or_else(|| problem.get("Message")))
        .filter_map(serde_json::Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// The id to quote to AWS support.
fn request_id(response: &HttpResponse) -> Option<String> {
    ["x-amzn-requestid", "x-amz-request-id", "x-amz-id-2"]
        .iter()
        .find_map(|name| response.headers().get(*name))
        .map(str::to_owned)
        .or_else(|| element(text(response)?, "RequestId"))
}

/// `namespace#Code:url` without what is around the code.
fn bare(code: &str) -> &str {
    let code = code.split_once(':').map_or(code, |(code, _)| code);
    code.rsplit_once('#').map_or(code, |(_, code)| code)
}

fn text(response: &HttpResponse) -> Option<&str> {
    std::str::from_utf8(response.body().bytes()?).ok()
}

fn json(text: &str) -> Option<serde_json::Value> {
    serde_json::from_str(text).ok()
}

/// The text of the first XML element of a name, without what is escaped in it.
fn element(text: &str, name: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    let mut found: Option<String> = None;
    loop {
        let event = reader.read_event().ok()?;
        match (&event, &mut found) {
            (Event::Start(start), None) if start.local_name().as_ref() == name.as_bytes() => {
                found = Some(String::new());
            }
            (Event::Empty(start), None) if start.local_name().as_ref() == name.as_bytes() => {
                return Some(String::new());
            }
            (Event::Text(part), Some(found)) => found.push_str(&part.xml10_content().ok()?),
            (Event::CData(part), Some(found)) => found.push_str(&part.xml10_content().ok()?),
            (Event::GeneralRef(reference), Some(found)) => {
                match reference.resolve_char_ref().ok()? {
                    Some(character) => found.push(character),
                    None => found.push_str(resolve_predefined_entity(&reference.decode().ok()?)?),
                }
            }
            (Event::End(_), Some(_)) => return found,
            (Event::Eof, _) => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "failure_tests.rs"]
mod tests;
