//! Principals of trust and resource policies.

use super::PolicyError;

/// Who a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalPattern {
    /// `"*"` or `{"AWS": "*"}`.
    Everyone,
    /// An AWS service, e.g. `connect.amazonaws.com`.
    Service(String),
    /// An account, by number; also written as `arn:aws:iam::NUMBER:root`.
    Account(String),
    /// A role, user or session, by ARN.
    Arn(String),
}

/// Service principals that are known to exist. AWS refuses others; one that is
/// missing here is reported as not implemented, so that a misspelt service is
/// never trusted in vain.
const SERVICES: &[&str] = &[
    "apigateway.amazonaws.com",
    "cloudformation.amazonaws.com",
    "cloudwatch.amazonaws.com",
    "codebuild.amazonaws.com",
    "codepipeline.amazonaws.com",
    "connect.amazonaws.com",
    "delivery.logs.amazonaws.com",
    "dynamodb.amazonaws.com",
    "ec2.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "ecs.amazonaws.com",
    "edgelambda.amazonaws.com",
    "events.amazonaws.com",
    "firehose.amazonaws.com",
    "iot.amazonaws.com",
    "kinesis.amazonaws.com",
    "lambda.amazonaws.com",
    "lex.amazonaws.com",
    "lexv2.amazonaws.com",
    "logs.amazonaws.com",
    "pipes.amazonaws.com",
    "s3.amazonaws.com",
    "scheduler.amazonaws.com",
    "secretsmanager.amazonaws.com",
    "ses.amazonaws.com",
    "sns.amazonaws.com",
    "sqs.amazonaws.com",
    "ssm.amazonaws.com",
    "states.amazonaws.com",
    "wisdom.amazonaws.com",
];

/// Whether such a service principal exists.
///
/// # Errors
/// [`PolicyError::Principal`] when it cannot be one, and
/// [`PolicyError::NotImplemented`] when it is not known here.
pub fn check_service_principal(name: &str) -> Result<(), PolicyError> {
    if SERVICES.contains(&name) {
        return Ok(());
    }
    let well_formed = name.strip_suffix(".amazonaws.com").is_some_and(|head| {
        !head.is_empty()
            && head
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'))
    });
    if well_formed {
        return Err(PolicyError::NotImplemented(format!(
            "the service principal {name}"
        )));
    }
    Err(PolicyError::Principal {
        kind: "SERVICE".to_owned(),
        value: name.to_owned(),
    })
}

impl PrincipalPattern {
    /// Reads one value of one kind (`AWS`, `Service`, …).
    pub(super) fn parse(kind: &str, value: &str) -> Result<Self, PolicyError> {
        let invalid = || PolicyError::Principal {
            kind: kind.to_ascii_uppercase(),
            value: value.to_owned(),
        };
        match kind {
            "Service" => {
                check_service_principal(value)?;
                Ok(Self::Service(value.to_owned()))
            }
            "AWS" if value == "*" => Ok(Self::Everyone),
            "AWS" if is_account(value) => Ok(Self::Account(value.to_owned())),
            "AWS" => {
                let rest = value.strip_prefix("arn:aws:").ok_or_else(invalid)?;
                let (service, rest) = rest.split_once("::").ok_or_else(invalid)?;
                let (account, resource) = rest.split_once(':').ok_or_else(invalid)?;
                if !is_account(account) {
                    return Err(invalid());
                }
                match (service, resource.split_once('/')) {
                    ("iam", None) if resource == "root" => Ok(Self::Account(account.to_owned())),
                    // A wildcard cannot be a part of a principal's ARN.
                    ("iam", Some(("role" | "user", name)))
                    | ("sts", Some(("assumed-role", name)))
                        if !name.is_empty() && !name.contains(['*', '?']) =>
                    {
                        Ok(Self::Arn(value.to_owned()))
                    }
                    _ => Err(invalid()),
                }
            }
            "Federated" | "CanonicalUser" => Err(PolicyError::NotImplemented(format!(
                "a principal of the kind {kind}"
            ))),
            _ => Err(PolicyError::Syntax(format!("unknown principal {kind}"))),
        }
    }
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}
