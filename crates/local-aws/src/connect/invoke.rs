//! A function as Connect invokes it during a call.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::functions;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Principal, Request};
use crate::core::state::State;
use crate::core::wire::response::Response;
use crate::core::world::{ACCOUNT, World};
use crate::lambda::{self, InvokeRequest};

/// The longest that Connect waits for a function, in milliseconds (AWS docs,
/// "Grant Amazon Connect access to your Lambda functions").
const LONGEST_WAIT: u64 = 8_000;

/// The body of the request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Invocation {
    /// For which instance.
    instance_arn: String,
    /// Which function, with its alias when it has one.
    function_arn: String,
    /// The event.
    payload: Value,
    /// How long to wait, at most 8 s; 8 s when absent.
    #[serde(default = "longest_wait")]
    time_limit_ms: u64,
}

fn longest_wait() -> u64 {
    LONGEST_WAIT
}

/// Invokes a function for an instance: it must be associated, and its resource
/// policy must let `connect.amazonaws.com` invoke it for the instance. Answers
/// `payload`, `function_error` (`Unhandled` or null) and `duration_ms` (the
/// start of the function's environment included: the caller waits for both).
///
/// # Errors
/// `FunctionNotAssociated` or `FunctionNotPermitted` (403), saying what would
/// repair it; `InvocationTimeLimitExceeded` (504); those of Lambda.
pub async fn handle(world: &Arc<World>, request: &Request) -> ServiceResult<Response> {
    let invocation: Invocation = request.json()?;
    if !(1..=LONGEST_WAIT).contains(&invocation.time_limit_ms) {
        return Err(ServiceError::new(
            400,
            "InvalidParameterException",
            format!("time_limit_ms is between 1 and {LONGEST_WAIT}"),
        ));
    }
    world.read(|state| {
        check(
            state,
            &world.region,
            &invocation.instance_arn,
            &invocation.function_arn,
        )
    })?;
    let caller = Principal::Service {
        service: functions::PRINCIPAL.to_owned(),
        source_arn: invocation.instance_arn,
    };
    let payload = serde_json::to_vec(&invocation.payload).map_err(ServiceError::internal)?;
    let mut request = InvokeRequest::new(invocation.function_arn, payload, caller);
    request.time_limit = Some(Duration::from_millis(invocation.time_limit_ms));
    let invoked = lambda::invoke(world, request).await?;
    let payload: Value = serde_json::from_slice(&invoked.payload)
        .unwrap_or_else(|_| json!(String::from_utf8_lossy(&invoked.payload)));
    let took = invoked.duration + invoked.init_duration.unwrap_or_default();
    Response::json(&json!({
        "payload": payload,
        "function_error": invoked.function_error,
        "duration_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    }))
}

/// That the instance may invoke the function.
fn check(state: &State, region: &str, instance_arn: &str, function_arn: &str) -> ServiceResult<()> {
    let instance = state.of::<crate::connect::State>().instance(instance_arn)?;
    functions::check_exists(state, region, function_arn)?;
    let associated = instance.functions.contains(function_arn);
    let permitted = functions::check_permitted(state, region, function_arn, &instance.arn);
    let associate = format!(
        "The function {function_arn} is not associated with the instance {}: \
         connect AssociateLambdaFunction associates it.",
        instance.arn
    );
    let permit = format!(
        "The resource policy of {function_arn} does not let {} invoke it for {}: \
         lambda AddPermission with Action lambda:InvokeFunction, Principal {}, SourceArn {} and \
         SourceAccount {ACCOUNT} lets it{}.",
        functions::PRINCIPAL,
        instance.arn,
        functions::PRINCIPAL,
        instance.arn,
        qualifier(function_arn)
            .map(|qualifier| format!(", with Qualifier {qualifier}"))
            .unwrap_or_default(),
    );
    match (associated, permitted) {
        (true, Ok(())) => Ok(()),
        (false, Ok(())) => Err(ServiceError::new(403, "FunctionNotAssociated", associate)),
        (true, Err(_)) => Err(ServiceError::new(403, "FunctionNotPermitted", permit)),
        // An association brings the permission with it.
        (false, Err(_)) => Err(ServiceError::new(
            403,
            "FunctionNotAssociated",
            format!("{associate} {permit}"),
        )),
    }
}

/// `arn:aws:lambda:REGION:ACCOUNT:function:NAME:QUALIFIER`.
fn qualifier(function_arn: &str) -> Option<&str> {
    function_arn.split(':').nth(7)
}
