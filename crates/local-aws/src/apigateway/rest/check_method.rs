//! Checks of a method and its integration, when it is made.

use super::mapping::{Side, Source};
use super::model::{Definition, Integration, IntegrationKind, LONGEST_INTEGRATION, Method};
use super::template::{self, Location};
use super::{java_regex, target};
use crate::apigateway::apis::bad_request;
use crate::core::error::{ServiceError, ServiceResult};

/// Refuses what API Gateway refuses, and what is not implemented.
pub(super) fn check(definition: &Definition, method: &Method) -> ServiceResult<()> {
    let response_models = method.responses.values().flat_map(|r| r.models.values());
    for name in method.request_models.values().chain(response_models) {
        if !definition.models.contains_key(name) {
            return Err(bad_request(format!(
                "Invalid model identifier specified: {name}"
            )));
        }
    }
    if let Some(validator) = &method.validator
        && !definition.validators.contains_key(validator)
    {
        return Err(bad_request(
            "Invalid Request Validator identifier specified",
        ));
    }
    for name in method.request_parameters.keys() {
        let known = name
            .strip_prefix("method.request.")
            .and_then(|rest| rest.split_once('.'))
            .is_some_and(|(location, name)| {
                Location::parse(location).is_some() && !name.is_empty()
            });
        if !known {
            return Err(mapping(name));
        }
    }
    for (status, response) in &method.responses {
        check_status(status)?;
        for name in response.parameters.keys() {
            header_of("method.response.header.", name)?;
        }
    }
    match &method.integration {
        None => Ok(()),
        Some(integration) => check_integration(method, integration),
    }
}

/// Whether a text is an HTTP status.
pub(super) fn is_status(status: &str) -> bool {
    status.len() == 3
        && status.starts_with(['1', '2', '3', '4', '5'])
        && status.chars().all(|c| c.is_ascii_digit())
}

fn check_status(status: &str) -> ServiceResult<()> {
    if !is_status(status) {
        return Err(bad_request(format!("Invalid status code: {status}")));
    }
    Ok(())
}

fn mapping(expression: &str) -> ServiceError {
    bad_request(format!(
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: {expression}]"
    ))
}

fn undeclared(parameter: &str) -> ServiceError {
    bad_request(format!(
        "Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: {parameter}]"
    ))
}

fn header_of<'a>(prefix: &str, name: &'a str) -> ServiceResult<&'a str> {
    name.strip_prefix(prefix)
        .filter(|name| http::HeaderName::from_bytes(name.as_bytes()).is_ok())
        .ok_or_else(|| mapping(name))
}

fn check_integration(method: &Method, integration: &Integration) -> ServiceResult<()> {
    if !(50..=LONGEST_INTEGRATION).contains(&integration.timeout_in_millis) {
        return Err(bad_request(format!(
            "Timeout should be between 50 ms and {LONGEST_INTEGRATION} ms"
        )));
    }
    check_target(integration)?;
    for template in integration.request_templates.values() {
        check_template(template)?;
    }
    for (to, from) in &integration.request_parameters {
        let known = to
            .strip_prefix("integration.request.")
            .and_then(|rest| rest.split_once('.'))
            .is_some_and(|(location, name)| {
                Location::parse(location).is_some() && !name.is_empty()
            });
        if !known {
            return Err(mapping(to));
        }
        let source = Source::parse(Side::Request, from).ok_or_else(|| mapping(from))?;
        if let Some(declaration) = source.declaration()
            && !method.request_parameters.contains_key(&declaration)
        {
            return Err(undeclared(&declaration));
        }
    }
    let mut defaults = 0;
    for response in &integration.responses {
        check_status(&response.status)?;
        match response.selection_pattern.as_deref() {
            None | Some("") => defaults += 1,
            Some(pattern) => {
                java_regex::whole(pattern)
                    .map_err(|error| bad_request(format!("Invalid selection pattern: {error}")))?;
            }
        }
        for template in response.templates.values() {
            check_template(template)?;
        }
        for (to, from) in &response.parameters {
            header_of("method.response.header.", to)?;
            let declared = method
                .responses
                .get(&response.status)
                .is_some_and(|declared| declared.parameters.contains_key(to));
            if !declared {
                return Err(undeclared(to));
            }
            Source::parse(Side::Response, from).ok_or_else(|| mapping(from))?;
        }
    }
    if defaults > 1 {
        return Err(bad_request(
            "Only one integration response may be without a selection pattern",
        ));
    }
    Ok(())
}

