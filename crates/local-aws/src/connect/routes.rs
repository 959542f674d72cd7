//! Which operation a request asks for: every path of the service model is
//! known, so that an operation that is not implemented is refused by its name.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Request, Route};

/// Method, path and operation, one per line (service model connect 2017-08-08).
const OPERATIONS: &str = include_str!("operations.txt");

/// What of them is implemented.
pub const IMPLEMENTED: &[&str] = &[
    "AssociateLambdaFunction",
    "AssociatePhoneNumberContactFlow",
    "BatchGetFlowAssociation",
    "ClaimPhoneNumber",
    "CreateContactFlow",
    "CreateContactFlowModule",
    "CreateInstance",
    "DeleteContactFlow",
    "DeleteContactFlowModule",
    "DeleteInstance",
    "DescribeContactFlow",
    "DescribeContactFlowModule",
    "DescribeInstance",
    "DescribePhoneNumber",
    "DescribeQueue",
    "DisassociateLambdaFunction",
    "DisassociatePhoneNumberContactFlow",
    "ListContactFlowModules",
    "ListContactFlows",
    "ListFlowAssociations",
    "ListHoursOfOperations",
    "ListInstances",
    "ListLambdaFunctions",
    "ListPhoneNumbers",
    "ListPhoneNumbersV2",
    "ListPrompts",
    "ListQueues",
    "ListTagsForResource",
    "ReleasePhoneNumber",
    "SearchAvailablePhoneNumbers",
    "SearchContactFlows",
    "TagResource",
    "UntagResource",
    "UpdateContactFlowContent",
    "UpdateContactFlowMetadata",
    "UpdateContactFlowModuleContent",
    "UpdateContactFlowModuleMetadata",
    "UpdateContactFlowName",
    "UpdatePhoneNumber",
];

struct Template {
    method: &'static str,
    segments: Vec<Segment>,
    operation: &'static str,
}

enum Segment {
    Literal(&'static str),
    Label(&'static str),
}

static TEMPLATES: LazyLock<Vec<Template>> = LazyLock::new(|| {
    let mut templates: Vec<Template> = OPERATIONS.lines().filter_map(template).collect();
    // A literal wins over a label at the same place.
    templates.sort_by_key(|template| {
        std::cmp::Reverse(
            template
                .segments
                .iter()
                .filter(|segment| matches!(segment, Segment::Literal(_)))
                .count(),
        )
    });
    templates
});

fn template(line: &'static str) -> Option<Template> {
    let mut parts = line.split(' ');
    let (method, path, operation) = (parts.next()?, parts.next()?, parts.next()?);
    let segments = path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .map(|segment| {
            segment
                .strip_prefix('{')
                .and_then(|rest| rest.strip_suffix('}'))
                .map_or(Segment::Literal(segment), Segment::Label)
        })
        .collect();
    Some(Template {
        method,
        segments,
        operation,
    })
}

/// The operation and its path labels.
///
/// # Errors
/// `UnknownOperationException` for a path that Connect does not have;
/// not implemented for an operation that Connect has and this does not.
pub fn find(request: &Request) -> ServiceResult<Route> {
    let segments = request.segments();
    let found = TEMPLATES
        .iter()
        .filter(|template| template.method == request.method.as_str())
        .find_map(|template| matched(template, &segments));
    let Some(route) = found else {
        return Err(ServiceError::new(
            404,
            "UnknownOperationException",
            format!("Connect has no {} {}", request.method, request.path),
        ));
    };
    if IMPLEMENTED.contains(&route.operation) {
        Ok(route)
    } else {
        Err(ServiceError::not_implemented(format!(
            "connect:{}",
            route.operation
        )))
    }
}

fn matched(template: &Template, segments: &[String]) -> Option<Route> {
    if template.segments.len() != segments.len() {
        return None;
    }
    let mut labels = BTreeMap::new();
    for (expected, given) in template.segments.iter().zip(segments) {
        match expected {
            Segment::Literal(literal) if literal == given => {}
            Segment::Literal(_) => return None,
            Segment::Label(name) => {
                labels.insert(*name, given.clone());
            }
        }
    }
    Some(Route {
        operation: template.operation,
        labels,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderMap, Method};

    fn request(method: Method, path: &str) -> Request {
        Request {
            method,
            path: path.to_owned(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: bytes::Bytes::new(),
        }
    }

    #[test]
    fn every_implemented_operation_has_a_path() {
        for operation in IMPLEMENTED {
            assert!(
                TEMPLATES
                    .iter()
                    .any(|template| template.operation == *operation),
                "{operation}"
            );
        }
        assert_eq!(TEMPLATES.len(), OPERATIONS.lines().count());
    }

    #[test]
    fn an_arn_in_the_path_is_one_label() {
        let path = "/instance/arn%3Aaws%3Aconnect%3Aus-east-1%3A000000000000%3Ainstance%2Fabc/lambda-functions";
        let route = find(&request(Method::GET, path)).unwrap();
        assert_eq!(route.operation, "ListLambdaFunctions");
        assert_eq!(
            route.label("InstanceId"),
            "arn:aws:connect:us-east-1:000000000000:instance/abc"
        );
    }

    #[test]
    fn what_is_not_implemented_is_named() {
        let error = find(&request(Method::POST, "/rules/abc")).unwrap_err();
        assert_eq!(error.code, "NotImplementedByLocalAws");
        assert!(error.message.contains("connect:CreateRule"), "{error}");
        let error = find(&request(Method::GET, "/no/such/path")).unwrap_err();
        assert_eq!(error.code, "UnknownOperationException");
    }

    #[test]
    fn a_literal_wins_over_a_label() {
        let route = find(&request(Method::POST, "/phone-number/list")).unwrap();
        assert_eq!(route.operation, "ListPhoneNumbersV2");
        let route = find(&request(Method::PUT, "/phone-number/7")).unwrap();
        assert_eq!(
            (route.operation, route.label("PhoneNumberId")),
            ("UpdatePhoneNumber", "7")
        );
    }
}
