//! Services whose clients send a method and a path.

use std::collections::BTreeMap;

use super::lines;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Request, Route};

/// The operations of a service.
pub(crate) struct Rest {
    /// As refusals name it, e.g. `connect`.
    service: &'static str,
    #[cfg(test)]
    header: &'static str,
    /// The more specific first.
    templates: Vec<Template>,
}

struct Template {
    method: &'static str,
    segments: Vec<Segment>,
    /// What the query must say, e.g. `mode` `import`.
    query: Option<(&'static str, &'static str)>,
    operation: &'static str,
}

/// A literal sorts before a label.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Segment {
    Literal(&'static str),
    Label(&'static str),
}

impl Rest {
    /// From the lines `METHOD PATH NAME`.
    pub(super) fn new(service: &'static str, text: &'static str) -> Self {
        let mut templates: Vec<Template> = lines(text).filter_map(template).collect();
        // Segments are compared from left to right, a literal wins over a label, and of one path
        // that with a query literal (Smithy 2.0, HTTP bindings, "Specificity routing").
        templates.sort_by_cached_key(|template| {
            let labels: Vec<bool> = template
                .segments
                .iter()
                .map(|segment| matches!(segment, Segment::Label(_)))
                .collect();
            (labels, template.query.is_none())
        });
        Self {
            service,
            #[cfg(test)]
            header: text.lines().next().unwrap_or_default(),
            templates,
        }
    }

    #[cfg(test)]
    pub(super) fn header(&self) -> &'static str {
        self.header
    }

    /// The operation that a request asks for, with the labels of its path by their names in the
    /// service model, of those `implemented`.
    ///
    /// # Errors
    /// Not implemented, by its name; `UnknownOperationException` (404) for a path that the
    /// service does not have (as AWS's own server framework for REST-JSON answers: smithy-rs,
    /// `protocol/rest_json_1/router.rs`).
    pub(crate) fn route(&self, request: &Request, implemented: &[&str]) -> ServiceResult<Route> {
        let segments = request.segments();
        let found = self
            .templates
            .iter()
            .filter(|template| template.method == request.method.as_str())
            .filter(|template| {
                template
                    .query
                    .is_none_or(|(name, value)| request.query_value(name) == Some(value))
            })
            .find_map(|template| template.matched(&segments));
        let Some(route) = found else {
            return Err(ServiceError::new(
                404,
                "UnknownOperationException",
                format!(
                    "no operation of {} is {} {}",
                    self.service, request.method, request.path
                ),
            ));
        };
        if implemented.contains(&route.operation) {
            Ok(route)
        } else {
            Err(ServiceError::not_implemented(format!(
                "{}:{}",
                self.service, route.operation
            )))
        }
    }

    /// That no two operations ask for the same, and each line was read.
    #[cfg(test)]
    pub(super) fn assert_distinct(&self) {
        let mut seen = BTreeMap::new();
        for template in &self.templates {
            let path: Vec<&str> = template
                .segments
                .iter()
                .map(|segment| match segment {
                    Segment::Literal(literal) => literal,
                    Segment::Label(name) => {
                        assert!(!name.ends_with('+'), "{} is greedy", template.operation);
                        "{}"
                    }
                })
                .collect();
            let key = (template.method, path, template.query);
            if let Some(other) = seen.insert(key, template.operation) {
                panic!("{other} and {} are one path", template.operation);
            }
        }
        assert!(!seen.is_empty(), "{}", self.service);
    }
}

impl Template {
    fn matched(&self, segments: &[String]) -> Option<Route> {
        if self.segments.len() != segments.len() {
            return None;
        }
        let mut labels = BTreeMap::new();
        for (expected, given) in self.segments.iter().zip(segments) {
            match expected {
                Segment::Literal(literal) if literal == given => {}
                Segment::Literal(_) => return None,
                Segment::Label(name) => {
                    labels.insert(*name, given.clone());
                }
            }
        }
        Some(Route {
            operation: self.operation,
            labels,
        })
    }
}

