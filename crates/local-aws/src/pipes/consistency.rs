//! What a pipe says whose role was made a moment ago.

use jiff::Timestamp;

use super::state::Settings;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::state::State;

/// That the role of a pipe is known; a pipe that is begun without is `CREATE_FAILED` for
/// good, or `START_FAILED`.
///
/// # Errors
/// The reason, in the words of AWS (hashicorp/terraform-provider-aws #40572, where more than
/// 90 seconds had to pass).
pub(super) fn check_role(state: &State, settings: &Settings, now: Timestamp) -> ServiceResult<()> {
    match crate::iam::unknown(state, &settings.role_arn, now) {
        None => Ok(()),
        Some(_) => Err(ServiceError::new(
            400,
            "ValidationException",
            format!(
                "Input parameter is invalid from the request due to : Cannot access stream {}. \
                 Please ensure the customer role can perform actions on source stream",
                settings.source
            ),
        )),
    }
}
