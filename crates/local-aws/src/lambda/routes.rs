//! Which operation a method and path ask for, by the service model (botocore,
//! lambda/2015-03-31). Every operation of AWS is known by name, so that one that
//! is not implemented can be named.

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Request, Route};

/// Method, path and fixed query of every operation; those with a fixed query first.
const OPERATIONS: &[(&str, &str, &str, &str)] = &[
    (
        "GET",
        "/2018-10-31/layers",
        "find=LayerVersion",
        "GetLayerVersionByArn",
    ),
    (
        "GET",
        "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
        "List=ALL",
        "ListProvisionedConcurrencyConfigs",
    ),
    (
        "POST",
        "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy",
        "",
        "AddLayerVersionPermission",
    ),
    (
        "POST",
        "/2015-03-31/functions/{FunctionName}/policy",
        "",
        "AddPermission",
    ),
    (
        "POST",
        "/2025-12-01/durable-executions/{DurableExecutionArn}/checkpoint",
        "",
        "CheckpointDurableExecution",
    ),
    (
        "POST",
        "/2015-03-31/functions/{FunctionName}/aliases",
        "",
        "CreateAlias",
    ),
    (
        "POST",
        "/2025-11-30/capacity-providers",
        "",
        "CreateCapacityProvider",
    ),
    (
        "POST",
        "/2020-04-22/code-signing-configs",
        "",
        "CreateCodeSigningConfig",
    ),
    (
        "POST",
        "/2015-03-31/event-source-mappings",
        "",
        "CreateEventSourceMapping",
    ),
    ("POST", "/2015-03-31/functions", "", "CreateFunction"),
    (
        "POST",
        "/2021-10-31/functions/{FunctionName}/url",
        "",
        "CreateFunctionUrlConfig",
    ),
    (
        "DELETE",
        "/2015-03-31/functions/{FunctionName}/aliases/{Name}",
        "",
        "DeleteAlias",
    ),
    (
        "DELETE",
        "/2025-11-30/capacity-providers/{CapacityProviderName}",
        "",
        "DeleteCapacityProvider",
    ),
    (
        "DELETE",
        "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}",
        "",
        "DeleteCodeSigningConfig",
    ),
    (
        "DELETE",
        "/2015-03-31/event-source-mappings/{UUID}",
        "",
        "DeleteEventSourceMapping",
    ),
    (
        "DELETE",
        "/2015-03-31/functions/{FunctionName}",
        "",
        "DeleteFunction",
    ),
    (
        "DELETE",
        "/2020-06-30/functions/{FunctionName}/code-signing-config",
        "",
        "DeleteFunctionCodeSigningConfig",
    ),
    (
        "DELETE",
        "/2017-10-31/functions/{FunctionName}/concurrency",
        "",
        "DeleteFunctionConcurrency",
    ),
    (
        "DELETE",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config",
        "",
        "DeleteFunctionEventInvokeConfig",
    ),
    (
        "DELETE",
        "/2021-10-31/functions/{FunctionName}/url",
        "",
        "DeleteFunctionUrlConfig",
    ),
    (
        "DELETE",
        "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}",
        "",
        "DeleteLayerVersion",
    ),
    (
        "DELETE",
        "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
        "",
        "DeleteProvisionedConcurrencyConfig",
    ),
    (
        "GET",
        "/2016-08-19/account-settings",
        "",
        "GetAccountSettings",
    ),
    (
        "GET",
        "/2015-03-31/functions/{FunctionName}/aliases/{Name}",
        "",
        "GetAlias",
    ),
    (
        "GET",
        "/2025-11-30/capacity-providers/{CapacityProviderName}",
        "",
        "GetCapacityProvider",
    ),
    (
        "GET",
        "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}",
        "",
        "GetCodeSigningConfig",
    ),
    (
        "GET",
        "/2025-12-01/durable-executions/{DurableExecutionArn}",
        "",
        "GetDurableExecution",
    ),
    (
        "GET",
        "/2025-12-01/durable-executions/{DurableExecutionArn}/history",
        "",
        "GetDurableExecutionHistory",
    ),
    (
        "GET",
        "/2025-12-01/durable-executions/{DurableExecutionArn}/state",
        "",
        "GetDurableExecutionState",
    ),
    (
        "GET",
        "/2015-03-31/event-source-mappings/{UUID}",
        "",
        "GetEventSourceMapping",
    ),
    (
        "GET",
        "/2015-03-31/functions/{FunctionName}",
        "",
        "GetFunction",
    ),
    (
        "GET",
        "/2020-06-30/functions/{FunctionName}/code-signing-config",
        "",
        "GetFunctionCodeSigningConfig",
    ),
    (
        "GET",
        "/2019-09-30/functions/{FunctionName}/concurrency",
        "",
        "GetFunctionConcurrency",
    ),
    (
        "GET",
        "/2015-03-31/functions/{FunctionName}/configuration",
        "",
        "GetFunctionConfiguration",
    ),
    (
        "GET",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config",
        "",
        "GetFunctionEventInvokeConfig",
    ),
    (
        "GET",
        "/2024-08-31/functions/{FunctionName}/recursion-config",
        "",
        "GetFunctionRecursionConfig",
    ),
    (
        "GET",
        "/2025-11-30/functions/{FunctionName}/function-scaling-config",
        "",
        "GetFunctionScalingConfig",
    ),
    (
        "GET",
        "/2021-10-31/functions/{FunctionName}/url",
        "",
        "GetFunctionUrlConfig",
    ),
    (
        "GET",
        "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}",
        "",
        "GetLayerVersion",
    ),
    (
        "GET",
        "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy",
        "",
        "GetLayerVersionPolicy",
    ),
    (
        "GET",
        "/2015-03-31/functions/{FunctionName}/policy",
        "",
        "GetPolicy",
    ),
    (
        "GET",
        "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
        "",
        "GetProvisionedConcurrencyConfig",
    ),
    (
        "GET",
        "/2021-07-20/functions/{FunctionName}/runtime-management-config",
        "",
        "GetRuntimeManagementConfig",
    ),
    (
        "POST",
        "/2015-03-31/functions/{FunctionName}/invocations",
        "",
        "Invoke",
    ),
    (
        "POST",
        "/2014-11-13/functions/{FunctionName}/invoke-async",
        "",
        "InvokeAsync",
    ),
    (
        "POST",
        "/2021-11-15/functions/{FunctionName}/response-streaming-invocations",
        "",
        "InvokeWithResponseStream",
    ),
    (
        "GET",
        "/2015-03-31/functions/{FunctionName}/aliases",
        "",
        "ListAliases",
    ),
    (
        "GET",
        "/2025-11-30/capacity-providers",
        "",
        "ListCapacityProviders",
    ),
    (
        "GET",
        "/2020-04-22/code-signing-configs",
        "",
        "ListCodeSigningConfigs",
    ),
    (
        "GET",
        "/2025-12-01/functions/{FunctionName}/durable-executions",
        "",
        "ListDurableExecutionsByFunction",
    ),
    (
        "GET",
        "/2015-03-31/event-source-mappings",
        "",
        "ListEventSourceMappings",
    ),
    (
        "GET",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config/list",
        "",
        "ListFunctionEventInvokeConfigs",
    ),
    (
        "GET",
        "/2021-10-31/functions/{FunctionName}/urls",
        "",
        "ListFunctionUrlConfigs",
    ),
    (
        "GET",
        "/2025-11-30/capacity-providers/{CapacityProviderName}/function-versions",
        "",
        "ListFunctionVersionsByCapacityProvider",
    ),
    ("GET", "/2015-03-31/functions", "", "ListFunctions"),
    (
        "GET",
        "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}/functions",
        "",
        "ListFunctionsByCodeSigningConfig",
    ),
    (
        "GET",
        "/2018-10-31/layers/{LayerName}/versions",
        "",
        "ListLayerVersions",
    ),
    ("GET", "/2018-10-31/layers", "", "ListLayers"),
    ("GET", "/2017-03-31/tags/{Resource}", "", "ListTags"),
    (
        "GET",
        "/2015-03-31/functions/{FunctionName}/versions",
        "",
        "ListVersionsByFunction",
    ),
    (
        "POST",
        "/2018-10-31/layers/{LayerName}/versions",
        "",
        "PublishLayerVersion",
    ),
    (
        "POST",
        "/2015-03-31/functions/{FunctionName}/versions",
        "",
        "PublishVersion",
    ),
    (
        "PUT",
        "/2020-06-30/functions/{FunctionName}/code-signing-config",
        "",
        "PutFunctionCodeSigningConfig",
    ),
    (
        "PUT",
        "/2017-10-31/functions/{FunctionName}/concurrency",
        "",
        "PutFunctionConcurrency",
    ),
    (
        "PUT",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config",
        "",
        "PutFunctionEventInvokeConfig",
    ),
    (
        "PUT",
        "/2024-08-31/functions/{FunctionName}/recursion-config",
        "",
        "PutFunctionRecursionConfig",
    ),
    (
        "PUT",
        "/2025-11-30/functions/{FunctionName}/function-scaling-config",
        "",
        "PutFunctionScalingConfig",
    ),
    (
        "PUT",
        "/2019-09-30/functions/{FunctionName}/provisioned-concurrency",
        "",
        "PutProvisionedConcurrencyConfig",
    ),
    (
        "PUT",
        "/2021-07-20/functions/{FunctionName}/runtime-management-config",
        "",
        "PutRuntimeManagementConfig",
    ),
    (
        "DELETE",
        "/2018-10-31/layers/{LayerName}/versions/{VersionNumber}/policy/{StatementId}",
        "",
        "RemoveLayerVersionPermission",
    ),
    (
        "DELETE",
        "/2015-03-31/functions/{FunctionName}/policy/{StatementId}",
        "",
        "RemovePermission",
    ),
    (
        "POST",
        "/2025-12-01/durable-execution-callbacks/{CallbackId}/fail",
        "",
        "SendDurableExecutionCallbackFailure",
    ),
    (
        "POST",
        "/2025-12-01/durable-execution-callbacks/{CallbackId}/heartbeat",
        "",
        "SendDurableExecutionCallbackHeartbeat",
    ),
    (
        "POST",
        "/2025-12-01/durable-execution-callbacks/{CallbackId}/succeed",
        "",
        "SendDurableExecutionCallbackSuccess",
    ),
    (
        "POST",
        "/2025-12-01/durable-executions/{DurableExecutionArn}/stop",
        "",
        "StopDurableExecution",
    ),
    ("POST", "/2017-03-31/tags/{Resource}", "", "TagResource"),
    ("DELETE", "/2017-03-31/tags/{Resource}", "", "UntagResource"),
    (
        "PUT",
        "/2015-03-31/functions/{FunctionName}/aliases/{Name}",
        "",
        "UpdateAlias",
    ),
    (
        "PUT",
        "/2025-11-30/capacity-providers/{CapacityProviderName}",
        "",
        "UpdateCapacityProvider",
    ),
    (
        "PUT",
        "/2020-04-22/code-signing-configs/{CodeSigningConfigArn}",
        "",
        "UpdateCodeSigningConfig",
    ),
    (
        "PUT",
        "/2015-03-31/event-source-mappings/{UUID}",
        "",
        "UpdateEventSourceMapping",
    ),
    (
        "PUT",
        "/2015-03-31/functions/{FunctionName}/code",
        "",
        "UpdateFunctionCode",
    ),
    (
        "PUT",
        "/2015-03-31/functions/{FunctionName}/configuration",
        "",
        "UpdateFunctionConfiguration",
    ),
    (
        "POST",
        "/2019-09-25/functions/{FunctionName}/event-invoke-config",
        "",
        "UpdateFunctionEventInvokeConfig",
    ),
    (
        "PUT",
        "/2021-10-31/functions/{FunctionName}/url",
        "",
        "UpdateFunctionUrlConfig",
    ),
];

