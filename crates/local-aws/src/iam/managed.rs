//! AWS managed policies that are built in (AWS docs, "AWS managed policy reference").

use crate::core::error::{ServiceError, ServiceResult};

/// An AWS managed policy.
#[derive(Debug)]
pub struct ManagedPolicy {
    /// Its ARN.
    pub arn: &'static str,
    /// Its document.
    pub document: &'static str,
}

impl ManagedPolicy {
    /// The last part of the ARN.
    pub fn name(&self) -> &'static str {
        self.arn.rsplit('/').next().unwrap_or(self.arn)
    }

    /// `/` or `/service-role/`.
    pub fn path(&self) -> &'static str {
        let resource = self.arn.rsplit(':').next().unwrap_or_default();
        let from = resource.find('/').unwrap_or_default();
        let to = resource.rfind('/').map_or(from, |at| at + 1);
        &resource[from..to]
    }
}

const POLICIES: &[ManagedPolicy] = &[
    ManagedPolicy {
        arn: "arn:aws:iam::aws:policy/AdministratorAccess",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
    },
    ManagedPolicy {
        arn: "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:DescribeLogGroups","logs:DescribeLogStreams","logs:PutLogEvents","logs:GetLogEvents","logs:FilterLogEvents"],"Resource":"*"}]}"#,
    },
    ManagedPolicy {
        arn: "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#,
    },
    ManagedPolicy {
        arn: "arn:aws:iam::aws:policy/service-role/AWSLambdaDynamoDBExecutionRole",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["dynamodb:DescribeStream","dynamodb:GetRecords","dynamodb:GetShardIterator","dynamodb:ListStreams","logs:CreateLogGroup","logs:CreateLogStream","logs:PutLogEvents"],"Resource":"*"}]}"#,
    },
    ManagedPolicy {
        arn: "arn:aws:iam::aws:policy/service-role/AWSLambdaRole",
        document: r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["lambda:InvokeFunction"],"Resource":["*"]}]}"#,
    },
];

/// A managed policy by ARN.
pub fn find(arn: &str) -> Option<&'static ManagedPolicy> {
    POLICIES.iter().find(|policy| policy.arn == arn)
}

/// A managed policy to attach.
///
/// # Errors
/// `ValidationError` for what is no ARN, `NoSuchEntity` for one that is not
/// built in; the message says which are.
pub(super) fn find_attachable(arn: &str) -> ServiceResult<&'static ManagedPolicy> {
    if !arn.starts_with("arn:") || arn.len() < 20 {
        return Err(ServiceError::new(
            400,
            "ValidationError",
            format!("ARN {arn} is not valid."),
        ));
    }
    find(arn).ok_or_else(|| {
        let known: Vec<&str> = POLICIES.iter().map(ManagedPolicy::name).collect();
        ServiceError::new(
            404,
            "NoSuchEntity",
            format!(
                "Policy {arn} does not exist or is not attachable. (The embedded AWS has {}.)",
                known.join(", ")
            ),
        )
    })
}

/// A managed policy as a permissions boundary.
///
/// # Errors
/// As [`find_attachable`].
pub(super) fn find_boundary(arn: &str) -> ServiceResult<&'static ManagedPolicy> {
    find_attachable(arn).map_err(|mut error| {
        if error.code == "NoSuchEntity" {
            error.message = format!("Scope {}", error.message);
        }
        error
    })
}

#[cfg(test)]
mod tests {
    use iam_policy::{Kind, parse};

    use super::*;

    #[test]
    fn every_built_in_policy_can_be_read() {
        for policy in POLICIES {
            parse(policy.document, Kind::Identity).unwrap();
            assert!(policy.arn.starts_with("arn:aws:iam::aws:policy/"));
            assert!(matches!(policy.path(), "/" | "/service-role/"));
        }
    }

    #[test]
    fn unknown_policies_do_not_exist() {
        let error = find_attachable("arn:aws:iam::aws:policy/Nothing").unwrap_err();
        assert_eq!((error.status, error.code.as_ref()), (404, "NoSuchEntity"));
        assert_eq!(find_attachable("x").unwrap_err().code, "ValidationError");
    }
}
