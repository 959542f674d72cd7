//! What an integration's URI names.

use super::model::Integration;
use crate::apigateway::apis::{self, bad_request};
use crate::core::error::{ServiceError, ServiceResult};

/// What answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An operation of DynamoDB.
    DynamoDb {
        /// Its name.
        action: String,
    },
    /// A path of S3, `BUCKET/KEY`, with `{NAME}` for mapped parameters.
    S3 {
        /// The path.
        path: String,
    },
    /// A function by ARN.
    Function(String),
}

impl Target {
    /// Reads `arn:aws:apigateway:REGION:SERVICE:action|path/…`.
    ///
    /// # Errors
    /// `BadRequestException`; not implemented for other services.
    pub fn parse(uri: &str) -> ServiceResult<Self> {
        let invalid = || bad_request("Invalid ARN specified in the request");
        let mut parts = uri.splitn(6, ':');
        let head = [parts.next(), parts.next(), parts.next()];
        if head != [Some("arn"), Some("aws"), Some("apigateway")] {
            return Err(match uri.split_once("://") {
                Some(_) => ServiceError::not_implemented("integrations with HTTP endpoints"),
                None => invalid(),
            });
        }
        let (_region, service, rest) = (
            parts
                .next()
                .filter(|region| !region.is_empty())
                .ok_or_else(invalid)?,
            parts.next().ok_or_else(invalid)?,
            parts.next().ok_or_else(invalid)?,
        );
        let (kind, name) = rest.split_once('/').ok_or_else(invalid)?;
        if name.is_empty() {
            return Err(invalid());
        }
        match (service, kind) {
            ("dynamodb", "action") => Ok(Self::DynamoDb {
                action: name.to_owned(),
            }),
            ("s3", "path") => Ok(Self::S3 {
                path: name.to_owned(),
            }),
            ("lambda", "path") => {
                apis::Integration::function_arn(uri).map(|arn| Self::Function(arn.to_owned()))
            }
            ("dynamodb" | "s3" | "lambda", kind) => Err(ServiceError::not_implemented(format!(
                "an integration with {service} by {kind}"
            ))),
            (service, _) => Err(ServiceError::not_implemented(format!(
                "an integration with the service {service}"
            ))),
        }
    }

    /// Of an integration that was checked; with stage variables in place.
    ///
    /// # Errors
    /// As [`Target::parse`].
    pub fn of(
        integration: &Integration,
        variables: &std::collections::BTreeMap<String, String>,
    ) -> ServiceResult<Self> {
        let mut uri = integration.uri.clone().unwrap_or_default();
        for (name, value) in variables {
            uri = uri.replace(&format!("${{stageVariables.{name}}}"), value);
        }
        Self::parse(&uri)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_name_services() {
        let target = |rest: &str| Target::parse(&format!("arn:aws:apigateway:us-east-1:{rest}"));
        assert_eq!(
            target("dynamodb:action/PutItem").unwrap(),
            Target::DynamoDb {
                action: "PutItem".to_owned()
            }
        );
        assert_eq!(
            target("s3:path/bucket/pages/{key}").unwrap(),
            Target::S3 {
                path: "bucket/pages/{key}".to_owned()
            }
        );
        let function = "arn:aws:lambda:us-east-1:000000000000:function:f:live";
        assert_eq!(
            target(&format!(
                "lambda:path/2015-03-31/functions/{function}/invocations"
            ))
            .unwrap(),
            Target::Function(function.to_owned())
        );
        for refused in [
            "sqs:path/q",
            "s3:action/GetObject",
            "dynamodb:action/",
            "dynamodb",
        ] {
            assert!(target(refused).is_err(), "{refused}");
        }
        assert_eq!(
            Target::parse("https://example.com").unwrap_err().status,
            501
        );
        assert_eq!(Target::parse("x").unwrap_err().status, 400);
    }
}
