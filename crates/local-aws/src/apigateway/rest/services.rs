//! AWS services behind an integration, called with the integration's role.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::gateway_response::Refusal;
use super::integrate::{Mapped, Outcome};
use super::model::Integration;
use super::target::Target;
use super::template::Location;
use crate::core::calls::call_as;
use crate::core::error::ServiceResult;
use crate::core::service::{Principal, Request};
use crate::core::world::World;
use crate::iam;

/// What stays as it is in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'/');

/// The name of the session that API Gateway opens.
const SESSION: &str = "BackplaneAssumeRoleSession";

/// Calls the service.
///
/// # Errors
/// What the embedded AWS does not implement.
pub(super) async fn call(
    world: &Arc<World>,
    integration: &Integration,
    target: &Target,
    mapped: &Mapped,
) -> ServiceResult<Outcome> {
    let arn = integration.credentials.as_deref().unwrap_or_default();
    let Some(role_name) = assumed_role(world, arn)? else {
        return Ok(Err(Refusal::configuration(format!(
            "API Gateway does not have permission to assume the provided role {arn}"
        ))));
    };
    let verb = integration.http_method.as_deref().unwrap_or("POST");
    let (service, request) = match request(verb, target, mapped) {
        Ok(request) => request,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let principal = Principal::AssumedRole {
        role_name,
        session_name: SESSION.to_owned(),
    };
    call_as(world, principal, service, &request).await.map(Ok)
}

/// The name of a role that API Gateway may assume. It sends neither
/// `aws:SourceArn` nor `aws:SourceAccount` when it does.
pub(super) fn assumed_role(world: &World, arn: &str) -> ServiceResult<Option<String>> {
    let now = world.clock.now();
    let context = iam_policy::context([
        ("aws:CurrentTime", now.to_string()),
        ("aws:EpochTime", now.as_second().to_string()),
    ]);
    world.read(|state| {
        let Some(role) = state.of::<crate::iam::State>().role_by_arn(arn) else {
            return Ok(None);
        };
        let trusted = iam::trusts(role, "apigateway.amazonaws.com", &context)?;
        Ok(trusted.then(|| role.name.clone()))
    })
}

fn request(
    verb: &str,
    target: &Target,
    mapped: &Mapped,
) -> Result<(&'static str, Request), Refusal> {
    let invalid = |what: String| Refusal::configuration(what);
    let mut headers = HeaderMap::new();
    for (name, value) in mapped.of(Location::Header) {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_str(value);
        match (name, value) {
            (Ok(name), Ok(value)) => headers.insert(name, value),
            _ => return Err(invalid("Invalid request header".to_owned())),
        };
    }
    let method = Method::from_bytes(verb.as_bytes())
        .map_err(|_| invalid(format!("Invalid HTTP method {verb}")))?;
    let fixed = |text: &str| {
        HeaderValue::from_str(text).map_err(|_| invalid(format!("Invalid header value {text}")))
    };
    let (service, path) = match target {
        Target::DynamoDb { action } => {
            headers.insert(
                "x-amz-target",
                fixed(&format!("DynamoDB_20120810.{action}"))?,
            );
            headers.insert("content-type", fixed("application/x-amz-json-1.0")?);
            ("dynamodb", "/".to_owned())
        }
        Target::S3 { path } => {
            if !mapped.body.is_empty() && !headers.contains_key("content-type") {
                headers.insert("content-type", fixed("application/json")?);
            }
            ("s3", s3_path(path, mapped)?)
        }
        Target::Function(arn) => {
            return Err(invalid(format!("{arn} is a function")));
        }
    };
    // A GET of S3 has no body.
    let body = match method {
        Method::GET | Method::HEAD => Bytes::new(),
        _ => mapped.body.clone().into(),
    };
    let query = mapped
        .of(Location::QueryString)
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    Ok((
        service,
        Request {
            method,
            path,
            query,
            headers,
            body,
        },
    ))
}

/// `{NAME}` becomes the parameter that is mapped to it.
fn s3_path(path: &str, mapped: &Mapped) -> Result<String, Refusal> {
    let mut out = String::from("/");
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let (name, after) = after
            .split_once('}')
            .ok_or_else(|| Refusal::configuration("Illegal character in path"))?;
        let value = mapped
            .of(Location::Path)
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
            .ok_or_else(|| Refusal::configuration(format!("Missing path parameter {name}")))?;
        out.extend(utf8_percent_encode(value, PATH));
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_put_into_paths() {
        let mapped = Mapped {
            body: Vec::new(),
            parameters: vec![
                (Location::Path, "key".to_owned(), "a b/ü?.html".to_owned()),
                (
                    Location::QueryString,
                    "versionId".to_owned(),
                    "1".to_owned(),
                ),
            ],
        };
        let target = |path: &str| Target::S3 {
            path: path.to_owned(),
        };
        let (service, request) = super::request("GET", &target("b/p/{key}"), &mapped).unwrap();
        assert_eq!(
            (service, request.path.as_str()),
            ("s3", "/b/p/a%20b/%C3%BC%3F.html")
        );
        assert_eq!(request.query_value("versionId"), Some("1"));
        assert!(super::request("GET", &target("b/{other}"), &mapped).is_err());
        assert!(super::request("GET", &target("b/{key"), &mapped).is_err());
    }

    #[test]
    fn operations_of_dynamodb_have_a_target() {
        let target = Target::DynamoDb {
            action: "PutItem".to_owned(),
        };
        let mapped = Mapped {
            body: b"{}".to_vec(),
            ..Mapped::default()
        };
        let (service, request) = super::request("POST", &target, &mapped).unwrap();
        assert_eq!(service, "dynamodb");
        assert_eq!(
            request.header("x-amz-target"),
            Some("DynamoDB_20120810.PutItem")
        );
        assert_eq!(request.body, Bytes::from_static(b"{}"));
    }
}