/// The labels of the paths, by their name in the service model.
const LABELS: &[&str] = &["FunctionName", "Name", "Resource", "StatementId"];

/// The operation of a request.
///
/// # Errors
/// `UnknownOperationException` for a path that Lambda has not.
pub fn route(request: &Request) -> ServiceResult<Route> {
    let segments = request.segments();
    for (method, template, query, operation) in OPERATIONS {
        if request.method.as_str() != *method || !has_query(request, query) {
            continue;
        }
        let parts: Vec<&str> = template
            .split('/')
            .filter(|part| !part.is_empty())
            .collect();
        if parts.len() != segments.len() {
            continue;
        }
        let fits = parts
            .iter()
            .zip(&segments)
            .all(|(part, segment)| part.starts_with('{') || part == segment);
        if !fits {
            continue;
        }
        let mut route = Route::new(operation);
        for (part, segment) in parts.iter().zip(&segments) {
            let label = part.trim_matches(['{', '}']);
            if let Some(label) = LABELS.iter().find(|known| **known == label)
                && part.starts_with('{')
            {
                route = route.with(label, segment);
            }
        }
        return Ok(route);
    }
    Err(ServiceError::new(
        404,
        "UnknownOperationException",
        format!(
            "no operation of Lambda is {} {}",
            request.method, request.path
        ),
    ))
}

