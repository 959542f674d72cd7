//! Functions that an instance may invoke.

use serde_json::json;

use super::page::page;
use super::quotas::Quota;
use super::tokens::Claim;
use super::{Exchange, State, errors, functions, instances, present};
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::wire::response::Response;
use crate::core::world::ACCOUNT;

/// The longest ARN of a function.
const LONGEST_ARN: usize = 140;

impl State {
    /// That a function may be associated with an instance that does not have it yet.
    ///
    /// # Errors
    /// `ResourceConflictException` when it has, `ServiceQuotaExceededException`.
    pub fn check_associable(&self, instance: &str, function_arn: &str) -> ServiceResult<()> {
        let instance = self.instance(instance)?;
        if instance.functions.contains(function_arn) {
            return Err(errors::conflict(format!(
                "The function {function_arn} is associated with the instance already."
            )));
        }
        self.check_quota(Quota::FunctionsPerInstance, instance.functions.len())
    }

    /// Takes a function from an instance.
    ///
    /// # Errors
    /// `ResourceNotFoundException` when the instance does not have it.
    pub fn disassociate_function(
        &mut self,
        instance: &str,
        function_arn: &str,
    ) -> ServiceResult<()> {
        if self.instance_mut(instance)?.functions.remove(function_arn) {
            Ok(())
        } else {
            Err(errors::not_found(format!(
                "The function {function_arn} is not associated with the instance."
            )))
        }
    }
}

/// That it is the ARN of a function of this account and Region.
fn check_function_arn(region: &str, arn: &str) -> ServiceResult<()> {
    let parts: Vec<&str> = arn.split(':').collect();
    let word = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_$".contains(c))
    };
    let (given_region, account, names) = match parts.as_slice() {
        [
            "arn",
            "aws",
            "lambda",
            region,
            account,
            "function",
            names @ ..,
        ] => (*region, *account, names),
        _ => {
            return Err(errors::invalid_parameter(format!(
                "{arn} is no ARN of a function."
            )));
        }
    };
    if !(1..=2).contains(&names.len()) || !names.iter().all(|name| word(name)) {
        return Err(errors::invalid_parameter(format!(
            "{arn} is no ARN of a function."
        )));
    }
    if given_region != region || account != ACCOUNT {
        return Err(ServiceError::not_implemented(format!(
            "functions of another Region or account in connect ({arn})"
        )));
    }
    Ok(())
}

/// `AssociateLambdaFunction`.
pub fn associate(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&["FunctionArn", "ClientToken"], &[])?;
    let instance_id = input.instance()?;
    let function_arn = input.required("FunctionArn", 1, LONGEST_ARN)?;
    let world = exchange.world;
    check_function_arn(&world.region, function_arn)?;
    let token = input.bounded("ClientToken", 0, 500)?;
    let claim = Claim::new("AssociateLambdaFunction", instance_id, token, input.body());
    let now = exchange.call.now;
    world.write(|state| {
        let known = state
            .of::<crate::connect::State>()
            .tokens
            .recall(&claim, now);
        if known.map_err(instances::operations::as_request)?.is_some() {
            return Ok(());
        }
        state
            .of::<crate::connect::State>()
            .check_associable(instance_id, function_arn)?;
        functions::check_exists(state, &world.region, function_arn)?;
        functions::check_policy(state, &world.region, function_arn, now)?;
        let instance = state.of::<crate::connect::State>().instance(instance_id)?;
        let (id, arn) = (instance.id.clone(), instance.arn.clone());
        functions::permit(
            state,
            &world.region,
            function_arn,
            &id,
            &arn,
            world.ids.uuid(),
        )?;
        state
            .of_mut::<crate::connect::State>()
            .instance_mut(&id)?
            .functions
            .insert(function_arn.to_owned());
        functions::policy_written(state, &world.region, function_arn, now)?;
        state
            .of_mut::<crate::connect::State>()
            .tokens
            .remember(claim, "", now);
        Ok::<_, ServiceError>(())
    })?;
    Ok(Response::empty(200))
}

