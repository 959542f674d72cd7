//! Which errors are worth another try.
//!
//! The SDK takes `LimitExceededException` for throttling, because some services
//! mean that. Connect, CloudFormation, IAM and Lambda mean a quota by it: nothing
//! comes of trying again but minutes of silence before the same answer.

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};

use super::failure::response_code;

/// Codes that name a quota. They are final.
const QUOTAS: &[&str] = &[
    "LimitExceededException",
    "LimitExceeded",
    "ServiceQuotaExceededException",
    "CodeStorageExceededException",
];

/// Forbids the retry of errors that name a quota; leaves all others to the SDK.
#[derive(Debug, Clone, Copy)]
pub struct QuotaIsFinal;

impl ClassifyRetry for QuotaIsFinal {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let code = context
            .response()
            .filter(|response| !response.status().is_success())
            .and_then(response_code);
        match code {
            Some(code) if QUOTAS.contains(&code.as_str()) => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "a quota is final"
    }
}
