//! `Invoke`.

use std::sync::Arc;

use base64::Engine as _;

use crate::core::constraint::Checks;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Call, Request, Route};
use crate::core::wire::response::Response;
use crate::core::world::World;
use crate::lambda::errors;
use crate::lambda::invoke::{InvokeRequest, dry_run, invoke as run, invoke_event};

/// Bytes of a client context in Base64 (botocore model).
const CONTEXT_LIMIT: usize = 3583;

pub(super) async fn invoke(
    world: &Arc<World>,
    call: &Call,
    route: &Route,
    request: &Request,
) -> ServiceResult<Response> {
    let kind = request
        .header("x-amz-invocation-type")
        .unwrap_or("RequestResponse");
    let log_type = request.header("x-amz-log-type").unwrap_or("None");
    let mut checks = Checks::default();
    checks.one_of(
        "invocationType",
        kind,
        &["Event", "RequestResponse", "DryRun"],
    );
    checks.one_of("logType", log_type, &["None", "Tail"]);
    checks.done()?;
    for header in ["x-amz-durable-execution-name", "x-amz-tenant-id"] {
        if request.header(header).is_some() {
            return Err(ServiceError::not_implemented(format!(
                "the header {header} of lambda:Invoke"
            )));
        }
    }
    let invocation = InvokeRequest {
        function: route.label("FunctionName").to_owned(),
        qualifier: request.query_value("Qualifier").map(str::to_owned),
        payload: request.body.clone(),
        caller: call.principal.clone(),
        time_limit: None,
        request_id: Some(call.request_id.clone()),
        client_context: client_context(request)?,
    };
    match kind {
        "DryRun" => {
            dry_run(world, &invocation)?;
            Ok(Response::empty(204))
        }
        "Event" => {
            invoke_event(world, invocation)?;
            Ok(Response::empty(202))
        }
        _ => {
            let invoked = run(world, invocation).await?;
            let mut response = Response {
                status: invoked.status,
                headers: vec![("content-type".to_owned(), "application/json".to_owned())],
                body: invoked.payload,
            }
            .with_header("x-amz-executed-version", invoked.executed_version);
            if let Some(error) = invoked.function_error {
                response = response.with_header("x-amz-function-error", error);
            }
            if log_type == "Tail" {
                let tail = base64::engine::general_purpose::STANDARD.encode(invoked.log_tail);
                response = response.with_header("x-amz-log-result", tail);
            }
            Ok(response)
        }
    }
}

fn client_context(request: &Request) -> ServiceResult<Option<String>> {
    let Some(header) = request.header("x-amz-client-context") else {
        return Ok(None);
    };
    if header.len() > CONTEXT_LIMIT {
        return Err(errors::invalid_content(format!(
            "the client context is larger than {CONTEXT_LIMIT} bytes"
        )));
    }
    let text = base64::engine::general_purpose::STANDARD
        .decode(header)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .filter(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
    match text {
        // A header of the Runtime API: one line.
        Some(text) => Ok(Some(text.replace(['\r', '\n'], " "))),
        None => Err(errors::invalid_content(
            "Client context must be a valid Base64-encoded JSON object.",
        )),
    }
}
