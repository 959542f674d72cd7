//! Why credentials could not be fetched: in the SDK's errors, whose causes lie one within
//! the other, and in whose depth is what a service answered.

use std::error::Error;

use aws_credential_types::provider::error::{CredentialsError, TokenError};
use aws_sdk_sso::operation::get_role_credentials::GetRoleCredentialsError;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::{causes, chain, network};
use crate::engine::error::{CredentialsFault, FailureKind};

/// Why there are no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of refusal.
    pub kind: FailureKind,
    /// The code of the service that was asked for them, or what happened instead.
    pub code: String,
    /// In its words, or the SDK's.
    pub message: String,
}

/// The credentials' own error in a chain of causes.
pub fn found<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a CredentialsError> {
    causes(error).find_map(|cause| cause.downcast_ref::<CredentialsError>())
}

/// Why a provider gave none.
pub fn refusal(error: &CredentialsError) -> Refusal {
    let error: &(dyn Error + 'static) = error;
    if let Some((operation, metadata)) = causes(error).find_map(answer) {
        let code = metadata.code().unwrap_or("no code").to_owned();
        let message = metadata.message().unwrap_or("without a message");
        return Refusal {
            kind: FailureKind::Credentials(fault(&code)),
            message: format!("{operation}: {message}"),
            code,
        };
    }
    if let Some(connector) = causes(error).find_map(|cause| cause.downcast_ref::<ConnectorError>())
    {
        let (kind, code) = network(connector);
        if kind != FailureKind::Other {
            return Refusal {
                kind,
                code: code.to_owned(),
                message: chain(connector),
            };
        }
    }
    let is_frame =
        |cause: &(dyn Error + 'static)| cause.is::<CredentialsError>() || cause.is::<TokenError>();
    match causes(error).find(|cause| !is_frame(*cause)) {
        None => Refusal::nowhere(),
        Some(cause) => Refusal {
            kind: FailureKind::Credentials(CredentialsFault::Source),
            code: "not given".to_owned(),
            message: chain(cause),
        },
    }
}

impl Refusal {
    /// They are nowhere where they are looked for.
    pub fn nowhere() -> Self {
        Self {
            kind: FailureKind::Credentials(CredentialsFault::Missing),
            code: "no credentials".to_owned(),
            message: "none in the environment, the profile, or the machine's role".to_owned(),
        }
    }
}

/// What the service answered that was asked for credentials, and what it was asked.
fn answer<'a>(cause: &'a (dyn Error + 'static)) -> Option<(&'static str, ErrorMetadata)> {
    type Of<E> = SdkError<E, HttpResponse>;
    if let Some(error) = cause.downcast_ref::<Of<AssumeRoleError>>() {
        return Some(("STS AssumeRole", told(error)?));
    }
    if let Some(error) = cause.downcast_ref::<Of<AssumeRoleWithWebIdentityError>>() {
        return Some(("STS AssumeRoleWithWebIdentity", told(error)?));
    }
    if let Some(error) = cause.downcast_ref::<Of<GetRoleCredentialsError>>() {
        return Some(("IAM Identity Center GetRoleCredentials", told(error)?));
    }
    None
}

fn told<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<ErrorMetadata> {
    match error {
        SdkError::ServiceError(service) => Some(service.err().meta().clone()),
        _ => None,
    }
}

/// What a code means that came back for a request for credentials, or for any request with
/// them (IAM User Guide, "Common errors"; the service models of STS and SSO).
pub fn fault(code: &str) -> CredentialsFault {
    match code {
        "ExpiredToken"
        | "ExpiredTokenException"
        | "UnauthorizedException"
        | "TokenRefreshRequired" => CredentialsFault::Expired,
        "UnrecognizedClientException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "AuthFailure"
        | "InvalidToken" => CredentialsFault::Unknown,
        "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException" => CredentialsFault::Signature,
        "RequestTimeTooSkewed" | "RequestExpired" => CredentialsFault::Clock,
        "OptInRequired" | "RegionDisabledException" => CredentialsFault::NotEnabled,
        "AccessDenied"
        | "AccessDeniedException"
        | "ForbiddenException"
        | "ResourceNotFoundException" => CredentialsFault::Denied,
        _ => CredentialsFault::Source,
    }
}
