//! How long a body may be, by what the request is for. Pure.
//!
//! A request is read whole into memory, so the most that AWS documents for its kind is the
//! bound. It is the gateway's own: what a service refuses below it, it refuses in its own words.

use crate::core::error::ServiceError;
use crate::core::registration::of_scope;
use crate::core::service::Request;
use crate::gateway::origin::Place;
use crate::gateway::services;

const MIB: usize = 1024 * 1024;

/// A 50 MB zip (AWS docs, "Lambda quotas") in Base64, with room for the rest. An object of
/// S3 may have 5 GB on AWS; here it has as much.
const ZIP_OR_OBJECT: usize = 80 * MIB;

/// DynamoDB's longest request (AWS docs, `BatchWriteItem`).
const DYNAMODB: usize = 16 * MIB;

/// API Gateway's longest payload, of REST and of HTTP APIs (AWS docs, "Quotas").
const DEPLOYED: usize = 10 * MIB;

/// All else. The longest documented payload is Lambda's of 6 MB, sent as it is; after it
/// come 1 MiB in JSON or in a form (SQS, CloudWatch, Logs; a template has 51,200 bytes and
/// a flow 256,000), of which a byte becomes six characters at most.
const OTHER: usize = 8 * MIB;

/// Fault rules, lists of phone numbers, and the events of calls.
const OWN: usize = MIB;

/// The longest body of a request, in bytes.
pub fn longest_body(place: &Place, request: &Request) -> usize {
    let scope = match place {
        Place::Deployed => return DEPLOYED,
        Place::Own => return OWN,
        Place::Service(scope) => scope,
    };
    match scope.service.as_str() {
        "dynamodb" => DYNAMODB,
        service @ ("lambda" | "s3") => {
            let route = of_scope(services::all().iter().copied(), service)
                .map(|service| service.route(request));
            match route {
                Some(Ok(route))
                    if matches!(
                        route.operation,
                        "CreateFunction" | "UpdateFunctionCode" | "PutObject"
                    ) =>
                {
                    ZIP_OR_OBJECT
                }
                _ => OTHER,
            }
        }
        _ => OTHER,
    }
}

/// The refusal of a body that is longer.
pub fn too_long(limit: usize) -> ServiceError {
    ServiceError::new(
        413,
        "RequestEntityTooLargeException",
        format!("a request of this kind has at most {limit} bytes here"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::credentials::Scope;
    use http::{HeaderMap, Method};

    #[test]
    fn room_for_what_the_request_may_carry() {
        let service = |name: &str| {
            Place::Service(Scope {
                access_key: "AKIALOCAL".to_owned(),
                region: "us-east-1".to_owned(),
                service: name.to_owned(),
            })
        };
        for (place, method, path, expected) in [
            (service("lambda"), "POST", "/2015-03-31/functions", 80),
            (service("lambda"), "PUT", "/2015-03-31/functions/f/code", 80),
            (
                service("lambda"),
                "POST",
                "/2015-03-31/functions/f/invocations",
                8,
            ),
            (service("lambda"), "GET", "/nothing", 8),
            (service("s3"), "PUT", "/b/k", 80),
            (service("s3"), "PUT", "/b", 8),
            (service("s3"), "POST", "/b?delete", 8),
            (service("dynamodb"), "POST", "/", 16),
            (service("iam"), "POST", "/", 8),
            (service("nothing"), "PUT", "/b/k", 8),
            (Place::Deployed, "POST", "/", 10),
            (Place::Own, "PUT", "/_vanity-deploy/faults", 1),
        ] {
            let request = Request {
                method: Method::from_bytes(method.as_bytes()).unwrap(),
                path: path.to_owned(),
                query: Vec::new(),
                headers: HeaderMap::new(),
                body: bytes::Bytes::new(),
            };
            let longest = longest_body(&place, &request);
            assert_eq!(longest, expected * MIB, "{method} {path}");
        }
    }
}
