//! Which operations AWS has, by botocore's service models: what is not implemented is refused
//! by its name, what AWS does not have is answered as AWS does.
//!
//! The lists beside this file are made by `scripts/operations.py`.
//!
//! - [`names`]: services whose clients send the operation's name (query, JSON).
//! - [`rest`]: services whose clients send a method and a path. S3 has a route of its own.

mod names;
mod rest;

use std::sync::LazyLock;

pub(crate) use names::Names;
pub(crate) use rest::Rest;

macro_rules! names {
    ($($constant:ident $scope:literal $file:literal),+ $(,)?) => {
        $(pub(crate) const $constant: Names = Names::new($scope, include_str!(concat!("operations/", $file, ".txt")));)+
        /// All of them.
        #[cfg(test)]
        const NAMES: &[Names] = &[$($constant),+];
    };
}

macro_rules! rest {
    ($($constant:ident $scope:literal $file:literal),+ $(,)?) => {
        $(pub(crate) static $constant: LazyLock<Rest> =
            LazyLock::new(|| Rest::new($scope, include_str!(concat!("operations/", $file, ".txt"))));)+
        /// All of them.
        #[cfg(test)]
        const REST: &[&LazyLock<Rest>] = &[$(&$constant),+];
    };
}

// The name in code, the prefix of IAM's actions (by which refusals name an operation), the file.
names! {
    CLOUDFORMATION "cloudformation" "cloudformation",
    CLOUDWATCH "cloudwatch" "cloudwatch",
    DYNAMODB "dynamodb" "dynamodb",
    DYNAMODB_STREAMS "dynamodb" "dynamodbstreams",
    IAM "iam" "iam",
    LOGS "logs" "logs",
    SECRETS_MANAGER "secretsmanager" "secretsmanager",
    SNS "sns" "sns",
    SQS "sqs" "sqs",
    SSM "ssm" "ssm",
    STS "sts" "sts",
}

rest! {
    // REST APIs, and HTTP APIs below `/v2`.
    API_GATEWAY "apigateway" "apigateway",
    API_GATEWAY_V2 "apigateway" "apigatewayv2",
    CONNECT "connect" "connect",
    LAMBDA "lambda" "lambda",
    PIPES "pipes" "pipes",
    SCHEDULER "scheduler" "scheduler",
    SES "ses" "sesv2",
}

/// Level, method, marks and name of every operation of S3; see the script.
pub(crate) const S3: &str = include_str!("operations/s3.txt");

/// The lines of a list, without its header.
pub(crate) fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_is_of_the_same_version() {
        let mut headers: Vec<&str> = NAMES.iter().map(Names::header).collect();
        headers.extend(REST.iter().map(|rest| rest.header()));
        headers.extend(S3.lines().next());
        let versions: std::collections::BTreeSet<&str> = headers
            .iter()
            .map(|header| header.split(',').next().unwrap())
            .collect();
        assert_eq!(headers.len(), 19);
        assert_eq!(versions.len(), 1, "{versions:?}");
    }

    #[test]
    fn paths_of_a_service_are_told_apart() {
        for rest in REST {
            rest.assert_distinct();
        }
    }
}