fn check_target(integration: &Integration) -> ServiceResult<()> {
    if integration.kind == IntegrationKind::Mock {
        return Ok(());
    }
    let uri = integration.uri.as_deref().unwrap_or_default();
    let target = target::Target::parse(uri)?;
    if integration.http_method.is_none() {
        return Err(bad_request(
            "Enumeration value for HttpMethod must be non-empty",
        ));
    }
    match target {
        target::Target::Function(_) if integration.kind == IntegrationKind::Aws => Err(
            ServiceError::not_implemented("a function behind an integration of type AWS"),
        ),
        target::Target::Function(_) => match &integration.credentials {
            Some(_) => Err(ServiceError::not_implemented(
                "credentials of an integration with a function",
            )),
            None => Ok(()),
        },
        _ if integration.kind == IntegrationKind::AwsProxy => Err(bad_request(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.",
        )),
        _ => match integration.credentials.as_deref() {
            None => Err(bad_request(
                "Role ARN must be specified for AWS integrations",
            )),
            Some("arn:aws:iam::*:user/*") => Err(ServiceError::not_implemented(
                "an integration with the caller's credentials",
            )),
            Some(role) if !role.starts_with("arn:aws:iam::") || !role.contains(":role/") => {
                Err(bad_request("Invalid ARN specified in the request"))
            }
            Some(_) => Ok(()),
        },
    }
}

fn check_template(text: &str) -> ServiceResult<()> {
    match template::parse(text) {
        Ok(_) => Ok(()),
        Err(template::TemplateError::NotImplemented(what)) => Err(ServiceError::not_implemented(
            format!("{what} in mapping templates"),
        )),
        Err(error) => Err(bad_request(format!(
            "Invalid mapping template specified: {error}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::apigateway::rest::model::{IntegrationResponse, MethodResponse, Passthrough};

    fn integration() -> Integration {
        Integration {
            kind: IntegrationKind::Aws,
            uri: Some("arn:aws:apigateway:us-east-1:dynamodb:action/PutItem".to_owned()),
            http_method: Some("POST".to_owned()),
            credentials: Some("arn:aws:iam::000000000000:role/r".to_owned()),
            request_templates: BTreeMap::new(),
            passthrough: Passthrough::Never,
            request_parameters: BTreeMap::new(),
            responses: Vec::new(),
            content_handling: None,
            timeout_in_millis: LONGEST_INTEGRATION,
        }
    }

    fn refused(change: impl FnOnce(&mut Method, &mut Integration)) -> String {
        let mut integration = integration();
        let mut method = Method {
            responses: BTreeMap::from([("200".to_owned(), MethodResponse::default())]),
            ..Method::default()
        };
        change(&mut method, &mut integration);
        method.integration = Some(integration);
        match check(&Definition::new("root"), &method) {
            Ok(()) => "taken".to_owned(),
            Err(error) => error.message,
        }
    }

    fn pair(name: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn what_a_method_may_not_be() {
        assert_eq!(refused(|_, _| {}), "taken");
        insta::assert_snapshot!(refused(|_, i| i.credentials = None), @"Role ARN must be specified for AWS integrations");
        insta::assert_snapshot!(refused(|_, i| i.uri = Some("arn:aws:apigateway:us-east-1:kinesis:action/PutRecord".to_owned())), @"the embedded AWS does not implement an integration with the service kinesis");
        insta::assert_snapshot!(refused(|_, i| i.kind = IntegrationKind::AwsProxy), @"Integrations of type 'AWS_PROXY' currently only supports Lambda function and Firehose stream invocations.");
        insta::assert_snapshot!(refused(|_, i| i.timeout_in_millis = 29_001), @"Timeout should be between 50 ms and 29000 ms");
        insta::assert_snapshot!(refused(|_, i| i.request_templates = pair("application/json", "#macro(x)#end")), @"the embedded AWS does not implement the directive #macro in mapping templates");
        insta::assert_snapshot!(refused(|_, i| i.request_templates = pair("application/json", "#if(")), @"Invalid mapping template specified: line 1: an expression expected, found the end");
        insta::assert_snapshot!(refused(|_, i| i.request_parameters = pair("integration.request.path.key", "method.request.path.key")), @"Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.request.path.key]");
        insta::assert_snapshot!(refused(|_, i| i.request_parameters = pair("integration.request.cookie.key", "'x'")), @"Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression specified: integration.request.cookie.key]");
        insta::assert_snapshot!(refused(|_, i| i.responses.push(IntegrationResponse {
            status: "200".to_owned(),
            parameters: pair("method.response.header.X", "'x'"),
            ..IntegrationResponse::default()
        })), @"Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression parameter specified: method.response.header.X]");
        insta::assert_snapshot!(refused(|m, _| m.validator = Some("x".to_owned())), @"Invalid Request Validator identifier specified");
        insta::assert_snapshot!(refused(|_, i| i.responses.push(IntegrationResponse {
            status: "200".to_owned(),
            selection_pattern: Some("(".to_owned()),
            ..IntegrationResponse::default()
        })).lines().next().unwrap(), @"Invalid selection pattern: the regular expression (: regex parse error:");
        assert_eq!(
            refused(|m, i| {
                m.request_parameters
                    .insert("method.request.path.key".to_owned(), true);
                i.request_parameters =
                    pair("integration.request.path.key", "method.request.path.key");
            }),
            "taken"
        );
    }
}
