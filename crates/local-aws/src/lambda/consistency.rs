//! What Lambda answers while what was just made is not known everywhere.

use jiff::Timestamp;

use super::errors;
use super::names::FunctionName;
use crate::core::consistency::{Lag, begin, young};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::state::State;
use crate::core::world::ACCOUNT;

const NOT_ASSUMED: &str = "The role defined for the function cannot be assumed by Lambda.";

fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or_default()
}

/// That the role of a function that is made or changed is known. A function with environment
/// variables needs a grant of KMS for it, which fails in words of its own, by turns.
///
/// # Errors
/// `InvalidParameterValueException` (aws/chalice #1069;
/// hashicorp/terraform-provider-aws #4633 and #5849).
pub fn check_role(
    state: &State,
    role_arn: &str,
    function: &str,
    has_variables: bool,
    now: Timestamp,
) -> ServiceResult<()> {
    let Some(young) = crate::iam::unknown(state, role_arn, now) else {
        return Ok(());
    };
    if has_variables && young.turn(now, 2) == 1 {
        return Err(errors::invalid(format!(
            "Lambda was unable to configure access to your environment variables because the \
             KMS key is invalid for CreateGrant. Please check your KMS key settings. KMS \
             Exception: InvalidArnException KMS Message: ARN does not refer to a valid \
             principal: arn:aws:sts::{ACCOUNT}:assumed-role/{}/{function}",
            last(role_arn)
        )));
    }
    Err(errors::invalid(NOT_ASSUMED))
}

/// That the role of a function is known where it runs.
///
/// # Errors
/// `AccessDeniedException` (aws/chalice #1342); with environment variables also
/// `KMSAccessDeniedException`, by turns (serverless/examples #279,
/// hashicorp/terraform-provider-aws #6352).
pub fn check_role_at_work(
    state: &State,
    role_arn: &str,
    has_variables: bool,
    now: Timestamp,
) -> ServiceResult<()> {
    let Some(young) = crate::iam::unknown_at_work(state, role_arn, now) else {
        return Ok(());
    };
    if has_variables && young.turn(now, 2) == 1 {
        return Err(errors::kms_access_denied(
            "Lambda was unable to decrypt the environment variables because KMS access was \
             denied. Please check the function's KMS key settings. KMS Exception: \
             AccessDeniedExceptionKMS Message: The ciphertext refers to a customer master key \
             that does not exist, does not exist in this region, or you are not allowed to \
             access.",
        ));
    }
    Err(errors::access_denied(NOT_ASSUMED))
}

/// An alias was made.
pub fn alias_made(state: &mut State, function: &str, alias: &str, now: Timestamp) {
    begin(state, Lag::Alias, &format!("{function}:{alias}"), now);
}

/// Whether the policy of a function is being written by somebody: it has one writer at a time.
pub fn is_policy_written(state: &State, function: &str, now: Timestamp) -> bool {
    young(state, Lag::PolicyWrite, function, now).is_some()
}

/// The policy of a function is being written.
pub fn policy_written(state: &mut State, function: &str, now: Timestamp) {
    begin(state, Lag::PolicyWrite, function, now);
}

/// That a statement may be added.
///
/// # Errors
/// `ResourceConflictException` while another is being written (anomalyco/sst #6923,
/// hashicorp/terraform-provider-aws #5154); `ResourceNotFoundException` for an alias of a
/// moment ago.
pub fn check_permission(
    state: &State,
    name: &FunctionName,
    region: &str,
    now: Timestamp,
) -> ServiceResult<()> {
    if is_policy_written(state, &name.name, now) {
        return Err(errors::conflict(
            "The function could not be updated due to a concurrent update operation.",
        ));
    }
    check_alias(state, name, region, now)
}

/// That an alias is known to the operations on policies.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn check_alias(
    state: &State,
    name: &FunctionName,
    region: &str,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let alias = name.qualifier.as_deref().unwrap_or_default();
    let subject = format!("{}:{alias}", name.name);
    match young(state, Lag::Alias, &subject, now) {
        Some(_) => Err(errors::function_not_found(&name.arn(region))),
        None => Ok(()),
    }
}
