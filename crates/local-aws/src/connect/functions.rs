//! What Connect asks of Lambda, all in one place.

use jiff::Timestamp;

use super::errors;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::state::State;
use crate::core::world::ACCOUNT;
use crate::lambda::consistency;
use crate::lambda::names::FunctionName;
use crate::lambda::policy::{self, Grantee, Statement};

/// As whom Connect invokes functions.
pub const PRINCIPAL: &str = "connect.amazonaws.com";

/// That the function, and the alias or version of its ARN, exists.
///
/// # Errors
/// `ResourceNotFoundException`.
pub fn check_exists(state: &State, region: &str, function_arn: &str) -> ServiceResult<()> {
    let name = read(region, function_arn)?;
    state
        .of::<crate::lambda::State>()
        .resolve(&name, region)
        .map(|_| ())
        .map_err(|error| errors::not_found(error.message))
}

/// That the policy of a function can be written now.
///
/// # Errors
/// `InvalidRequestException` while another writes it, and for an alias of a moment ago.
pub fn check_policy(
    state: &State,
    region: &str,
    function_arn: &str,
    now: Timestamp,
) -> ServiceResult<()> {
    let name = read(region, function_arn)?;
    let written = consistency::is_policy_written(state, &name.name, now);
    if written || consistency::check_alias(state, &name, region, now).is_err() {
        return Err(errors::invalid_request(
            "Unable to update the resource policy of the function",
        ));
    }
    Ok(())
}

/// The policy of a function is being written.
///
/// # Errors
/// `InvalidParameterException` for what is no ARN of a function.
pub fn policy_written(
    state: &mut State,
    region: &str,
    function_arn: &str,
    now: Timestamp,
) -> ServiceResult<()> {
    let name = read(region, function_arn)?;
    consistency::policy_written(state, &name.name, now);
    Ok(())
}

/// Lets Connect invoke the function for an instance: adds the statement
/// `connect-INSTANCE-ID` to the policy of the function or alias, unless it has it.
///
/// # Errors
/// `ResourceNotFoundException`; `InvalidParameterException` when Lambda refuses.
pub fn permit(
    state: &mut State,
    region: &str,
    function_arn: &str,
    instance_id: &str,
    instance_arn: &str,
    revision_id: String,
) -> ServiceResult<()> {
    let name = read(region, function_arn)?;
    let statement = Statement {
        id: format!("connect-{instance_id}"),
        action: "lambda:InvokeFunction".to_owned(),
        principal: Grantee::Service(PRINCIPAL.to_owned()),
        source_arn: Some(instance_arn.to_owned()),
        source_account: Some(ACCOUNT.to_owned()),
        organization: None,
        url_auth_type: None,
        via_url: false,
    };
    match policy::add(
        state.of_mut::<crate::lambda::State>(),
        &name,
        region,
        statement,
        None,
        revision_id,
    ) {
        // The id is of this instance: left by an association of before.
        Err(error) if error.code == "ResourceConflictException" => Ok(()),
        Err(error) if error.code == "ResourceNotFoundException" => {
            Err(errors::not_found(error.message))
        }
        outcome => outcome.map_err(|error| errors::invalid_parameter(error.message)),
    }
}

/// That the policy of what the ARN names lets Connect invoke it for an instance.
///
/// # Errors
/// Lambda's, as `Invoke` would answer.
pub fn check_permitted(
    state: &State,
    region: &str,
    function_arn: &str,
    instance_arn: &str,
) -> ServiceResult<()> {
    let name = FunctionName::read(function_arn, None, region)?;
    policy::check_invoke(
        state.of::<crate::lambda::State>(),
        &name,
        region,
        PRINCIPAL,
        instance_arn,
    )
}

fn read(region: &str, function_arn: &str) -> ServiceResult<FunctionName> {
    FunctionName::read(function_arn, None, region)
        .map_err(|error: ServiceError| errors::invalid_parameter(error.message))
}
