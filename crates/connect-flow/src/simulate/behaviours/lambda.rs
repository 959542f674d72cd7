//! `InvokeLambdaFunction`: asks a function, and reads what it answers.

use super::{Behaviour, Turn};
use crate::document::Action;
use crate::simulate::call::Call;
use crate::simulate::{
    Answer, Effect, Event, FunctionAnswer, Invocation, ResponseType, function_event,
};
use serde_json::Value;

pub(super) const BEHAVIOUR: Behaviour = Behaviour { enter, resume };

/// Most bytes of an answer.
const MAXIMUM_ANSWER: usize = 32 * 1024;

fn enter(call: &mut Call, action: &Action) -> Turn {
    let Some(function_arn) = call.text(action, "LambdaFunctionARN") else {
        return Turn::malformed(action, "it has no LambdaFunctionARN");
    };
    let Some(time_limit_seconds) = call.number(action, "InvocationTimeLimitSeconds") else {
        return Turn::malformed(action, "its InvocationTimeLimitSeconds is no number");
    };
    let parameters = call.map(action, "LambdaInvocationAttributes");
    Turn::Ask(Effect::InvokeFunction(Invocation {
        function_arn,
        event: function_event::event(call, &parameters),
        time_limit_seconds,
        response_type: response_type(action),
        asynchronous: is_asynchronous(action),
    }))
}

fn is_asynchronous(action: &Action) -> bool {
    action
        .parameters
        .get("InvocationType")
        .and_then(Value::as_str)
        == Some("ASYNCHRONOUS")
}

/// Flows of old do not say; their functions answer with flat maps.
fn response_type(action: &Action) -> ResponseType {
    let validation = action.parameters.get("ResponseValidation");
    match validation
        .and_then(|v| v.get("ResponseType"))
        .and_then(Value::as_str)
    {
        Some("JSON") => ResponseType::Json,
        _ => ResponseType::StringMap,
    }
}

fn resume(call: &mut Call, action: &Action, answer: Answer, _: u32) -> Turn {
    let Answer::Function(answer) = answer else {
        return Turn::failed("the function did not answer");
    };
    let payload = match answer {
        FunctionAnswer::Returned { payload } => payload,
        FunctionAnswer::Failed { error } => {
            return Turn::failed(format!("the function failed: {error}"));
        }
        FunctionAnswer::TimedOut => return Turn::failed("the function took too long"),
        FunctionAnswer::Unreachable { reason } => return Turn::failed(reason),
    };
    if is_asynchronous(action) {
        // Nobody waits for it.
        return Turn::done();
    }
    match read(&payload, response_type(action)) {
        Ok(external) => {
            call.external = external.clone();
            call.tell(Event::FunctionAnswered { external });
            Turn::done()
        }
        // What the last invocation that worked has answered stays.
        Err(reason) => Turn::failed(reason),
    }
}

fn read(payload: &str, response_type: ResponseType) -> Result<Value, String> {
    if payload.len() > MAXIMUM_ANSWER {
        return Err(format!(
            "the function's answer has {} bytes; at most {MAXIMUM_ANSWER} are allowed",
            payload.len()
        ));
    }
    let answer: Value = serde_json::from_str(payload)
        .map_err(|error| format!("the function's answer is no JSON: {error}"))?;
    if response_type == ResponseType::StringMap {
        let Some(members) = answer.as_object() else {
            return Err("the function's answer is no object of strings".to_owned());
        };
        // Whether the service would turn numbers and booleans into strings is
        // reported both ways; a flow that relies on it is not safe.
        if let Some((key, _)) = members.iter().find(|(_, value)| !value.is_string()) {
            return Err(format!("{key} in the function's answer is no string"));
        }
    }
    Ok(answer)
}