fn template(line: &'static str) -> Option<Template> {
    let mut words = line.split(' ');
    let (method, uri, operation) = (words.next()?, words.next()?, words.next()?);
    let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
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
        query: query.split_once('='),
        operation,
    })
}

#[cfg(test)]
mod tests {
    use super::super::{API_GATEWAY, API_GATEWAY_V2, CONNECT, LAMBDA, PIPES};
    use super::*;

    fn request(method: &str, uri: &str) -> Request {
        let (path, query) = uri.split_once('?').unwrap_or((uri, ""));
        Request {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            headers: http::HeaderMap::new(),
            body: bytes::Bytes::new(),
        }
    }

    /// Without an implementation every operation is named.
    fn named(rest: &Rest, method: &str, uri: &str) -> String {
        rest.route(&request(method, uri), &[]).unwrap_err().message
    }

    #[test]
    fn operations_are_told_by_method_path_and_query() {
        for (rest, method, uri, expected) in [
            (&*CONNECT, "POST", "/rules/abc", "connect:CreateRule"),
            (
                &*CONNECT,
                "PUT",
                "/contact-flows/i/f/alias",
                "connect:CreateContactFlowAlias",
            ),
            (
                &*CONNECT,
                "POST",
                "/phone-number/list",
                "connect:ListPhoneNumbersV2",
            ),
            (
                &*CONNECT,
                "PUT",
                "/phone-number/7",
                "connect:UpdatePhoneNumber",
            ),
            (
                &*LAMBDA,
                "GET",
                "/2015-03-31/functions/",
                "lambda:ListFunctions",
            ),
            (&*LAMBDA, "GET", "/2018-10-31/layers", "lambda:ListLayers"),
            (
                &*LAMBDA,
                "GET",
                "/2018-10-31/layers?find=LayerVersion&Arn=a",
                "lambda:GetLayerVersionByArn",
            ),
            (
                &*LAMBDA,
                "GET",
                "/2018-10-31/layers?find=Other",
                "lambda:ListLayers",
            ),
            (
                &*API_GATEWAY,
                "POST",
                "/restapis",
                "apigateway:CreateRestApi",
            ),
            (
                &*API_GATEWAY,
                "POST",
                "/restapis?mode=import",
                "apigateway:ImportRestApi",
            ),
            (&*API_GATEWAY_V2, "POST", "/v2/apis", "apigateway:CreateApi"),
            (&*PIPES, "POST", "/v1/pipes/p/stop", "pipes:StopPipe"),
        ] {
            let message = named(rest, method, uri);
            assert!(
                message.ends_with(&format!(" {expected}")),
                "{uri}: {message}"
            );
        }
    }

    #[test]
    fn what_aws_does_not_have_is_unknown() {
        for (rest, method, uri) in [
            (&*CONNECT, "GET", "/no/such/path"),
            (&*CONNECT, "PATCH", "/rules/abc"),
            (&*LAMBDA, "GET", "/"),
            (&*API_GATEWAY, "GET", "/v2/apis"),
            (&*PIPES, "GET", "/v1/pipes/a/b/c"),
        ] {
            let error = rest.route(&request(method, uri), &[]).unwrap_err();
            assert_eq!(
                (error.status, error.code.as_ref()),
                (404, "UnknownOperationException"),
                "{uri}"
            );
        }
    }

    #[test]
    fn labels_are_decoded_and_an_arn_is_one() {
        let path = "/instance/arn%3Aaws%3Aconnect%3Aus-east-1%3A000000000000%3Ainstance%2Fabc/lambda-functions";
        let route = CONNECT
            .route(&request("GET", path), &["ListLambdaFunctions"])
            .unwrap();
        assert_eq!(
            route.label("InstanceId"),
            "arn:aws:connect:us-east-1:000000000000:instance/abc"
        );
    }
}