/// `DisassociateLambdaFunction`. The statement in the function's policy stays:
/// nobody has reported that Connect takes it away.
pub fn disassociate(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &["functionArn", "clientToken"])?;
    let instance_id = input.instance()?;
    let function_arn = input.required_query("functionArn")?;
    input.check_length("functionArn", function_arn, 1, LONGEST_ARN)?;
    let claim = Claim::new(
        "DisassociateLambdaFunction",
        &format!("{instance_id} {function_arn}"),
        input.query("clientToken"),
        input.body(),
    );
    let now = exchange.call.now;
    exchange.world.write(|state| {
        let connect = state.of_mut::<crate::connect::State>();
        let known = connect.tokens.recall(&claim, now);
        if known.map_err(instances::operations::as_request)?.is_none() {
            connect.disassociate_function(instance_id, function_arn)?;
            connect.tokens.remember(claim, "", now);
        }
        Ok::<_, ServiceError>(())
    })?;
    Ok(Response::empty(200))
}

/// `ListLambdaFunctions`.
pub fn list(exchange: &Exchange<'_>) -> ServiceResult<Response> {
    let input = exchange.input(&[], &["nextToken", "maxResults"])?;
    let instance_id = input.instance()?;
    let most = input.query_max_results(25, 25)?;
    exchange.world.read(|state| {
        let instance = state.of::<crate::connect::State>().instance(instance_id)?;
        let page = page(
            "ListLambdaFunctions",
            instance.functions.iter().cloned().collect(),
            String::clone,
            input.query("nextToken"),
            most,
        )?;
        Response::json(&present(json!({
            "LambdaFunctions": page.items,
            "NextToken": page.next_token,
        })))
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::super::instances::LOCAL_INSTANCE_ID;
    use super::*;

    const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:vanity-numbers:live";

    #[test]
    fn arns_of_functions_with_and_without_a_qualifier() {
        let check = |arn: &str| check_function_arn("us-east-1", arn);
        check(FUNCTION).unwrap();
        check(FUNCTION.strip_suffix(":live").unwrap()).unwrap();
        for bad in [
            "vanity-numbers",
            "arn:aws:lambda:us-east-1:000000000000:layer:a",
            "arn:aws:lambda:us-east-1:000000000000:function:",
            "arn:aws:lambda:us-east-1:000000000000:function:a:b:c",
        ] {
            assert_eq!(check(bad).unwrap_err().code, "InvalidParameterException");
        }
        let other = FUNCTION.replace("us-east-1", "eu-west-2");
        assert_eq!(check(&other).unwrap_err().code, "NotImplementedByLocalAws");
    }

    #[test]
    fn a_function_is_associated_once_and_taken_away_once() {
        let mut state = fixture::state();
        state.check_associable(LOCAL_INSTANCE_ID, FUNCTION).unwrap();
        fixture::instance_mut(&mut state)
            .functions
            .insert(FUNCTION.to_owned());
        let error = state
            .check_associable(LOCAL_INSTANCE_ID, FUNCTION)
            .unwrap_err();
        assert_eq!(
            (error.status, error.code.as_ref()),
            (409, "ResourceConflictException")
        );
        state
            .disassociate_function(LOCAL_INSTANCE_ID, FUNCTION)
            .unwrap();
        let error = state
            .disassociate_function(LOCAL_INSTANCE_ID, FUNCTION)
            .unwrap_err();
        assert_eq!(error.code, "ResourceNotFoundException");
    }

    #[test]
    fn fifty_functions_and_no_more() {
        let mut state = fixture::state();
        fixture::instance_mut(&mut state)
            .functions
            .extend((0..Quota::FunctionsPerInstance.default_value()).map(|n| n.to_string()));
        let error = state
            .check_associable(LOCAL_INSTANCE_ID, FUNCTION)
            .unwrap_err();
        assert_eq!(
            (error.status, error.code.as_ref()),
            (402, "ServiceQuotaExceededException")
        );
    }
}
