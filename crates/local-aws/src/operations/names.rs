//! Services whose clients send the operation's name: the query protocol in a form, the JSON
//! protocols in a header.

use super::lines;
use crate::core::error::{ServiceError, ServiceResult};
use crate::core::service::{Request, Route};
use crate::core::wire::query::Query;

/// The operations of a service.
#[derive(Clone, Copy)]
pub(crate) struct Names {
    /// As refusals name it, e.g. `sns`.
    service: &'static str,
    text: &'static str,
}

impl Names {
    pub(super) const fn new(service: &'static str, text: &'static str) -> Self {
        Self { service, text }
    }

    #[cfg(test)]
    pub(super) fn header(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default()
    }

    /// The operation that a form asks for, of those `implemented`.
    ///
    /// # Errors
    /// Not implemented, by its name; `InvalidAction` (400) for one that AWS does not have (API
    /// references of IAM, STS, SNS and CloudFormation, "Common Errors"; the words are those that
    /// AWS answers).
    pub(crate) fn in_form(
        &self,
        query: &Query,
        implemented: &[&'static str],
    ) -> ServiceResult<Route> {
        self.find(&query.action, implemented).unwrap_or_else(|| {
            Err(ServiceError::new(
                400,
                "InvalidAction",
                format!(
                    "Could not find operation {} for version {}",
                    query.action, query.version
                ),
            ))
        })
    }

    /// The operation that `X-Amz-Target` asks for behind `prefix`, e.g. `AmazonSSM.`, of those
    /// `implemented`.
    ///
    /// # Errors
    /// Not implemented, by its name; `UnknownOperationException` (400, without a word, as AWS
    /// answers) for one that AWS does not have.
    pub(crate) fn in_target(
        &self,
        request: &Request,
        prefix: &str,
        implemented: &[&'static str],
    ) -> ServiceResult<Route> {
        request
            .header("x-amz-target")
            .and_then(|target| target.strip_prefix(prefix))
            .and_then(|operation| self.find(operation, implemented))
            .unwrap_or_else(|| Err(ServiceError::new(400, "UnknownOperationException", "")))
    }

    /// `None` when AWS has no such operation.
    fn find(&self, name: &str, implemented: &[&'static str]) -> Option<ServiceResult<Route>> {
        let name = lines(self.text).find(|known| *known == name)?;
        Some(if implemented.contains(&name) {
            Ok(Route::new(name))
        } else {
            Err(ServiceError::not_implemented(format!(
                "{}:{name}",
                self.service
            )))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{IAM, NAMES, SSM};
    use super::*;

    fn request(target: Option<&str>, body: &'static str) -> Request {
        let mut headers = http::HeaderMap::new();
        if let Some(target) = target {
            headers.insert("x-amz-target", target.parse().unwrap());
        }
        Request {
            method: http::Method::POST,
            path: "/".to_owned(),
            query: Vec::new(),
            headers,
            body: bytes::Bytes::from_static(body.as_bytes()),
        }
    }

    fn told(found: ServiceResult<Route>) -> String {
        match found {
            Ok(route) => route.operation.to_owned(),
            Err(error) => format!("{} {} {}", error.status, error.code, error.message),
        }
    }

    #[test]
    fn an_action_is_done_named_or_unknown() {
        for (body, expected) in [
            ("Action=GetRole&Version=2010-05-08", "GetRole"),
            (
                "Action=ListUsers&Version=2010-05-08",
                "501 NotImplementedByLocalAws the embedded AWS does not implement iam:ListUsers",
            ),
            (
                "Action=Sing&Version=2010-05-08",
                "400 InvalidAction Could not find operation Sing for version 2010-05-08",
            ),
            // The header of the list is no operation.
            (
                "Action=%23&Version=v",
                "400 InvalidAction Could not find operation # for version v",
            ),
        ] {
            let query = Query::parse(&request(None, body)).unwrap();
            assert_eq!(told(IAM.in_form(&query, &["GetRole"])), expected, "{body}");
        }
    }

    #[test]
    fn a_target_is_done_named_or_unknown() {
        let unknown = "400 UnknownOperationException ";
        for (target, expected) in [
            (Some("AmazonSSM.GetParameter"), "GetParameter"),
            (
                Some("AmazonSSM.SendCommand"),
                "501 NotImplementedByLocalAws the embedded AWS does not implement ssm:SendCommand",
            ),
            (Some("AmazonSSM.Sing"), unknown),
            (Some("AmazonSSM.getparameter"), unknown),
            (Some("Logs_20140328.GetParameter"), unknown),
            (Some("AmazonSSM."), unknown),
            (None, unknown),
        ] {
            let found = SSM.in_target(&request(target, "{}"), "AmazonSSM.", &["GetParameter"]);
            assert_eq!(told(found), expected, "{target:?}");
        }
    }

    #[test]
    fn every_line_is_a_name() {
        for names in NAMES {
            let mut count = 0;
            for name in lines(names.text) {
                count += 1;
                assert!(
                    name.bytes().all(|byte| byte.is_ascii_alphanumeric()),
                    "{name}"
                );
            }
            assert!(count > 0, "{}", names.service);
        }
    }
}