fn has_query(request: &Request, fixed: &str) -> bool {
    match fixed.split_once('=') {
        None => true,
        Some((name, value)) => request.query_value(name) == Some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route_of(method: http::Method, path: &str) -> Result<Route, ServiceError> {
        route(&Request {
            method,
            path: path.to_owned(),
            query: Vec::new(),
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
        })
    }

    #[test]
    fn labels_are_decoded() {
        let arn = "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Agreet";
        let path = format!("/2015-03-31/functions/{arn}/policy/one");
        let route = route_of(http::Method::DELETE, &path).unwrap();
        assert_eq!(route.operation, "RemovePermission");
        assert_eq!(
            route.label("FunctionName"),
            "arn:aws:lambda:us-east-1:000000000000:function:greet"
        );
        assert_eq!(route.label("StatementId"), "one");
    }

    #[test]
    fn paths_are_told_apart() {
        let operation = |method, path| route_of(method, path).unwrap().operation;
        use http::Method;
        assert_eq!(
            operation(Method::POST, "/2015-03-31/functions"),
            "CreateFunction"
        );
        assert_eq!(
            operation(Method::GET, "/2015-03-31/functions/"),
            "ListFunctions"
        );
        assert_eq!(
            operation(Method::POST, "/2015-03-31/functions/greet/invocations"),
            "Invoke"
        );
        assert_eq!(operation(Method::GET, "/2018-10-31/layers"), "ListLayers");
        assert_eq!(
            route_of(Method::GET, "/nothing").unwrap_err().code,
            "UnknownOperationException"
        );
    }
}
